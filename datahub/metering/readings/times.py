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


def _parse_layout(texts: Sequence[str]) -> NDArray[np.int64] | None:  # noqa: PLR0911 - each a way to be otherwise
    """Read texts of one length and the layout YYYY-MM-DDTHH:MM:SS[.f…](Z|±HH:MM); None if one is otherwise."""
    length = len(texts[0])
    ends_in_z = texts[0].endswith("Z")
    zone_at = length - 1 if ends_in_z else length - 6
    decimals = zone_at - 20
    joined = "".join(texts)
    if not joined.isascii() or zone_at < 19 or decimals == 0 or not -1 <= decimals <= 9:
        return None
    table = np.frombuffer(joined.encode(), np.uint8).reshape(-1, length).T
    marks = {4: b"-", 7: b"-", 10: b"T", 13: b":", 16: b":"}
    if decimals > 0:
        marks[19] = b"."
    if ends_in_z:
        marks[zone_at] = b"Z"
    else:
        marks[zone_at + 3] = b":"
    if any((table[place] != mark[0]).any() for place, mark in marks.items()):
        return None
    digits = table - np.uint8(48)
    places = [p for p in range(length) if p not in marks and (ends_in_z or p != zone_at)]
    if (digits[places] > 9).any():
        return None

    def number(start: int, end: int) -> NDArray[np.int64]:
        total: NDArray[np.int64] = digits[start].astype(np.int64)
        for place in range(start + 1, end):
            total = total * 10 + digits[place]
        return total

    year, month, day = number(0, 4), number(5, 7), number(8, 10)
    hour, minute, second = number(11, 13), number(14, 16), number(17, 19)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    right = (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month >= 1) & (month <= 12) & (day >= 1)
    if not (right & (hour <= 23) & (minute <= 59) & (second <= 59)).all():
        return None
    if not ((day <= _MONTH_DAYS[month]) & ~((month == 2) & (day == 29) & ~leap)).all():
        return None
    # Days since 1970 of a date in the proleptic Gregorian calendar, years counted from March.
    shifted = year - (month <= 2)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    days = shifted * 365 + shifted // 4 - shifted // 100 + shifted // 400 + day_of_year - 719_468
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
    result *= 1_000_000
    if decimals > 0:
        nanoseconds = number(20, zone_at) * 10 ** (9 - decimals)
        result -= -nanoseconds // 1000
    return np.asarray(result, np.int64)
