"""From the wire's form of enquiries to the rules' own, and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from datahub.exchanges.api.serializers import result_form
from enquiries.models import Enquiry
from enquiries.rules import Reference, Request, RequestChange, Response, ResponseChange, Status


def given_request(fields: Mapping[str, Any]) -> Request:
    """Read a validated `directMessageRequest`."""
    return Request(
        meter_eic=fields["meterEic"],
        customer_eic=fields["customerEic"],
        topic=fields["topic"],
        status=Status(fields["requestStatus"]),
        reference=_reference(fields),
        comment=fields.get("requestComment", ""),
        receiver_eic=fields.get("receiverEic"),
    )


def given_change(fields: Mapping[str, Any]) -> RequestChange:
    """Read a validated `directMessageRequestChange`."""
    return RequestChange(
        meter_eic=fields.get("meterEic"),
        customer_eic=fields.get("customerEic"),
        receiver_eic=fields.get("receiverEic"),
        topic=fields.get("topic"),
        status=_status(fields),
        reference=_reference(fields),
        comment=fields.get("requestComment"),
    )


def given_response(fields: Mapping[str, Any]) -> Response:
    """Read a validated `directMessageResponse`."""
    return Response(status=Status(fields["requestStatus"]), comment=fields.get("responseComment", ""))


def given_response_change(fields: Mapping[str, Any]) -> ResponseChange:
    """Read a validated `directMessageResponseChange`."""
    return ResponseChange(status=_status(fields), comment=fields.get("responseComment"))


def told_form(enquiry: Enquiry, at: datetime) -> dict[str, Any]:
    """Give an enquiry with its answer as results have it, with the timestamp that counts there."""
    reference = enquiry.reference
    more = {
        "topic": enquiry.topic,
        "reference": reference and {"referenceType": reference.type, "referenceValue": reference.value},
        "requestStatus": enquiry.request_status,
    }
    return result_form(enquiry, at, ids=("messageRequestId", "messageResponseId"), more=more)


def _status(fields: Mapping[str, Any]) -> Status | None:
    status = fields.get("requestStatus")
    return None if status is None else Status(status)


def _reference(fields: Mapping[str, Any]) -> Reference | None:
    sent = fields.get("reference")
    return None if sent is None else Reference(sent["referenceType"], sent["referenceValue"])
