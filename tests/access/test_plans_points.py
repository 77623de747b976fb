"""However many points an owner has, a list reads few of them: the plans over a filled table."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access import point_lists, point_search
from datahub.agreements.models import Agreement
from datahub.market import Role
from datahub.metering.models import MeteringPoint
from tests import tables
from tests.agreements import market
from tests.agreements.market import ELECTRICITY, NOW

ROWS, MOST = 60_000, 500
OF_ELECTRICITY = "electricityCharacteristics"
# One owner has them all. Most are alike; of each kind that is asked for below there are few.
FILL = """
INSERT INTO metering_point (eic, commodity, owner_id, owner_role, metering_type, type, version, created_at, changed_at,
    location_comment, county, municipality, locality, street_address, postcode, coordinate_system, consumption_scale,
    connection_state, resolution, customer_type, production, production_source, transmission_network_eic, adr_id,
    apartment_association, isolated_metering_point, electrical_heating, charging_point, production_capacity,
    storage_energy)
SELECT '38ZGO-1' || lpad(n::text, 9, '0'), 'ELECTRICITY', %(owner)s, 'GRID_OPERATOR',
    CASE WHEN n %% 600 = 0 THEN 'VIRTUAL' ELSE 'REMOTE_READING' END,
    CASE WHEN n %% 600 = 1 THEN 'BORDER' ELSE 'REGULAR' END, 1, now(), now() - n * interval '1 second', '',
    CASE WHEN n %% 600 = 2 THEN 'Hiiu maakond' ELSE 'Harju maakond' END, 'Vald ' || n / 100, '', 'Tänav ' || n, '', '',
    CASE WHEN n %% 600 = 3 THEN 'LARGE' ELSE 'SMALL' END,
    CASE WHEN n %% 600 = 4 THEN 'DISCONNECTED' ELSE 'CONNECTED' END,
    CASE WHEN n %% 600 = 5 THEN 'PT1H' ELSE 'PT15M' END,
    CASE WHEN n %% 600 = 6 THEN 'MICRO' ELSE 'CONSUMER' END, n %% 600 = 6,
    CASE WHEN n %% 600 = 6 THEN 'SOLAR' ELSE '' END,
    CASE WHEN n %% 600 = 7 THEN '38A-EE-98-4635-R' ELSE '38A-EE-98-4634-U' END, n, n %% 600 = 8, n %% 600 = 9,
    n %% 600 = 10, n %% 600 = 11, CASE WHEN n %% 600 = 6 THEN n END, CASE WHEN n %% 600 = 12 THEN n END
FROM generate_series(1, %(rows)s) n;
ANALYZE metering_point;
"""
# A supplier sells at two points of five.
SELL = """
INSERT INTO agreements_agreement (type, agreement_id, point_id, service_provider_id, service_provider_role,
    customer_id, customer_role, commodity, preliminary_termination_fee, valid_from, quiet, version, created_at,
    changed_at)
SELECT 'SUPPLY', '', id, %(supplier)s, 'OPEN_SUPPLIER', %(customer)s, '', 'ELECTRICITY', false, '2024-01-01', false, 1,
    now(), now()
