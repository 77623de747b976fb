"""Migrations back and forth over a market: what was there is there again, but for what a step back takes with it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contracts import made
from tests.contracts.product import APPLICATION_ROLE, Product
from tests.contracts.test_restore import Followed

# What the last migration of an app has added goes with it.
TAKEN = ("distribution_told", "distribution_entitlement")
# Written each second while the hub runs, or by migrate itself.
MOVING = ("distribution_log_state", "django_migrations", "django_session")

_COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity
FROM information_schema.columns WHERE table_schema = 'public'
"""
# Whether a constraint was looked at for the rows that were there when it was made is no part of what it says.
_CONSTRAINTS = """
SELECT conrelid::regclass::text AS relation, conname, replace(pg_get_constraintdef(oid), ' NOT VALID', '') AS says
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
"""
_INDEXES = "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'"
_TRIGGERS = "SELECT tgrelid::regclass::text AS relation, tgname FROM pg_trigger WHERE NOT tgisinternal"
_FUNCTIONS = "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prolang <> 13"
_RIGHTS = """
SELECT table_name, privilege_type FROM information_schema.table_privileges WHERE grantee = %s
"""


def _form(product: Product) -> dict[str, set[tuple[Any, ...]]]:
    """Give the form of the database: tables, constraints, indexes, triggers, functions, rights."""
    found = {name: product.rows(query) for name, query in _QUERIES.items()}
    found["rights"] = product.rows(_RIGHTS, APPLICATION_ROLE)
    return {name: {tuple(row.values()) for row in rows} for name, rows in found.items()}


_QUERIES = {
    "columns": _COLUMNS,
    "constraints": _CONSTRAINTS,
    "indexes": _INDEXES,
    "triggers": _TRIGGERS,
    "functions": _FUNCTIONS,
}


def _data(product: Product) -> dict[str, tuple[int, str]]:
    """Give how many rows each table has, and what they say as a whole."""
    tables = product.rows(
        "SELECT c.oid::regclass::text AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
        " AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
    )
    found = {}
    for name in (row["name"] for row in tables if not row["name"].startswith((*TAKEN, *MOVING))):
        # Columns in the order of their names: those that were taken away and added again stand last.
        (row,) = product.rows(
            "SELECT count(*), coalesce(md5(string_agg(j, ',' ORDER BY j)), '') AS said"  # noqa: S608 - a table of ours
            f" FROM (SELECT to_jsonb(t)::text AS j FROM {name} t) rows"
        )
        found[name] = (row["count"], row["said"])
    return found


@pytest.fixture
def resting() -> Iterator[Product]:
    """Give the database of a hub with the demo market, in which nobody else works."""
    hub = Product()
    try:
        made.fill(hub.var, hub.make)
        for service in (hub.postgres, hub.redis, hub.store):
            service.start()
        yield hub
    finally:
        hub.stop()


def _back_and_forth(hub: Product, *apps: str) -> dict[str, str]:
    return dict(json.loads(hub.run("-m", "tests.contracts.back_and_forth", *apps, as_owner=True)))


def test_each_app_goes_back_a_step_and_on_again(resting: Product) -> None:
    form, data = _form(resting), _data(resting)
    assert sum(count for count, _ in data.values()) > 1_000
    found = _back_and_forth(resting)
    assert found and set(found.values()) == {"ok"}, found
    after = _form(resting)
    for kind, entries in form.items():
        assert _plain(after[kind]) == _plain(entries), kind
    assert _data(resting) == data
    # What staff have looked at is never taken back: the step in which they came to be logged says so.
    with resting.database() as connection:
        connection.execute(
            "INSERT INTO access_log (read_at, user_id, role, commodity, service, technical_user, meter_eic,"
            " customer_eic, ground)"
            " SELECT now(), min(id), '', '', 'a look', '', '38ZGO-10000001-I', '38X-AVP-ZW6700C6', '' FROM parties_user"
        )
    assert "null values" in _back_and_forth(resting, "access")["access"]
    assert _plain(_form(resting)["columns"]) == _plain(form["columns"])


def _plain(entries: set[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    """Leave out what follows a table by itself: the copies of its indexes and constraints in its partitions."""
    return {
        entry
        for entry in entries
        if not any(part.isdigit() and len(part) >= 6 for part in str(entry[0]).replace("_by_", "_").split("_"))
    }


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_running_hub_goes_on_when_its_migrations_went_back_and_forth(product: Product) -> None:
    market = Followed(product, 960 + product.last_id() % 30)
    market.save()
    # What looks of staff keep from going back is tried on a market without them.
    apps = ("agreements", "connections", "distribution", "enquiries", "metering", "parties", "portal")
    assert set(_back_and_forth(product, *apps).values()) == {"ok"}
    product.all_running()
    market.save()
    market.check()
