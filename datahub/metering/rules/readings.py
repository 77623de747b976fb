"""What the values of a message of readings must be. Source: `1-market.md`, "Readings".

Each rule looks at all intervals of the message at once and yields what is wrong by the interval's number, so that a
message in which everything is right costs next to nothing and one in which much is wrong names it all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC

import numpy as np
from numpy.typing import NDArray

from datahub.errors import Code, Fault, any_of, codes, fault, phrase
from datahub.market import Commodity, Resolution
from datahub.metering.readings import exact, shape, times
from datahub.metering.readings.calendar import MAX_DAYS_AHEAD, MAX_MONTHS_BACK, Window
from datahub.metering.readings.channels import POSSIBLE_RESOLUTIONS, RESOLUTION_CODES, RESOLUTIONS, STEP_SECONDS
from datahub.metering.readings.columns import Columns, Direction

# Twelve digits: more than a country uses in a year. Sums over years of them stay exact in 64 bits.
MAX_QUANTITY = 999_999_999.999
MAX_DECIMALS = 3
_WRONG_START: dict[Resolution, Code] = {
    Resolution.PT15M: codes.QUARTERLY_TIMESTAMP_WRONG,
    Resolution.PT1H: codes.HOURLY_TIMESTAMP_WRONG,
    Resolution.P1D: codes.DAILY_TIMESTAMP_WRONG,
}


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent a message: a participant in a role."""

    eic: str
    commodity: Commodity


@dataclass(frozen=True, slots=True)
class OwnPoint:
    """A metering point of the sender in its role. `lanes` are the points that a save at it touches."""

    id: int
    eic: str
    commodity: Commodity
    lanes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadingFault:
    """What is wrong at one interval, or (`start` None) with all of a metering point in the message.

    `interval` is the interval's number in the message, by which faults are put in order; `start` in microseconds.
    """

    interval: int
    eic: str
    start: int | None
    fault: Fault


@dataclass(frozen=True, slots=True)
class Message:
    """A message as the rules see it; `texts` are numbers that its columns may not hold exactly (`exact.texts_of`)."""

    columns: Columns
    sender: Sender
    points: Mapping[str, OwnPoint]
    window: Window
    texts: Mapping[str, Mapping[int, str]] = field(default_factory=dict)

    def first_interval(self, element: int) -> int:
        """Give the number of the first interval of an element."""
        return int(np.searchsorted(self.columns.element, element))

    def path(self, interval: int) -> str:
        """Give the path of an interval in the message: `meterData[3].periods[0].aI[17]`."""
        element, period = int(self.columns.element[interval]), int(self.columns.period[interval])
        first = self.first_interval(element)
        number = interval - int(np.searchsorted(self.columns.period, period))
        return f"meterData[{element}].periods[{period - int(self.columns.period[first])}].aI[{number}]"

    def period_path(self, interval: int) -> str:
        """Give the path of the period that an interval stands in."""
        return self.path(interval).rpartition(".")[0]

    def fault_at(self, interval: int, found: Fault) -> ReadingFault:
        """Say that something is wrong at an interval."""
        eic = self.columns.eics[int(self.columns.element[interval])]
        return ReadingFault(interval, eic, int(self.columns.start[interval]), found)

    @property
    def in_window(self) -> NDArray[np.bool_]:
        """Which intervals lie in the window of the message."""
        start = self.columns.start
        return (start >= self.window.earliest) & (start <= self.window.latest)


def show_start(start: int) -> str:
    """Write the start of an interval in UTC: with seconds, and with decimals where it has them."""
    moment = times.from_microseconds(start).astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{moment.microsecond:06d}" if moment.microsecond else "") + "Z"


def faults_of(message: Message) -> list[ReadingFault]:
    """Give every fault of a message's values, in the order of its intervals."""
    rules = (point_faults, resolution_faults, start_faults, window_faults, quantity_faults, duplicate_faults,
             mixed_resolution_faults, reading_time_faults)  # fmt: skip
    found = [one for rule in rules for one in rule(message)]
    return sorted(found, key=lambda one: one.interval)


