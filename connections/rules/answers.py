"""What is wrong with what an operator answers. Source: `4-exchanges.md`, "Connection and disconnection requests"."""

from dataclasses import dataclass
from datetime import date

from connections.rules.states import AnsweredState, RefusalReason, Stage
from connections.rules.transitions import Act, Need, Transition, acts_from
from datahub.errors import Fault, any_of, codes, fault, listing, phrase
from datahub.exchanges.rules import Side
from datahub.market import ConnectionState

ACTS = {
    AnsweredState.PLANNED: Act.PLAN,
    AnsweredState.REFUSED: Act.REFUSE,
    AnsweredState.CONNECTED: Act.CONNECT,
    AnsweredState.DISCONNECTED: Act.DISCONNECT,
}
_STATES = {act: state for state, act in ACTS.items()}


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operator answers."""

    state: AnsweredState
    reason: RefusalReason | None = None
    estimated_date: date | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """What the change of an answer names; None stays as it is."""

    state: AnsweredState | None = None
    reason: RefusalReason | None = None
    estimated_date: date | None = None
    comment: str | None = None


def merged(before: Answer, given: AnswerChange, line: Transition) -> Answer:
    """Give an answer once it is changed; what does not go with its state any more goes.

    `line` is that of the state that it has then.
    """
    return Answer(
        state=given.state or before.state,
        reason=given.reason or (None if Need.NO_REASON in line.needs else before.reason),
        estimated_date=given.estimated_date or (None if Need.NO_DATE in line.needs else before.estimated_date),
        comment=before.comment if given.comment is None else given.comment,
    )


def field_faults(
    line: Transition, answer: Answer, *, standing: Answer | None = None, today: date, path: str
) -> list[Fault]:
    """Tell what is wrong with the fields of an answer; `standing` is what was answered before, if anything was.

    A date that stands already may have passed since.
    """
    faults = []
    given_date = answer.estimated_date
    standing_date = standing and standing.estimated_date
    dates, reasons = f"{path}.estimatedDate", f"{path}.responseReason"
    if Need.PLANNED_DATE in line.needs and given_date is None:
        where = phrase("where {0} is {1}", f"{path}.responseConnectionState", answer.state)
        faults.append(fault(codes.MISSING_WHERE, dates, where))
    if Need.ESTIMATED_DATE in line.needs and given_date not in (None, standing_date) and given_date < today:
        faults.append(fault(codes.CONNECTION_ESTIMATED_DATE_PAST, dates, given_date, today))
    if Need.NO_DATE in line.needs and given_date is not None:
        others = any_of(state for state in AnsweredState if state != AnsweredState.REFUSED)
        where = phrase("only with {0}", others)
        faults.append(fault(codes.CONNECTION_ATTRIBUTE_DOES_NOT_FIT, dates, given_date, where, answer.state))
    if Need.REFUSAL_REASON in line.needs and answer.reason is None:
        faults.append(fault(codes.CONNECTION_REFUSAL_REASON_MISSING, reasons, listing(RefusalReason)))
    if Need.NO_REASON in line.needs and answer.reason is not None:
        where = phrase("only with {0}", AnsweredState.REFUSED)
        faults.append(fault(codes.CONNECTION_ATTRIBUTE_DOES_NOT_FIT, reasons, answer.reason, where, answer.state))
    return faults


def state_fault(state: AnsweredState, stage: Stage, asked: ConnectionState, *, path: str) -> Fault:
    """Say that a state cannot be answered where another was asked for, and which can."""
    possible = any_of(_STATES[act] for act in acts_from(Side.RECEIVER, stage, asked))
    field = f"{path}.responseConnectionState"
    return fault(codes.CONNECTION_NEXT_STATE_NOT_ALLOWED, field, state, asked, stage, possible)
