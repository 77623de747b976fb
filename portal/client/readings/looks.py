"""A customer's look at readings: those of her own time that she asks for, and those of the year before."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from datahub.access.own_data import OwnValues, own_readings
from datahub.errors import DomainError, codes
from datahub.market_time import day_of, day_start
from datahub.parties.models import Party, User
from datahub.periods import Period
from portal.client.readings.totals import Total, totals
from portal.pictures.series import Series, Unit, series
from portal.readings.asked import Asked

_DAY = timedelta(days=1)
# Of longer times it is of no concern that a day had an hour more or less.
_SAID_IN = 31


@dataclass(frozen=True, slots=True)
class ClockChange:
    """A day on which the clocks were put forward or back, and how many hours it had for that."""

    start: datetime
    hours: int


@dataclass(frozen=True, slots=True)
class Look:
    """What she sees: `asked` is cut to her own time, `seen` are the parts of it that are hers."""

    asked: Asked
    seen: list[Period]
    shown: Series
    former: Series | None
    totals: list[Total]

    @property
    def has_gaps(self) -> bool:
        """Whether readings are missing that should be there; where nothing is fed in, none are expected of that."""
        directions = [one for one in (self.shown.out, self.shown.into) if not one.is_empty]
        return any(bool(one.missing.any()) for one in directions or [self.shown.out])

    @property
    def has_estimates(self) -> bool:
        """Whether some are estimated."""
        return bool(self.shown.out.estimated.any() or self.shown.into.estimated.any())

    @property
    def clock_changes(self) -> list[ClockChange]:
        """Give the days of 23 and of 25 hours."""
        asked = self.asked
        days = (asked.last - asked.first).days + 1
        if days > _SAID_IN:
            return []
        starts = [day_start(asked.first + number * _DAY, asked.commodity) for number in range(days + 1)]
        return [
            ClockChange(start, (end - start) // timedelta(hours=1))
            for start, end in pairwise(starts)
            if end - start != _DAY
        ]


def look(*, customer: Party, by: User, asked: Asked, now: datetime) -> Look:
    """Read what is asked for. Raises DomainError where nothing of it is hers, TooManyPoints."""
    found = own_readings(customer=customer, meter_eic=asked.point, asked=asked.period, by=by, now=now)
    hers = asked.within(_hull(found))
    before = _former(customer, by, hers, now)

    def summed(unit: Unit) -> tuple[Series, Series | None]:
        return _series(found, hers, unit, now), None if before is None else _series(before, hers, unit, now)

    shown, former = summed(hers.unit)
    return Look(asked=hers, seen=found.seen, shown=shown, former=former, totals=totals(*summed(Unit.DAY)))


def _former(customer: Party, by: User, hers: Asked, now: datetime) -> OwnValues | None:
    """Read the year before, None where it was not asked for or nothing of it is hers."""
    if not hers.with_former:
        return None
    try:
        return own_readings(customer=customer, meter_eic=hers.point, asked=hers.former, by=by, now=now)
    except DomainError as error:
        if error.cause.code is not codes.METER_DATA_CANNOT_BE_RETRIEVED:
            raise
        return None


def _hull(found: OwnValues) -> Period:
    """Give the time from the first instant that is hers to the last."""
    return Period(found.seen[0].start, found.seen[-1].end)


def _series(found: OwnValues, asked: Asked, unit: Unit, now: datetime) -> Series:
    """Sum what is hers by a unit; the readings of a day are due when it is over."""
    return series(
        found.values,
        unit=unit,
        asked=_hull(found),
        commodity=asked.commodity,
        now=day_start(day_of(now, asked.commodity), asked.commodity),
        seen=found.seen,
        clock=now,
    )
