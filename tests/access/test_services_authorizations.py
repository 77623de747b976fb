"""Giving authorizations: what is saved and told of, and how much of the customer's own time it opens."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.services import authorizations
from datahub.agreements.models import Agreement
from datahub.errors import DomainError
from datahub.market import AgreementType, AuthorizationPurpose
from datahub.market_time import LAST_SECOND, months_before
from datahub.outbox.models import Lane, Unit
from datahub.periods import Period
from datahub.wire.fields import InstantField, parse_instant
from tests.access.giving import (
    ADVISER,
    DAY,
    SECOND,
    SUPPLIER,
    adviser,
    give,
    given,
    nothing_is_left,
    person,
    refused,
)
from tests.agreements import market
from tests.agreements.market import (
    AGGREGATION_POINT,
    BAKERY,
    BAKERY_POINT,
    FLAT,
    HOUSE,
    JAAN,
    MARI,
    NORTH,
    NOW,
    SOUTHERN_HOUSE,
    SUN,
    day,
    fact,
    standing,
)

pytestmark = pytest.mark.usefixtures("homes")
NOTHING_LEFT = "authorization-outside-grid-agreement"
NOT_HELD = "authorization-receiver-does-not-hold-role"
GRID = AgreementType.GRID
NO_SUCH = "38ZGO-10000018-5"
NOT_HERS, NO_GRID = "authorization-metering-point-error", "authorization-without-grid-agreement"


def test_an_offer_is_saved_with_its_terms_and_a_change_in_its_points_lane() -> None:
    one = given(HOUSE, to=SUN, role=SUPPLIER)
    one.refresh_from_db()
    assert (one.customer.eic, one.point.eic, one.participant.eic) == (MARI, HOUSE, SUN)
    assert (one.role, one.commodity, one.purpose) == (SUPPLIER, "ELECTRICITY", "ENERGY_SUPPLY_OFFER")
    assert (one.valid_from, one.valid_to) == (NOW, NOW + timedelta(hours=48))
    assert (one.subject_from, one.subject_to) == (months_before(NOW, 12), NOW)
    assert (one.given_at, one.given_by, one.revoked_at, one.revoked_by) == (NOW, person(), None, None)
    unit = Unit.objects.get(saved_at=NOW)
    assert (unit.lanes, unit.sender_eic, len(unit.changes)) == ([HOUSE], MARI, 1)
    (change,) = unit.changes
    assert (change["resource_type"], change["reason"], change["object_key"]) == ("PERMISSION", "CREATE", str(one.pk))
    assert change["after"] == {
        "participant": SUN,
        "participant_type": "MARKET_PARTICIPANT",
        "role": "OPEN_SUPPLIER",
        "commodity": "ELECTRICITY",
        "point": HOUSE,
        "customer": MARI,
        "customer_type": "PHYSICAL_PERSON",
        "purpose": "ENERGY_SUPPLY_OFFER",
        "valid_from": NOW.isoformat(),
        "valid_to": (NOW + timedelta(hours=48)).isoformat(),
        "subject_from": months_before(NOW, 12).isoformat(),
        "subject_to": NOW.isoformat(),
    }


def test_everything_given_counts_in_whole_seconds() -> None:
    late = timedelta(microseconds=999_999)
    one = given(
        now=NOW + late,
        validity=Period(NOW + late, NOW + DAY + late),
        subject=Period(NOW - DAY + late, NOW + DAY + late),
    )
    assert (one.given_at, one.valid_from, one.valid_to) == (NOW, NOW, NOW + DAY)
    assert (one.subject_from, one.subject_to) == (NOW - DAY, NOW + DAY)
    offer = given(to=SUN, role=SUPPLIER, now=NOW + late)
    assert (offer.valid_from, offer.valid_to) == (NOW, NOW + timedelta(hours=48))


def test_several_points_make_one_each_in_their_order_each_in_a_unit_of_its_own() -> None:
    both = give(HOUSE, FLAT, HOUSE)
    assert [one.point.eic for one in both] == [HOUSE, FLAT]
    assert sorted(unit.lanes for unit in Unit.objects.filter(saved_at=NOW)) == [[HOUSE], [FLAT]]
    # The one is cut to the customer's own time at its point, the other is not.
    assert both[0].subject_from == NOW - 300 * DAY
    assert both[1].subject_from == day(2026, 3, 1)
    assert {one.subject_to for one in both} == {NOW + 300 * DAY}


def test_all_or_nothing_with_every_fault_at_its_path() -> None:
    shape = "38ZGO-10000018-X"
    found = refused(
        give,
        HOUSE,
        SOUTHERN_HOUSE,
        NO_SUCH,
        shape,
        purpose=AuthorizationPurpose.ENERGY_SUPPLY_OFFER,
        validity=Period(NOW - SECOND, None),
        to=SUN,
    )
    assert found == [
        ("authorization-purpose-error", "purpose"),
        ("authorization-period-too-early", "periodStart"),
        ("eic-syntax-error", "meterEic[3]"),
        (NOT_HELD, "participantEic"),
        (NOT_HERS, "meterEic[1]"),
        (NOT_HERS, "meterEic[2]"),
    ]
    nothing_is_left()
    assert not Lane.objects.filter(key=NO_SUCH).exists()


def test_a_point_of_somebody_else_and_one_that_does_not_exist_are_refused_alike() -> None:
    said = []
    for eic in (SOUTHERN_HOUSE, NO_SUCH):
        give(HOUSE)
        with CaptureQueriesContext(connection) as queries, pytest.raises(DomainError) as refusal:
            give(eic)
        statements = [query["sql"].partition(" ")[0] for query in queries]
        said.append((refusal.value.cause.message.replace(eic, "…"), statements))
    assert said[0] == said[1]


@pytest.mark.parametrize("points", [[], [f"38ZGO-1{number:09d}-X" for number in range(1_001)]], ids=len)
def test_some_points_and_not_too_many_are_named(points: list[str]) -> None:
    found = refused(
        authorizations.give_authorizations,
        customer=market.party(MARI),
        by=person(),
        meter_eics=points,
        participant=adviser(),
        role=ADVISER,
        purpose=AuthorizationPurpose.RESEARCH,
        validity=Period(NOW, None),
        subject=Period(NOW - DAY, NOW),
        now=NOW,
    )
    assert found == [("too-many-entries" if points else "list-can-not-be-empty", "meterEic")]


@pytest.mark.parametrize("code", ["", "\x00", "a" * 5_000, "38X-EIN-OS-----J", "' OR 1=1 --"])
def test_what_is_no_code_of_a_point_is_refused(code: str) -> None:
    assert refused(give, code) == [("eic-syntax-error", "meterEic[0]")]
    nothing_is_left()


@pytest.mark.parametrize("wrong", [5, None, b"38ZGO-10000001-U", ["38ZGO-10000001-U"], {}], ids=repr)
def test_what_is_no_text_at_all_is_refused_beside_the_rest(wrong: Any) -> None:
    assert refused(give, HOUSE, wrong, NO_SUCH) == [("invalid-pattern", "meterEic[1]"), (NOT_HERS, "meterEic[2]")]
    nothing_is_left()


@pytest.mark.parametrize("wrong", [HOUSE, None, 5, {HOUSE: 1}], ids=repr)
def test_points_come_in_a_list(wrong: Any) -> None:
    found = refused(
        authorizations.give_authorizations,
        customer=market.party(MARI),
        by=person(),
        meter_eics=wrong,
        participant=adviser(),
        role=ADVISER,
        purpose=AuthorizationPurpose.RESEARCH,
        validity=Period(NOW, None),
        subject=Period(NOW - DAY, NOW),
        now=NOW,
    )
    assert found == [("invalid-pattern", "meterEic")]


def test_times_that_cannot_be_written_or_asked_for_are_refused() -> None:
    never = datetime.max.replace(tzinfo=timezone(timedelta(hours=-5)))
    too_late = "authorization-period-too-late"
    assert refused(give, validity=Period(NOW, never), subject=Period(NOW - DAY, never)) == [
        (too_late, "periodEnd"),
        (too_late, "subjectPeriodEnd"),
    ]
    nothing_is_left()
    one = given(validity=Period(NOW, LAST_SECOND), subject=Period(NOW - DAY, LAST_SECOND))
    asked = parse_instant(InstantField().to_representation(one.valid_to or NOW))
    assert asked == one.valid_to == one.subject_to == LAST_SECOND


# --- the customer's own GRID agreement --------------------------------------------------------------------------------


def moved(**ends: datetime | None) -> None:
    """Give Mari's GRID agreement at the house another period."""
    Agreement.objects.filter(point__eic=HOUSE, type=GRID).update(**ends)


