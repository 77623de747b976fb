"""Fields of a body that a path may give instead. Source: `2-wire.md`, "Services" (ids in the body or in the path)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from datahub.errors import Fault, codes, fault
from datahub.wire.fields import shown


def added(sent: dict[str, Any], arguments: Mapping[str, object]) -> tuple[dict[str, Any], list[Fault]]:
    """Give a body as sent with the fields that stand in its path, and a fault for each that says something else.

    Two spellings of one UUID are the same.
    """
    whole, faults = dict(sent), []
    for name, in_path in arguments.items():
        in_body = whole.get(name)
        if in_body is None:
            whole[name] = in_path
        elif isinstance(in_body, str) and _plain(in_body) != _plain(str(in_path)):
            faults.append(fault(codes.PATH_AND_BODY_DIFFER, name, shown(in_body), shown(in_path)))
    return whole, faults


def _plain(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return text
