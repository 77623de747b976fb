"""What suppliers save: each is one use case in one transaction. Source: seed `003`, steps 1 to 3."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from connections import selectors
from connections.models import ONE_OPEN, ConnectionRequest
from connections.rules import conditions, requests
from connections.rules.conditions import Asked, Condition, Held
from connections.rules.requests import Change, Terms
from connections.rules.states import RequestedState, RequestReason, Stage
from connections.rules.transitions import Act, Need, Transition, transition
from connections.services.saving import Named, keep_step, lock_request, require_role, snapshot, stamp
from datahub.access.services.access_log import Read, log_read
from datahub.errors import DomainError, Fault, codes, fault, refuse
from datahub.exchanges.rules import NOTHING_NEW, By, Side, changed
from datahub.market import Commodity, ConnectionState, SourceType
from datahub.market_time import TALLINN
from datahub.parties.models import Party, User

# So often a request is written where others come and go at the same place; then its sender is asked to come again.
_ATTEMPTS = 3
_RETRY_AFTER_SECONDS = 1


class RefusedByWhatStands(DomainError):
    """A refusal that tells something of a customer of the supplier: its grid agreement, or another's request."""

    def __init__(self, faults: list[Fault], *, meter_eic: str, customer_eic: str) -> None:
        super().__init__(faults)
        self.meter_eic = meter_eic
        self.customer_eic = customer_eic


def log_refusal(
    *, participant: Party, role: str, commodity: str, refusal: RefusedByWhatStands, by: By, now: datetime
) -> None:
    """Log what a refusal told of a customer's point, as a read of a supplier that has or had an agreement there.

    To be called when the refused save is rolled back.
    """
    read = Read(refusal.customer_eic, refusal.meter_eic, ground=SourceType.AGREEMENT)
    _log(participant, role, commodity, read, by=by, now=now)


def _log(reader: Party, role: str, commodity: str, read: Read, *, by: By, now: datetime) -> None:
    log_read(
        participant=reader,
        role=role,
        commodity=commodity,
        service="connection-state",
        reads=[read],
        now=now,
        technical_user=by.technical_user,
        user=User.objects.filter(pk=by.user_id).first() if by.user_id else None,
    )


@transaction.atomic
def check_conditions(*, participant: Party, role: str, asked: Asked, by: By, now: datetime) -> list[Held]:
    """Tell a supplier which of the three agreements of a request that it is about to make hold; `asked` names it.

    Where it is told of the operator's agreement with the customer, that is logged as a read.
    """
    require_role(role, Side.SENDER)
    held = selectors.check_conditions(asked, now=now)
    if _tells_of_customer(held):
        read = Read(asked.customer_eic, asked.meter_eic, ground=SourceType.AGREEMENT)
        _log(participant, role, asked.commodity, read, by=by, now=now)
    return held


@transaction.atomic
def submit_request(
    *,
    participant: Party,
    role: str,
    commodity: str,
    terms: Terms,
    by: By,
    now: datetime,
    path: str = "connectionStateRequest",
    request_id: UUID | None = None,
) -> ConnectionRequest:
    """Ask an operator to disconnect a customer, or to connect it again; give the request as saved.

    `participant`, `role` and `commodity` are the sender's, `path` is that of the terms in its message. What is wrong
    with the request by itself is told first, then which of the three agreements are missing, then whether another
    request is open. Raises DomainError with all faults of the first of these that has any.
    """
    require_role(role, Side.SENDER)
    line = _line(Act.ASK, None, ConnectionState(terms.requested_state))
    operator = selectors.operator_of(terms.service_provider_eic, commodity, now=now)
    faults = requests.operator_faults(terms, operator.roles, Commodity(commodity), path=path)
    faults += requests.field_faults(line, terms, today=_today(now), path=path)
    if faults or operator.party is None:
        raise DomainError(faults)
    _check_conditions(terms, participant, commodity, now, path)
    request = ConnectionRequest(
        id=request_id or uuid4(),
        commodity=commodity,
        sender=participant,
        receiver=operator.party,
        meter_eic=terms.meter_eic,
        customer_eic=terms.customer_eic,
    )
    _write(request, terms)
    _refuse_second(request, participant, path)
    stamp(request, Side.SENDER, now=now)
    request.created_at = request.changed_at
    _insert(request, participant, path)
    keep_step(request, {}, Side.SENDER, by)
    return request


