"""Network bills, every version of them. Source: `1-market.md`, "Network bills", "Kept for"."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from datahub import market, partitions
from datahub.bills.rules import MONTHS_BACK
from datahub.local_times import minute_in_words
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party


class NetworkBillQuerySet(models.QuerySet["NetworkBill"]):
    """Filters for network bills."""

    def standing(self) -> "NetworkBillQuerySet":
        """Keep what no correction has replaced."""
        return self.filter(replaced_at__isnull=True)


class NetworkBill(models.Model):
    """One version of the bill of a metering point for a period; the one without `replaced_at` stands.

    `body` is the bill as JSON text, in the form in which it is answered and told: its quantities stay as they were
    sent. Kept in partitions by the month (UTC) of `period_start`, so that all versions of a bill lie in one.
    """

    id = models.BigAutoField(primary_key=True)
    point = models.ForeignKey(MeteringPoint, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    calculated_at = models.DateTimeField("calculation timestamp")
    directions = ArrayField(models.CharField(max_length=3, choices=market.choices(market.Direction)))
    body = models.TextField()
    version = models.PositiveIntegerField(default=1)
    sender = models.ForeignKey(Party, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    saved_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)

    objects = NetworkBillQuerySet.as_manager()

    class Meta:
        db_table = "network_bill"
        constraints = [
            models.UniqueConstraint(
                fields=["point", "period_start", "period_end"],
                condition=Q(replaced_at__isnull=True),
                name="network_bill_one_stands",
            ),
            models.UniqueConstraint(
                fields=["point", "period_start", "period_end", "version"], name="network_bill_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.point.eic}, {minute_in_words(self.period_start)} – {minute_in_words(self.period_end)}"


NETWORK_BILLS = partitions.register(
    partitions.PartitionedTable("network_bill", step="month", back=MONTHS_BACK, ahead=3, keep_days=7 * 366)
)
