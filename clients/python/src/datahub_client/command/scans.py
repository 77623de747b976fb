"""`scan` and `changes`: what is new, a line each; a position moves only when its line is out."""

from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

from datahub_client.codec import instant_text
from datahub_client.command import exits
from datahub_client.command.interrupts import Interrupts
from datahub_client.command.options import Given
from datahub_client.command.output import Lines
from datahub_client.hub import Hub
from datahub_client.scanning import FilePosition, Message, Scan, Stream

Item = TypeVar("Item")
_PATIENCE = 600.0
_KINDS = {"enquiries": "DIRECT_MESSAGES", "connection-requests": "CONNECTION_STATE"}


def scan(hub: Hub, given: Given, interrupts: Interrupts) -> int:
    """Print messages."""
    patience = given.content_patience
    if patience is None and not given.follow:
        patience = _PATIENCE
    messages = hub.scan(
        given.resource_type,
        position=_position(hub, given, given.resource_type),
        start=given.from_id or _start(given),
        follow=given.follow,
        every=given.every,
        save_every=given.save_every,
        on_lost=given.on_lost,
        on_gap=given.on_gap,
        content_patience=patience,
    )
    return _print(messages, given, interrupts, raw=given.raw)


def changes(hub: Hub, given: Given, interrupts: Interrupts) -> int:
    """Print enquiries or connection requests that the other side saved."""
    ask = hub.scan_enquiries if given.kind == "enquiries" else hub.scan_connection_requests
    found: Scan[Any] = ask(
        position=_position(hub, given, _KINDS[given.kind]),
        start=_start(given),
        follow=given.follow,
        every=given.every,
        save_every=given.save_every,
        on_gap=given.on_gap,
    )
    return _print(found, given, interrupts, raw=False)


def _position(hub: Hub, given: Given, kind: str) -> FilePosition:
    return FilePosition(given.position or Path(f"{Stream.of(hub.settings.context, kind).name}.position"))


def _start(given: Given) -> datetime | Literal["oldest", "now"]:
    return "now" if given.from_now else given.from_time or "oldest"


def _print(found: Scan[Item], given: Given, interrupts: Interrupts, *, raw: bool) -> int:
    lines = Lines()
    with found:
        for number, item in enumerate(found, 1):
            with interrupts.held():
                lines.write(_line(item, raw=raw) if isinstance(item, Message) else item)
                # Only now: should we die between the two lines, it comes again; it is never left out.
                if not given.save_every:
                    found.acknowledge()
            if number == given.limit:
                if given.save_every:
                    found.acknowledge()
                break
    return exits.DONE


def _line(message: Message, *, raw: bool) -> dict[str, Any]:
    line: dict[str, Any] = {
        "id": message.id,
        "createdTime": instant_text(message.created_time),
        "resourceType": message.resource_type,
        "reason": message.reason,
        "hasContent": message.text is not None,
        "content": message.text if raw else message.content,
    }
    if message.content_missing_reason is not None:
        line["contentMissingReason"] = message.content_missing_reason
    return line
