"""Publishing: staged messages get their place in the log, without gaps and in the order in which they become visible.

One row (`distribution_log_state`) is locked while ids are given out, so that a message becomes visible only when every
message before it is visible. Source: `3-distribution.md`, "A scanner never misses a message".
"""

import contextlib
import logging
from typing import Any

from django.db import connection, transaction

from distribution import store

logger = logging.getLogger(__name__)

# So many staged messages are moved at once; a unit is never cut, so that it appears as a whole.
BATCH = 5_000
# Ids are reserved in the store in blocks, so that a database restored from a backup can tell what was issued.
RESERVED_BLOCK = 1_000_000
RESERVATION_PATH = "reserved-ids"

# Names the database in which ids are given out: its cluster, its timeline, and the table that holds the log's end. One
# that was restored from a dump, or to a point in time, differs in one of them.
_DATABASE = """
(SELECT system_identifier FROM pg_control_system()) || ':' || left(pg_walfile_name(pg_current_wal_lsn()), 8)
|| ':' || 'distribution_log_state'::regclass::oid
"""

_BEGIN = f"""
INSERT INTO distribution_log_state (id, last_id, complete_until, reserved_id, database)
VALUES (1, 0, clock_timestamp(), 0, {_DATABASE}) ON CONFLICT DO NOTHING
"""  # noqa: S608 - our own text

_MOVE = """
WITH start AS MATERIALIZED (
    SELECT greatest(complete_until, clock_timestamp()) AS at, last_id FROM distribution_log_state
), units AS MATERIALIZED (
    SELECT DISTINCT unit_id FROM (SELECT unit_id FROM distribution_staged_message ORDER BY id LIMIT %(batch)s) AS first
), moved AS (
    DELETE FROM distribution_staged_message s USING units u WHERE s.unit_id = u.unit_id RETURNING s.*
), numbered AS (
    SELECT moved.*, row_number() OVER (ORDER BY id) AS place FROM moved
), told AS (
    INSERT INTO distribution_message
        (id, created_at, unit_id, address_id, resource_type, reason, pack, pack_offset, pack_length)
    SELECT last_id + place, at + (place - 1) * interval '1 microsecond', unit_id, address_id, resource_type, reason,
           pack, pack_offset, pack_length
    FROM numbered, start ORDER BY place RETURNING address_id, resource_type, created_at
), by_day AS (
    INSERT INTO distribution_daily_count AS c (address_id, day, resource_type, messages)
    SELECT address_id, (created_at AT TIME ZONE 'Europe/Tallinn')::date AS day, resource_type, count(*)
    FROM told GROUP BY address_id, day, resource_type
    ON CONFLICT (address_id, day, resource_type) DO UPDATE SET messages = c.messages + excluded.messages
), counted AS (
    SELECT count(*) AS messages FROM told
)
UPDATE distribution_log_state s
SET last_id = s.last_id + messages, complete_until = at + messages * interval '1 microsecond'
FROM start, counted RETURNING messages, s.last_id, s.reserved_id
"""


def begin_log() -> None:
    """Begin the log if there is none: the one row that says where it ends."""
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN)


def _reserve(last_id: int, reserved_id: int) -> int:
    """Speak for more ids in the store before any of them can be seen; raises StoreUnavailable."""
    # The store may know of more than the database does, if the database was restored.
    until = max(last_id, reserved_id, reserved_in_store()) + RESERVED_BLOCK
    store.replace(RESERVATION_PATH, str(until).encode())
    return until


def reserved_in_store() -> int:
    """Give the highest id that the store knows to be spoken for, 0 if it knows of none; raises StoreUnavailable."""
    with contextlib.suppress(FileNotFoundError):
        return int(store.get(RESERVATION_PATH))
    return 0


def publish_batch(*, batch: int = BATCH) -> int:
    """Move the first staged messages, whole units of them, into the log; give how many.

    Raises StoreUnavailable if ids are to be reserved and the store is away, or if the database was restored from a
    backup and the store cannot say which ids were issued since: then nothing is published.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM distribution_staged_message)")
        if not cursor.fetchone()[0]:
            return 0
    with transaction.atomic(), connection.cursor() as cursor:
        # Only with the lock held is the clock read and what is staged looked at: by a statement of its own.
        cursor.execute(f"SELECT database = {_DATABASE} FROM distribution_log_state FOR UPDATE")  # noqa: S608
        if not cursor.fetchone()[0]:
            logger.warning("this database was restored: the next message gets the id %s", _lift(cursor) + 1)
        cursor.execute(_MOVE, {"batch": batch})
        moved, last_id, reserved_id = cursor.fetchone()
        if last_id > reserved_id:
            cursor.execute("UPDATE distribution_log_state SET reserved_id = %s", [_reserve(last_id, reserved_id)])
    return int(moved)


def publish() -> int:
    """Publish all that is staged, in bounded batches; give how many messages."""
    published = 0
    while moved := publish_batch():
        published += moved
        if moved < BATCH:
            break
    return published


def close_time_windows() -> None:
    """Say that no message will be created before now, so that windows of time become final while nothing is saved."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT FROM distribution_log_state FOR UPDATE")
        cursor.execute("UPDATE distribution_log_state SET complete_until = greatest(complete_until, clock_timestamp())")


def lift_ids(*, past: int | None = None) -> int:
    """Lift the next id past any that was ever issued, after the database was restored from a backup; give the last id.

    What was issued is known from the store, where ids are reserved before they are given out; publishing does the same
    by itself where it sees that it is in another database. `past` is needed where the store was lost too: any id that
    is not below those that clients have seen. Raises StoreUnavailable.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT FROM distribution_log_state FOR UPDATE")
        return _lift(cursor, past=past or 0)


def _lift(cursor: Any, *, past: int = 0) -> int:
    """Lift the next id with the log's row locked, and take the database for the one that gives out ids from now on."""
    cursor.execute(
        f"UPDATE distribution_log_state SET database = {_DATABASE},"  # noqa: S608
        " last_id = greatest(last_id, reserved_id, %(known)s), reserved_id = greatest(last_id, reserved_id, %(known)s)"
        " RETURNING last_id",
        {"known": max(reserved_in_store(), past)},
    )
    return int(cursor.fetchone()[0])
