"""A metering point's stored readings as numbers, for sums and charts; what is written of them is in `reading`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datahub.market import Commodity
from datahub.metering.readings import storage
from datahub.metering.readings.calendar import Days, days_from
from datahub.metering.readings.channels import CHANNELS, STEP_SECONDS
from datahub.metering.readings.packing import Block
from datahub.metering.readings.reading import reach_of, unpack_days
from datahub.periods import Period

_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Values:
    """Intervals that hold a reading, by start.

    `starts` and `ends` are seconds since 1970; `amounts` thousandths (of kWh or m³), `kinds` the ASCII codes of E or M
    and `present` are arrays of [channel, interval], channels as `codes` names them (`channels.CHANNELS`).
    """

    codes: tuple[int, ...]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    amounts: NDArray[np.int64]
    kinds: NDArray[np.uint8]
    present: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.starts)


def read_values(*, point_id: int, commodity: Commodity, asked: Period, visible: Sequence[Period]) -> Values:
    """Read the intervals that start in `asked` and lie wholly in one of the `visible` periods, by start."""
    codes = CHANNELS[commodity]
    if not visible:
        return _join(codes, [])
    reach, first, last = reach_of(asked, visible, commodity)
    rows = storage.read_point(point_id, first, last)
    if not rows:
        return _join(codes, [])
    days = days_from(rows[0][0], rows[-1][0], commodity)
    numbers = np.array([(day - days.first).days for day, _ in rows])
    held = dict(
        zip(
            (day for day, _ in rows),
            reach.holds(days.starts[numbers], days.starts[numbers + 1]).tolist(),
            strict=True,
        )
    )
    together: dict[int, tuple[Block, list[int], list[int], list[NDArray[np.bool_]]]] = {}
    for day, (block, row) in unpack_days(rows, commodity, set(held)).items():
        _, in_block, day_numbers, wanted = together.setdefault(id(block), (block, [], [], []))
        in_block.append(row)
        day_numbers.append((day - days.first).days)
        is_wanted = block.present[row].any(axis=0) if held[day] else reach.wanted(block, row, *days.bounds_of(day))
        wanted.append(is_wanted)
    return _join(
        codes,
        [
            _of_block(block, np.array(in_block), np.array(day_numbers), np.array(wanted), days)
            for block, in_block, day_numbers, wanted in together.values()
        ],
    )


def _of_block(
    block: Block, rows: NDArray[np.int64], numbers: NDArray[np.int64], wanted: NDArray[np.bool_], days: Days
) -> Values:
    """Lay those intervals of a block's days side by side that are `wanted` by [day, slot]; `numbers` name the days."""
    step = STEP_SECONDS[block.resolution]
    starts = days.starts[numbers][:, None] // _SECOND + np.arange(block.slots, dtype=np.int64) * step
    # A gas day is one interval however long it is.
    ends = starts + step if block.slots > 1 else days.starts[numbers + 1][:, None] // _SECOND
    chosen = wanted.ravel()

    def flat(cells: NDArray[np.generic]) -> NDArray[np.generic]:
        return cells[rows].swapaxes(0, 1).reshape(cells.shape[1], -1)[:, chosen]

    return Values(
        block.codes,
        starts.ravel()[chosen],
        np.broadcast_to(ends, starts.shape).ravel()[chosen],
        flat(block.values),  # type: ignore[arg-type]
        flat(block.types),  # type: ignore[arg-type]
        flat(block.present),  # type: ignore[arg-type]
    )


def _join(codes: tuple[int, ...], parts: Sequence[Values]) -> Values:
    none = np.zeros(0, np.int64)
    nothing = np.zeros((len(codes), 0), np.int64)
    joined = Values(
        codes,
        np.concatenate([none, *(part.starts for part in parts)]),
        np.concatenate([none, *(part.ends for part in parts)]),
        np.concatenate([nothing, *(part.amounts for part in parts)], axis=1),
        np.concatenate([nothing.astype(np.uint8), *(part.kinds for part in parts)], axis=1),
        np.concatenate([nothing.astype(np.bool_), *(part.present for part in parts)], axis=1),
    )
    order = np.argsort(joined.starts, kind="stable")
    return Values(
        codes,
        joined.starts[order],
        joined.ends[order],
        joined.amounts[:, order],
        joined.kinds[:, order],
        joined.present[:, order],
    )
