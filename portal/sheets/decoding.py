"""What a cell means in a column of a kind: exact numbers, dates, moments of the market's clock, yes and no.

Pure functions of a cell. People write numbers with a comma or a point, dates as the spreadsheet's dates or as text, and
blanks that cannot be seen; a value that could mean two things is refused rather than guessed. CellError says what is
wrong, without the place.
"""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

from datahub.market_time import FIRST_YEAR, LAST_YEAR, TALLINN, on_the_clock
from datahub.texts import has_lines, has_unseen
from portal.sheets import messages
from portal.sheets.cells import SAVED_DIGITS, Cell, Kind, moment, plain, show_wall_time
from portal.sheets.faults import Arg, Figure, Word
from portal.sheets.reading import tidy

RIGHT_NUMBER, RIGHT_WHOLE = Figure("12.5"), "12"
RIGHT_DATE, RIGHT_INSTANT = "31.12.2026", "31.12.2026 14:15"

# Blanks that programs put between thousands; the last is an apostrophe (Swiss).
_BETWEEN_THOUSANDS = " \u00a0\u2007\u2009\u202f'"
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,40}|[0-9]{1,3}(?:T[0-9]{3}){1,12})(?:[.,][0-9]{1,40})?|[+-]?[.,][0-9]{1,40}")
_ESTONIAN_DATE = r"(?P<day>[0-9]{1,2})\. ?(?P<month>[0-9]{1,2})\. ?(?P<year>[0-9]{4})"
_ISO_DATE = r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
_TIME = r"(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})(?:[:.](?P<second>[0-9]{2})(?:\.[0-9]{1,9})?)?"
_ZONE = r"\s?(?P<zone>Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)"
_DATES = [re.compile(written) for written in (_ESTONIAN_DATE, _ISO_DATE)]
_MOMENTS = [
    re.compile(f"{written}(?:(?:T|,? +){_TIME}(?:{_ZONE})?)?", re.IGNORECASE) for written in (_ESTONIAN_DATE, _ISO_DATE)
]
_TRUE = frozenset({"jah", "yes", "true", "tõene", "1", "x", "j", "y"})
_FALSE = frozenset({"ei", "no", "false", "väär", "0", "e", "n"})


class CellError(Exception):
    """What is wrong with a cell: a sentence of `portal.sheets.messages` and its values."""

    def __init__(self, msgid: str, **args: Arg) -> None:
        self.msgid, self.args_ = msgid, args
        super().__init__(msgid)


def check_readable(cell: Cell) -> None:
    """Raise CellError for a cell of an error, or of a formula whose result was not saved."""
    if cell.kind is Kind.ERROR:
        raise CellError(messages.ERROR_CELL, value=cell.shown)
    if cell.kind is Kind.UNCALCULATED:
        raise CellError(messages.FORMULA_WITHOUT_VALUE)


def text(cell: Cell, *, is_code: bool = False, one_line: bool = False, max_length: int | None = None) -> str:
    """Read a text. A number is taken as it is shown, unless its last digits may have been lost.

    A code has no blanks inside and is written in capitals. Which signs it may have: `datahub.texts`.
    """
    check_readable(cell)
    if cell.kind is Kind.NUMBER and isinstance(cell.value, Decimal) and abs(cell.value) >= 10**SAVED_DIGITS:
        raise CellError(messages.LOST_DIGITS)
    written = unicodedata.normalize("NFC", tidy(cell.shown))
    if has_unseen(written):
        raise CellError(messages.CONTROL_CHARACTERS)
    if one_line and has_lines(written):
        raise CellError(messages.MORE_LINES)
    if is_code:
        written = written.upper()
    if max_length is not None and len(written) > max_length:
        raise CellError(messages.TOO_LONG, length=len(written), most=max_length)
    return written


def decimal(cell: Cell, *, places: int | None = None, whole_digits: int | None = None) -> Decimal:
    """Read an exact number: a number, or a text such as 12,5 or 1 234.5. Comma and point both stand for decimals."""
    check_readable(cell)
    value = _number_in(cell)
    decimals = decimal_places(value)
    if places == 0 and decimals:
        raise CellError(messages.NOT_WHOLE, right=RIGHT_WHOLE)
    if places is not None and decimals > places:
        raise CellError(messages.TOO_MANY_DECIMALS, decimals=decimals, most=places)
    if whole_digits is not None and abs(value) >= 10**whole_digits:
        raise CellError(messages.TOO_MANY_DIGITS, most=whole_digits)
    # Without an exponent and without zeros at the end, so that equal numbers are written alike.
    return Decimal(plain(value)) if abs(value.adjusted()) < 400 else value


def decimal_places(value: Decimal) -> int:
    """Count the decimals that a number really has: 12.50 has one."""
    return max(0, -int(value.normalize().as_tuple().exponent)) if value else 0


