"""What stands in the database: to tell whether anything has changed, and to begin anew."""

import hashlib

from django.core.management import call_command
from django.db import connection, transaction

from distribution.services.sequencer import begin_log


def contents(*, but: str = "-") -> dict[str, str]:
    """Give a print of every table, but of sessions and of what a browser prefers: a hash of its rows.

    `but` is the beginning of the names of other tables to leave out.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"
            " AND c.relname NOT IN ('django_session', 'django_migrations', 'portal_preference')"
            " AND pg_relation_size(c.oid) > 0"
        )
        tables = sorted(name for (name,) in cursor.fetchall() if not name.startswith(but))
        query = " UNION ALL ".join(
            f"SELECT '{name}', coalesce(string_agg(t::text, '|' ORDER BY t::text), '') FROM \"{name}\" t"  # noqa: S608
            for name in tables
        )
        cursor.execute(query)
        return {name: hashlib.sha256(rows.encode()).hexdigest() for name, rows in cursor.fetchall() if rows}


# What `migrate` writes for the models themselves.
_GROWN_BYTES = 256 * 1024
_OF_MODELS = ("django_migrations", "django_content_type", "auth_permission")


def empty() -> None:
    """Empty every table, as Django's `flush` does, for what a test or the fixture of a module has committed.

    Only what has rows is touched, and nothing is written anew that stands: that takes a tenth of the time. Tables that
    have grown are left to `flush`, since what is deleted stands in the way of those who read until it is vacuumed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
        (may_leave_constraints_out,) = cursor.fetchone()
        cursor.execute(
            "SELECT relname, pg_relation_size(oid) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind = 'r' AND pg_relation_size(oid) > 0 AND relname <> ALL(%s)",
            [list(_OF_MODELS)],
        )
        sizes = dict(cursor.fetchall())
        if not may_leave_constraints_out or max(sizes.values(), default=0) > _GROWN_BYTES:
            call_command("flush", interactive=False, verbosity=0)
            return
        with transaction.atomic():
            cursor.execute("SET LOCAL session_replication_role = replica")
            for name in sizes:
                cursor.execute(f'DELETE FROM "{name}"')  # noqa: S608 - a table of ours
    begin_log()
