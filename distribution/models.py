"""The log of messages and what leads up to it; the log of whose data was told to whom.

Source: `3-distribution.md`, "Scanning"; `1-market.md`, "Who may see what".
"""

from django.db import models

from datahub import market, partitions
from datahub.market import ResourceType, SourceType
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party

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


class Entitlement(models.Model):
    """To whom something of a kind is told, on which ground. Rows are only ever added.

    It stands apart from the log so that a row there takes a third less room. `authorization_id` names the customer's
    authorization whose own message is told; it outlives what it names.
    """

    id = models.AutoField(primary_key=True)
    address = models.ForeignKey(
        Address, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    resource_type = models.CharField(max_length=15, choices=market.choices(ResourceType))
    ground = models.CharField(max_length=20, choices=market.choices(SourceType))
    authorization_id = models.UUIDField("authorization", null=True, blank=True)

    class Meta:
        db_table = "distribution_entitlement"
        constraints = [
            models.UniqueConstraint(
                fields=["address", "authorization_id", "resource_type", "ground"],
                name="distribution_entitlement_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.address_id} {self.resource_type} {self.ground}"


class ToldOfCustomer(models.Model):
    """What was told of a customer on a local day: so many messages to a recipient, of a kind, of a point, on a ground.

    `point` is null for what is of no point: a customer's own data. `covers_from` and `covers_to` are the least start
    and the greatest end of the customer's time of which readings or bills told; null for other kinds. Kept for three
    years; counts grow and times widen, and nothing else is ever changed. Written by who tells, in the transaction that
    stages the messages.

    The table's key is (customer, day, entitlement, point), of which nulls are alike; Django takes no null into one.
    """

    pk = models.CompositePrimaryKey("customer_id", "day", "entitlement_id")
    customer = models.ForeignKey(Party, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    day = models.DateField()
    entitlement = models.ForeignKey(
        Entitlement, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    point = models.ForeignKey(
        MeteringPoint, on_delete=models.PROTECT, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    messages = models.IntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    covers_from = models.DateTimeField(null=True)
    covers_to = models.DateTimeField(null=True)

    class Meta:
        db_table = "distribution_told"
        verbose_name = "telling of a customer's data"
        verbose_name_plural = "tellings of customers' data"

    def __str__(self) -> str:
        return f"{self.messages} on {self.day}"


TOLD_OF_CUSTOMERS = partitions.register(
    partitions.PartitionedTable("distribution_told", step="month", back=1, ahead=3, keep_days=3 * 366)
)

MESSAGES = partitions.register(
    partitions.PartitionedTable("distribution_message", step="day", back=1, ahead=3, keep_days=KEPT_DAYS)
)
