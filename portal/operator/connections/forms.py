"""The forms of connection requests. Source: `4-exchanges.md`, "Connection and disconnection requests"."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from connections.models import ConnectionRequest
from connections.rules.answers import Answer, AnswerChange
from connections.rules.conditions import Asked
from connections.rules.requests import LONGEST_COMMENT, Change, Terms
from connections.rules.states import REASONS, AnsweredState, RefusalReason, RequestedState, RequestReason
from connections.services.requests import RefusedByWhatStands
from datahub.errors import DomainError
from datahub.exchanges.rules import Side
from datahub.market import Commodity
from datahub.parties import eic
from portal.acting import OperatorChoice
from portal.forms import CodeField, DayField, EicField, PageForm, Wrong
from portal.operator.exchanges.forms import (
    ANY,
    CommentField,
    ExchangeFilters,
    SeenForm,
    changed_comment,
    participants,
)
from portal.words.labels import label, labelled

UNANSWERED = "NONE"
OPEN, WAITING = "open", "waiting"
_ASKED = [RequestedState(state.value) for state in REASONS]


class ConnectionFilters(ExchangeFilters):
    """What a list of connection requests is filtered by."""

    field_order = [
        "which",
        "asked",
        "reason",
        "answer",
        "counterpart",
        "point",
        "customer",
        "changed_from",
        "changed_to",
    ]

    which = forms.ChoiceField(
        choices=[("", ANY), (OPEN, _("Not ended")), (WAITING, _("Waiting for me"))], label=_("Status")
    )
    asked = CodeField(RequestedState, label=_("Requested action"), empty=ANY)
    reason = CodeField(RequestReason, label=_("Reason"), empty=ANY)
    answer = forms.ChoiceField(label=_("Answer"))

    def __init__(self, *args: Any, acting: OperatorChoice, **named: Any) -> None:
        super().__init__(*args, acting=acting, **named)
        self.fields["answer"].choices = [("", ANY), (UNANSWERED, _("Not answered yet")), *labelled(AnsweredState)]  # type: ignore[attr-defined]

    @property
    def conditions(self) -> dict[str, Any]:
        """Give what was chosen, by the names of `ConnectionRequestFilter`."""
        chosen = self.chosen
        answer = chosen.get("answer")
        named = {
            "requested_state": chosen.get("asked"),
            "reason": chosen.get("reason"),
            "response_state": None if answer == UNANSWERED else answer,
            "unanswered": answer == UNANSWERED or None,
            "is_open": chosen.get("which") == OPEN or None,
        }
        return {name: value for name, value in named.items() if value} | super().conditions

    @property
    def is_waiting(self) -> bool:
        """Whether only what waits for the one who looks was chosen."""
        return self.chosen.get("which") == WAITING


class PlaceForm(PageForm):
    """Whom a supplier asks about which customer at which point: what the three conditions are checked for."""

    meter_eic = EicField(kind=eic.METERING_POINT, label=_("Metering point (EIC)"))
    customer_eic = EicField(kind=eic.PARTY, label=_("Customer (EIC)"))
    service_provider_eic = forms.ChoiceField(label=_("Grid operator"))

    def __init__(self, *args: Any, commodity: Commodity, now: datetime, **named: Any) -> None:
        super().__init__(*args, **named)
        self.commodity = commodity
        operators = participants(Side.RECEIVER, commodity, at=now, empty=_("Please choose"))
        self.fields["service_provider_eic"].choices = operators  # type: ignore[attr-defined]

    def asked_by(self, supplier_eic: str) -> Asked:
        """Give what was filled in as the conditions take it."""
        sent = self.cleaned_data
        operator, point, customer = sent["service_provider_eic"], sent["meter_eic"], sent["customer_eic"]
        return Asked(supplier_eic, operator, point, customer, self.commodity)

    @property
    def wrong_so_far(self) -> list[Wrong]:
        """Give what is wrong with the fields that are filled in; of the others nothing is said yet."""
        filled = {str(bound.id_for_label) for bound in self if bound.value()}
        return [one for one in self.errors_in_words if one.field_id in filled]

    @property
    def operator_name(self) -> str:
        """Give the name of the operator that was chosen."""
        chosen = self.cleaned_data["service_provider_eic"]
        names = dict(self.fields["service_provider_eic"].choices)  # type: ignore[attr-defined]
        return str(names[chosen]).partition(" · ")[0]


class RequestForm(PlaceForm):
    """A new request."""

    paths: ClassVar[Mapping[str, str]] = {
        "connectionStateRequest.meterEic": "meter_eic",
        "connectionStateRequest.customerEic": "customer_eic",
        "connectionStateRequest.serviceProviderEic": "service_provider_eic",
        "connectionStateRequest.requestedConnectionState": "requested_state",
        "connectionStateRequest.requestReason": "reason",
        "connectionStateRequest.preferredDate": "preferred_date",
        "connectionStateRequest.requestComment": "comment",
    }

    was_refused_by_what_stands = False
    requested_state = CodeField(
        RequestedState, only=_ASKED, empty=None, label=_("Requested action"), widget=forms.RadioSelect
    )
    reason = CodeField(RequestReason, label=_("Reason"))
    preferred_date = DayField(label=_("Preferred date"))
    comment = CommentField(max_length=LONGEST_COMMENT, rows=4, label=_("Comment"))

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["reason"].choices = _reasons  # type: ignore[attr-defined]

    def refuse(self, error: DomainError) -> None:
        """Say the faults, and keep whether they told something of the customer."""
        self.was_refused_by_what_stands = isinstance(error, RefusedByWhatStands)
        super().refuse(error)

    @property
    def terms(self) -> Terms:
        """Give what was filled in as the service takes it."""
        return Terms(**self.cleaned_data)


class RequestChangeForm(SeenForm):
    """What its sender changes of a request that has not ended."""

    paths: ClassVar[Mapping[str, str]] = {
        "connectionStateRequestChange.requestedConnectionState": "requested_state",
        "connectionStateRequestChange.requestReason": "reason",
        "connectionStateRequestChange.preferredDate": "preferred_date",
        "connectionStateRequestChange.requestComment": "comment",
    }

    requested_state = CodeField(
        RequestedState, only=_ASKED, empty=None, label=_("Requested action"), widget=forms.RadioSelect
    )
    reason = CodeField(RequestReason, label=_("Reason"))
    preferred_date = DayField(label=_("Preferred date"))
    comment = CommentField(max_length=LONGEST_COMMENT, rows=4, label=_("Comment"))

    def __init__(self, *args: Any, exchange: ConnectionRequest, **named: Any) -> None:
        self.request = exchange
        initial = {
            "requested_state": exchange.requested_state,
            "reason": exchange.reason,
            "preferred_date": exchange.preferred_date,
            "comment": exchange.request_comment,
        }
        super().__init__(*args, exchange=exchange, initial=initial, **named)
        self.fields["reason"].choices = _reasons  # type: ignore[attr-defined]

    @property
    def change(self) -> Change:
        """Give what was changed as the service takes it."""
        sent = self.cleaned_data
        return Change(
            requested_state=sent["requested_state"],
            reason=sent["reason"],
            preferred_date=sent["preferred_date"],
            comment=changed_comment(self.request.request_comment, sent["comment"]),
        )


class AnswerForm(SeenForm):
    """What an operator answers; `state` is what it says of the request."""

    paths: ClassVar[Mapping[str, str]] = {
        f"{body}.{name}": field
        for body in ("connectionStateResponse", "connectionStateResponseChange")
        for name, field in (
            ("estimatedDate", "estimated_date"),
            ("responseReason", "reason"),
            ("responseComment", "comment"),
        )
    }
    state: ClassVar[AnsweredState]

    comment = CommentField(max_length=LONGEST_COMMENT, rows=3, label=_("Comment"))

    def __init__(self, *args: Any, exchange: ConnectionRequest, **named: Any) -> None:
        self.request = exchange
        named["initial"] = {"comment": exchange.response_comment, **(named.get("initial") or {})}
        super().__init__(*args, exchange=exchange, **named)

    @property
    def answered_state(self) -> AnsweredState:
        """What is answered."""
        return self.state

    @property
    def answer(self) -> Answer:
        """Give a first answer as the service takes it."""
        sent = self.cleaned_data
        return Answer(self.answered_state, sent.get("reason"), sent.get("estimated_date"), sent["comment"])

    @property
    def change(self) -> AnswerChange:
        """Give a changed answer as the service takes it."""
        sent = self.cleaned_data
        comment = changed_comment(self.request.response_comment, sent["comment"])
        return AnswerChange(self.answered_state, sent.get("reason"), sent.get("estimated_date"), comment)


class PlanForm(AnswerForm):
    """The operator plans a day."""

    state = AnsweredState.PLANNED
    field_order = ["estimated_date", "comment"]

    estimated_date = DayField(label=_("Planned date"))

    def __init__(self, *args: Any, exchange: ConnectionRequest, **named: Any) -> None:
        initial = {"estimated_date": exchange.estimated_date or exchange.preferred_date}
        super().__init__(*args, exchange=exchange, initial=initial, **named)


class RefuseForm(AnswerForm):
    """The operator refuses, for a reason."""

    state = AnsweredState.REFUSED
    field_order = ["reason", "comment"]

    reason = CodeField(RefusalReason, label=_("Reason for refusal"))

    def __init__(self, *args: Any, exchange: ConnectionRequest, **named: Any) -> None:
        super().__init__(*args, exchange=exchange, initial={"reason": exchange.response_reason}, **named)


class DoneForm(AnswerForm):
    """The operator has done what was asked."""

    field_order = ["estimated_date", "comment"]

    estimated_date = DayField(required=False, label=_("Date done"))

    def __init__(self, *args: Any, exchange: ConnectionRequest, today: date, **named: Any) -> None:
        super().__init__(*args, exchange=exchange, initial={"estimated_date": today}, **named)

    @property
    def answered_state(self) -> AnsweredState:
        """What was asked for, and is so now."""
        return AnsweredState(self.request.asked_for.value)


def _reasons() -> list[tuple[str, Any]]:
    """Give the reasons as choices, by what they are reasons for."""
    groups = [
        (label(state, RequestedState), [(reason.value, label(reason)) for reason in reasons])
        for state, reasons in REASONS.items()
    ]
    return [("", _("Please choose")), *groups]
