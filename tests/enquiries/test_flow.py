"""The process of seed 001, "Kliendi pöördumise edastamine ja vastamine", step by step over the wire."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.enquiries import asking
from tests.enquiries.asking import HOUSE, JAAN, NORTH, SOUTH, SUN, WIND, form, scan, search, send


@pytest.mark.django_db
def test_an_enquiry_and_its_answer_go_their_way() -> None:
    asking.market()
    started = (timezone.now() - timedelta(minutes=1)).isoformat()

    # - An open supplier sends the information regarding customer enquiries using the `direct-messages` service.
    sent = send("POST", "", {"directMessageRequest": form(requestComment="Since Friday?")}, who=SUN)
    assert sent.status_code == 201
    enquiry = sent.json()

    # - The Datahub stores the enquiry and makes it available to the grid operator via the `change` service.
    # - The grid operator scans the `change` service and receives new or changed enquiries.
    (received,) = scan(started, who=NORTH)
    timestamp = received.pop("timestamp")
    expected: dict[str, Any] = {
        "messageRequestId": enquiry,
        "senderEic": SUN,
        "receiverEic": NORTH,
        "meterEic": HOUSE,
        "customerEic": JAAN,
        "topic": "DATA",
        "requestStatus": "OPEN",
        "requestComment": "Since Friday?",
    }
    assert received == expected
    assert scan(timestamp, who=NORTH) == []
    changes = {"directMessageRequestChange": {"requestComment": "Since Friday morning?"}, "messageRequestId": enquiry}
    changed = send("PUT", "", changes, who=SUN)
    assert changed.status_code == 200
    assert scan(timestamp, who=NORTH) == [changed.json()]
    expected["requestComment"] = "Since Friday morning?"
    assert changed.json() == {**expected, "timestamp": changed.json()["timestamp"]}
    # Only the other side's saves are scanned.
    assert scan(started, who=SUN) == []

    # - The grid operator sends a response to the enquiry using the `response` service.
    interim = {"requestStatus": "OPEN", "responseComment": "We are looking."}
    answered = send("POST", "/response", {"messageRequestId": enquiry, "directMessageResponse": interim}, who=NORTH)
    assert answered.status_code == 201
    response = answered.json()

    # - The Datahub stores the response and makes it available to the open supplier via the `change` service.
    # - The open supplier scans the `change` service and receives new or changed responses.
    (read,) = scan(started, who=SUN)
    expected |= {"messageResponseId": response, "responseComment": "We are looking."}
    timestamp = read["timestamp"]
    assert read == {**expected, "timestamp": timestamp}
    assert datetime.fromisoformat(timestamp) > datetime.fromisoformat(changed.json()["timestamp"])
    final = {"requestStatus": "CLOSE", "responseComment": "The meter was replaced."}
    closed = send("PUT", "/response", {"messageResponseId": response, "directMessageResponseChange": final}, who=NORTH)
    assert closed.status_code == 200
    expected |= {"requestStatus": "CLOSE", "responseComment": "The meter was replaced."}
    assert scan(timestamp, who=SUN) == [{**expected, "timestamp": closed.json()["timestamp"]}]
    # For the operator the enquiry is what it was when the supplier saved last.
    assert scan(started, who=NORTH) == [{**expected, "timestamp": changed.json()["timestamp"]}]

    # The grid operator or open supplier can use the `search` service to search for enquiries and responses.
    for who in (SUN, NORTH):
        assert search({"messageRequestId": enquiry}, who=who) == [closed.json()]
    # Nobody else finds or scans it.
    for who in (WIND, SOUTH):
        assert search({"messageRequestId": enquiry}, who=who) == []
        assert scan(started, who=who) == []
