"""Stored days of readings: reading them by point and day, writing many at once."""

import struct
from collections.abc import Iterable, Sequence
from datetime import date

from django.db import connection

from datahub.database.arrays import array

_COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_COPY_TAIL = struct.pack(">h", -1)
# Three fields: a bigint, a date (days since 2000), the packed day.
_ROW = struct.Struct(">hiqiii")
_DATE_ORIGIN = date(2000, 1, 1).toordinal()

_STAGE = (
    "CREATE TEMPORARY TABLE IF NOT EXISTS metering_reading_stage (point_id bigint, day date, data bytea)"
    " ON COMMIT DELETE ROWS"
)
_MERGE = (
    "INSERT INTO metering_reading_day (point_id, day, data)"
    " SELECT point_id, day, data FROM metering_reading_stage ORDER BY point_id, day"
    " ON CONFLICT (point_id, day) DO UPDATE SET data = excluded.data"
)


def read_days(keys: Sequence[tuple[int, date]]) -> dict[tuple[int, date], bytes]:
    """Give the stored ones of the packed days of these points and dates."""
    if not keys:
        return {}
    days = [day for _, day in keys]
    with connection.cursor() as cursor:
        # The bounds let the planner look into the months that matter alone.
        cursor.execute(
            "SELECT r.point_id, r.day, r.data FROM unnest(%s::bigint[], %s::date[]) k (point_id, day)"
            " JOIN metering_reading_day r ON r.point_id = k.point_id AND r.day = k.day"
            " WHERE r.day BETWEEN %s AND %s",
            [array(point for point, _ in keys), array(day.isoformat() for day in days), min(days), max(days)],
        )
        return {(point, day): bytes(data) for point, day, data in cursor.fetchall()}


def write_days(days: Iterable[tuple[int, date, bytes]]) -> None:
    """Store packed days, instead of those that stand. Must run in a transaction, at the points' locked lanes."""
    rows = []
    for point, day, data in days:
        rows.append(_ROW.pack(3, 8, point, 4, day.toordinal() - _DATE_ORIGIN, len(data)))
        rows.append(data)
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy("COPY metering_reading_stage FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(b"".join([_COPY_HEAD, *rows, _COPY_TAIL]))
        cursor.execute(_MERGE)
        cursor.execute("DELETE FROM metering_reading_stage")


def read_heads(point_id: int, first: date, last: date) -> list[tuple[date, bytes]]:
    """Give the heads (`packing.read_head`) of a point's days from `first` to `last`, both inclusive, by day."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT day, substr(data, 1, 8) FROM metering_reading_day"
            " WHERE point_id = %s AND day BETWEEN %s AND %s ORDER BY day",
            [point_id, first, last],
        )
        return [(day, bytes(head)) for day, head in cursor.fetchall()]


def read_ends(point_id: int, spans: Sequence[tuple[date, date]]) -> list[date]:
    """Give the first and the last of a point's stored days of each span of dates, both inclusive, that has any."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(r.day), max(r.day) FROM unnest(%s::date[], %s::date[]) k (first, last)"
            " JOIN metering_reading_day r ON r.point_id = %s AND r.day BETWEEN k.first AND k.last"
            " WHERE r.day BETWEEN %s AND %s GROUP BY k.first, k.last",
            [
                [first for first, _ in spans],
                [last for _, last in spans],
                point_id,
                min(first for first, _ in spans),
                max(last for _, last in spans),
            ],
        )
        return [day for ends in cursor.fetchall() for day in ends]


def read_point(point_id: int, first: date, last: date) -> list[tuple[date, bytes]]:
    """Give a point's packed days from `first` to `last`, both inclusive, by day."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT day, data FROM metering_reading_day WHERE point_id = %s AND day BETWEEN %s AND %s ORDER BY day",
            [point_id, first, last],
        )
        return [(day, bytes(data)) for day, data in cursor.fetchall()]
