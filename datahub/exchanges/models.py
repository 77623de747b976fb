"""Fields, history and clock of what suppliers and operators write to each other. Source: `4-exchanges.md`."""

import uuid
from datetime import datetime
from typing import Self, TypeVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import connection, models
from django.db.models import F, Q
from django.db.models.functions import Upper

from datahub import market
from datahub.exchanges.rules import Side, side_in
from datahub.local_times import minute_in_words
from datahub.parties.models import Party, User

Row = TypeVar("Row", bound="Exchange")


class Clock(models.Model):
    """The last instant that was given to a save of one kind of exchange."""

    name = models.CharField(max_length=30, primary_key=True)
    last = models.DateTimeField()

    class Meta:
        db_table = "exchanges_clock"

    def __str__(self) -> str:
        return f"{self.name} {self.last:%Y-%m-%d %H:%M:%S.%f}"


def next_instant(name: str, *, now: datetime) -> datetime:
    """Give the instant of a save: now, or just after the last one given; no two saves of a kind have the same.

    The clock stays locked until the save commits, so that instants grow in the order in which saves can be seen: who
    scans behind the last one it has seen misses none. To be asked for last, right before what is saved is written: all
    saves of the kind wait for each other from here on.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO exchanges_clock AS c (name, last) VALUES (%s, %s) ON CONFLICT (name)"
            " DO UPDATE SET last = greatest(excluded.last, c.last + interval '1 microsecond') RETURNING last",
            [name, now],
        )
        last: datetime = cursor.fetchone()[0]
    return last


class ExchangeQuerySet(models.QuerySet[Row]):
    """Filters for exchanges."""

    def of(self, participant: Party, role: str, commodity: str) -> Self:
        """Keep what a participant sent or received in a role and commodity; in other roles it has none."""
        match side_in(market.Role(role)):
            case Side.SENDER:
                return self.filter(sender=participant, commodity=commodity)
            case Side.RECEIVER:
                return self.filter(receiver=participant, commodity=commodity)
        return self.none()

    def saved_by_other_side(self, role: str, since: datetime) -> Self:
        """Keep, of what a participant has in a role (`of`), what the other side made or changed after an instant.

        In the order of these saves.
        """
        stamp = "response_changed_at" if side_in(market.Role(role)) is Side.SENDER else "request_changed_at"
        return self.filter(**{f"{stamp}__gt": since}).order_by(stamp)


class Exchange(models.Model):
    """What a supplier asked an operator about a customer at a metering point, with the operator's one answer.

    Point and customer are codes as the supplier wrote them: that they stand here says nothing of whether they exist.
    `request_changed_at` and `response_changed_at` are when each side last saved, `changed_at` is the later of the two;
    all are instants of the clock (`next_instant`). The response has an id of its own, and one answer is all there is.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    response_id = models.UUIDField(null=True, blank=True, unique=True, editable=False)
    commodity = models.CharField(max_length=20, choices=market.choices(market.Commodity))
    sender = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+", db_index=False)
    receiver = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+", db_index=False)
    meter_eic = models.CharField("metering point", max_length=16)
    customer_eic = models.CharField("customer", max_length=16)
    request_comment = models.TextField(blank=True)
    response_comment = models.TextField(blank=True)
    created_at = models.DateTimeField()
    request_changed_at = models.DateTimeField()
    response_changed_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(unique=True)

    # Made by Django of the two parties.
    sender_id: int
    receiver_id: int

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.meter_eic}, {minute_in_words(self.created_at)}"

    @property
    def is_answered(self) -> bool:
        """Tell whether the operator has answered."""
        return self.response_id is not None

    def saved_by_other_side_at(self, role: str) -> datetime:
        """Tell when the other side of who acts in a role saved last; of one not answered yet, when it was asked."""
        answered_at = self.response_changed_at if side_in(market.Role(role)) is Side.SENDER else None
        return answered_at or self.request_changed_at


def exchange_constraints(table: str) -> list[models.BaseConstraint]:
    """Give what must hold in the table of every kind of exchange."""
    answered = Q(response_id__isnull=False, response_changed_at__isnull=False)
    unanswered = Q(response_id__isnull=True, response_changed_at__isnull=True)
    return [
        models.CheckConstraint(condition=answered | unanswered, name=f"{table}_answered"),
        models.CheckConstraint(
            condition=Q(changed_at=F("request_changed_at")) | Q(changed_at=F("response_changed_at")),
            name=f"{table}_changed_at",
        ),
    ]


def exchange_indexes(table: str, *listed_by: str) -> list[models.Index]:
    """Give the indexes of every kind of exchange: each side's scan and list, by point, by customer, by comments.

    `listed_by` are fields beside the key that stand in the indexes of lists, for conditions that few rows are picked
    by. Names are at most 30 characters, so that of the table at most 12.
    """
    return [
        models.Index(fields=["receiver", "commodity", "request_changed_at"], name=f"{table}_to_scan"),
        models.Index(
            fields=["sender", "commodity", "response_changed_at"],
            name=f"{table}_answers_to_scan",
            condition=Q(response_changed_at__isnull=False),
        ),
        # With the key, so that pages and counts are read from the index alone.
        models.Index(
            fields=["receiver", "commodity", "-changed_at"], include=["id", *listed_by], name=f"{table}_received"
        ),
        models.Index(fields=["sender", "commodity", "-changed_at"], include=["id", *listed_by], name=f"{table}_sent"),
        models.Index(fields=["meter_eic", "-changed_at"], name=f"{table}_by_point"),
        models.Index(fields=["customer_eic", "-changed_at"], name=f"{table}_by_customer"),
        # For parts of the text.
        GinIndex(OpClass(Upper("request_comment"), name="gin_trgm_ops"), name=f"{table}_by_request_text"),
        GinIndex(OpClass(Upper("response_comment"), name="gin_trgm_ops"), name=f"{table}_by_answer_text"),
    ]


class Step(models.Model):
    """One save of one side, kept as the exchange's history: who, when, what changed.

    `changes` has, by field, the value before and after (`rules.changed`). The exchange itself is named by the table of
    its kind.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    side = models.CharField(max_length=10, choices=market.choices(Side))
    technical_user = models.CharField("technical user", max_length=60, blank=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    changes = models.JSONField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.get_side_display()}, {minute_in_words(self.at)}"
