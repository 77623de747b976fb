"""A page of a metering point's stored readings, within what its reader may see.

Source: `2-wire.md`, `/meter-data/search`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from datahub.market import Commodity, Resolution
from datahub.market_time import day_of
from datahub.metering.readings import packing, rendering, storage, times
from datahub.metering.readings.calendar import Days, days_from
from datahub.metering.readings.channels import CHANNELS, STEP_SECONDS
from datahub.periods import Period

_FOREVER = np.iinfo(np.int64).max
_OLDEST, _YOUNGEST = date(1970, 1, 2), date(2199, 12, 30)


@dataclass(frozen=True, slots=True)
class ReadingPage:
    """Intervals of a page as the JSON list `periods`, and how many there are on all pages."""

    periods: bytes
    total: int


def read_page(
    *, point_id: int, commodity: Commodity, asked: Period, visible: Sequence[Period], offset: int, size: int
) -> ReadingPage:
    """Read the intervals that start in `asked` and lie wholly in one of the `visible` periods, by start.

    Each run of intervals of the same resolution is one entry of `periods`.
    """
    spans = [(_micro(period.start), _micro(period.end)) for period in visible]
    first = max(day_of(max(asked.start, min(period.start for period in visible)), commodity), _OLDEST)
    last = min(day_of(asked.end or datetime.max.replace(tzinfo=asked.start.tzinfo), commodity), _YOUNGEST)
    heads = storage.read_heads(point_id, first, last)
    if not heads:
        return ReadingPage(b"[]", 0)
    days = days_from(heads[0][0], heads[-1][0], commodity)
    reach = (_micro(asked.start), _micro(asked.end))
    cut = {day for day, _ in heads if not _lies_inside(days, day, reach, spans)}
    blocks = _unpack(storage.read_point(point_id, min(cut), max(cut)), commodity, cut) if cut else {}
    wanted = {day: _wanted(block, days, day, reach, spans) for day, block in blocks.items()}
    counts = [(day, int(wanted[day].sum()) if day in cut else packing.read_head(head).intervals) for day, head in heads]
    chosen, seen = [], 0
    for day, count in counts:
        skip, take = max(offset - seen, 0), min(offset + size - seen, count)
        seen += count
        if take > skip:
            chosen.append((day, skip, take))
    if chosen:
        missing = {day for day, _, _ in chosen} - cut
        if missing:
            blocks |= _unpack(storage.read_point(point_id, min(missing), max(missing)), commodity, missing)
    runs: list[tuple[Resolution, list[str]]] = []
    for day, skip, take in chosen:
        block = blocks[day]
        mask = wanted.get(day, np.ones(block.slots, np.bool_))
        written = rendering.intervals(block, 0, int(days.starts[(day - days.first).days]) // 1_000_000, mask)
        if not runs or runs[-1][0] is not block.resolution:
            runs.append((block.resolution, []))
        runs[-1][1].extend(written[skip:take] if (skip, take) != (0, len(written)) else written)
    text = ",".join([f'{{"r":"{resolution}","aI":[{",".join(items)}]}}' for resolution, items in runs])
    return ReadingPage(f"[{text}]".encode(), seen)


def _micro(instant: datetime | None) -> int:
    return int(_FOREVER) if instant is None else times.to_microseconds(instant)


def _unpack(rows: list[tuple[date, bytes]], commodity: Commodity, wanted: set[date]) -> dict[date, packing.Block]:
    return {day: packing.unpack([data], CHANNELS[commodity]) for day, data in rows if day in wanted}


def _lies_inside(days: Days, day: date, asked: tuple[int, int], spans: list[tuple[int, int]]) -> bool:
    number = (day - days.first).days
    start, end = int(days.starts[number]), int(days.starts[number + 1])
    return asked[0] <= start and end <= asked[1] and any(first <= start and end <= last for first, last in spans)


def _wanted(
    block: packing.Block, days: Days, day: date, asked: tuple[int, int], spans: list[tuple[int, int]]
) -> NDArray[np.bool_]:
    """Tell which intervals of a day hold a reading, start in what is asked and lie wholly in what is visible."""
    number = (day - days.first).days
    start, day_end = int(days.starts[number]), int(days.starts[number + 1])
    step = STEP_SECONDS[block.resolution] * 1_000_000
    begins = start + np.arange(block.slots, dtype=np.int64) * step
    ends = np.minimum(begins + step, day_end) if block.slots > 1 else np.array([day_end])
    seen = np.zeros(block.slots, np.bool_)
    for first, last in spans:
        seen |= (begins >= first) & (ends <= last)
    held = block.present[0].any(axis=0)
    return np.asarray(held & seen & (begins >= asked[0]) & (begins < asked[1]), np.bool_)
