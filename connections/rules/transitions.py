"""Who may do what with a connection request, and when: one table. Source: `4-exchanges.md`.

The services ask it for every save, and the docs' table is made of it (`connections.document`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum

from connections.rules.states import Stage
from datahub.exchanges.rules import Side
from datahub.market import ConnectionState


class Act(StrEnum):
    """What one side does in one save."""

    ASK = "ASK"
    CHANGE = "CHANGE"
    REVERSE = "REVERSE"
    CANCEL = "CANCEL"
    PLAN = "PLAN"
    REFUSE = "REFUSE"
    CONNECT = "CONNECT"
    DISCONNECT = "DISCONNECT"


class Need(Enum):
    """What must hold for a save beside the stage, in words for the docs."""

    CONDITIONS = "the three agreements hold now"
    NO_OTHER_OPEN = "no other request is open for the point, customer and operator"
    OPERATOR = "the one asked is a grid operator or closed distribution network of the commodity now"
    REASON_FITS = "the reason fits the requested state"
    PREFERRED_DATE = "a preferred date that does not stand already is not past"
    NOTHING_ELSE = "nothing but the comment changes with it"
    SAME_PLACE = "point, customer and operator stay"
    PLANNED_DATE = "an estimated date"
    ESTIMATED_DATE = "an estimated date that does not stand already is not past"
    NO_DATE = "no estimated date, a planned one goes"
    REFUSAL_REASON = "a reason"
    NO_REASON = "no reason, that of a refusal goes"


@dataclass(frozen=True, slots=True)
class Transition:
    """One line of the table: a side's act leads from a stage (None: there is no request yet) to another.

    `asked` names the state that must have been asked for, where it matters.
    """

    side: Side
    act: Act
    before: Stage | None
    after: Stage
    asked: ConnectionState | None = None
    needs: tuple[Need, ...] = ()


_UNDECIDED = (Stage.OPEN, Stage.PLANNED, Stage.REFUSED)
_ASKING = (Need.OPERATOR, Need.REASON_FITS, Need.PREFERRED_DATE, Need.CONDITIONS, Need.NO_OTHER_OPEN)
_CHANGING = (Need.SAME_PLACE, Need.REASON_FITS, Need.PREFERRED_DATE)
# Whatever day it was done on may be told.
_DOING = (Need.NO_REASON,)


def _from_each(
    side: Side,
    act: Act,
    after: Stage | None,
    needs: tuple[Need, ...],
    asked: ConnectionState | None = None,
) -> list[Transition]:
    """Give an act from every stage that is not final; without `after` the stage stays."""
    return [Transition(side, act, before, after or before, asked, needs) for before in _UNDECIDED]


TRANSITIONS = (
    Transition(Side.SENDER, Act.ASK, None, Stage.OPEN, None, _ASKING),
    *_from_each(Side.SENDER, Act.CHANGE, None, _CHANGING),
    *_from_each(Side.SENDER, Act.REVERSE, None, (*_CHANGING, Need.CONDITIONS)),
    *_from_each(Side.SENDER, Act.CANCEL, Stage.CANCELLED, (Need.SAME_PLACE, Need.NOTHING_ELSE)),
    *_from_each(Side.RECEIVER, Act.PLAN, Stage.PLANNED, (Need.PLANNED_DATE, Need.ESTIMATED_DATE, Need.NO_REASON)),
    *_from_each(Side.RECEIVER, Act.REFUSE, Stage.REFUSED, (Need.REFUSAL_REASON, Need.NO_DATE)),
    *_from_each(Side.RECEIVER, Act.CONNECT, Stage.CONNECTED, _DOING, ConnectionState.CONNECTED),
    *_from_each(Side.RECEIVER, Act.DISCONNECT, Stage.DISCONNECTED, _DOING, ConnectionState.DISCONNECTED),
)
_BY_KEY = {(line.side, line.act, line.before): line for line in TRANSITIONS}


def transition(side: Side, act: Act, before: Stage | None, asked: ConnectionState) -> Transition | None:
    """Give the line of the table for a side's act at a stage where a state was asked for; None: it may not be done."""
    line = _BY_KEY.get((side, act, before))
    return line if line is not None and line.asked in (None, asked) else None


def acts_from(side: Side, before: Stage | None, asked: ConnectionState) -> Iterable[Act]:
    """Give what a side may do at a stage, in the order of the table."""
    return [
        line.act for line in TRANSITIONS if line.side == side and line.before == before and line.asked in (None, asked)
    ]
