"""One cell as it stands in a workbook, and the exact value of what a spreadsheet program saved.

Pure: no Django, no files. Numbers are saved as binary fractions with up to 17 digits, of which the program itself shows
15: 12.300000000000001 is its 12.3. Dates are days since 1900 or 1904, with a day that never was (29 February 1900).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from math import isfinite

# Cells hold wall times, which have no zone.
_EPOCH_1900 = datetime(1899, 12, 30)  # noqa: DTZ001
_EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
# The first day after the one that never was, and the last of the year 9999.
_FIRST_SERIAL, _LAST_SERIAL = 61, 2_958_466
_LAST_SERIAL_1904 = _LAST_SERIAL - 1_462
SAVED_DIGITS = 15


class Kind(StrEnum):
    """What a cell holds."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    DATE = "DATE"
    BOOLEAN = "BOOLEAN"
    ERROR = "ERROR"
    # A formula whose result was not saved.
    UNCALCULATED = "UNCALCULATED"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that is not empty. `value`: str, exact Decimal, datetime without zone (wall time), or bool."""

    kind: Kind
    value: str | Decimal | datetime | bool

    @property
    def shown(self) -> str:
        """What stands there, near enough to find it again."""
        match self.value:
            case bool():
                return "TRUE" if self.value else "FALSE"
            case Decimal():
                return plain(self.value)
            case datetime():
                return show_wall_time(self.value)
        return self.value


def show_wall_time(value: datetime) -> str:
    """Write a date, with the time of day if it has one."""
    if value.time() == datetime.min.time():
        return f"{value:%d.%m.%Y}"
    return f"{value:%d.%m.%Y %H:%M}" if value.second == 0 else f"{value:%d.%m.%Y %H:%M:%S}"


def plain(value: Decimal) -> str:
    """Write a number in digits, without an exponent."""
    written = format(value if value else abs(value), "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def number(saved: str) -> Decimal | None:
    """Give the exact number that a program meant by what it saved, None if that is no number."""
    try:
        exact = Decimal(saved)
    except InvalidOperation:
        return None
    if not exact.is_finite() or not isfinite(float(exact)):
        return None
    if len(exact.as_tuple().digits) > SAVED_DIGITS and not _is_long_whole(saved):
        exact = Decimal(format(float(exact), f".{SAVED_DIGITS}g"))
    return exact


def _is_long_whole(saved: str) -> bool:
    # Written by other programs in full, such as a code: whoever reads it decides.
    return saved.lstrip("-").isdecimal()


def moment(serial: Decimal, *, is_1904: bool) -> datetime | None:
    """Give the wall time that a date's number means, to the second; None if it lies outside what can be shown."""
    last = _LAST_SERIAL_1904 if is_1904 else _LAST_SERIAL
    if not (0 if is_1904 else _FIRST_SERIAL) <= serial < last:
        return None
    whole = int(serial)
    seconds = round(float(serial - whole) * 86_400)
    return (_EPOCH_1904 if is_1904 else _EPOCH_1900) + timedelta(days=whole, seconds=seconds)


def column_letter(index: int) -> str:
    """Give the letter of a column; 0 is A."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_index(letters: str) -> int | None:
    """Give the index of a column by its letters (A is 0), None if there is no such column."""
    if not 1 <= len(letters) <= 3 or not letters.isascii() or not letters.isalpha():
        return None
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1 if index <= 16_384 else None
