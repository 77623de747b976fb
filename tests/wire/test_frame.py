"""What the frame does for every service, in its order."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.test import Client

from datahub import limits
from datahub.market import Permission, Role
from tests.api import Api, api, technical_user
from tests.wire.conftest import GRID_OPERATOR, SUPPLIER

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.wire.urls")]

SHOW = "/api/v1/show"
POINT = "38ZGO-10000001-U"
THING = {"thing": {"meterEic": POINT}}


def code(response: Any) -> str:
    """The last part of an error's code, the body having the form that all errors have."""
    body = response.json()
    cause = body["cause"]
    assert set(body) == {"id", "cause"}
    assert set(cause) - {"others"} == {"message", "code", "traceId", "args"}
    assert cause["traceId"] == response["x-trace-id"]
    assert re.fullmatch("[0-9a-f]{32}", cause["traceId"])
    assert response["Content-Type"] == "application/json"
    assert response["x-document-identification"]
    assert response["x-document-date-time"].endswith("Z")
    return str(cause["code"]).split(".", 3)[-1]


def test_a_good_request_passes(operator: Api) -> None:
    identification = uuid4()
    response = operator.post(SHOW, THING, identification=identification)
    assert response.status_code == 200, response.content
    body = response.json()
    assert body["thing"] == {"meterEic": POINT}
    assert body["page"] == [0, 500]
    assert (body["participant"], body["role"]) == (GRID_OPERATOR, "GRID_OPERATOR")
    assert body["user"] == f"{GRID_OPERATOR}-test"
    assert body["identification"] == str(identification)
    assert response["x-original-document-identification"] == str(identification)
    assert response["x-document-identification"] != str(identification)
    assert response["x-document-date-time"].endswith("Z")
    assert re.fullmatch("[0-9a-f]{32}", response["x-trace-id"])
    assert response["x-highest-id"] == "7"
    assert response["Content-Type"] == "application/json"


def test_ready_bytes_and_nothing_are_answers_too(operator: Api) -> None:
    raw = operator.post("/api/v1/raw", {"name": "x"})
    assert raw.status_code == 202
    assert raw.content.startswith(b'{"bytes":')
    empty = operator.post("/api/v1/empty", {})
    assert (empty.status_code, empty.content) == (200, b"")


# --- 404, 405, 500 -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/", "/api/v1/show/", "/api/v1/a\x00b", "/api/v2/show"])
def test_an_unknown_path_is_404_before_anything_else(path: str) -> None:
    response = Client().post(path, b"{", content_type="application/json")
    assert response.status_code == 404
    assert code(response) == "not-found.resource"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"])
def test_a_method_that_is_not_served_is_405_before_the_token(method: str) -> None:
    response = Client().generic(method, SHOW)
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    if method != "HEAD":
        assert code(response) == "method-not-allowed"


def test_a_crash_is_500_in_the_same_form_and_saves_nothing(operator: Api, caplog: Any) -> None:
    identification = uuid4()
    crash = operator.post("/api/v1/save", {"name": "x", "crash": True}, identification=identification)
    assert crash.status_code == 500
    assert code(crash) == "general"
    assert crash["x-original-document-identification"] == str(identification)
    assert "ZeroDivisionError" in caplog.text
    assert operator.post("/api/v1/save", {"name": "x"}, identification=identification).status_code == 201


def test_a_database_that_is_away_is_503_with_retry_after(operator: Api, monkeypatch: Any, caplog: Any) -> None:
    def gone(*_: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    operator.headers()
    monkeypatch.setattr("datahub.parties.selectors.api_client", gone)
    response = operator.post(SHOW, THING)
    assert (response.status_code, response["Retry-After"], code(response)) == (503, "5", "unavailable")
    assert "server closed" in caplog.text
    assert "server closed" not in response.content.decode()


def test_a_refused_host_is_400_in_the_same_form(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["hub.example"]
    response = Client().post(SHOW, headers={"host": "elsewhere.example"})
    assert response.status_code == 400
    assert code(response) == "unparseable"


def test_the_callers_trace_goes_on(operator: Api) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    assert operator.post(SHOW, THING, headers=headers)["x-trace-id"] == trace
    assert operator.post(SHOW, THING, headers={"traceparent": "00-evil"})["x-trace-id"] != "evil"


# --- headers -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-document-identification", ""),
        ("x-document-identification", "1"),
        ("x-document-identification", "{2f1e7b2c-8f0a-4c1b-9d7e-111111111111}"),
        ("x-document-identification", "2f1e7b2c8f0a4c1b9d7e111111111111"),
        ("x-document-date-time", ""),
        ("x-document-date-time", "2024-05-22T21:00:00"),
        ("x-document-date-time", "yesterday"),
        ("x-document-date-time", "2024-02-30T21:00:00Z"),
        ("x-document-date-time", "99999-05-22T21:00:00Z"),
    ],
)
def test_wrong_headers_are_400_by_name(operator: Api, name: str, value: str) -> None:
    response = operator.post(SHOW, THING, headers={name: value})
    assert response.status_code == 400
    assert code(response) == "not-found.header"
    assert response.json()["cause"]["args"][0] == name
    if name == "x-document-identification":
        assert "x-original-document-identification" not in response


