"""Finding enquiries, who answers them, and when they were opened."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from datahub.exchanges.rules import OPERATOR_ROLES, Side
from datahub.market import Commodity, PartyType, Role
from datahub.parties import selectors as parties
from datahub.parties.models import MarketRole, Party
from enquiries.models import Enquiry, EnquiryOpening, EnquiryQuerySet, EnquiryStep


class Asked(NamedTuple):
    """Who may be asked: the participant, None if there is none, and whether it answers enquiries now."""

    participant: Party | None
    is_operator: bool


def enquiries_of(participant: Party, role: Role, commodity: Commodity) -> EnquiryQuerySet:
    """Give what a participant sent or received in a role and commodity, with both parties."""
    return Enquiry.objects.of(participant, role, commodity).select_related("sender", "receiver")


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


def opened_at_by_other_side(enquiries: Iterable[Enquiry], *, side: Side) -> dict[UUID, datetime]:
    """Give when what a side wrote was first opened by the other one, by the id of the enquiry; else it is left out."""
    keys = [enquiry.pk for enquiry in enquiries]
    found = EnquiryOpening.objects.filter(enquiry__in=keys, side=side.other)
    return dict(found.values_list("enquiry_id", "opened_at"))
