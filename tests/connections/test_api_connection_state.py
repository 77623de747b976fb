"""`POST`, `PUT /connection-state` and `…/response` over the wire."""

import json
import re
from typing import Any
from uuid import UUID

import pytest

from connections.models import ConnectionRequest, ConnectionStep
from datahub.access.models import AccessLog
from datahub.agreements.models import Agreement
from datahub.market import AgreementType, Permission, Role
from datahub.parties.models import MarketRole
from tests.agreements.market import HOUSE, JAAN, MARI, NAMED, NORTH, SOUTH, STRANGER, SUN, party
from tests.api import Api, technical_user
from tests.connections.sending import PATH, answer, as_operator, ask, change, codes, reanswer, request, send

pytestmark = pytest.mark.usefixtures("lawful", "at_now")

NOT_THERE = "connection-state-header-not-exists"
UNKNOWN = "00000000-0000-4000-8000-000000000000"
PLAN = {"responseConnectionState": "PLANNED", "estimatedDate": "2026-05-12"}


def test_a_request_is_answered_with_its_id_as_a_text() -> None:
    response = ask()
    assert response.status_code == 201
    assert response["content-type"] == "application/json"
    assert UUID(response.json()) == ConnectionRequest.objects.get().pk
    step = ConnectionStep.objects.get()
    assert (step.side, step.technical_user, step.user) == ("SENDER", f"{SUN}-test", None)


@pytest.mark.parametrize(
    ("changes", "expected", "named"),
    [
        *(
            ({name: None}, ["missing"], f"connectionStateRequest.{name}")
            for name in (
                "serviceProviderEic",
                "meterEic",
                "customerEic",
                "requestedConnectionState",
                "requestReason",
                "preferredDate",
            )
        ),
        ({"serviceProviderEic": "38X-EIN-GO-----1"}, ["eic-syntax-error"], "connectionStateRequest.serviceProviderEic"),
        ({"meterEic": MARI}, ["eic-syntax-error"], "connectionStateRequest.meterEic"),
        ({"customerEic": HOUSE}, ["eic-syntax-error"], "connectionStateRequest.customerEic"),
        ({"requestedConnectionState": "CANCELLED"}, ["invalid-enum"], "CONNECTED or DISCONNECTED"),
        ({"requestedConnectionState": "disconnected"}, ["invalid-enum"], "requestedConnectionState"),
        ({"requestReason": "FAULT"}, ["invalid-enum"], "DEBT or DEBT_PAID or NEW_AGREEMENT"),
        ({"preferredDate": "2026-05-05T00:00:00Z"}, ["invalid-pattern"], "YYYY-MM-DD"),
        ({"preferredDate": "2026-02-29"}, ["invalid-pattern"], "connectionStateRequest.preferredDate"),
        ({"preferredDate": "20260505"}, ["invalid-pattern"], "connectionStateRequest.preferredDate"),
        ({"preferredDate": 20260505}, ["invalid-pattern"], "connectionStateRequest.preferredDate"),
        (
            {"preferredDate": "2026-05-03"},
            ["connection-state-preferred-date-cannot-be-in-past"],
            "connectionStateRequest.preferredDate is 2026-05-03, but may be 2026-05-04 at the earliest: today",
        ),
        ({"requestComment": "x" * 2001}, ["field-cannot-be-longer-than-x-characters"], "at most 2000"),
        ({"requestComment": "a\x00b"}, ["invalid-pattern"], "connectionStateRequest.requestComment"),
        ({"responseComment": "x"}, ["missing-field"], "connectionStateRequest.responseComment"),
        (
            {"requestReason": "DEBT_PAID"},
            ["mismatched-initiation-reason-and-state"],
            "connectionStateRequest.requestReason is DEBT_PAID, but for DISCONNECTED it can be DEBT",
        ),
        (
            {"requestedConnectionState": "CONNECTED"},
            ["mismatched-initiation-reason-and-state"],
            "connectionStateRequest.requestReason is DEBT, but for CONNECTED it can be DEBT_PAID or NEW_AGREEMENT",
        ),
        (
            {"serviceProviderEic": STRANGER},
            ["service-provider-role-and-initiation-mismatch"],
            f"no participant {STRANGER} holds the role GRID_OPERATOR or CLOSED_DISTRIBUTION_NETWORK for ELECTRICITY",
        ),
        (
            {"meterEic": None, "requestReason": "x", "requestComment": 5, "unknown": 1},
            ["missing", "invalid-enum", "invalid-pattern", "missing-field"],
            "connectionStateRequest.meterEic is missing",
        ),
    ],
)
def test_a_wrong_request_is_refused_and_nothing_is_kept(
    changes: dict[str, Any], expected: list[str], named: str
) -> None:
    response = ask(request(**changes))
    assert codes(response) == expected
    validation = response.json()["cause"]["code"].startswith("opp.error.validation.")
    assert response.status_code == (400 if validation or expected == ["eic-syntax-error"] else 422)
    assert named in response.json()["cause"]["message"]
    assert not ConnectionRequest.objects.exists()