@pytest.mark.parametrize(
    ("period", "found"),
    [
        ({"valid_from": day(2024, 1, 1), "valid_to": NOW + SECOND}, []),
        ({"valid_from": day(2024, 1, 1), "valid_to": NOW}, [(NO_GRID, "meterEic[0]")]),
        ({"valid_from": NOW - SECOND, "valid_to": None}, []),
        ({"valid_from": NOW, "valid_to": None}, [(NOTHING_LEFT, "meterEic[0]")]),
        ({"valid_from": NOW + SECOND, "valid_to": None}, [(NO_GRID, "meterEic[0]")]),
    ],
)
def test_no_grid_agreement_in_force_no_authorization(
    period: dict[str, datetime | None], found: list[tuple[str, str]]
) -> None:
    moved(**period)
    if found:
        assert refused(give, to=SUN, role=SUPPLIER) == found
        nothing_is_left()
    else:
        assert given(to=SUN, role=SUPPLIER).subject_to == NOW


def test_the_subject_never_reaches_beyond_the_customers_own_time() -> None:
    moved(valid_from=day(2026, 1, 1), valid_to=day(2026, 7, 1))
    one = given()
    assert (one.subject_from, one.subject_to) == (day(2026, 1, 1), day(2026, 7, 1))
    assert refused(give, subject=Period(day(2026, 7, 1), day(2026, 8, 1))) == [(NOTHING_LEFT, "meterEic[0]")]
    assert given(subject=Period(day(2026, 7, 1) - SECOND, day(2026, 8, 1))).subject_to == day(2026, 7, 1)


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (None, "from 2025-12-31T22:00:00Z on"),
        (day(2026, 7, 1), "from 2025-12-31T22:00:00Z up to 2026-06-30T21:00:00Z"),
    ],
)
def test_the_refusal_says_what_her_own_time_is(until: datetime | None, said: str) -> None:
    moved(valid_from=day(2026, 1, 1), valid_to=until)
    with pytest.raises(DomainError) as refusal:
        give(HOUSE, subject=Period(day(2025, 11, 1), day(2025, 12, 1)))
    assert refusal.value.cause.message == (
        f"meterEic[0]: the customer has {HOUSE} {said}, "
        "and the time from 2025-10-31T22:00:00Z up to 2025-11-30T22:00:00Z is outside that"
    )


