"""Packed days: all readings of one metering point on one local (gas) day in one short string of bytes.

A day describes itself, so that new channels and new forms fit beside the old ones. All numbers are little-endian:

====== ===== ==========================================================================================================
offset bytes meaning
====== ===== ==========================================================================================================
0      1     version of the form: 1
1      1     1 if the body is compressed with zstd, else 0
2      1     resolution (`channels.RESOLUTION_CODES`)
3      1     slots: intervals that the day has room for (92, 96, 100; 23, 24, 25; 1)
4      1     intervals that hold a reading in at least one channel
5      1     number of channels
6      1     bytes of a value, 0 to 8; 0: every value is 0
7      1     bytes of a reading time's offset, 0 to 8; 0: every reading time is the base
8      1     unit of the offsets: 0 microseconds, 1 milliseconds, 2 seconds; + 16 if the offsets count from the slot
9      8     base of the reading times, microseconds since 1970 (signed)
17     3 × n a channel: its code, flags (1: some slots are empty, 2: types differ), the type (of all slots)
====== ===== ==========================================================================================================

The body: for each channel with empty slots a bitmap of the full ones (the first slot in the lowest bit); for each
channel whose types differ a byte a slot; the values in thousandths as byte planes (the lowest bytes of all channels'
slots, then the second lowest …); the offsets of the reading times in the same way. Byte planes compress better than
numbers: the high bytes are nearly all zero. Source: `6-quality.md`, "Speed".
"""

import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import zstandard
from numpy.typing import NDArray

from datahub.market import Resolution
from datahub.metering.readings.channels import RESOLUTION_CODES, RESOLUTIONS, STEP_SECONDS

VERSION = 1
HEAD = struct.Struct("<BBBBBBBBBq")
_COUNT_AT, _CHANNELS_AT, _BASE_AT = 4, 5, 9
_UNITS = (1, 1_000, 1_000_000)
_FROM_SLOT = 16
_EMPTY_SLOTS, _TYPES_DIFFER = 1, 2
# Small bodies (a gas day, a single hour) only grow when compressed.
_COMPRESS_FROM = 48
_MAX_BODY = 1 << 20


class _Codec(threading.local):
    """A compressor and a decompressor for each thread: two threads in one crash the process."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(
            compression_params=zstandard.ZstdCompressionParameters.from_level(
                3, format=zstandard.FORMAT_ZSTD1_MAGICLESS, write_content_size=1, write_checksum=0, write_dict_id=0
            )
        )
        self.decompressor = zstandard.ZstdDecompressor(format=zstandard.FORMAT_ZSTD1_MAGICLESS)


_codec = _Codec()


class UnknownForm(ValueError):
    """Stored bytes are not in a form that this release knows."""


@dataclass(slots=True)
class Block:
    """Days of the same resolution and number of slots, side by side: arrays of [day, channel, slot].

    `values` are thousandths (of kWh or m³), `times` reading times in microseconds since 1970, `types` the ASCII code of
    E or M; they mean something only where `present`.
    """

    resolution: Resolution
    codes: tuple[int, ...]
    values: NDArray[np.int64]
    times: NDArray[np.int64]
    types: NDArray[np.uint8]
    present: NDArray[np.bool_]

    @classmethod
    def empty(cls, days: int, resolution: Resolution, codes: tuple[int, ...], slots: int) -> "Block":
        """Make room for that many days without a reading."""
        shape = (days, len(codes), slots)
        return cls(
            resolution,
            codes,
            np.zeros(shape, np.int64),
            np.zeros(shape, np.int64),
            np.zeros(shape, np.uint8),
            np.zeros(shape, np.bool_),
        )

    @property
    def slots(self) -> int:
        """Intervals that each day has room for."""
        return int(self.values.shape[2])

    def __len__(self) -> int:
        return int(self.values.shape[0])


@dataclass(frozen=True, slots=True)
class Head:
    """What a packed day says of itself before it is unpacked."""

    resolution: Resolution
    slots: int
    intervals: int


def read_head(data: bytes) -> Head:
    """Read a packed day's resolution, slots and number of intervals with a reading."""
    return _head(data[: _COUNT_AT + 1])


