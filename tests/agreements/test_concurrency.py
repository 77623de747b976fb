"""Two that contradict each other at the same instant: one stands, the other gets a clear refusal."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from datahub.agreements.models import Agreement, AgreementVersion, FollowUp
from datahub.agreements.services import acts, follow_ups
from datahub.agreements.services.acts import Terms
from datahub.market import AgreementType, Role
from datahub.metering.models import MeteringPoint
from datahub.outbox.models import Unit
from tests.agreements import at_once, market
from tests.agreements.acting import change, delete, register, services_at, standing_at
from tests.agreements.market import (
    AGGREGATION_POINT,
    AGGREGATOR,
    BAKERY,
    BAKERY_POINT,
    BALANCE,
    BORDER,
    ELECTRICITY,
    HOUSE,
    JAAN,
    LINE,
    MARI,
    NAMED,
    NORTH,
    NOW,
    SOUTH,
    STRANGER,
    SUN,
    WIND,
    day,
    fact,
    standing,
)


@pytest.fixture
def open_market(transactional_db: None) -> None:
    """The market, committed, so that several connections see it."""
    market.build()
    market.portfolios()


def registration(provider: str, role: Role, *terms: Any) -> Callable[[], object]:
    participant = market.party(provider)

    def register() -> object:
        return acts.register_agreement(
            participant=participant, role=role, commodity=ELECTRICITY, terms=Terms(*terms), now=NOW
        )

    return register


@pytest.mark.usefixtures("open_market")
def test_two_grid_agreements_at_one_point() -> None:
    start = day(2026, 5, 5)
    refusals = at_once.run(
        *(
            registration(
                NORTH,
                Role.GRID_OPERATOR,
                AgreementType.GRID,
                NORTH,
                customer,
                ELECTRICITY,
                start,
                None,
                HOUSE,
            )
            for customer in (MARI, JAAN, MARI, JAAN)
        )
    )
    assert refusals == ["overlapping-agreements"] * 3
    assert Agreement.objects.filter(type=AgreementType.GRID).count() == 1
    assert Unit.objects.count() == 1


@pytest.mark.usefixtures("open_market")
def test_two_portfolio_agreements_of_different_pairs_that_would_close_a_circle() -> None:
    start = day(2026, 6, 1)
    circle = AgreementType.PORTFOLIO_SUPPLIER
    refusals = at_once.run(
        registration(NAMED, Role.OPEN_SUPPLIER, circle, NAMED, STRANGER, ELECTRICITY, start),
        registration(STRANGER, Role.OPEN_SUPPLIER, circle, STRANGER, NAMED, ELECTRICITY, start),
    )
    assert refusals == ["portfolio-cycle"]


@pytest.mark.usefixtures("open_market")
def test_two_portfolio_providers_of_one_operator() -> None:
    start = day(2026, 6, 1)
    portfolio = AgreementType.PORTFOLIO_SUPPLIER
    refusals = at_once.run(
        registration(BALANCE, Role.OPEN_SUPPLIER, portfolio, BALANCE, SOUTH, ELECTRICITY, start),
        registration(SUN, Role.OPEN_SUPPLIER, portfolio, SUN, SOUTH, ELECTRICITY, start),
    )
    assert refusals == ["overlapping-agreements"]


@pytest.mark.usefixtures("open_market")
def test_suppliers_that_take_over_from_each_other_at_once_leave_one_at_any_instant() -> None:
    standing(fact(AgreementType.GRID, NORTH, MARI, HOUSE, day(2024, 1, 1)))
    supply = AgreementType.SUPPLY
    refusals = at_once.run(
        *(
            registration(
                provider,
                Role.OPEN_SUPPLIER,
                supply,
                provider,
                MARI,
                ELECTRICITY,
                day(2026, 6, number),
                None,
                HOUSE,
            )
            for provider, number in ((SUN, 1), (WIND, 2), (SUN, 3), (WIND, 4))
        )
    )
    assert refusals == []
    periods = sorted(
        (a.valid_from, a.valid_to)
        for a in Agreement.objects.standing().filter(type=supply)  # type: ignore[attr-defined]
    )
    assert periods[0][0] == day(2026, 6, 1)
    assert all(end == start for (_, end), (start, _) in pairwise(periods))
    assert periods[-1][1] is None
    # Whatever the order was, each version is followed by the next at the save that made it.
    for agreement in Agreement.objects.filter(type=supply):
        versions = list(AgreementVersion.objects.filter(current=agreement).order_by("version"))
        known = [(version.known_from, version.known_to) for version in versions]
        assert all(end == start for (_, end), (start, _) in pairwise(known))
        assert (known[-1][1] is None) == (agreement.deleted_at is None)


@pytest.mark.usefixtures("open_market")
def test_two_named_suppliers_of_one_operator() -> None:
    named = AgreementType.NAMED_SUPPLIER
    refusals = at_once.run(
        *(lambda who=who: register(named, who, NORTH, None, day(2026, 6, 1)) for who in (NAMED, SUN, WIND))
    )
    assert refusals == ["overlapping-agreements"] * 2
    assert Agreement.objects.filter(type=named).count() == 1
    assert FollowUp.objects.count() == 1


@pytest.mark.usefixtures("open_market")
def test_two_aggregators_under_one_parent_at_points_of_their_own() -> None:
    competitors = MeteringPoint.objects.get(eic=AGGREGATION_POINT)
    competitors.pk, competitors.eic, competitors.owner = None, "38ZAG-20000001-8", market.party(LINE)
    competitors.save()
    standing(
        market.portfolio(BALANCE, LINE, customer_role=Role.AGGREGATOR),
        fact(AgreementType.GRID, NORTH, BAKERY, BAKERY_POINT, day(2024, 1, 1)),
    )
    aggregation, start = AgreementType.AGGREGATION, day(2026, 5, 20)
    refusals = at_once.run(
        lambda: register(aggregation, AGGREGATOR, BAKERY, AGGREGATION_POINT, start),
        lambda: register(aggregation, LINE, BAKERY, competitors.eic, start),
    )
    assert refusals == ["overlapping-agreements"]
    assert len(standing_at(BAKERY_POINT, aggregation)) == 1


@pytest.mark.usefixtures("open_market")
@pytest.mark.parametrize("shortened", [True, False], ids=["shortened", "deleted"])
def test_a_grid_agreement_taken_away_while_suppliers_register_on_it(shortened: bool) -> None:
    """Whoever came first fell with it, whoever came second was refused: nothing stands on nothing."""
    start, end = day(2026, 6, 1), day(2026, 6, 10)
    grid = register(AgreementType.GRID, NORTH, MARI, HOUSE, start)
    refusals = at_once.run(
        lambda: register(AgreementType.SUPPLY, SUN, MARI, HOUSE, end),
        lambda: change(grid, end) if shortened else delete(grid),
        lambda: register(AgreementType.SUPPLY, WIND, MARI, HOUSE, day(2026, 6, 20), day(2026, 7, 1)),
    )
    assert set(refusals) <= {"missing-grid-agreement"}
    assert standing_at(HOUSE, AgreementType.SUPPLY) == []
    assert services_at(HOUSE) == ([(NORTH, start, end, True)] if shortened else [])


@pytest.mark.usefixtures("open_market")
def test_a_border_agreement_and_its_portfolio_at_once_make_one_border_supply() -> None:
    refusals = at_once.run(
        lambda: register(AgreementType.BORDER_GRID, NORTH, SOUTH, BORDER, day(2026, 5, 5)),
        lambda: register(AgreementType.PORTFOLIO_SUPPLIER, BALANCE, SOUTH, None, day(2026, 6, 1)),
    )
    assert refusals == []
    while follow_ups.work_batch(now=NOW, points=50):
        pass
    (supply,) = standing_at(BORDER, AgreementType.BORDER_SUPPLY)
    assert (supply.service_provider_eic, supply.valid_from, supply.valid_to) == (BALANCE, day(2026, 6, 1), None)
