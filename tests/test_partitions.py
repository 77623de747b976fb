"""Partitions are made ahead and dropped when they have been kept long enough, unless something still needs them."""

from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from django.db import IntegrityError, OperationalError, connection

from datahub import partitions
from datahub.outbox import finished
from datahub.outbox.models import Unit
from datahub.partitions import PartitionedTable
from tests.metering import messages, points

pytestmark = pytest.mark.django_db
TODAY = date(2031, 3, 1)


def make(step: str, *, keep_days: int) -> PartitionedTable:
    """Make a partitioned table of its own for a test."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (day timestamptz NOT NULL) PARTITION BY RANGE (day)")
    return PartitionedTable("kept", step=step, back=1, ahead=2, keep_days=keep_days)  # type: ignore[arg-type]


def names(table: PartitionedTable) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass ORDER BY 1", [table.table]
        )
        return [row[0].removeprefix(f"{table.table}_") for row in cursor.fetchall()]


def test_readings_of_a_day_out_of_time_cannot_be_stored() -> None:
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="no partition"):
        cursor.execute("INSERT INTO metering_reading_day VALUES (1, '0001-01-01', '')")


def test_days_are_made_up_to_and_with_the_last_over_the_end_of_a_month() -> None:
    table = make("day", keep_days=7)
    partitions.ensure(table, since=date(2031, 2, 27), until=date(2031, 3, 1))
    partitions.ensure(table, since=date(2031, 2, 28), until=date(2031, 3, 2))
    assert names(table) == ["20310227", "20310228", "20310301", "20310302"]
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO kept VALUES ('2031-02-28T23:59:59.999999Z'), ('2031-03-01T00:00:00Z')")
        cursor.execute("SELECT tableoid::regclass::text FROM kept ORDER BY day")
        assert cursor.fetchall() == [("kept_20310228",), ("kept_20310301",)]


def test_months_are_made_over_the_end_of_a_year() -> None:
    table = make("month", keep_days=31)
    partitions.ensure(table, since=date(2030, 12, 31), until=date(2031, 2, 1))
    assert names(table) == ["203012", "203101", "203102"]


@pytest.mark.parametrize(
    ("step", "keep_days", "since", "dropped"),
    [
        ("day", 7, date(2031, 2, 20), [date(2031, 2, 20), date(2031, 2, 21)]),
        ("month", 31, date(2030, 12, 1), [date(2030, 12, 1)]),
    ],
)
def test_what_has_been_kept_long_enough_is_dropped(step: str, keep_days: int, since: date, dropped: list[date]) -> None:
    table = make(step, keep_days=keep_days)
    partitions.ensure(table, since=since, until=TODAY)
    before = len(names(table))
    assert partitions.drop_expired(table, today=TODAY) == dropped
    assert len(names(table)) == before - len(dropped)
    assert partitions.drop_expired(table, today=TODAY) == []


def test_the_body_of_a_document_that_is_not_told_yet_outlives_its_seven_days() -> None:
    arrived_at = datetime(2031, 2, 1, 23, 59, 59, 999_999, tzinfo=UTC)
    point = points.register()
    Unit.objects.all().delete()
    messages.send(messages.whole_day(point.eic, date(2031, 1, 31)), now=arrived_at)
    unit = Unit.objects.get()
    days = messages.DOCUMENT_BODIES
    dropped = partitions.drop_expired(days, today=TODAY)
    assert arrived_at.date() not in dropped
    assert arrived_at.date() + timedelta(days=1) in dropped
    finished.keep([unit.pk], outcome=finished.TOLD, now=datetime.now(UTC))
    assert arrived_at.date() in partitions.drop_expired(days, today=TODAY)


@pytest.mark.django_db(transaction=True)
def test_a_long_reader_is_given_way_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "_WAIT_BRIEFLY", "SET LOCAL lock_timeout = '50ms'")
    table = make("day", keep_days=7)
    try:
        partitions.ensure(table, since=date(2031, 2, 1), until=date(2031, 2, 1))
        with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as reader:
            reader.execute("SELECT FROM kept")
            with pytest.raises(OperationalError, match="lock timeout"):
                partitions.ensure(table, since=TODAY, until=TODAY)
            with pytest.raises(OperationalError, match="lock timeout"):
                partitions.drop_expired(table, today=TODAY)
        assert names(table) == ["20310201"]
        assert partitions.drop_expired(table, today=TODAY) == [date(2031, 2, 1)]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE kept")
