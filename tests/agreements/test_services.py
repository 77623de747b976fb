"""Registering, changing and deleting agreements on a real database: what is saved, versioned and recorded."""

from datetime import datetime

import pytest

from datahub.agreements import selectors
from datahub.agreements.facts import AgreementFact
from datahub.agreements.models import Agreement, AgreementVersion
from datahub.errors import DomainError
from datahub.market import AgreementType, Role
from datahub.outbox.changes import Change
from datahub.outbox.models import Unit
from tests.agreements.acting import BY_HUB, at, change, changes, delete, refused, register
from tests.agreements.market import (
    AGGREGATION_POINT,
    AGGREGATOR,
    BAKERY,
    BAKERY_POINT,
    BALANCE,
    HOUSE,
    JAAN,
    MARI,
    NAMED,
    NORTH,
    NOW,
    SUN,
    WIND,
    day,
    fact,
    standing,
)

pytestmark = pytest.mark.usefixtures("built")

GRID, SUPPLY, BORDER_GRID = AgreementType.GRID, AgreementType.SUPPLY, AgreementType.BORDER_GRID
PORTFOLIO, AGGREGATION = AgreementType.PORTFOLIO_SUPPLIER, AgreementType.AGGREGATION
TOMORROW = day(2026, 5, 5)
IN_14_DAYS = day(2026, 5, 18)


def grid_at_house(valid_from: datetime | None = None, valid_to: datetime | None = None) -> AgreementFact:
    return standing(fact(GRID, NORTH, MARI, HOUSE, valid_from or day(2024, 1, 1), valid_to))[0]


# --- what is saved ----------------------------------------------------------------------------------------------------
def test_a_grid_agreement_is_saved_with_its_version_and_told() -> None:
    saved = register(GRID, NORTH, MARI, HOUSE, day(2024, 1, 1), agreement_id="V-1")
    agreement = Agreement.objects.get(pk=saved.id)
    assert selectors.fact_of(agreement) == saved
    assert (agreement.agreement_id, agreement.service_provider_role, agreement.version) == ("V-1", "GRID_OPERATOR", 1)
    unit = Unit.objects.latest("id")
    assert (unit.lanes, unit.sender_eic, unit.saved_at) == ([HOUSE], NORTH, NOW)
    assert changes() == [Change("AGREEMENT", "CREATE", str(saved.id), None, saved.as_json())]  # type: ignore[arg-type]
    version = AgreementVersion.objects.get(current=agreement)
    assert (version.version, version.known_from, version.known_to, version.saved_at) == (1, unit.id, None, NOW)


def known_around(unit_id: int, point: str) -> list[AgreementFact]:
    """Give what a save knew at a point before it or after it."""
    return [
        known.fact
        for known in selectors.versions_at_points([point])
        if known.is_known_around(unit_id) and known.fact.type not in BY_HUB
    ]


def test_a_change_closes_the_version_before_it_and_names_both_states() -> None:
    first = register(GRID, NORTH, MARI, HOUSE, day(2024, 1, 1))
    created = Unit.objects.latest("id").id
    second = change(first, day(2026, 8, 1), agreement_id="V-2")
    unit = Unit.objects.latest("id").id
    assert changes() == [Change("AGREEMENT", "UPDATE", str(first.id), first.as_json(), second.as_json())]  # type: ignore[arg-type]
    known = list(AgreementVersion.objects.order_by("version").filter(current=first.id))
    assert [(v.version, v.known_from, v.known_to, v.valid_to) for v in known] == [
        (1, created, unit, None),
        (2, unit, None, day(2026, 8, 1)),
    ]
    later = register(GRID, NORTH, MARI, HOUSE, day(2026, 8, 1))
    assert known_around(created, HOUSE) == [first]
    assert known_around(unit, HOUSE) == [first, second]
    assert known_around(Unit.objects.latest("id").id, HOUSE) == [second, later]
    assert known_around(created - 1, HOUSE) == []


def test_a_deleted_agreement_stays_in_its_versions_only() -> None:
    saved = register(GRID, NORTH, MARI, HOUSE, day(2026, 6, 1))
    delete(saved)
    unit = Unit.objects.latest("id").id
    assert changes() == [Change("AGREEMENT", "DELETE", str(saved.id), saved.as_json(), None)]  # type: ignore[arg-type]
    assert Agreement.objects.get(pk=saved.id).deleted_at == NOW
    following = register(GRID, NORTH, JAAN, HOUSE, day(2026, 6, 1))
    assert known_around(unit, HOUSE) == [saved]
    assert known_around(Unit.objects.latest("id").id, HOUSE) == [following]


def test_knowledge_reaches_from_a_point_to_its_aggregation_points_and_to_its_parent() -> None:
    grid, aggregation = standing(
        fact(GRID, NORTH, BAKERY, BAKERY_POINT, day(2024, 1, 1)),
        fact(AGGREGATION, AGGREGATOR, BAKERY, AGGREGATION_POINT, day(2026, 1, 1)),
    )
    assert aggregation.parent_point_eic == BAKERY_POINT
    later = 10**12
    assert known_around(later, BAKERY_POINT) == [grid, aggregation]
    assert known_around(later, AGGREGATION_POINT) == [grid, aggregation]
    assert known_around(later, HOUSE) == []


