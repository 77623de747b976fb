"""`POST`, `PUT /connection-state`, `…/response`, `…/search`, `…/change`. Source: `4-exchanges.md`; seed `003`."""

from functools import partial

from rest_framework import serializers

from connections import selectors
from connections.api.serializers import (
    ConnectionStateAnswer,
    ConnectionStateAnswerChange,
    ConnectionStateChange,
    ConnectionStatePage,
    ConnectionStateResult,
    ConnectionStateSearch,
    ConnectionStateSubmission,
    result,
)
from connections.rules.answers import Answer as OperatorsAnswer
from connections.rules.answers import AnswerChange
from connections.rules.requests import Change, Terms
from connections.rules.states import RequestedState
from connections.services import answers, requests
from connections.services.requests import RefusedByWhatStands
from datahub.exchanges.api.calls import reads_as, saves_as
from datahub.exchanges.api.serializers import ExchangeScan, answer_found, list_or_page
from datahub.market import Permission
from datahub.wire.service import Answer, Call, Service, ServiceView

# These two stand in the demo market, and its dates lie so far ahead that the examples can be sent as they stand.
_PLANNED = "c1a5e0d0-3c0f-4f3a-9a51-6f1d2b7e4001"
_UNANSWERED = "c1a5e0d0-3c0f-4f3a-9a51-6f1d2b7e4002"
_REQUEST = {
    "serviceProviderEic": "38X-EIN-GO-----0",
    "meterEic": "38ZGO-1000000D-V",
    "customerEic": "38X-AVP-EMB001-D",
    "requestedConnectionState": "DISCONNECTED",
    "requestReason": "DEBT",
    "preferredDate": "2031-06-02",
    "requestComment": "Three joint invoices are unpaid; the customer was told on 2 May",
}
_RESULT = {
    "connectionStateRequestId": _PLANNED,
    "connectionStateResponseId": "c1a5e0d0-3c0f-4f3a-9a51-6f1d2b7e5001",
    "timestamp": "2031-05-21T07:20:11.482913Z",
    "senderEic": "38X-EIN-OS-----J",
    "receiverEic": "38X-EIN-GO-----0",
    "meterEic": "38ZGO-10000001-U",
    "customerEic": "38X-AVP-ZW6700C6",
    "requestedConnectionState": "DISCONNECTED",
    "requestReason": "DEBT",
    "preferredDate": "2031-06-04",
    "requestTimestamp": "2031-05-20T11:02:45.017204Z",
    "responseConnectionState": "PLANNED",
    "estimatedDate": "2031-06-05",
    "responseComment": "With the other work in the street",
    "responseTimestamp": "2031-05-21T07:20:11.482913Z",
}
_FINALITY = "After CONNECTED, DISCONNECTED or a cancellation nothing more is saved by either side."


def _log_if_refused(call: Call, refusal: RefusedByWhatStands) -> None:
    """Leave the log of what a refusal tells to the frame, once the save is rolled back."""
    call.when_refused.append(partial(requests.log_refusal, **saves_as(call), refusal=refusal))


class RequestView(ServiceView):
    """Takes what suppliers ask, and its changes."""

    services = {
        "post": Service(
            permission=Permission.EDITOR_CONNECTION_STATE,
            saves=True,
            status=201,
            body=ConnectionStateSubmission,
            answer=serializers.UUIDField(),
            summary="Ask an operator to disconnect a customer, or to connect it again",
            description=(
                "For open suppliers. Answers with the id of the request. Needed are a JOINT_INVOICE agreement of the "
                "operator and the sender, valid now or ended in the last 6 months; a SUPPLY agreement of the sender "
                "and a GRID agreement of the operator with the customer at the point, each valid now or ended in the "
                "last 12 months. All that are missing are told at once; without the SUPPLY the GRID agreement is "
                "told as missing too. One request at a time may be open for a point, a customer and an operator; a "
                "refused one is open until it is cancelled."
            ),
            example={"connectionStateRequest": _REQUEST},
            answer_example=_PLANNED,
        ),
        "put": Service(
            permission=Permission.EDITOR_CONNECTION_STATE,
            saves=True,
            body=ConnectionStateChange,
            answer=ConnectionStateResult(),
            summary="Change a request, or cancel it",
            description=(
                "What is left out stays; point, customer and operator cannot change. Who asks for the opposite state "
                "is asked for the three agreements again. requestedConnectionState CANCELLED cancels, with a comment "
                f"at most. The operator's answer stays as it is. {_FINALITY}"
            ),
            example={
                "connectionStateRequestId": _PLANNED,
                "connectionStateRequestChange": {"preferredDate": "2031-06-04"},
            },
            answer_example=_RESULT,
        ),
    }

    def post(self, call: Call) -> Answer:
        """Take a request."""
        fields = call.fields["connectionStateRequest"]
        terms = Terms(
            service_provider_eic=fields["serviceProviderEic"],
            meter_eic=fields["meterEic"],
            customer_eic=fields["customerEic"],
            requested_state=RequestedState(fields["requestedConnectionState"]),
            reason=fields["requestReason"],
            preferred_date=fields["preferredDate"],
            comment=fields.get("requestComment", ""),
        )
        try:
            saved = requests.submit_request(**saves_as(call), terms=terms)
        except RefusedByWhatStands as refusal:
            _log_if_refused(call, refusal)
            raise
        return Answer(str(saved.pk), 201)

    def put(self, call: Call) -> Answer:
        """Change or cancel a request."""
        fields = call.fields["connectionStateRequestChange"]
        change = Change(
            service_provider_eic=fields.get("serviceProviderEic"),
            meter_eic=fields.get("meterEic"),
            customer_eic=fields.get("customerEic"),
            requested_state=fields.get("requestedConnectionState"),
            reason=fields.get("requestReason"),
            preferred_date=fields.get("preferredDate"),
            comment=fields.get("requestComment"),
        )
        request_id = call.fields["connectionStateRequestId"]
        try:
            saved = requests.change_request(**saves_as(call), request_id=request_id, change=change)
        except RefusedByWhatStands as refusal:
            _log_if_refused(call, refusal)
            raise
        return Answer(result(saved))


