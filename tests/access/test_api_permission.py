"""What an authorization opens of points and names, and what it opens to nobody."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access import point_search
from datahub.agreements.models import Agreement
from datahub.market import AgreementType, Role
from datahub.parties.models import Metadata
from datahub.periods import Period
from tests.access.giving import ADVICE, ADVISER, AGGREGATOR, DAY, SECOND, SUPPLIER, give, given, revoke
from tests.access.permitted import (
    INSTANT,
    MOVED_IN,
    UNKNOWN,
    customer,
    logged,
    points,
    post,
)
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

pytestmark = pytest.mark.usefixtures("house_of_mari")
A, ELECTRICITY = AgreementType, market.ELECTRICITY


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


def test_it_is_seen_while_the_own_agreement_of_who_gave_it_is_in_force() -> None:
    given(HOUSE)
    Agreement.objects.filter(point__eic=HOUSE, valid_to=None).update(valid_to=NOW + DAY)
    assert points(at=NOW + DAY - INSTANT) == [(HOUSE, ["PERMISSION"], MARI)]
    for grid in ((), (fact(A.GRID, NORTH, JAAN, HOUSE, NOW + DAY),)):
        standing(*grid)
        before = logged("meter/search")
        for found in ({}, {"source": None}, {"eic": HOUSE}, {"customer": MARI}, {"customer": JAAN}):
            assert points(at=NOW + DAY, **found) == []
        # Nothing of the next customer's is read, so that there is nothing to tell him of.
        assert logged("meter/search") == before
    # Her name is for as long as the authorization is valid.
    assert [value["metadataValue"] for value in customer(at=NOW + DAY)["customerMetadata"]] == ["Mari", "Maasikas"]
    Agreement.objects.filter(point__eic=HOUSE, customer__eic=JAAN, valid_from=NOW + DAY).update(valid_to=NOW + 2 * DAY)
    standing(fact(A.GRID, NORTH, MARI, HOUSE, NOW + 2 * DAY))
    assert points(at=NOW + 2 * DAY - INSTANT) == []
    assert points(at=NOW + 2 * DAY) == [(HOUSE, ["PERMISSION"], MARI)]


def test_a_deleted_agreement_is_none_that_is_in_force() -> None:
    given(HOUSE)
    Agreement.objects.filter(point__eic=HOUSE, customer__eic=MARI).update(deleted_at=NOW)
    assert points() == []


def test_a_point_that_closed_between_the_two_halves_of_a_search_is_left_out() -> None:
    standing(fact(A.SUPPLY, SUN, MARI, FLAT, day(2025, 1, 1)))
    one, _ = give(HOUSE, FLAT, to=SUN, role=SUPPLIER)
    reader = {"participant": market.party(SUN), "role": SUPPLIER, "commodity": ELECTRICITY, "now": NOW}
    rows, total = point_search.search_points(attributes={}, **reader).page(offset=0, size=10)
    assert (len(rows), total) == (2, 2)
    revoke(one)
    (found,) = point_search.read_points(points=rows, technical_user="", **reader)
    assert (found.point.eic, found.grounds) == (FLAT, ["AGREEMENT", "PERMISSION"])
    assert {row[1] for row in logged("meter/search")} == {FLAT}


def test_each_authorization_on_which_a_point_was_read_is_logged() -> None:
    one, two = given(HOUSE), given(HOUSE)
    over = revoke(given(HOUSE), now=NOW)
    points()
    assert set(logged("meter/search")) == {(MARI, HOUSE, "PERMISSION", each.pk) for each in (one, two)}
    assert over.pk not in {row[3] for row in logged("meter/search")}


def test_a_wider_ground_is_logged_without_one_and_each_authorization_beside_it() -> None:
    standing(fact(A.SUPPLY, SUN, MARI, FLAT, day(2025, 1, 1)))
    one, two = given(FLAT, to=SUN, role=SUPPLIER), given(FLAT, to=SUN, role=SUPPLIER)
    given(FLAT, to=SUN, role=SUPPLIER, now=NOW - 3 * DAY)
    points(SUN, SUPPLIER)
    first, *others = logged("meter/search")
    assert first == (MARI, FLAT, "AGREEMENT", None)
    assert sorted(others, key=str) == sorted(((MARI, FLAT, "PERMISSION", each.pk) for each in (one, two)), key=str)


def test_a_supply_to_a_former_customer_is_logged_on_the_present_one_beside_her_authorization() -> None:
    standing(fact(A.SUPPLY, SUN, JAAN, HOUSE, day(2025, 1, 1), MOVED_IN))
    one = given(HOUSE, to=SUN, role=SUPPLIER)
    points(SUN, SUPPLIER)
    assert logged("meter/search") == [(MARI, HOUSE, "AGREEMENT", None), (MARI, HOUSE, "PERMISSION", one.pk)]


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


# --- the customer's name ------------------------------------------------------------------------------------------


def test_the_name_and_the_eic_alone_are_seen_as_long_as_one_is_valid() -> None:
    given(HOUSE, validity=Period(NOW, NOW + DAY))
    seen = customer(at=NOW + DAY - INSTANT)
    assert seen["customerType"] == "PHYSICAL_PERSON"
    assert [value["metadataType"] for value in seen["customerMetadata"]] == ["FIRST_NAME", "LAST_NAME"]
    assert [identity["identityType"] for identity in seen["customerIdentities"]] == ["EIC"]
    for hidden in (customer(at=NOW + DAY), customer(commodity=GAS), customer(SUN, SUPPLIER)):
        assert ("customerType" in hidden, hidden["customerMetadata"]) == (False, [])
        assert len(hidden["customerIdentities"]) == 1


def test_former_names_are_not_seen() -> None:
    Metadata.objects.filter(type="LAST_NAME").update(valid_from=NOW - DAY)
    Metadata.objects.create(
        party=market.party(MARI), type="LAST_NAME", value="Mets", valid_from=BEGINNING, valid_to=NOW - DAY
    )
    standing(fact(A.SUPPLY, SUN, MARI, FLAT, day(2025, 1, 1)))
    given(HOUSE)
    given(HOUSE, to=SUN, role=SUPPLIER)
    for active_only in (None, True, False):
        seen = customer(active_only=active_only)["customerMetadata"]
        assert [value["metadataValue"] for value in seen] == ["Mari", "Maasikas"]
    by_agreement = customer(SUN, SUPPLIER, active_only=False)["customerMetadata"]
    assert {value["metadataValue"] for value in by_agreement} == {"Mari", "Maasikas", "Mets"}


def test_it_takes_nothing_from_who_sees_more() -> None:
    standing(fact(A.SUPPLY, SUN, MARI, FLAT, day(2025, 1, 1)))
    before = customer(SUN, SUPPLIER)
    given(HOUSE, to=SUN, role=SUPPLIER)
    assert customer(SUN, SUPPLIER) == before
    assert {identity["identityType"] for identity in before["customerIdentities"]} == {"EIC", "PERSONAL_ID"}


def test_the_read_of_a_name_is_logged_on_the_first_authorization_without_an_end_else_on_the_first() -> None:
    given(FLAT, validity=Period(NOW + DAY, None))
    ending = given(HOUSE, validity=Period(NOW, NOW + 9 * DAY))
    given(FLAT, validity=Period(NOW + SECOND, NOW + DAY))
    customer(at=NOW + 2 * SECOND)
    first = given(HOUSE, now=NOW + 3 * SECOND)
    given(FLAT, now=NOW + 4 * SECOND)
    customer(at=NOW + 5 * SECOND)
    assert logged("customer/search") == [(MARI, "", "PERMISSION", one.pk) for one in (ending, first)]


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
