"""The forms of enquiries. Source: `4-exchanges.md`, "Customer enquiries"."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from datahub.exchanges.rules import LONGEST_PART, Side
from datahub.market import Commodity
from datahub.parties import eic
from enquiries.models import Enquiry
from enquiries.rules import (
    LONGEST_COMMENT,
    LONGEST_REFERENCE,
    Reference,
    ReferenceType,
    Request,
    RequestChange,
    Response,
    ResponseChange,
    Status,
    Topic,
)
from portal.forms import CodeField, EicField, PageForm
from portal.operator.exchanges.forms import (
    ANY,
    CommentField,
    ExchangeFilters,
    SeenForm,
    changed_comment,
    participants,
)

# What is asked, as its form and its history call it.
TEXT = pgettext_lazy("enquiry", "Message")
# Shorter parts of a text stand nearly everywhere, and no index finds them.
SHORTEST_TEXT = 3
_ANSWERS = {
    Status.OPEN: _("An interim answer: the enquiry stays open, and this answer can be changed."),
    Status.CLOSE: _("The final answer: it closes the enquiry, and neither side can add anything more."),
}


class EnquiryFilters(ExchangeFilters):
    """What a list of enquiries is filtered by."""

    field_order = [
        "status",
        "unread",
        "topic",
        "counterpart",
        "point",
        "customer",
        "text",
        "changed_from",
        "changed_to",
    ]

    status = CodeField(Status, label=_("Status"), empty=ANY)
    unread = forms.ChoiceField(choices=[("", ANY), ("yes", _("Unread only"))], label=_("Read or unread"))
    topic = CodeField(Topic, label=_("Topic"), empty=ANY)
    text = forms.CharField(
        min_length=SHORTEST_TEXT,
        max_length=LONGEST_PART,
        label=_("Text contains"),
        widget=forms.TextInput(attrs={"type": "search"}),
    )

    @property
    def conditions(self) -> dict[str, Any]:
        """Give what was chosen, by the names of `EnquiryListFilter`."""
        chosen = self.chosen
        named = {
            "request_status": chosen.get("status"),
            "topic": chosen.get("topic"),
            "text": chosen.get("text"),
            "unread_by": self.acting.side if chosen.get("unread") else None,
        }
        return {name: value for name, value in named.items() if value} | super().conditions


class EnquiryForm(PageForm):
    """A new enquiry."""

    paths = {
        "directMessageRequest.meterEic": "meter_eic",
        "directMessageRequest.customerEic": "customer_eic",
        "directMessageRequest.receiverEic": "receiver_eic",
        "directMessageRequest.topic": "topic",
        "directMessageRequest.reference": "invoice",
        "directMessageRequest.requestComment": "comment",
    }

    meter_eic = EicField(kind=eic.METERING_POINT, label=_("Metering point (EIC)"))
    customer_eic = EicField(kind=eic.PARTY, label=_("Customer (EIC)"))
    receiver_eic = forms.ChoiceField(required=False, label=_("Grid operator"))
    topic = CodeField(Topic, label=_("Topic"))
    invoice = forms.CharField(max_length=LONGEST_REFERENCE, required=False, label=_("Invoice number"))
    comment = CommentField(max_length=LONGEST_COMMENT, label=TEXT)

    def __init__(self, *args: Any, commodity: Commodity, now: datetime, **named: Any) -> None:
        super().__init__(*args, **named)
        nobody = _("The operator whose code range contains the metering point’s code")
        operators = participants(Side.RECEIVER, commodity, at=now, empty=nobody)
        self.fields["receiver_eic"].choices = operators  # type: ignore[attr-defined]

    @property
    def request(self) -> Request:
        """Give what was filled in as the service takes it."""
        sent: dict[str, Any] = self.cleaned_data
        return Request(
            meter_eic=sent["meter_eic"],
            customer_eic=sent["customer_eic"],
            receiver_eic=sent["receiver_eic"] or None,
            topic=sent["topic"],
            reference=_reference(sent["invoice"]),
            comment=sent["comment"],
        )


class EnquiryChangeForm(SeenForm):
    """What its sender changes of an open enquiry."""

    paths = {
        "directMessageRequestChange.topic": "topic",
        "directMessageRequestChange.reference": "invoice",
        "directMessageRequestChange.requestComment": "comment",
    }

    topic = CodeField(Topic, label=_("Topic"))
    invoice = forms.CharField(max_length=LONGEST_REFERENCE, required=False, label=_("Invoice number"))
    comment = CommentField(max_length=LONGEST_COMMENT, label=TEXT)

    def __init__(self, *args: Any, exchange: Enquiry, **named: Any) -> None:
        self.enquiry = exchange
        initial = {
            "topic": exchange.topic,
            "invoice": exchange.reference_value,
            "comment": exchange.request_comment,
        }
        super().__init__(*args, exchange=exchange, initial=initial, **named)

    def clean_invoice(self) -> str:
        """Say that a number cannot be taken away: a change that does not name it leaves it as it is."""
        number: str = self.cleaned_data["invoice"]
        if self.enquiry.reference is not None and not number:
            raise ValidationError(_("The number can be replaced by another one, but not removed."))
        return number

    @property
    def change(self) -> RequestChange:
        """Give what was changed as the service takes it."""
        sent = self.cleaned_data
        return RequestChange(
            topic=sent["topic"],
            reference=_reference(sent["invoice"]),
            comment=changed_comment(self.enquiry.request_comment, sent["comment"]),
        )


class AnswerForm(SeenForm):
    """An operator's answer, the first or a changed one; `possible`: into which statuses it may bring the enquiry."""

    paths = {
        "directMessageResponse.requestStatus": "status",
        "directMessageResponse.responseComment": "comment",
        "directMessageResponseChange.requestStatus": "status",
        "directMessageResponseChange.responseComment": "comment",
    }

    conditional = frozenset({"comment"})

    comment = CommentField(
        max_length=LONGEST_COMMENT, label=_("Text of the answer"), help_text=_("Required for an interim answer.")
    )
    status = CodeField(Status, label=_("What kind of answer is it?"), empty=None, widget=forms.RadioSelect)

    def __init__(self, *args: Any, exchange: Enquiry, possible: Iterable[StrEnum], **named: Any) -> None:
        self.enquiry = exchange
        initial = {"status": exchange.request_status, "comment": exchange.response_comment}
        super().__init__(*args, exchange=exchange, initial=initial, **named)
        self.fields["status"].choices = [(str(one), _ANSWERS[Status(one)]) for one in possible]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask people for words where the answer is none yet. Systems may send it without."""
        sent = super().clean()
        if sent.get("status") == Status.OPEN and "comment" in sent and not sent["comment"].strip():
            self.add_error("comment", _("An interim answer needs a text: write what you can say so far."))
        return sent

    @property
    def response(self) -> Response:
        """Give a first answer as the service takes it."""
        return Response(self.cleaned_data["status"], self.cleaned_data["comment"])

    @property
    def change(self) -> ResponseChange:
        """Give a changed answer as the service takes it."""
        comment = changed_comment(self.enquiry.response_comment, self.cleaned_data["comment"])
        return ResponseChange(self.cleaned_data["status"], comment)


def _reference(invoice: str) -> Reference | None:
    return Reference(ReferenceType.INVOICE, invoice) if invoice else None
