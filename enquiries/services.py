"""Sending, changing, answering and cancelling enquiries. Source: `4-exchanges.md`, "Customer enquiries"."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from datahub.errors import DomainError, codes, listing, refuse
from datahub.exchanges.models import next_instant
from datahub.exchanges.rules import KEPT_MONTHS, By, Side, changed, meanwhile_fault, role_fault
from datahub.market import Commodity, Role
from datahub.market_time import months_before
from datahub.parties.models import Party
from enquiries import rules, selectors
from enquiries.models import Enquiry, EnquiryStep
from enquiries.rules import Content, Request, RequestChange, Response, ResponseChange

_CLOCK = "enquiries"
_REQUEST_ID, _RESPONSE_ID = "messageRequestId", "messageResponseId"


@transaction.atomic
def submit_enquiry(
    *,
    sender: Party,
    role: Role,
    commodity: Commodity,
    request: Request,
    by: By,
    now: datetime,
    enquiry_id: UUID | None = None,
) -> Enquiry:
    """Send a supplier's enquiry to an operator: the one it names, or the one whose code range holds the point's code.

    Nothing else of receiver, point or customer is looked at. Raises DomainError with all faults of the rules.
    """
    _require_side(role, Side.SENDER)
    asked = selectors.asked_participant(request.receiver_eic, meter_eic=request.meter_eic, commodity=commodity, now=now)
    faults = rules.request_faults(request)
    unheard = rules.receiver_fault(
        request, is_known=asked.participant is not None, is_operator=asked.is_operator, commodity=commodity
    )
    if unheard is not None:
        faults.append(unheard)
    if faults or asked.participant is None:
        raise DomainError(faults)
    content = rules.new_content(request, receiver_eic=asked.participant.eic)
    enquiry = Enquiry(
        id=enquiry_id or uuid4(),
        commodity=commodity,
        sender=sender,
        receiver=asked.participant,
        meter_eic=content.meter_eic,
        customer_eic=content.customer_eic,
    )
    return _save(enquiry, Side.SENDER, before=None, after=content, by=by, now=now)


@transaction.atomic
def change_enquiry(
    *,
    sender: Party,
    role: Role,
    commodity: Commodity,
    enquiry_id: UUID,
    change: RequestChange,
    by: By,
    now: datetime,
    seen: datetime | None = None,
) -> Enquiry:
    """Change or cancel a supplier's open enquiry: what the change does not name stays.

    `seen` is the `changed_at` of the enquiry on which the change was decided, where that is known: what was saved since
    is not overwritten. Raises enquiry-cannot-be-found for an id of nobody's and of somebody else's enquiry alike,
    enquiry-has-ended, changed-meanwhile, else DomainError with all faults of the rules.
    """
    _require_side(role, Side.SENDER)
    enquiry = _locked(sender, role, commodity, enquiry_id=enquiry_id, seen=seen)
    if faults := rules.change_faults(enquiry.fact, change):
        raise DomainError(faults)
    before = enquiry.content
    after = rules.changed_content(before, change)
    return _save(enquiry, Side.SENDER, before=before, after=after, by=by, now=now)


@transaction.atomic
def answer_enquiry(
    *,
    receiver: Party,
    role: Role,
    commodity: Commodity,
    enquiry_id: UUID,
    response: Response,
    by: By,
    now: datetime,
    seen: datetime | None = None,
    response_id: UUID | None = None,
) -> Enquiry:
    """Answer an open enquiry that an operator received: with an interim answer, or with the one that closes it.

    `seen` is as in `change_enquiry`. Raises enquiry-cannot-be-found and changed-meanwhile as that does,
    enquiry-has-ended, enquiry-is-answered for a second answer.
    """
    _require_side(role, Side.RECEIVER)
    enquiry = _locked(receiver, role, commodity, enquiry_id=enquiry_id, seen=seen)
    if faults := rules.response_faults(enquiry.fact, response):
        raise DomainError(faults)
    before = enquiry.content
    enquiry.response_id = response_id or uuid4()
    after = rules.answered_content(before, response)
    return _save(enquiry, Side.RECEIVER, before=before, after=after, by=by, now=now)


@transaction.atomic
def change_answer(
    *,
    receiver: Party,
    role: Role,
    commodity: Commodity,
    enquiry_id: UUID | None = None,
    response_id: UUID | None = None,
    change: ResponseChange,
    by: By,
    now: datetime,
    seen: datetime | None = None,
) -> Enquiry:
    """Change an operator's answer to an enquiry that is still open, named by its own id or by the enquiry's or by both.

    `seen` is as in `change_enquiry`. Raises enquiry-cannot-be-found and changed-meanwhile as that does, the first also
    for two ids that do not belong together; enquiry-has-ended, enquiry-is-not-answered, else DomainError with all
    faults of the rules.
    """
    _require_side(role, Side.RECEIVER)
    enquiry = _locked(receiver, role, commodity, enquiry_id=enquiry_id, response_id=response_id, seen=seen)
    if faults := rules.response_change_faults(enquiry.fact, change):
        raise DomainError(faults)
    before = enquiry.content
    after = rules.changed_answer(before, change)
    return _save(enquiry, Side.RECEIVER, before=before, after=after, by=by, now=now)


@transaction.atomic
def delete_ended(*, now: datetime, most: int) -> int:
    """Delete some of the enquiries that ended seven years ago, with their history; give how many these were."""
    ended = Enquiry.objects.ended_before(months_before(now, KEPT_MONTHS)).order_by("changed_at")
    # Where another worker is at the same, each takes its own.
    keys = list(ended.select_for_update(skip_locked=True).values_list("pk", flat=True)[:most])
    Enquiry.objects.filter(pk__in=keys).delete()
    return len(keys)


def _require_side(role: Role, side: Side) -> None:
    if (fault := role_fault(role, side)) is not None:
        raise DomainError([fault])


def _locked(
    participant: Party,
    role: Role,
    commodity: Commodity,
    *,
    enquiry_id: UUID | None = None,
    response_id: UUID | None = None,
    seen: datetime | None = None,
) -> Enquiry:
    """Give a participant's enquiry as it stands, locked until the transaction ends: who saves at once waits.

    One that was saved after it had been seen is refused; one that has ended the rules refuse, and say more of.
    """
    named = {name: key for name, key in ((_REQUEST_ID, enquiry_id), (_RESPONSE_ID, response_id)) if key is not None}
    rows = selectors.enquiries_of(participant, role, commodity).select_for_update(of=("self",))
    if enquiry_id is not None:
        rows = rows.filter(pk=enquiry_id)
    if response_id is not None:
        rows = rows.filter(response_id=response_id)
    found = rows.first() if named else None
    if found is None:
        raise refuse(codes.ENQUIRY_CANNOT_BE_FOUND, listing(named), listing(named.values()))
    is_open = found.request_status == rules.Status.OPEN
    if is_open and (meanwhile := meanwhile_fault(found.changed_at, seen)) is not None:
        raise DomainError([meanwhile])
    return found


def _save(enquiry: Enquiry, side: Side, *, before: Content | None, after: Content, by: By, now: datetime) -> Enquiry:
    """Write what an enquiry says now and the step that led there, both with the clock's next instant."""
    enquiry.topic, enquiry.request_status = after.topic, after.status
    enquiry.reference_type = after.reference.type if after.reference else ""
    enquiry.reference_value = after.reference.value if after.reference else ""
    enquiry.request_comment, enquiry.response_comment = after.request_comment, after.response_comment
    at = next_instant(_CLOCK, now=now)
    if before is None:
        enquiry.created_at = at
    if side is Side.SENDER:
        enquiry.request_changed_at = at
    else:
        enquiry.response_changed_at = at
    enquiry.changed_at = at
    enquiry.unread_by = side.other
    enquiry.save(force_insert=before is None, force_update=before is not None)
    EnquiryStep.objects.create(
        enquiry=enquiry,
        at=at,
        side=side,
        technical_user=by.technical_user,
        user_id=by.user_id,
        changes=changed({} if before is None else before.as_history(), after.as_history()),
    )
    return enquiry
