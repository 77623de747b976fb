"""A page of a metering point's stored readings, within what its reader may see.

Source: `2-wire.md`, `/meter-data/search`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from datahub.market import Commodity, Resolution
from datahub.market_time import day_of
from datahub.metering.readings import packing, rendering, storage, times
from datahub.metering.readings.calendar import days_from
from datahub.metering.readings.channels import CHANNELS, STEP_SECONDS
from datahub.metering.readings.packing import Block
from datahub.periods import Period

_FOREVER = np.iinfo(np.int64).max
_QUARTER_HOURS = 96
_OLDEST, _YOUNGEST = date(1970, 1, 2), date(2199, 12, 30)


@dataclass(frozen=True, slots=True)
class ReadingPage:
    """Intervals of a page as the JSON list `periods`, in pieces to be joined, and how many there are on all pages."""

    periods: list[bytes]
    total: int


@dataclass(frozen=True, slots=True)
class Reach:
    """What is asked for and the periods that may be seen, as pairs of microseconds."""

    asked: tuple[int, int]
    visible: list[tuple[int, int]]

    def holds(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell of which days all is asked for and may be seen."""
        seen = np.zeros(len(starts), np.bool_)
        for first, last in self.visible:
            seen |= (starts >= first) & (ends <= last)
        return np.asarray(seen & (starts >= self.asked[0]) & (ends <= self.asked[1]), np.bool_)

    def wanted(self, block: Block, row: int, start: int, end: int) -> NDArray[np.bool_]:
        """Tell which intervals of a day hold a reading, start in what is asked for and lie wholly in what is seen."""
        step = STEP_SECONDS[block.resolution] * 1_000_000
        begins = start + np.arange(block.slots, dtype=np.int64) * step
        ends = begins + step if block.slots > 1 else np.array([end])
        wanted = block.present[row].any(axis=0) & (begins >= self.asked[0]) & (begins < self.asked[1])
        seen = np.zeros(block.slots, np.bool_)
        for first, last in self.visible:
            seen |= (begins >= first) & (ends <= last)
        return np.asarray(wanted & seen, np.bool_)


class _Chosen(NamedTuple):
    """A day of which a page holds intervals: from `skip` to `end` of those that are wanted.

    `start` is its first instant in seconds since 1970; it is whole if all that is stored of it is on the page.
    """

    day: date
    start: int
    skip: int
    end: int
    is_whole: bool


