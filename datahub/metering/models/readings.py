"""Readings by point and day, and the documents that brought them. Source: `1-market.md`, "Readings"."""

from datetime import date

from django.db import connection, models

from datahub import market, partitions
from datahub.local_times import minute_in_words
from datahub.metering.models.point import MeteringPoint
from datahub.parties.models import Party


class ReadingDay(models.Model):
    """All readings of one metering point on one local (gas) day, packed (`datahub.metering.readings.packing`).

    Kept in monthly partitions. `day` is the date on which the local or gas day begins.
    """

    pk = models.CompositePrimaryKey("point_id", "day")
    point = models.ForeignKey(MeteringPoint, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    day = models.DateField()
    data = models.BinaryField()

    class Meta:
        db_table = "metering_reading_day"

    def __str__(self) -> str:
        return f"{self.point_id} {self.day}"


class PointReadings(MeteringPoint):
    """A metering point as staff look at its readings, with a permission of its own.

    The admin shows no model of `ReadingDay`: its key is of two columns.
    """

    class Meta:
        proxy = True
        verbose_name = "readings of a metering point"
        verbose_name_plural = "readings of metering points"


class MeterDataDocument(models.Model):
    """A message of readings that was accepted: its state and, once worked on, its faults. Kept for 90 days.

    While it is PROCESSING it waits for a worker, after a failure until `not_before`; `attempts` counts how often one
    began. `identification` is the request's `x-document-identification`; `faults` a list of {meterEic, pS, code,
    message}.
    """

    id = models.BigAutoField(primary_key=True)
    received_at = models.DateTimeField()
    identification = models.UUIDField()
    sender = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    sender_role = models.CharField(max_length=30, choices=market.choices(market.Role))
    commodity = models.CharField(max_length=20, choices=market.choices(market.Commodity))
    status = models.CharField(max_length=12, choices=market.choices(market.DocumentStatus))
    body_bytes = models.PositiveIntegerField()
    attempts = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    status_message = models.TextField(blank=True)
    faults = models.JSONField(default=list)

    class Meta:
        db_table = "metering_document"

    def __str__(self) -> str:
        return f"{self.sender.name}, {minute_in_words(self.received_at)}"


class DocumentBody(models.Model):
    """A message of readings as it came, compressed with zstd. Kept for seven days, and until it is told."""

    document_id = models.BigIntegerField(primary_key=True)
    received_at = models.DateTimeField()
    body = models.BinaryField()

    class Meta:
        db_table = "metering_document_body"

    def __str__(self) -> str:
        return str(self.document_id)


def _wait_to_be_told(first: date, until: date) -> bool:
    """Tell whether units that wait need the bodies of documents that arrived on some UTC days."""
    with connection.cursor() as cursor:
        # Moments of arrival stand in changes as text in one form, which sorts as they do.
        cursor.execute(
            "SELECT EXISTS (SELECT FROM (SELECT jsonb_path_query(changes,"
            """ '$[*] ? (@.resource_type == "METERING_DATA").after.received_at') #>> '{}' COLLATE "C" AS arrived"""
            " FROM outbox_unit) waiting WHERE arrived >= %s AND arrived < %s)",
            [first.isoformat(), until.isoformat()],
        )
        return bool(cursor.fetchone()[0])


READING_DAYS = partitions.register(
    partitions.PartitionedTable("metering_reading_day", step="month", back=13, ahead=3, keep_days=7 * 366)
)
DOCUMENTS = partitions.register(
    partitions.PartitionedTable("metering_document", step="day", back=1, ahead=14, keep_days=90)
)
DOCUMENT_BODIES = partitions.register(
    partitions.PartitionedTable(
        "metering_document_body", step="day", back=1, ahead=14, keep_days=7, is_needed=_wait_to_be_told
    )
)
