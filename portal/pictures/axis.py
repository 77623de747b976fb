"""The axis of time that pictures share: where an instant stands between the edges, and which days are marked.

Places are shares of the width, 0 at the left edge and 1 at the right one. Knows no Django.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from datahub import market_time
from datahub.market import Commodity

MOST_MARKS, MOST_MARKS_NARROW = 10, 3
_DAY_STEPS = (1, 2, 7, 14)
_MONTH_STEPS = (1, 3, 6, 12, 24, 60, 120, 240, 600)
# About the days of a month: enough to leave out the steps that would mark far too many.
_DAYS_OF_MONTH = 30.4
_MONDAY = date(1970, 1, 5)


class MarkUnit(StrEnum):
    """How a mark is named: by its day, its month or its year."""

    DAY = "DAY"
    MONTH = "MONTH"
    YEAR = "YEAR"


@dataclass(frozen=True, slots=True)
class Window:
    """The time that a picture shows, from its left edge to its right one."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        """Refuse a window without width."""
        if self.end <= self.start:
            raise ValueError(f"a window from {self.start} to {self.end}")

    def place(self, instant: datetime) -> float:
        """Give where an instant stands, held between the edges."""
        share = (instant - self.start) / (self.end - self.start)
        return min(max(share, 0.0), 1.0)

    def __contains__(self, instant: datetime) -> bool:
        """Tell whether an instant lies between the edges."""
        return self.start <= instant <= self.end


@dataclass(frozen=True, slots=True)
class Mark:
    """A day that the axis marks; `is_sparse` are those that are named where there is little room."""

    day: date
    unit: MarkUnit
    place: float
    is_sparse: bool


def marks(window: Window, commodity: str = Commodity.ELECTRICITY) -> list[Mark]:
    """Give the marks of an axis, by time: the finest step of days, months or years of which there are not too many."""
    first = market_time.day_of(window.start, commodity)
    last = market_time.day_of(window.end, commodity)
    unit, days = _finest(first, last)
    inside = [day for day in days if market_time.day_start(day, commodity) in window]
    every = -(-len(inside) // MOST_MARKS_NARROW) or 1
    return [
        Mark(day, unit, window.place(market_time.day_start(day, commodity)), is_sparse=number % every == 0)
        for number, day in enumerate(inside)
    ]


def _finest(first: date, last: date) -> tuple[MarkUnit, list[date]]:
    length = (last - first).days + 1
    for step in _DAY_STEPS:
        if length <= MOST_MARKS * step:
            return MarkUnit.DAY, list(_by_days(first, last, step))
    for step in _MONTH_STEPS:
        if length <= MOST_MARKS * step * _DAYS_OF_MONTH:
            return MarkUnit.MONTH if step < 12 else MarkUnit.YEAR, list(_by_months(first, last, step))
    step = _MONTH_STEPS[-1]
    return MarkUnit.YEAR, list(_by_months(first, last, step))


def _by_days(first: date, last: date, step: int) -> Iterator[date]:
    # Whole weeks begin on Mondays, whatever the window begins with.
    day = first + timedelta(days=-(first - _MONDAY).days % step)
    while day <= last:
        yield day
        day += timedelta(days=step)


def _by_months(first: date, last: date, step: int) -> Iterator[date]:
    month = -(-(first.year * 12 + first.month - 1) // step) * step
    while (day := date(month // 12, month % 12 + 1, 1)) <= last:
        if day >= first:
            yield day
        month += step