def read_page(
    *, point_id: int, commodity: Commodity, asked: Period, visible: Sequence[Period], offset: int, size: int
) -> ReadingPage:
    """Read the intervals that start in `asked` and lie wholly in one of the `visible` periods, by start.

    Each run of intervals of the same resolution is one entry of `periods`.
    """
    reach, first, last = reach_of(asked, visible, commodity)
    # Where all may fit on the page, the days themselves are read at once; else first what each says of itself.
    at_once = ((last - first).days + 1) * _QUARTER_HOURS <= size
    heads = storage.read_point(point_id, first, last) if at_once else storage.read_heads(point_id, first, last)
    if not heads:
        return ReadingPage([b"[]"], 0)
    days = days_from(heads[0][0], heads[-1][0], commodity)
    numbers = np.array([(day - days.first).days for day, _ in heads])
    starts, ends = days.starts[numbers], days.starts[numbers + 1]
    held = reach.holds(starts, ends).tolist()
    cut = {day for (day, _), is_held in zip(heads, held, strict=True) if not is_held}

    def unpack(wanted_days: set[date]) -> dict[date, tuple[Block, int]]:
        if not wanted_days:
            return {}
        rows = heads if at_once else storage.read_point(point_id, min(wanted_days), max(wanted_days))
        return unpack_days(rows, commodity, wanted_days)

    blocks = unpack(cut)
    wanted = {day: reach.wanted(block, row, *days.bounds_of(day)) for day, (block, row) in blocks.items()}
    chosen, seen = [], 0
    for (day, head), start, is_held in zip(heads, (starts // 1_000_000).tolist(), held, strict=True):
        count = packing.read_head(head).intervals if is_held else int(wanted[day].sum())
        skip, end = max(offset - seen, 0), min(offset + size - seen, count)
        seen += count
        if end > skip:
            chosen.append(_Chosen(day, start, skip, end, is_held and (skip, end) == (0, count)))
    blocks |= unpack({one.day for one in chosen} - cut)
    return ReadingPage(_write(chosen, blocks, wanted), seen)


def reach_of(asked: Period, visible: Sequence[Period], commodity: Commodity) -> tuple[Reach, date, date]:
    """Give what is asked for and seen, with the first and the last day in which it lies."""
    reach = Reach(
        (_micro(asked.start), _micro(asked.end)), [(_micro(period.start), _micro(period.end)) for period in visible]
    )
    first = max(day_of(max(asked.start, min(period.start for period in visible)), commodity), _OLDEST)
    last = _YOUNGEST if asked.end is None else min(day_of(asked.end, commodity), _YOUNGEST)
    return reach, first, last


def _write(
    chosen: list[_Chosen],
    blocks: dict[date, tuple[Block, int]],
    wanted: dict[date, NDArray[np.bool_]],
) -> list[bytes]:
    """Write the periods of a page: as many days at once as stand side by side in a block."""
    pieces, last = [b"["], None
    for together in _side_by_side(chosen, blocks):
        block, row = blocks[together[0].day]
        rows = slice(row, row + len(together))
        starts = np.array([one.start for one in together])
        if block.resolution is last:
            pieces.append(b",")
        else:
            pieces.append(f'{"]}," if last else ""}{{"r":"{block.resolution}","aI":['.encode())
        pieces.append(rendering.intervals(block, rows, starts, _mask(together, block.present[rows], wanted)))
        last = block.resolution
    pieces.append(b"]}]" if last else b"]")
    return pieces


def _side_by_side(chosen: list[_Chosen], blocks: dict[date, tuple[Block, int]]) -> list[list[_Chosen]]:
    """Divide chosen days into those that follow each other in a block, so many that writing them takes little room."""
    divided: list[list[_Chosen]] = []
    before, next_row = None, 0
    for one in chosen:
        block, row = blocks[one.day]
        if block is not before or row != next_row or len(divided[-1]) * block.slots >= rendering.MAX_INTERVALS:
            divided.append([])
        divided[-1].append(one)
        before, next_row = block, row + 1
    return divided


def _mask(
    together: list[_Chosen], present: NDArray[np.bool_], wanted: dict[date, NDArray[np.bool_]]
) -> NDArray[np.bool_] | None:
    """Tell by [day, slot] which intervals are chosen; None where all are that hold a reading."""
    if all(one.is_whole for one in together):
        return None
    mask = np.asarray(present.any(axis=1), np.bool_)
    for number, one in enumerate(together):
        here = mask[number]
        here &= wanted.get(one.day, True)
        places = np.flatnonzero(here)
        here[places[: one.skip]] = False
        here[places[one.end :]] = False
    return mask


def _micro(instant: datetime | None) -> int:
    return int(_FOREVER) if instant is None else times.to_microseconds(instant)


def unpack_days(
    rows: list[tuple[date, bytes]], commodity: Commodity, wanted: set[date]
) -> dict[date, tuple[Block, int]]:
    """Unpack the wanted days, those of the same form side by side; give each day's block and row."""
    alike: dict[tuple[Resolution, int], list[tuple[date, bytes]]] = {}
    for day, data in rows:
        if day in wanted:
            head = packing.read_head(data)
            alike.setdefault((head.resolution, head.slots), []).append((day, data))
    found = {}
    for group in alike.values():
        block = packing.unpack([data for _, data in group], CHANNELS[commodity])
        found.update({day: (block, row) for row, (day, _) in enumerate(group)})
    return found
