"""What is wrong with the shape of a message of readings: every fault with its path and value, in one pass.

Only bodies that failed the fast check at the door come here. Source: `2-wire.md`, "Errors".
"""

import json
import math
from collections.abc import Callable
from typing import Any, NoReturn

from datahub.errors import Fault, any_of, codes, fault, listing, phrase, refuse
from datahub.market import ReadingType, Resolution
from datahub.metering.readings import times
from datahub.parties import eic

MAX_FAULTS = 1000
_SHOWN_CHARACTERS = 100
Reader = Callable[["_Faults", Any, str], None]


class _Faults(list[Fault]):
    """Faults in the order of the body, no more than an answer can carry."""

    def add(self, new: Fault) -> None:
        if len(self) < MAX_FAULTS:
            self.append(new)


class _DuplicateName(ValueError):
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _DuplicateName(f"the name {twice!a} stands twice in one object")
    return made


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _number(text: str) -> float | int:
    # Whole numbers of thousands of digits are no readings; as floats they are read in no time, to infinity.
    return int(text) if len(text) < 20 else float(text)


_READER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_number, parse_int=_number)


def shown(value: Any) -> str:
    """Give a value as it stands in a message of a fault: JSON's words, cut to a readable length."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = value if isinstance(value, str) and value else json.dumps(value)
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def read_json(text: bytes) -> Any:
    """Read JSON in which no name stands twice in one object; DomainError if it is none."""
    try:
        return _READER.decode(text.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise refuse(codes.UNPARSEABLE_OBJECT, phrase("byte {0} is not UTF-8", error.start)) from error
    except RecursionError as error:
        raise refuse(codes.UNPARSEABLE_OBJECT, phrase("it is nested too deeply")) from error
    except json.JSONDecodeError as error:
        reason = phrase("line {0}, column {1}: {2}", error.lineno, error.colno, error.msg)
        raise refuse(codes.UNPARSEABLE_OBJECT, reason) from error
    except ValueError as error:
        raise refuse(codes.UNPARSEABLE_OBJECT, error) from error


def faults_of(body: bytes, *, max_intervals: int) -> list[Fault]:
    """Give the faults of a message's shape in their order there; DomainError if the body is no JSON object."""
    data = read_json(body)
    if not isinstance(data, dict):
        raise refuse(codes.UNPARSEABLE_OBJECT, phrase("it must be an object"))
    faults = _Faults()
    _read(faults, data, "", {"meterData": _list_of(_element)}, optional={"marketParticipantContext": _anything})
    count = sum(
        len(period["aI"])
        for element in _items(data.get("meterData"))
        for period in _items(element.get("periods"))
        if isinstance(period.get("aI"), list)
    )
    if count > max_intervals:
        faults.insert(0, fault(codes.TOO_MANY_ENTRIES, "meterData", count, phrase("{0} intervals", max_intervals)))
    return faults


def _items(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _read(
    faults: _Faults, data: Any, path: str, required: dict[str, Reader], optional: dict[str, Reader] | None = None
) -> None:
    if not isinstance(data, dict):
        faults.add(fault(codes.INVALID_PATTERN, path, shown(data), phrase("an object")))
        return
    prefix = f"{path}." if path else ""
    optional = optional or {}
    for name, reader in required.items():
        if data.get(name) is None:
            faults.add(fault(codes.MISSING, prefix + name))
        else:
            reader(faults, data[name], prefix + name)
    for name, reader in optional.items():
        if data.get(name) is not None:
            reader(faults, data[name], prefix + name)
    for name in data:
        if name not in required and name not in optional:
            faults.add(fault(codes.MISSING_FIELD, prefix + shown(name), listing([*required, *optional])))


def _list_of(reader: Reader) -> Reader:
    def read(faults: _Faults, data: Any, path: str) -> None:
        if not isinstance(data, list):
            faults.add(fault(codes.INVALID_PATTERN, path, shown(data), phrase("a list")))
        elif not data:
            faults.add(fault(codes.LIST_CAN_NOT_BE_EMPTY, path))
        else:
            for number, item in enumerate(data):
                reader(faults, item, f"{path}[{number}]")

    return read


def _anything(faults: _Faults, data: Any, path: str) -> None:
    """Take what the frame reads itself."""


def _element(faults: _Faults, data: Any, path: str) -> None:
    _read(faults, data, path, {"meterEic": _eic, "periods": _list_of(_period)})


def _period(faults: _Faults, data: Any, path: str) -> None:
    _read(faults, data, path, {"r": _one_of(Resolution), "aI": _list_of(_interval)})


def _interval(faults: _Faults, data: Any, path: str) -> None:
    _read(faults, data, path, {"pS": _time}, {"inQty": _quantity, "outQty": _quantity})
    if isinstance(data, dict) and data.get("inQty") is None and data.get("outQty") is None:
        faults.add(fault(codes.MISSING, any_of([f"{path}.inQty", f"{path}.outQty"])))


def _quantity(faults: _Faults, data: Any, path: str) -> None:
    _read(faults, data, path, {"rType": _one_of(ReadingType), "kwh": _amount}, {"rTime": _time, "m3": _amount})


def _text(faults: _Faults, data: Any, path: str) -> bool:
    if not isinstance(data, str):
        faults.add(fault(codes.INVALID_PATTERN, path, shown(data), phrase("text")))
    return isinstance(data, str)


def _eic(faults: _Faults, data: Any, path: str) -> None:
    if _text(faults, data, path):
        wrong = eic.check(data, kind=eic.METERING_POINT, path=path)
        if wrong is not None:
            faults.add(Fault(wrong.code, (path, shown(data), *wrong.args[2:])))


def _one_of(codes_known: type[Resolution | ReadingType]) -> Reader:
    def read(faults: _Faults, data: Any, path: str) -> None:
        if not isinstance(data, str) or data not in {code.value for code in codes_known}:
            faults.add(fault(codes.INVALID_ENUM, path, any_of(codes_known), shown(data)))

    return read


def _time(faults: _Faults, data: Any, path: str) -> None:
    if _text(faults, data, path):
        try:
            times.parse(data)
        except ValueError:
            faults.add(fault(codes.INVALID_PATTERN, path, shown(data), times.FORM))


def _amount(faults: _Faults, data: Any, path: str) -> None:
    if isinstance(data, bool) or not isinstance(data, int | float):
        faults.add(fault(codes.INVALID_PATTERN, path, shown(data), phrase("a number")))
    elif not math.isfinite(data):
        faults.add(fault(codes.TOO_BIG, path, phrase("unlimited in size"), phrase("a number of twelve digits")))
