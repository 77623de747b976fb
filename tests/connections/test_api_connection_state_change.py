"""`POST /connection-state/change` over the wire."""

from datetime import timedelta
from typing import Any

import pytest

from connections.models import ConnectionRequest
from datahub.exchanges.selectors import MOST_LISTED
from datahub.market import Role
from tests.agreements.market import FLAT, JAAN, NAMED, NORTH, SOUTH, WIND, party
from tests.connections.sending import answer, ask, change, codes, reanswer, request, scan, send

pytestmark = pytest.mark.usefixtures("lawful")
LONG_AGO = "2026-04-10T00:00:00Z"


def of_operator(since: str = LONG_AGO, **options: Any) -> list[dict[str, Any]]:
    response = scan(since, **{"sender": NORTH, "role": Role.GRID_OPERATOR, **options})
    assert response.status_code == 200
    return list(response.json())


def of_supplier(since: str = LONG_AGO, **options: Any) -> list[dict[str, Any]]:
    response = scan(since, **options)
    assert response.status_code == 200
    return list(response.json())


def test_each_side_gets_what_the_other_saved_in_the_order_of_saving(at_now: Any) -> None:
    one = ask().json()
    two = ask(request(meterEic=FLAT, customerEic=JAAN), sender=WIND).json()
    assert [item["connectionStateRequestId"] for item in of_operator()] == [one, two]
    assert of_supplier() == of_supplier(sender=WIND) == []
    answer(two)
    answer(one)
    assert [item["connectionStateRequestId"] for item in of_supplier()] == [one]
    assert [item["connectionStateRequestId"] for item in of_supplier(sender=WIND)] == [two]
    # What an operator did itself comes back to nobody but the supplier.
    (first, second) = of_operator()
    assert (first["connectionStateRequestId"], first["timestamp"]) == (one, "2026-05-04T10:00:00.000000Z")
    assert first["responseTimestamp"] == "2026-05-04T10:00:00.000003Z"
    at_now.shift(timedelta(minutes=1))
    change(one, {"requestComment": "once more"})
    assert [item["connectionStateRequestId"] for item in of_operator()] == [two, one]
    assert [item["connectionStateRequestId"] for item in of_operator(second["timestamp"])] == [one]


def test_a_scan_begins_behind_the_instant(at_now: Any) -> None:
    ask()
    assert len(of_operator("2026-05-04T09:59:59.999999Z")) == 1
    assert of_operator("2026-05-04T10:00:00Z") == of_operator("2026-05-04T13:00:00+03:00") == []


def test_a_thousand_at_a_time_and_none_twice(at_now: Any) -> None:
    ask()
    made = ConnectionRequest.objects.get()
    sender = party(WIND)
    ConnectionRequest.objects.bulk_create(
        ConnectionRequest(
            commodity="ELECTRICITY",
            sender=sender,
            receiver=made.receiver,
            meter_eic=f"M{number}",
            customer_eic=JAAN,
            requested_state="DISCONNECTED",
            reason="DEBT",
            preferred_date=made.preferred_date,
            **dict.fromkeys(
                ("created_at", "request_changed_at", "changed_at"), made.changed_at + timedelta(microseconds=number)
            ),
        )
        for number in range(1, MOST_LISTED + 11)
    )
    first = of_operator()
    second = of_operator(first[-1]["timestamp"])
    assert (len(first), len(second)) == (MOST_LISTED, 11)
    assert len({item["connectionStateRequestId"] for item in first + second}) == MOST_LISTED + 11
    assert of_operator(second[-1]["timestamp"]) == []


def test_others_and_other_roles_get_an_empty_list(at_now: Any) -> None:
    answer(ask().json())
    assert of_supplier(sender=NAMED) == of_supplier(sender=WIND) == []
    assert of_operator(sender=SOUTH) == of_operator(commodity="NATURAL_GAS") == []
    assert of_operator(sender="38X-EIN-ALL----B", role=Role.LINE_OPERATOR) == []
    # A supplier is no operator by having been answered, nor the other way round.
    assert of_supplier(sender="38X-EIN-ALL----B") == []


def test_what_was_cancelled_is_scanned_and_a_changed_answer_once_with_its_last_state(at_now: Any) -> None:
    request_id = ask().json()
    ids = {"connectionStateRequestId": request_id}
    answer(request_id)
    reanswer(ids, {"estimatedDate": "2026-05-20"})
    (seen,) = of_supplier()
    assert (seen["estimatedDate"], seen["timestamp"]) == ("2026-05-20", seen["responseTimestamp"])
    change(request_id, {"requestedConnectionState": "CANCELLED"})
    (gone,) = of_operator()
    assert (gone["requestedConnectionState"], gone["responseConnectionState"]) == ("CANCELLED", "PLANNED")
    assert gone["timestamp"] == gone["requestTimestamp"]


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ("2026-04-03T10:00:00Z", []),
        ("2026-04-03T09:59:59.999999Z", ["update-period-max-days"]),
        ("2026-04-03", ["invalid-pattern"]),
        ("2030-01-01T00:00:00Z", []),
    ],
)
def test_a_scan_begins_at_most_31_days_back(at_now: Any, since: str, expected: list[str]) -> None:
    response = scan(since)
    assert (codes(response) if expected else response.json()) == expected
    assert response.status_code == (400 if expected else 200)


def test_the_start_is_required(at_now: Any) -> None:
    assert codes(send("POST", "/change", {})) == ["missing"]
    assert codes(send("POST", "/change", {"updatePeriodStart": None})) == ["missing"]
