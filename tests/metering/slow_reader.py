"""What a message of readings says, read slowly straight from `2-wire.md` and `1-market.md`; nothing of the product.

Numbers are decimals as they were sent, times are Python's; each interval is looked at alone.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from stdnum.eu import eic

TALLINN = ZoneInfo("Europe/Tallinn")
STEPS = {"PT15M": timedelta(minutes=15), "PT1H": timedelta(hours=1)}
_FIELDS = {
    "message": ({"meterData"}, {"marketParticipantContext"}),
    "element": ({"meterEic", "periods"}, set()),
    "period": ({"r", "aI"}, set()),
    "interval": ({"pS"}, {"inQty", "outQty"}),
    "quantity": ({"rType", "kwh"}, {"rTime", "m3"}),
}
_TIME = re.compile(r"(19[7-9]\d|20\d\d|21\d\d)-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)


class Refused(Exception):
    """The message is none: the door refuses it, whatever its values are."""


@dataclass(frozen=True)
class Sent:
    """One direction of one interval as it was sent."""

    point: str
    resolution: str
    start: datetime
    direction: str
    kwh: Decimal
    m3: Decimal | None
    kind: str
    read_at: datetime | None


def read(body: bytes) -> list[Sent]:
    """Give what a body says, in its order; Refused if its shape is wrong anywhere."""
    try:
        data = json.loads(
            body.decode("utf-8"),
            parse_float=_number,
            parse_int=_number,
            parse_constant=_no_number,
            object_pairs_hook=_object,
        )
        # Half of a sign of two parts is no text, wherever it stands.
        json.dumps(data, ensure_ascii=False, default=str).encode()
    except (ValueError, RecursionError) as error:
        raise Refused(str(error)) from error
    elements = _list(_fields(data, "message")["meterData"])
    return [sent for element in elements for sent in _element(_fields(element, "element"))]


def _number(text: str) -> Decimal:
    # The door takes whatever a double can hold.
    if abs(float(text)) == float("inf"):
        raise Refused(text[:50])
    return Decimal(text)


def _no_number(name: str) -> NoReturn:
    raise Refused(name)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise Refused("a name stands twice")
    return dict(pairs)


def _fields(value: Any, kind: str) -> dict[str, Any]:
    """Give the fields of an object that are there; null counts as left out."""
    required, optional = _FIELDS[kind]
    if not isinstance(value, dict) or not set(value) <= required | optional:
        raise Refused(f"{kind}: {value!r:.50}")
    given = {name: inner for name, inner in value.items() if inner is not None}
    if not required <= set(given):
        raise Refused(f"{kind} lacks {required - set(given)}")
    return given


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise Refused(f"{value!r:.50} is no list with something in it")
    return value


def _element(element: dict[str, Any]) -> list[Sent]:
    code = element["meterEic"]
    if not isinstance(code, str) or not re.fullmatch(r"\d\dZ[A-Z0-9-]{12}[A-Z0-9]", code, re.ASCII):
        raise Refused(f"{code!r:.50} is no code")
    if eic.calc_check_digit(code[:-1]) != code[-1]:
        raise Refused(f"{code} has a wrong check character")
    found = []
    for period in [_fields(one, "period") for one in _list(element["periods"])]:
        if period["r"] not in ("PT15M", "PT1H", "P1D"):
            raise Refused(f"{period['r']!r:.50} is no resolution")
        for interval in [_fields(one, "interval") for one in _list(period["aI"])]:
            if not {"inQty", "outQty"} & set(interval):
                raise Refused("an interval without a quantity")
            start = _time(interval["pS"])
            quantities = {name: _fields(interval[name], "quantity") for name in ("inQty", "outQty") if name in interval}
            found += [_sent(code, period["r"], start, name, given) for name, given in quantities.items()]
    return found


def _sent(code: str, resolution: str, start: datetime, direction: str, quantity: dict[str, Any]) -> Sent:
    amounts = {name: quantity[name] for name in ("kwh", "m3") if name in quantity}
    if not all(isinstance(amount, Decimal) for amount in amounts.values()) or quantity["rType"] not in ("E", "M"):
        raise Refused(f"{quantity!r:.100}")
    read_at = _time(quantity["rTime"]) if "rTime" in quantity else None
    return Sent(code, resolution, start, direction, amounts["kwh"], amounts.get("m3"), str(quantity["rType"]), read_at)


def _time(text: Any) -> datetime:
    """Read a time; what is finer than a microsecond counts as the next one."""
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        raise Refused(f"{text!r:.50} is no time")
    finer = re.search(r"\.\d{6}(\d+)", text)
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Refused(str(error)) from error
    return moment + timedelta(microseconds=1) if finer and int(finer[1]) else moment


# --- values -----------------------------------------------------------------------------------------------------------


def faults_of(number: Decimal) -> str | None:
    """Give the end of the code that a number is refused with, None for one that is right."""
    if number < 0:
        return "field-value-cannot-be-negative"
    if number >= 10**9:
        return "too-big"
    digits, exponent = number.as_tuple().digits, number.as_tuple().exponent
    assert isinstance(exponent, int)
    significant = "".join(map(str, digits)).rstrip("0")
    decimals = -(exponent + len(digits) - len(significant)) if significant else 0
    return "too-many-decimals" if decimals > 3 else None
