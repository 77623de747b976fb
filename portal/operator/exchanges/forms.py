"""Filters and forms that enquiries and connection requests have in common. Source: `4-exchanges.md`; `5-web.md`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from datahub.errors import DomainError, codes
from datahub.exchanges.models import Exchange
from datahub.exchanges.rules import ROLES, Side
from datahub.market import Commodity
from datahub.parties import eic
from datahub.parties import selectors as parties
from portal.acting import OperatorChoice
from portal.forms import DayField, EicField, FilterForm, PageForm, end_of, start_of

Sent = TypeVar("Sent", bound=Exchange)
# The hidden field of a form with which something new is sent.
NEW_ID = "new_id"
ANY = _("All")
_UNSEEN = _("Open this form again: it does not say which version you had seen.")


def participants(side: Side, commodity: Commodity, *, at: datetime | None = None, empty: Any) -> list[tuple[str, Any]]:
    """Give those who stand on a side at an instant, or ever did, as choices: by name, with the code behind it."""
    found = parties.participants_in(ROLES[side], commodity, at=at)
    return [("", empty), *((party.eic, f"{party.name} · {party.eic}") for party in found)]


class ExchangeFilters(FilterForm):
    """What lists of exchanges are filtered by: the other side, point, customer, and when either side saved last."""

    counterpart = forms.ChoiceField()
    point = EicField(kind=eic.METERING_POINT, label=_("Metering point (EIC)"))
    customer = EicField(kind=eic.PARTY, label=_("Customer (EIC)"))
    changed_from = DayField(label=_("Changed from"))
    changed_to = DayField(label=_("Changed up to"))

    def __init__(self, *args: Any, acting: OperatorChoice, **named: Any) -> None:
        super().__init__(*args, **named)
        self.acting = acting
        side = acting.side or Side.SENDER
        field = self.fields["counterpart"]
        field.label = _("Grid operator") if side is Side.SENDER else _("Supplier")
        # Also those who have left the market since: what was written to them is still there.
        field.choices = participants(side.other, acting.commodity, empty=ANY)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        chosen = super().clean() or {}
        first, last = chosen.get("changed_from"), chosen.get("changed_to")
        if first and last and last < first:
            self.add_error("changed_to", _("This day is before the first one."))
        return chosen

    @property
    def conditions(self) -> dict[str, Any]:
        """Give what was chosen, by the names of the selectors' filters."""
        chosen = self.chosen
        other = "receiver_eic" if self.acting.side is Side.SENDER else "sender_eic"
        named = {
            other: chosen.get("counterpart"),
            "meter_eic": chosen.get("point"),
            "customer_eic": chosen.get("customer"),
            # Local days of people at desks, for gas too.
            "changed_from": start_of(chosen.get("changed_from"), Commodity.ELECTRICITY),
            "changed_to": end_of(chosen.get("changed_to"), Commodity.ELECTRICITY),
        }
        return {name: value for name, value in named.items() if value}


def text_as_sent(text: str) -> str:
    """Give a text with the ends of lines that it had before a browser made them its own."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class CommentField(forms.CharField):
    """What somebody writes to the other side, on several lines."""

    def __init__(self, *, max_length: int, rows: int = 6, **named: Any) -> None:
        named.setdefault("required", False)
        named.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(max_length=max_length, **named)

    def to_python(self, value: Any) -> str:
        """Clean the ends of lines before the length is looked at."""
        return super().to_python(text_as_sent(value) if isinstance(value, str) else value) or ""


def changed_comment(before: str, after: str) -> str | None:
    """Give a comment that was changed, None if it says the same: ends of lines and blanks around it are no change."""
    return None if text_as_sent(before).strip() == after else after


def id_of_new(request: HttpRequest) -> UUID:
    """Give the id that what a form sends will have: as the form says, else a new one."""
    try:
        return UUID(request.POST.get(NEW_ID, ""))
    except ValueError:
        return uuid4()


@dataclass(frozen=True, slots=True)
class Sending(Generic[Sent]):
    """What came of a form with which something new is sent.

    `sent`: what it has sent, now or before; None, and the form says why, if it is wrong or was refused. `already`: what
    it has sent before, where it says something else now, which was not sent. `new_id`: what it sends next has this id.
    """

    sent: Sent | None
    new_id: UUID
    already: Sent | None = None

    @property
    def context(self) -> dict[str, Any]:
        """Give what the form's page shows of it."""
        return {"new_id": self.new_id, "already": self.already}


def sent_once(
    form: PageForm,
    new_id: UUID,
    *,
    mine: QuerySet[Sent],
    says_same: Callable[[Sent], bool],
    send: Callable[[UUID], Sent],
) -> Sending[Sent]:
    """Send what a form says, or give what it has sent already, by its id: forms are gone back to.

    `says_same` tells whether what was sent says what the form says, and is asked of a form of the right shape only.
    """
    is_whole = form.is_valid()
    already = mine.filter(pk=new_id)
    saved, first = None, already.first()
    if first is None:
        try:
            saved = form.saved(lambda: send(new_id))
        except IntegrityError:
            first = already.first()
            if first is None:
                # The id is somebody else's: to who asks it is as none.
                return Sending(form.saved(lambda: send(uuid4())), uuid4())
        else:
            # Refused, it may stand in its own way: the same form was sent at the same instant.
            first = already.first() if saved is None else None
    if first is None:
        return Sending(saved, new_id)
    if is_whole and says_same(first):
        return Sending(first, new_id)
    return Sending(None, uuid4(), first)


class SeenField(forms.CharField):
    """As it stood when a form was opened: the exchange's `changed_at`, to the microsecond."""

    widget = forms.HiddenInput
    default_error_messages = {"required": _UNSEEN}

    def clean(self, value: Any) -> datetime:
        """Read the instant."""
        unknown = ValidationError(_UNSEEN)
        try:
            seen = datetime.fromisoformat(super().clean(value))
        except ValueError:
            raise unknown from None
        if seen.tzinfo is None:
            raise unknown
        return seen


class SeenForm(PageForm):
    """A form about an exchange that somebody else may save meanwhile: it notices, and saves nothing over that."""

    seen = SeenField()
    is_outdated = False

    def __init__(self, *args: Any, exchange: Exchange, **named: Any) -> None:
        self.exchange = exchange
        named["initial"] = {"seen": exchange.changed_at.isoformat(), **(named.get("initial") or {})}
        super().__init__(*args, **named)

    def clean(self) -> dict[str, Any]:
        """Say above the form what is wrong with a field that nobody sees."""
        cleaned = super().clean() or {}
        for text in self.errors.pop("seen", []):
            self.add_error(None, str(text))
        return cleaned

    @property
    def seen_at(self) -> datetime:
        """The instant of what was seen."""
        seen: datetime = self.cleaned_data["seen"]
        return seen

    def refuse(self, error: DomainError) -> None:
        """Say the faults; of an exchange that was saved meanwhile the form shows how it stands from now on."""
        self.is_outdated = error.cause.code == codes.CHANGED_MEANWHILE
        super().refuse(error)

    def look_again(self, exchange: Exchange) -> None:
        """Let the form be sent once more, on what stands now."""
        seen = {self.add_prefix("seen"): exchange.changed_at.isoformat()}
        self.data = {name: self.data.get(name) for name in self.data} | seen
