"""What may be asked and answered, and where a request stands. Source: `4-exchanges.md`."""

from enum import StrEnum

from datahub.market import ConnectionState


class RequestedState(StrEnum):
    """What the supplier asks for; CANCELLED once it asks for nothing any more."""

    CONNECTED = "CONNECTED"
    DISCONNECTED = "DISCONNECTED"
    CANCELLED = "CANCELLED"


class RequestReason(StrEnum):
    DEBT = "DEBT"
    DEBT_PAID = "DEBT_PAID"
    NEW_AGREEMENT = "NEW_AGREEMENT"


class AnsweredState(StrEnum):
    """What the operator answers."""

    PLANNED = "PLANNED"
    REFUSED = "REFUSED"
    CONNECTED = "CONNECTED"
    DISCONNECTED = "DISCONNECTED"


class RefusalReason(StrEnum):
    FAULT = "FAULT"
    NO_AGREEMENT = "NO_AGREEMENT"
    AGREEMENT_END = "AGREEMENT_END"
    NO_SPR_MP = "NO_SPR_MP"
    GO_DISCONNECTED = "GO_DISCONNECTED"
    CANCELLED_ORDER = "CANCELLED_ORDER"
    NO_CANCEL = "NO_CANCEL"


class Stage(StrEnum):
    """Where a request stands between the two sides: not answered yet, as answered, or cancelled."""

    OPEN = "OPEN"
    PLANNED = "PLANNED"
    REFUSED = "REFUSED"
    CONNECTED = "CONNECTED"
    DISCONNECTED = "DISCONNECTED"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        """Whether neither side may save anything more."""
        return self in FINAL


FINAL = frozenset({Stage.CONNECTED, Stage.DISCONNECTED, Stage.CANCELLED})
# What a reason goes with: a debt disconnects, and what ends it connects again.
REASONS = {
    ConnectionState.DISCONNECTED: (RequestReason.DEBT,),
    ConnectionState.CONNECTED: (RequestReason.DEBT_PAID, RequestReason.NEW_AGREEMENT),
}


def stage_of(requested: RequestedState, answered: AnsweredState | None) -> Stage:
    """Give where a request stands."""
    if requested == RequestedState.CANCELLED:
        return Stage.CANCELLED
    return Stage.OPEN if answered is None else Stage(answered)


def asked_for(reason: RequestReason) -> ConnectionState:
    """Give the state that a reason asks for; it also tells what was asked before a request was cancelled."""
    return next(state for state, reasons in REASONS.items() if reason in reasons)
