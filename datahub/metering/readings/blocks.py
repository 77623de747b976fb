"""From the columns of a right message to days, and what becomes of days that stand already. Source: `1-market.md`.

The newest reading time wins, per interval and direction; of equal ones that of the document accepted later (`ties`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from datahub.market import Commodity, Resolution
from datahub.metering.readings import packing, times
from datahub.metering.readings.calendar import Days
from datahub.metering.readings.channels import CHANNELS, NAMES, RESOLUTIONS, STEP_SECONDS
from datahub.metering.readings.columns import Columns
from datahub.metering.readings.packing import Block

_QUARTER = 900


@dataclass(slots=True)
class Incoming:
    """Days of a message that have the same resolution and number of slots: row by row a point and a date.

    `source` gives the number of the interval in the message that stands in a slot, -1 where there is none; `wins` tells
    by [day, direction, slot] which quantities change what is known, of those that the message has. Where `overtaken`, a
    document that was accepted later said the quantity with the same reading time (`ties.overtake`), in `overtaken_days`
    it did so for the whole day in another resolution.
    """

    block: Block
    points: list[int]
    days: list[date]
    source: NDArray[np.int64]
    wins: NDArray[np.bool_]
    overtaken: NDArray[np.bool_]
    overtaken_days: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A stored day of another resolution that the message does not cover: the message's first interval of that day."""

    interval: int
    stored: Resolution
    sent: Resolution


