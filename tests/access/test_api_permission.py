"""What an authorization opens in the other services, to the second, and what it opens to nobody."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.models import AccessLog
from datahub.agreements.models import Agreement
from datahub.market import AgreementType, Commodity, Role
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Identity, Metadata
from datahub.periods import Period
from tests.access.giving import ADVICE, ADVISER, AGGREGATOR, DAY, SECOND, SUPPLIER, adviser, give, given, revoke
from tests.agreements import market
from tests.agreements.market import (
    AGGREGATION_POINT,
    BAKERY,
    BAKERY_GAS,
    BAKERY_POINT,
    BEGINNING,
    FLAT,
    GAS,
    HOUSE,
    JAAN,
    MARI,
    NORTH,
    NOW,
    STRANGER,
    SUN,
    WIND,
    day,
    fact,
    standing,
)
from tests.api import api
from tests.metering import messages
from tests.metering.messages import stamp

A = AgreementType
ELECTRICITY = market.ELECTRICITY
FIRST, MOVED_IN, LAST = day(2026, 4, 1), day(2026, 4, 20), day(2026, 5, 3)
INSTANT = timedelta(microseconds=1)
UNKNOWN = "38ZGO-10000018-5"


@pytest.fixture(autouse=True)
def _now(built: None) -> Iterator[None]:
    """Mari lives in the house since 20 April, Jaan did before; their readings are there from 1 April to 2 May."""
    standing(
        fact(A.GRID, NORTH, JAAN, HOUSE, day(2024, 1, 1), MOVED_IN),
        fact(A.GRID, NORTH, MARI, HOUSE, MOVED_IN),
        fact(A.GRID, NORTH, MARI, FLAT, day(2024, 1, 1)),
        fact(A.GRID, NORTH, BAKERY, BAKERY_POINT, day(2024, 1, 1)),
        fact(A.GRID, NORTH, BAKERY, BAKERY_GAS, day(2024, 1, 1, GAS), commodity=GAS),
    )
    MeteringPoint.objects.filter(type="REGULAR").update(resolution="PT1H", adr_id=1)
    for kind, value in (("FIRST_NAME", "Mari"), ("LAST_NAME", "Maasikas"), ("PHONE", "5566"), ("EMAIL", "m@a.ee")):
        Metadata.objects.create(party=market.party(MARI), type=kind, value=value, valid_from=BEGINNING)
    Identity.objects.create(party=market.party(MARI), type="PERSONAL_ID", value="47101010033", country="EE")
    adviser()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def read() -> None:
    """Let the house have readings of every hour of 32 days."""
    days = [(FIRST + number * DAY + DAY / 2).date() for number in range(32)]
    sent = [messages.whole_day(HOUSE, one, "PT1H", read_at=None) for one in days]
    assert messages.send(*sent, sender=market.party(NORTH)).faults == []


def post(
    path: str,
    fields: dict[str, Any],
    who: str = ADVICE,
    role: Role = ADVISER,
    commodity: Commodity = ELECTRICITY,
    at: datetime = NOW,
) -> Any:
    with time_machine.travel(at, tick=False):
        return api(who).post(f"/api/v1/{path}", fields, role=role, commodity=commodity)


# --- points -------------------------------------------------------------------------------------------------------


def points(*who: Any, source: str | None = "PERMISSION", customer: str | None = None, **how: Any) -> list[Any]:
    """Give the points found: code, grounds, customer."""
    common = {} if source is None else {"sourceType": [source]}
    if "eic" in how:
        common["meterEic"] = how.pop("eic")
    attributes: dict[str, Any] = {"meterCommon": common} if common else {}
    if customer is not None:
        attributes["customerEic"] = customer
    answer = post("meter/search", {"meterAttributes": attributes}, *who, **how)
    assert answer.status_code == 200, answer.content
    return [
        (one["meteringPoint"]["meterEic"], one["meteringPoint"]["sourceType"], one.get("customerEic"))
        for one in answer.json()["meterMetadata"]
    ]


def test_the_named_point_is_found_with_its_ground_and_its_customer() -> None:
    given(HOUSE)
    seen = [(HOUSE, ["PERMISSION"], MARI)]
    assert points() == points(source=None) == points(eic=HOUSE) == points(customer=MARI) == seen
    assert points(source="AGREEMENT") == points(eic=FLAT) == points(customer=JAAN) == []
    assert points(STRANGER, SUPPLIER) == points(SUN, SUPPLIER, source=None) == []


def test_neither_what_is_above_it_nor_what_is_under_it() -> None:
    standing(fact(A.AGGREGATION, market.AGGREGATOR, BAKERY, AGGREGATION_POINT, day(2025, 1, 1), parent=BAKERY_POINT))
    given(BAKERY_POINT, customer=BAKERY)
    assert points() == [(BAKERY_POINT, ["PERMISSION"], BAKERY)]
    assert points(eic=AGGREGATION_POINT) == []


def test_in_the_role_and_commodity_of_the_giving_alone() -> None:
    give(BAKERY_POINT, BAKERY_GAS, customer=BAKERY, to=SUN, role=SUPPLIER)
    assert points(SUN, SUPPLIER) == [(BAKERY_POINT, ["PERMISSION"], BAKERY)]
    assert points(SUN, SUPPLIER, GAS) == [(BAKERY_GAS, ["PERMISSION"], BAKERY)]
    line = market.LINE
    given(BAKERY_POINT, customer=BAKERY, to=line, role=AGGREGATOR)
    assert points(line, AGGREGATOR) == [(BAKERY_POINT, ["PERMISSION"], BAKERY)]
    assert points(line, SUPPLIER) == points(line, Role.LINE_OPERATOR) == []


def test_beside_other_grounds_it_is_named_last() -> None:
    standing(fact(A.SUPPLY, SUN, MARI, FLAT, day(2025, 1, 1)))
    given(FLAT, to=SUN, role=SUPPLIER)
    assert points(SUN, SUPPLIER) == [(FLAT, ["AGREEMENT", "PERMISSION"], MARI)]
    # A portfolio provider has what its member has by agreements, and nothing that customers gave to its member.
    assert points(market.BALANCE, SUPPLIER, source=None) == [(FLAT, ["BALANCE_STATE"], MARI)]


@pytest.mark.parametrize(("at", "seen"), [(NOW, True), (NOW + DAY - INSTANT, True), (NOW + DAY, False)])
def test_it_closes_with_its_end(at: datetime, seen: bool) -> None:
    given(HOUSE, validity=Period(NOW, NOW + DAY))
    assert bool(points(at=at)) is bool(points(eic=HOUSE, at=at)) is bool(points(customer=MARI, at=at)) is seen


def test_it_opens_with_its_start() -> None:
    given(HOUSE, validity=Period(NOW + DAY, None))
    assert points(at=NOW + DAY - INSTANT) == []
    assert points(at=NOW + DAY) != []


def test_it_closes_in_the_instant_of_revoking() -> None:
    at = NOW + timedelta(microseconds=500_000)
    revoke(given(HOUSE), now=at)
    assert points(at=at - INSTANT) != []
    assert points(at=at) == []


def test_the_customer_is_named_only_where_she_is_the_one_who_gave_it() -> None:
    given(HOUSE, validity=Period(NOW, None))
    Agreement.objects.filter(point__eic=HOUSE, valid_to=None).update(valid_to=NOW + DAY)
    standing(fact(A.GRID, NORTH, JAAN, HOUSE, NOW + DAY))
    assert points(at=NOW + DAY - INSTANT) == [(HOUSE, ["PERMISSION"], MARI)]
    assert points(at=NOW + DAY) == [(HOUSE, ["PERMISSION"], None)]
    assert points(customer=JAAN, at=NOW + DAY) == points(customer=MARI, at=NOW + DAY) == []


def logged(service: str) -> list[tuple[Any, ...]]:
    rows = AccessLog.objects.filter(service=service).order_by("id")
    return list(rows.values_list("customer_eic", "meter_eic", "ground", "authorization_id"))


def test_each_authorization_on_which_a_point_was_read_is_logged() -> None:
    one, two = given(HOUSE), given(HOUSE)
    over = revoke(given(HOUSE), now=NOW)
    points()
    assert set(logged("meter/search")) == {(MARI, HOUSE, "PERMISSION", each.pk) for each in (one, two)}
    assert over.pk not in {row[3] for row in logged("meter/search")}


def test_a_wider_ground_is_logged_without_one_and_a_point_without_a_customer_for_who_gave_it() -> None:
    standing(fact(A.SUPPLY, SUN, MARI, FLAT, day(2025, 1, 1)))
    given(FLAT, to=SUN, role=SUPPLIER)
    points(SUN, SUPPLIER)
    assert logged("meter/search") == [(MARI, FLAT, "AGREEMENT", None)]
    one = given(HOUSE)
    Agreement.objects.filter(point__eic=HOUSE, valid_to=None).update(valid_to=NOW + SECOND)
    points(at=NOW + DAY)
    assert logged("meter/search")[1:] == [(MARI, HOUSE, "PERMISSION", one.pk)]


def test_many_points_cost_as_many_statements_as_one() -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert points()
        return len(queries)

    given(HOUSE)
    statements()
    few = statements()
    give(FLAT, HOUSE)
    give(BAKERY_POINT, customer=BAKERY)
    assert len(points()) == 3
    assert statements() == few


# --- readings -----------------------------------------------------------------------------------------------------


def readings(eic: str = HOUSE, who: str = ADVICE, role: Role = ADVISER, **how: Any) -> list[str]:
    """Give the starts of the hours that are read in April and May."""
    asked = {"meterEic": eic, "periodStart": stamp(day(2026, 3, 1)), "periodEnd": stamp(day(2026, 6, 1))}
    asked["pagination"] = {"page": 0, "pageSize": 2_000}  # type: ignore[assignment]
    answer = post("meter-data/search", asked, who, role, **how)
    if answer.status_code == 404:
        assert answer.json()["cause"]["code"].endswith("meter-data-cannot-be-retrieved")
        return []
    assert answer.status_code == 200, answer.content
    return [one["pS"] for period in answer.json()["periods"] for one in period["aI"]]


def hours(start: datetime, end: datetime) -> list[str]:
    return [stamp(start + number * timedelta(hours=1)) for number in range((end - start) // timedelta(hours=1))]


@pytest.mark.usefixtures("read")
def test_exactly_the_subject_period_is_read() -> None:
    hour = timedelta(hours=1)
    start, end = MOVED_IN + 30 * hour, MOVED_IN + 100 * hour
    given(HOUSE, subject=Period(start, end))
    assert readings() == hours(start, end)
    revoked = given(HOUSE, subject=Period(end + hour, end + 3 * hour))
    assert readings() == hours(start, end) + hours(end + hour, end + 3 * hour)
    revoke(revoked)
    assert readings() == hours(start, end)


@pytest.mark.usefixtures("read")
def test_what_lies_before_the_customers_own_agreement_or_behind_it_stays_closed() -> None:
    given(HOUSE)
    assert readings() == hours(MOVED_IN, LAST)
    # She moves out after all, and Jaan has come back: of his time nothing is read.
    out = day(2026, 4, 25)
    Agreement.objects.filter(point__eic=HOUSE, valid_to=None).update(valid_to=out)
    standing(fact(A.GRID, NORTH, JAAN, HOUSE, out))
    assert readings() == hours(MOVED_IN, out)
    Agreement.objects.filter(point__eic=HOUSE, customer__eic=MARI).update(deleted_at=NOW)
    assert readings() == []


@pytest.mark.usefixtures("read")
def test_readings_close_with_the_end_and_are_for_nobody_else() -> None:
    given(HOUSE, validity=Period(NOW, NOW + DAY))
    assert readings(at=NOW + DAY - INSTANT) == hours(MOVED_IN, LAST)
    assert readings(at=NOW + DAY) == []
    assert readings(who=STRANGER, role=SUPPLIER) == readings(FLAT) == readings(UNKNOWN) == []
    assert readings(commodity=GAS) == []


@pytest.mark.usefixtures("read")
def test_a_suppliers_offer_opens_the_year_before_and_nothing_that_comes() -> None:
    at = LAST - DAY
    given(HOUSE, to=SUN, role=SUPPLIER, now=at)
    later = at + timedelta(hours=48) - INSTANT
    assert readings(who=SUN, role=SUPPLIER, at=later) == hours(MOVED_IN, at)
    assert readings(who=SUN, role=SUPPLIER, at=later + INSTANT) == []
    assert readings(who=market.BALANCE, role=SUPPLIER, at=later) == []


@pytest.mark.usefixtures("read")
def test_revoked_between_two_pages_the_second_is_not_there() -> None:
    one = given(HOUSE)
    asked: dict[str, Any] = {"meterEic": HOUSE, "periodStart": stamp(FIRST), "periodEnd": stamp(LAST)}
    first = post("meter-data/search", {**asked, "pagination": {"page": 0, "pageSize": 10}})
    assert len(first.json()["periods"][0]["aI"]) == 10
    revoke(one, now=NOW + SECOND)
    second = post("meter-data/search", {**asked, "pagination": {"page": 1, "pageSize": 10}}, at=NOW + SECOND)
    assert second.status_code == 404


@pytest.mark.usefixtures("read")
def test_each_authorization_is_logged_with_its_own_part() -> None:
    one = given(HOUSE, subject=Period(MOVED_IN, day(2026, 4, 25)))
    two = given(HOUSE, subject=Period(day(2026, 4, 24), day(2026, 6, 30)))
    readings()
    rows = AccessLog.objects.filter(service="meter-data/search").values_list(
        "customer_eic", "ground", "authorization_id", "period_from", "period_to"
    )
    assert set(rows) == {
        (MARI, "PERMISSION", one.pk, MOVED_IN, day(2026, 4, 25)),
        (MARI, "PERMISSION", two.pk, day(2026, 4, 24), day(2026, 6, 1)),
    }


def test_where_nothing_was_given_the_same_is_asked_as_where_there_is_no_point() -> None:
    given(BAKERY_POINT, customer=BAKERY)
    readings(BAKERY_POINT)
    asked = []
    for eic in (HOUSE, FLAT, UNKNOWN):
        with CaptureQueriesContext(connection) as queries:
            assert readings(eic) == []
        asked.append(len(queries))
    assert len(set(asked)) == 1


# --- the customer's name ------------------------------------------------------------------------------------------


def customer(who: str = ADVICE, role: Role = ADVISER, **how: Any) -> dict[str, Any]:
    criteria = {"searchCriteria": {"identityType": "EIC", "identityValue": MARI}}
    answer = post("customer/search", criteria, who, role, **how)
    assert answer.status_code == 200, answer.content
    (one,) = answer.json()["identities"]
    return dict(one)


def test_the_name_and_the_eic_alone_are_seen_as_long_as_one_is_valid() -> None:
    given(HOUSE, validity=Period(NOW, NOW + DAY))
    seen = customer(at=NOW + DAY - INSTANT)
    assert seen["customerType"] == "PHYSICAL_PERSON"
    assert [value["metadataType"] for value in seen["customerMetadata"]] == ["FIRST_NAME", "LAST_NAME"]
    assert [identity["identityType"] for identity in seen["customerIdentities"]] == ["EIC"]
    for hidden in (customer(at=NOW + DAY), customer(commodity=GAS), customer(SUN, SUPPLIER)):
        assert ("customerType" in hidden, hidden["customerMetadata"]) == (False, [])
        assert len(hidden["customerIdentities"]) == 1


def test_it_takes_nothing_from_who_sees_more() -> None:
    standing(fact(A.SUPPLY, SUN, MARI, FLAT, day(2025, 1, 1)))
    before = customer(SUN, SUPPLIER)
    given(HOUSE, to=SUN, role=SUPPLIER)
    assert customer(SUN, SUPPLIER) == before
    assert {identity["identityType"] for identity in before["customerIdentities"]} == {"EIC", "PERSONAL_ID"}


def test_the_read_of_a_name_is_logged_on_the_authorization_that_began_first() -> None:
    given(FLAT, validity=Period(NOW + DAY, None))
    first = given(HOUSE)
    given(FLAT, now=NOW + SECOND)
    customer(at=NOW + 2 * SECOND)
    assert logged("customer/search") == [(MARI, "", "PERMISSION", first.pk)]


# --- what it does not open ----------------------------------------------------------------------------------------


def test_it_opens_no_agreement_and_no_bill() -> None:
    standing(fact(A.SUPPLY, WIND, MARI, HOUSE, MOVED_IN))
    given(HOUSE)
    given(HOUSE, to=SUN, role=SUPPLIER)
    for who, role in ((ADVICE, ADVISER), (STRANGER, SUPPLIER)):
        agreements = post("agreement/search", {"agreementAttributes": {"meterEic": HOUSE}}, who, role)
        assert agreements.json()["agreements"] == []
        bills = post("network-bill/search", {"networkBillAttributes": {"meterEic": HOUSE}}, who, role)
        none = post("network-bill/search", {"networkBillAttributes": {"meterEic": UNKNOWN}}, who, role)
        assert bills.status_code == none.status_code == 404
        assert bills.json()["cause"]["code"] == none.json()["cause"]["code"]


def test_who_asks_before_a_supply_learns_no_more_than_before() -> None:
    asked = {"meterEic": [HOUSE], "customerEic": JAAN}
    before = post("agreement/search/meter", asked, STRANGER, SUPPLIER).json()
    given(HOUSE, to=STRANGER, role=SUPPLIER)
    assert post("agreement/search/meter", asked, STRANGER, SUPPLIER).json() == before
    assert post("agreement/search/meter", asked).status_code == 403


def test_nothing_is_changed_by_it() -> None:
    given(HOUSE, to=SUN, role=SUPPLIER)
    change = {
        "customerIdentity": {"identityType": "EIC", "identityValue": MARI},
        "customerMetadata": [{"metadataType": "LAST_NAME", "metadataValue": "Mets"}],
    }
    with time_machine.travel(NOW, tick=False):
        answer = api(SUN).put("/api/v1/customer", {"customer": change}, role=SUPPLIER)
    assert answer.status_code == 422
