"""Every act of either side at every stage of a request, allowed and refused, through the services."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from connections.models import ConnectionRequest
from connections.rules.answers import Answer
from connections.rules.states import AnsweredState, RefusalReason, RequestedState, RequestReason, Stage
from connections.rules.transitions import TRANSITIONS, Act, transition
from datahub.errors import DomainError
from datahub.exchanges.rules import Side
from datahub.market import ConnectionState, Role
from tests.agreements.market import NORTH, SUN
from tests.connections.acting import (
    CONNECTION,
    NOW,
    PLANNED,
    REFUSED,
    TOMORROW,
    answer,
    ask,
    cancel,
    change,
    reanswer,
    refusals,
)

pytestmark = pytest.mark.usefixtures("lawful")

OPEN, PLAN, NO, ON, OFF, GONE = Stage
ANSWERS = {
    Act.PLAN: PLANNED,
    Act.REFUSE: REFUSED,
    Act.CONNECT: Answer(AnsweredState.CONNECTED),
    Act.DISCONNECT: Answer(AnsweredState.DISCONNECTED),
}
DONE = {ConnectionState.CONNECTED: Act.CONNECT, ConnectionState.DISCONNECTED: Act.DISCONNECT}
TERMINATED, NEXT_STATE, SENDER_TYPE = (
    "connection-state-process-terminated",
    "connection-state-message-next-state-is-not-allowed",
    "sender-type-error",
)
# What comes of an act at a stage: the next stage, or the code of the refusal. As `4-exchanges.md` tells it, written
# down once more beside the code's own table.
EXPECTED: dict[tuple[Act, Stage], str] = {
    (Act.CHANGE, OPEN): OPEN,
    (Act.CHANGE, PLAN): PLAN,
    (Act.CHANGE, NO): NO,
    (Act.REVERSE, OPEN): OPEN,
    (Act.REVERSE, PLAN): PLAN,
    (Act.REVERSE, NO): NO,
    (Act.CANCEL, OPEN): GONE,
    (Act.CANCEL, PLAN): GONE,
    (Act.CANCEL, NO): GONE,
    (Act.PLAN, OPEN): PLAN,
    (Act.PLAN, PLAN): PLAN,
    (Act.PLAN, NO): PLAN,
    (Act.REFUSE, OPEN): NO,
    (Act.REFUSE, PLAN): NO,
    (Act.REFUSE, NO): NO,
    # As was asked; the opposite is refused.
    (Act.CONNECT, OPEN): ON,
    (Act.CONNECT, PLAN): ON,
    (Act.CONNECT, NO): ON,
    (Act.DISCONNECT, OPEN): OFF,
    (Act.DISCONNECT, PLAN): OFF,
    (Act.DISCONNECT, NO): OFF,
    **{(act, stage): TERMINATED for act in Act for stage in (ON, OFF, GONE) if act != Act.ASK},
}
OF_SENDER = (Act.CHANGE, Act.REVERSE, Act.CANCEL)


def brought_to(stage: Stage, asked: ConnectionState) -> ConnectionRequest:
    """Make a request for a state that stands at a stage."""
    request = ask(**(CONNECTION if asked == ConnectionState.CONNECTED else {}))
    match stage:
        case Stage.CANCELLED:
            return cancel(request)
        case Stage.PLANNED:
            return answer(request, PLANNED)
        case Stage.REFUSED:
            return answer(request, REFUSED)
        case Stage.CONNECTED | Stage.DISCONNECTED:
            return answer(request, Answer(AnsweredState(stage)))
    return request


def opposite(asked: ConnectionState) -> dict[str, Any]:
    if asked == ConnectionState.DISCONNECTED:
        return CONNECTION
    return {"requested_state": RequestedState.DISCONNECTED, "reason": RequestReason.DEBT}


def done(act: Act, request: ConnectionRequest, **options: Any) -> ConnectionRequest:
    """Do an act, an operator's by POST where there is no answer yet and by PUT where there is one."""
    asked = request.asked_for
    acts: dict[Act, Callable[[], ConnectionRequest]] = {
        Act.CHANGE: lambda: change(request, comment="another word", **options),
        Act.REVERSE: lambda: change(request, **opposite(asked), **options),
        Act.CANCEL: lambda: cancel(request, **options),
    }
    if act in acts:
        return acts[act]()
    given = ANSWERS[act]
    if not request.is_answered:
        return answer(request, given, **options)
    fields = {"state": given.state, "reason": given.reason, "estimated_date": given.estimated_date}
    return reanswer(request, comment="another word", **fields, **options)


REACHABLE = [
    (stage, asked)
    for stage, asked in product(Stage, ConnectionState)
    if stage not in (ON, OFF) or stage.value == asked.value
]


