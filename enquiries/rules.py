"""What may be asked, answered and changed, and by whom. Source: `4-exchanges.md`, "Customer enquiries"."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from datahub.errors import Fault, any_of, codes, fault, phrase
from datahub.exchanges.rules import NOTHING_NEW, OPERATOR_ROLES, Side
from datahub.market import Commodity

# In characters: a comment of either side, the number of an invoice.
LONGEST_COMMENT, LONGEST_REFERENCE = 4000, 16


class Topic(StrEnum):
    """What an enquiry is about."""

    DATA = "DATA"
    INVOICE = "INVOICE"


class ReferenceType(StrEnum):
    """What an enquiry may refer to."""

    INVOICE = "INVOICE"


class Status(StrEnum):
    """The one status of an enquiry with its answer."""

    OPEN = "OPEN"
    CLOSE = "CLOSE"
    CANCEL = "CANCEL"


# Who may bring an enquiry from which status into which; None: it is not there yet. A status that is left as it is
# stands here too: then something else may be saved. From where nothing stands here, an enquiry takes nothing more.
TRANSITIONS: Mapping[tuple[Side, Status | None], tuple[Status, ...]] = {
    (Side.SENDER, None): (Status.OPEN,),
    (Side.SENDER, Status.OPEN): (Status.OPEN, Status.CANCEL),
    (Side.RECEIVER, Status.OPEN): (Status.OPEN, Status.CLOSE),
}
_ENDED_BY = {
    Status.CLOSE: phrase("closed by the operator"),
    Status.CANCEL: phrase("cancelled by the supplier"),
}


@dataclass(frozen=True, slots=True)
class Reference:
    """What an enquiry refers to: an invoice, by its number."""

    type: ReferenceType
    value: str


@dataclass(frozen=True, slots=True)
class Request:
    """A new enquiry as a supplier sends it. Without `receiver_eic` it goes to the operator of the point's codes."""

    meter_eic: str
    customer_eic: str
    topic: Topic
    status: Status = Status.OPEN
    reference: Reference | None = None
    comment: str = ""
    receiver_eic: str | None = None


@dataclass(frozen=True, slots=True)
class RequestChange:
    """What a supplier changes of its enquiry; None: not named, it stays."""

    meter_eic: str | None = None
    customer_eic: str | None = None
    receiver_eic: str | None = None
    topic: Topic | None = None
    status: Status | None = None
    reference: Reference | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """An operator's answer: interim (OPEN) or final (CLOSE)."""

    status: Status
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ResponseChange:
    """What an operator changes of its answer; None: not named, it stays."""

    status: Status | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What an enquiry and its answer say."""

    meter_eic: str
    customer_eic: str
    receiver_eic: str
    topic: Topic
    status: Status
    reference: Reference | None = None
    request_comment: str = ""
    response_comment: str = ""

    def as_history(self) -> dict[str, Any]:
        """Give it as its history is kept, with the market's names; what is unset is left out."""
        said = {
            "meterEic": self.meter_eic,
            "customerEic": self.customer_eic,
            "receiverEic": self.receiver_eic,
            "topic": self.topic,
            "reference": self.reference
            and {"referenceType": self.reference.type, "referenceValue": self.reference.value},
            "requestStatus": self.status,
            "requestComment": self.request_comment,
            "responseComment": self.response_comment,
        }
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True, slots=True)
class Standing:
    """An enquiry as it stands. `changed_at`: when either side saved last, which is its end once it has ended."""

    name: str
    content: Content
    is_answered: bool
    changed_at: datetime


def receiver_fault(request: Request, *, is_known: bool, is_operator: bool, commodity: Commodity) -> Fault | None:
    """Give why a new enquiry has nobody to read it, or None.

    `is_known`: a participant has the code that is named, or if none is, a code range that holds the point's;
    `is_operator`: it holds a role now in which enquiries of the commodity are answered. Nothing else is asked of the
    receiver: to name the right one is the supplier's business.
    """
    if is_operator:
        return None
    path, named = "directMessageRequest.receiverEic", request.receiver_eic
    if named is None:
        return fault(codes.ENQUIRY_OPERATOR_UNKNOWN, path, request.meter_eic, commodity)
    if not is_known:
        return fault(codes.SERVICE_PROVIDER_NOT_RESOLVED, path, named)
    return fault(codes.SERVICE_PROVIDER_TYPE, path, named, phrase("{0} for {1}", any_of(OPERATOR_ROLES), commodity))