class RequestByIdView(RequestView):
    """Takes changes of the request that the path names."""

    services = {"put": RequestView.services["put"]}


class ResponseView(ServiceView):
    """Takes what operators answer, and its changes."""

    services = {
        "post": Service(
            permission=Permission.EDITOR_CONNECTION_STATE,
            saves=True,
            status=201,
            body=ConnectionStateAnswer,
            answer=serializers.UUIDField(),
            summary="Answer a request",
            description=(
                "For the operator that was asked. Answers with the id of the response; there is one for a request, "
                "changed with PUT. PLANNED needs an estimatedDate, REFUSED a responseReason; CONNECTED or "
                f"DISCONNECTED says that it is done as it was asked. {_FINALITY}"
            ),
            example={
                "connectionStateRequestId": _UNANSWERED,
                "connectionStateResponse": {"responseConnectionState": "PLANNED", "estimatedDate": "2031-06-05"},
            },
            answer_example="c1a5e0d0-3c0f-4f3a-9a51-6f1d2b7e5002",
        ),
        "put": Service(
            permission=Permission.EDITOR_CONNECTION_STATE,
            saves=True,
            body=ConnectionStateAnswerChange,
            answer=ConnectionStateResult(),
            summary="Change the answer to a request",
            description=(
                "One of the two ids is enough. What is left out stays. A plan may be moved or become a refusal, a "
                f"refusal be taken back, either end as it was asked. {_FINALITY}"
            ),
            example={
                "connectionStateRequestId": _PLANNED,
                "connectionStateResponseChange": {
                    "estimatedDate": "2031-06-05",
                    "responseComment": "With the other work in the street",
                },
            },
            answer_example=_RESULT,
        ),
    }

    def post(self, call: Call) -> Answer:
        """Take an answer."""
        fields = call.fields["connectionStateResponse"]
        answer = OperatorsAnswer(
            state=fields["responseConnectionState"],
            reason=fields.get("responseReason"),
            estimated_date=fields.get("estimatedDate"),
            comment=fields.get("responseComment", ""),
        )
        request_id = call.fields["connectionStateRequestId"]
        saved = answers.submit_answer(**saves_as(call), request_id=request_id, answer=answer)
        return Answer(str(saved.response_id), 201)

    def put(self, call: Call) -> Answer:
        """Change an answer."""
        fields = call.fields["connectionStateResponseChange"]
        change = AnswerChange(
            state=fields.get("responseConnectionState"),
            reason=fields.get("responseReason"),
            estimated_date=fields.get("estimatedDate"),
            comment=fields.get("responseComment"),
        )
        saved = answers.change_answer(
            **saves_as(call),
            request_id=call.fields.get("connectionStateRequestId"),
            response_id=call.fields.get("connectionStateResponseId"),
            change=change,
        )
        return Answer(result(saved))


class ResponseOfRequestView(ResponseView):
    """Takes an answer to the request that the path names."""

    services = {"post": ResponseView.services["post"]}


class ResponseByIdView(ResponseView):
    """Takes changes of the answer that the path names."""

    services = {"put": ResponseView.services["put"]}


class SearchView(ServiceView):
    """Finds the sender's own requests and those that it received."""

    services = {
        "post": Service(
            permission=Permission.VIEWER_CONNECTION_STATE,
            body=ConnectionStateSearch,
            answer=list_or_page("ConnectionStates", ConnectionStateResult, ConnectionStatePage),
            summary="Search connection requests and their answers",
            description=(
                "A supplier finds what it sent, an operator what it received. Those saved last come first. Without "
                "pagination the answer is a list of at most 1,000; with it an object with the page. Comments are found "
                "by a part of their text."
            ),
            example={
                "connectionStateAttributes": {"meterEic": "38ZGO-10000001-U"},
                "pagination": {"page": 0, "pageSize": 100},
            },
            answer_example={"connectionStates": [_RESULT], "pagination": {"page": 0, "totalPages": 1}},
        )
    }

    def post(self, call: Call) -> Answer:
        """Search requests."""
        pagination = call.fields.get("pagination")
        pages = {"offset": pagination.offset, "size": pagination.page_size} if pagination else {}
        attributes = call.fields.get("connectionStateAttributes") or {}
        found, total = selectors.search(**reads_as(call), attributes=attributes, **pages)
        return answer_found(found, total, pagination, "connectionStates", result)


class ChangeView(ServiceView):
    """Tells what the other side saved."""

    services = {
        "post": Service(
            permission=Permission.VIEWER_CONNECTION_STATE,
            body=ExchangeScan,
            answer=ConnectionStateResult(many=True),
            summary="Scan connection requests and their answers",
            description=(
                "An operator gets the requests that were made, changed or cancelled after updatePeriodStart, a "
                "supplier the answers. In the order of timestamp, here that of the other side's last save; at most "
                "1,000. Who goes on from the timestamp of the last one misses none."
            ),
            example={"updatePeriodStart": "2031-05-20T11:02:45.017204Z"},
        )
    }

    def post(self, call: Call) -> Answer:
        """Scan requests."""
        since, role = call.fields["updatePeriodStart"], call.context.role
        found = selectors.scan(**reads_as(call), since=since, now=call.now)
        return Answer([result(request, request.saved_by_other_side_at(role)) for request in found])
