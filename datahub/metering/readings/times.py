"""Reading many times at once: text to microseconds since 1970.

A time is ISO 8601 with `Z` or an offset, seconds optional, up to nine decimals of a second, between 1970 and 2199. What
is finer than a microsecond counts as the next one, so that a time just after a full minute is not taken for it.
The texts of one message are mostly few and repeated (starts of intervals) or all of one layout (reading times); both
are read without a Python call for each. Source: `2-wire.md`, "Each request".
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from datahub.market_time import FIRST_YEAR, LAST_YEAR

FORM = (
    "an ISO 8601 time with Z or an offset, like 2024-05-22T21:00:00Z, between 1970 and 2199,"
    " with at most nine decimals of a second"
)
MISSING = np.iinfo(np.int64).min
_PATTERN = re.compile(r"(\d{4})-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6}(\d{0,3}))?)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
# Fewer are read faster one by one.
_FEW = 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MONTH_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def to_microseconds(moment: datetime) -> int:
    """Give an aware datetime as microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    """Give microseconds since 1970 as a datetime in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


def parse(text: str) -> int:
    """Give one time as microseconds since 1970; ValueError if it is none."""
    match = _PATTERN.fullmatch(text)
    if match is None or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        raise ValueError(FORM)
    # Python leaves out what is finer than a microsecond.
    finer = int(match[2] or 0) > 0
    return to_microseconds(datetime.fromisoformat(text)) + finer


def parse_all(texts: Sequence[str]) -> NDArray[np.int64]:
    """Give many times as microseconds since 1970; ValueError if one of them is none."""
    if not texts:
        return np.zeros(0, np.int64)
    distinct = set(texts)
    if len(distinct) * 4 > len(texts) >= _FEW:
        return _parse_each(texts)
    once = list(distinct)
    known = dict(zip(once, _parse_each(once).tolist(), strict=True))
    return np.fromiter(map(known.__getitem__, texts), np.int64, len(texts))


def _parse_each(texts: Sequence[str]) -> NDArray[np.int64]:
    if len(texts) >= _FEW and len(set(map(len, texts))) == 1:
        parsed = _parse_layout(texts)
        if parsed is not None:
            return parsed
    return np.array([parse(text) for text in texts], np.int64)


def _parse_layout(texts: Sequence[str]) -> NDArray[np.int64] | None:
    """Read texts of one length and layout; None if one is otherwise."""
    joined = "".join(texts)
    return parse_table(np.frombuffer(joined.encode(), np.uint8).reshape(len(texts), -1)) if joined.isascii() else None


def parse_table(cells: NDArray[np.uint8], varies: NDArray[np.bool_] | None = None) -> NDArray[np.int64] | None:
    """Read times of the layout YYYY-MM-DDTHH:MM:SS[.f…](Z|±HH:MM), given as [time, character].

    `varies` tells which characters are not the same in all of them, if that is known already. Gives microseconds since
    1970; None if one of them is otherwise, which `parse` may still be able to read.
    """
    count, length = cells.shape
    ends_in_z = length > 0 and bool(cells[0, -1] == ord("Z"))
    zone_at = length - 1 if ends_in_z else length - 6
    decimals = zone_at - 20
    if zone_at < 19 or decimals == 0 or not -1 <= decimals <= 9:
        return None
    # Most characters are the same in all times of a message, and are looked at once.
    if varies is None:
        varies = (cells != cells[0]).any(axis=0)
    table = [cells[:, place].copy() if varies[place] else cells[:1, place] for place in range(length)]
    digits = _digits(table, zone_at, ends_in_z)
    if digits is None:
        return None

    def number(start: int, end: int) -> NDArray[np.int64]:
        total: NDArray[np.int64] = digits[start].astype(np.int64)
        for place in range(start + 1, end):
            total = total * 10 + digits[place]
        return total

    days = _days(number(0, 4), number(5, 7), number(8, 10))
    hour, minute, second = number(11, 13), number(14, 16), number(17, 19)
    if days is None or not ((hour <= 23) & (minute <= 59) & (second <= 59)).all():
        return None
    result = ((days * 24 + hour) * 60 + minute) * 60 + second
    if not ends_in_z:
        sign = table[zone_at]
        if not ((sign == 43) | (sign == 45)).all():
            return None
        offset_hours, offset_minutes = number(zone_at + 1, zone_at + 3), number(zone_at + 4, zone_at + 6)
        if (offset_hours > 23).any() or (offset_minutes > 59).any():
            return None
        offset = (offset_hours * 60 + offset_minutes) * 60
        result = result - np.where(sign == 43, offset, -offset)
    result = result * 1_000_000
    if decimals > 0:
        nanoseconds = number(20, zone_at) * 10 ** (9 - decimals)
        result = result - -nanoseconds // 1000
    return np.broadcast_to(result, (count,)).copy() if len(result) < count else np.asarray(result, np.int64)


def _digits(table: list[NDArray[np.uint8]], zone_at: int, ends_in_z: bool) -> dict[int, NDArray[np.uint8]] | None:
    """Give the digits of times by their place; None if something else stands where a digit or a mark must stand."""
    marks = {4: b"-", 7: b"-", 10: b"T", 13: b":", 16: b":"}
    if zone_at > 19:
        marks[19] = b"."
    marks[zone_at if ends_in_z else zone_at + 3] = b"Z" if ends_in_z else b":"
    if any((table[place] != mark[0]).any() for place, mark in marks.items()):
        return None
    places = [p for p in range(len(table)) if p not in marks and (ends_in_z or p != zone_at)]
    digits = {place: table[place] - np.uint8(48) for place in places}
    return None if any((digit > 9).any() for digit in digits.values()) else digits


def _days(year: NDArray[np.int64], month: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Give days since 1970 of dates in the proleptic Gregorian calendar; None if one is none, or of another century."""
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    right = (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month >= 1) & (month <= 12) & (day >= 1)
    if not right.all() or not ((day <= _MONTH_DAYS[month]) & ~((month == 2) & (day == 29) & ~leap)).all():
        return None
    # Years are counted from March.
    shifted = year - (month <= 2)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return np.asarray(shifted * 365 + shifted // 4 - shifted // 100 + shifted // 400 + day_of_year - 719_468, np.int64)
