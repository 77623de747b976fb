"""A message of readings as columns: one array a field over all intervals, so that rules look at all of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from datahub.metering.readings import times
from datahub.metering.readings.channels import RESOLUTION_CODES
from datahub.metering.readings.structs import Element, Interval, Quantity


@dataclass(frozen=True, slots=True)
class Direction:
    """One direction of every interval: where `present`, its energy (kWh), volume (m³, NaN where left out), type, time.

    `time` is the reading time in microseconds since 1970, `times.MISSING` where it was left out.
    """

    present: NDArray[np.bool_]
    kwh: NDArray[np.float64]
    m3: NDArray[np.float64]
    kind: NDArray[np.uint8]
    time: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Columns:
    """All intervals of a message in the order in which they stand.

    `eics` has one entry an element; `element`, `period` and `resolution` (`channels.RESOLUTION_CODES`) tell where an
    interval stands: the element's and the period's number in the message. `start` is in microseconds since 1970.
    """

    eics: list[str]
    element: NDArray[np.int64]
    period: NDArray[np.int64]
    resolution: NDArray[np.int64]
    start: NDArray[np.int64]
    inward: Direction
    outward: Direction


def intervals_of(elements: Sequence[Element]) -> list[Interval]:
    """Give all intervals of a message in the order in which they stand."""
    return [interval for element in elements for period in element.periods for interval in period.aI]


def make(elements: Sequence[Element]) -> Columns:
    """Make the columns of a message; ValueError if a time cannot be read."""
    intervals = intervals_of(elements)
    periods = [period for element in elements for period in element.periods]
    sizes = [len(period.aI) for period in periods]
    owners = [number for number, element in enumerate(elements) for _ in element.periods]
    codes = [RESOLUTION_CODES[cast("Any", period.r)] for period in periods]
    return Columns(
        eics=[element.meterEic for element in elements],
        element=np.repeat(np.array(owners, np.int64), sizes),
        period=np.repeat(np.arange(len(periods)), sizes),
        resolution=np.repeat(np.array(codes, np.int64), sizes),
        start=times.parse_all([interval.pS for interval in intervals]),
        inward=_direction([interval.inQty for interval in intervals]),
        outward=_direction([interval.outQty for interval in intervals]),
    )


def _spread(present: NDArray[np.bool_], some: NDArray[Any], filler: object) -> NDArray[Any]:
    if len(some) == len(present):
        return some
    spread = np.full(len(present), filler, some.dtype)
    spread[present] = some
    return spread


def given(cells: list[Any]) -> NDArray[np.bool_] | None:
    """Tell which cells of a column are given; None where all are. `null` counts as left out."""
    if UNSET not in cells and None not in cells:
        return None
    return np.array([cell is not UNSET and cell is not None for cell in cells], np.bool_)


def _direction(cells: list[Any]) -> Direction:
    present = given(cells)
    quantities: list[Quantity] = cells
    if present is None:
        present = np.ones(len(cells), np.bool_)
    else:
        quantities = [cell for cell, is_given in zip(cells, present.tolist(), strict=True) if is_given]
    m3: list[Any] = [quantity.m3 for quantity in quantities]
    if m3.count(UNSET) == len(m3):
        volumes = np.full(len(m3), np.nan)
    else:
        volumes = np.array([np.nan if volume is UNSET or volume is None else volume for volume in m3], np.float64)
    kinds = "".join([quantity.rType for quantity in quantities]).encode()
    return Direction(
        present=present,
        kwh=_spread(present, np.array([quantity.kwh for quantity in quantities], np.float64), 0.0),
        m3=_spread(present, volumes, np.nan),
        kind=_spread(present, np.frombuffer(kinds, np.uint8), 0),
        time=_spread(present, _reading_times(quantities), times.MISSING),
    )


def _reading_times(quantities: list[Quantity]) -> NDArray[np.int64]:
    texts: list[Any] = [quantity.rTime for quantity in quantities]
    is_given = given(texts)
    if is_given is None:
        return times.parse_all(texts)
    some = [text for text, here in zip(texts, is_given.tolist(), strict=True) if here]
    return _spread(is_given, times.parse_all(some), times.MISSING)


def elements_with_null(elements: Sequence[Element]) -> set[int]:
    """Give the numbers of the elements in which something that may be left out stands as `null`."""
    found = set()
    for number, element in enumerate(elements):
        intervals = [interval for period in element.periods for interval in period.aI]
        cells: list[Any] = [interval.inQty for interval in intervals]
        cells += [interval.outQty for interval in intervals]
        quantities = [cell for cell in cells if cell is not None and cell is not UNSET]
        if (
            None in cells
            or None in [quantity.rTime for quantity in quantities]
            or None in [quantity.m3 for quantity in quantities]
        ):
            found.add(number)
    return found


def take(columns: Columns, intervals: NDArray[np.int64]) -> Columns:
    """Give the columns of some of the intervals; the elements stay as they are."""

    def some(direction: Direction) -> Direction:
        return Direction(
            direction.present[intervals],
            direction.kwh[intervals],
            direction.m3[intervals],
            direction.kind[intervals],
            direction.time[intervals],
        )

    return Columns(
        eics=columns.eics,
        element=columns.element[intervals],
        period=columns.period[intervals],
        resolution=columns.resolution[intervals],
        start=columns.start[intervals],
        inward=some(columns.inward),
        outward=some(columns.outward),
    )
