"""The bodies of `/connection-state…`. Source: `4-exchanges.md`, "Connection and disconnection requests"."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from rest_framework import serializers

from connections.models import ConnectionRequest
from connections.rules.requests import LONGEST_COMMENT
from connections.rules.states import AnsweredState, RefusalReason, RequestedState, RequestReason
from datahub.errors import Fault, codes, fault
from datahub.exchanges.api.serializers import (
    CommentField,
    ExchangeAttributes,
    ExchangeResult,
    one_of_ids,
    result_form,
)
from datahub.market import ConnectionState
from datahub.parties import eic
from datahub.wire.encode import exact_instant
from datahub.wire.fields import Body, CodeField, EicField, InstantField, LocalDateField, PageAnswer, PaginationField

_PERIODS = (("requestPeriodStart", "requestPeriodEnd"), ("responsePeriodStart", "responsePeriodEnd"))
_TODAY = "A local date, today at the earliest."


class NewConnectionRequest(Body):
    serviceProviderEic = EicField(help_text="The grid operator or closed distribution network that is asked.")
    meterEic = EicField(kind=eic.METERING_POINT)
    customerEic = EicField()
    requestedConnectionState = CodeField(ConnectionState)
    requestReason = CodeField(
        RequestReason, help_text="DEBT to be DISCONNECTED, DEBT_PAID or NEW_AGREEMENT to be CONNECTED."
    )
    preferredDate = LocalDateField(help_text=_TODAY)
    requestComment = CommentField(LONGEST_COMMENT)


class ConnectionStateSubmission(Body):
    connectionStateRequest = NewConnectionRequest()


class ChangedConnectionRequest(Body):
    """What is left out stays. Point, customer and operator cannot change."""

    serviceProviderEic = EicField(required=False)
    meterEic = EicField(kind=eic.METERING_POINT, required=False)
    customerEic = EicField(required=False)
    requestedConnectionState = CodeField(RequestedState, required=False, help_text="CANCELLED cancels the request.")
    requestReason = CodeField(RequestReason, required=False)
    preferredDate = LocalDateField(required=False, help_text=f"{_TODAY} The one that stands may have passed.")
    requestComment = CommentField(LONGEST_COMMENT)


class ConnectionStateChange(Body):
    connectionStateRequestId = serializers.UUIDField()
    connectionStateRequestChange = ChangedConnectionRequest()


class NewConnectionResponse(Body):
    responseConnectionState = CodeField(AnsweredState)
    responseReason = CodeField(RefusalReason, required=False, help_text="Required with REFUSED, and only with it.")
    estimatedDate = LocalDateField(
        required=False,
        help_text=(
            "A local date. Required with PLANNED: today at the earliest, though the one that stands may have passed. "
            "Never with REFUSED. With CONNECTED and DISCONNECTED any day, that on which it was done."
        ),
    )
    responseComment = CommentField(LONGEST_COMMENT)


class ConnectionStateAnswer(Body):
    connectionStateRequestId = serializers.UUIDField()
    connectionStateResponse = NewConnectionResponse()


class ChangedConnectionResponse(NewConnectionResponse):
    """What is left out stays; a reason goes with its refusal, and a refusal takes a planned date back."""

    responseConnectionState = CodeField(AnsweredState, required=False)


class ConnectionStateAnswerChange(Body):
    """The answer is named by its own id, by that of its request, or by both."""

    connectionStateRequestId = serializers.UUIDField(required=False)
    connectionStateResponseId = serializers.UUIDField(required=False)
    connectionStateResponseChange = ChangedConnectionResponse()

    def faults_in(self, values: Mapping[str, Any], path: str) -> Iterable[Fault]:
        """Ask for one of the two ids."""
        return one_of_ids(values, "connectionStateRequestId", "connectionStateResponseId")


class ConnectionStateAttributes(ExchangeAttributes):
    connectionStateRequestId = serializers.UUIDField(required=False)
    connectionStateResponseId = serializers.UUIDField(required=False)
    serviceProviderEic = EicField(required=False, help_text="The operator asked, which results name receiverEic.")
    requestedConnectionState = CodeField(RequestedState, required=False)
    requestReason = CodeField(RequestReason, required=False)
    preferredDate = LocalDateField(required=False)
    requestTimestamp = InstantField(required=False, help_text="When the supplier saved last, to the microsecond.")
    requestPeriodStart = InstantField(required=False, help_text="The supplier saved last at this instant or later.")
    requestPeriodEnd = InstantField(required=False, help_text="The supplier saved last before this.")
    responseConnectionState = CodeField(AnsweredState, required=False)
    responseReason = CodeField(RefusalReason, required=False)
    estimatedDate = LocalDateField(required=False)
    responseTimestamp = InstantField(required=False, help_text="When the operator saved last, to the microsecond.")
    responsePeriodStart = InstantField(required=False, help_text="The operator saved last at this instant or later.")
    responsePeriodEnd = InstantField(required=False, help_text="The operator saved last before this.")

    def faults_in(self, values: Mapping[str, Any], path: str) -> Iterable[Fault]:
        """Ask for periods that are one."""
        for start, end in _PERIODS:
            first, last = values.get(start), values.get(end)
            if first is not None and last is not None and first >= last:
                yield fault(codes.FROM_NOT_BEFORE_TO, f"{path}.{start}", first, f"{path}.{end}", last)


class ConnectionStateSearch(Body):
    connectionStateAttributes = ConnectionStateAttributes(required=False)
    pagination = PaginationField(default=None, help_text="Left out, the answer is a list of at most 1,000.")


class ConnectionStateResult(ExchangeResult):
    """A request with its answer. What is unset is left out."""

    connectionStateRequestId = serializers.UUIDField()
    connectionStateResponseId = serializers.UUIDField(required=False)
    requestedConnectionState = CodeField(RequestedState)
    requestReason = CodeField(RequestReason)
    preferredDate = LocalDateField()
    requestTimestamp = InstantField(help_text="When the supplier saved last; with six decimals.")
    responseConnectionState = CodeField(AnsweredState, required=False)
    responseReason = CodeField(RefusalReason, required=False)
    estimatedDate = LocalDateField(required=False)
    responseTimestamp = InstantField(required=False, help_text="When the operator saved last; with six decimals.")


class ConnectionStatePage(Body):
    connectionStates = ConnectionStateResult(many=True)
    pagination = PageAnswer()


def result(request: ConnectionRequest, at: datetime | None = None) -> dict[str, Any]:
    """Give a request with its answer; its timestamp is that of the last save of either side, or another that counts."""
    answered_at = request.response_changed_at
    more = {
        "requestedConnectionState": request.requested_state,
        "requestReason": request.reason,
        "preferredDate": request.preferred_date,
        "requestTimestamp": exact_instant(request.request_changed_at),
        "responseConnectionState": request.response_state or None,
        "responseReason": request.response_reason or None,
        "estimatedDate": request.estimated_date,
        "responseTimestamp": answered_at and exact_instant(answered_at),
    }
    ids = ("connectionStateRequestId", "connectionStateResponseId")
    return result_form(request, at or request.changed_at, ids=ids, more=more)
