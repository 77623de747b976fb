"""For what, for how long and of which time: what a customer chooses for an energy service company, as periods.

Source: `4-exchanges.md`, "Customer authorizations": 1 month, 6 months, 1 year, own dates, or without an end.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from datahub.access.rules import OPEN_ENDED_MONTHS, SUBJECT_MONTHS, whole_second
from datahub.market_time import day_of, day_start, months_after, months_before
from datahub.periods import Period


class Lasting(StrEnum):
    """For how long a company has access."""

    MONTH = "1M"
    HALF_YEAR = "6M"
    YEAR = "1Y"
    OWN = "own"
    OPEN = "open"


class Seen(StrEnum):
    """Of which time it sees the readings."""

    PAST_AND_NEW = "all"
    NEW = "new"
    PAST = "past"
    OWN = "own"


def days_seen(now: datetime) -> tuple[date, date]:
    """Give the first day of which readings may be seen, and the last where access has no end."""
    now = whole_second(now)
    return day_of(months_before(now, SUBJECT_MONTHS)), day_of(months_after(now, OPEN_ENDED_MONTHS))


_MONTHS = {Lasting.MONTH: 1, Lasting.HALF_YEAR: 6, Lasting.YEAR: 12}


@dataclass(frozen=True, slots=True)
class ChosenTerms:
    """What was chosen. Days are local ones, both included, and stand only with `OWN`."""

    lasting: Lasting
    seen: Seen
    first: date | None = None
    last: date | None = None
    seen_first: date | None = None
    seen_last: date | None = None

    def validity(self, now: datetime) -> Period:
        """Give when the company has access, begun now or on a later day."""
        now = whole_second(now)
        if self.lasting is Lasting.OWN and self.first and self.last:
            return Period(max(day_start(self.first), now), _end_of(self.last))
        months = _MONTHS.get(self.lasting)
        return Period(now, None if months is None else months_after(now, months))

    def subject(self, now: datetime) -> Period:
        """Give the time of which it sees the readings."""
        now = whole_second(now)
        start, end = self.validity(now)
        back = months_before(now, SUBJECT_MONTHS)
        if self.seen is Seen.OWN and self.seen_first and self.seen_last:
            first, last = day_start(self.seen_first), _end_of(self.seen_last)
            ahead = months_after(now, OPEN_ENDED_MONTHS)
            # The first day that may be chosen has begun before the moment so many months ago, as the last ends after
            # that so many months ahead.
            return Period(
                back if self.seen_first == day_of(back) else first,
                ahead if end is None and self.seen_last == day_of(ahead) else last,
            )
        new_until = end or months_after(now, OPEN_ENDED_MONTHS)
        return {
            Seen.PAST: Period(back, now),
            Seen.NEW: Period(start, new_until),
        }.get(self.seen, Period(back, new_until))


def _end_of(day: date) -> datetime:
    return day_start(day + timedelta(days=1))