def test_two_agreements_of_hers_without_a_gap_are_one_time_and_one_behind_a_gap_is_none_of_it() -> None:
    moved(valid_from=day(2026, 2, 1), valid_to=None)
    standing(fact(GRID, NORTH, MARI, HOUSE, day(2025, 9, 1), day(2026, 2, 1)))
    assert given().subject_from == day(2025, 9, 1)
    Agreement.objects.filter(point__eic=HOUSE, valid_from=day(2025, 9, 1)).update(valid_to=day(2026, 1, 31))
    assert given().subject_from == day(2026, 2, 1)


def test_what_a_former_customer_used_is_not_opened_by_the_next() -> None:
    moved(valid_from=day(2026, 2, 1), valid_to=None)
    standing(fact(GRID, NORTH, JAAN, HOUSE, day(2024, 1, 1), day(2026, 2, 1)))
    assert given().subject_from == day(2026, 2, 1)
    # He was a customer here, and is told no more than that.
    assert refused(give, customer=JAAN) == [(NO_GRID, "meterEic[0]")]


def test_a_deleted_agreement_is_none() -> None:
    Agreement.objects.filter(point__eic=HOUSE).update(deleted_at=NOW)
    assert refused(give) == [(NOT_HERS, "meterEic[0]")]


def test_an_aggregation_point_is_no_point_of_the_customers_to_give() -> None:
    standing(
        fact(
            AgreementType.AGGREGATION,
            market.AGGREGATOR,
            BAKERY,
            AGGREGATION_POINT,
            day(2025, 1, 1),
            parent=BAKERY_POINT,
        )
    )
    assert refused(give, AGGREGATION_POINT, customer=BAKERY) == [(NOT_HERS, "meterEic[0]")]
