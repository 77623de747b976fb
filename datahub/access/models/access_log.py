"""The access log: each read of a customer's data. Source: `1-market.md`, "Who may see what"."""

from django.db import models
from django.db.models import Q

from datahub import market, partitions
from datahub.local_times import minute_in_words
from datahub.parties.models import Party, User


class AccessLog(models.Model):
    """One read of one customer's data at one metering point. Rows are added, never changed; kept for three years.

    The reader is a participant in a role, through a technical user or a person; `ground` is empty for a read of an
    agreement by one of its own parties, for what a supplier that knows customer and point asks before a new supply
    (`agreement/search/meter`), and where a search without a ground gave a customer's EIC alone (`customer/search`).
    `period_from` and `period_to` are set where a period was read. `authorization_id` names the customer's authorization
    on which something was read; the log outlives what it names. The hub's staff look for no participant: of theirs
    `user` alone says who, and there is neither role nor ground.
    """

    id = models.BigAutoField(primary_key=True)
    read_at = models.DateTimeField()
    participant = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    role = models.CharField(max_length=30, choices=market.choices(market.Role), blank=True)
    commodity = models.CharField(max_length=20, choices=market.choices(market.Commodity), blank=True)
    technical_user = models.CharField("technical user", max_length=60, blank=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    service = models.CharField(max_length=60)
    meter_eic = models.CharField("metering point", max_length=16, blank=True)
    customer_eic = models.CharField("customer", max_length=16)
    period_from = models.DateTimeField(null=True, blank=True)
    period_to = models.DateTimeField(null=True, blank=True)
    ground = models.CharField(max_length=20, choices=market.choices(market.SourceType), blank=True)
    authorization_id = models.UUIDField("authorization", null=True, blank=True)

    class Meta:
        db_table = "access_log"
        verbose_name = "access log entry"
        verbose_name_plural = "access log entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(participant__isnull=False)
                | Q(user__isnull=False, role="", commodity="", technical_user="", ground=""),
                name="access_log_reader",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meter_eic or self.customer_eic}, {minute_in_words(self.read_at)}"


ACCESS_LOG = partitions.register(
    partitions.PartitionedTable("access_log", step="month", back=1, ahead=3, keep_days=3 * 366)
)