def _number_in(cell: Cell) -> Decimal:
    if cell.kind is Kind.NUMBER and isinstance(cell.value, Decimal):
        return cell.value
    if cell.kind is Kind.DATE:
        # A program that was given 12.3 may have made the 12th of March of it.
        raise CellError(messages.DATE_NOT_NUMBER)
    written = tidy(cell.shown).replace("\u2212", "-") if cell.kind is Kind.TEXT else ""
    for blank in _BETWEEN_THOUSANDS:
        written = written.replace(blank, "T")
    if _NUMBER.fullmatch(written):
        return Decimal(written.replace("T", "").replace(",", "."))
    if re.fullmatch(r"[+-]?[0-9][0-9.,T]*", written):
        raise CellError(messages.AMBIGUOUS_NUMBER, right=Figure("1234.5"))
    raise CellError(messages.NOT_NUMBER, right=RIGHT_NUMBER)


def day(cell: Cell) -> date:
    """Read a date: a date of the spreadsheet, its number, or a text such as 31.12.2026 or 2026-12-31."""
    check_readable(cell)
    wall_time = _date_in(cell)
    if wall_time is None and cell.kind is Kind.TEXT:
        written = tidy(cell.shown)
        found = next((match for form in _DATES if (match := form.fullmatch(written))), None)
        if found is not None:
            wall_time = _combined(found, messages.NOT_DATE, RIGHT_DATE)
        elif any(form.fullmatch(written) for form in _MOMENTS):
            raise CellError(messages.TIME_NOT_DATE, right=RIGHT_DATE)
    if wall_time is None:
        raise CellError(messages.NOT_DATE, right=RIGHT_DATE)
    if wall_time.time() != datetime.min.time():
        raise CellError(messages.TIME_NOT_DATE, right=RIGHT_DATE)
    _check_year(wall_time)
    return wall_time.date()


def instant(cell: Cell) -> datetime:
    """Read a moment, in UTC: a wall time of Tallinn, or a text that names its zone. A date alone is its midnight.

    A time that the clock skips is refused, and one that is there twice unless the text says which.
    """
    check_readable(cell)
    wall_time, zone = _date_in(cell), None
    if wall_time is None and cell.kind is Kind.TEXT:
        written = tidy(cell.shown)
        found = next((match for form in _MOMENTS if (match := form.fullmatch(written))), None)
        if found is not None:
            wall_time = _combined(found, messages.NOT_INSTANT, RIGHT_INSTANT)
            zone = _zone_of(found["zone"])
    if wall_time is None:
        raise CellError(messages.NOT_INSTANT, right=RIGHT_INSTANT)
    _check_year(wall_time)
    if zone is not None:
        return wall_time.replace(tzinfo=zone).astimezone(UTC)
    return _on_the_clock(wall_time)


def _on_the_clock(wall_time: datetime) -> datetime:
    instants = on_the_clock(wall_time)
    if not instants:
        raise CellError(messages.TIME_SKIPPED)
    first, last = instants[0], instants[-1]
    if first != last:
        raise CellError(messages.TIME_TWICE, first=with_zone(first), second=with_zone(last))
    return first


def with_zone(value: datetime) -> str:
    """Write a moment in local time with its distance from UTC, as `instant` reads it: 25.10.2026 03:15 +02:00."""
    local = value.astimezone(TALLINN)
    offset = f"{local:%z}"
    return f"{show_wall_time(local)} {offset[:3]}:{offset[3:]}"


def boolean(cell: Cell) -> bool:
    """Read yes or no: TRUE, jah, yes, x, 1 and their opposites."""
    check_readable(cell)
    if isinstance(cell.value, bool):
        return cell.value
    written = tidy(cell.shown).casefold()
    if written in _TRUE or written in _FALSE:
        return written in _TRUE
    raise CellError(messages.NOT_BOOLEAN, yes=Word(messages.YES), no=Word(messages.NO))


def _date_in(cell: Cell) -> datetime | None:
    """Give the wall time of a date or of its number, None for anything else."""
    if isinstance(cell.value, datetime):
        return _to_the_second(cell.value)
    if isinstance(cell.value, Decimal):
        # A date whose cell has lost its format. Where days are counted from 1904 dates have their format, or are wrong.
        found = moment(cell.value, is_1904=False)
        return found if found is not None and found.year >= FIRST_YEAR else None
    return None


def _to_the_second(value: datetime) -> datetime:
    return (value + timedelta(microseconds=500_000)).replace(microsecond=0) if value.microsecond else value


def _combined(found: re.Match[str], msgid: str, right: str) -> datetime:
    parts = found.groupdict()
    try:
        return datetime(  # noqa: DTZ001 - the wall time; its zone is looked up
            int(parts["year"]),
            int(parts["month"]),
            int(parts["day"]),
            int(parts.get("hour") or 0),
            int(parts.get("minute") or 0),
            int(parts.get("second") or 0),
        )
    except ValueError as error:
        raise CellError(msgid, right=right) from error


def _zone_of(written: str | None) -> timezone | None:
    if written is None:
        return None
    if written.upper() in ("Z", "UTC"):
        return UTC
    digits = written[1:].replace(":", "").ljust(4, "0")
    distance = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if distance > timedelta(hours=14) or int(digits[2:]) > 59:
        raise CellError(messages.NOT_INSTANT, right=RIGHT_INSTANT)
    return timezone(-distance if written[0] == "-" else distance)


def _check_year(value: datetime) -> None:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise CellError(messages.DATE_OUT_OF_RANGE, first=FIRST_YEAR, last=LAST_YEAR)
