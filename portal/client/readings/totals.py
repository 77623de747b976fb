"""How much was used and fed in, and how that compares with the year before. Knows no Django.

Like is compared with like: whole periods where every reading is there of both, else those days of which all are.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
from numpy.typing import NDArray

from datahub.market_time import day_of
from portal.pictures.former import places_a_year_before
from portal.pictures.series import Quantity, Series, Sums, Void, exact

# More is no help to anybody: there was next to nothing a year before.
_MOST_PERCENT = 999


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two years beside each other, kWh; `days`: of how many days, None of all that was asked for."""

    now: Decimal
    before: Decimal
    days: int | None

    @property
    def percent(self) -> int | None:
        """By how many percent it is more now, negative for less; None where that says nothing."""
        if not self.before:
            return None
        more = int(((self.now - self.before) * 100 / self.before).quantize(Decimal(1), ROUND_HALF_UP))
        return more if abs(more) <= _MOST_PERCENT else None

    @property
    def difference(self) -> int:
        """By how many percent the two differ."""
        return abs(self.percent or 0)


@dataclass(frozen=True, slots=True)
class Missing:
    """What lacks in a total: on `days` of those `out_of` that should have readings, from `first` to `last`.

    `is_run`: these days follow each other; `is_partial`: of some of them some readings are there. `time` is how long
    readings are missing, of how many hours (`hours`) of the day where but one was asked for.
    """

    first: date
    last: date
    days: int
    out_of: int
    is_run: bool
    is_partial: bool
    time: timedelta
    hours: int | None

    @property
    def whole_hours(self) -> int:
        """For how many hours readings are missing, `minutes` beside them."""
        return self.time // timedelta(hours=1)

    @property
    def minutes(self) -> int:
        """For how many minutes beside the hours readings are missing."""
        return self.time % timedelta(hours=1) // timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Total:
    """What was used or fed in (`is_fed`), beside it the year before, and what of it is missing."""

    is_fed: bool
    quantity: Quantity
    comparison: Comparison | None
    missing: Missing | None


def totals(shown: Series, former: Series | None) -> list[Total]:
    """Give the totals of two series by days; none of a direction without readings, or beside which none was fed in."""
    made: list[Total] = []
    for is_fed, sums, quantity in ((False, shown.out, shown.total_out), (True, shown.into, shown.total_in)):
        if sums.is_empty or (is_fed and not quantity.kwh and made):
            continue
        before = None if former is None else former.into if is_fed else former.out
        comparison = None if former is None or before is None else _comparison(shown, sums, former, before)
        made.append(Total(is_fed, quantity, comparison, _missing(shown, sums)))
    return made


def _missing(shown: Series, sums: Sums) -> Missing | None:
    """Tell what a direction of a series by days lacks; None where every reading is there that should be."""
    (lacking,) = np.nonzero(sums.missing)
    if not len(lacking):
        return None
    first, last = int(lacking[0]), int(lacking[-1])
    length = int(shown.ends[0] - shown.starts[0])
    return Missing(
        first=_day(shown, first),
        last=_day(shown, last),
        days=len(lacking),
        out_of=int((shown.voids == Void.MISSING).sum()),
        is_run=last - first + 1 == len(lacking),
        is_partial=bool(sums.held[lacking].any()),
        time=timedelta(seconds=int(sums.missing.sum())),
        hours=length // 3600 if len(shown) == 1 else None,
    )


def _day(shown: Series, number: int) -> date:
    return day_of(datetime.fromtimestamp(int(shown.starts[number]), UTC), shown.commodity)


def _comparison(shown: Series, sums: Sums, former: Series, before: Sums) -> Comparison | None:
    now_whole, before_whole = _whole(shown, sums), _whole(former, before)
    if len(former) and now_whole.all() and before_whole.all():
        return Comparison(exact(int(sums.amounts.sum())), exact(int(before.amounts.sum())), None)
    place, found = places_a_year_before(shown, former)
    both = found & now_whole & (before_whole[place] if len(former) else False)
    if not both.any():
        return None
    amount_now, amount_before = int(sums.amounts[both].sum()), int(before.amounts[place[both]].sum())
    return Comparison(exact(amount_now), exact(amount_before), int(both.sum()))


def _whole(series: Series, sums: Sums) -> NDArray[np.bool_]:
    """Tell of which days every reading is there."""
    return np.asarray(sums.held & (sums.missing == 0) & (series.voids == Void.MISSING), np.bool_)
