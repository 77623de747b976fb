"""A connection request as its pages show it: its steps in words, its conditions, and what may be done with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from connections.models import ConnectionRequest, ConnectionStep
from connections.rules.conditions import MONTHS, Condition, Held
from connections.rules.states import AnsweredState, RequestedState
from connections.rules.transitions import Act, acts_from
from datahub.exchanges.rules import Side
from datahub.market import Permission
from datahub.periods import Period
from portal.acting import OperatorChoice
from portal.operator.exchanges import steps as histories
from portal.operator.exchanges.steps import ShownStep

# What was done is told of a step, other than where a request stands: Estonian has a form for each.
_ANSWERED = {
    AnsweredState.PLANNED: pgettext_lazy("event", "Planned"),
    AnsweredState.REFUSED: pgettext_lazy("event", "Refused"),
    AnsweredState.CONNECTED: pgettext_lazy("event", "Connected"),
    AnsweredState.DISCONNECTED: pgettext_lazy("event", "Disconnected"),
}


@dataclass(frozen=True, slots=True)
class Possible:
    """What somebody may do with a request now: the buttons that her page has."""

    change: bool = False
    cancel: bool = False
    plan: bool = False
    refuse: bool = False
    done: bool = False


def possible(request: ConnectionRequest, acting: OperatorChoice) -> Possible:
    """Give what somebody may do with a request, by the table of transitions and by her permissions."""
    if acting.side is None or not acting.may(Permission.EDITOR_CONNECTION_STATE):
        return Possible()
    acts = set(acts_from(acting.side, request.stage, request.asked_for))
    return Possible(
        change=bool(acts & {Act.CHANGE, Act.REVERSE}),
        cancel=Act.CANCEL in acts,
        plan=Act.PLAN in acts,
        refuse=Act.REFUSE in acts,
        done=bool(acts & {Act.CONNECT, Act.DISCONNECT}),
    )


@dataclass(frozen=True, slots=True)
class ShownCondition:
    """A condition in words: whether it holds, by which agreement, and until when that counts (None: without end)."""

    text: str
    holds: bool
    period: Period | None
    until: datetime | None
    months: int


def shown_conditions(held: Iterable[Held], *, operator: str) -> list[ShownCondition]:
    """Give the three conditions as a supplier that asks an operator of a name sees them."""
    texts = {
        Condition.JOINT_INVOICE: _("Joint invoice agreement between %(operator)s and you"),
        Condition.SUPPLY: _("Your supply agreement with the customer at the metering point"),
        Condition.GRID: _("Grid agreement of the customer with %(operator)s at the metering point"),
    }
    return [
        ShownCondition(
            text=texts[one.condition] % {"operator": operator},
            holds=one.holds,
            period=one.period,
            until=one.until,
            months=MONTHS[one.condition],
        )
        for one in held
    ]


def shown_steps(steps: Iterable[ConnectionStep], request: ConnectionRequest, side: Side) -> list[ShownStep]:
    """Give the steps of a request as a side sees them."""
    known = list(steps)
    done = {step.pk: _done(step) for step in known}
    return histories.shown(known, request, side=side, done=done)


def _done(step: ConnectionStep) -> str:
    if step.side == Side.RECEIVER:
        answered = step.changes.get("responseConnectionState")
        return str(_ANSWERED[AnsweredState(answered[1])]) if answered else _("Answer changed")
    before, after = step.changes.get("requestedConnectionState", [None, None])
    if after == RequestedState.CANCELLED:
        return _("Request cancelled")
    if before is None and after is not None:
        return _("Connection requested") if after == RequestedState.CONNECTED else _("Disconnection requested")
    return _("Request changed") if after is None else _("Opposite requested")
