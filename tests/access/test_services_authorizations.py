"""Giving and revoking authorizations: what is saved and told of, by whom it may be done, what is refused."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from datahub.access.models import CustomerAuthorization
from datahub.access.services import authorizations
from datahub.access.tasks import retain
from datahub.agreements.models import Agreement
from datahub.errors import DomainError
from datahub.market import AgreementType, AuthorizationPurpose, Role
from datahub.market_time import months_before
from datahub.outbox.models import Lane, Unit
from datahub.parties.models import MarketRole, Party, Representation, User
from datahub.periods import Period
from tests.access.giving import (
    ADVICE,
    ADVISER,
    AGGREGATOR,
    DAY,
    SECOND,
    SUPPLIER,
    adviser,
    give,
    given,
    person,
    refused,
    revoke,
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
    LINE,
    MARI,
    NORTH,
    NOW,
    SOUTHERN_HOUSE,
    STRANGER,
    SUN,
    WIND,
    day,
    fact,
    standing,
)

pytestmark = pytest.mark.usefixtures("built")
GRID = AgreementType.GRID
NO_SUCH = "38ZGO-10000018-5"
NOT_HERS, NO_GRID = "authorization-metering-point-error", "authorization-without-grid-agreement"
NOTHING_LEFT, NOT_GIVER = "authorization-outside-grid-agreement", "authorization-giver-error"
NOT_HELD, NOT_FOUND = "authorization-receiver-does-not-hold-role", "authorization-cannot-be-found"


@pytest.fixture(autouse=True)
def homes(built: None) -> None:
    """Mari has lived in the house since 2024 and in the flat since March; Jaan lives in the south."""
    standing(
        fact(GRID, NORTH, MARI, HOUSE, day(2024, 1, 1)),
        fact(GRID, NORTH, MARI, FLAT, day(2026, 3, 1)),
        fact(GRID, market.SOUTH, JAAN, SOUTHERN_HOUSE, day(2024, 1, 1)),
        fact(GRID, NORTH, BAKERY, BAKERY_POINT, day(2024, 1, 1)),
        fact(GRID, NORTH, BAKERY, BAKERY_GAS, day(2024, 1, 1, GAS), commodity=GAS),
    )


def nothing_is_left() -> None:
    assert not CustomerAuthorization.objects.exists()
    assert not Unit.objects.filter(saved_at=NOW).exists()


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


# --- the customer's own GRID agreement ----------------------------------------------------------------------------


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


# --- who gives, and to whom ---------------------------------------------------------------------------------------


def representative(since: datetime, until: datetime | None) -> User:
    user = User.objects.create(username="priit")
    Party.objects.filter(eic=BAKERY).update(type="LEGAL_PERSON")
    Representation.objects.create(person=user, customer=market.party(BAKERY), valid_from=since, valid_to=until)
    return user


@pytest.mark.parametrize(
    ("since", "until", "may"),
    [
        (BEGINNING, None, True),
        (NOW, NOW + SECOND, True),
        (NOW + SECOND, None, False),
        (BEGINNING, NOW, False),
    ],
)
def test_a_company_gives_and_revokes_through_who_represents_it_then(
    since: datetime, until: datetime | None, may: bool
) -> None:
    user = representative(since, until)
    if not may:
        assert refused(give, BAKERY_POINT, customer=BAKERY, by=user) == [(NOT_GIVER, "customerEic")]
        nothing_is_left()
        one = given(BAKERY_POINT, customer=BAKERY)
        assert refused(revoke, one, customer=BAKERY, by=user) == [(NOT_GIVER, "customerEic")]
        return
    one = given(BAKERY_POINT, customer=BAKERY, by=user)
    assert one.given_by == user
    assert revoke(one, customer=BAKERY, by=user).revoked_by == user


def test_nobody_gives_or_revokes_for_another_and_learns_nothing_else_by_trying() -> None:
    one = given()
    for user in (person(JAAN), User.objects.create(username="nobody"), representative(BEGINNING, None)):
        assert refused(give, NO_SUCH, by=user, validity=None) == [(NOT_GIVER, "customerEic")]
        assert refused(revoke, one, by=user) == [(NOT_GIVER, "customerEic")]
    assert CustomerAuthorization.objects.get().revoked_at is None


@pytest.mark.parametrize(
    ("to", "role", "points", "found"),
    [
        (SUN, SUPPLIER, [BAKERY_GAS, BAKERY_POINT], []),
        # The wind supplier sells electricity alone.
        (WIND, SUPPLIER, [BAKERY_POINT], []),
        (WIND, SUPPLIER, [BAKERY_GAS, BAKERY_POINT], [(NOT_HELD, "participantEic")]),
        (market.AGGREGATOR, AGGREGATOR, [BAKERY_POINT], []),
        (market.AGGREGATOR, AGGREGATOR, [BAKERY_GAS], [(NOT_HELD, "participantEic")]),
        (SUN, AGGREGATOR, [BAKERY_POINT], [(NOT_HELD, "participantEic")]),
        (SUN, ADVISER, [BAKERY_POINT], [(NOT_HELD, "participantEic")]),
        (NORTH, SUPPLIER, [BAKERY_POINT], [(NOT_HELD, "participantEic")]),
        (MARI, SUPPLIER, [BAKERY_POINT], [(NOT_HELD, "participantEic")]),
        (LINE, SUPPLIER, [BAKERY_POINT], []),
        (ADVICE, ADVISER, [BAKERY_GAS, BAKERY_POINT], []),
    ],
)
def test_it_is_given_to_who_holds_the_role_for_the_points_commodity(
    to: str, role: Role, points: list[str], found: list[tuple[str, str]]
) -> None:
    how = {"customer": BAKERY, "to": to, "role": role}
    if found:
        assert refused(give, *points, **how) == found
    else:
        both = give(*points, **how)
        assert [one.commodity for one in both] == [one.point.commodity for one in both]


@pytest.mark.parametrize(
    ("since", "until", "may"),
    [(NOW, None, True), (NOW + SECOND, None, False), (BEGINNING, NOW, False), (BEGINNING, NOW + SECOND, True)],
)
def test_the_role_is_held_at_that_moment(since: datetime, until: datetime | None, may: bool) -> None:
    adviser()
    MarketRole.objects.filter(participant__eic=ADVICE).update(valid_from=since, valid_to=until)
    if may:
        give()
    else:
        assert refused(give) == [(NOT_HELD, "participantEic")]


def test_a_grid_operator_is_given_nothing() -> None:
    found = refused(give, to=NORTH, role=Role.GRID_OPERATOR, purpose=AuthorizationPurpose.RESEARCH)
    assert found == [("authorization-receiver-role-error", "role")]


# --- revoking -----------------------------------------------------------------------------------------------------


def test_revoking_ends_it_at_that_very_instant_and_tells_nobody() -> None:
    one = given()
    told = Unit.objects.count()
    at = NOW + timedelta(microseconds=1)
    revoke(one, now=at)
    one.refresh_from_db()
    assert (one.valid_to, one.revoked_at, one.revoked_by) == (at, at, person())
    valid = CustomerAuthorization.objects.valid_at
    assert list(valid(NOW)) == [one]
    assert not valid(at).exists()
    assert Unit.objects.count() == told


def test_one_that_has_not_begun_never_begins() -> None:
    one = revoke(given(validity=Period(NOW + DAY, None)))
    assert (one.valid_to, one.revoked_at) == (one.valid_from, NOW)
    assert not CustomerAuthorization.objects.valid_at(NOW + DAY).exists()
    assert not CustomerAuthorization.objects.overlapping(NOW, NOW + 10 * DAY).exists()
    assert not CustomerAuthorization.objects.overlapping(None, None).exists()


def test_it_may_be_revoked_in_the_instant_of_its_giving() -> None:
    one = revoke(given())
    assert (one.valid_from, one.valid_to) == (NOW, NOW)
    assert not CustomerAuthorization.objects.valid_at(NOW).exists()


def test_it_is_revoked_once_and_not_after_its_end() -> None:
    one, other = given(), given(validity=Period(NOW, NOW + DAY))
    revoke(one, now=NOW + SECOND)
    assert refused(revoke, one, now=NOW + SECOND) == [("authorization-is-revoked", str(one.pk))]
    assert refused(revoke, other, now=NOW + DAY) == [("authorization-has-ended", str(other.pk))]
    assert revoke(other, now=NOW + DAY - SECOND).valid_to == NOW + DAY - SECOND
    assert CustomerAuthorization.objects.get(pk=one.pk).revoked_at == NOW + SECOND


def test_somebody_elses_and_one_that_does_not_exist_are_not_found_alike() -> None:
    for one in (given(), CustomerAuthorization()):
        assert refused(revoke, one, customer=JAAN) == [(NOT_FOUND, "authorizationId")]


# --- what always holds --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"valid_to": NOW},
        {"valid_to": NOW - SECOND},
        {"valid_from": NOW - SECOND},
        {"subject_to": NOW - 300 * DAY},
        {"revoked_at": NOW},
        {"role": "GRID_OPERATOR"},
        {"role": "OPEN_SUPPLIER"},
        {"purpose": "ENERGY_SUPPLY_OFFER"},
        {"role": "OPEN_SUPPLIER", "purpose": "ENERGY_SUPPLY_OFFER"},
        {"role": "OPEN_SUPPLIER", "purpose": "ENERGY_SUPPLY_OFFER", "valid_to": NOW + timedelta(hours=48, seconds=1)},
        {"role": "AGGREGATOR", "purpose": "AGGREGATION_OFFER", "valid_to": NOW + DAY, "commodity": "NATURAL_GAS"},
    ],
    ids=str,
)
def test_the_database_refuses_what_can_never_be(wrong: dict[str, object]) -> None:
    one = given()
    with pytest.raises(IntegrityError), transaction.atomic():
        CustomerAuthorization.objects.filter(pk=one.pk).update(**wrong)


def test_a_revoked_one_ends_when_it_was_revoked_and_at_no_other_time() -> None:
    one = revoke(given(), now=NOW + DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        CustomerAuthorization.objects.filter(pk=one.pk).update(valid_to=NOW + 2 * DAY)


# --- 7 years after its end ----------------------------------------------------------------------------------------


def test_it_leaves_seven_years_after_its_end_the_oldest_first_and_without_an_end_never() -> None:
    later = datetime(2034, 2, 28, 12, tzinfo=NOW.tzinfo)
    seven_years_before = datetime(2027, 2, 28, 12, tzinfo=NOW.tzinfo)
    ends = [seven_years_before - 2 * SECOND, seven_years_before - SECOND, seven_years_before, None]
    oldest, old, young, open_ended = (given(validity=Period(NOW, end)) for end in ends)
    drop = authorizations.drop_old_authorizations
    assert drop(now=later, most=1) == 1
    assert not CustomerAuthorization.objects.filter(pk=oldest.pk).exists()
    assert drop(now=later, most=10) == 1
    assert drop(now=later, most=10) == 0
    assert set(CustomerAuthorization.objects.all()) == {young, open_ended}
    assert old not in CustomerAuthorization.objects.all()


def test_the_task_deletes_what_is_old_and_nothing_else() -> None:
    one = given()
    retain()
    assert CustomerAuthorization.objects.get() == one
    long_ago = NOW.replace(year=2010)
    CustomerAuthorization.objects.update(given_at=long_ago, valid_from=long_ago, valid_to=long_ago + SECOND)
    retain()
    assert not CustomerAuthorization.objects.exists()


def test_a_stranger_is_no_receiver_by_being_registered() -> None:
    MarketRole.objects.filter(participant__eic=STRANGER).delete()
    assert refused(give, to=STRANGER, role=SUPPLIER) == [(NOT_HELD, "participantEic")]
