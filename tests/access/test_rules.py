"""Periods, portfolios and readable periods, as tables."""

from datetime import datetime, timedelta

import pytest

from datahub import periods
from datahub.access import rules
from datahub.access.rules import CustomerView, Holding, Portfolio, Tie
from datahub.market import AgreementType, Role, SourceType
from datahub.periods import Period
from tests.agreements.market import NOW, day

SUPPLY = AgreementType.SUPPLY
D = [day(2026, 1, 1) + timedelta(days=n) for n in range(30)]
SECOND = timedelta(seconds=1)


def p(start: int, end: int | None = None) -> Period:
    return Period(D[start], None if end is None else D[end])


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (p(0, 5), p(3, 9), p(3, 5)),
        (p(0, 5), p(5, 9), None),
        (p(0), p(3, 9), p(3, 9)),
        (p(0), p(3), p(3)),
        (p(0, 5), p(1, 2), p(1, 2)),
        (p(6, 9), p(0, 5), None),
    ],
)
def test_what_two_periods_share(one: Period, other: Period, expected: Period | None) -> None:
    assert periods.common(one, other) == expected
    assert periods.common(other, one) == expected
    assert one.overlaps(other) is (expected is not None)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], []),
        ([p(0, 5), p(5, 9)], [p(0, 9)]),
        ([p(5, 9), p(0, 4)], [p(0, 4), p(5, 9)]),
        ([p(0), p(3, 9)], [p(0)]),
        ([p(0, 9), p(2, 3), p(4)], [p(0)]),
    ],
)
def test_union(given: list[Period], expected: list[Period]) -> None:
    assert periods.union(given) == expected


def test_intersection_of_lists() -> None:
    assert periods.intersect([p(0, 5), p(7)], [p(3, 8), p(9, 10)]) == [p(3, 5), p(7, 8), p(9, 10)]
    assert periods.intersect([p(0, 5)], []) == []


def test_ends() -> None:
    assert D[0] in p(0, 1)
    assert D[1] not in p(0, 1)
    assert p(0).covers(p(3))
    assert p(0, 5).covers(p(0, 5))
    assert not p(0, 5).covers(p(0))
    assert periods.earlier_end(None, D[3]) == D[3]
    assert periods.earlier_end(None, None) is None


def test_members_of_a_portfolio_at_every_level_within_every_agreement_of_the_chain() -> None:
    chain = [
        Portfolio("balance", "sun", p(0, 20)),
        Portfolio("sun", "wind", p(5)),
        Portfolio("wind", "rain", p(2, 8)),
        Portfolio("other", "fog", p(0)),
    ]
    assert rules.portfolio_members("balance", chain) == {"sun": [p(0, 20)], "wind": [p(5, 20)], "rain": [p(5, 8)]}
    assert rules.portfolio_members("sun", chain) == {"wind": [p(5)], "rain": [p(5, 8)]}
    assert rules.portfolio_members("rain", chain) == {}


def test_a_circle_ends_and_several_ways_add_up() -> None:
    circle = [
        Portfolio("a", "b", p(0)),
        Portfolio("b", "c", p(0)),
        Portfolio("c", "a", p(0)),
        Portfolio("c", "b", p(0)),
    ]
    assert rules.portfolio_members("a", circle) == {"b": [p(0)], "c": [p(0)]}
    two_ways = [
        Portfolio("a", "b", p(0, 5)),
        Portfolio("a", "c", p(5, 9)),
        Portfolio("b", "d", p(0, 9)),
        Portfolio("c", "d", p(0, 9)),
    ]
    assert rules.portfolio_members("a", two_ways)["d"] == [p(0, 9)]


LONG_AGO, YEAR_AGO = day(2020, 1, 1), rules.ground_since(NOW)


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (Period(LONG_AGO, None), [Period(LONG_AGO, None)]),
        (Period(NOW, None), [Period(NOW, None)]),
        (Period(NOW + SECOND, None), []),
        (Period(LONG_AGO, NOW), [Period(LONG_AGO, NOW)]),
        (Period(LONG_AGO, YEAR_AGO), [Period(LONG_AGO, YEAR_AGO)]),
        (Period(LONG_AGO, YEAR_AGO - SECOND), []),
    ],
)
def test_own_period_unless_it_starts_later_or_ended_over_a_year_ago(period: Period, expected: list[Period]) -> None:
    assert rules.readable_periods(Holding(SUPPLY, period, own=True), now=NOW) == expected


