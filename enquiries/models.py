"""Enquiries with their answers, their history and their reading marks. Source: `4-exchanges.md`."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q

from datahub import market
from datahub.exchanges.models import Exchange, ExchangeQuerySet, Step, exchange_constraints, exchange_indexes
from datahub.exchanges.rules import Side
from datahub.local_times import minute_in_words
from enquiries import rules
from enquiries.rules import Content, Reference, ReferenceType, Status, Topic


class EnquiryQuerySet(ExchangeQuerySet["Enquiry"]):
    """Filters for enquiries."""

    def ended_before(self, instant: datetime) -> Self:
        """Keep those that were closed or cancelled before an instant."""
        return self.exclude(request_status=Status.OPEN).filter(changed_at__lt=instant)


class Enquiry(Exchange):
    """A supplier's enquiry with the operator's answer, if there is one.

    `request_status` is the one status of both. Once it is no longer OPEN nothing more is saved, so that `changed_at` is
    when the enquiry ended. `unread_by` is the side that has not opened a page of it since the other one saved last, if
    there is one: a save makes it unread for the other side, and who saves has read it. What systems fetch, and what
    lists show, has not been read by anybody.
    """

    topic = models.CharField(max_length=20, choices=market.choices(Topic))
    reference_type = models.CharField(max_length=20, blank=True, choices=market.choices(ReferenceType))
    reference_value = models.CharField(max_length=rules.LONGEST_REFERENCE, blank=True)
    request_status = models.CharField("status", max_length=10, choices=market.choices(Status))
    unread_by = models.CharField(
        "unread by", max_length=10, blank=True, default="", db_default="", choices=market.choices(Side)
    )

    objects = EnquiryQuerySet.as_manager()

    class Meta:
        db_table = "enquiries"
        verbose_name_plural = "enquiries"
        constraints = [
            *exchange_constraints("enquiries"),
            models.CheckConstraint(
                condition=Q(reference_type="", reference_value="") | (~Q(reference_type="") & ~Q(reference_value="")),
                name="enquiries_reference",
            ),
            # The supplier's cancellation and the operator's closing are the last save.
            models.CheckConstraint(
                condition=Q(request_status=Status.OPEN.value)
                | Q(request_status=Status.CLOSE.value, changed_at=F("response_changed_at"))
                | Q(request_status=Status.CANCEL.value, changed_at=F("request_changed_at")),
                name="enquiries_status",
            ),
        ]
        indexes = [
            *exchange_indexes("enquiries"),
            # Of those received and sent, what waits for an answer; with the key and what else lists are filtered by, so
            # that pages and counts are read from the index alone.
            models.Index(
                fields=["receiver", "commodity", "request_status", "-changed_at"],
                include=["id", "topic", "reference_type"],
                name="enquiries_received_by_status",
            ),
            models.Index(
                fields=["sender", "commodity", "request_status", "-changed_at"],
                include=["id", "topic", "reference_type"],
                name="enquiries_sent_by_status",
            ),
            # What one has sent to another, for either side.
            models.Index(
                fields=["sender", "receiver", "commodity", "-changed_at"],
                include=["id", "topic", "request_status"],
                name="enquiries_between",
            ),
            # The same by status, which few of what one sent to another may have.
            models.Index(
                fields=["sender", "receiver", "commodity", "request_status", "-changed_at"],
                include=["id", "topic"],
                name="enquiries_between_by_status",
            ),
            # What a side has not read yet: few of many, and the first that it looks for.
            models.Index(
                fields=["receiver", "commodity", "-changed_at"],
                include=["id", "topic", "request_status"],
                name="enquiries_received_unread",
                condition=Q(unread_by=Side.RECEIVER.value),
            ),
            models.Index(
                fields=["sender", "commodity", "-changed_at"],
                include=["id", "topic", "request_status"],
                name="enquiries_sent_unread",
                condition=Q(unread_by=Side.SENDER.value),
            ),
            models.Index(
                fields=["reference_value", "-changed_at"],
                name="enquiries_by_reference",
                condition=~Q(reference_value=""),
            ),
            # For those that were kept long enough after their end.
            models.Index(fields=["changed_at"], name="enquiries_ended", condition=~Q(request_status=Status.OPEN.value)),
        ]

    def __str__(self) -> str:
        return f"{self.get_topic_display()}, {super().__str__()}"

    @property
    def content(self) -> Content:
        """What it says, as the rules see it."""
        return Content(
            meter_eic=self.meter_eic,
            customer_eic=self.customer_eic,
            receiver_eic=self.receiver.eic,
            topic=Topic(self.topic),
            status=Status(self.request_status),
            reference=self.reference,
            request_comment=self.request_comment,
            response_comment=self.response_comment,
        )

    @property
    def reference(self) -> Reference | None:
        """What it refers to, or None."""
        return Reference(ReferenceType(self.reference_type), self.reference_value) if self.reference_type else None

    @property
    def fact(self) -> rules.Standing:
        """It as it stands, as the rules see it."""
        return rules.Standing(str(self.pk), self.content, self.is_answered, self.changed_at)


class EnquiryStep(Step):
    """One save of an enquiry or of its answer."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="steps")

    class Meta:
        db_table = "enquiries_step"
        ordering = ["id"]


class EnquiryOpening(models.Model):
    """When a side first got what the other one wrote: the operator the enquiry, the supplier the answer.

    Rows are added, once for each side, and never changed; who it was is not kept. The database holds them to no
    enquiry: else who reads one would wait for who is changing it.
    """

    id = models.BigAutoField(primary_key=True)
    enquiry = models.ForeignKey(
        Enquiry, on_delete=models.CASCADE, related_name="openings", db_constraint=False, db_index=False
    )
    side = models.CharField(max_length=10, choices=market.choices(Side))
    opened_at = models.DateTimeField()

    class Meta:
        db_table = "enquiries_opening"
        constraints = [models.UniqueConstraint(fields=["enquiry", "side"], name="enquiries_opened_once")]

    def __str__(self) -> str:
        return f"{self.get_side_display()}, {minute_in_words(self.opened_at)}"
