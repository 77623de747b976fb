"""Values with which a request gets beyond its shape: what the market's rules look at, in the forms of the wire."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from tests.contracts import forms
from tests.contracts import market as cast

NAMESPACE = UUID("8d3ff4a0-7a7b-4a43-9f35-0a8f3ad3c7d1")
EIC = re.compile(r"\d{2}[XZA][A-Z0-9-]{12}[A-Z0-9]")
_CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
# By the names of fields: what to send where a scene has nothing of the name.
USUAL: dict[str, list[Any]] = {
    "meterEic": [forms.point_code(number) for number in range(70_000, 70_020)],
    "transmissionNetworkEic": ["38A-EE-98-4634-U"],
    "adrId": [1, 2_280_361],
    "county": ["Harju maakond", "Tartu maakond"],
    "municipality": ["Tallinn", "Tartu linn"],
    "latitude": [58.37, 59.43, 6_589_000, 6_474_000.5],
    "longitude": [26.72, 24.75, 542_000, 659_000.5],
    "idFrom": [0, 1, 2],
    "idTo": [1, 5, 9_999, 10_000],
    "page": [0, 0, 1],
    "identityValue": ["47101010033", "38502030021", "14015072", "10000018", "FIN-TLL-1", "Leivatööstus OÜ"],
    "extensionValue": ["EE", "EE", "FI", "PPA"],
    "metadataValue": ["mari@example.ee", "Mari", "EE382200221020145685", "EMAIL,POST", "+37255667788", "Tartu mnt 1"],
}


def is_instant(value: Any) -> bool:
    """Tell whether a value is a time with its offset."""
    try:
        return isinstance(value, str) and "T" in value and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def is_date(value: Any) -> bool:
    """Tell whether a value is a date."""
    return isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None


def is_uuid(value: Any) -> bool:
    """Tell whether a value is a UUID."""
    try:
        return isinstance(value, str) and str(UUID(value)) == value.lower()
    except ValueError:
        return False


def _form(value: Any) -> Any:
    if not isinstance(value, str):
        return int if type(value) is int else type(value)
    if EIC.fullmatch(value):
        return value[2]
    for name, is_one in (("instant", is_instant), ("date", is_date), ("uuid", is_uuid)):
        if is_one(value):
            return name
    return "text" if value else "nothing"


@cache
def _is_code(value: Any) -> bool:
    return isinstance(value, str) and _CODE.fullmatch(value) is not None and value != "EE"


def are_alike(made_up: Any, real: Any) -> bool:
    """Tell whether two values are of one form, so that one may stand for the other in a right or a wrong request."""
    return _form(made_up) == _form(real) and _is_code(real) == _is_code(made_up)


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sent_now() -> str:
    """Give the moment at which a message is made."""
    return datetime.now(UTC).isoformat()


@cache
def moments(today: date) -> list[str]:
    """Give instants at which the market's rules turn: midnights and gas days, months, the bounds of what is taken."""
    days = [*range(-3, 5), -400, -366, -365, -60, -31, -30, 6, 7, 8, 13, 14, 15, 30, 31, 44, 45, 46, 200, 1100]
    months = [cast.months_from(today.replace(day=1), n) for n in (-14, -13, -12, -6, -2, -1, 0, 1, 2, 3, 12)]
    # The two days on which the clock changes, a leap day, the first and the last that there may be.
    others = [
        date(today.year, 3, 29),
        date(today.year, 10, 25),
        date(2024, 2, 29),
        date(1970, 1, 2),
        date(2199, 12, 31),
    ]
    starts = [today + timedelta(days=n) for n in days] + months + others
    midnights = [datetime.combine(day, time(), cast.TALLINN) for day in starts]
    gas = [datetime.combine(day, time(7), cast.TALLINN) for day in (*months, today, today + timedelta(days=1))]
    quarters = [datetime.combine(today, time(), cast.TALLINN) - timedelta(minutes=15 * n) for n in range(1, 9)]
    return [*map(_iso, [*midnights, *gas, *quarters]), "2024-05-22T21:00:01Z", "2026-03-29T03:30:00+02:00"]


@cache
def ends(start: str) -> list[str]:
    """Give ends of a period: a quarter, an hour, a day, a month, a year and many years after its start."""
    instant = datetime.fromisoformat(start).astimezone(cast.TALLINN)
    if not 1971 < instant.year < 2190:
        return [start]
    month = cast.months_from(instant.date().replace(day=1), 1)
    year = cast.months_from(instant.date().replace(day=1), 12)
    days = [datetime.combine(day, instant.time(), cast.TALLINN) for day in (month, year)]
    steps = [timedelta(minutes=15), timedelta(hours=1), timedelta(days=1), timedelta(days=2_000)]
    return [_iso(end) for end in (*days, *(instant + step for step in steps))]


@cache
def dates(today: date) -> list[str]:
    """Give local dates around the one that counts as the past."""
    return [(today + timedelta(days=n)).isoformat() for n in (-400, -1, 0, 1, 2, 7, 30, 400)]
