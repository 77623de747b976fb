"""Customers, operators and staff at the same instant, each in a transaction of their own."""

from datetime import timedelta

import pytest
from django.db import transaction

from datahub import partitions
from datahub.access.models import CustomerAuthorization
from datahub.agreements import selectors
from datahub.agreements.models import Agreement
from datahub.market import AgreementType
from datahub.outbox.models import Unit
from datahub.outbox.services import open_unit
from tests.access.giving import DAY, adviser, give, given, person, revoke
from tests.agreements import at_once, market
from tests.agreements.acting import change
from tests.agreements.market import FLAT, HOUSE, MARI, NORTH, NOW, day, fact, standing

GRID = AgreementType.GRID
ROUNDS = 6


@pytest.fixture(autouse=True)
def open_market(transactional_db: None) -> None:
    """Mari's house and flat, committed, so that several connections see them."""
    partitions.maintain(now=NOW)
    market.build()
    market.portfolios()
    adviser()
    person()
    standing(fact(GRID, NORTH, MARI, HOUSE, day(2024, 1, 1)), fact(GRID, NORTH, MARI, FLAT, day(2024, 1, 1)))


def test_two_givings_of_the_same_points_in_either_order_both_stand() -> None:
    for _ in range(ROUNDS):
        assert at_once.run(lambda: give(HOUSE, FLAT), lambda: give(FLAT, HOUSE)) == []
    assert CustomerAuthorization.objects.count() == 4 * ROUNDS
    units = list(Unit.objects.filter(saved_at=NOW).order_by("id"))
    assert len(units) == 4 * ROUNDS
    for point in (HOUSE, FLAT):
        of_point = [unit for unit in units if unit.lanes == [point]]
        followed = [unit.depends_on for unit in of_point[1:]]
        assert followed == [[unit.id] for unit in of_point[:-1]], "the saves at a point stand in a row"


def test_a_giving_beside_the_end_of_the_grid_agreement_sees_it_whole_or_not_at_all() -> None:
    """Whoever locks the point first is seen by the other: the subject ends with the agreement that was seen."""
    end = day(2026, 6, 1)
    (grid,) = selectors.standing_facts(Agreement.objects.filter(point__eic=HOUSE, type=GRID))
    assert at_once.run(lambda: change(grid, end), lambda: give(HOUSE)) == []
    one = CustomerAuthorization.objects.get()
    saved = Unit.objects.filter(lanes=[HOUSE], saved_at=NOW).order_by("id")
    kinds = [unit.changes[0]["resource_type"] for unit in saved]
    expected = end if kinds == ["AGREEMENT", "PERMISSION"] else NOW + 300 * DAY
    assert one.subject_to == expected


def test_a_giving_waits_for_a_save_at_its_point_and_finds_what_that_did() -> None:
    with transaction.atomic(), open_unit(lanes=[HOUSE], sender_eic="", saved_at=NOW):
        beside = at_once.Beside(lambda: give(HOUSE, FLAT))
        at_once.wait_for(at_once.waits_for_a_lock)
        Agreement.objects.filter(point__eic=HOUSE).update(valid_to=day(2026, 7, 1))
    beside.end()
    ends = dict(CustomerAuthorization.objects.values_list("point__eic", "subject_to"))
    assert ends == {HOUSE: day(2026, 7, 1), FLAT: NOW + 300 * DAY}


def test_a_giving_that_waited_is_refused_where_the_agreement_is_over_and_leaves_nothing() -> None:
    refusals: list[str] = []
    with transaction.atomic(), open_unit(lanes=[HOUSE], sender_eic="", saved_at=NOW):
        beside = at_once.Beside(lambda: refusals.extend(at_once.run(lambda: give(HOUSE, FLAT))))
        at_once.wait_for(at_once.waits_for_a_lock)
        Agreement.objects.filter(point__eic=HOUSE).update(valid_to=NOW)
    beside.end()
    assert refusals == ["authorization-without-grid-agreement"]
    assert not CustomerAuthorization.objects.exists()
    assert not Unit.objects.filter(saved_at=NOW).exists()


def test_of_two_revocations_at_once_one_stands_and_the_other_is_told_so() -> None:
    for number in range(ROUNDS):
        one = given(HOUSE)
        at = NOW + timedelta(minutes=number)
        refused = at_once.run(lambda: revoke(one, now=at), lambda: revoke(one, now=at))  # noqa: B023 - run at once
        assert refused == ["authorization-is-revoked"]
        one.refresh_from_db()
        assert (one.revoked_at, one.valid_to) == (at, at)


def test_a_giving_whose_transaction_fails_leaves_nothing_to_be_told() -> None:
    class Broken(Exception):
        pass

    with pytest.raises(Broken), transaction.atomic():
        give(HOUSE, FLAT)
        raise Broken
    assert not CustomerAuthorization.objects.exists()
    assert not Unit.objects.filter(saved_at=NOW).exists()
