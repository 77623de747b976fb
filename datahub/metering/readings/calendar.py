"""The commodity's days around a moment as numbers, for arithmetic over many intervals at once."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from datahub.market import Commodity
from datahub.market_time import TALLINN, add_months, day_start
from datahub.metering.readings.times import to_microseconds

MAX_DAYS_AHEAD = 45
MAX_MONTHS_BACK = 12


@dataclass(frozen=True, slots=True)
class Days:
    """Consecutive days of a commodity. `starts` are their first instants and the end of the last, in microseconds."""

    commodity: Commodity
    first: date
    starts: NDArray[np.int64]

    def number_of(self, instants: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the number of the day of each instant, counted from the first; they must lie in these days."""
        return np.searchsorted(self.starts, instants, "right") - 1

    def date_of(self, number: int) -> date:
        """Give the date of a day by its number."""
        return self.first + timedelta(days=number)

    def bounds_of(self, day: date) -> tuple[int, int]:
        """Give the first instant of a day and of the next, in microseconds."""
        number = (day - self.first).days
        return int(self.starts[number]), int(self.starts[number + 1])


@lru_cache(maxsize=16)
def days_from(first: date, last: date, commodity: Commodity) -> Days:
    """Give the days of a commodity from `first` to `last`, both inclusive."""
    count = (last - first).days + 1
    starts = [to_microseconds(day_start(first + timedelta(days=number), commodity)) for number in range(count + 1)]
    return Days(commodity, first, np.array(starts, np.int64))


@dataclass(frozen=True, slots=True)
class Window:
    """In which the starts of intervals may lie that arrive at a moment, both ends inclusive, in microseconds."""

    earliest: int
    latest: int
    days: Days


def window_at(arrived_at: datetime, commodity: Commodity) -> Window:
    """Give the window of a message: 12 months back to 45 days ahead by the wall clock in Tallinn."""
    local = arrived_at.astimezone(TALLINN)
    first, last = add_months(local.date(), -MAX_MONTHS_BACK), local.date() + timedelta(days=MAX_DAYS_AHEAD)
    return Window(
        earliest=to_microseconds(datetime.combine(first, local.timetz())),
        latest=to_microseconds(datetime.combine(last, local.timetz())),
        days=days_from(first - timedelta(days=1), last + timedelta(days=1), commodity),
    )
