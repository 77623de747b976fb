"""Making a database: what it must be able to do, and indexes whose making was interrupted."""

from collections.abc import Iterator

import pytest
from django.db import connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from datahub.database import checks
from datahub.database.checks import check_letters
from datahub.database.operations import AddIndexAnew

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def plain() -> Iterator[BaseDatabaseWrapper]:
    """A database that knows no letters but A to Z."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE DATABASE plain_letters TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C'"
        )
    plain = type(connections["default"])({**connection.settings_dict, "NAME": "plain_letters"}, "default")
    yield plain
    plain.close()
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE plain_letters")


def test_a_database_that_knows_no_letters_is_refused(
    plain: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check_letters(databases=["default"]) == []
    assert check_letters() == []
    monkeypatch.setattr(checks, "connections", {"default": plain})
    (error,) = check_letters(databases=["default"])
    assert error.id == "database.E001"


def columns_of(index: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relname = %s", [index]
        )
        return [name for (name,) in cursor.fetchall()]


def test_an_index_whose_making_was_interrupted_is_made_anew() -> None:
    before = MigrationExecutor(connection).loader.project_state()
    after = before.clone()
    making = AddIndexAnew("party", models.Index(fields=["name"], name="party_made_anew"))
    making.state_forwards("parties", after)
    with connection.cursor() as cursor:
        # What is left of it answers nothing, as an index of something else.
        cursor.execute("CREATE INDEX party_made_anew ON parties_party (eic)")
    try:
        for _turn in range(2):
            with connection.schema_editor(atomic=False) as editor:
                making.database_forwards("parties", editor, before, after)
            assert columns_of("party_made_anew") == ["name"]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX IF EXISTS party_made_anew")
