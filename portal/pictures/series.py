"""Readings of one point summed by quarter-hour, hour, day, month or year, exact to the thousandth. Knows no Django.

A day is the commodity's: for electricity from midnight, for gas from 07:00, of 23, 24 or 25 hours. Where readings are
coarser than what is asked for, they stand as they are: nothing is divided.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from datahub import market_time
from datahub.market import Commodity, Direction, ReadingType
from datahub.metering.readings import channels
from datahub.metering.readings.values import Values
from datahub.periods import Period

_THOUSANDTH = Decimal("0.001")
_ESTIMATED = ord(ReadingType.ESTIMATED)
_MAX_POINTS = 110_000
_CHANNELS = {
    Direction.IN: (channels.IN, channels.IN_M3),
    Direction.OUT: (channels.OUT, channels.OUT_M3),
}


class Unit(StrEnum):
    """By what readings are summed."""

    QUARTER_HOUR = "QUARTER_HOUR"
    HOUR = "HOUR"
    DAY = "DAY"
    MONTH = "MONTH"
    YEAR = "YEAR"


class Void(StrEnum):
    """Why a point holds nothing: readings are missing, they are still to come, or it is not the reader's time."""

    MISSING = "."
    TO_COME = ","
    CLOSED = "x"


_STEPS = {Unit.QUARTER_HOUR: 900, Unit.HOUR: 3600}


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of one direction, an entry a point of the series.

    `amounts` are thousandths of kWh, `volumes` of m³ (None for electricity); both mean something only where `held`: at
    least one reading is there. `estimated` and `metered` count readings, `missing` the seconds without one, up to now,
    `awaited` those behind it; `estimated_amounts` are what of `amounts` is estimated.
    """

    amounts: NDArray[np.int64]
    volumes: NDArray[np.int64] | None
    held: NDArray[np.bool_]
    estimated: NDArray[np.int64]
    metered: NDArray[np.int64]
    missing: NDArray[np.int64]
    awaited: NDArray[np.int64]
    estimated_amounts: NDArray[np.int64]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was read in this direction at all."""
        return not self.held.any()


@dataclass(frozen=True, slots=True)
class Quantity:
    """What was read in one direction in the time of a point: kWh, for gas m³ too, and what it was made of."""

    kwh: Decimal
    m3: Decimal | None
    estimated: int
    metered: int
    missing: timedelta
    estimated_kwh: Decimal = Decimal(0)

    @property
    def is_estimated(self) -> bool:
        """Whether any of it is estimated."""
        return self.estimated > 0

    @property
    def is_mixed(self) -> bool:
        """Whether some of it is estimated and some is metered."""
        return self.estimated > 0 and self.metered > 0

    @property
    def is_partial(self) -> bool:
        """Whether some of its time has no reading."""
        return self.missing > timedelta(0)


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """A point of a series: its time, and what was read in it; None where nothing was.

    Of one that `is_running` there is so far but a part: its time is not over, or readings of it are still to come.
    """

    start: datetime
    end: datetime
    taken: Quantity | None
    given: Quantity | None
    void: Void = Void.MISSING
    is_running: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """Readings of one point summed by `unit`, by time and without holes: what is missing is a point without a sum.

    `starts` and `ends` are seconds since 1970. `out` is consumption, `into` production; `voids` are letters of `Void`,
    of each point why it would hold nothing. `running` tells of which more is to come: of that whose time has begun and
    is not over, unless nothing of it could be there yet, and of those that hold a part of what is not yet due.
    """

    unit: Unit
    commodity: Commodity
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    out: Sums
    into: Sums
    voids: NDArray[np.str_]
    running: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.starts)

    def points(self, first: int = 0, last: int | None = None) -> Iterator[SeriesPoint]:
        """Give points by time, from a number up to, and without, another."""
        for number in range(len(self))[first:last]:
            yield SeriesPoint(
                _instant(int(self.starts[number])),
                _instant(int(self.ends[number])),
                _quantity(self.out, number),
                _quantity(self.into, number),
                Void(str(self.voids[number])),
                bool(self.running[number]),
            )

    @property
    def total_out(self) -> Quantity:
        """All that was consumed."""
        return _total(self.out)

    @property
    def total_in(self) -> Quantity:
        """All that was produced."""
        return _total(self.into)


