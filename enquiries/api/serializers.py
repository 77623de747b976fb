"""The bodies and answers of `/direct-messages…`. Source: `4-exchanges.md`, "Customer enquiries"; `2-wire.md`."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from rest_framework import serializers

from datahub.errors import Fault
from datahub.exchanges.api.serializers import CommentField, ExchangeAttributes, ExchangeResult, one_of_ids
from datahub.parties import eic
from datahub.wire.fields import Body, CodeField, EicField, PageAnswer, PaginationField
from enquiries.rules import LONGEST_COMMENT, LONGEST_REFERENCE, ReferenceType, Status, Topic


class NewStatus(StrEnum):
    """What a new enquiry is."""

    OPEN = "OPEN"


class RequestStatus(StrEnum):
    """Into what a supplier brings its enquiry."""

    OPEN = "OPEN"
    CANCEL = "CANCEL"


class ResponseStatus(StrEnum):
    """Into what an operator brings an enquiry by its answer."""

    OPEN = "OPEN"
    CLOSE = "CLOSE"


class EnquiryReference(Body):
    """What an enquiry refers to."""

    referenceType = CodeField(ReferenceType)
    referenceValue = serializers.CharField(
        max_length=LONGEST_REFERENCE, trim_whitespace=False, help_text="The invoice's number, kept as it was sent."
    )


class DirectMessageRequest(Body):
    """A new enquiry."""

    meterEic = EicField(kind=eic.METERING_POINT)
    customerEic = EicField()
    topic = CodeField(Topic)
    reference = EnquiryReference(required=False)
    requestStatus = CodeField(NewStatus)
    requestComment = CommentField(LONGEST_COMMENT)
    receiverEic = EicField(
        required=False, help_text="The operator asked. Left out: the one whose code range holds the point's code."
    )


class DirectMessageRequestChange(Body):
    """What changes of an enquiry; what is left out stays. Point, customer and receiver may be named, not changed."""

    meterEic = EicField(kind=eic.METERING_POINT, required=False)
    customerEic = EicField(required=False)
    topic = CodeField(Topic, required=False)
    reference = EnquiryReference(
        required=False, help_text="Takes the place of the one that stands. It can be replaced, not taken away."
    )
    requestStatus = CodeField(RequestStatus, required=False, help_text="CANCEL: nothing more is said to it.")
    requestComment = CommentField(LONGEST_COMMENT)
    receiverEic = EicField(required=False)


class DirectMessageResponse(Body):
    """An answer to an enquiry."""

    requestStatus = CodeField(ResponseStatus, help_text="OPEN: an interim answer. CLOSE: done, nothing more is said.")
    responseComment = CommentField(LONGEST_COMMENT)


class DirectMessageResponseChange(Body):
    """What changes of an answer; what is left out stays."""

    requestStatus = CodeField(ResponseStatus, required=False)
    responseComment = CommentField(LONGEST_COMMENT)


class NewEnquiry(Body):
    directMessageRequest = DirectMessageRequest()


class EnquiryChange(Body):
    messageRequestId = serializers.UUIDField(help_text="What the POST answered with.")
    directMessageRequestChange = DirectMessageRequestChange()


class NewAnswer(Body):
    messageRequestId = serializers.UUIDField(help_text="The enquiry that is answered.")
    directMessageResponse = DirectMessageResponse()


class AnswerChange(Body):
    messageRequestId = serializers.UUIDField(required=False, help_text="Needed where messageResponseId is left out.")
    messageResponseId = serializers.UUIDField(required=False, help_text="Needed where messageRequestId is left out.")
    directMessageResponseChange = DirectMessageResponseChange()

    def faults_in(self, values: Mapping[str, Any], path: str) -> Iterable[Fault]:
        """Ask for one of the two ids."""
        return one_of_ids(values, "messageRequestId", "messageResponseId")


class SearchedReference(Body):
    """What of a reference is searched by."""

    referenceType = CodeField(ReferenceType, required=False)
    referenceValue = serializers.CharField(max_length=LONGEST_REFERENCE, required=False, trim_whitespace=False)


class DirectMessageAttributes(ExchangeAttributes):
    """Which enquiries are asked for: those that match all that is named."""

    messageRequestId = serializers.UUIDField(required=False)
    messageResponseId = serializers.UUIDField(required=False)
    topic = CodeField(Topic, required=False)
    reference = SearchedReference(required=False)
    requestStatus = CodeField(Status, required=False)


class EnquirySearch(Body):
    directMessageAttributes = DirectMessageAttributes(required=False)
    pagination = PaginationField(default=None)


class EnquiryResult(ExchangeResult):
    """An enquiry with its answer, if there is one. What is unset is left out."""

    messageRequestId = serializers.UUIDField()
    messageResponseId = serializers.UUIDField(required=False)
    topic = CodeField(Topic)
    reference = EnquiryReference(required=False)
    requestStatus = CodeField(Status, help_text="The one status of enquiry and answer.")


class EnquiryPage(Body):
    """A page of enquiries, those saved last first."""

    directMessages = EnquiryResult(many=True)
    pagination = PageAnswer()
