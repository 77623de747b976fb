"""From a body's bytes to an object: strict JSON, bounded in depth and in parts. Source: `2-wire.md`, "Errors"."""

import json
import sys
from decimal import Decimal
from typing import Any, NoReturn

from datahub.errors import codes, refuse

MAX_DEPTH = 32
# Each empty list of two bytes becomes 56 in memory: without a bound on the parts 16 MiB could fill a worker.
MAX_PARTS = 300_000


class _NotTaken(ValueError):
    """JSON that Python would read and the hub does not."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _NotTaken(f"the name {name!a} stands twice in one object")
            seen.add(name)
    return made


def _no_number(name: str) -> NoReturn:
    raise _NotTaken(f"{name} is no JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=Decimal, parse_constant=_no_number)


def decode(body: bytes) -> dict[str, Any]:
    """Give the object that a body holds; numbers with decimals become Decimal. Else raise DomainError (400)."""
    parts = body.count(b",") + body.count(b"[") + body.count(b"{")
    if parts > MAX_PARTS:
        raise refuse(codes.TOO_MANY_ENTRIES, "the body", parts, MAX_PARTS)
    try:
        value = _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise refuse(codes.UNPARSEABLE_OBJECT, f"byte {error.start} is not UTF-8") from error
    except RecursionError as error:
        raise refuse(codes.UNPARSEABLE_OBJECT, f"it is nested deeper than {MAX_DEPTH} levels") from error
    except json.JSONDecodeError as error:
        reason = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise refuse(codes.UNPARSEABLE_OBJECT, reason) from error
    except _NotTaken as error:
        raise refuse(codes.UNPARSEABLE_OBJECT, str(error)) from error
    except ValueError as error:
        reason = f"a whole number has more than {sys.get_int_max_str_digits()} digits"
        raise refuse(codes.UNPARSEABLE_OBJECT, reason) from error
    if not isinstance(value, dict):
        raise refuse(codes.UNPARSEABLE_OBJECT, "it must be an object")
    if _depth(value) > MAX_DEPTH:
        raise refuse(codes.UNPARSEABLE_OBJECT, f"it is nested deeper than {MAX_DEPTH} levels")
    return value


def _depth(value: Any) -> int:
    """Count the levels of lists and objects, stopping behind the allowed ones."""
    level, depth = [value], 0
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [
            item
            for parent in level
            for item in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(item, dict | list)
        ]
    return depth
