"""Finding enquiries, who answers them, and when they were opened."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from datahub.access.pages import Found
from datahub.exchanges.filters import picked
from datahub.exchanges.rules import OPERATOR_ROLES, Side, changed
from datahub.market import Commodity, PartyType, Role
from datahub.parties import selectors as parties
from datahub.parties.models import MarketRole, Party
from enquiries import rules
from enquiries.filters import EnquiryListFilter
from enquiries.models import Enquiry, EnquiryOpening, EnquiryQuerySet, EnquiryStep
from enquiries.rules import Request


class Asked(NamedTuple):
    """Who may be asked: the participant, None if there is none, and whether it answers enquiries now."""

    participant: Party | None
    is_operator: bool


def enquiries_of(participant: Party, role: Role, commodity: Commodity) -> EnquiryQuerySet:
    """Give what a participant sent or received in a role and commodity, with both parties."""
    return Enquiry.objects.of(participant, role, commodity).select_related("sender", "receiver")


def list_enquiries(
    participant: Party, role: Role, commodity: Commodity, *, conditions: Mapping[str, Any], order: Sequence[str]
) -> Found[Enquiry]:
    """Give what a participant sent or received, as a list shows it: by `EnquiryListFilter`, in an order of its fields.

    A list opens nothing: what it shows stays unread.
    """
    mine = Enquiry.objects.of(participant, role, commodity)
    keys = picked(mine, EnquiryListFilter, conditions).order_by(*order)
    return Found(keys=keys, rows=Enquiry.objects.select_related("sender", "receiver"))


def asked_participant(eic: str | None, *, meter_eic: str, commodity: Commodity, now: datetime) -> Asked:
    """Find who is asked: the participant that is named, or else the one whose code range holds a point's code.

    Whether there is such a point is not looked at.
    """
    if eic is None:
        participant = parties.range_holder(meter_eic)
    else:
        participant = Party.objects.filter(eic=eic, type=PartyType.MARKET_PARTICIPANT).first()
    if participant is None:
        return Asked(None, is_operator=False)
    held = MarketRole.objects.filter(participant=participant, role__in=OPERATOR_ROLES, commodity=commodity)
    return Asked(participant, held.valid_at(now).exists())


def steps_of(enquiry: Enquiry) -> list[EnquiryStep]:
    """Give the history of an enquiry, the oldest step first, with the people who acted."""
    return list(EnquiryStep.objects.filter(enquiry=enquiry).select_related("user").order_by("id"))


def was_sent_as(enquiry: Enquiry, request: Request, *, now: datetime) -> bool:
    """Tell whether an enquiry said this when it was sent, whatever was changed since."""
    asked = asked_participant(
        request.receiver_eic, meter_eic=request.meter_eic, commodity=Commodity(enquiry.commodity), now=now
    ).participant
    if asked is None:
        return False
    said = rules.new_content(request, receiver_eic=asked.eic).as_history()
    return bool(steps_of(enquiry)[0].changes == changed({}, said))


def opened_at_by_other_side(enquiries: Iterable[Enquiry], *, side: Side) -> dict[UUID, datetime]:
    """Give when what a side wrote was first opened by the other one, by the id of the enquiry; else it is left out."""
    keys = [enquiry.pk for enquiry in enquiries]
    found = EnquiryOpening.objects.filter(enquiry__in=keys, side=side.other)
    return dict(found.values_list("enquiry_id", "opened_at"))
