"""`POST /connection-state/search` over the wire."""

from datetime import timedelta
from typing import Any

import pytest

from datahub.market import Role
from tests.agreements.market import (
    BAKERY,
    BAKERY_POINT,
    FLAT,
    HOUSE,
    JAAN,
    MARI,
    NAMED,
    NORTH,
    SOUTH,
    STRANGER,
    SUN,
    WIND,
    standing,
)
from tests.connections.acting import grid, supply
from tests.connections.sending import answer, as_operator, ask, change, codes, reanswer, request, search

pytestmark = pytest.mark.usefixtures("lawful")


@pytest.fixture
def three(at_now: Any) -> list[str]:
    """Give three requests: planned and refused of SUN, cancelled of WIND; an hour between all saves from 10:00 on."""
    standing(grid(customer=BAKERY, point=BAKERY_POINT), supply(customer=BAKERY, point=BAKERY_POINT))

    def an_hour_later(response: Any) -> Any:
        at_now.shift(timedelta(hours=1))
        return response.json()

    one = an_hour_later(ask(request(requestComment="Arve 117: 100% maksmata_")))
    connect = {"requestedConnectionState": "CONNECTED", "requestReason": "NEW_AGREEMENT"}
    two = an_hour_later(ask(request(meterEic=BAKERY_POINT, customerEic=BAKERY, preferredDate="2026-06-01", **connect)))
    three = an_hour_later(ask(request(meterEic=FLAT, customerEic=JAAN, requestComment=None), sender=WIND))
    an_hour_later(answer(one, {"responseConnectionState": "PLANNED", "estimatedDate": "2026-05-12"}))
    refused = {"responseConnectionState": "REFUSED", "responseReason": "FAULT", "responseComment": "No way in: LOCKED"}
    an_hour_later(answer(two, refused))
    an_hour_later(change(three, {"requestedConnectionState": "CANCELLED"}, sender=WIND))
    return [one, two, three]


def found(attributes: dict[str, Any] | None = None, **options: Any) -> list[str]:
    response = search(attributes, **{"sender": NORTH, "role": Role.GRID_OPERATOR, **options})
    assert response.status_code == 200, response.content
    return [one["connectionStateRequestId"] for one in response.json()]


def test_those_saved_last_come_first_and_each_finds_its_own(three: list[str]) -> None:
    one, two, gone = three
    assert found() == found({}) == [gone, two, one]
    assert found(sender=SUN, role=Role.OPEN_SUPPLIER) == [two, one]
    assert found(sender=WIND, role=Role.OPEN_SUPPLIER) == [gone]
    for eic, role in ((NAMED, Role.OPEN_SUPPLIER), (STRANGER, Role.OPEN_SUPPLIER), (SOUTH, Role.GRID_OPERATOR)):
        assert found(sender=eic, role=role) == []
        assert found({"connectionStateRequestId": one}, sender=eic, role=role) == []
        assert found({"meterEic": HOUSE}, sender=eic, role=role) == []
    # The other commodity, and a role that takes no part.
    assert found(commodity="NATURAL_GAS") == []
    assert found(sender="38X-EIN-ALL----B", role=Role.LINE_OPERATOR) == []


def test_both_of_an_operators_roles_find_the_same(three: list[str]) -> None:
    assert found(role=Role.GRID_OPERATOR) == list(reversed(three))
    assert found(sender=SOUTH, role=Role.CLOSED_DISTRIBUTION_NETWORK) == []


ATTRIBUTES: list[tuple[dict[str, Any], list[int]]] = [
    ({"senderEic": SUN}, [1, 0]),
    ({"senderEic": "38X-EIN-NS-----R"}, []),
    ({"receiverEic": NORTH}, [2, 1, 0]),
    ({"receiverEic": SOUTH}, []),
    # The operator by the request's own name for it; both must be it where both are named.
    ({"serviceProviderEic": NORTH}, [2, 1, 0]),
    ({"serviceProviderEic": SOUTH}, []),
    ({"serviceProviderEic": NORTH, "receiverEic": NORTH, "meterEic": HOUSE}, [0]),
    ({"serviceProviderEic": SOUTH, "receiverEic": NORTH}, []),
    ({"serviceProviderEic": NORTH, "receiverEic": SOUTH}, []),
    ({"meterEic": HOUSE}, [0]),
    ({"customerEic": JAAN}, [2]),
    ({"customerEic": MARI, "meterEic": FLAT}, []),
    ({"requestedConnectionState": "DISCONNECTED"}, [0]),
    ({"requestedConnectionState": "CONNECTED"}, [1]),
    ({"requestedConnectionState": "CANCELLED"}, [2]),
    ({"requestReason": "DEBT"}, [2, 0]),
    ({"requestReason": "NEW_AGREEMENT"}, [1]),
    ({"preferredDate": "2026-06-01"}, [1]),
    ({"preferredDate": "2026-05-05"}, [2, 0]),
    ({"requestComment": "maksmata"}, [0]),
    ({"requestComment": "ARVE 117"}, [0]),
    ({"requestComment": "100% m"}, [0]),
    # With its spaces.
    ({"requestComment": "117: "}, [0]),
    ({"requestComment": " arve"}, []),
    ({"requestComment": "  "}, []),
    # Neither sign stands for other text.
    ({"requestComment": "1_7"}, []),
    ({"requestComment": "A%e"}, []),
    ({"responseComment": "no way"}, [1]),
    ({"responseConnectionState": "PLANNED"}, [0]),
    ({"responseConnectionState": "REFUSED"}, [1]),
    ({"responseConnectionState": "CONNECTED"}, []),
    ({"responseReason": "FAULT"}, [1]),
    ({"responseReason": "NO_CANCEL"}, []),
    ({"estimatedDate": "2026-05-12"}, [0]),
    ({"timestamp": "2026-05-04T15:00:00Z"}, [2]),
    ({"timestamp": "2026-05-04T15:00:00.000001Z"}, []),
    ({"requestTimestamp": "2026-05-04T11:00:00Z"}, [1]),
    ({"responseTimestamp": "2026-05-04T13:00:00Z"}, [0]),
    # The start counts, the end does not; a change moves the time of its side.
    ({"requestPeriodStart": "2026-05-04T11:00:00Z"}, [2, 1]),
    ({"requestPeriodStart": "2026-05-04T11:00:00.000001Z"}, [2]),
    ({"requestPeriodEnd": "2026-05-04T11:00:00Z"}, [0]),
    ({"requestPeriodEnd": "2026-05-04T11:00:00.000001Z"}, [1, 0]),
    ({"requestPeriodStart": "2026-05-04T12:00:00Z", "requestPeriodEnd": "2026-05-04T13:00:00Z"}, []),
    ({"responsePeriodStart": "2026-05-04T13:00:00Z", "responsePeriodEnd": "2026-05-04T14:00:00Z"}, [0]),
    ({"responsePeriodEnd": "2026-05-04T14:00:00.000001Z"}, [1, 0]),
    ({"requestReason": "DEBT", "responseConnectionState": "PLANNED", "senderEic": SUN}, [0]),
]