def test_portfolios_are_known_as_they_stood_at_a_save() -> None:
    saved = register(PORTFOLIO, BALANCE, NAMED, None, day(2026, 6, 1))
    unit = Unit.objects.latest("id").id
    assert saved.customer_role == Role.OPEN_SUPPLIER
    (known,) = (known for known in selectors.portfolio_versions() if known.fact == saved)
    assert known.is_known_around(unit)
    assert not known.is_known_around(unit - 1)


def test_what_is_taken_over_is_told_to_nobody() -> None:
    units = Unit.objects.count()
    taken = grid_at_house(valid_to=day(2024, 5, 1))
    assert Unit.objects.count() == units
    assert AgreementVersion.objects.filter(current=taken.id, known_to=None).count() == 1


# --- what one does to others ------------------------------------------------------------------------------------------
def test_a_new_supply_ends_the_active_one_and_deletes_those_inside_it() -> None:
    grid_at_house()
    old, inside = standing(
        fact(SUPPLY, WIND, MARI, HOUSE, day(2025, 1, 1), day(2026, 7, 1)),
        fact(SUPPLY, WIND, MARI, HOUSE, day(2026, 7, 1)),
    )
    new = register(SUPPLY, SUN, MARI, HOUSE, IN_14_DAYS, fee := None, preliminary_termination_fee=True)
    assert fee is None
    assert new.preliminary_termination_fee
    told = [(c.reason, c.object_key) for c in changes()]
    assert told == [
        ("CREATE", str(new.id)),
        ("UPDATE_BC_SUPPLY_CREATE", str(old.id)),
        ("DELETE_BC_SUPPLY_CREATE", str(inside.id)),
    ]
    assert at(HOUSE)[1:] == [(WIND, day(2025, 1, 1), IN_14_DAYS), (SUN, IN_14_DAYS, None)]
    delete(new)
    assert at(HOUSE)[1:] == [(WIND, day(2025, 1, 1), IN_14_DAYS)]


def test_a_supply_that_has_begun_is_not_deleted_by_one_that_starts_before_it() -> None:
    grid_at_house(day(2026, 5, 3))
    standing(fact(SUPPLY, WIND, MARI, HOUSE, day(2026, 5, 4)))
    # With the GRID agreement, less than 48 hours back: where no other supply was valid, but one has begun since.
    with pytest.raises(DomainError) as error:
        register(SUPPLY, SUN, MARI, HOUSE, day(2026, 5, 3))
    assert refused(error) == ["agreement-date-too-early"]
    assert (WIND, day(2026, 5, 4), None) in at(HOUSE)


def test_a_supply_back_to_the_grid_agreements_start_deletes_one_that_has_not_begun() -> None:
    grid_at_house(day(2026, 5, 3))
    standing(fact(SUPPLY, WIND, MARI, HOUSE, TOMORROW))
    register(SUPPLY, SUN, MARI, HOUSE, day(2026, 5, 3))
    assert [one for one in at(HOUSE) if one[0] != NORTH] == [(SUN, day(2026, 5, 3), None)]


def test_a_supply_that_starts_after_the_new_one_ends_stays() -> None:
    grid_at_house()
    standing(fact(SUPPLY, WIND, MARI, HOUSE, day(2026, 7, 1)))
    register(SUPPLY, SUN, MARI, HOUSE, TOMORROW, day(2026, 7, 1))
    assert at(HOUSE)[1:] == [(SUN, TOMORROW, day(2026, 7, 1)), (WIND, day(2026, 7, 1), None)]


def test_a_grid_agreement_shortens_deletes_and_gives_back_what_stands_on_it() -> None:
    grid = standing(fact(GRID, NORTH, BAKERY, BAKERY_POINT, day(2024, 1, 1)))[0]
    supply, later, _ = standing(
        fact(SUPPLY, SUN, BAKERY, BAKERY_POINT, day(2025, 1, 1), day(2026, 9, 1)),
        fact(SUPPLY, WIND, BAKERY, BAKERY_POINT, day(2026, 9, 1)),
        fact(AGGREGATION, AGGREGATOR, BAKERY, AGGREGATION_POINT, day(2026, 1, 1)),
    )
    shortened = change(grid, day(2026, 8, 1))
    assert [c.reason for c in changes()] == [
        "UPDATE",
        "UPDATE_BC_GRID_UPDATE",
        "UPDATE_BC_GRID_UPDATE",
        "DELETE_BC_GRID_UPDATE",
    ]
    assert str(later.id) == changes()[-1].object_key
    change(shortened, day(2026, 12, 1))
    assert at(BAKERY_POINT) == [
        (NORTH, day(2024, 1, 1), day(2026, 12, 1)),
        (SUN, day(2025, 1, 1), day(2026, 9, 1)),
        (AGGREGATOR, day(2026, 1, 1), day(2026, 12, 1)),
    ]
    assert Agreement.objects.get(pk=supply.id).version == 3


def test_a_deleted_grid_agreement_takes_its_supplies_along() -> None:
    grid = register(GRID, NORTH, MARI, HOUSE, day(2026, 6, 1))
    register(SUPPLY, SUN, MARI, HOUSE, day(2026, 6, 1))
    delete(grid)
    assert [c.reason for c in changes()] == ["DELETE", "DELETE_BC_GRID_DELETE"]
    assert at(HOUSE) == []