def point_faults(message: Message) -> Iterator[ReadingFault]:
    """Find points that are not the sender's in its role, and points of another commodity.

    A stranger's point and one that does not exist are told in the same words: nobody learns that a point exists.
    """
    for number, eic in enumerate(message.columns.eics):
        path, first = f"meterData[{number}].meterEic", message.first_interval(number)
        point = message.points.get(eic)
        if point is None:
            wrong = fault(codes.MARKET_PARTICIPANT_MISMATCH, path, message.sender.eic)
        elif point.commodity != message.sender.commodity:
            wrong = fault(
                codes.COMMODITY_TYPE_MISMATCH, path, point.commodity, message.sender.commodity, phrase("context")
            )
        else:
            continue
        yield ReadingFault(first, eic, None, wrong)


def resolution_faults(message: Message) -> Iterator[ReadingFault]:
    """Find periods whose resolution the commodity does not have."""
    possible = POSSIBLE_RESOLUTIONS[message.sender.commodity]
    columns = message.columns
    wrong = ~np.isin(columns.resolution, [RESOLUTION_CODES[resolution] for resolution in possible])
    if wrong.any():
        for interval in np.flatnonzero(wrong & _is_first(columns.period)).tolist():
            resolution = RESOLUTIONS[int(columns.resolution[interval])]
            found = fault(codes.WRONG_RESOLUTION, message.period_path(interval), resolution, any_of(possible))
            yield message.fault_at(interval, found)


def start_faults(message: Message) -> Iterator[ReadingFault]:
    """Find intervals that do not start on a boundary of their resolution."""
    for interval in np.flatnonzero(~starts_right(message)).tolist():
        code = _WRONG_START[RESOLUTIONS[int(message.columns.resolution[interval])]]
        start = show_start(int(message.columns.start[interval]))
        yield message.fault_at(interval, fault(code, f"{message.path(interval)}.pS", start))


def starts_right(message: Message) -> NDArray[np.bool_]:
    """Tell which intervals start on a boundary of their resolution; a gas day outside the window counts as right."""
    columns, days = message.columns, message.window.days
    right = np.ones(len(columns.start), np.bool_)
    for code in np.unique(columns.resolution).tolist():
        here = columns.resolution == code
        start = columns.start[here]
        if RESOLUTIONS[code] is Resolution.P1D:
            inside = message.in_window[here]
            number = days.number_of(np.where(inside, start, days.starts[0]))
            right[here] = ~inside | (days.starts[number] == start)
        else:
            right[here] = start % (STEP_SECONDS[RESOLUTIONS[code]] * 1_000_000) == 0
    return right


def window_faults(message: Message) -> Iterator[ReadingFault]:
    """Find intervals too far ahead or too far back, seen from the message's arrival."""
    start = message.columns.start
    for interval in np.flatnonzero(start > message.window.latest).tolist():
        shown = show_start(int(start[interval]))
        found = fault(codes.PERIOD_START_IN_FUTURE, f"{message.path(interval)}.pS", shown, MAX_DAYS_AHEAD)
        yield message.fault_at(interval, found)
    for interval in np.flatnonzero(start < message.window.earliest).tolist():
        shown = show_start(int(start[interval]))
        found = fault(codes.PERIOD_START_IN_PAST, f"{message.path(interval)}.pS", shown, MAX_MONTHS_BACK)
        yield message.fault_at(interval, found)


def quantity_faults(message: Message) -> Iterator[ReadingFault]:
    """Find quantities that are negative, too big or too finely given, and gas volumes in electricity."""
    columns = message.columns
    for name, direction in (("inQty", columns.inward), ("outQty", columns.outward)):
        yield from _number_faults(message, f"{name}.kwh", direction.kwh)
        has_volume = direction.present & ~np.isnan(direction.m3)
        if not has_volume.any():
            continue
        if message.sender.commodity is Commodity.NATURAL_GAS:
            yield from _number_faults(message, f"{name}.m3", np.where(has_volume, direction.m3, 0.0))
            continue
        for interval in np.flatnonzero(has_volume).tolist():
            path, volume = f"{message.path(interval)}.{name}.m3", float(direction.m3[interval])
            wanted = phrase("left out: electricity has no volume")
            found = fault(codes.WRONG_MEASUREMENT_VALUE, path, volume, wanted)
            yield message.fault_at(interval, found)


