"""Lanes and units: what was saved and is still to be told, in the order in which it was saved."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from datahub import partitions


class Lane(models.Model):
    """One row for each metering point (or object without a point) that was ever saved.

    Locking it puts the saves at one point in a row. `last_unit` is the id of the last unit saved there, on which the
    next one depends. The row is narrow and half-empty pages are kept, so that its updates stay in place.
    """

    key = models.CharField(max_length=120, primary_key=True)
    last_unit = models.BigIntegerField(default=0)

    class Meta:
        db_table = "outbox_lane"

    def __str__(self) -> str:
        return self.key


class UnitFields(models.Model):
    """What a waiting and a processed unit have in common.

    `id` counts saves: it is the hub's own clock. What a save could know is what units with a smaller id had saved
    (`known_from`/`known_to` of the versions are such ids). `changes` is a list of changes in the order of their telling
    (`datahub.outbox.changes.Change`). `depends_on` are the units saved just before at the same lanes.
    """

    id = models.BigIntegerField(primary_key=True)
    sender_eic = models.CharField(max_length=16, blank=True)
    saved_at = models.DateTimeField()
    lanes = ArrayField(models.CharField(max_length=120))
    changes = models.JSONField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.id}"


class Unit(UnitFields):
    """What one save did at one metering point, or without a point to one object: worked and told together.

    A row stands here while it waits. `known_at` is the id whose knowledge counts; it differs from `id` only where a
    unit of many points was split. After too many failures `set_aside_at` is set and staff decide.
    """

    depends_on = ArrayField(models.BigIntegerField(), default=list)
    known_at = models.BigIntegerField()
    attempts = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    set_aside_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "outbox_unit"
        indexes = [
            models.Index(
                fields=["set_aside_at"], name="outbox_unit_set_aside", condition=models.Q(set_aside_at__isnull=False)
            )
        ]


class ProcessedUnit(UnitFields):
    """A unit that was told (or dropped by staff), kept for seven days in day partitions.

    The table's key is (id, processed_at), since PostgreSQL wants the partition's column in it; `id` is unique alone.
    """

    processed_at = models.DateTimeField()
    outcome = models.CharField(max_length=20)

    class Meta:
        db_table = "outbox_processed_unit"


PROCESSED_UNITS = partitions.register(
    partitions.PartitionedTable("outbox_processed_unit", step="day", back=1, ahead=14, keep_days=7)
)
