"""What the application's role may do in the database: all that its work needs, and nothing that could change a log.

The role that owns the tables migrates, and is used for nothing else. Source: `6-quality.md`, "Security and privacy".
"""

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db import connection, transaction
from psycopg import sql
from simple_history.models import HistoricalChanges

ALL, ADD, COUNT_ON, READ = (
    ("SELECT", "INSERT", "UPDATE", "DELETE"),
    ("SELECT", "INSERT"),
    ("SELECT", "INSERT", "UPDATE"),
    ("SELECT",),
)


class UnfitRole(Exception):
    """A role that the application must not work as, or that does not exist."""


def rights_of_tables() -> dict[str, tuple[str, ...]]:
    """Give what the application may do with the tables in which it may not do everything.

    Logs are added to: the log of reads, what staff did, how each row was before. The log of tellings counts on; its
    trigger sees to it that nothing is taken back.
    """
    histories = [model._meta.db_table for model in apps.get_models() if issubclass(model, HistoricalChanges)]
    logs = {"access_log", LogEntry._meta.db_table, *histories}
    return {
        **dict.fromkeys(logs, ADD),
        "distribution_told": COUNT_ON,
        # What migrate writes.
        "django_migrations": READ,
        "datahub_partitioned_table": READ,
    }


@transaction.atomic
def grant(role: str) -> None:
    """Give a role what the application needs in this database, and take from it what it had beyond that.

    Must be run by the role that owns the tables, after each migration; a partition that is made later gets the rights
    of its table. Raises UnfitRole.
    """
    _check(role)
    name, special = sql.Identifier(role), rights_of_tables()
    with connection.cursor() as cursor:
        database = sql.Identifier(str(connection.settings_dict["NAME"]))
        for statement in (
            # In databases older than PostgreSQL 15 everybody may make tables and functions in it.
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
            "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name}",
            "REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {name}",
            "REVOKE ALL ON SCHEMA public FROM {name}",
            "REVOKE ALL ON DATABASE {database} FROM {name}",
            # Readings are merged through a temporary table.
            "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {name}",
            "GRANT USAGE ON SCHEMA public TO {name}",
            "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name}",
            "GRANT EXECUTE ON FUNCTION datahub_make_partition(text, date) TO {name}",
            "GRANT EXECUTE ON FUNCTION datahub_drop_partition(text, date) TO {name}",
        ):
            cursor.execute(_text(sql.SQL(statement).format(name=name, database=database)))
        cursor.execute(
            "SELECT c.relname, coalesce(p.relname, c.relname) FROM pg_class c"
            " LEFT JOIN pg_inherits i ON i.inhrelid = c.oid LEFT JOIN pg_class p ON p.oid = i.inhparent"
            " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
        )
        by_rights: dict[tuple[str, ...], list[str]] = {}
        for table, whole in cursor.fetchall():
            by_rights.setdefault(special.get(whole, ALL), []).append(table)
        for rights, tables in by_rights.items():
            given = sql.SQL("GRANT {rights} ON {tables} TO {name}").format(
                rights=sql.SQL(", ").join(map(sql.SQL, rights)),
                tables=sql.SQL(", ").join(map(sql.Identifier, sorted(tables))),
                name=name,
            )
            cursor.execute(_text(given))


def _text(statement: sql.Composed) -> str:
    return statement.as_string(connection.connection)


def _check(role: str) -> None:
    """Refuse a role that could change the logs whatever it is granted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.rolsuper OR r.rolcreaterole OR r.rolbypassrls OR r.rolreplication,"
            " pg_has_role(r.oid, c.relowner, 'MEMBER'), pg_has_role(c.relowner, 'USAGE')"
            " FROM pg_roles r, pg_class c WHERE r.rolname = %s AND c.oid = 'public.access_log'::regclass",
            [role],
        )
        found = cursor.fetchone()
    if found is None:
        raise UnfitRole(f"There is no role {role!r}: make it with CREATE ROLE … LOGIN PASSWORD …")
    is_powerful, is_owner, may_grant = found
    if is_powerful or is_owner:
        raise UnfitRole(
            f"The role {role!r} is a superuser, makes roles, or is or becomes the owner of the tables: "
            "the application needs a plain one of its own."
        )
    if not may_grant:
        raise UnfitRole("This role does not own the tables: connect as the one that migrates.")


def may_change_logs() -> bool:
    """Tell whether the role of this connection could change or delete what is logged."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_or(has_table_privilege(name, 'UPDATE') OR has_table_privilege(name, 'DELETE')"
            " OR has_table_privilege(name, 'TRUNCATE')) FROM unnest(%s::text[]) AS name",
            [[table for table, rights in rights_of_tables().items() if rights == ADD]],
        )
        return bool(cursor.fetchone()[0])
