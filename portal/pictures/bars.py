"""Counts by day and type: a strip of bars for each type, each with a scale of its own. Knows no Django.

A day may have a hundred thousand messages of readings and three of agreements: on one scale, stacked or side by side,
the three could not be seen. So each type has a strip to itself, and every bar says its number.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from portal.pictures.timeline import percent

HEIGHT = 92
_TOP, _BASE = 18, 72
_GAP = 0.18
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many of a type there were on a day."""

    kind: str
    day: date
    count: int


@dataclass(frozen=True, slots=True)
class Kind:
    """A type to be shown: its code, its name in words, and the page that lists it ("" where there is none)."""

    code: str
    name: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class DayBar:
    """The bar of a day: across in shares of the width, down in pixels."""

    day: date
    count: int
    left: float
    width: float
    top: int
    height: int

    @property
    def x(self) -> str:
        """Where it begins, for an attribute."""
        return percent(self.left)

    @property
    def across(self) -> str:
        """How wide it is, for an attribute."""
        return percent(self.width)

    @property
    def middle(self) -> str:
        """Where its number and its day are written, for an attribute."""
        return percent(self.left + self.width / 2)

    @property
    def count_baseline(self) -> int:
        """Where its number is written."""
        return self.top - 4


@dataclass(frozen=True, slots=True)
class Strip:
    """The bars of a type, a day each, by day."""

    kind: Kind
    total: int
    bars: tuple[DayBar, ...]


@dataclass(frozen=True, slots=True)
class Strips:
    """Counts by day and type, ready to be drawn; `day_totals` are those of the table's last row."""

    id: str
    caption: str
    days: tuple[date, ...]
    strips: tuple[Strip, ...]
    day_totals: tuple[int, ...]
    total: int
    height: int = HEIGHT
    base: int = _BASE


def strips(
    counts: Iterable[DayCount], *, days: Sequence[date], kinds: Sequence[Kind], id: str, caption: str = ""
) -> Strips:
    """Lay out counts of some days; what has no count had none. Counts of other days or types are not shown."""
    found = {(one.kind, one.day): one.count for one in counts}
    drawn = tuple(_strip(kind, [(day, found.get((kind.code, day), 0)) for day in days]) for kind in kinds)
    totals = tuple(sum(strip.bars[number].count for strip in drawn) for number in range(len(days)))
    return Strips(id, caption, tuple(days), drawn, totals, sum(totals))


def _strip(kind: Kind, by_day: Sequence[tuple[date, int]]) -> Strip:
    most = max((count for _, count in by_day), default=0)
    step = 1 / len(by_day) if by_day else 1.0
    bars = []
    for number, (day, count) in enumerate(by_day):
        height = max(round((_BASE - _TOP) * count / most), _SHORTEST) if count else 0
        bars.append(DayBar(day, count, (number + _GAP / 2) * step, step * (1 - _GAP), _BASE - height, height))
    return Strip(kind, sum(count for _, count in by_day), tuple(bars))
