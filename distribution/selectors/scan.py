"""Scanning: the messages to one address in a window of ids or times. Source: `3-distribution.md`, "Scanning"."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from distribution.models import KEPT_DAYS


class LogEnd(NamedTuple):
    """How far the log is complete: no message with an id up to `highest_id`, or created before `complete_until`, can
    still appear."""

    highest_id: int
    complete_until: datetime


class Found(NamedTuple):
    """A message as it stands in the log: `created_time` as it stands in answers, `pack` None if none was ever named."""

    id: int
    created_time: str
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
    """One page of messages by id, how many there are in the window, and how far the log is complete.

    Nothing behind that end is in the page: who goes on behind it gets nothing twice.
    """

    messages: Sequence[Found]
    total: int
    end: LogEnd


@dataclass(frozen=True, slots=True)
class _Log:
    """What a scan must know of the log before it looks into it; `address` is None if nothing was ever told there."""

    end: LogEnd
    address: int | None
    days: Sequence[date]
    first_ids: Sequence[int]

    def days_of(self, window: Window) -> tuple[datetime, datetime] | None:
        """Give the time in which a window's ids were given out, to look into those days' partitions alone.

        None where the log cannot tell. Ids of the end of a day may carry a time that lies in the next.
        """
        if window.id_from is None or window.id_to is None or not self.days:
            return None
        first, last = bisect_right(self.first_ids, window.id_from), bisect_right(self.first_ids, window.id_to)
        if first == 0:
            return None
        until = self.days[last - 1] + timedelta(days=1)
        return _midnight(self.days[first - 1]), _midnight(until) + _OVERHANG


_CREATED_TIME = """to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
# How far the times of one batch of ids can reach: a microsecond each.
_OVERHANG = timedelta(minutes=1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _log(participant_eic: str, role: str, commodity: str) -> _Log:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT last_id, complete_until, (SELECT id FROM distribution_address"
            " WHERE participant_eic = %s AND role = %s AND commodity = %s),"
            " ARRAY(SELECT day FROM distribution_log_day ORDER BY day),"
            " ARRAY(SELECT first_id FROM distribution_log_day ORDER BY day) FROM distribution_log_state",
            [participant_eic, role, commodity],
        )
        highest_id, complete_until, address, days, first_ids = cursor.fetchone()
    return _Log(LogEnd(highest_id, complete_until), address, days, first_ids)


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
    # The end of the log is read before the page: whatever it promises is then in the page's view of the log. What
    # appeared in between is left for the next scan, which goes on behind this end.
    log = _log(participant_eic, role, commodity)
    if log.address is None:
        return Page([], 0, log.end)
    sql, parameters = window.conditions(now)
    days = log.days_of(window)
    if days is not None:
        sql += " AND created_at >= %(day_from)s AND created_at < %(day_to)s"
        parameters |= {"day_from": days[0], "day_to": days[1]}
    sql += " AND id <= %(end)s"
    source = f"FROM distribution_message WHERE address_id = %(address)s AND resource_type = %(type)s AND {sql}"
    parameters |= {
        "address": log.address,
        "type": resource_type,
        "end": log.end.highest_id,
        "limit": limit,
        "offset": offset,
    }
    with connection.cursor() as cursor:
        # The database writes the times: making objects of them only to write them costs a page as much as its query.
        cursor.execute(
            f"SELECT (SELECT count(*) {source}), id, {_CREATED_TIME}, reason, pack, pack_offset, pack_length {source}"
            " ORDER BY id LIMIT %(limit)s OFFSET %(offset)s",
            parameters,
        )
        rows = cursor.fetchall()
        if rows or not offset:
            return Page([Found(*row[1:]) for row in rows], rows[0][0] if rows else 0, log.end)
        cursor.execute(f"SELECT count(*) {source}", parameters)
        return Page([], cursor.fetchone()[0], log.end)
