"""Seed `003`, "Connection and disconnection request and confirmation": its eight steps, over the wire."""

from datetime import timedelta
from typing import Any

import pytest

from datahub.agreements.models import Agreement
from datahub.market import AgreementType, Role
from tests.agreements.market import HOUSE, MARI, NORTH, SUN
from tests.connections.sending import answer, as_operator, ask, change, codes, reanswer, scan, search

pytestmark = pytest.mark.usefixtures("lawful")
AN_HOUR = timedelta(hours=1)


def test_a_request_is_sent_scanned_planned_refused_reconsidered_and_carried_out(at_now: Any) -> None:
    # 1. An open supplier sends a request to turn the connection off. 2. The Datahub verifies the agreements: "if yes,
    # the Datahub stores the data in the database and makes the data available to the grid operator via `change`".
    sent = ask()
    assert sent.status_code == 201
    request_id = sent.json()
    asked = {
        "connectionStateRequestId": request_id,
        "timestamp": "2026-05-04T10:00:00.000000Z",
        "senderEic": SUN,
        "receiverEic": NORTH,
        "meterEic": HOUSE,
        "customerEic": MARI,
        "requestedConnectionState": "DISCONNECTED",
        "requestReason": "DEBT",
        "preferredDate": "2026-05-05",
        "requestComment": "Three invoices",
        "requestTimestamp": "2026-05-04T10:00:00.000000Z",
    }

    # 3. "If necessary, the open supplier can update the application data using the PUT service."
    at_now.shift(AN_HOUR)
    changed = change(request_id, {"preferredDate": "2026-05-11"})
    moved = {
        **asked,
        "preferredDate": "2026-05-11",
        "timestamp": "2026-05-04T11:00:00.000000Z",
        "requestTimestamp": "2026-05-04T11:00:00.000000Z",
    }
    assert (changed.status_code, changed.json()) == (200, moved)

    # 4. "The grid operator can scan connection and disconnection requests using the `change` service."
    at_now.shift(AN_HOUR)
    scanned = scan("2026-05-04T09:00:00Z", sender=NORTH, role=Role.GRID_OPERATOR).json()
    assert scanned == [moved]
    assert scan(scanned[-1]["timestamp"], sender=NORTH, role=Role.GRID_OPERATOR).json() == []

    # 5. "The grid operator adds the status of the request using the `connection-state/response` service": a plan.
    given = answer(request_id)
    assert given.status_code == 201
    response_id = given.json()
    planned = {
        **moved,
        "connectionStateResponseId": response_id,
        "timestamp": "2026-05-04T12:00:00.000000Z",
        "responseConnectionState": "PLANNED",
        "estimatedDate": "2026-05-12",
        "responseTimestamp": "2026-05-04T12:00:00.000000Z",
    }

    # 6. "The open supplier scans the grid operator's responses using the `change` service."
    assert scan("2026-05-04T09:00:00Z").json() == [planned]
    assert scan(planned["timestamp"]).json() == []

    # 7. "The grid operator updates the status of the request": a change in the plan, a refusal, a plan again, and done.
    at_now.shift(AN_HOUR)
    ids = {"connectionStateResponseId": response_id}
    assert reanswer(ids, {"estimatedDate": "2026-05-13"}).json()["estimatedDate"] == "2026-05-13"
    refused = reanswer(ids, {"responseConnectionState": "REFUSED", "responseReason": "NO_SPR_MP"}).json()
    assert refused["responseReason"] == "NO_SPR_MP"
    assert "estimatedDate" not in refused
    replanned = {"responseConnectionState": "PLANNED", "estimatedDate": "2026-05-14"}
    assert "responseReason" not in reanswer(ids, replanned).json()
    done = reanswer(ids, {"responseConnectionState": "DISCONNECTED", "responseComment": "by remote"})
    assert done.status_code == 200

    # 8. "The open supplier scans the grid operator's responses using the `change` service": it sees how it stands now.
    (final,) = scan(planned["timestamp"]).json()
    assert final == done.json()
    assert (final["responseConnectionState"], final["estimatedDate"]) == ("DISCONNECTED", "2026-05-14")
    assert final["timestamp"] == "2026-05-04T13:00:00.000003Z"
    assert search({"connectionStateRequestId": request_id}).json() == [final]

    # "Users can modify the request before the grid operator has sent a reply with the final state."
    too_late = change(request_id, {"requestComment": "too late"})
    assert (too_late.status_code, codes(too_late)) == (422, ["connection-state-process-terminated"])
    assert codes(reanswer(ids, replanned)) == ["connection-state-process-terminated"]


def test_step_two_if_not_the_datahub_responds_with_an_error_message(at_now: Any) -> None:
    Agreement.objects.filter(type=AgreementType.GRID).update(deleted_at="2026-05-01T00:00Z")
    Agreement.objects.filter(type=AgreementType.JOINT_INVOICE).update(deleted_at="2026-05-01T00:00Z")
    refused = ask()
    assert refused.status_code == 422
    assert codes(refused) == ["missing-agreement-between-go-and-os", "missing-agreement-between-go-and-cust"]
    assert scan("2026-05-04T09:00:00Z", sender=NORTH, role=Role.GRID_OPERATOR).json() == []
    assert search().json() == []


def test_step_three_this_service_can_also_be_used_to_cancel(at_now: Any) -> None:
    request_id = ask().json()
    at_now.shift(AN_HOUR)
    cancelled = change(request_id, {"requestedConnectionState": "CANCELLED"}).json()
    assert (cancelled["requestedConnectionState"], cancelled["requestReason"]) == ("CANCELLED", "DEBT")
    assert scan("2026-05-04T10:30:00Z", sender=NORTH, role=Role.GRID_OPERATOR).json() == [cancelled]
    assert codes(answer(request_id)) == ["connection-state-process-terminated"]


def test_a_single_request_can_only_have_one_response(at_now: Any) -> None:
    request_id = ask().json()
    assert answer(request_id).status_code == 201
    second = answer(request_id, {"responseConnectionState": "REFUSED", "responseReason": "FAULT"})
    assert (second.status_code, codes(second)) == (422, ["connection-state-response-already-exists"])
    found = as_operator("POST", "/search", {}).json()
    assert [one["responseConnectionState"] for one in found] == ["PLANNED"]
