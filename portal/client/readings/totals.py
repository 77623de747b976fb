"""How much was used and fed in, and how that compares with the year before. Knows no Django.

Like is compared with like: whole periods where every reading is there of both, else those days of which all are.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
from numpy.typing import NDArray

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
class Total:
    """What was used or fed in (`is_fed`), and beside it the year before."""

    is_fed: bool
    quantity: Quantity
    comparison: Comparison | None


def totals(shown: Series, former: Series | None) -> list[Total]:
    """Give the totals of two series by days; none of a direction without readings, or in which nothing was fed in."""
    made = []
    for is_fed, sums, quantity in ((False, shown.out, shown.total_out), (True, shown.into, shown.total_in)):
        if sums.is_empty or (is_fed and not quantity.kwh):
            continue
        before = None if former is None else former.into if is_fed else former.out
        comparison = None if former is None or before is None else _comparison(shown, sums, former, before)
        made.append(Total(is_fed, quantity, comparison))
    return made


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