def _number_faults(message: Message, name: str, numbers: NDArray[np.float64]) -> Iterator[ReadingFault]:
    # A number has at most three decimals if it is the double nearest to a whole number of thousandths.
    out_of_bounds = (numbers < 0) | (numbers > MAX_QUANTITY)
    bounded = np.where(out_of_bounds, 0.0, numbers)
    suspected = out_of_bounds | (np.rint(bounded * 1000) / 1000 != bounded)
    texts = message.texts.get(name, {})
    suspected[list(texts)] = True
    for interval in np.flatnonzero(suspected).tolist():
        path = f"{message.path(interval)}.{name}"
        found = _number_fault(path, float(numbers[interval]), texts.get(interval))
        if found is not None:
            yield message.fault_at(interval, found)


def _number_fault(path: str, number: float, text: str | None) -> Fault | None:
    """Say what is wrong with a number; `text` is how it was sent, where the number may not be quite that."""
    sign, decimals = (-1 if number < 0 else 1, None) if text is None else exact.sign_and_decimals(text)
    sent = number if text is None else shape.shown(text)
    if sign < 0:
        return fault(codes.FIELD_VALUE_CANNOT_BE_NEGATIVE, path, sent)
    if number > MAX_QUANTITY:
        return fault(codes.TOO_BIG, path, sent, MAX_QUANTITY)
    if decimals is None or decimals > MAX_DECIMALS:
        return fault(codes.TOO_MANY_DECIMALS, path, sent, MAX_DECIMALS)
    return None


def duplicate_faults(message: Message) -> Iterator[ReadingFault]:
    """Find intervals of one point that start at the same instant as an earlier one of the message."""
    points, start = point_numbers(message.columns), message.columns.start
    further = (points[1:] > points[:-1]) | ((points[1:] == points[:-1]) & (start[1:] > start[:-1]))
    if further.all():
        return
    order = np.lexsort((start, points))
    same = (points[order][1:] == points[order][:-1]) & (start[order][1:] == start[order][:-1])
    for interval in order[1:][same].tolist():
        eic = message.columns.eics[int(message.columns.element[interval])]
        found = fault(codes.METERING_DATA_DUPLICATED, eic, show_start(int(start[interval])))
        yield message.fault_at(interval, found)


def mixed_resolution_faults(message: Message) -> Iterator[ReadingFault]:
    """Find a second resolution at one point on one day, named at its first interval there."""
    columns, inside = message.columns, message.in_window
    if (columns.resolution == columns.resolution[0]).all():
        return
    days = message.window.days
    day = days.number_of(np.where(inside, columns.start, days.starts[0]))
    seen: dict[tuple[int, int], int] = {}
    told: set[tuple[int, int, int]] = set()
    points = point_numbers(columns).tolist()
    for interval in np.flatnonzero(inside).tolist():
        key, resolution = (points[interval], int(day[interval])), int(columns.resolution[interval])
        first = seen.setdefault(key, resolution)
        if first != resolution and (*key, resolution) not in told:
            told.add((*key, resolution))
            path = message.period_path(interval)
            day_of_both = days.date_of(key[1])
            must_be = phrase("{0}, like the other readings of {1} in the message", RESOLUTIONS[first], day_of_both)
            yield message.fault_at(interval, fault(codes.WRONG_RESOLUTION, path, RESOLUTIONS[resolution], must_be))


def reading_time_faults(message: Message) -> Iterator[ReadingFault]:
    """Find reading times so far ahead that no later correction could ever win over them.

    A clock that runs ahead, or an estimate dated with its interval, is no fault; a wrong year is.
    """
    columns = message.columns
    for name, direction in (("inQty", columns.inward), ("outQty", columns.outward)):
        for interval in np.flatnonzero(direction.present & (direction.time > message.window.latest)).tolist():
            path, shown = f"{message.path(interval)}.{name}.rTime", show_start(int(direction.time[interval]))
            yield message.fault_at(interval, fault(codes.PERIOD_START_IN_FUTURE, path, shown, MAX_DAYS_AHEAD))


def point_numbers(columns: Columns) -> NDArray[np.int64]:
    """Give each interval a number for its point; elements of the same point share it."""
    first: dict[str, int] = {}
    return np.array([first.setdefault(eic, len(first)) for eic in columns.eics], np.int64)[columns.element]


def thousandths(direction: Direction) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give energy and volume of a direction as whole thousandths; a volume left out is 0."""
    volume = np.where(np.isnan(direction.m3), 0.0, direction.m3)
    return np.rint(direction.kwh * 1000).astype(np.int64), np.rint(volume * 1000).astype(np.int64)


def _is_first(numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.concatenate([[True], numbers[1:] != numbers[:-1]])
