"""Writing stored days as JSON without making an object of each interval. Source: `2-wire.md`, `/meter-data/search`.

Intervals are written side by side as the rows of one table of bytes, in which each part of an interval has its columns;
what is shorter than its columns, or not there, leaves NUL, and these are taken out of the finished text at once. So a
year costs as much as a JSON library needs to write the same.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from datahub.metering.readings import texts
from datahub.metering.readings.channels import STEP_SECONDS
from datahub.metering.readings.packing import Block
from datahub.metering.readings.texts import Column

# A table of so many intervals has a good megabyte.
MAX_INTERVALS = 8_192
_DIRECTIONS = ("inQty", "outQty")
_Cell = TypeVar("_Cell", bound=np.generic)


class Lines:
    """Texts of `count` lines that are alike: the parts that all have in common, and columns of their own."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._parts: list[Column] = []
        self._gaps: list[tuple[slice, NDArray[np.bool_]]] = []
        self._width = 0

    def add(self, *parts: Column) -> int:
        """Add to the end of each line; give where that begins."""
        start = self._width
        self._parts += parts
        self._width += sum(len(part) if isinstance(part, bytes) else part.itemsize for part in parts)
        return start

    def keep(self, lines: NDArray[np.bool_], start: int) -> None:
        """Take what has been added from `start` on out of all lines but some."""
        if not lines.all():
            self._gaps.append((slice(start, self._width), ~lines))

    def write(self) -> bytes:
        """Give the text of all lines, without the last character of the last one."""
        alike = b"".join([part if isinstance(part, bytes) else bytes(part.itemsize) for part in self._parts])
        cells = np.empty((self._count, self._width), np.uint8)
        cells[:] = np.frombuffer(alike, np.uint8)
        at = 0
        for part in self._parts:
            if isinstance(part, bytes):
                at += len(part)
                continue
            column = np.ndarray(self._count, part.dtype, cells.data, at, (self._width,))
            column[:] = part
            at += part.itemsize
        for columns, rows in self._gaps:
            cells[rows, columns] = 0
        cells[-1, -1] = 0
        # Both take the NULs out: one costs by the NULs, the other by the length.
        written = cells.tobytes()
        return written.translate(None, b"\0") if self._gaps else written.replace(b"\0", b"")


@dataclass(frozen=True, slots=True)
class _Intervals:
    """Intervals to be written: arrays of [channel, interval]; starts in seconds since 1970."""

    starts: NDArray[np.int64]
    values: NDArray[np.int64]
    times: NDArray[np.int64]
    types: NDArray[np.uint8]
    present: NDArray[np.bool_]


def intervals(
    block: Block, rows: slice, day_starts: NDArray[np.int64], wanted: NDArray[np.bool_] | None = None
) -> bytes:
    """Write those intervals of some days of a block that hold a reading, as JSON objects with commas between.

    `day_starts` are the days' first instants in seconds since 1970; `wanted` tells by [day, slot] which to write, all
    where it is None. Nothing to write gives nothing.
    """
    starts = (day_starts[:, None] + np.arange(block.slots) * STEP_SECONDS[block.resolution]).ravel()
    chosen = block.present[rows, :2].any(axis=1).ravel()
    if wanted is not None:
        chosen &= wanted.ravel()
    every = bool(chosen.all())

    def flat(cells: NDArray[_Cell]) -> NDArray[_Cell]:
        side_by_side = cells[rows].swapaxes(0, 1).reshape(cells.shape[1], -1)
        return side_by_side if every else side_by_side[:, chosen]

    return _write(
        _Intervals(
            starts if every else starts[chosen],
            flat(block.values),
            flat(block.times),
            flat(block.types),
            flat(block.present),
        )
    )


def _write(some: _Intervals) -> bytes:
    if not len(some.starts):
        return b""
    lines = Lines(len(some.starts))
    lines.add(b'{"pS":"', *texts.instants(some.starts), b'Z"')
    for channel, name in enumerate(_DIRECTIONS):
        _add_quantity(lines, some, channel, name)
    lines.add(b"},")
    return lines.write()


def _add_quantity(lines: Lines, some: _Intervals, channel: int, name: str) -> None:
    present = some.present[channel]
    if not present.any():
        return
    values, times, types = some.values[channel], some.times[channel], some.types[channel]
    first = int(present.argmax())
    if not present.all():
        # What stands where nothing is held means nothing, and must not make the columns wider.
        values, times, types = (np.where(present, cells, cells[first]) for cells in (values, times, types))
    kind: Column = bytes([types[first]]) if (types == types[first]).all() else np.ascontiguousarray(types).view("S1")
    start = lines.add(f',"{name}":{{"rTime":"'.encode(), *texts.moments(times), b'","rType":"', kind, b'","kwh":')
    lines.add(*texts.numbers(values))
    volume = channel + len(_DIRECTIONS)
    if volume < len(some.values) and some.present[volume].any():
        held = some.present[volume]
        lines.keep(held, lines.add(b',"m3":', *texts.numbers(np.where(held, some.values[volume], 0))))
    lines.add(b"}")
    lines.keep(present, start)
