"""What excludes what, whose portfolio needs whom, and that nobody stands in their own."""

from dataclasses import replace
from typing import Any

import pytest

from datahub.agreements.facts import AgreementFact
from datahub.agreements.rules import one_point, parties, portfolio
from datahub.agreements.rules.parties import Named, Sender
from datahub.market import AgreementType, Role
from tests.agreements.market import (
    AGGREGATION_POINT,
    AGGREGATOR,
    BAKERY,
    BAKERY_POINT,
    BALANCE,
    BORDER,
    ELECTRICITY,
    GAS,
    HOUSE,
    JAAN,
    LINE,
    MARI,
    NAMED,
    NORTH,
    NOW,
    SOUTH,
    SUN,
    WIND,
    day,
    fact,
)
from tests.agreements.market import portfolio as portfolio_fact

A = AgreementType
START = day(2026, 6, 1)


def saved(*facts: AgreementFact) -> list[AgreementFact]:
    return [replace(one, id=number) for number, one in enumerate(facts, start=1)]


def names(faults: Any) -> list[str]:
    return [fault.code.name.rpartition(".")[2] for fault in faults]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((A.GRID, NORTH, MARI, HOUSE), (A.BORDER_GRID, NORTH, SOUTH, HOUSE), True),
        ((A.GRID, NORTH, MARI, HOUSE), (A.GRID, NORTH, MARI, BORDER), False),
        ((A.GRID, NORTH, MARI, HOUSE), (A.SUPPLY, SUN, MARI, HOUSE), False),
        ((A.SUPPLY, SUN, MARI, HOUSE), (A.SUPPLY, WIND, JAAN, HOUSE), True),
        ((A.BORDER_SUPPLY, SUN, SOUTH, BORDER), (A.BORDER_SUPPLY, WIND, SOUTH, BORDER), True),
        ((A.GENERAL_SERVICE, NAMED, MARI, HOUSE), (A.GENERAL_SERVICE, NORTH, MARI, HOUSE), True),
        ((A.PORTFOLIO_SUPPLIER, BALANCE, WIND, None), (A.PORTFOLIO_SUPPLIER, SUN, WIND, None), True),
        ((A.PORTFOLIO_SUPPLIER, BALANCE, WIND, None), (A.PORTFOLIO_SUPPLIER, BALANCE, SUN, None), False),
        ((A.NAMED_SUPPLIER, NAMED, NORTH, None), (A.NAMED_SUPPLIER, SUN, NORTH, None), True),
        ((A.JOINT_INVOICE, SUN, NORTH, None), (A.JOINT_INVOICE, WIND, NORTH, None), False),
        ((A.JOINT_INVOICE, SUN, NORTH, None), (A.JOINT_INVOICE, SUN, NORTH, None), True),
    ],
)
def test_which_agreements_exclude_each_other(one: Any, other: Any, expected: bool) -> None:
    assert one_point.excludes(fact(*one, START), fact(*other, START)) is expected
    assert one_point.excludes(fact(*other, START), fact(*one, START)) is expected


def test_commodities_are_markets_of_their_own() -> None:
    assert not one_point.excludes(portfolio_fact(BALANCE, SUN), portfolio_fact(BALANCE, SUN, commodity=GAS))


def test_aggregators_of_one_company_share_a_parent_and_others_do_not() -> None:
    def at(point: str, company: str) -> Any:
        return fact(A.AGGREGATION, company, BAKERY, point, START, parent=BAKERY_POINT)

    assert one_point.excludes(at(AGGREGATION_POINT, AGGREGATOR), at(HOUSE, LINE))
    assert not one_point.excludes(at(AGGREGATION_POINT, AGGREGATOR), at(HOUSE, AGGREGATOR))
    assert one_point.excludes(at(AGGREGATION_POINT, AGGREGATOR), at(AGGREGATION_POINT, AGGREGATOR))


def test_periods_that_touch_do_not_overlap() -> None:
    first = fact(A.SUPPLY, SUN, MARI, HOUSE, START, day(2026, 7, 1), id=1)
    second = fact(A.SUPPLY, WIND, MARI, HOUSE, day(2026, 7, 1))
    assert one_point.overlap_faults(second, [first], sender_eic=SUN, path="agreement") == []
    earlier = fact(A.SUPPLY, WIND, MARI, HOUSE, day(2026, 6, 30))
    assert names(one_point.overlap_faults(earlier, [first], sender_eic=SUN, path="agreement")) == [
        "overlapping-agreements"
    ]


@pytest.mark.parametrize(
    ("stands", "expected"),
    [
        (fact(A.SUPPLY, SUN, MARI, HOUSE, day(2025, 1, 1), id=2), True),
        (fact(A.SUPPLY, SUN, MARI, HOUSE, day(2025, 1, 1), day(2026, 5, 5), id=2), True),
        (fact(A.SUPPLY, SUN, MARI, HOUSE, day(2025, 1, 1), day(2026, 5, 4), id=2), False),
        (fact(A.SUPPLY, SUN, MARI, HOUSE, day(2027, 1, 1), id=2), True),
        (fact(A.AGGREGATION, AGGREGATOR, MARI, AGGREGATION_POINT, day(2025, 1, 1), id=2, parent=HOUSE), True),
        (fact(A.GENERAL_SERVICE, NAMED, MARI, HOUSE, day(2025, 1, 1), id=2), False),
    ],
)
def test_what_stands_on_a_grid_agreement(stands: Any, expected: bool) -> None:
    grid = fact(A.GRID, NORTH, MARI, HOUSE, day(2024, 1, 1), id=1)
    assert one_point.surroundings(grid, [grid, stands], now=NOW).stands_on_it is expected


