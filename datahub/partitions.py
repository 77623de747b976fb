"""Range partitions by day or month: made ahead of need, dropped when what they hold has been kept long enough.

PostgreSQL cannot make partitions by itself. Each partitioned table is declared once (`register`), in the module of its
model; `make_ahead` is called after migrations, `maintain` every hour; both may run any number of times and at once in
many places. Who runs them need not own the tables (`datahub/migrations/0001_partitions_for_the_application.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from django.db import connection, transaction

from datahub.market_time import add_months

_TABLES: list["PartitionedTable"] = []

# Making and dropping a partition lock the whole table. Behind one who waits for that lock everybody else waits, too:
# rather give way to a long reader (OperationalError) and come again in an hour.
_WAIT_BRIEFLY = "SET LOCAL lock_timeout = '5s'"


@dataclass(frozen=True, slots=True)
class PartitionedTable:
    """A table partitioned by range of a date or timestamptz column.

    `back` and `ahead` count the steps (days or months) before and after today that must exist; `keep_days`, if any, is
    how long a partition is kept after its last day. Bounds are UTC days. `is_needed`, if given, tells whether something
    that still has to be done needs the rows from one day up to, and without, another: then their partition stays.
    """

    table: str
    step: Literal["day", "month"]
    back: int
    ahead: int
    keep_days: int | None
    is_needed: Callable[[date, date], bool] | None = None

    def first_day(self, day: date) -> date:
        """Give the first day of the partition that a day lies in."""
        return day if self.step == "day" else day.replace(day=1)

    def move(self, first_day: date, steps: int) -> date:
        """Give the first day of the partition that many steps on."""
        return first_day + timedelta(days=steps) if self.step == "day" else add_months(first_day, steps)

    def name(self, first_day: date) -> str:
        """Give the name of a partition: the table's and its first day's."""
        return f"{self.table}_{first_day:%Y%m%d}" if self.step == "day" else f"{self.table}_{first_day:%Y%m}"

    def first_day_of(self, name: str) -> date:
        """Give the first day of the partition of a name."""
        digits = name.removeprefix(self.table + "_")
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8] or 1))

    def kept_beyond(self, first_day: date, *, today: date) -> int:
        """Give how many days longer than `keep_days` a partition has been kept; 0 or less while it is to be kept."""
        if self.keep_days is None:
            return 0
        last_day = self.move(first_day, 1) - timedelta(days=1)
        return (today - last_day).days - self.keep_days


def registered() -> Sequence[PartitionedTable]:
    """Give the partitioned tables that were declared."""
    return tuple(_TABLES)


def register(table: PartitionedTable) -> PartitionedTable:
    """Declare a partitioned table to `maintain`."""
    _TABLES.append(table)
    return table


def _existing(cursor: object, table: str) -> set[str]:
    cursor.execute(  # type: ignore[attr-defined]
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass(%s)",
        [table],
    )
    return {row[0] for row in cursor.fetchall()}  # type: ignore[attr-defined]


def ensure(table: PartitionedTable, *, since: date, until: date) -> None:
    """Make the partitions of a table that are missing for the days from `since` to `until`, both inclusive."""
    with transaction.atomic(), connection.cursor() as cursor:
        wanted, first = [], table.first_day(since)
        while first <= until:
            wanted.append(first)
            first = table.move(first, 1)
        missing = [first for first in wanted if table.name(first) not in _existing(cursor, table.table)]
        if not missing:
            return
        cursor.execute(_WAIT_BRIEFLY)
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"partitions of {table.table}"])
        existing = _existing(cursor, table.table)
        for first in missing:
            if table.name(first) not in existing:
                _make(cursor, table, first)


def _owns(cursor: object, table: str) -> bool:
    """Tell whether we are the role that owns a table, or may do what that one may."""
    cursor.execute(  # type: ignore[attr-defined]
        "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass(%s)", [table]
    )
    found = cursor.fetchone()  # type: ignore[attr-defined]
    return found is None or bool(found[0])


def _make(cursor: object, table: PartitionedTable, first: date) -> None:
    """Make a partition; as the application's role by the function that its owner has made for that."""
    if not _owns(cursor, table.table):
        cursor.execute("SELECT datahub_make_partition(%s, %s)", [table.table, first])  # type: ignore[attr-defined]
        return
    # Names and bounds are our own, made of the table's name and dates.
    cursor.execute(  # type: ignore[attr-defined]
        f'CREATE TABLE "{table.name(first)}" PARTITION OF "{table.table}" '
        f"FOR VALUES FROM ('{first}') TO ('{table.move(first, 1)}')"
    )
    like = "SELECT datahub_partition_like_table(%s::regclass, %s::regclass)"
    cursor.execute(like, [table.table, table.name(first)])  # type: ignore[attr-defined]


def _drop(cursor: object, table: PartitionedTable, first: date) -> None:
    """Drop a partition; as the application's role by the function that drops none before its time."""
    if _owns(cursor, table.table):
        cursor.execute(f'DROP TABLE IF EXISTS "{table.name(first)}"')  # type: ignore[attr-defined]
    else:
        cursor.execute("SELECT datahub_drop_partition(%s, %s)", [table.table, first])  # type: ignore[attr-defined]


def write_rules() -> None:
    """Write down, as the owner of the tables, how long the partitions of each are kept at least.

    That is what the application's role is held to, whatever its code says.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if not _owns(cursor, "datahub_partitioned_table"):
            return
        wanted = {(table.table, table.step, table.keep_days) for table in _TABLES}
        cursor.execute("SELECT name, step, keep_days FROM datahub_partitioned_table")
        if set(cursor.fetchall()) == wanted:
            return
        cursor.execute("DELETE FROM datahub_partitioned_table")
        for rule in sorted(wanted):
            cursor.execute("INSERT INTO datahub_partitioned_table (name, step, keep_days) VALUES (%s, %s, %s)", rule)


def drop_expired(table: PartitionedTable, *, today: date) -> list[date]:
    """Drop the partitions that have been kept for `keep_days` and are not needed any more; give their first days."""
    if table.keep_days is None:
        return []
    dropped = []
    with connection.cursor() as cursor:
        for name in sorted(_existing(cursor, table.table)):
            first = table.first_day_of(name)
            following = table.move(first, 1)
            is_old = table.kept_beyond(first, today=today) > 0
            if is_old and not (table.is_needed is not None and table.is_needed(first, following)):
                with transaction.atomic():
                    cursor.execute(_WAIT_BRIEFLY)
                    _drop(cursor, table, first)
                dropped.append(first)
    return dropped


def missing(*, on: date) -> list[str]:
    """Name the tables that have no partition for a day."""
    wanted = {table.name(table.first_day(on)): table.table for table in _TABLES}
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relispartition AND relname = ANY(%s)", [list(wanted)])
        found = {row[0] for row in cursor.fetchall()}
    return [table for name, table in wanted.items() if name not in found]


def make_ahead(*, now: datetime) -> None:
    """Make what will be needed, for every registered table."""
    today = now.astimezone(UTC).date()
    for table in _TABLES:
        first = table.first_day(today)
        ensure(table, since=table.move(first, -table.back), until=table.move(first, table.ahead))


def maintain(*, now: datetime) -> None:
    """Make what will be needed and drop what has been kept long enough, for every registered table."""
    make_ahead(now=now)
    today = now.astimezone(UTC).date()
    for table in _TABLES:
        drop_expired(table, today=today)
