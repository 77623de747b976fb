"""The application's role: PostgreSQL refuses it every change of the logs, and nothing that its work needs."""

# ruff: noqa: S608 - names of the hub's own tables

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import errors, sql
from pytest_django import DjangoDbBlocker

from datahub import partitions
from datahub.access.models.access_log import ACCESS_LOG
from datahub.database import checks, roles
from distribution.models import MESSAGES, TOLD_OF_CUSTOMERS

ROLE = "datahub_tests_application"
PASSWORD = "only-for-tests"
TODAY = datetime.now(UTC).date()
REFUSED = errors.InsufficientPrivilege
Connection = psycopg.Connection[tuple[Any, ...]]


def parameters(**more: Any) -> dict[str, Any]:
    given = connection.get_connection_params()
    return {**{name: given[name] for name in ("host", "port", "user", "password", "dbname")}, **more}


@pytest.fixture(scope="module")
def granted(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Make the role, with the rights that the command gives it."""
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'")
        partitions.write_rules()
        partitions.make_ahead(now=datetime.now(UTC))
        call_command("grant_application_role", ROLE, verbosity=0)
        yield
        with connection.cursor() as cursor:
            cursor.execute(f"DROP OWNED BY {ROLE}")
            cursor.execute(f"DROP ROLE {ROLE}")


@pytest.fixture
def owner(granted: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Connection]:
    """The role that owns the tables; what it does is undone."""
    with django_db_blocker.unblock(), psycopg.connect(**parameters()) as connected:
        yield connected
        connected.rollback()


@pytest.fixture
def application(granted: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Connection]:
    """The application's role, signed in with its own password; what it does is undone."""
    with django_db_blocker.unblock(), psycopg.connect(**parameters(user=ROLE, password=PASSWORD)) as connected:
        yield connected
        connected.rollback()


def do(connected: Connection, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Execute a statement; what fails undoes itself alone."""
    with connected.transaction():
        found = connected.execute(statement.encode(), values)
        return found.fetchall() if found.description else []


def tables(connected: Connection) -> dict[str, str]:
    """Give every table of the hub, partitions too, with the table whose rights it has."""
    return dict(
        do(
            connected,
            "SELECT c.relname, coalesce(p.relname, c.relname) FROM pg_class c LEFT JOIN pg_inherits i"
            " ON i.inhrelid = c.oid LEFT JOIN pg_class p ON p.oid = i.inhparent"
            " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')",
        )
    )


def a_column(connected: Connection, table: str) -> str:
    """Give a column that may be written."""
    found = do(
        connected,
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 AND attgenerated = ''"
        " AND attidentity = '' AND NOT attisdropped ORDER BY attnum DESC LIMIT 1",
        table,
    )
    return str(found[0][0])


# --- The logs ---------------------------------------------------------------------------------------------------------
def test_the_logs_that_are_kept_from_being_emptied_are_those_that_the_application_may_not_change(
    owner: Connection,
) -> None:
    """A new log, which its migration guards by the trigger, must be named here; and none is named without a guard."""
    guarded = {
        whole
        for table, whole in tables(owner).items()
        if do(
            owner, "SELECT 1 FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgname = 'log_is_never_emptied'", table
        )
    }
    named = {table for table, rights in roles.rights_of_tables().items() if rights in (roles.ADD, roles.COUNT_ON)}
    assert guarded == named
    assert {"access_log", "django_admin_log", "parties_historicaluser", "distribution_told"} <= named


def test_postgresql_refuses_every_change_of_the_logs_and_their_partitions(application: Connection) -> None:
    logs = [table for table, whole in tables(application).items() if roles.rights_of_tables().get(whole) == roles.ADD]
    assert ACCESS_LOG.name(TODAY.replace(day=1)) in logs and "django_admin_log" in logs and len(logs) > 14
    for log in logs:
        column = a_column(application, log)
        do(application, f"SELECT count(*) FROM {log}")
        do(application, f"INSERT INTO {log} SELECT * FROM {log} WHERE false")
        for refused in (
            f"UPDATE {log} SET {column} = {column} WHERE false",
            f"DELETE FROM {log} WHERE false",
            f"TRUNCATE {log}",
            f"DROP TABLE {log}",
            f"ALTER TABLE {log} DISABLE TRIGGER ALL",
            f"ALTER TABLE {log} OWNER TO {ROLE}",
            f"CREATE RULE nothing AS ON INSERT TO {log} DO INSTEAD NOTHING",
            f"CREATE TRIGGER nothing BEFORE INSERT ON {log} EXECUTE FUNCTION access_log_only_grows()",
            f"SELECT FROM {log} FOR UPDATE",
        ):
            with pytest.raises(REFUSED):
                do(application, refused)
    with pytest.raises(REFUSED):
        do(application, f"ALTER TABLE access_log DETACH PARTITION {ACCESS_LOG.name(TODAY.replace(day=1))}")


def test_what_was_told_can_be_counted_on_and_not_taken_back(application: Connection) -> None:
    for table in ("distribution_told", TOLD_OF_CUSTOMERS.name(TODAY.replace(day=1))):
        do(application, f"UPDATE {table} SET messages = messages + 1 WHERE false")
        for refused in (f"DELETE FROM {table} WHERE false", f"TRUNCATE {table}", f"DROP TABLE {table}"):
            with pytest.raises(REFUSED):
                do(application, refused)


@pytest.mark.parametrize(
    "way_round",
    [
        "SET session_replication_role = replica",
        "SET ROLE datahub",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "CREATE TABLE public.mine (x integer)",
        "CREATE FUNCTION public.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION access_log_only_grows() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NULL; END'",
        "ALTER FUNCTION log_is_never_emptied() RENAME TO x",
        "UPDATE datahub_partitioned_table SET keep_days = 0",
        "INSERT INTO datahub_partitioned_table VALUES ('parties_party', 'day', 0)",
        "DELETE FROM django_migrations",
        "COPY access_log TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
        "CREATE EXTENSION hstore",
        "DROP SCHEMA public CASCADE",
        "LOCK TABLE access_log IN ACCESS EXCLUSIVE MODE",
        "SELECT setval('distribution_staged_message_id_seq', 1)",
    ],
)
def test_there_is_no_way_round(application: Connection, way_round: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        do(application, way_round)


def test_who_may_add_may_give_itself_no_more(application: Connection) -> None:
    do(application, "GRANT UPDATE, DELETE ON access_log TO CURRENT_USER")  # PostgreSQL only warns
    with pytest.raises(REFUSED):
        do(application, "DELETE FROM access_log")


# --- Everything else --------------------------------------------------------------------------------------------------
def test_everything_else_can_be_read_and_written_and_nothing_emptied_or_altered(application: Connection) -> None:
    special = roles.rights_of_tables()
    rest = [table for table, whole in tables(application).items() if whole not in special]
    assert {"parties_party", "outbox_unit", MESSAGES.name(TODAY)} <= set(rest)
    for table in rest:
        column = a_column(application, table)
        do(application, f"SELECT FROM {table} LIMIT 1")
        do(application, f"INSERT INTO {table} SELECT * FROM {table} WHERE false")
        do(application, f"UPDATE {table} SET {column} = {column} WHERE false")
        do(application, f"DELETE FROM {table} WHERE false")
        for refused in (f"TRUNCATE {table}", f"DROP TABLE {table}", f"ALTER TABLE {table} ADD COLUMN mine integer"):
            with pytest.raises(REFUSED):
                do(application, refused)
    models = {model._meta.db_table for model in apps.get_models() if model._meta.managed and not model._meta.proxy}
    assert models <= set(tables(application)), "every model's table was looked at"
    for (sequence,) in do(application, "SELECT relname FROM pg_class WHERE relkind = 'S'"):
        with application.transaction(force_rollback=True):
            application.execute(sql.SQL("SELECT nextval({})").format(sequence))
    do(application, "CREATE TEMPORARY TABLE merged (x integer)")


# --- Partitions -------------------------------------------------------------------------------------------------------
def make(connected: Connection, table: str, first: date) -> None:
    do(connected, "SELECT datahub_make_partition(%s, %s)", table, first)


def drop(connected: Connection, table: str, first: date) -> None:
    do(connected, "SELECT datahub_drop_partition(%s, %s)", table, first)


def test_a_partition_that_the_application_makes_has_the_rights_and_guards_of_its_table(application: Connection) -> None:
    ahead = (TODAY.replace(day=1) + timedelta(days=200)).replace(day=1)
    make(application, "access_log", ahead)
    name = ACCESS_LOG.name(ahead)
    do(application, f"SELECT FROM {name}")
    do(application, f"INSERT INTO {name} SELECT * FROM {name} WHERE false")
    for refused in (f"UPDATE {name} SET role = ''", f"DELETE FROM {name}", f"TRUNCATE {name}", f"DROP TABLE {name}"):
        with pytest.raises(REFUSED):
            do(application, refused)
    ((owns, truncates),) = do(
        application,
        "SELECT pg_get_userbyid(relowner) = current_user, (SELECT count(*) FROM pg_trigger WHERE tgrelid = c.oid"
        " AND tgname = 'log_is_never_emptied') FROM pg_class c WHERE relname = %s",
        name,
    )
    assert (owns, truncates) == (False, 1)


def test_days_lie_in_the_partition_of_their_day_whatever_the_callers_time_zone(application: Connection) -> None:
    ahead = TODAY + timedelta(days=100)
    do(application, "SET TIME ZONE 'Pacific/Kiritimati'")
    make(application, "distribution_message", ahead)
    ((bounds,),) = do(
        application,
        "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = %s",
        MESSAGES.name(ahead),
    )
    do(application, "SET TIME ZONE 'UTC'")
    ((bounds,),) = do(
        application,
        "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = %s",
        MESSAGES.name(ahead),
    )
    assert bounds == f"FOR VALUES FROM ('{ahead} 00:00:00+00') TO ('{ahead + timedelta(days=1)} 00:00:00+00')"


@pytest.mark.parametrize(
    ("table", "first"),
    [
        ("parties_party", TODAY),
        ("datahub_partitioned_table", TODAY),
        ("access_log; DROP TABLE parties_party", TODAY),
        ("access_log", TODAY.replace(day=2)),
        ("access_log", date(2008, 1, 1)),
        ("distribution_message", TODAY + timedelta(days=800)),
    ],
)
def test_partitions_are_made_of_those_tables_and_in_their_steps_alone(
    application: Connection, table: str, first: date
) -> None:
    with pytest.raises(errors.RaiseException):
        make(application, table, first)


def test_a_log_is_dropped_after_three_years_and_not_a_day_sooner(application: Connection, owner: Connection) -> None:
    kept = ACCESS_LOG.keep_days
    assert kept is not None and kept >= 3 * 365
    for table in partitions.registered():
        assert table.keep_days is not None
        first = table.first_day(TODAY - timedelta(days=table.keep_days))
        for young in (first, table.first_day(TODAY)):
            with pytest.raises(errors.RaiseException, match="are kept for"):
                drop(application, table.table, young)
        old = table.first_day(first - timedelta(days=1))
        if do(application, "SELECT to_regclass(%s) IS NULL", table.name(old))[0][0]:
            make(application, table.table, old)
        drop(application, table.table, old)
        assert do(application, "SELECT to_regclass(%s) IS NULL", table.name(old)) == [(True,)]
        drop(application, table.table, old)  # another worker did it already


def test_what_the_caller_made_for_itself_deceives_nobody(application: Connection) -> None:
    """Its own tables stand before none of the hub's, whatever its search path."""
    do(application, "CREATE TEMPORARY TABLE datahub_partitioned_table (name text, step text, keep_days integer)")
    do(application, "INSERT INTO pg_temp.datahub_partitioned_table VALUES ('access_log', 'month', 0)")
    do(application, "INSERT INTO pg_temp.datahub_partitioned_table VALUES ('parties_party', 'day', 0)")
    do(application, "SET search_path = pg_temp, public")
    last_month = (TODAY.replace(day=1) - timedelta(days=1)).replace(day=1)
    with pytest.raises(errors.RaiseException, match="are kept for"):
        drop(application, "access_log", last_month)
    with pytest.raises(errors.RaiseException, match="has no partitions"):
        drop(application, "parties_party", TODAY)


def test_what_only_has_the_name_of_a_partition_stays(application: Connection, owner: Connection) -> None:
    assert MESSAGES.keep_days is not None
    old = TODAY - timedelta(days=MESSAGES.keep_days + 5)
    with owner.transaction(force_rollback=True):
        owner.execute(f"CREATE TABLE {MESSAGES.name(old)} (x integer)".encode())
        drop(owner, "distribution_message", old)
        assert owner.execute("SELECT to_regclass(%s) IS NOT NULL", [MESSAGES.name(old)]).fetchone() == (True,)


@pytest.mark.django_db
def test_the_rules_of_the_database_are_those_of_the_code() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE datahub_partitioned_table SET keep_days = 1 WHERE name = 'access_log'")
        cursor.execute("DELETE FROM datahub_partitioned_table WHERE name = 'network_bill'")
        partitions.write_rules()
        cursor.execute("SELECT name, step, keep_days FROM datahub_partitioned_table ORDER BY name")
        found = cursor.fetchall()
    assert found == sorted((table.table, table.step, table.keep_days) for table in partitions.registered())


# --- Granting ---------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.usefixtures("granted")
def test_what_a_migration_adds_is_closed_until_it_is_granted_and_what_was_too_much_is_taken_back() -> None:
    def may(table: str, right: str) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT has_table_privilege(%s, %s, %s)", [ROLE, table, right])
            return bool(cursor.fetchone()[0])

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE added (x integer)")
        cursor.execute(f"GRANT UPDATE, TRUNCATE ON access_log TO {ROLE}")
        cursor.execute(f"GRANT CREATE ON SCHEMA public TO {ROLE}")
    assert not may("added", "SELECT") and may("access_log", "UPDATE")
    roles.grant(ROLE)
    assert may("added", "DELETE") and not may("added", "TRUNCATE")
    assert may("access_log", "INSERT") and not may("access_log", "UPDATE") and not may("access_log", "TRUNCATE")
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_schema_privilege(%s, 'public', 'CREATE')", [ROLE])
        assert cursor.fetchone() == (False,)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (None, "There is no role"),
        ("SUPERUSER", "needs a plain one"),
        ("CREATEROLE", "needs a plain one"),
        ("BYPASSRLS", "needs a plain one"),
        ("IN ROLE datahub", "needs a plain one"),
    ],
)
def test_a_role_that_could_do_more_than_it_is_granted_is_refused(made: str | None, reason: str) -> None:
    if made:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE ROLE datahub_tests_other {made}")
    with pytest.raises(CommandError, match=reason):
        call_command("grant_application_role", "datahub_tests_other")


@pytest.mark.django_db
def test_the_owner_itself_is_refused_and_told_of() -> None:
    with pytest.raises(CommandError, match="needs a plain one"):
        call_command("grant_application_role", str(connection.settings_dict["USER"]))
    (warning,) = checks.check_role(databases=["default"])
    assert warning.id == "database.W001"
    assert checks.check_role(databases=None) == []


@pytest.mark.django_db
@pytest.mark.usefixtures("granted")
def test_the_applications_role_may_not_grant_and_is_not_warned_of() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
    assert checks.check_role(databases=["default"]) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE relname = 'access_log'")
        assert cursor.fetchone() == (False,)
        cursor.execute("RESET ROLE")
