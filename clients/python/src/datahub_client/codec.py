"""JSON as the hub means it: a number comes back exactly as it was sent."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def encode(value: Any) -> bytes:
    """Write JSON in one line; Decimals as numbers, aware datetimes and dates as ISO 8601, UUIDs as text."""
    return _encoder.encode(value)


def decode(text: bytes | str) -> Any:
    """Read JSON; numbers with a point or an exponent as Decimal. ValueError if it is none."""
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"not JSON: {error}") from error


def instant_text(at: datetime | str) -> str:
    """Write an instant for the wire; ValueError for one that does not say how it relates to UTC."""
    if isinstance(at, str):
        return at
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone: say datetime(…, tzinfo=…)")
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read_instant(text: str) -> datetime:
    """Read an instant of the wire; ValueError if it is none or lacks its offset."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return at.astimezone(UTC)