FROM metering_point WHERE eic LIKE '38ZGO-1%%' AND right(eic, 1) IN ('3', '7');
ANALYZE agreements_agreement;
"""


def _of(**given: Any) -> dict[str, Any]:
    return {OF_ELECTRICITY: given}


def _least(value: int) -> dict[str, Any]:
    return {"filterType": "GREATER_THAN_OR_EQUALS", "filterValue": value}


SEARCHES: dict[str, dict[str, Any]] = {
    "all": {},
    "code": {"meterCommon": {"meterEic": "38ZGO-1000000777"}},
    "how it is read": {"meterCommon": {"meteringType": "VIRTUAL"}},
    "type": {"meterCommon": {"meteringPointType": "BORDER"}},
    "county": {"meterLocation": {"county": "hiiu maakond"}},
    "municipality": {"meterLocation": {"municipality": "VALD 77"}},
    "address": {"meterLocation": {"adrId": 777}},
    "scale": _of(consumptionScale="LARGE"),
    "connection": _of(connectionState="DISCONNECTED"),
    "resolution": _of(resolution="PT1H"),
    "customer type": _of(customerType="MICRO"),
    "production": _of(production=True),
    "source": _of(productionSource="SOLAR"),
    "network": _of(transmissionNetworkEic="38A-EE-98-4635-R"),
    "apartments": _of(apartmentAssociation=True),
    "isolated": _of(isolatedMeteringPoint=True),
    "heating": _of(electricalHeating=True),
    "charging": _of(chargingPoint=True),
    "capacity": _of(productionCapacity=_least(50_000)),
    "energy": _of(storageEnergy=_least(50_000)),
    "several": {**_of(customerType="MICRO", production=True), "meterLocation": {"county": "harju maakond"}},
    "nothing": _of(resolution="P1D"),
    "by authorization": {"meterCommon": {"sourceType": ["PERMISSION"]}},
    "customer": {"customerEic": market.MARI},
}
# The words of an address and the beginning of a code, few and many of them, alone and beside other attributes.
PLACES: dict[str, dict[str, Any]] = {
    "house": {"address": ["tänav", "777"]},
    "municipality": {"address": ["vald", "77"]},
    "county": {"address": ["harju"]},
    "other county": {"address": ["hiiu", "maakond"]},
    "every one": {"address": ["maakond"]},
    "nowhere": {"address": ["harju", "nowhere"]},
    "words and attributes": {"address": ["harju"], "attributes": _of(customerType="MICRO")},
    "beginning": {"eic_start": "38ZGO-10"},
    "shorter beginning": {"eic_start": "38ZGO-1000005"},
    "no beginning": {"eic_start": "38ZGO-9"},
    "words and beginning": {"address": ["harju"], "eic_start": "38ZGO-1000005"},
}
SORTS = (("eic",), ("-eic",), ("county", "municipality", "locality", "street_address"), ("type",), ("-changed_at",))


@pytest.fixture(scope="module")
def table(django_db_setup: None, django_db_blocker: Any, days_of_the_market: None) -> Iterator[None]:
    """A table with many points; it is emptied afterwards."""
    with django_db_blocker.unblock():
        market.build()
        market.portfolios()
        with connection.cursor() as cursor:
            cursor.execute(FILL, {"owner": market.party(market.NORTH).pk, "rows": ROWS})
        yield
        tables.empty()


@pytest.fixture
def filled(table: None, db: None) -> None:
    """What a test does with the table is taken back."""


@pytest.fixture
def sold(filled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(point_lists, "_MOST_READ", 2 * MOST)
    with connection.cursor() as cursor:
        who = {"supplier": market.party(market.SUN).pk, "customer": market.party(market.MARI).pk}
        cursor.execute(SELL, who)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def read(statements: list[str], table: str = "metering_point") -> int:
    """Run statements again with their plans; count the rows of a table that they read, those thrown away among them."""
    rows = 0
    with connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(f"EXPLAIN (FORMAT JSON, ANALYZE) {sql}")
            (kept,) = cursor.fetchone()
            plan = (json.loads(kept) if isinstance(kept, str) else kept)[0]["Plan"]
            for node in nodes(plan):
                if node.get("Relation Name") == table:
                    thrown = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
                    rows += (node["Actual Rows"] + thrown) * node["Actual Loops"]
    return int(rows)


def test_a_list_reads_no_more_points_than_it_may_count(filled: None) -> None:
    for name, attributes in SEARCHES.items():
        for order in SORTS:
            with CaptureQueriesContext(connection) as queries:
                found = point_lists.list_points(
                    participant=market.party(market.NORTH),
                    role=Role.GRID_OPERATOR,
                    commodity=ELECTRICITY,
                    attributes=attributes,
                    now=NOW,
                    most=MOST,
                )
                if found.is_counted or order in SORTS[:2]:
                    page = found.page(order=order, offset=50, size=50)
            statements = [one["sql"] for one in queries if '"metering_point"' in one["sql"]]
            # What is found, what is put in order, what is shown; and by each part what the other parts find, too.
            assert read(statements) <= 4 * MOST, (name, order)
            if name == "all":
                assert not found.is_counted and len(page) == 50


def test_a_supplier_of_very_many_points_has_few_of_them_read(sold: None) -> None:
    who = {"participant": market.party(market.SUN), "role": Role.OPEN_SUPPLIER, "commodity": ELECTRICITY, "now": NOW}
    for name in ("all", "code", "county", "connection", "several", "nothing", "customer"):
        with CaptureQueriesContext(connection) as queries:
            found = point_lists.list_points(**who, attributes=SEARCHES[name], most=MOST)
            page = found.page(order=("eic",), offset=50, size=50)
        statements = [one["sql"] for one in queries if '"metering_point"' in one["sql"] or "agreements_" in one["sql"]]
        assert read(statements) <= 8 * MOST, name
        # The customer has all of them here, so all of hers are looked through for those that may be known to be.
        assert read(statements, "agreements_agreement") <= (8 * MOST if name != "customer" else ROWS), name
        every = point_search.search_points(**who, attributes=SEARCHES[name])
        assert [one.eic for one in page] == list(every.keys.values_list("eic", flat=True)[50:100]), name
        assert found.is_counted == (every.keys.count() <= MOST), name


def test_a_place_is_found_by_reading_few_points(filled: None) -> None:
    who = {"participant": market.party(market.NORTH), "role": Role.GRID_OPERATOR, "commodity": ELECTRICITY, "now": NOW}
    for name, place in PLACES.items():
        with CaptureQueriesContext(connection) as queries:
            found = point_lists.list_points(**who, **{"attributes": {}, **place}, most=MOST)
            page = found.page(order=("-eic",), offset=50, size=50)
        statements = [one["sql"] for one in queries if '"metering_point"' in one["sql"]]
        assert read(statements) <= 4 * MOST, name
        matching = place_of(MeteringPoint.objects.filter(owner=who["participant"]), place)
        assert found.is_whole and found.is_counted == (len(matching) <= MOST), name
        if found.is_counted:
            assert [one.eic for one in page] == sorted(matching, reverse=True)[50:100], name
        else:
            assert len(page) == 50 and {one.eic for one in page} <= matching, name


def test_a_supplier_of_very_many_points_has_few_asked_for_a_place(sold: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(point_lists, "_MOST_ASKED", 2 * MOST)
    who = {"participant": market.party(market.SUN), "role": Role.OPEN_SUPPLIER, "commodity": ELECTRICITY, "now": NOW}
    sold_at = Agreement.objects.filter(service_provider=who["participant"]).values("point")
    seen = MeteringPoint.objects.filter(pk__in=sold_at)
    for name, place in PLACES.items():
        with CaptureQueriesContext(connection) as queries:
            found = point_lists.list_points(**who, **{"attributes": {}, **place}, most=MOST)
            page = found.page(order=("eic",), offset=0, size=50)
        statements = [one["sql"] for one in queries if '"metering_point"' in one["sql"] or "agreements_" in one["sql"]]
        assert read(statements) <= 8 * MOST, name
        assert read(statements, "agreements_agreement") <= 8 * MOST, name
        everyone = place_of(MeteringPoint.objects.all(), place)
        assert found.is_whole == (len(everyone) <= 2 * MOST), name
        matching = place_of(seen, place)
        if found.is_whole:
            assert len(found.found) == len(matching), name
        assert {one.eic for one in page} <= matching, name
        assert len(page) == min(50, len(matching)), name


def place_of(points: Any, place: dict[str, Any]) -> set[str]:
    """Give the codes of the points at a place, worked out beside the search."""
    found = point_lists.filter_points(points, place.get("attributes", {}))
    return {
        eic
        for eic, *address in found.values_list("eic", "street_address", "municipality", "county")
        if eic.startswith(place.get("eic_start", "")) and has_words(address, place.get("address", ()))
    }


def has_words(address: list[str], words: Sequence[str]) -> bool:
    texts = " ".join(address).lower().split()
    return all(
        any(text == word or (len(word) > 3 and word != "vald" and text.startswith(word)) for text in texts)
        for word in words
    )


def test_points_that_are_too_many_are_put_in_order_by_code_alone(filled: None) -> None:
    found = point_lists.list_points(
        participant=market.party(market.NORTH),
        role=Role.GRID_OPERATOR,
        commodity=ELECTRICITY,
        attributes={},
        now=NOW,
        most=MOST,
    )
    with pytest.raises(ValueError, match="put in an order"):
        found.page(order=("type",), offset=0, size=50)
    first, last = (found.page(order=(order,), offset=0, size=3) for order in ("eic", "-eic"))
    assert [point.eic for point in first] == sorted(point.eic for point in first)
    assert first[0].eic < last[-1].eic < last[0].eic