@transaction.atomic
def change_request(
    *,
    participant: Party,
    role: str,
    commodity: str,
    request_id: UUID,
    change: Change,
    by: By,
    now: datetime,
    path: str = "connectionStateRequestChange",
    seen: datetime | None = None,
) -> ConnectionRequest:
    """Change or cancel a request that is neither done nor cancelled; give it as saved. The answer stays as it is.

    Who asks for the opposite is asked for the three agreements again: else a request of old were a way around them.
    `seen`: as in `lock_request`. Raises DomainError with all faults of its fields, else with those of its agreements.
    """
    require_role(role, Side.SENDER)
    named = Named(request_id)
    request = lock_request(named, participant=participant, side=Side.SENDER, commodity=commodity, seen=seen)
    standing = _terms(request)
    act = requests.act_of(change, request.asked_for)
    line = _line(act, request.stage, request.asked_for)
    terms = requests.merged(standing, change)
    _raise(requests.field_faults(line, terms, standing=standing, change=change, today=_today(now), path=path))
    if terms == standing:
        raise refuse(codes.NO_CHANGE_RECEIVED, NOTHING_NEW)
    if Need.CONDITIONS in line.needs:
        _check_conditions(terms, participant, commodity, now, path)
    before = snapshot(request)
    _write(request, terms)
    stamp(request, Side.SENDER, now=now)
    request.save()
    keep_step(request, before, Side.SENDER, by)
    return request


def _today(now: datetime) -> date:
    return now.astimezone(TALLINN).date()


def _line(act: Act, before: Stage | None, asked: ConnectionState) -> Transition:
    """Give the table's line of a supplier's act: there is one as long as nothing is final."""
    line = transition(Side.SENDER, act, before, asked)
    if line is None:
        raise ValueError(f"the table of transitions does not know {act} of a supplier")
    return line


def _terms(request: ConnectionRequest) -> Terms:
    return Terms(
        service_provider_eic=request.receiver.eic,
        meter_eic=request.meter_eic,
        customer_eic=request.customer_eic,
        requested_state=RequestedState(request.requested_state),
        reason=RequestReason(request.reason),
        preferred_date=request.preferred_date,
        comment=request.request_comment,
    )


def _write(request: ConnectionRequest, terms: Terms) -> None:
    request.requested_state = terms.requested_state
    request.reason = terms.reason
    request.preferred_date = terms.preferred_date
    request.request_comment = terms.comment


def was_sent_as(request: ConnectionRequest, terms: Terms) -> bool:
    """Tell whether a request asked for this when it was sent, whatever was changed since."""
    place = request.receiver.eic, request.meter_eic, request.customer_eic
    if place != (terms.service_provider_eic, terms.meter_eic, terms.customer_eic):
        return False
    asked = ConnectionRequest()
    _write(asked, terms)
    return bool(selectors.steps_of(request)[0].changes == changed({}, snapshot(asked)))


def _raise(faults: list[Fault]) -> None:
    if faults:
        raise DomainError(faults)


def _check_conditions(terms: Terms, participant: Party, commodity: str, now: datetime, path: str) -> None:
    """Refuse a request that not all of its agreements carry."""
    asked = Asked(
        participant.eic, terms.service_provider_eic, terms.meter_eic, terms.customer_eic, Commodity(commodity)
    )
    held = selectors.check_conditions(asked, now=now)
    faults = conditions.condition_faults(held, asked, path=path)
    if faults and _tells_of_customer(held):
        raise RefusedByWhatStands(faults, meter_eic=terms.meter_eic, customer_eic=terms.customer_eic)
    _raise(faults)


def _tells_of_customer(held: Iterable[Held]) -> bool:
    """Tell whether it says anything of the grid agreement: only to a supplier that has or had the customer."""
    return any(one.condition == Condition.SUPPLY and one.holds for one in held)


def _refuse_second(request: ConnectionRequest, participant: Party, path: str) -> None:
    """Refuse a request while another is open for the same point, customer and operator."""
    other = (
        ConnectionRequest.objects.open()
        .filter(meter_eic=request.meter_eic, customer_eic=request.customer_eic, receiver=request.receiver)
        .first()
    )
    if other is None:
        return
    args = f"{path}.meterEic", request.receiver.eic, request.meter_eic, request.customer_eic
    if other.sender_id == participant.pk:
        raise refuse(codes.REDUNDANT_OWN_CONNECTION_REQUEST, *args, other.pk)
    told = [fault(codes.REDUNDANT_CONNECTION_REQUEST, *args)]
    raise RefusedByWhatStands(told, meter_eic=request.meter_eic, customer_eic=request.customer_eic)


def _insert(request: ConnectionRequest, participant: Party, path: str) -> None:
    """Write a new request, unless another is open that could not be seen before: the database refuses a second one.

    The other may have ended again by the time it is looked for; then there is room, and the request is written.
    """
    for _ in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                request.save(force_insert=True)
        except IntegrityError as error:
            cause = error.__cause__
            if not isinstance(cause, UniqueViolation) or cause.diag.constraint_name != ONE_OPEN:
                raise
            _refuse_second(request, participant, path)
        else:
            return
    raise refuse(codes.UNAVAILABLE, _RETRY_AFTER_SECONDS, retry_after=_RETRY_AFTER_SECONDS)
