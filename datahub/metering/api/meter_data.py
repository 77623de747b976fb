"""`POST /meter-data`, `/meter-data/search` and `/meter-data/status`. Source: `2-wire.md`, "Services"."""

import threading
from typing import Any

import orjson

from datahub.access import reading_search
from datahub.market import Permission
from datahub.metering import document_search
from datahub.metering.api.meter_data_serializers import (
    MeterDataAccepted,
    MeterDataFound,
    MeterDataMessage,
    MeterDataSearch,
    MeterDataStatusFound,
    MeterDataStatusSearch,
)
from datahub.metering.readings import decoding
from datahub.metering.services import documents
from datahub.periods import Period
from datahub.wire.encode import exact_instant
from datahub.wire.paging import paginate
from datahub.wire.service import MEBIBYTE, Answer, Call, Service, ServiceView

_EIC = "38ZGO-10000003-O"
_PERIODS = [
    {
        "r": "PT15M",
        "aI": [
            {
                "pS": "2026-05-03T21:00:00Z",
                "inQty": {"rTime": "2026-05-04T05:45:58.146109Z", "rType": "M", "kwh": 0},
                "outQty": {"rTime": "2026-05-04T05:45:58.146118Z", "rType": "M", "kwh": 1.417},
            }
        ],
    }
]
_IDENTIFICATION = "1f0e4f9e-4f0b-4d55-9f6e-0c5b2c1c7a10"


# Checking holds Python's lock nearly all the time and needs several times the body's memory: more at once gain nothing.
_checking = threading.BoundedSemaphore(2)


def _check_shape(body: bytes) -> tuple[Any, None]:
    """Give the context of a message whose shape is right; its readings are worked on later."""
    with _checking:
        return decoding.check_shape(body), None


class MeterDataView(ServiceView):
    """Takes messages of readings."""

    services = {
        "post": Service(
            permission=Permission.EDITOR_METERING_DATA,
            saves=True,
            status=202,
            body=MeterDataMessage,
            answer=MeterDataAccepted,
            decode=_check_shape,
            max_body=32 * MEBIBYTE,
            summary="Send readings",
            description=(
                "The message's shape is checked at once; its values are checked afterwards, and it is taken whole or "
                "not at all: ask `/meter-data/status`. At most 36,500 intervals."
            ),
            example={"meterData": [{"meterEic": _EIC, "periods": _PERIODS}]},
            answer_example={"originalDocumentIdentification": _IDENTIFICATION},
        )
    }

    def post(self, call: Call) -> Answer:
        """Accept a message."""
        document = documents.accept_document(
            sender=call.context.participant,
            role=call.context.role,
            commodity=call.context.commodity,
            identification=call.identification,
            body=call.body,
            now=call.now,
        )
        return Answer({"originalDocumentIdentification": str(document.identification)}, status=202)


class MeterDataSearchView(ServiceView):
    """Gives a metering point's readings."""

    services = {
        "post": Service(
            permission=Permission.VIEWER_METERING_DATA,
            body=MeterDataSearch,
            answer=MeterDataFound,
            summary="Read a metering point's readings",
            description=(
                "The intervals that start in [periodStart, periodEnd) and that the sender may see, by start; pageSize "
                "counts intervals. A point that does not exist and one of which nothing may be seen are both 404."
            ),
            example={
                "meterEic": _EIC,
                "periodStart": "2026-05-03T21:00:00Z",
                "periodEnd": "2026-05-04T21:00:00Z",
                "pagination": {"page": 0, "pageSize": 35_136},
            },
            answer_example={
                "meterEic": _EIC,
                "commodityType": "ELECTRICITY",
                "periods": _PERIODS,
                "pagination": {"page": 0, "totalPages": 1},
            },
        )
    }

    def post(self, call: Call) -> Answer:
        """Read a page."""
        context, fields = call.context, call.fields
        pagination = fields["pagination"]
        page = reading_search.search_readings(
            participant=context.participant,
            role=context.role,
            commodity=context.commodity,
            meter_eic=fields["meterEic"],
            asked=Period(fields["periodStart"], fields["periodEnd"]),
            offset=pagination.offset,
            size=pagination.page_size,
            now=call.now,
            technical_user=call.technical_user.client_id,
        )
        head = orjson.dumps({"meterEic": fields["meterEic"], "commodityType": context.commodity})
        tail = orjson.dumps(pagination.answer(page.total))
        return Answer(b"".join([head[:-1], b',"periods":', *page.periods, b',"pagination":', tail, b"}"]))


class MeterDataStatusView(ServiceView):
    """Tells how far the sender's messages of readings are."""

    services = {
        "post": Service(
            permission=Permission.VIEWER_METERING_DATA,
            body=MeterDataStatusSearch,
            answer=MeterDataStatusFound,
            summary="Ask for the status of sent readings",
            description=(
                "What the participant has sent in this role and commodity, by time of arrival, then in the order of "
                "acceptance. Each fault names point, interval and code. Where a page would hold more than 150,000 "
                "faults, those of later documents are left out: ask for these by their identification."
            ),
            example={
                "meterDataStatusAttributes": {"originalDocumentIdentification": _IDENTIFICATION},
                "pagination": {"page": 0, "pageSize": 500},
            },
        )
    }

    def post(self, call: Call) -> Answer:
        """Find documents."""
        asked = call.fields["meterDataStatusAttributes"]
        found = document_search.find_documents(
            sender=call.context.participant,
            role=call.context.role,
            commodity=call.context.commodity,
            identification=asked.get("originalDocumentIdentification"),
            received_from=asked.get("createdTimeFrom"),
            received_to=asked.get("createdTimeTo"),
            status=asked.get("status"),
        )
        page, pagination = paginate(found, call.fields["pagination"])
        sender_eic = call.context.participant.eic
        statuses = [_status(one, sender_eic) for one in document_search.with_faults(page)]
        return Answer({"meterDataStatuses": statuses, "pagination": pagination})


def _status(found: document_search.FoundDocument, sender_eic: str) -> dict[str, Any]:
    document, message = found.document, found.document.status_message
    if found.are_faults_left_out:
        message += "; too many for this page, ask for this document by its identification"
    return {
        "originalDocumentIdentification": str(document.identification),
        "senderEic": sender_eic,
        "createdTime": exact_instant(document.received_at),
        "status": document.status,
        "statusMessage": message,
        "errors": [{name: value for name, value in one.items() if value is not None} for one in found.faults],
    }