def make(columns: Columns, point_ids: Sequence[int], days: Days, arrived_at: int) -> list[Incoming]:
    """Put a message that breaks no rule into days. `point_ids` has an entry an element."""
    point = np.array(point_ids, np.int64)[columns.element]
    day = days.number_of(columns.start)
    order = np.arange(len(point))
    key = point * len(days.starts) + day
    if (key[1:] < key[:-1]).any():
        order = np.argsort(key, kind="stable")
        key = key[order]
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    group = np.cumsum(np.concatenate([[False], key[1:] != key[:-1]]))
    length = days.starts[day[order[first]] + 1] - days.starts[day[order[first]]]
    resolution = columns.resolution[order[first]]
    step = np.array([STEP_SECONDS[one] * 1_000_000 for one in RESOLUTIONS])[resolution]
    slots = np.maximum(length // step, 1)
    # A gas day is one interval however long it is.
    slots[resolution == RESOLUTIONS.index(Resolution.P1D)] = 1
    slot = ((columns.start - days.starts[day])[order]) // step[group]
    made = []
    for code, count in sorted(set(zip(resolution.tolist(), slots.tolist(), strict=True))):
        rows = np.flatnonzero((resolution == code) & (slots == count))
        row_of = np.full(len(first), -1)
        row_of[rows] = np.arange(len(rows))
        here = row_of[group] >= 0
        row, at, interval = row_of[group][here], slot[here], order[here]
        block = Block.empty(len(rows), RESOLUTIONS[code], CHANNELS[days.commodity], count)
        _fill(block, columns, row=row, slot=at, interval=interval, arrived_at=arrived_at)
        source = np.full((len(rows), count), -1)
        source[row, at] = interval
        leaders = order[first[rows]]
        made.append(
            Incoming(
                block=block,
                points=point[leaders].tolist(),
                days=[days.date_of(number) for number in day[leaders].tolist()],
                source=source,
                wins=block.present[:, :2].copy(),
                overtaken=np.zeros((len(rows), 2, count), np.bool_),
                overtaken_days=np.zeros(len(rows), np.bool_),
            )
        )
    return made


def _fill(
    block: Block,
    columns: Columns,
    *,
    row: NDArray[np.int64],
    slot: NDArray[np.int64],
    interval: NDArray[np.int64],
    arrived_at: int,
) -> None:
    for channel, direction in enumerate((columns.inward, columns.outward)):
        time = np.where(direction.time == times.MISSING, arrived_at, direction.time)
        quantities = [direction.kwh] if len(block.codes) == 2 else [direction.kwh, direction.m3]
        for row_of_channel, quantity in zip((channel, channel + 2), quantities, strict=False):
            there = direction.present & ~np.isnan(quantity)
            thousandths = np.rint(np.where(there, quantity, 0.0) * 1000).astype(np.int64)
            block.values[row, row_of_channel, slot] = thousandths[interval]
            block.times[row, row_of_channel, slot] = time[interval]
            block.types[row, row_of_channel, slot] = direction.kind[interval]
            block.present[row, row_of_channel, slot] = there[interval]


def merge(incoming: Incoming, stored: dict[tuple[int, date], bytes], commodity: Commodity) -> list[Uncovered]:
    """Merge stored days into those of a message; give the days of another resolution that are not covered.

    Afterwards the block is what is to be stored, `wins` what of the message is in it. A day of another resolution that
    is covered gives way as a whole, unless something in it was read later than all of the message's day (or at the same
    time, and was accepted later): then nothing of the message's day counts.
    """
    block = incoming.block
    standing = [
        (row, stored[key]) for row, key in enumerate(zip(incoming.points, incoming.days, strict=True)) if key in stored
    ]
    same, uncovered = [], []
    for row, data in standing:
        head = packing.read_head(data)
        if head.resolution is block.resolution:
            same.append((row, data))
        else:
            wrong = _replace(incoming, row, packing.unpack([data], CHANNELS[commodity]), head.resolution)
            uncovered += [wrong] if wrong else []
    if same:
        rows = np.array([row for row, _ in same])
        old = packing.unpack([data for _, data in same], block.codes)
        new_present, old_present = block.present[rows, :2], old.present[:, :2]
        later = block.times[rows, :2] > old.times[:, :2]
        tied = block.times[rows, :2] == old.times[:, :2]
        take = new_present & (~old_present | later | (tied & ~incoming.overtaken[rows]))
        incoming.wins[rows] = take
        # What is measured beside the energy goes with its direction.
        wide = np.concatenate([take] * (len(block.codes) // 2), axis=1)
        for name in ("values", "times", "types", "present"):
            kept = np.where(wide, getattr(block, name)[rows], getattr(old, name))
            getattr(block, name)[rows] = kept
    return uncovered


def _replace(incoming: Incoming, row: int, old: Block, old_resolution: Resolution) -> Uncovered | None:
    """Let a day of another resolution give way to a row of the message, or say that the row does not cover it."""
    block = incoming.block
    quarters = _quarters(old, block)
    covered = np.repeat(block.present[row, :2], quarters // block.slots, axis=1)
    needed = np.repeat(old.present[0, :2], quarters // old.slots, axis=1)
    if (needed & ~covered).any():
        intervals = incoming.source[row]
        return Uncovered(int(intervals[intervals >= 0].min()), old_resolution, block.resolution)
    sent, known = newest(block, row), newest(old, 0)
    if sent < known or (sent == known and incoming.overtaken_days[row]):
        incoming.wins[row] = False
    return None


def newest(block: Block, row: int) -> int:
    """Give the newest reading time of a day."""
    return int(block.times[row][block.present[row]].max())


def _quarters(one: Block, other: Block) -> int:
    """Give the quarter-hours of a day that stands in two resolutions; the finer one tells how long it is."""
    finer = min((one, other), key=lambda block: STEP_SECONDS[block.resolution])
    return finer.slots * STEP_SECONDS[finer.resolution] // _QUARTER


def days_to_write(incoming: Incoming) -> list[tuple[int, date, bytes]]:
    """Pack the days that the message changes."""
    rows = np.flatnonzero(incoming.wins.any(axis=(1, 2)))
    block = incoming.block
    if len(rows) < len(block):
        block = Block(
            block.resolution,
            block.codes,
            block.values[rows],
            block.times[rows],
            block.types[rows],
            block.present[rows],
        )
    if not len(block):
        return []
    packed = packing.pack(block)
    return [(incoming.points[row], incoming.days[row], data) for row, data in zip(rows.tolist(), packed, strict=True)]


def lost(incoming: Incoming, columns: Columns, sent: NDArray[np.bool_]) -> dict[int, list[tuple[int, str]]]:
    """Give, by element, the quantities of a message that changed nothing: start in seconds, and direction.

    `sent` tells by [day, direction, slot] which quantities the message has.
    """
    found: dict[int, list[tuple[int, str]]] = {}
    for row, direction, slot in np.argwhere(sent & ~incoming.wins).tolist():
        interval = int(incoming.source[row, slot])
        start = int(columns.start[interval]) // 1_000_000
        found.setdefault(int(columns.element[interval]), []).append((start, NAMES[direction + 1]))
    return found
