"""Half-open periods [start, end) of instants, and what they have in common. Knows nothing of Django.

`end` None is open-ended. A list of periods is a set of instants; `union` and `intersect` give it in order, without
overlaps or touching neighbours. Source: `1-market.md`, opening paragraph.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)


class Period(NamedTuple):
    """The instants from `start` up to, and without, `end`."""

    start: datetime
    end: datetime | None = None

    def __contains__(self, instant: object) -> bool:
        """Tell whether an instant lies inside."""
        return isinstance(instant, datetime) and self.start <= instant < (self.end or _END)

    def covers(self, other: "Period") -> bool:
        """Tell whether the other lies wholly inside."""
        return self.start <= other.start and (other.end or _END) <= (self.end or _END)

    def overlaps(self, other: "Period") -> bool:
        """Tell whether the two share an instant; periods that only touch do not."""
        return common(self, other) is not None


ALL_TIME = Period(BEGINNING, None)


def common(one: Period, other: Period) -> Period | None:
    """Give what two periods share, or None."""
    start, end = max(one.start, other.start), min(one.end or _END, other.end or _END)
    return Period(start, None if end == _END else end) if start < end else None


def earlier_end(one: datetime | None, other: datetime | None) -> datetime | None:
    """Give the earlier of two ends, of which None is never."""
    end = min(one or _END, other or _END)
    return None if end == _END else end


def union(periods: Iterable[Period]) -> list[Period]:
    """Give the instants that lie in at least one of the periods."""
    joined: list[Period] = []
    for period in sorted(periods, key=lambda p: (p.start, p.end or _END)):
        if joined and period.start <= (joined[-1].end or _END):
            longest = max(joined[-1].end or _END, period.end or _END)
            joined[-1] = Period(joined[-1].start, None if longest == _END else longest)
        else:
            joined.append(period)
    return joined


def intersect(one: Iterable[Period], other: Iterable[Period]) -> list[Period]:
    """Give the instants that lie in a period of each of the two lists."""
    others = list(other)
    return union(shared for a in one for b in others if (shared := common(a, b)))


def without(whole: Period, taken: Iterable[Period]) -> list[Period]:
    """Give the maximal parts of a period that none of the others covers."""
    parts, start = [], whole.start
    for period in union(shared for one in taken if (shared := common(whole, one))):
        if start < period.start:
            parts.append(Period(start, period.start))
        if period.end is None:
            return parts
        start = period.end
    if whole.end is None or start < whole.end:
        parts.append(Period(start, whole.end))
    return parts


def cut(whole: Period, borders: Iterable[Period]) -> list[Period]:
    """Cut a period where one of the others starts or ends inside it."""
    inside = {i for period in borders for i in period if i is not None and i in whole and i != whole.start}
    starts = [whole.start, *sorted(inside)]
    return [Period(start, end) for start, end in zip(starts, [*starts[1:], whole.end], strict=True)]