def test_both_headers_missing_are_told_at_once(operator: Api) -> None:
    headers = {"authorization": operator.headers()["authorization"]}
    response = operator.send_bytes("POST", SHOW, b"{}", headers=headers)
    assert response.status_code == 400
    assert [other["args"][0] for other in response.json()["cause"]["others"]] == ["x-document-date-time"]


@pytest.mark.parametrize(
    "sent", ["2024-05-22T21:00Z", "2024-05-22T21:00:00+03:00", "2024-05-22T21:00:00.123456789-11:30"]
)
def test_times_with_an_offset_pass_in_the_header(operator: Api, sent: str) -> None:
    assert operator.post(SHOW, THING, headers={"x-document-date-time": sent}).status_code == 200


# --- content type, size --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "content_type", ["text/plain", "", "application/xml", "application/json; charset=latin-1", "multipart/form-data"]
)
def test_another_content_type_is_415(operator: Api, content_type: str) -> None:
    response = operator.client.generic("POST", SHOW, b"{}", content_type=content_type, headers=operator.headers())
    assert response.status_code == 415
    assert code(response) == "unsupported-media-type"


@pytest.mark.parametrize("content_type", ["application/json; charset=UTF-8", 'APPLICATION/JSON;charset="utf-8"'])
def test_json_in_utf8_passes_however_it_is_written(operator: Api, content_type: str) -> None:
    response = operator.client.generic("POST", SHOW, b"{}", content_type=content_type, headers=operator.headers())
    assert code(response) == "missing"


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip"])
def test_a_packed_body_is_415(operator: Api, encoding: str) -> None:
    response = operator.post(SHOW, THING, headers={"content-encoding": encoding})
    assert response.status_code == 415


def test_a_body_over_the_limit_is_413_and_one_at_the_limit_is_read(operator: Api) -> None:
    limit = 16 * 1024 * 1024
    headers = operator.headers()
    over = operator.send_bytes("POST", SHOW, b" " * (limit + 1), headers=headers)
    assert over.status_code == 413
    assert code(over) == "body-too-large"
    at = operator.send_bytes("POST", SHOW, b" " * limit, headers=headers)
    assert (at.status_code, code(at)) == (400, "unparseable-object")
    raw = operator.send_bytes("POST", "/api/v1/raw", b" " * (2 * limit + 1), headers=headers)
    assert raw.status_code == 413


# --- JSON ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "body",
    [
        b" ",
        b"{",
        b'{"a": 1,}',
        b"[]",
        b'"text"',
        b"null",
        b"\xff\xfe{}",
        b'{"a": "\xc3\x28"}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"a": "\x00"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a":' + b"[" * 40 + b"]" * 40 + b"}",
        b'{"a": ' + b"9" * 5000 + b"}",
        b"\xef\xbb\xbf{}",
        b"{} {}",
    ],
)
def test_what_is_no_json_object_is_400(operator: Api, body: bytes) -> None:
    response = operator.send_bytes("POST", SHOW, body, headers=operator.headers())
    assert response.status_code == 400
    assert code(response) == "unparseable-object"


def test_a_number_that_is_too_long_is_refused_in_the_hubs_own_words(operator: Api) -> None:
    response = operator.send_bytes("POST", SHOW, b'{"a": ' + b"9" * 5000 + b"}", headers=operator.headers())
    assert response.json()["cause"]["args"] == ["a whole number has more than 4300 digits"]


def test_a_body_of_millions_of_parts_is_400_before_it_is_read(operator: Api) -> None:
    response = operator.send_bytes("POST", SHOW, b"[" + b"[]," * 400_000 + b"[]]", headers=operator.headers())
    assert (response.status_code, code(response)) == (400, "too-many-entries")


