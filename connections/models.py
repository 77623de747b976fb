"""Requests to disconnect a customer and to connect it again, with all their steps. Source: `4-exchanges.md`."""

from datetime import date, datetime

from django.db import models
from django.db.models import F, Q

from connections.rules.states import AnsweredState, RefusalReason, RequestedState, RequestReason, Stage, stage_of
from connections.rules.states import asked_for as asked_for_by
from datahub import market
from datahub.exchanges.models import Exchange, ExchangeQuerySet, Step, exchange_constraints, exchange_indexes
from datahub.exchanges.rules import Side
from datahub.market import ConnectionState

TABLE = "connections"
ONE_OPEN = f"{TABLE}_one_open"
_FINAL = Q(requested_state="CANCELLED") | Q(response_state__in=["CONNECTED", "DISCONNECTED"])


class ConnectionRequestQuerySet(ExchangeQuerySet["ConnectionRequest"]):
    """Filters for connection requests."""

    def open(self) -> "ConnectionRequestQuerySet":
        """Keep those that still may change: neither done nor cancelled."""
        return self.filter(ended_at__isnull=True)

    def waiting_for(self, side: Side, *, today: date) -> "ConnectionRequestQuerySet":
        """Keep those of a side's that it should do something about.

        The operator: what it has not answered, what the supplier changed since, and plans whose day has come. The
        supplier: what was refused and not changed since, which stays open until it cancels it.
        """
        if side is Side.SENDER:
            return self.open().filter(response_state=AnsweredState.REFUSED, changed_at=F("response_changed_at"))
        return self.open().filter(
            Q(response_changed_at=None)
            | Q(changed_at=F("request_changed_at"))
            | Q(response_state=AnsweredState.PLANNED, estimated_date__lte=today)
        )

    def ended_before(self, instant: datetime) -> "ConnectionRequestQuerySet":
        """Keep those that ended before an instant."""
        return self.filter(ended_at__lt=instant)


def _search_indexes(side: str, name: str) -> list[models.Index]:
    """Give the indexes that a side's searches by what was asked and answered are listed and counted from alone."""
    refused = ~Q(response_reason="")
    return [
        _search_index(side, "requested_state", f"{name}_by_state"),
        _search_index(side, "reason", f"{name}_by_reason"),
        _search_index(side, "response_state", f"{name}_by_answer"),
        _search_index(side, "response_reason", f"{name}_refused", refused),
    ]


def _search_index(side: str, field: str, name: str, condition: Q | None = None) -> models.Index:
    fields = [side, "commodity", field, "-changed_at"]
    return models.Index(fields=fields, name=f"{TABLE}_{name}", include=["id"], condition=condition)


class ConnectionRequest(Exchange):
    """A supplier's request to a grid operator, with the operator's one answer.

    `ended_at` is when it was done or cancelled. What a cancelled one had asked for its reason tells (`asked_for`), and
    its steps.
    """

    requested_state = models.CharField(max_length=12, choices=market.choices(RequestedState))
    reason = models.CharField(max_length=13, choices=market.choices(RequestReason))
    preferred_date = models.DateField()
    response_state = models.CharField(max_length=12, choices=market.choices(AnsweredState), blank=True)
    response_reason = models.CharField(max_length=15, choices=market.choices(RefusalReason), blank=True)
    estimated_date = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ConnectionRequestQuerySet.as_manager()

    class Meta:
        db_table = TABLE
        constraints = [
            *exchange_constraints(TABLE),
            models.UniqueConstraint(
                fields=["meter_eic", "customer_eic", "receiver"], condition=Q(ended_at__isnull=True), name=ONE_OPEN
            ),
            models.CheckConstraint(
                condition=Q(response_id__isnull=True, response_state="")
                | Q(response_id__isnull=False) & ~Q(response_state=""),
                name=f"{TABLE}_answer",
            ),
            models.CheckConstraint(
                condition=_FINAL & Q(ended_at__isnull=False) | ~_FINAL & Q(ended_at__isnull=True),
                name=f"{TABLE}_ended_when_final",
            ),
            models.CheckConstraint(
                condition=Q(response_state="REFUSED", estimated_date__isnull=True) & ~Q(response_reason="")
                | ~Q(response_state="REFUSED") & Q(response_reason=""),
                name=f"{TABLE}_refused",
            ),
            models.CheckConstraint(
                condition=~Q(response_state="PLANNED") | Q(estimated_date__isnull=False), name=f"{TABLE}_planned"
            ),
        ]
        indexes = [
            # With the times, so that what lies in front of a period is passed over without a look at the rows.
            *exchange_indexes(TABLE, "request_changed_at", "response_changed_at"),
            *_search_indexes("receiver", "received"),
            *_search_indexes("sender", "sent"),
            models.Index(fields=["sender", "commodity", "request_changed_at"], name=f"{TABLE}_sent_at"),
            models.Index(
                fields=["receiver", "commodity", "response_changed_at"],
                name=f"{TABLE}_answered_at",
                condition=Q(response_changed_at__isnull=False),
            ),
            models.Index(
                fields=["sender", "receiver", "commodity", "-changed_at"], name=f"{TABLE}_between", include=["id"]
            ),
            models.Index(fields=["estimated_date", "receiver"], name=f"{TABLE}_by_estimated_date"),
            # What is open, few of many, and the day for which it was asked, by which a side's list may be sorted.
            models.Index(
                fields=["receiver", "commodity", "-changed_at"],
                name=f"{TABLE}_received_open",
                include=["id"],
                condition=Q(ended_at__isnull=True),
            ),
            models.Index(
                fields=["sender", "commodity", "-changed_at"],
                name=f"{TABLE}_sent_open",
                include=["id"],
                condition=Q(ended_at__isnull=True),
            ),
            models.Index(
                fields=["receiver", "commodity", "preferred_date", "-changed_at"],
                name=f"{TABLE}_received_for",
                include=["id"],
            ),
            models.Index(
                fields=["sender", "commodity", "preferred_date", "-changed_at"],
                name=f"{TABLE}_sent_for",
                include=["id"],
            ),
            # For what has been kept long enough.
            models.Index(fields=["ended_at"], name=f"{TABLE}_ended", condition=Q(ended_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.get_requested_state_display()}, {super().__str__()}"

    @property
    def asked_for(self) -> ConnectionState:
        """The state that was asked for, also where the request was cancelled since."""
        return asked_for_by(RequestReason(self.reason))

    @property
    def stage(self) -> Stage:
        """Where it stands between the two sides."""
        answered = AnsweredState(self.response_state) if self.response_state else None
        return stage_of(RequestedState(self.requested_state), answered)


class ConnectionStep(Step):
    """One save of one side of a connection request."""

    request = models.ForeignKey(ConnectionRequest, on_delete=models.PROTECT, related_name="steps", db_index=False)

    class Meta:
        db_table = f"{TABLE}_step"
        indexes = [models.Index(fields=["request", "id"], name=f"{TABLE}_step_of_request")]
