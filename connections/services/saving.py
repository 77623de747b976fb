"""What the saves of both sides have in common: who may, which request under its lock, its history."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from connections.models import TABLE, ConnectionRequest, ConnectionStep
from datahub.errors import DomainError, codes, phrase, refuse
from datahub.exchanges.models import next_instant
from datahub.exchanges.rules import By, Side, changed, meanwhile_fault, role_fault
from datahub.market import Role
from datahub.parties.models import Party

_CALLED = {Side.SENDER: phrase("sender"), Side.RECEIVER: phrase("receiver")}


@dataclass(frozen=True, slots=True)
class Named:
    """Which request is meant, by its id, by that of its answer, or by both; each with the field that names it."""

    request_id: UUID | None = None
    response_id: UUID | None = None

    @property
    def field(self) -> str:
        """The field of the id that the words of a refusal name."""
        return "connectionStateRequestId" if self.request_id else "connectionStateResponseId"

    @property
    def id(self) -> UUID | None:
        """That id."""
        return self.request_id or self.response_id


def require_role(role: str, side: Side) -> None:
    """Refuse a role in which nobody stands on a side, before anything is looked up."""
    if (fault := role_fault(Role(role), side)) is not None:
        raise DomainError([fault])


def lock_request(
    named: Named, *, participant: Party, side: Side, commodity: str, seen: datetime | None = None
) -> ConnectionRequest:
    """Lock the request that is meant, give it as it now stands.

    `seen` is the `changed_at` of the request on which the save was decided, where that is known: what was saved since
    is not overwritten (changed-meanwhile).

    Of a request that is not its own, or that it has for the other commodity, a participant is told what it is told of
    one that does not exist. Raises connection-state-participant-must-be-sender-or-receiver where it stands on the other
    side; connection-state-process-terminated where nothing may be saved any more.
    """
    ids: dict[str, Any] = {"id": named.request_id, "response_id": named.response_id}
    found = (
        ConnectionRequest.objects.select_for_update(of=("self",))
        .select_related("sender", "receiver")
        .filter(Q(sender=participant) | Q(receiver=participant), commodity=commodity)
        .filter(**{name: value for name, value in ids.items() if value is not None})
        .first()
    )
    if found is None:
        both = named.request_id and named.response_id
        which = phrase("{0} with the answer {1}", named.request_id, named.response_id) if both else named.id
        raise refuse(codes.CONNECTION_REQUEST_NOT_EXISTS, named.field, which)
    own = found.sender_id if side is Side.SENDER else found.receiver_id
    if own != participant.pk:
        raise refuse(codes.CONNECTION_PARTICIPANT, named.field, named.id, _CALLED[side.other], _CALLED[side])
    if found.stage.is_final:
        raise refuse(codes.CONNECTION_PROCESS_TERMINATED, named.field, named.id, found.stage, found.ended_at)
    if (meanwhile := meanwhile_fault(found.changed_at, seen)) is not None:
        raise DomainError([meanwhile])
    return found


def snapshot(request: ConnectionRequest) -> dict[str, Any]:
    """Give what a request says, with the market's names, as its history keeps it; what is unset is left out."""
    said = {
        "requestedConnectionState": request.requested_state,
        "requestReason": request.reason,
        "preferredDate": request.preferred_date and request.preferred_date.isoformat(),
        "requestComment": request.request_comment,
        "responseConnectionState": request.response_state,
        "responseReason": request.response_reason,
        "estimatedDate": request.estimated_date and request.estimated_date.isoformat(),
        "responseComment": request.response_comment,
    }
    return {name: str(value) for name, value in said.items() if value}


def stamp(request: ConnectionRequest, side: Side, *, now: datetime) -> None:
    """Give a request that is about to be written the instant of this save; other saves wait from here on."""
    instant = next_instant(TABLE, now=now)
    if side is Side.SENDER:
        request.request_changed_at = instant
    else:
        request.response_changed_at = instant
    request.changed_at = instant
    request.ended_at = instant if request.stage.is_final else None


def keep_step(request: ConnectionRequest, before: dict[str, Any], side: Side, by: By) -> None:
    """Add a save to the history of a request: who did it, and what it changed from what `before` said."""
    ConnectionStep.objects.create(
        request=request,
        at=request.changed_at,
        side=side,
        technical_user=by.technical_user,
        user_id=by.user_id,
        changes=changed(before, snapshot(request)),
    )
