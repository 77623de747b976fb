"""What is said of connection requests. Written by `tools/write_types.py` from the hub's description, not by hand."""

from typing import NotRequired, TypedDict

from datahub_client.types.codes import (
    ConnectionState,
    RequestedConnectionState,
    RequestReason,
    ResponseConnectionState,
    ResponseReason,
)
from datahub_client.types.common import PageAnswer


class ChangedConnectionRequest(TypedDict):
    """What is left out stays. Point, customer and operator cannot change."""

    customerEic: NotRequired[str]
    meterEic: NotRequired[str]
    preferredDate: NotRequired[str]  # A local date, today at the earliest. The one that stands may have passed.
    requestComment: NotRequired[str]  # An empty text is no comment; in a change it takes away the one that stands.
    requestReason: NotRequired[RequestReason]
    requestedConnectionState: NotRequired[RequestedConnectionState]  # CANCELLED cancels the request.
    serviceProviderEic: NotRequired[str]


class ChangedConnectionResponse(TypedDict):
    """What is left out stays; a reason goes with its refusal, and a refusal takes a planned date back."""

    # A local date. Required with PLANNED: today at the earliest, though the one that stands may have passed. Never with
    # REFUSED. With CONNECTED and DISCONNECTED any day, that on which it was done.
    estimatedDate: NotRequired[str]
    responseComment: NotRequired[str]  # An empty text is no comment; in a change it takes away the one that stands.
    responseConnectionState: NotRequired[ResponseConnectionState]
    responseReason: NotRequired[ResponseReason]  # Required with REFUSED, and only with it.


class ConnectionStateAttributes(TypedDict):
    """The wire's ConnectionStateAttributes."""

    connectionStateRequestId: NotRequired[str]
    connectionStateResponseId: NotRequired[str]
    customerEic: NotRequired[str]
    estimatedDate: NotRequired[str]
    meterEic: NotRequired[str]
    preferredDate: NotRequired[str]
    receiverEic: NotRequired[str]
    requestComment: NotRequired[str]  # A part of the text.
    requestPeriodEnd: NotRequired[str]  # The supplier saved last before this.
    requestPeriodStart: NotRequired[str]  # The supplier saved last at this instant or later.
    requestReason: NotRequired[RequestReason]
    requestTimestamp: NotRequired[str]  # When the supplier saved last, to the microsecond.
    requestedConnectionState: NotRequired[RequestedConnectionState]
    responseComment: NotRequired[str]  # A part of the text.
    responseConnectionState: NotRequired[ResponseConnectionState]
    responsePeriodEnd: NotRequired[str]  # The operator saved last before this.
    responsePeriodStart: NotRequired[str]  # The operator saved last at this instant or later.
    responseReason: NotRequired[ResponseReason]
    responseTimestamp: NotRequired[str]  # When the operator saved last, to the microsecond.
    senderEic: NotRequired[str]
    serviceProviderEic: NotRequired[str]  # The operator asked, which results name receiverEic.
    timestamp: NotRequired[str]  # When either side saved last, to the microsecond.


class ConnectionStateResult(TypedDict):
    """A request with its answer. What is unset is left out."""

    connectionStateRequestId: str
    connectionStateResponseId: NotRequired[str]
    customerEic: str
    estimatedDate: NotRequired[str]
    meterEic: str
    preferredDate: str
    receiverEic: str  # The operator that answers.
    requestComment: NotRequired[str]
    requestReason: RequestReason
    requestTimestamp: str  # When the supplier saved last; with six decimals.
    requestedConnectionState: RequestedConnectionState
    responseComment: NotRequired[str]
    responseConnectionState: NotRequired[ResponseConnectionState]
    responseReason: NotRequired[ResponseReason]
    responseTimestamp: NotRequired[str]  # When the operator saved last; with six decimals.
    senderEic: str  # The supplier that asks.
    timestamp: str  # When either side saved last, in /change when the other side did; with six decimals.


class ConnectionStatePage(TypedDict):
    """The wire's ConnectionStatePage."""

    connectionStates: list[ConnectionStateResult]
    pagination: PageAnswer


class NewConnectionRequest(TypedDict):
    """The wire's NewConnectionRequest."""

    customerEic: str
    meterEic: str
    preferredDate: str  # A local date, today at the earliest.
    requestComment: NotRequired[str]  # An empty text is no comment; in a change it takes away the one that stands.
    requestReason: RequestReason  # DEBT to be DISCONNECTED, DEBT_PAID or NEW_AGREEMENT to be CONNECTED.
    requestedConnectionState: ConnectionState
    serviceProviderEic: str  # The grid operator or closed distribution network that is asked.


class NewConnectionResponse(TypedDict):
    """The wire's NewConnectionResponse."""

    # A local date. Required with PLANNED: today at the earliest, though the one that stands may have passed. Never with
    # REFUSED. With CONNECTED and DISCONNECTED any day, that on which it was done.
    estimatedDate: NotRequired[str]
    responseComment: NotRequired[str]  # An empty text is no comment; in a change it takes away the one that stands.
    responseConnectionState: ResponseConnectionState
    responseReason: NotRequired[ResponseReason]  # Required with REFUSED, and only with it.
