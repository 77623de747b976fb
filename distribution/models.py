"""The log of messages and what leads up to it. Source: `3-distribution.md`, "Scanning"."""

from django.db import models

from datahub import market, partitions
from datahub.market import ResourceType

KEPT_DAYS = 7


class Address(models.Model):
    """To whom a message goes: a participant in a market role for a commodity. Rows are only ever added."""

    participant_eic = models.CharField("participant EIC", max_length=16)
    role = models.CharField(max_length=30, choices=market.choices(market.Role))
    commodity = models.CharField(max_length=20, choices=market.choices(market.Commodity))

    class Meta:
        db_table = "distribution_address"
        verbose_name_plural = "addresses"
        constraints = [
            models.UniqueConstraint(fields=["participant_eic", "role", "commodity"], name="distribution_address_once")
        ]

    def __str__(self) -> str:
        return f"{self.participant_eic} {self.get_role_display()} {self.get_commodity_display()}"


class MessageFields(models.Model):
    """What a staged and a told message have in common.

    `pack` is the path of the object in the content store that holds the content, `pack_offset` and `pack_length` are
    the bytes of its frame there; `pack` is null where no object was ever named.
    """

    address = models.ForeignKey(Address, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    resource_type = models.CharField(max_length=15, choices=market.choices(ResourceType))
    reason = models.CharField(max_length=60)
    pack = models.CharField(max_length=60, null=True)  # noqa: DJ001 - null says that no object was ever named
    pack_offset = models.IntegerField()
    pack_length = models.IntegerField()

    class Meta:
        abstract = True


class StagedMessage(MessageFields):
    """A message whose unit is worked, waiting for its place in the log. `id` is the order of staging."""

    id = models.BigAutoField(primary_key=True)
    unit_id = models.BigIntegerField()

    class Meta:
        db_table = "distribution_staged_message"
        indexes = [models.Index(fields=["unit_id"], name="distribution_staged_unit")]

    def __str__(self) -> str:
        return f"staged {self.id}"


class Message(MessageFields):
    """A message that can be scanned. Ids have no gaps; they and `created_at` grow in the order of becoming visible.

    Kept for seven days in day partitions. The table's key is (id, created_at), since PostgreSQL wants the partition's
    column in it; `id` is unique alone.
    """

    id = models.BigIntegerField(primary_key=True)
    created_at = models.DateTimeField()
    unit_id = models.BigIntegerField()

    class Meta:
        db_table = "distribution_message"

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.id}"


class LogState(models.Model):
    """The end of the log, one row; who publishes locks it.

    `last_id` is the highest id that was issued. No message will ever be created before `complete_until`. Ids up to
    `reserved_id` are spoken for in the content store too, so that a restored database can tell what was issued;
    `database` names the one in which they were issued, so that a restored database is known as such.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    last_id = models.BigIntegerField()
    complete_until = models.DateTimeField()
    reserved_id = models.BigIntegerField()
    database = models.CharField(max_length=60, default="")

    class Meta:
        db_table = "distribution_log_state"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="distribution_log_state_one_row")]

    def __str__(self) -> str:
        return f"log up to {self.last_id}"


class DailyCount(models.Model):
    """How many messages of a type were told to an address on a local day: of a long log no reader counts them anew.

    Kept by who publishes, in the statement that gives the messages their ids, so that it always equals the log.
    """

    pk = models.CompositePrimaryKey("address_id", "day", "resource_type")
    address = models.ForeignKey(
        Address, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    day = models.DateField()
    resource_type = models.CharField(max_length=15, choices=market.choices(ResourceType))
    messages = models.BigIntegerField()

    class Meta:
        db_table = "distribution_daily_count"

    def __str__(self) -> str:
        return f"{self.messages} on {self.day}"


MESSAGES = partitions.register(
    partitions.PartitionedTable("distribution_message", step="day", back=1, ahead=3, keep_days=KEPT_DAYS)
)
