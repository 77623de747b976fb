"""`/direct-messages…`: suppliers ask, operators answer. Source: `4-exchanges.md`, "Customer enquiries"."""

from rest_framework import serializers

from datahub.exchanges.api.calls import reads_as, saves_as
from datahub.exchanges.api.serializers import ExchangeScan, answer_found, list_or_page
from datahub.exchanges.selectors import MOST_LISTED
from datahub.market import Permission
from datahub.wire.service import Answer, Call, Service, ServiceView
from enquiries import reading, services
from enquiries.api import examples
from enquiries.api.forms import given_change, given_request, given_response, given_response_change, told_form
from enquiries.api.serializers import (
    AnswerChange,
    EnquiryChange,
    EnquiryPage,
    EnquiryResult,
    EnquirySearch,
    NewAnswer,
    NewEnquiry,
)

_CHANGE = Service(
    permission=Permission.EDITOR_DIRECT_MESSAGE,
    saves=True,
    body=EnquiryChange,
    answer=EnquiryResult,
    summary="Change or cancel an enquiry",
    description=(
        "Its sender may, while it is OPEN. What is left out stays; point, customer and receiver never change. "
        "requestStatus CANCEL cancels it: then nothing more is said to it. The answer is the enquiry as saved."
    ),
    example=examples.CHANGE,
    answer_example=examples.CHANGED,
)
_ANSWER = Service(
    permission=Permission.EDITOR_DIRECT_MESSAGE,
    saves=True,
    status=201,
    body=NewAnswer,
    answer=serializers.UUIDField(),
    summary="Answer an enquiry",
    description=(
        "Its receiver may, as GRID_OPERATOR or CLOSED_DISTRIBUTION_NETWORK, while it is OPEN. There is one response, "
        "changed with PUT. requestStatus OPEN: an interim answer; CLOSE: done. The answer is the response's id."
    ),
    example=examples.ANSWER,
    answer_example=examples.RESPONSE_ID,
)
_CHANGE_ANSWER = Service(
    permission=Permission.EDITOR_DIRECT_MESSAGE,
    saves=True,
    body=AnswerChange,
    answer=EnquiryResult,
    summary="Change the response to an enquiry",
    description=(
        "Its sender may, while the enquiry is OPEN. What is left out stays. It is named by its own id, by the "
        "enquiry's, or by both, which then belong together. The answer is the enquiry as saved."
    ),
    example=examples.ANSWER_CHANGE,
    answer_example=examples.ANSWERED,
)


class DirectMessageView(ServiceView):
    """Takes changes of an enquiry."""

    services = {"put": _CHANGE}

    def put(self, call: Call) -> Answer:
        """Change or cancel an enquiry."""
        enquiry = services.change_enquiry(
            **saves_as(call, "sender"),
            enquiry_id=call.fields["messageRequestId"],
            change=given_change(call.fields["directMessageRequestChange"]),
        )
        return Answer(told_form(enquiry, enquiry.changed_at))


class DirectMessagesView(DirectMessageView):
    """Takes enquiries, and their changes with the id in the body."""

    services = {
        "post": Service(
            permission=Permission.EDITOR_DIRECT_MESSAGE,
            saves=True,
            status=201,
            body=NewEnquiry,
            answer=serializers.UUIDField(),
            summary="Send an enquiry",
            description=(
                "An OPEN_SUPPLIER asks a grid operator or closed distribution network about a customer's grid service. "
                "The hub does not check whether point, customer and receiver belong together. The answer is the "
                "enquiry's id."
            ),
            example=examples.REQUEST,
            answer_example=examples.REQUEST_ID,
        ),
        "put": _CHANGE,
    }

    def post(self, call: Call) -> Answer:
        """Send an enquiry."""
        enquiry = services.submit_enquiry(
            **saves_as(call, "sender"),
            request=given_request(call.fields["directMessageRequest"]),
        )
        return Answer(str(enquiry.pk), status=201)


class NewResponseView(ServiceView):
    """Takes the response to an enquiry."""

    services = {"post": _ANSWER}

    def post(self, call: Call) -> Answer:
        """Answer an enquiry."""
        enquiry = services.answer_enquiry(
            **saves_as(call, "receiver"),
            enquiry_id=call.fields["messageRequestId"],
            response=given_response(call.fields["directMessageResponse"]),
        )
        return Answer(str(enquiry.response_id), status=201)


class ResponseChangeView(ServiceView):
    """Takes changes of a response."""

    services = {"put": _CHANGE_ANSWER}

    def put(self, call: Call) -> Answer:
        """Change a response."""
        enquiry = services.change_answer(
            **saves_as(call, "receiver"),
            enquiry_id=call.fields.get("messageRequestId"),
            response_id=call.fields.get("messageResponseId"),
            change=given_response_change(call.fields["directMessageResponseChange"]),
        )
        return Answer(told_form(enquiry, enquiry.changed_at))


class ResponsesView(NewResponseView, ResponseChangeView):
    """Takes responses and their changes, the ids in the body."""

    services = {"post": _ANSWER, "put": _CHANGE_ANSWER}


class DirectMessageSearchView(ServiceView):
    """Finds the enquiries that the sender has sent or received."""

    services = {
        "post": Service(
            permission=Permission.VIEWER_DIRECT_MESSAGE,
            body=EnquirySearch,
            answer=list_or_page("DirectMessagesFound", EnquiryResult, EnquiryPage),
            summary="Search enquiries",
            description=(
                "Those that an OPEN_SUPPLIER has sent, or a GRID_OPERATOR or CLOSED_DISTRIBUTION_NETWORK received, "
                "those saved last first; comments are searched by a part of their text, without regard to case. "
                f"Without pagination the answer is a list of at most {MOST_LISTED:,}."
            ),
            example=examples.SEARCH,
            answer_example=examples.FOUND,
        )
    }

    def post(self, call: Call) -> Answer:
        """Search enquiries."""
        pagination = call.fields.get("pagination")
        found, total = reading.search_enquiries(
            **reads_as(call),
            attributes=call.fields.get("directMessageAttributes") or {},
            part=None if pagination is None else (pagination.offset, pagination.page_size),
            now=call.now,
        )
        return answer_found(
            found, total, pagination, "directMessages", lambda enquiry: told_form(enquiry, enquiry.changed_at)
        )


class DirectMessageChangeView(ServiceView):
    """Scans for what the other side saved."""

    services = {
        "post": Service(
            permission=Permission.VIEWER_DIRECT_MESSAGE,
            body=ExchangeScan,
            answer=EnquiryResult(many=True),
            summary="Scan for new and changed enquiries and responses",
            description=(
                "An operator gets the enquiries that were sent to it, changed or cancelled after updatePeriodStart, a "
                "supplier those that were answered or whose response was changed; each once, as it is now, in the "
                f"order of timestamp, which here is that of the other side's last save; at most {MOST_LISTED:,}. Who "
                "goes on from the last timestamp misses nothing."
            ),
            example=examples.SCAN,
        )
    }

    def post(self, call: Call) -> Answer:
        """Scan enquiries."""
        since, role = call.fields["updatePeriodStart"], call.context.role
        found = reading.scan_enquiries(**reads_as(call), since=since, now=call.now)
        return Answer([told_form(enquiry, enquiry.saved_by_other_side_at(role)) for enquiry in found])