class TooManyPoints(ValueError):
    """A series of so many points is not drawn: ask for a shorter time or a coarser unit."""


def series(
    values: Values,
    *,
    unit: Unit,
    asked: Period,
    commodity: Commodity,
    now: datetime,
    seen: Sequence[Period] | None = None,
    clock: datetime | None = None,
) -> Series:
    """Sum readings by a unit over a period with an end. Raises TooManyPoints.

    Before `now` they should be there; given `seen`, only in those periods: the rest is not the reader's. `clock` is the
    moment of the look, where that is another.
    """
    if asked.end is None or asked.end <= asked.start:
        raise ValueError(f"a series over {asked}")
    edges = _edges(unit, _seconds(asked.start), _seconds(asked.end), commodity)
    edges = _without_edges_inside(edges, values)
    starts, ends = edges[:-1], edges[1:]
    place = np.searchsorted(starts, values.starts, "right") - 1
    inside = (place >= 0) & (values.starts < edges[-1])
    none, parts = np.zeros(len(starts), np.int64), seen or [asked]
    until = _seconds(now)
    due = sum((_shared(starts, np.minimum(ends, until), one) for one in parts), none)
    awaited = sum((_shared(np.maximum(starts, until), ends, one) for one in parts), none)
    sums = {
        direction: _sums(
            values, energy, volume, place=np.where(inside, place, -1), due=due, awaited=awaited, until=until
        )
        for direction, (energy, volume) in _CHANNELS.items()
    }
    voids = np.where(due > 0, Void.MISSING, np.where(starts < until, Void.CLOSED, Void.TO_COME))
    out, into = sums[Direction.OUT], sums[Direction.IN]
    moment = _seconds(clock or now)
    runs = (starts <= moment) & (moment < ends) & (out.held | into.held | (voids == Void.MISSING))
    for one in (out, into):
        # What is behind `now` is not due by the clock alone: an hour that is over may hold but some of its readings.
        runs |= (starts <= moment) & one.held & (one.awaited > 0)
    return Series(unit, commodity, starts, ends, out, into, voids, runs)


def _shared(starts: NDArray[np.int64], ends: NDArray[np.int64], seen: Period) -> NDArray[np.int64]:
    """Give the seconds of each stretch that lie in a period."""
    until = ends if seen.end is None else np.minimum(ends, _seconds(seen.end))
    return np.asarray(np.clip(until - np.maximum(starts, _seconds(seen.start)), 0, None), np.int64)


def period_of(unit: Unit, day: date, commodity: Commodity) -> Period:
    """Give the day, month or year (for DAY, MONTH and YEAR) of the commodity that a date lies in."""
    match unit:
        case Unit.YEAR:
            first, after = date(day.year, 1, 1), date(day.year + 1, 1, 1)
        case Unit.MONTH:
            first = day.replace(day=1)
            after = market_time.add_months(first, 1)
        case Unit.DAY:
            first, after = day, day + timedelta(days=1)
        case _:
            raise ValueError(f"no period of {unit}")
    return Period(market_time.day_start(first, commodity), market_time.day_start(after, commodity))


