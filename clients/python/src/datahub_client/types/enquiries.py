"""What is said of enquiries. Written by `tools/write_types.py` from the hub's description, not by hand."""

from typing import Literal, NotRequired, TypedDict

from datahub_client.types.codes import ChangedEnquiryStatus, EnquiryResponseStatus, EnquiryStatus, Topic
from datahub_client.types.common import PageAnswer


class SearchedReference(TypedDict):
    """What of a reference is searched by."""

    referenceType: NotRequired[Literal["INVOICE"]]
    referenceValue: NotRequired[str]


class DirectMessageAttributes(TypedDict):
    """Which enquiries are asked for: those that match all that is named."""

    customerEic: NotRequired[str]
    messageRequestId: NotRequired[str]
    messageResponseId: NotRequired[str]
    meterEic: NotRequired[str]
    receiverEic: NotRequired[str]
    reference: NotRequired[SearchedReference]
    requestComment: NotRequired[str]  # A part of the text.
    requestStatus: NotRequired[EnquiryStatus]
    responseComment: NotRequired[str]  # A part of the text.
    senderEic: NotRequired[str]
    timestamp: NotRequired[str]  # When either side saved last, to the microsecond.
    topic: NotRequired[Topic]


class EnquiryReference(TypedDict):
    """What an enquiry refers to."""

    referenceType: Literal["INVOICE"]
    referenceValue: str  # The invoice's number, kept as it was sent.


class DirectMessageRequest(TypedDict):
    """A new enquiry."""

    customerEic: str
    meterEic: str
    receiverEic: NotRequired[str]  # The operator asked. Left out: the one whose code range holds the point's code.
    reference: NotRequired[EnquiryReference]
    requestComment: NotRequired[str]  # An empty text is no comment; in a change it takes away the one that stands.
    requestStatus: Literal["OPEN"]
    topic: Topic


class DirectMessageRequestChange(TypedDict):
    """What changes of an enquiry; what is left out stays. Point, customer and receiver may be named, not changed."""

    customerEic: NotRequired[str]
    meterEic: NotRequired[str]
    receiverEic: NotRequired[str]
    # Takes the place of the one that stands. It can be replaced, not taken away.
    reference: NotRequired[EnquiryReference]
    requestComment: NotRequired[str]  # An empty text is no comment; in a change it takes away the one that stands.
    requestStatus: NotRequired[ChangedEnquiryStatus]  # CANCEL: nothing more is said to it.
    topic: NotRequired[Topic]


class DirectMessageResponse(TypedDict):
    """An answer to an enquiry."""

    requestStatus: EnquiryResponseStatus  # OPEN: an interim answer. CLOSE: done, nothing more is said.
    responseComment: NotRequired[str]  # An empty text is no comment; in a change it takes away the one that stands.


class DirectMessageResponseChange(TypedDict):
    """What changes of an answer; what is left out stays."""

    requestStatus: NotRequired[EnquiryResponseStatus]
    responseComment: NotRequired[str]  # An empty text is no comment; in a change it takes away the one that stands.


class EnquiryResult(TypedDict):
    """An enquiry with its answer, if there is one. What is unset is left out."""

    customerEic: str
    messageRequestId: str
    messageResponseId: NotRequired[str]
    meterEic: str
    receiverEic: str  # The operator that answers.
    reference: NotRequired[EnquiryReference]
    requestComment: NotRequired[str]
    requestStatus: EnquiryStatus  # The one status of enquiry and answer.
    responseComment: NotRequired[str]
    senderEic: str  # The supplier that asks.
    timestamp: str  # When either side saved last, in /change when the other side did; with six decimals.
    topic: Topic


class EnquiryPage(TypedDict):
    """A page of enquiries, those saved last first."""

    directMessages: list[EnquiryResult]
    pagination: PageAnswer
