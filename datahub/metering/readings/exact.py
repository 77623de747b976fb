"""Numbers of a message that a double does not hold: 1E-400 would become 0, 0.1230000000000000001 would become 0.123.

Quantities are decoded as doubles, which is fast, and right for all numbers of up to fifteen digits: no two of them
share a double. Only where a message holds longer ones, or exponents, its quantities are looked at as they stand in it.
"""

import re
from collections.abc import Mapping

import msgspec
import numpy as np
from msgspec import UNSET, Raw, UnsetType

# Digits and point; what is longer may be a number of more than fifteen digits.
_SAFE_CHARACTERS = 15
# So much of a body at once stays near the processor.
_PIECE = 1 << 18
_NUMBER = re.compile(r"(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?)0*(\d+))?")
# Exponents of more digits say no more than one of so many: no body has as many digits as that.
_EXPONENT_DIGITS = 9


class _Quantity(msgspec.Struct, gc=False):
    kwh: Raw
    m3: Raw | UnsetType = UNSET


class _Interval(msgspec.Struct, gc=False):
    inQty: _Quantity | UnsetType | None = UNSET
    outQty: _Quantity | UnsetType | None = UNSET


class _Period(msgspec.Struct, gc=False):
    aI: list[_Interval]


class _Element(msgspec.Struct, gc=False):
    periods: list[_Period]


class _Body(msgspec.Struct, gc=False):
    meterData: list[_Element]


_decoder = msgspec.json.Decoder(_Body)


def texts_of(body: bytes) -> Mapping[str, Mapping[int, str]]:
    """Give the numbers of a body that doubles may not hold, as they were sent: `inQty.kwh`, interval's number, text."""
    if not _may_hold_any(body):
        return {}
    found: dict[str, dict[int, str]] = {}
    message = _decoder.decode(body)
    intervals = [one for element in message.meterData for period in element.periods for one in period.aI]
    for number, interval in enumerate(intervals):
        for direction, quantity in (("inQty", interval.inQty), ("outQty", interval.outQty)):
            if isinstance(quantity, _Quantity):
                for unit, raw in (("kwh", quantity.kwh), ("m3", quantity.m3)):
                    text = b"" if raw is UNSET else bytes(raw).strip()
                    if len(text) > _SAFE_CHARACTERS or b"e" in text.lower():
                        found.setdefault(f"{direction}.{unit}", {})[number] = text.decode()
    return found


def _may_hold_any(body: bytes) -> bool:
    """Tell whether a body may hold a number with an exponent or of more characters than are safe, at little cost."""
    characters = np.frombuffer(body, np.uint8)
    for start in range(0, len(body), _PIECE):
        piece = characters[start : start + _PIECE + _SAFE_CHARACTERS]
        # From "." over "/", which stands in no number, to "9".
        run = digits = piece - np.uint8(ord(".")) < 12
        for reach in (1, 2, 4, 8):
            run = run[:-reach] & run[reach:]
        if run.any():
            return True
        exponents = digits[:-1] & ((piece[1:] | 0x20) == ord("e"))
        if exponents.any() and any(_ends_number(body, start + at) for at in np.flatnonzero(exponents).tolist()):
            return True
    return False


def _ends_number(body: bytes, at: int) -> bool:
    """Tell whether the digit at a place of a body may be one of a number, and not of a code."""
    before = body[max(at - 2 * _SAFE_CHARACTERS, 0) : at + 1].rstrip(b"0123456789.-")
    return not before or before[-1:] in (b":", b" ", b"\t", b"\n", b"\r")


def sign_and_decimals(text: str) -> tuple[int, int]:
    """Give the sign (-1, 0, 1) of a JSON number and how many decimals it has, zeros at the end not counted."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no JSON number")
    minus, whole, fraction = match[1], match[2], match[3] or ""
    digits = (whole + fraction).rstrip("0")
    if not digits.strip("0"):
        return 0, 0
    zeros = len(whole) + len(fraction) - len(digits)
    exponent = match[5] or "0"
    moved = int(exponent) if len(exponent) <= _EXPONENT_DIGITS else 10**_EXPONENT_DIGITS
    return (-1 if minus else 1), max(len(fraction) - zeros + (moved if match[4] == "-" else -moved), 0)