@lru_cache(maxsize=1024)
def _head(data: bytes) -> Head:
    if data[0] != VERSION or data[2] >= len(RESOLUTIONS):
        raise UnknownForm(f"a packed day of the form {data[0]}, resolution {data[2]}")
    return Head(RESOLUTIONS[data[2]], data[3], data[4])


def _planes(numbers: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Give per day the byte planes [day, 8, channels × slots] of numbers ≥ 0, and how many of them are needed."""
    days = numbers.shape[0]
    flat = np.ascontiguousarray(numbers.reshape(days, -1).astype("<i8", copy=False))
    planes = np.ascontiguousarray(flat.view(np.uint8).reshape(days, -1, 8).transpose(0, 2, 1))
    largest = flat.max(axis=1, initial=0)
    widths = np.zeros(days, np.int64)
    for width in range(8):
        widths += largest >= 1 << (8 * width)
    return planes, widths


def _offsets(block: Block) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give per day the base of its reading times, the code of the offsets' unit, and the offsets.

    Offsets count from the base or, where that makes them smaller (each interval read soon after it), from the base plus
    the slot's place in the day.
    """
    huge = np.iinfo(np.int64).max
    slope = np.arange(block.slots, dtype=np.int64) * (STEP_SECONDS[block.resolution] * 1_000_000)
    bases, offsets = [], []
    for times in (block.times, block.times - slope):
        base = np.where(block.present, times, huge).min(axis=(1, 2))
        bases.append(base)
        offsets.append(np.where(block.present, times - base[:, None, None], 0))
    from_slot = offsets[1].max(axis=(1, 2)) < offsets[0].max(axis=(1, 2))
    base = np.where(from_slot, bases[1], bases[0])
    chosen = np.where(from_slot[:, None, None], offsets[1], offsets[0])
    unit = np.zeros(len(block), np.int64)
    for code, size in enumerate(_UNITS):
        unit[~(chosen % size).any(axis=(1, 2))] = code
    chosen //= np.array(_UNITS)[unit][:, None, None]
    return base, unit + from_slot * _FROM_SLOT, chosen


def pack(block: Block) -> list[bytes]:
    """Pack each day of a block. A day must hold at least one reading; channels without one are left out."""
    values = np.where(block.present, block.values, 0)
    if (values < 0).any():
        raise ValueError("a reading cannot be negative")
    full = np.asarray(block.present.all(axis=2), np.bool_)
    held = block.present.any(axis=2)
    intervals = block.present.any(axis=1).sum(axis=1)
    if not intervals.all():
        raise ValueError("a day without a reading cannot be packed")
    first = block.present.argmax(axis=2)
    kind = np.take_along_axis(block.types, first[:, :, None], axis=2)
    mixed = np.asarray((block.present & (block.types != kind)).any(axis=2), np.bool_)

    # Most days have the same channels; the others are packed apart, without their empty channels.
    if not held.all() and len(block.codes) > 1:
        packed: list[bytes] = [b""] * len(block)
        for pattern in np.unique(held, axis=0):
            rows = np.flatnonzero((held == pattern).all(axis=1))
            part = Block(
                block.resolution,
                tuple(code for code, is_held in zip(block.codes, pattern, strict=True) if is_held),
                block.values[rows][:, pattern],
                block.times[rows][:, pattern],
                block.types[rows][:, pattern],
                block.present[rows][:, pattern],
            )
            for row, data in zip(rows.tolist(), pack(part), strict=True):
                packed[row] = data
        return packed

    base, unit, offsets = _offsets(block)
    value_planes, value_widths = _planes(values)
    time_planes, time_widths = _planes(offsets)
    size = value_planes.shape[2]
    value_bytes, time_bytes = value_planes.tobytes(), time_planes.tobytes()
    kinds = kind[:, :, 0].tolist()
    flags: list[list[int]] = ((~full) * _EMPTY_SLOTS + mixed * _TYPES_DIFFER).tolist()
    resolution, slots, channels = RESOLUTION_CODES[block.resolution], block.slots, len(block.codes)
    result = []
    for i, (count, width, time_width, unit_code, start) in enumerate(
        zip(intervals.tolist(), value_widths.tolist(), time_widths.tolist(), unit.tolist(), base.tolist(), strict=True)
    ):
        at = i * 8 * size
        body = value_bytes[at : at + width * size] + time_bytes[at : at + time_width * size]
        if any(flags[i]):
            bitmaps = [np.packbits(block.present[i, c], bitorder="little").tobytes()
                       for c in range(channels) if flags[i][c] & _EMPTY_SLOTS]  # fmt: skip
            types = [np.where(block.present[i, c], block.types[i, c], 0).tobytes()
                     for c in range(channels) if flags[i][c] & _TYPES_DIFFER]  # fmt: skip
            body = b"".join(bitmaps + types) + body
        compressed = _codec.compressor.compress(body) if len(body) >= _COMPRESS_FROM else body
        is_compressed = len(compressed) < len(body)
        head = HEAD.pack(
            VERSION, is_compressed, resolution, slots, count, channels, width, time_width, unit_code, start
        )
        entries = b"".join(
            bytes((code, flag, kind_code))
            for code, flag, kind_code in zip(block.codes, flags[i], kinds[i], strict=True)
        )
        result.append(head + entries + (compressed if is_compressed else body))
    return result


def unpack(data: Sequence[bytes], codes: tuple[int, ...]) -> Block:
    """Unpack days of the same resolution and slots into a block of the channels `codes`, which hold all of theirs."""
    head = read_head(data[0])
    block = Block.empty(len(data), head.resolution, codes, head.slots)
    # Days that are laid out alike, as most days of a point are, are taken apart together.
    alike: dict[bytes, list[int]] = {}
    for row, day in enumerate(data):
        entries_end = HEAD.size + 3 * day[_CHANNELS_AT]
        alike.setdefault(day[:_COUNT_AT] + day[_CHANNELS_AT:_BASE_AT] + day[HEAD.size : entries_end], []).append(row)
    for rows in alike.values():
        _unpack_alike(block, np.array(rows), [data[row] for row in rows])
    return block


def _unpack_alike(block: Block, rows: NDArray[np.int64], days: list[bytes]) -> None:
    """Unpack days that differ in their numbers alone into rows of a block."""
    head = read_head(days[0])
    _, is_compressed, _, slots, _, channels, width, time_width, unit_code, _ = HEAD.unpack_from(days[0])
    if (head.resolution, slots) != (block.resolution, block.slots):
        raise UnknownForm(f"a packed day of {head} does not fit into a block of {block.resolution}")
    start = HEAD.size + 3 * channels
    entries, bodies = days[0][HEAD.size : start], [day[start:] for day in days]
    if is_compressed:
        bodies = [_codec.decompressor.decompress(body, max_output_size=_MAX_BODY) for body in bodies]
    table = np.frombuffer(b"".join(bodies), np.uint8).reshape(len(days), -1)
    columns = [block.codes.index(code) for code in entries[0::3]]
    at, bitmap_size, size = 0, (slots + 7) // 8, channels * slots
    for column, flags in zip(columns, entries[1::3], strict=True):
        if flags & _EMPTY_SLOTS:
            bits = np.unpackbits(table[:, at : at + bitmap_size], axis=1, count=slots, bitorder="little")
            block.present[rows, column] = bits
            at += bitmap_size
        else:
            block.present[rows, column] = True
    for column, flags, kind in zip(columns, entries[1::3], entries[2::3], strict=True):
        if flags & _TYPES_DIFFER:
            block.types[rows, column] = table[:, at : at + slots]
            at += slots
        else:
            block.types[rows, column] = kind
    shape = (len(days), channels, slots)
    values = _join(table, at, width, size).reshape(shape)
    times = _join(table, at + width * size, time_width, size).reshape(shape)
    times *= _UNITS[unit_code % _FROM_SLOT]
    times += np.frombuffer(b"".join([day[_BASE_AT : HEAD.size] for day in days]), "<i8")[:, None, None]
    if unit_code >= _FROM_SLOT:
        times += np.arange(slots, dtype=np.int64) * (STEP_SECONDS[block.resolution] * 1_000_000)
    for number, column in enumerate(columns):
        block.values[rows, column] = values[:, number]
        block.times[rows, column] = times[:, number]


def _join(table: NDArray[np.uint8], at: int, width: int, size: int) -> NDArray[np.int64]:
    """Join the byte planes that begin at a column of a table to numbers: [day, number]."""
    joined = np.zeros((len(table), size), np.int64)
    for place in range(width):
        plane = table[:, at + place * size : at + (place + 1) * size].astype(np.int64)
        joined |= plane << (8 * place)
    return joined
