"""Two that contradict each other at the same instant: one stands, the other gets a clear refusal."""

import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection

from datahub.agreements.models import Agreement, AgreementVersion
from datahub.agreements.services import acts
from datahub.agreements.services.acts import Terms
from datahub.errors import DomainError
from datahub.market import AgreementType, Role
from datahub.outbox.models import Unit
from tests.agreements import market
from tests.agreements.market import (
    BALANCE,
    ELECTRICITY,
    HOUSE,
    JAAN,
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


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Do everything at the same time, each on a connection of its own; give what was refused."""
    start = threading.Barrier(len(acts))
    refusals: list[str] = []

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait(timeout=10)
            act()
        except DomainError as error:
            refusals.extend(fault.code.name.rpartition(".")[2] for fault in error.faults)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not any(thread.is_alive() for thread in threads)
    return refusals


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
    refusals = at_once(
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
    refusals = at_once(
        registration(NAMED, Role.OPEN_SUPPLIER, circle, NAMED, STRANGER, ELECTRICITY, start),
        registration(STRANGER, Role.OPEN_SUPPLIER, circle, STRANGER, NAMED, ELECTRICITY, start),
    )
    assert refusals == ["portfolio-cycle"]


@pytest.mark.usefixtures("open_market")
def test_two_portfolio_providers_of_one_operator() -> None:
    start = day(2026, 6, 1)
    portfolio = AgreementType.PORTFOLIO_SUPPLIER
    refusals = at_once(
        registration(BALANCE, Role.OPEN_SUPPLIER, portfolio, BALANCE, SOUTH, ELECTRICITY, start),
        registration(SUN, Role.OPEN_SUPPLIER, portfolio, SUN, SOUTH, ELECTRICITY, start),
    )
    assert refusals == ["overlapping-agreements"]


@pytest.mark.usefixtures("open_market")
def test_suppliers_that_take_over_from_each_other_at_once_leave_one_at_any_instant() -> None:
    standing(fact(AgreementType.GRID, NORTH, MARI, HOUSE, day(2024, 1, 1)))
    supply = AgreementType.SUPPLY
    refusals = at_once(
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
