"""Scanning: the messages to one address in a window of ids or times. Source: `3-distribution.md`, "Scanning"."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.numeric import Int8

from datahub.database.prepared import prepared_cursor
from distribution.selectors import final
from distribution.selectors.log import (
    EVERYWHERE,
    NO_MESSAGES,
    LogEnd,
    Messages,
    Window,
    address_of,
    days_of_log,
    time_text,
)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of messages by id, how many there are in the window, and how far the log is complete.

    Nothing behind that end is in the page: who goes on behind it gets nothing twice.
    """

    messages: Messages
    total: int
    end: LogEnd


def scan(
    *,
    participant_eic: str,
    role: str,
    commodity: str,
    resource_type: str,
    window: Window,
    offset: int,
    limit: int,
    now: datetime,
) -> Page:
    """Give one page of the messages of a type addressed to a participant in a role and commodity, by id."""
    address = address_of((participant_eic, role, commodity), now)
    if isinstance(address, LogEnd):
        return Page(NO_MESSAGES, 0, address)
    kept = final.page(
        address=address, resource_type=str(resource_type), window=window, offset=offset, limit=limit, now=now
    )
    if kept is not None:
        return Page(*kept)
    wanted = {"address": Int8(address), "type": str(resource_type), "limit": Int8(limit), "offset": Int8(offset)}
    place = days_of_log(now).place_of(window)
    page = _page(*place.source(window, now), wanted)
    if place.may_miss(page.end):
        # The window's last ids may lie in a day that was not known.
        page = _page(*EVERYWHERE.source(window, now), wanted)
    final.memory.note_end(page.end)
    return page


def _page(source: str, parameters: dict[str, Any], wanted: dict[str, Any]) -> Page:
    """Give a page, its number of messages and the end of the log as one statement sees them.

    Who publishes moves the end together with the messages: whatever the end promises is in the statement's view.
    """
    source += " AND address_id = %(address)s AND resource_type = %(type)s"
    source += " AND id <= (SELECT last_id FROM distribution_log_state)"
    # The first row, with the id 0, holds the end of the log and the number of messages, said once.
    end = f"0 AS id, {time_text('complete_until')}, NULL, NULL, last_id, (SELECT count(*) FROM {source})"  # noqa: S608
    page = f"id, {time_text('created_at')}, reason, pack, pack_offset, pack_length FROM {source}"
    sql = (
        f"SELECT {end} FROM distribution_log_state UNION ALL"  # noqa: S608
        f" (SELECT {page} ORDER BY id LIMIT %(limit)s OFFSET %(offset)s) ORDER BY id"
    )
    with prepared_cursor() as cursor:
        cursor.execute(sql, {**parameters, **wanted})
        (_, complete_until, _, _, highest_id, total), *rows = cursor.fetchall()
    return Page(
        Messages(*zip(*rows, strict=True)) if rows else NO_MESSAGES,
        total,
        LogEnd(highest_id, datetime.fromisoformat(complete_until)),
    )