def test_a_comment_may_be_as_long_as_two_thousand_characters_or_be_left_out() -> None:
    request_id = ask(request(requestComment="õ" * 2000)).json()
    assert change(request_id, {"requestComment": "b" * 2000}).status_code == 200
    assert codes(change(request_id, {"requestComment": "b" * 2001})) == ["field-cannot-be-longer-than-x-characters"]
    done = {"responseConnectionState": "DISCONNECTED", "responseComment": "c" * 2000}
    assert answer(request_id, {**PLAN, "responseComment": "d" * 2001}).status_code == 400
    assert answer(request_id, {**done, "responseComment": "c" * 2000}).status_code == 201
    assert ask(request(requestComment=None)).status_code == 201


def test_comments_are_emptied_by_an_empty_text() -> None:
    request_id = ask().json()
    ids = {"connectionStateRequestId": request_id}
    answer(request_id, {**PLAN, "responseComment": "Soon"})
    for act, name in (
        (lambda text: change(request_id, {"requestComment": text}), "requestComment"),
        (lambda text: reanswer(ids, {"responseComment": text}), "responseComment"),
    ):
        emptied, again = act(""), act("")
        assert (emptied.status_code, name in emptied.json()) == (200, False)
        assert (again.status_code, codes(again)) == (422, ["no-change-received"])
        assert again.json()["cause"]["args"] == ["it contains nothing that differs from the current data"]
    steps = ConnectionStep.objects.order_by("id").values_list("changes", flat=True)
    assert list(steps)[2:] == [{"requestComment": ["Three invoices", None]}, {"responseComment": ["Soon", None]}]


def test_an_empty_comment_of_a_new_request_or_answer_is_none() -> None:
    request_id = ask(request(requestComment="")).json()
    assert answer(request_id, {**PLAN, "responseComment": ""}).status_code == 201
    (found,) = send("POST", "/search", {}).json()
    assert not {"requestComment", "responseComment"} & found.keys()


@pytest.mark.parametrize("text", [" two spaces  ", "\n\tlines\r\n", "   ", "\u00a0\u2003"])
def test_text_comes_back_as_it_was_sent(text: str) -> None:
    request_id = ask(request(requestComment=text)).json()
    answer(request_id, {**PLAN, "responseComment": text})
    for name in ("requestComment", "responseComment"):
        (found,) = send("POST", "/search", {"connectionStateAttributes": {name: text}}).json()
        assert (found["requestComment"], found["responseComment"]) == (text, text)
    assert codes(change(request_id, {"requestComment": " " * 2001})) == ["field-cannot-be-longer-than-x-characters"]


def test_null_is_left_out() -> None:
    request_id = ask({**request(), "requestComment": None}).json()
    changed = change(request_id, {"preferredDate": "2026-05-06", "requestReason": None, "meterEic": None})
    assert (changed.status_code, changed.json()["preferredDate"]) == (200, "2026-05-06")
    assert "requestComment" not in changed.json()


def test_a_repeat_saves_nothing() -> None:
    identification = "5f0c1d94-0000-4000-8000-000000000001"
    first, again = (ask(identification=identification) for _ in range(2))
    assert again["x-document-replayed"] == "true"
    assert first.content == again.content
    assert ConnectionRequest.objects.count() == ConnectionStep.objects.count() == 1


def test_a_second_open_request_is_refused_and_names_the_first() -> None:
    request_id = ask().json()
    second = ask(request(requestedConnectionState="CONNECTED", requestReason="NEW_AGREEMENT"))
    assert (second.status_code, codes(second)) == (422, ["redundant-connection-state-initialization"])
    assert request_id in second.json()["cause"]["message"]


def test_a_refusal_that_tells_of_a_customers_point_is_logged_though_nothing_is_saved() -> None:
    Agreement.objects.filter(type=AgreementType.GRID).update(deleted_at="2026-05-01T00:00Z")
    assert codes(ask()) == ["missing-agreement-between-go-and-cust"]
    row = AccessLog.objects.get()
    assert (row.participant.eic, row.role, row.service) == (SUN, "OPEN_SUPPLIER", "connection-state")
    assert (row.meter_eic, row.customer_eic, row.ground, row.technical_user) == (
        HOUSE,
        MARI,
        "AGREEMENT",
        f"{SUN}-test",
    )
    # Of a pair that is not its customer's the supplier learns nothing.
    assert len(codes(ask(request(customerEic=JAAN)))) == 2
    assert AccessLog.objects.count() == 1