# --- context, permission -------------------------------------------------------------------------------------------
IDENTIFICATION, ROLE = "marketParticipantIdentification", "marketParticipantRole"


@pytest.mark.parametrize(
    ("change", "status", "name"),
    [
        ({IDENTIFICATION: None}, 400, IDENTIFICATION),
        ({IDENTIFICATION: "38X"}, 400, IDENTIFICATION),
        ({ROLE: "KING"}, 400, ROLE),
        ({"commodityType": "WATER"}, 400, "commodityType"),
        ({"commodityType": ["ELECTRICITY"]}, 400, "commodityType"),
        ({"purpose": "x" * 51}, 400, "purpose"),
        ({"surprise": 1}, 400, "surprise"),
        (
            {IDENTIFICATION: SUPPLIER},
            403,
            IDENTIFICATION,
        ),
        ({ROLE: "OPEN_SUPPLIER"}, 403, ROLE),
        ({"commodityType": "NATURAL_GAS"}, 403, ROLE),
    ],
)
def test_a_wrong_context_is_refused_by_path(operator: Api, change: dict[str, Any], status: int, name: str) -> None:
    sent = {**operator.context(Role.GRID_OPERATOR), **change}
    response = operator.post(SHOW, {"marketParticipantContext": sent, **THING})
    assert response.status_code == status
    code(response)
    assert response.json()["cause"]["args"][0] == f"marketParticipantContext.{name}"


@pytest.mark.parametrize("sent", [None, "x", [], 1, {}])
def test_a_missing_context_is_400(operator: Api, sent: Any) -> None:
    assert operator.post(SHOW, {"marketParticipantContext": sent, **THING}).status_code == 400
    assert operator.post("/api/v1/raw", {"marketParticipantContext": sent}).status_code == 400


def test_a_purpose_of_50_passes(operator: Api) -> None:
    sent = {**operator.context(Role.GRID_OPERATOR), "purpose": "õ" * 50}
    assert operator.post(SHOW, {"marketParticipantContext": sent, **THING}).status_code == 200


@pytest.mark.parametrize(
    ("permission", "may_view", "may_edit"),
    [
        (Permission.ADMIN, True, True),
        (Permission.EDITOR_METERING_POINT, True, True),
        (Permission.VIEWER_METERING_POINT, True, False),
        (Permission.EDITOR_AGREEMENT, False, False),
    ],
)
def test_permissions_include_each_other(operator: Api, permission: Permission, may_view: bool, may_edit: bool) -> None:
    caller = api(technical_user(GRID_OPERATOR, permission, suffix="other"))
    view, edit = caller.post(SHOW, THING), caller.post("/api/v1/save", {"name": "x"})
    assert (view.status_code == 200, edit.status_code == 201) == (may_view, may_edit)
    for response in (view, edit):
        if response.status_code >= 400:
            assert (response.status_code, code(response)) == (403, "permission-missing")


def test_the_context_comes_before_the_permission_and_that_before_the_fields(operator: Api) -> None:
    viewer = api(technical_user(GRID_OPERATOR, Permission.VIEWER_AGREEMENT, suffix="viewer"))
    assert code(viewer.post(SHOW, {}, role=Role.AGGREGATOR)) == "unprocessable-market-participant-context"
    assert code(viewer.post(SHOW, {})) == "permission-missing"
    assert code(operator.post(SHOW, {})) == "missing"


# --- limits --------------------------------------------------------------------------------------------------------
def test_too_many_requests_of_a_participant_are_429(operator: Api, settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2
    operator.headers()
    answers = [operator.post(SHOW, THING) for _ in range(6)]
    assert {response.status_code for response in answers} <= {200, 429}
    refused = [response for response in answers if response.status_code == 429]
    # A new minute may begin in the middle.
    assert len(refused) >= 2
    assert 1 <= int(refused[0]["Retry-After"]) <= 60
    assert code(refused[0]) == "too-many-requests"
    assert api(SUPPLIER).post(SHOW, THING, role=Role.OPEN_SUPPLIER).status_code == 200


def test_without_redis_nobody_waits_and_each_process_counts_alone(
    operator: Api, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_away_until", 0.0)
    monkeypatch.setattr(limits, "_alone", {})
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.API_REQUESTS_PER_MINUTE = 3
    answers = [operator.post(SHOW, THING).status_code for _ in range(9)]
    # A new minute may begin in the middle.
    assert answers[:3].count(200) == 3 and 3 <= answers.count(200) <= 6 and answers.count(429) >= 3
