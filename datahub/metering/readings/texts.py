"""Many numbers and times at once as texts of one width, NUL where a text is shorter: columns for `rendering.Lines`.

Texts that are the same everywhere are given as plain bytes.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Texts = NDArray[np.bytes_]
Column = bytes | Texts

# Most quarter-hours of most points are below 20 kWh.
_READY_NUMBERS, _SHORT_NUMBERS = 20_000, 10_000
_DAY_SECONDS = 86_400
# Reading times lie between 1970 and 2199 where they were sent, which may be a day off in UTC.
_FIRST_DATE, _END_DATE = np.datetime64("1969-12-31"), np.datetime64("2200-01-03")
_FIRST_DAY = int(_FIRST_DATE.astype(np.int64))
# Where runs of equal numbers are shorter, each number is written by itself.
_WORTH_A_RUN = 4


@lru_cache(maxsize=1)
def _ready_numbers() -> tuple[Texts, Texts]:
    """Give 0.0 to 9.999 and 0.0 to 19.999, by thousandths."""
    ready = np.array([repr(thousandths / 1000) for thousandths in range(_READY_NUMBERS)], np.bytes_)
    return ready[:_SHORT_NUMBERS].astype("S5"), ready


@lru_cache(maxsize=1)
def _thousand() -> tuple[Texts, Texts, Texts]:
    """Give 0 to 999 as they begin a number, as they go on with one, and as the decimals that end it."""
    first = [str(number) for number in range(1000)]
    further = [f"{number:03d}" for number in range(1000)]
    decimals = [f".{number:03d}".rstrip("0").ljust(2, "0") for number in range(1000)]
    return np.array(first, np.bytes_), np.array(further, np.bytes_), np.array(decimals, np.bytes_)


@lru_cache(maxsize=1)
def _dates() -> Texts:
    return np.datetime_as_string(np.arange(_FIRST_DATE, _END_DATE)).astype("S10")


@lru_cache(maxsize=1)
def _clocks() -> Texts:
    return np.array([f"T{at // 3600:02d}:{at // 60 % 60:02d}:{at % 60:02d}" for at in range(_DAY_SECONDS)], np.bytes_)


def numbers(thousandths: NDArray[np.int64]) -> list[Column]:
    """Write thousandths (≥ 0) as decimal fractions in their shortest form, at least one decimal: 12.0, 0.25."""
    largest = int(thousandths.max(initial=0))
    if largest == 0:
        return [b"0.0"]
    if largest < _READY_NUMBERS:
        short, ready = _ready_numbers()
        return [(short if largest < _SHORT_NUMBERS else ready).take(thousandths)]
    first, further, decimals = _thousand()
    above, rest = np.divmod(thousandths, 1000)
    columns: list[Column] = [decimals.take(rest)]
    is_needed = np.ones(len(thousandths), np.bool_)
    while is_needed.any():
        above, group = np.divmod(above, 1000)
        columns.insert(0, np.where(above > 0, further.take(group), np.where(is_needed, first.take(group), b"")))
        is_needed = above > 0
    return columns


def instants(seconds: NDArray[np.int64]) -> list[Column]:
    """Write seconds since 1970 as UTC without the Z: 2024-05-22T21:00:00."""
    day = seconds // _DAY_SECONDS
    return [_dates().take(day - _FIRST_DAY), _clocks().take(seconds - day * _DAY_SECONDS)]


def moments(microseconds: NDArray[np.int64]) -> list[Column]:
    """Write times in UTC with Z: with seconds, and with six decimals where they have any."""
    seconds = microseconds // 1_000_000
    return [*_by_runs(seconds, instants), *_by_runs(microseconds - seconds * 1_000_000, _fractions), b"Z"]


def _by_runs(numbers_given: NDArray[np.int64], write: Callable[[NDArray[np.int64]], list[Column]]) -> list[Column]:
    """Write runs of equal numbers once each, where these are long: reading times mostly are those of a delivery."""
    count = len(numbers_given)
    firsts = np.flatnonzero(np.concatenate([[True], numbers_given[1:] != numbers_given[:-1]]))
    if len(firsts) * _WORTH_A_RUN > count:
        return write(numbers_given)
    written = write(numbers_given[firsts])
    if len(firsts) == 1:
        return [column if isinstance(column, bytes) else bytes(column[0]) for column in written]
    lengths = np.diff(firsts, append=count)
    return [column if isinstance(column, bytes) else column.repeat(lengths) for column in written]


def _fractions(micros: NDArray[np.int64]) -> list[Column]:
    """Write millionths of a second as six decimals, none as nothing."""
    if not micros.any():
        return []
    _, further, _ = _thousand()
    millis = micros // 1000
    columns: list[Column] = [b".", further.take(millis), further.take(micros - millis * 1000)]
    has_fraction = micros > 0
    return columns if has_fraction.all() else [np.where(has_fraction, column, b"") for column in columns]