def test_asking_for_the_opposite_is_logged_alike_where_it_is_refused() -> None:
    request_id = ask().json()
    Agreement.objects.filter(type=AgreementType.GRID).update(deleted_at="2026-05-01T00:00Z")
    opposite = {"requestedConnectionState": "CONNECTED", "requestReason": "DEBT_PAID"}
    assert codes(change(request_id, opposite)) == ["missing-agreement-between-go-and-cust"]
    assert AccessLog.objects.get().service == "connection-state"


@pytest.mark.parametrize(
    ("fields", "expected", "status"),
    [
        ({}, ["no-change-received"], 422),
        ({"meterEic": "38ZGO-10000002-R"}, ["connection-state-attribute-cannot-be-changed"], 422),
        ({"requestedConnectionState": "PLANNED"}, ["invalid-enum"], 400),
        ({"preferredDate": "2026-05-03"}, ["connection-state-preferred-date-cannot-be-in-past"], 400),
        ({"responseComment": "x"}, ["missing-field"], 400),
        (
            {"customerEic": JAAN, "preferredDate": "2026-05-03"},
            ["connection-state-attribute-cannot-be-changed", "connection-state-preferred-date-cannot-be-in-past"],
            422,
        ),
    ],
)
def test_a_wrong_change_is_refused(fields: dict[str, Any], expected: list[str], status: int) -> None:
    response = change(ask().json(), fields)
    assert (response.status_code, codes(response)) == (status, expected)


@pytest.mark.parametrize(
    ("fields", "expected", "status"),
    [
        ({"estimatedDate": "2026-05-12"}, ["missing"], 400),
        ({"responseConnectionState": "PLANNED"}, ["missing"], 400),
        ({"responseConnectionState": "CANCELLED"}, ["invalid-enum"], 400),
        (
            {"responseConnectionState": "PLANNED", "estimatedDate": "2026-05-03"},
            ["connection-state-estimated-date-cannot-be-in-past"],
            400,
        ),
        (
            {"responseConnectionState": "REFUSED"},
            ["connection-state-reason-must-be-provided-in-case-of-refused-state"],
            422,
        ),
        ({"responseConnectionState": "REFUSED", "responseReason": "DEBT"}, ["invalid-enum"], 400),
        ({**PLAN, "responseReason": "FAULT"}, ["connection-state-attribute-does-not-fit-state"], 422),
        ({"responseConnectionState": "CONNECTED"}, ["connection-state-message-next-state-is-not-allowed"], 422),
        ({**PLAN, "requestComment": "x"}, ["missing-field"], 400),
    ],
)
def test_a_wrong_answer_is_refused(fields: dict[str, Any], expected: list[str], status: int) -> None:
    response = answer(ask().json(), fields)
    assert (response.status_code, codes(response)) == (status, expected)
    assert not ConnectionRequest.objects.get().is_answered


def test_the_ids_may_stand_in_the_path() -> None:
    request_id = ask().json()
    changed = send("PUT", f"/{request_id}", {"connectionStateRequestChange": {"preferredDate": "2026-05-06"}})
    assert (changed.status_code, changed.json()["preferredDate"]) == (200, "2026-05-06")
    given = as_operator("POST", f"/{request_id}/response", {"connectionStateResponse": PLAN})
    assert given.status_code == 201
    path = f"/{request_id}/response/{given.json()}"
    moved = as_operator("PUT", path, {"connectionStateResponseChange": {"estimatedDate": "2026-05-13"}})
    assert (moved.status_code, moved.json()["estimatedDate"]) == (200, "2026-05-13")
    # Given twice, they must be the same.
    both = {"connectionStateRequestId": request_id.upper(), "connectionStateRequestChange": {"requestComment": "2"}}
    assert send("PUT", f"/{request_id}", both).status_code == 200
    other = {**both, "connectionStateRequestId": UNKNOWN}
    assert codes(send("PUT", f"/{request_id}", other)) == ["path-and-body-differ"]
    other_answer = {"connectionStateResponseId": UNKNOWN, "connectionStateResponseChange": {"responseComment": "3"}}
    assert codes(as_operator("PUT", path, other_answer)) == ["path-and-body-differ"]
    wrong = as_operator("PUT", f"/{UNKNOWN}/response/{given.json()}", {"connectionStateResponseChange": PLAN})
    assert (wrong.status_code, codes(wrong)) == (404, [NOT_THERE])
    assert codes(send("PUT", "/no-uuid", {"connectionStateRequestChange": {}})) == ["invalid-pattern"]
    for method, nowhere in (("POST", f"/{request_id}"), ("PUT", "/search"), ("PUT", f"/{request_id}/response")):
        assert send(method, nowhere, {}).status_code == 405


