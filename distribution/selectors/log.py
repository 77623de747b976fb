"""The log of messages: where in it lies what somebody asks for. Source: `3-distribution.md`, "Scanning"."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from psycopg.types.numeric import Int8

from distribution.models import KEPT_DAYS, MESSAGES


class LogEnd(NamedTuple):
    """How far the log is complete: no message with an id up to `highest_id`, or created before `complete_until`, can
    still appear."""

    highest_id: int
    complete_until: datetime


class Messages(NamedTuple):
    """Messages as they stand in the log, column by column, since an object for each would cost a page more than its
    query: `created_times` as they stand in answers; of the contents the `packs` (None if none was ever named) and where
    they lie in them.
    """

    ids: Sequence[int]
    created_times: Sequence[str]
    reasons: Sequence[str]
    packs: Sequence[str | None]
    offsets: Sequence[int]
    lengths: Sequence[int]


NO_MESSAGES = Messages((), (), (), (), (), ())


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
            wanted |= {"id_from": Int8(self.id_from), "id_to": Int8(self.id_to)}
        return sql, wanted


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Days:
    """At which id each of the log's days begins, exactly: ids and times grow together. Read at `read_at`."""

    days: Sequence[date]
    first_ids: Sequence[int]
    read_at: datetime

    def place_of(self, window: Window) -> "Place":
        """Give where the messages of a window of ids lie."""
        if window.id_from is None or window.id_to is None:
            return EVERYWHERE
        first, last = bisect_right(self.first_ids, window.id_from), bisect_right(self.first_ids, window.id_to)
        if first == 0:
            return EVERYWHERE
        return Place(self.days[first - 1], self.days[last - 1], last == len(self.days))


class Place(NamedTuple):
    """The days in whose partitions messages lie, both inclusive; `is_last` if no later day was known."""

    first: date | None
    last: date | None
    is_last: bool

    def source(self, window: Window, now: datetime) -> tuple[str, dict[str, Any]]:
        """Give the table and the condition on it with its parameters.

        A day of its own is looked up in its partition by name: half of a scan's time in the database would else go
        into the choice among partitions. A named one is not yet so old that it may be dropped meanwhile.
        """
        condition, parameters = window.conditions(now)
        if self.first is None or self.last is None:
            return f"{MESSAGES.table} WHERE {condition}", parameters
        oldest = (now - timedelta(days=KEPT_DAYS)).date()
        if self.first == self.last and self.first > oldest:
            if window.created_from is None and window.created_to is None:
                del parameters["since"]
                condition = "id BETWEEN %(id_from)s AND %(id_to)s"
            return f"{MESSAGES.name(self.first)} WHERE {condition}", parameters
        condition += " AND created_at >= %(day_from)s"
        parameters["day_from"] = _midnight(self.first)
        if not self.is_last:
            condition += " AND created_at < %(day_to)s"
            parameters["day_to"] = _midnight(self.last + timedelta(days=1))
        return f"{MESSAGES.table} WHERE {condition}", parameters

    def may_miss(self, end: LogEnd) -> bool:
        """Tell whether the log had gone on into a day behind the last one known."""
        return self.is_last and self.last is not None and end.complete_until > _midnight(self.last + timedelta(days=1))


EVERYWHERE = Place(None, None, False)


def time_text(column: str) -> str:
    """Give the SQL that writes an instant as it stands in answers: an object made only to be written costs a page more
    than its query."""
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


class _Memory:
    """What stays as it was written, by process: at which ids days began, and the ids of addresses.

    Kept for some seconds only, so that a process outlives that its database is replaced by a backup.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Forget all of it."""
        self.days: Days | None = None
        self.addresses: dict[tuple[str, str, str], tuple[int, datetime]] = {}


memory = _Memory()
KEPT = timedelta(seconds=10)
_ADDRESSES_KEPT = 10_000


def is_fresh(read_at: datetime, now: datetime) -> bool:
    return timedelta(0) <= now - read_at < KEPT


def days_of_log(now: datetime) -> Days:
    known = memory.days
    if known is not None and is_fresh(known.read_at, now):
        return known
    days = [now.date() + timedelta(days=back) for back in range(-KEPT_DAYS, 2)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT day, (SELECT id FROM distribution_message WHERE created_at >= day ORDER BY created_at, id LIMIT 1)"
            " FROM unnest(%s::timestamptz[]) AS day ORDER BY day",
            [[_midnight(day) for day in days]],
        )
        rows = [(day.date(), first_id) for day, first_id in cursor.fetchall() if first_id is not None]
    memory.days = known = Days([day for day, _ in rows], [first_id for _, first_id in rows], now)
    return known


def address_of(key: tuple[str, str, str], now: datetime) -> int | LogEnd:
    """Give the id of an address; if nothing was ever told there, how far the log is complete without it."""
    known = memory.addresses.get(key)
    if known is not None and is_fresh(known[1], now):
        return known[0]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT last_id, complete_until, (SELECT id FROM distribution_address"
            " WHERE participant_eic = %s AND role = %s AND commodity = %s) FROM distribution_log_state",
            key,
        )
        highest_id, complete_until, address = cursor.fetchone()
    if address is None:
        return LogEnd(highest_id, complete_until)
    if len(memory.addresses) >= _ADDRESSES_KEPT:
        memory.addresses.clear()
    memory.addresses[key] = address, now
    return int(address)
