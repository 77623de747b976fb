"""Scanning: the messages to one address in a window of ids or times. Source: `3-distribution.md`, "Scanning"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from distribution.models import KEPT_DAYS


class LogEnd(NamedTuple):
    """How far the log is complete: no message with an id up to `highest_id`, or created before `complete_until`, can
    still appear."""

    highest_id: int
    complete_until: datetime


class Found(NamedTuple):
    """A message as it stands in the log; `pack` is None where no object was ever named."""

    id: int
    created_at: datetime
    reason: str
    pack: str | None
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Window:
    """What is scanned: `[created_from, created_to)` and ids `[id_from, id_to]`; both apply if both are given."""

    created_from: datetime | None = None
    created_to: datetime | None = None
    id_from: int | None = None
    id_to: int | None = None

    def conditions(self, now: datetime) -> tuple[str, dict[str, Any]]:
        """Give the SQL condition on the log with its parameters; nothing older than seven days is ever in it."""
        oldest = now - timedelta(days=KEPT_DAYS)
        wanted: dict[str, Any] = {"since": max(oldest, self.created_from) if self.created_from else oldest}
        sql = "created_at >= %(since)s"
        if self.created_to is not None:
            sql += " AND created_at < %(to)s"
            wanted["to"] = self.created_to
        if self.id_from is not None and self.id_to is not None:
            sql += " AND id BETWEEN %(id_from)s AND %(id_to)s"
            wanted |= {"id_from": self.id_from, "id_to": self.id_to}
        return sql, wanted


@dataclass(frozen=True, slots=True)
class Page:
    """One page of messages by id, how many there are in the window, and how far the log was complete before reading."""

    messages: Sequence[Found]
    total: int
    end: LogEnd


def _end_and_address(participant_eic: str, role: str, commodity: str) -> tuple[LogEnd, int | None]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT last_id, complete_until, (SELECT id FROM distribution_address"
            " WHERE participant_eic = %s AND role = %s AND commodity = %s) FROM distribution_log_state",
            [participant_eic, role, commodity],
        )
        highest_id, complete_until, address = cursor.fetchone()
    return LogEnd(highest_id, complete_until), address


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
    # The end of the log is read before the page: whatever it promises is then in the page's view of the log.
    end, address = _end_and_address(participant_eic, role, commodity)
    if address is None:
        return Page([], 0, end)
    sql, parameters = window.conditions(now)
    source = f"FROM distribution_message WHERE address_id = %(address)s AND resource_type = %(type)s AND {sql}"
    parameters |= {"address": address, "type": resource_type, "limit": limit, "offset": offset}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, created_at, reason, pack, pack_offset, pack_length {source}"
            " ORDER BY id LIMIT %(limit)s OFFSET %(offset)s",
            parameters,
        )
        messages = [Found(*row) for row in cursor.fetchall()]
        if len(messages) < limit and (messages or not offset):
            return Page(messages, offset + len(messages), end)
        cursor.execute(f"SELECT count(*) {source}", parameters)
        return Page(messages, cursor.fetchone()[0], end)
