"""When aggregations, agreements between parties and border agreements may start and end: each rule at both edges.

GRID, SUPPLY and PORTFOLIO_SUPPLIER: test_rules_dates.py.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from datahub.agreements.facts import AgreementFact
from datahub.agreements.rules import dates, one_point
from datahub.agreements.rules.dates import Surroundings
from datahub.market import AgreementType, Commodity
from tests.agreements.market import (
    AGGREGATION_POINT,
    AGGREGATOR,
    BAKERY,
    BAKERY_POINT,
    BORDER,
    ELECTRICITY,
    GAS,
    HOUSE,
    JAAN,
    NAMED,
    NORTH,
    SOUTH,
    SUN,
    WIND,
    day,
    fact,
)

A = AgreementType
OK: list[str] = []
BOUNDARY, EARLY = ["agreement-date-not-on-boundary"], ["agreement-date-too-early"]
BEYOND, WITHOUT_GRID = ["agreement-exceeds-grid-agreement"], ["missing-grid-agreement"]
HOUR = timedelta(hours=1)
# 12:00 and 23:59 of 4 May in Tallinn.
NOON, LATE = datetime(2026, 5, 4, 9, tzinfo=UTC), datetime(2026, 5, 4, 20, 59, tzinfo=UTC)


def names(faults: Any) -> list[str]:
    return [fault.code.name.rpartition(".")[2] for fault in faults]


def grid(start: datetime | None = None, end: datetime | None = None, customer: str = BAKERY) -> AgreementFact:
    return fact(A.GRID, NORTH, customer, BAKERY_POINT, start or day(2024, 1, 1), end, id=1)


def aggregation(
    start: datetime,
    end: datetime | None = None,
    *,
    company: str = AGGREGATOR,
    point: str = AGGREGATION_POINT,
    id: int = 0,
    parent: str = BAKERY_POINT,
) -> AgreementFact:
    return fact(A.AGGREGATION, company, BAKERY, point, start, end, id=id, parent=parent)


def registered(asked: AgreementFact, *standing: AgreementFact, now: datetime = NOON) -> list[str]:
    """Ask the rules of dates and of place for a new agreement, as a registration does."""
    around = one_point.surroundings(asked, standing, now=now)
    return names(
        [
            *one_point.inside_grid_faults(asked, around.grid, path="agreement"),
            *dates.start_faults(asked, around, now=now, path="agreement"),
            *dates.end_faults(asked, around, now=now, path="agreement"),
        ]
    )


OTHER_POINT = "38ZAG-10000002-A"
LONG = aggregation(day(2025, 1, 1), id=5)


@pytest.mark.parametrize(
    ("start", "now", "standing", "expected"),
    [
        # The next day or later, however late today is.
        (day(2026, 5, 5), LATE, [grid()], OK),
        (day(2026, 5, 4), NOON, [grid()], EARLY),
        (day(2026, 5, 5), day(2026, 5, 5), [grid()], EARLY),
        # Starting with the GRID agreement gives an aggregation no 48 hours.
        (day(2026, 5, 4), NOON, [grid(day(2026, 5, 4))], EARLY),
        # Fourteen days ahead where the parent then has an aggregation: at any of its aggregation points.
        (day(2026, 5, 18), LATE, [grid(), LONG], OK),
        (day(2026, 5, 17), NOON, [grid(), LONG], EARLY),
        (day(2026, 5, 18), NOON, [grid(), aggregation(day(2025, 1, 1), point=OTHER_POINT, id=5)], OK),
        (day(2026, 5, 17), NOON, [grid(), aggregation(day(2025, 1, 1), point=OTHER_POINT, id=5)], EARLY),
        # Where the parent has one today but none any more when this one starts, the next day will do.
        (day(2026, 5, 6), NOON, [grid(), aggregation(day(2025, 1, 1), day(2026, 5, 6), id=5)], OK),
        (day(2026, 5, 5), NOON, [grid(), aggregation(day(2025, 1, 1), day(2026, 5, 6), id=5)], EARLY),
        # One that starts later, or stands under another parent, is no matter.
        (day(2026, 5, 5), NOON, [grid(), aggregation(day(2026, 5, 6), id=5)], OK),
        (day(2026, 5, 5), NOON, [grid(), aggregation(day(2025, 1, 1), parent=HOUSE, id=5)], OK),
        # Day boundaries.
        (day(2026, 5, 6) + HOUR, NOON, [grid()], BOUNDARY),
        (datetime(2026, 5, 6, tzinfo=UTC), NOON, [grid()], BOUNDARY),
        # Over the clock changes: calendar days.
        (day(2026, 4, 5), datetime(2026, 3, 22, 21, 59, tzinfo=UTC), [grid(), LONG], OK),
        (day(2026, 4, 4), datetime(2026, 3, 21, 22, 0, tzinfo=UTC), [grid(), LONG], EARLY),
        (day(2026, 11, 8), datetime(2026, 10, 25, 21, 59, tzinfo=UTC), [grid(), LONG], OK),
        (day(2026, 11, 7), datetime(2026, 10, 24, 21, 0, tzinfo=UTC), [grid(), LONG], EARLY),
    ],
)
def test_start_of_an_aggregation(
    start: datetime, now: datetime, standing: list[AgreementFact], expected: list[str]
) -> None:
    assert registered(aggregation(start), *standing, now=now) == expected


@pytest.mark.parametrize(
    ("end", "now", "expected"),
    [
        (day(2026, 5, 5), LATE, OK),
        (day(2026, 5, 4), NOON, EARLY),
        (day(2026, 5, 5) + HOUR, NOON, BOUNDARY),
        (day(2026, 5, 20), NOON, OK),
    ],
)
def test_end_of_an_aggregation(end: datetime, now: datetime, expected: list[str]) -> None:
    standing = aggregation(day(2026, 1, 1), end, id=5)
    around = one_point.surroundings(standing, [grid(), LONG], now=now)
    assert names(dates.end_faults(standing, around, now=now, path="agreementChange")) == expected


@pytest.mark.parametrize(
    ("start", "end", "standing", "expected"),
    [
        # The GRID agreement runs from 1 June to 1 August.
        (day(2026, 6, 1), day(2026, 8, 1), grid(day(2026, 6, 1), day(2026, 8, 1)), OK),
        (day(2026, 5, 31), day(2026, 8, 1), grid(day(2026, 6, 1), day(2026, 8, 1)), WITHOUT_GRID),
        (day(2026, 6, 1), day(2026, 8, 2), grid(day(2026, 6, 1), day(2026, 8, 1)), BEYOND),
        (day(2026, 6, 1), None, grid(day(2026, 6, 1), day(2026, 8, 1)), BEYOND),
        (day(2026, 8, 1), None, grid(day(2026, 6, 1), day(2026, 8, 1)), WITHOUT_GRID),
        # Of the same customer only, and at the parent only.
        (day(2026, 6, 1), None, grid(customer=JAAN), WITHOUT_GRID),
        (day(2026, 6, 1), None, fact(A.GRID, NORTH, BAKERY, HOUSE, day(2024, 1, 1), id=1), WITHOUT_GRID),
        (day(2026, 6, 1), None, fact(A.GRID, NORTH, BAKERY, AGGREGATION_POINT, day(2024, 1, 1), id=1), WITHOUT_GRID),
    ],
)
def test_an_aggregation_lies_inside_the_parents_grid_agreement(
    start: datetime, end: datetime | None, standing: AgreementFact, expected: list[str]
) -> None:
    assert registered(aggregation(start, end), standing) == expected


def test_an_aggregation_of_one_day_is_one_and_of_none_is_not() -> None:
    assert registered(aggregation(day(2026, 5, 6), day(2026, 5, 7)), grid()) == OK
    empty = registered(aggregation(day(2026, 5, 6), day(2026, 5, 6)), grid())
    assert empty == ["from-field-cannot-be-equal-to-or-after-to-field"]


# --- between parties --------------------------------------------------------------------------------------------------


def between(kind: A, start: datetime, end: datetime | None, commodity: Commodity) -> AgreementFact:
    return fact(kind, NAMED, NORTH, None, start, end, commodity=commodity)


@pytest.mark.parametrize("kind", [A.NAMED_SUPPLIER, A.JOINT_INVOICE])
@pytest.mark.parametrize(
    ("commodity", "instant", "now", "expected"),
    [
        # Seven days ahead: 25 May is the last day for 1 June. Fourteen for gas: 18 May.
        (ELECTRICITY, day(2026, 6, 1), datetime(2026, 5, 25, 20, 59, tzinfo=UTC), OK),
        (ELECTRICITY, day(2026, 6, 1), datetime(2026, 5, 25, 21, 0, tzinfo=UTC), EARLY),
        (GAS, day(2026, 6, 1, GAS), datetime(2026, 5, 18, 20, 59, tzinfo=UTC), OK),
        (GAS, day(2026, 6, 1, GAS), datetime(2026, 5, 18, 21, 0, tzinfo=UTC), EARLY),
        # Over the clock changes: calendar days.
        (ELECTRICITY, day(2026, 11, 1), datetime(2026, 10, 25, 21, 59, tzinfo=UTC), OK),
        (ELECTRICITY, day(2026, 11, 1), datetime(2026, 10, 25, 22, 0, tzinfo=UTC), EARLY),
        (ELECTRICITY, day(2026, 4, 1), datetime(2026, 3, 25, 21, 59, tzinfo=UTC), OK),
        (ELECTRICITY, day(2026, 4, 1), datetime(2026, 3, 25, 22, 0, tzinfo=UTC), EARLY),
        # Months begin at midnight, for gas at 07:00; nothing else is a boundary.
        (ELECTRICITY, day(2026, 6, 2), NOON, BOUNDARY),
        (ELECTRICITY, day(2026, 6, 1, GAS), NOON, BOUNDARY),
        (ELECTRICITY, datetime(2026, 6, 1, tzinfo=UTC), NOON, BOUNDARY),
        (GAS, day(2026, 6, 1), NOON, BOUNDARY),
        (GAS, day(2026, 6, 2, GAS), NOON, BOUNDARY),
    ],
)
def test_both_ends_of_an_agreement_between_parties(
    kind: A, commodity: Commodity, instant: datetime, now: datetime, expected: list[str]
) -> None:
    new = between(kind, instant, None, commodity)
    assert names(dates.start_faults(new, Surroundings(), now=now, path="agreement")) == expected
    ended = between(kind, day(2024, 1, 1, commodity), instant, commodity)
    assert names(dates.end_faults(ended, Surroundings(), now=now, path="agreement")) == expected


def test_an_agreement_between_parties_of_one_month_is_the_shortest() -> None:
    def faults(end: datetime) -> list[str]:
        asked = between(A.NAMED_SUPPLIER, day(2026, 7, 1), end, ELECTRICITY)
        return names(dates.end_faults(asked, Surroundings(), now=NOON, path="agreement"))

    assert faults(day(2026, 8, 1)) == OK
    assert faults(day(2026, 7, 31)) == BOUNDARY
    assert faults(day(2026, 7, 1)) == ["from-field-cannot-be-equal-to-or-after-to-field"]


# --- at the border, and the end of what is stood on -------------------------------------------------------------------


def border(start: datetime, end: datetime | None = None) -> AgreementFact:
    return fact(A.BORDER_GRID, NORTH, SOUTH, BORDER, start, end, id=1)


@pytest.mark.parametrize("start", [day(1999, 1, 1), day(2026, 5, 4), day(2030, 2, 28)])
def test_a_border_agreement_starts_on_any_day(start: datetime) -> None:
    assert registered(border(start)) == OK
    assert registered(border(start + HOUR)) == BOUNDARY


@pytest.mark.parametrize(
    ("end", "expected"),
    [(day(2026, 5, 4), OK), (day(2026, 5, 3), EARLY), (day(2026, 5, 5) + HOUR, BOUNDARY)],
)
def test_a_border_agreement_ends_today_at_the_earliest(end: datetime, expected: list[str]) -> None:
    # The border supply that stands there is the hub's own and holds nobody up.
    supply = fact(A.BORDER_SUPPLY, SUN, SOUTH, BORDER, day(2024, 1, 1), id=2)
    ended = border(day(2024, 1, 1), end)
    around = one_point.surroundings(ended, [border(day(2024, 1, 1)), supply], now=LATE)
    assert names(dates.end_faults(ended, around, now=LATE, path="agreementChange")) == expected


@pytest.mark.parametrize(
    ("standing", "end", "expected"),
    [
        # While an aggregation or a supply stands on it: the next day.
        ([LONG], day(2026, 5, 5), OK),
        ([LONG], day(2026, 5, 4), EARLY),
        ([fact(A.SUPPLY, WIND, BAKERY, BAKERY_POINT, day(2025, 1, 1), id=5)], day(2026, 5, 4), EARLY),
        # Else today: what stands there has ended, or is the general service.
        ([aggregation(day(2025, 1, 1), day(2026, 5, 4), id=5)], day(2026, 5, 4), OK),
        ([aggregation(day(2025, 1, 1), day(2026, 5, 5), id=5)], day(2026, 5, 4), EARLY),
        ([fact(A.GENERAL_SERVICE, NAMED, BAKERY, BAKERY_POINT, day(2025, 1, 1), id=5)], day(2026, 5, 4), OK),
        ([], day(2026, 5, 3), EARLY),
    ],
)
def test_a_grid_agreement_ends_the_next_day_while_something_stands_on_it(
    standing: list[AgreementFact], end: datetime, expected: list[str]
) -> None:
    ended = grid(day(2024, 1, 1), end)
    around = one_point.surroundings(ended, [grid(), *standing], now=LATE)
    assert names(dates.end_faults(ended, around, now=LATE, path="agreementChange")) == expected


# --- gas --------------------------------------------------------------------------------------------------------------


def gas(kind: A, start: datetime, end: datetime | None = None) -> AgreementFact:
    return fact(
        kind, NORTH if kind == A.GRID else SUN, BAKERY, HOUSE, start, end, commodity=GAS, id=int(kind == A.GRID)
    )


@pytest.mark.parametrize(
    ("start", "end", "grid_from", "grid_to", "expected"),
    [
        (day(2026, 6, 1, GAS), day(2026, 7, 1, GAS), day(2024, 1, 1, GAS), None, OK),
        (day(2026, 6, 2, GAS), None, day(2024, 1, 1, GAS), None, BOUNDARY),
        (day(2026, 6, 1, GAS), day(2026, 6, 30, GAS), day(2024, 1, 1, GAS), None, BOUNDARY),
        # With the GRID agreement, at either end, any gas day will do.
        (day(2026, 5, 13, GAS), None, day(2026, 5, 13, GAS), None, OK),
        (day(2026, 6, 1, GAS), day(2026, 6, 30, GAS), day(2024, 1, 1, GAS), day(2026, 6, 30, GAS), OK),
        (day(2026, 5, 13, GAS), day(2026, 5, 14, GAS), day(2026, 5, 13, GAS), day(2026, 5, 14, GAS), OK),
        # The GRID agreement's start does not free the end, nor the other way round.
        (day(2026, 5, 13, GAS), day(2026, 5, 20, GAS), day(2026, 5, 13, GAS), None, BOUNDARY),
        (day(2026, 5, 13, GAS), day(2026, 5, 20, GAS), day(2024, 1, 1, GAS), day(2026, 5, 20, GAS), BOUNDARY),
        # Electricity's midnight is no boundary of gas.
        (day(2026, 6, 1), None, day(2024, 1, 1, GAS), None, BOUNDARY),
    ],
)
def test_a_gas_supply_goes_by_months_unless_by_its_grid_agreement(
    start: datetime, end: datetime | None, grid_from: datetime, grid_to: datetime | None, expected: list[str]
) -> None:
    asked = gas(A.SUPPLY, start, end)
    grid_there = gas(A.GRID, grid_from, grid_to)
    found = registered(asked, grid_there)
    # What is open-ended inside a GRID agreement that ends is another rule's.
    assert [name for name in found if name not in BEYOND] == expected