def transition_fault(side: Side, before: Status | None, after: Status, *, path: str) -> Fault | None:
    """Give why a side may not bring an enquiry that has not ended from one status into another, or None."""
    possible = TRANSITIONS[side, before]
    return None if after in possible else fault(codes.INVALID_ENUM, path, any_of(possible), after)


def possible_statuses(side: Side, status: Status) -> tuple[Status, ...]:
    """Give into which statuses a side may bring an enquiry; none: it takes nothing more from that side."""
    return TRANSITIONS.get((side, status), ())


def end_fault(enquiry: Standing, side: Side) -> Fault | None:
    """Give the fault of an enquiry that takes nothing more from a side, or None."""
    if possible_statuses(side, enquiry.content.status):
        return None
    return fault(codes.ENQUIRY_ENDED, _ENDED_BY[enquiry.content.status], enquiry.changed_at)


def request_faults(request: Request) -> list[Fault]:
    """Tell what is wrong with a new enquiry by itself."""
    found = transition_fault(Side.SENDER, None, request.status, path="directMessageRequest.requestStatus")
    return [] if found is None else [found]


def new_content(request: Request, *, receiver_eic: str) -> Content:
    """Give what a new enquiry says."""
    return Content(
        meter_eic=request.meter_eic,
        customer_eic=request.customer_eic,
        receiver_eic=receiver_eic,
        topic=request.topic,
        status=request.status,
        reference=request.reference,
        request_comment=request.comment,
    )


def changed_content(content: Content, change: RequestChange) -> Content:
    """Give what an enquiry says once a supplier's change is merged into it."""
    return replace(
        content,
        topic=change.topic or content.topic,
        status=change.status or content.status,
        reference=change.reference or content.reference,
        request_comment=content.request_comment if change.comment is None else change.comment,
    )


def change_faults(enquiry: Standing, change: RequestChange) -> list[Fault]:
    """Tell what is wrong with a supplier's change of its enquiry; point, customer and receiver stay as they were."""
    if (ended := end_fault(enquiry, Side.SENDER)) is not None:
        return [ended]
    path, content = "directMessageRequestChange", enquiry.content
    lasting = {
        "meterEic": (content.meter_eic, change.meter_eic),
        "customerEic": (content.customer_eic, change.customer_eic),
        "receiverEic": (content.receiver_eic, change.receiver_eic),
    }
    faults = [
        fault(codes.ENQUIRY_ATTRIBUTE_CANNOT_BE_CHANGED, f"{path}.{name}", sent, named)
        for name, (sent, named) in lasting.items()
        if named not in (None, sent)
    ]
    after = changed_content(content, change)
    moved = transition_fault(Side.SENDER, content.status, after.status, path=f"{path}.requestStatus")
    if moved is not None:
        faults.append(moved)
    if not faults and after == content:
        faults.append(fault(codes.NO_CHANGE_RECEIVED, NOTHING_NEW))
    return faults


def answered_content(content: Content, response: Response) -> Content:
    """Give what an enquiry says once it is answered."""
    return replace(content, status=response.status, response_comment=response.comment)


def response_faults(enquiry: Standing, response: Response) -> list[Fault]:
    """Tell what is wrong with an operator's answer. An enquiry has one, which is changed afterwards."""
    if (ended := end_fault(enquiry, Side.RECEIVER)) is not None:
        return [ended]
    if enquiry.is_answered:
        return [fault(codes.ENQUIRY_ANSWERED, "messageRequestId", enquiry.name)]
    path = "directMessageResponse.requestStatus"
    moved = transition_fault(Side.RECEIVER, enquiry.content.status, response.status, path=path)
    return [] if moved is None else [moved]


def changed_answer(content: Content, change: ResponseChange) -> Content:
    """Give what an enquiry says once an operator's change of its answer is merged into it."""
    return replace(
        content,
        status=change.status or content.status,
        response_comment=content.response_comment if change.comment is None else change.comment,
    )


def response_change_faults(enquiry: Standing, change: ResponseChange) -> list[Fault]:
    """Tell what is wrong with an operator's change of its answer."""
    if (ended := end_fault(enquiry, Side.RECEIVER)) is not None:
        return [ended]
    if not enquiry.is_answered:
        return [fault(codes.ENQUIRY_NOT_ANSWERED, "messageRequestId", enquiry.name)]
    after = changed_answer(enquiry.content, change)
    path = "directMessageResponseChange.requestStatus"
    moved = transition_fault(Side.RECEIVER, enquiry.content.status, after.status, path=path)
    if moved is not None:
        return [moved]
    if after == enquiry.content:
        return [fault(codes.NO_CHANGE_RECEIVED, NOTHING_NEW)]
    return []