def test_each_attribute_finds(three: list[str]) -> None:
    for attributes, numbers in ATTRIBUTES:
        assert found(attributes) == [three[number] for number in numbers], attributes


def test_ids_find_one(three: list[str]) -> None:
    one, two, _ = three
    (whole,) = search({"connectionStateRequestId": two}, sender=NORTH, role=Role.GRID_OPERATOR).json()
    assert found({"connectionStateResponseId": whole["connectionStateResponseId"]}) == [two]
    assert found({"connectionStateRequestId": one.upper()}) == [one]
    assert (
        found({"connectionStateRequestId": one, "connectionStateResponseId": whole["connectionStateResponseId"]}) == []
    )


def test_with_pagination_the_answer_is_a_page(three: list[str]) -> None:
    def page(number: int, size: int, attributes: dict[str, Any] | None = None) -> tuple[list[str], dict[str, int]]:
        asked = {"page": number, "pageSize": size}
        body = search(attributes, pagination=asked, sender=NORTH, role=Role.GRID_OPERATOR).json()
        assert body.keys() == {"connectionStates", "pagination"}
        return [one["connectionStateRequestId"] for one in body["connectionStates"]], body["pagination"]

    newest = list(reversed(three))
    assert page(0, 2) == (newest[:2], {"page": 0, "totalPages": 2})
    assert page(1, 2) == (newest[2:], {"page": 1, "totalPages": 2})
    assert page(7, 2) == ([], {"page": 7, "totalPages": 2})
    assert page(0, 500, {"meterEic": "38ZGO-10000003-O"}) == ([], {"page": 0, "totalPages": 1})


def test_a_result_has_what_is_set_and_nothing_else(three: list[str]) -> None:
    whole = {one["connectionStateRequestId"]: one for one in search(sender=NORTH, role=Role.GRID_OPERATOR).json()}
    common = {
        *("connectionStateRequestId", "timestamp", "senderEic", "receiverEic", "meterEic", "customerEic"),
        *("requestedConnectionState", "requestReason", "preferredDate", "requestTimestamp"),
    }
    answered = {"connectionStateResponseId", "responseConnectionState", "responseTimestamp"}
    assert whole[three[0]].keys() == {*common, *answered, "requestComment", "estimatedDate"}
    assert whole[three[1]].keys() == {*common, *answered, "requestComment", "responseComment", "responseReason"}
    assert whole[three[2]].keys() == common


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {
                "connectionStateAttributes": {
                    "requestPeriodStart": "2026-05-04T11:00Z",
                    "requestPeriodEnd": "2026-05-04T11:00Z",
                }
            },
            ["from-field-cannot-be-equal-to-or-after-to-field"],
        ),
        (
            {
                "connectionStateAttributes": {
                    "requestPeriodStart": "2026-05-04T12:00Z",
                    "requestPeriodEnd": "2026-05-04T11:00Z",
                    "responsePeriodStart": "2026-05-04T12:00Z",
                    "responsePeriodEnd": "2026-05-04T11:00Z",
                    "meterEic": "x",
                }
            },
            ["eic-syntax-error", *["from-field-cannot-be-equal-to-or-after-to-field"] * 2],
        ),
        ({"connectionStateAttributes": {"requestTimestamp": "2026-05-04T11:00"}}, ["invalid-pattern"]),
        ({"connectionStateAttributes": {"connectionStateRequestId": "x"}}, ["invalid-pattern"]),
        ({"connectionStateAttributes": {"unknown": 1}}, ["missing-field"]),
        ({"connectionStateAttributes": {"requestComment": "", "responseComment": ""}}, ["missing", "missing"]),
        ({"connectionStateAttributes": {"serviceProviderEic": HOUSE}}, ["eic-syntax-error"]),
        ({"connectionStateAttributes": []}, ["invalid-pattern"]),
        ({"pagination": {"page": 0, "pageSize": 501}}, ["too-big"]),
        ({"pagination": {"page": -1}}, ["field-value-cannot-be-negative"]),
    ],
)
def test_a_wrong_search_is_refused(at_now: Any, body: dict[str, Any], expected: list[str]) -> None:
    response = as_operator("POST", "/search", body)
    assert (response.status_code, codes(response)) == (400, expected)


def test_a_change_of_an_answer_moves_it_to_the_top(three: list[str]) -> None:
    reanswer({"connectionStateRequestId": three[0]}, {"responseComment": "again"})
    assert found()[0] == three[0]
