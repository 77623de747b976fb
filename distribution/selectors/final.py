"""What of the log is final, kept by process for those who go on from page to page.

A message that stands before the log's end never changes, and none will come between two of them. Who follows the log
asks for a page of it again and again, each time for the next hundred of thousands of ids: these are read from the
database once, a stretch of ids at a time, which costs it a third of what the single pages do. Who asks once, or where
the log still grows, is answered from the database as ever.
"""

import time
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from datetime import datetime, timedelta
from itertools import chain
from threading import Lock

from psycopg.types.numeric import Int8

from datahub.database.prepared import prepared_cursor
from distribution.models import KEPT_DAYS
from distribution.selectors.log import NO_MESSAGES, LogEnd, Messages, Window, days_of_log, is_fresh, time_text

# Ids of a stretch. A window of ten thousand lies in two or three.
STRETCH = 8_192
_MOST_STRETCHES = 3
# Together about 20 MB a process.
_MOST_MESSAGES = 80_000
# How far behind the end of the log that an answer names may lie, if all that was asked for lies before it.
_END_KEPT_SECONDS = 0.1
_MOST_ASKED = 1_000

# Address, type of resource, number of the stretch.
_Key = tuple[int, str, int]


class _Memory:
    """The stretches used last, those asked for last, and the end of the log as it was read last."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.forget()

    def forget(self) -> None:
        """Forget all of it."""
        with self._lock:
            self._stretches: OrderedDict[_Key, tuple[Messages, datetime]] = OrderedDict()
            self._messages = 0
            self._asked: OrderedDict[_Key, datetime] = OrderedDict()
            self._end: tuple[LogEnd, float] | None = None

    def stretch(self, key: _Key, now: datetime) -> Messages | None:
        """Give a stretch that was read in the last seconds."""
        with self._lock:
            known = self._stretches.get(key)
            if known is None or not is_fresh(known[1], now):
                return None
            self._stretches.move_to_end(key)
            return known[0]

    def keep(self, key: _Key, messages: Messages, now: datetime) -> None:
        """Keep a stretch; those not used for longest give way."""
        with self._lock:
            former = self._stretches.pop(key, None)
            self._messages += len(messages.ids) - (len(former[0].ids) if former else 0)
            self._stretches[key] = messages, now
            while self._messages > _MOST_MESSAGES and len(self._stretches) > 1:
                self._messages -= len(self._stretches.popitem(last=False)[1][0].ids)

    def asked_again(self, key: _Key, now: datetime) -> bool:
        """Note that a stretch is asked for; tell whether it was in the last seconds."""
        with self._lock:
            before = self._asked.pop(key, None)
            self._asked[key] = now
            if len(self._asked) > _MOST_ASKED:
                self._asked.popitem(last=False)
            return before is not None and is_fresh(before, now)

    def note_end(self, end: LogEnd) -> None:
        """Note how far the log was complete a moment ago."""
        self._end = end, time.monotonic()

    def end(self) -> LogEnd:
        """Give how far the log is, or a moment ago was, complete."""
        known = self._end
        if known is None or time.monotonic() - known[1] > _END_KEPT_SECONDS:
            with prepared_cursor() as cursor:
                cursor.execute("SELECT last_id, complete_until FROM distribution_log_state")
                self.note_end(LogEnd(*cursor.fetchone()))
        assert self._end is not None  # noqa: S101 - noted just now
        return self._end[0]


memory = _Memory()


def page(
    *, address: int, resource_type: str, window: Window, offset: int, limit: int, now: datetime
) -> tuple[Messages, int, LogEnd] | None:
    """Give the messages of a page, how many the window holds, and how far the log is complete.

    None where the database is to be asked: the window is not one of ids, reaches behind the final stretches or to days
    that may be dropped meanwhile, or nobody is following here.
    """
    if window.id_from is None or window.id_to is None or window.created_from or window.created_to:
        return None
    numbers = range(window.id_from // STRETCH, window.id_to // STRETCH + 1)
    place = days_of_log(now).place_of(window)
    oldest = (now - timedelta(days=KEPT_DAYS)).date()
    if not 0 < len(numbers) <= _MOST_STRETCHES or place.first is None or place.first <= oldest:
        return None
    keys = [(address, resource_type, number) for number in numbers]
    known = [memory.stretch(key, now) for key in keys]
    asked_again = [memory.asked_again(key, now) for key in keys]
    if known[0] is None and not all(asked_again):
        return None
    end = memory.end()
    if (numbers[-1] + 1) * STRETCH > end.highest_id or place.may_miss(end):
        return None
    found = [_read(key, now) if one is None else one for one, key in zip(known, keys, strict=True)]
    return *_cut(found, window.id_from, window.id_to, offset, limit), end


def _cut(found: list[Messages], first: int, last: int, offset: int, limit: int) -> tuple[Messages, int]:
    """Give a page of the messages with the ids [first, last] of stretches that follow each other, and their number."""
    parts: list[Messages] = []
    total = 0
    for one in found:
        begin, end = bisect_left(one.ids, first), bisect_right(one.ids, last)
        start = begin + max(offset - total, 0)
        stop = begin + max(min(offset + limit - total, end - begin), 0)
        if start < stop:
            parts.append(Messages._make(column[start:stop] for column in one))
        total += end - begin
    if len(parts) < 2:
        return (parts[0] if parts else NO_MESSAGES), total
    return Messages._make(tuple(chain.from_iterable(columns)) for columns in zip(*parts, strict=True)), total


def _read(key: _Key, now: datetime) -> Messages:
    address, resource_type, number = key
    stretch = Window(id_from=number * STRETCH, id_to=(number + 1) * STRETCH - 1)
    source, parameters = days_of_log(now).place_of(stretch).source(stretch, now)
    sql = (
        f"SELECT id, {time_text('created_at')}, reason, pack, pack_offset, pack_length FROM {source}"  # noqa: S608
        " AND address_id = %(address)s AND resource_type = %(type)s ORDER BY id"
    )
    with prepared_cursor() as cursor:
        cursor.execute(sql, {**parameters, "address": Int8(address), "type": resource_type})
        rows = cursor.fetchall()
    messages = Messages(*zip(*rows, strict=True)) if rows else NO_MESSAGES
    memory.keep(key, messages, now)
    return messages