def test_an_answer_is_named_by_one_of_its_ids() -> None:
    request_id = ask().json()
    response_id = answer(request_id).json()
    by_both = {"connectionStateRequestId": request_id, "connectionStateResponseId": response_id}
    for number, ids in enumerate(
        ({"connectionStateRequestId": request_id}, {"connectionStateResponseId": response_id}, by_both)
    ):
        assert reanswer(ids, {"responseComment": str(number)}).json()["responseComment"] == str(number)
    assert codes(reanswer({}, {"responseComment": "x"})) == ["missing"]
    # With all else that is wrong.
    assert codes(reanswer({}, {"responseConnectionState": "OPEN"})) == ["invalid-enum", "missing"]
    assert codes(reanswer({}, {})) == ["missing"]
    assert codes(reanswer({**by_both, "connectionStateResponseId": UNKNOWN}, {"responseComment": "x"})) == [NOT_THERE]


def test_strangers_get_the_same_answer_for_what_is_there_and_what_is_not() -> None:
    request_id = ask().json()
    response_id = answer(request_id).json()
    supplier = {"sender": NAMED, "role": Role.OPEN_SUPPLIER}
    operator = {"sender": SOUTH, "role": Role.CLOSED_DISTRIBUTION_NETWORK}
    for act in (
        lambda one, _: change(one, {"requestComment": "x"}, **supplier),
        lambda one, _: change(one, {"requestedConnectionState": "CANCELLED"}, **supplier),
        lambda one, _: send("PUT", f"/{one}", {"connectionStateRequestChange": {"requestComment": "x"}}, **supplier),
        lambda one, _: answer(one, **operator),
        lambda one, _: reanswer({"connectionStateRequestId": one}, PLAN, **operator),
        lambda _, one: reanswer({"connectionStateResponseId": one}, PLAN, **operator),
    ):
        there, nowhere = act(request_id, response_id), act(UNKNOWN, UNKNOWN)
        assert there.status_code == nowhere.status_code == 404
        told = []
        for said in (there, nowhere):
            cause = {name: value for name, value in said.json()["cause"].items() if name != "traceId"}
            told.append(re.sub("|".join((request_id, response_id, UNKNOWN)), "…", json.dumps(cause)))
        assert told[0] == told[1]


def test_a_role_that_takes_no_part_is_refused_before_anything_else() -> None:
    request_id = ask().json()
    wrong = ask(sender=NORTH, role=Role.GRID_OPERATOR)
    assert (wrong.status_code, codes(wrong)) == (403, ["sender-type-error"])
    wrong = change(request_id, {"requestComment": "x"}, sender=NORTH, role=Role.GRID_OPERATOR)
    assert (wrong.status_code, codes(wrong)) == (403, ["sender-type-error"])
    wrong = answer(request_id, sender=SUN, role=Role.OPEN_SUPPLIER)
    assert (wrong.status_code, codes(wrong)) == (403, ["sender-type-error"])


def test_who_takes_part_on_the_other_side_is_told_so() -> None:
    MarketRole.objects.create(
        participant=party(NORTH), role=Role.OPEN_SUPPLIER, commodity="ELECTRICITY", valid_from="2026-01-01T00:00Z"
    )
    request_id = ask().json()
    wrong = change(request_id, {"requestComment": "x"}, sender=NORTH)
    assert (wrong.status_code, codes(wrong)) == (403, ["connection-state-participant-must-be-sender-or-receiver"])


@pytest.mark.parametrize(("permission", "may"), [("EDITOR_CONNECTION_STATE", True), ("VIEWER_CONNECTION_STATE", False)])
def test_saves_need_the_editors_permission(permission: str, may: bool) -> None:
    system = Api(technical_user(SUN, Permission(permission), suffix="one"))
    saved = system.post(PATH, {"connectionStateRequest": request()}, role=Role.OPEN_SUPPLIER)
    assert saved.status_code == (201 if may else 403)
    assert system.post(f"{PATH}/search", {}, role=Role.OPEN_SUPPLIER).status_code == 200