def _edges(unit: Unit, start: int, end: int, commodity: Commodity) -> NDArray[np.int64]:
    """Give where the points begin, and where the last one ends; the first and the last may be cut by the period."""
    if unit in _STEPS:
        step = _STEPS[unit]
        if (end - start) // step > _MAX_POINTS:
            raise TooManyPoints
        inner = np.arange((start // step + 1) * step, end, step, dtype=np.int64)
    else:
        first = market_time.day_of(_instant(start), commodity)
        last = market_time.day_of(_instant(end - 1), commodity)
        days = list(_beginnings(unit, first, last))
        inner = np.array([_seconds(market_time.day_start(day, commodity)) for day in days], np.int64)
        inner = inner[(inner > start) & (inner < end)]
    return np.concatenate([[start], inner, [end]]).astype(np.int64)


def _beginnings(unit: Unit, first: date, last: date) -> Iterator[date]:
    if unit is Unit.DAY:
        if (last - first).days > _MAX_POINTS:
            raise TooManyPoints
        yield from (first + timedelta(days=number) for number in range((last - first).days + 1))
        return
    months = 1 if unit is Unit.MONTH else 12
    month = (first.year * 12 + first.month - 1) // months * months
    while (day := date(month // 12, month % 12 + 1, 1)) <= last:
        yield day
        month += months


def _without_edges_inside(edges: NDArray[np.int64], values: Values) -> NDArray[np.int64]:
    """Leave out the edges that lie inside a reading, so that each reading lies in one point."""
    first = np.searchsorted(edges, values.starts, "right")
    last = np.searchsorted(edges, values.ends, "left")
    inside = np.zeros(len(edges) + 1, np.int64)
    np.add.at(inside, first, 1)
    np.add.at(inside, np.maximum(first, last), -1)
    keep = np.cumsum(inside)[: len(edges)] == 0
    # The period's own end stays one.
    keep[-1] = True
    return np.asarray(edges[keep], np.int64)


def _sums(
    values: Values,
    energy: int,
    volume: int,
    *,
    place: NDArray[np.int64],
    due: NDArray[np.int64],
    awaited: NDArray[np.int64],
    until: int,
) -> Sums:
    """Sum a direction; `place` is the point of each reading (-1: none).

    `due` are the seconds that should have a reading, those before `until`, `awaited` those of which one is to come.
    """
    inside = place >= 0
    points = len(due)
    channel = values.codes.index(energy)
    present = values.present[channel] & inside
    where = place[present]
    amounts = np.zeros(points, np.int64)
    np.add.at(amounts, where, values.amounts[channel][present])
    volumes = None
    if volume in values.codes:
        beside = values.codes.index(volume)
        measured = values.present[beside] & inside
        volumes = np.zeros(points, np.int64)
        np.add.at(volumes, place[measured], values.amounts[beside][measured])
    is_estimated = values.kinds[channel][present] == _ESTIMATED
    read = np.bincount(where, minlength=points)
    estimated = np.bincount(where[is_estimated], minlength=points)
    begun, over = values.starts[present], values.ends[present]
    # What has come early does not stand for what is missing before it.
    before, behind = np.zeros(points, np.int64), np.zeros(points, np.int64)
    np.add.at(before, where, np.clip(np.minimum(over, until) - begun, 0, None))
    np.add.at(behind, where, np.clip(over - np.maximum(begun, until), 0, None))
    guessed = np.zeros(points, np.int64)
    np.add.at(guessed, where[is_estimated], values.amounts[channel][present][is_estimated])
    return Sums(
        amounts,
        volumes,
        read > 0,
        estimated,
        read - estimated,
        np.clip(due - before, 0, None),
        np.clip(awaited - behind, 0, None),
        guessed,
    )


def _quantity(sums: Sums, number: int) -> Quantity | None:
    if not sums.held[number]:
        return None
    return Quantity(
        exact(int(sums.amounts[number])),
        None if sums.volumes is None else exact(int(sums.volumes[number])),
        int(sums.estimated[number]),
        int(sums.metered[number]),
        timedelta(seconds=int(sums.missing[number])),
        exact(int(sums.estimated_amounts[number])),
    )


def _total(sums: Sums) -> Quantity:
    return Quantity(
        exact(int(sums.amounts.sum())),
        None if sums.volumes is None else exact(int(sums.volumes.sum())),
        int(sums.estimated.sum()),
        int(sums.metered.sum()),
        timedelta(seconds=int(sums.missing.sum())),
        exact(int(sums.estimated_amounts.sum())),
    )


def exact(thousandths: int) -> Decimal:
    """Give thousandths as the number that they are."""
    return thousandths * _THOUSANDTH


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())