@pytest.mark.parametrize(("stage", "asked"), REACHABLE)
@pytest.mark.parametrize("act", [act for act in Act if act != Act.ASK])
@pytest.mark.parametrize("side", Side)
def test_every_act_at_every_stage(stage: Stage, asked: ConnectionState, act: Act, side: Side) -> None:
    request = brought_to(stage, asked)
    steps = request.steps.count()
    expected: str = EXPECTED[act, stage]
    if act in DONE.values() and DONE[asked] != act and expected != TERMINATED:
        expected = NEXT_STATE
    own = side is Side.SENDER if act in OF_SENDER else side is Side.RECEIVER
    options = {} if own else _as_the_other(side)
    if not own:
        expected = SENDER_TYPE
    if expected in set(Stage):
        after = done(act, request, **options)
        assert after.stage == expected
        assert (after.ended_at is not None) == after.stage.is_final
        assert after.steps.count() == steps + 1
        step = after.steps.order_by("-id")[0]
        assert (step.side, step.at, step.technical_user) == (side, after.changed_at, "38X-TEST")
        assert step.changes
        # The other side's save is as it was.
        other = "response_changed_at" if side is Side.SENDER else "request_changed_at"
        assert getattr(after, other) == getattr(request, other)
    else:
        before = ConnectionRequest.objects.values().get(pk=request.pk)
        with pytest.raises(DomainError) as refused:
            done(act, request, **options)
        assert refusals(refused.value) == [expected]
        assert ConnectionRequest.objects.values().get(pk=request.pk) == before
        assert request.steps.count() == steps
    ConnectionRequest.objects.get(pk=request.pk).full_clean()


def _as_the_other(side: Side) -> dict[str, Any]:
    if side is Side.SENDER:
        return {"sender": SUN, "role": Role.OPEN_SUPPLIER}
    return {"sender": NORTH, "role": Role.GRID_OPERATOR}


def test_the_table_has_what_is_allowed_and_nothing_else() -> None:
    lines = {(line.act, line.before): line.after for line in TRANSITIONS if line.before is not None}
    assert lines == {key: after for key, after in EXPECTED.items() if after in set(Stage)}
    assert len(lines) == len(TRANSITIONS) - 1
    for stage, asked, act in product((ON, OFF, GONE), ConnectionState, Act):
        for side in Side:
            assert transition(side, act, stage, asked) is None


def test_what_is_refused_after_the_end_says_which_and_since_when() -> None:
    request = cancel(ask())
    with pytest.raises(DomainError) as refused:
        answer(request)
    assert refused.value.cause.message == (
        f"connectionStateRequestId: the request {request.pk} has been CANCELLED since 2026-05-04T10:00:00.000001Z;"
        " nothing more can be saved"
    )
    request = answer(ask(), Answer(AnsweredState.DISCONNECTED))
    with pytest.raises(DomainError, match=f"the request {request.pk} has been DISCONNECTED since 2026-05-04T10:00:00"):
        cancel(request)
    with pytest.raises(DomainError, match="nothing more can be saved"):
        reanswer(None, response_id=request.response_id, state=AnsweredState.PLANNED, estimated_date=TOMORROW)


def test_a_refusal_of_a_state_says_which_are_possible() -> None:
    with pytest.raises(DomainError) as refused:
        answer(ask(), Answer(AnsweredState.CONNECTED))
    assert refused.value.cause.message == (
        "connectionStateResponse.responseConnectionState is CONNECTED, but DISCONNECTED was requested and the request"
        " is OPEN; possible are PLANNED or REFUSED or DISCONNECTED"
    )


def test_what_was_asked_before_a_cancellation_stays_known() -> None:
    request = cancel(answer(ask(**CONNECTION)), comment="paid in cash")
    assert (request.requested_state, request.asked_for) == (RequestedState.CANCELLED, ConnectionState.CONNECTED)
    assert [step.changes for step in request.steps.order_by("id")] == [
        {
            "requestedConnectionState": [None, "CONNECTED"],
            "requestReason": [None, "DEBT_PAID"],
            "preferredDate": [None, "2026-05-05"],
            "requestComment": [None, "Three invoices"],
        },
        {"responseConnectionState": [None, "PLANNED"], "estimatedDate": [None, "2026-05-05"]},
        {
            "requestedConnectionState": ["CONNECTED", "CANCELLED"],
            "requestComment": ["Three invoices", "paid in cash"],
        },
    ]
    assert [(step.side, step.at > NOW) for step in request.steps.order_by("id")] == [
        ("SENDER", False),
        ("RECEIVER", True),
        ("SENDER", True),
    ]


def test_a_refusal_taken_back_leaves_its_reason_in_the_history_alone() -> None:
    request = reanswer(answer(ask(), REFUSED), state=AnsweredState.PLANNED, estimated_date=TOMORROW)
    assert (request.response_state, request.response_reason) == ("PLANNED", "")
    request = reanswer(request, state=AnsweredState.REFUSED, reason=RefusalReason.NO_SPR_MP)
    assert (request.response_reason, request.estimated_date) == ("NO_SPR_MP", None)
    assert [step.changes for step in request.steps.order_by("id")][2:] == [
        {
            "responseConnectionState": ["REFUSED", "PLANNED"],
            "responseReason": ["FAULT", None],
            "estimatedDate": [None, "2026-05-05"],
        },
        {
            "responseConnectionState": ["PLANNED", "REFUSED"],
            "responseReason": [None, "NO_SPR_MP"],
            "estimatedDate": ["2026-05-05", None],
        },
    ]
