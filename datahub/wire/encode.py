"""How answers are written: UTF-8 JSON, times in UTC with `Z`, decimals as exact numbers. Source: `2-wire.md`."""

from datetime import UTC, date, datetime
from decimal import Decimal

import orjson


def instant(moment: datetime) -> str:
    """Write an instant in UTC with seconds: `2024-05-22T21:00:00Z`. Fractions of a second are left out."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def exact_instant(moment: datetime) -> str:
    """Write an instant in UTC with six decimals, as createdTime and timestamp have them."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def _other(value: object) -> object:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError(f"{type(value).__name__} has no form on the wire")


def dumps(body: object) -> bytes:
    """Write a body.

    Aware datetimes as `instant`, dates as YYYY-MM-DD, decimals as numbers with the digits they have, enums by value.
    """
    return orjson.dumps(body, default=_other, option=orjson.OPT_PASSTHROUGH_DATETIME)