def test_an_active_supply_reads_the_year_before_under_the_same_customers_grid_agreement() -> None:
    active, grid = Period(day(2026, 3, 1), None), (Period(day(2025, 9, 1), None),)

    def read(kind: AgreementType, period: Period, *, own: bool = True) -> list[Period]:
        return rules.readable_periods(Holding(kind, period, own=own, chain=(p(0),), grid=grid), now=NOW)

    assert read(SUPPLY, active) == [Period(day(2025, 9, 1), None)]
    assert read(AgreementType.GENERAL_SERVICE, active) == [active]
    assert read(SUPPLY, Period(day(2026, 3, 1), NOW)) == [Period(day(2026, 3, 1), NOW)]
    assert read(SUPPLY, active, own=False) == [active]
    long_grid = Holding(SUPPLY, active, own=True, grid=(Period(LONG_AGO, None),))
    assert rules.readable_periods(long_grid, now=NOW) == [Period(YEAR_AGO, None)]


def test_a_chain_cuts_the_period() -> None:
    holding = Holding(
        SUPPLY, Period(day(2025, 6, 1), None), own=False, chain=(Period(day(2025, 1, 1), day(2026, 2, 1)),)
    )
    assert rules.readable_periods(holding, now=NOW) == [Period(day(2025, 6, 1), day(2026, 2, 1))]


@pytest.mark.parametrize(
    ("now", "since"),
    [
        (day(2028, 2, 29), day(2027, 2, 28)),
        (day(2027, 2, 28), day(2026, 2, 28)),
        (day(2026, 3, 29), day(2025, 3, 29)),
    ],
)
def test_twelve_months_are_calendar_months(now: datetime, since: datetime) -> None:
    assert rules.ground_since(now) == since


def test_grounds_come_once_the_widest_first() -> None:
    assert rules.in_order([SourceType.BALANCE_STATE, SourceType.OWNERSHIP, SourceType.BALANCE_STATE]) == [
        SourceType.OWNERSHIP,
        SourceType.BALANCE_STATE,
    ]


GO, OS = Role.GRID_OPERATOR, Role.OPEN_SUPPLIER
ALL, NAME = CustomerView.ALL, CustomerView.NAME_AND_IDENTITIES


@pytest.mark.parametrize(
    ("ties", "view", "ground"),
    [
        ([], CustomerView.EIC_ALONE, None),
        ([Tie(AgreementType.GRID, GO, own=True)], ALL, SourceType.OWNERSHIP),
        ([Tie(AgreementType.BORDER_GRID, GO, own=True)], ALL, SourceType.OWNERSHIP),
        ([Tie(AgreementType.GENERAL_SERVICE, OS, own=True)], ALL, SourceType.AGREEMENT),
        ([Tie(AgreementType.GENERAL_SERVICE, GO, own=True)], NAME, SourceType.AGREEMENT),
        ([Tie(AgreementType.GENERAL_SERVICE, OS, own=False)], NAME, SourceType.BALANCE_STATE),
        ([Tie(SUPPLY, OS, own=True)], NAME, SourceType.AGREEMENT),
        ([Tie(SUPPLY, OS, own=False)], NAME, SourceType.BALANCE_STATE),
        ([Tie(SUPPLY, OS, own=False), Tie(AgreementType.AGGREGATION, OS, own=True)], NAME, SourceType.AGREEMENT),
        ([Tie(SUPPLY, OS, own=True), Tie(AgreementType.GENERAL_SERVICE, OS, own=True)], ALL, SourceType.AGREEMENT),
    ],
)
def test_how_much_of_a_customer_is_seen(ties: list[Tie], view: CustomerView, ground: SourceType | None) -> None:
    assert rules.customer_view(ties) == (view, ground)