def test_what_stands_on_the_next_customers_grid_agreement_does_not_stand_on_the_former() -> None:
    former = fact(A.GRID, NORTH, MARI, HOUSE, day(2024, 1, 1), START, id=1)
    following = fact(A.GRID, NORTH, JAAN, HOUSE, START, id=2)
    supply = fact(A.SUPPLY, SUN, JAAN, HOUSE, START, id=3)
    standing = [former, following, supply]
    ended = replace(former, valid_to=day(2026, 5, 4))
    assert not one_point.surroundings(ended, standing, now=NOW).stands_on_it
    assert one_point.surroundings(replace(following, valid_to=START), standing, now=NOW).stands_on_it
    earlier = fact(A.GRID, NORTH, MARI, HOUSE, day(2023, 1, 1), day(2024, 1, 1))
    assert not one_point.surroundings(earlier, standing, now=NOW).stands_on_it


def test_a_supply_is_not_for_points_of_line_operators() -> None:
    grid = fact(A.GRID, LINE, MARI, HOUSE, day(2024, 1, 1), id=1, provider_role=Role.LINE_OPERATOR)
    asked = fact(A.SUPPLY, SUN, MARI, HOUSE, START)
    faults = one_point.inside_grid_faults(asked, grid, path="agreement")
    assert names(faults) == ["agreement-metering-point-type-error"]


@pytest.mark.parametrize(
    ("provider", "customer", "expected"),
    [
        (BALANCE, NAMED, []),
        (NAMED, BALANCE, []),
        (SUN, BALANCE, ["portfolio-cycle"]),
        (WIND, BALANCE, ["portfolio-cycle"]),
        (WIND, SUN, ["portfolio-cycle"]),
    ],
)
def test_portfolio_cycles(provider: str, customer: str, expected: list[str]) -> None:
    standing = saved(portfolio_fact(BALANCE, SUN), portfolio_fact(SUN, WIND))
    assert names(portfolio.cycle_faults(portfolio_fact(provider, customer), standing, path="agreement")) == expected


def test_a_circle_counts_only_where_all_of_it_holds_at_once() -> None:
    standing = saved(portfolio_fact(BALANCE, SUN, day(2025, 1, 1), START))
    after = portfolio_fact(SUN, BALANCE, START)
    before = portfolio_fact(SUN, BALANCE, day(2026, 5, 1))
    other_market = portfolio_fact(SUN, BALANCE, day(2026, 5, 1), commodity=GAS)
    assert portfolio.cycle_faults(after, standing, path="agreement") == []
    assert names(portfolio.cycle_faults(before, standing, path="agreement")) == ["portfolio-cycle"]
    assert portfolio.cycle_faults(other_market, standing, path="agreement") == []


def test_a_circle_that_already_stands_does_not_keep_the_walk_going() -> None:
    standing = saved(portfolio_fact(NAMED, WIND), portfolio_fact(WIND, NAMED))
    assert portfolio.cycle_faults(portfolio_fact(WIND, SUN), standing, path="agreement") == []


@pytest.mark.parametrize(
    ("provider_role", "expected"),
    [
        (Role.GRID_OPERATOR, ["missing-portfolio-provider"]),
        (Role.CLOSED_DISTRIBUTION_NETWORK, ["missing-portfolio-provider"]),
        (Role.LINE_OPERATOR, []),
        (Role.PRODUCER_OPERATOR, []),
        (Role.CHARGING_POINT_OPERATOR, []),
    ],
)
def test_which_operators_need_a_portfolio_provider(provider_role: Role, expected: list[str]) -> None:
    grid = fact(A.GRID, NORTH, MARI, HOUSE, START, provider_role=provider_role)
    assert names(portfolio.provider_faults(grid, [], now=NOW, path="agreement")) == expected
    assert portfolio.provider_faults(grid, [portfolio_fact(BALANCE, NORTH)], now=NOW, path="agreement") == []


@pytest.mark.parametrize(
    ("kind", "sender", "held", "expected"),
    [
        (A.PORTFOLIO_SUPPLIER, Role.OPEN_SUPPLIER, {Role.AGGREGATOR, Role.OPEN_SUPPLIER}, Role.OPEN_SUPPLIER),
        (A.PORTFOLIO_SUPPLIER, Role.OPEN_SUPPLIER, {Role.OPEN_SUPPLIER, Role.GRID_OPERATOR}, Role.GRID_OPERATOR),
        (A.PORTFOLIO_SUPPLIER, Role.OPEN_SUPPLIER, {Role.LINE_OPERATOR}, ""),
        (A.BORDER_GRID, Role.GRID_OPERATOR, {Role.CLOSED_DISTRIBUTION_NETWORK}, Role.CLOSED_DISTRIBUTION_NETWORK),
        (A.GRID, Role.GRID_OPERATOR, {Role.GRID_OPERATOR}, ""),
    ],
)
def test_the_customer_stands_in_the_first_fitting_role_that_it_holds(
    kind: A, sender: Role, held: set[str], expected: str
) -> None:
    named = Named(kind, ELECTRICITY, None, SUN, NORTH)
    assert parties.roles_in(named, Sender(SUN, sender, ELECTRICITY), held) == (sender, expected)


@pytest.mark.parametrize("kind", [A.NAMED_SUPPLIER, A.JOINT_INVOICE])
def test_where_the_customer_registers_it_stands_in_the_role_of_its_request(kind: A) -> None:
    sender = Sender(NORTH, Role.CLOSED_DISTRIBUTION_NETWORK, ELECTRICITY)
    roles = parties.roles_in(Named(kind, ELECTRICITY, None, SUN, NORTH), sender, {Role.GRID_OPERATOR})
    assert roles == (Role.OPEN_SUPPLIER, Role.CLOSED_DISTRIBUTION_NETWORK)
