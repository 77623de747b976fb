"""The demo's enquiries, sent and answered as participants do. Three have ids that the published examples use."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from datahub.exchanges.rules import By
from datahub.market import Commodity, Role
from datahub.parties.models import Party
from enquiries import services
from enquiries.rules import Reference, ReferenceType, Request, RequestChange, Response, Status, Topic

_SUN, _WIND, _NORTH = "38X-EIN-OS-----J", "38X-DEMO-OS2---A", "38X-EIN-GO-----0"


@dataclass(frozen=True, slots=True)
class _Story:
    """An enquiry so many days ago, with its answer a day later, or cancelled."""

    id: UUID
    days: int
    request: Request
    response: Response | None = None
    response_id: UUID | None = None
    sender: str = _SUN
    is_cancelled: bool = False


def _id(number: int) -> UUID:
    return UUID(f"5b0c7d1e-4a52-4f6b-8a37-1c9f2d60e{number:03d}")


_STORIES = [
    _Story(
        _id(4),
        20,
        Request("38ZGO-10000001-U", "38X-AVP-ZW6700C6", Topic.INVOICE, comment="What is the fixed fee for?"),
        Response(Status.CLOSE, "It pays for the connection of 25 A, as in the price list of this year."),
        _id(104),
    ),
    _Story(
        _id(5),
        12,
        Request("38ZGO-1000000A-3", "38X-AVP-FIRM01-C", Topic.DATA, comment="Is the meter read every hour?"),
        sender=_WIND,
        is_cancelled=True,
    ),
    # The example changes this one.
    _Story(
        _id(1),
        6,
        Request(
            "38ZGO-10000003-O",
            "38X-AVP-ILS600CI",
            Topic.INVOICE,
            reference=Reference(ReferenceType.INVOICE, "2026-0117"),
            comment="The customer says that the last month was billed twice.",
        ),
    ),
    # The example answers this one.
    _Story(
        _id(2),
        5,
        Request("38ZGO-1000000D-V", "38X-AVP-EMB001-D", Topic.DATA, comment="The readings of two days are estimated."),
    ),
    # The example changes the answer to this one.
    _Story(
        _id(3),
        4,
        Request(
            "38ZGO-10000001-U", "38X-AVP-ZW6700C6", Topic.DATA, comment="There have been no readings since Monday."
        ),
        Response(Status.OPEN, "We are sending someone to look at the meter."),
        _id(103),
    ),
    _Story(
        _id(6),
        2,
        Request("38ZGO-10000003-O", "38X-AVP-ILS600CI", Topic.DATA, comment="May the customer get a larger fuse?"),
    ),
]


def send_enquiries(*, now: datetime) -> int:
    """Send the enquiries of the last weeks and their answers; give how many enquiries."""
    receiver = Party.objects.get(eic=_NORTH)
    operator = By(technical_user=f"{_NORTH}-demo")
    for story in _STORIES:
        sender, by = Party.objects.get(eic=story.sender), By(technical_user=f"{story.sender}-demo")
        asked_at = now - timedelta(days=story.days)
        services.submit_enquiry(
            sender=sender,
            role=Role.OPEN_SUPPLIER,
            commodity=Commodity.ELECTRICITY,
            request=story.request,
            by=by,
            now=asked_at,
            enquiry_id=story.id,
        )
        if story.is_cancelled:
            services.change_enquiry(
                sender=sender,
                role=Role.OPEN_SUPPLIER,
                commodity=Commodity.ELECTRICITY,
                enquiry_id=story.id,
                change=RequestChange(status=Status.CANCEL),
                by=by,
                now=asked_at + timedelta(hours=2),
            )
        if story.response is not None:
            services.answer_enquiry(
                receiver=receiver,
                role=Role.GRID_OPERATOR,
                commodity=Commodity.ELECTRICITY,
                enquiry_id=story.id,
                response=story.response,
                by=operator,
                now=asked_at + timedelta(days=1),
                response_id=story.response_id,
            )
    return len(_STORIES)
