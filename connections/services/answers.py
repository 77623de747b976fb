"""What operators save: each is one use case in one transaction. Source: seed `003`, steps 5 and 7."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from connections.models import ConnectionRequest
from connections.rules import answers
from connections.rules.answers import ACTS, Answer, AnswerChange
from connections.rules.states import AnsweredState, RefusalReason
from connections.rules.transitions import Transition, transition
from connections.services.saving import Named, keep_step, lock_request, require_role, snapshot, stamp
from datahub.errors import DomainError, codes, phrase, refuse
from datahub.exchanges.rules import NOTHING_NEW, By, Side
from datahub.market_time import TALLINN
from datahub.parties.models import Party


@transaction.atomic
def submit_answer(
    *,
    participant: Party,
    role: str,
    commodity: str,
    request_id: UUID,
    answer: Answer,
    by: By,
    now: datetime,
    path: str = "connectionStateResponse",
    response_id: UUID | None = None,
    seen: datetime | None = None,
) -> ConnectionRequest:
    """Give a request its one answer; give the request as saved.

    `seen`: as in `lock_request`. Raises DomainError with all faults of the answer;
    connection-state-response-already-exists for a second one.
    """
    require_role(role, Side.RECEIVER)
    named = Named(request_id)
    request = lock_request(named, participant=participant, side=Side.RECEIVER, commodity=commodity, seen=seen)
    if request.is_answered:
        raise refuse(codes.CONNECTION_REQUEST_ANSWERED, named.field, request.pk, request.response_id)
    line = _line(answer.state, request, path)
    _check(line, answer, None, now, path)
    before = snapshot(request)
    request.response_id = response_id or uuid4()
    return _save(request, answer, before, by, now)


@transaction.atomic
def change_answer(
    *,
    participant: Party,
    role: str,
    commodity: str,
    request_id: UUID | None = None,
    response_id: UUID | None = None,
    change: AnswerChange,
    by: By,
    now: datetime,
    path: str = "connectionStateResponseChange",
    seen: datetime | None = None,
) -> ConnectionRequest:
    """Change the answer to a request that is neither done nor cancelled; give the request as saved.

    It is named by its own id, by that of the request, or by both; `seen`: as in `lock_request`. Raises
    DomainError with all faults of the answer as it would be; connection-state-response-not-exists where there is none
    yet, missing where neither id is given.
    """
    require_role(role, Side.RECEIVER)
    if request_id is None and response_id is None:
        other = phrase("and so is {0}; one of them is needed", "connectionStateResponseId")
        raise refuse(codes.MISSING_WHERE, "connectionStateRequestId", other)
    named = Named(request_id, response_id)
    request = lock_request(named, participant=participant, side=Side.RECEIVER, commodity=commodity, seen=seen)
    if not request.is_answered:
        raise refuse(codes.CONNECTION_REQUEST_NOT_ANSWERED, named.field, request.pk)
    standing = _answer(request)
    line = _line(change.state or standing.state, request, path)
    answer = answers.merged(standing, change, line)
    _check(line, answer, standing, now, path)
    if answer == standing:
        raise refuse(codes.NO_CHANGE_RECEIVED, NOTHING_NEW)
    return _save(request, answer, snapshot(request), by, now)


def _line(state: AnsweredState, request: ConnectionRequest, path: str) -> Transition:
    """Give the table's line of an answer, or refuse one that cannot follow."""
    line = transition(Side.RECEIVER, ACTS[state], request.stage, request.asked_for)
    if line is None:
        raise DomainError([answers.state_fault(state, request.stage, request.asked_for, path=path)])
    return line


def _answer(request: ConnectionRequest) -> Answer:
    return Answer(
        state=AnsweredState(request.response_state),
        reason=RefusalReason(request.response_reason) if request.response_reason else None,
        estimated_date=request.estimated_date,
        comment=request.response_comment,
    )


def _check(line: Transition, answer: Answer, standing: Answer | None, now: datetime, path: str) -> None:
    today = now.astimezone(TALLINN).date()
    if faults := answers.field_faults(line, answer, standing=standing, today=today, path=path):
        raise DomainError(faults)


def _save(
    request: ConnectionRequest, answer: Answer, before: dict[str, object], by: By, now: datetime
) -> ConnectionRequest:
    request.response_state = answer.state
    request.response_reason = answer.reason or ""
    request.estimated_date = answer.estimated_date
    request.response_comment = answer.comment
    stamp(request, Side.RECEIVER, now=now)
    request.save()
    keep_step(request, before, Side.RECEIVER, by)
    return request
