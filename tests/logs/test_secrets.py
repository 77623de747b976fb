"""No secret, token, password, personal code or reading comes into a log, whatever is sent where, and whatever fails."""

import base64
import logging
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from celery import current_app, shared_task
from django.db import connection
from django.test import Client

from datahub.logs import config
from datahub.market import Role
from datahub.parties.models import User
from tests.api import SECRET, TOKEN_PATH, Api, api
from tests.logs.lines import Written, written
from tests.parties.test_staff_sign_in import code_of, device_of, sign
from tests.wire.conftest import GRID_OPERATOR, SUPPLIER, add_market

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.wire.urls")]

PERSONAL_CODE = "47101010033"
PASSWORD = "a-passphrase-of-staff"
READING = "123456.789"
NAME = "Maasikas"


@pytest.fixture
def log(settings: Any) -> Iterator[Written]:
    """All that is logged, with a line for every request."""
    settings.ACCESS_LOG = "all"
    with written() as found:
        yield found


@pytest.fixture
def market() -> Api:
    add_market()
    return api(GRID_OPERATOR)


def spoken_of(log: Written) -> int:
    """Give how many lines there are; every one of them was looked through."""
    for secret in (SECRET, PERSONAL_CODE, PASSWORD, READING, "eyJ", NAME):
        assert secret not in log.text, next(line for line in log.text.splitlines() if secret in line)
    return len(log.records)


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def test_asking_for_tokens_rightly_and_in_all_wrong_ways(market: Api, log: Written) -> None:
    client, client_id = Client(), f"{GRID_OPERATOR}-test"
    form = {"grant_type": "client_credentials"}
    assert client.post(TOKEN_PATH, {**form, "client_id": client_id, "client_secret": SECRET}).status_code == 200
    for sent in (
        {"client_id": client_id, "client_secret": f"{SECRET}x"},
        {"client_id": SECRET, "client_secret": client_id},  # one in place of the other
        {"client_id": PERSONAL_CODE, "client_secret": SECRET},
        {"client_id": client_id, "client_secret": SECRET, "grant_type": "password", "password": PASSWORD},
        {"client_id": client_id, "client_secret": SECRET, "scope": SECRET},
    ):
        assert client.post(TOKEN_PATH, {**form, **sent}).status_code in (400, 401)
    assert client.post(TOKEN_PATH, form, headers=basic(client_id, SECRET)).status_code == 200
    for headers in (basic(SECRET, client_id), basic(client_id, f"{SECRET}\x00"), {"authorization": f"Basic {SECRET}"}):
        assert client.post(TOKEN_PATH, form, headers=headers).status_code in (400, 401)
    assert client.get(f"{TOKEN_PATH}?client_id={client_id}&client_secret={SECRET}").status_code == 405
    assert spoken_of(log) >= 10
    refused = [record["message"] for record in log.records if record["logger"] == "datahub.wire.tokens.endpoint"]
    assert f"Wrong secret or unknown client {client_id} from 127.0.0.1" in refused


def test_requests_with_what_does_not_belong_there(market: Api, log: Written) -> None:
    headers = market.headers()
    for path in (
        "/api/v1/customer/search",
        f"/api/v1/customer/{PERSONAL_CODE}",
        f"/api/v1/customer/search?code={PERSONAL_CODE}&access_token={market.token}",
        f"/{PERSONAL_CODE}/{market.token}",
        f"/operator/metering-points/?text={PERSONAL_CODE}",
        f"/static/{PERSONAL_CODE}.js",
    ):
        for method in ("POST", "GET"):
            body = f'{{"identityValue": "{PERSONAL_CODE}", "name": "{NAME}", "kwh": {READING}}}'
            Client(raise_request_exception=False).generic(
                method, path, body, content_type="application/json", headers=headers
            )
    wrong = {**headers, "authorization": f"Bearer {market.token}x", "x-document-identification": PERSONAL_CODE}
    market.client.post("/api/v1/customer/search", "{", content_type="application/json", headers=wrong)
    Client().get("/", headers={"host": f"{PERSONAL_CODE}.example", "referer": f"https://x/?{PERSONAL_CODE}"})
    assert spoken_of(log) >= 13


def test_a_request_that_crashes_and_one_that_the_database_refuses(
    market: Api, log: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(call: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE kept (code text PRIMARY KEY) ON COMMIT DROP")
            cursor.execute("INSERT INTO kept VALUES (%s), (%s)", [NAME, NAME])

    def crashed(call: Any) -> None:
        raise ValueError(f"what is {PERSONAL_CODE} with the token {market.token}?")

    for failing in (refused, crashed):
        monkeypatch.setattr("tests.wire.urls.SaveView.post", lambda _, call, failing=failing: failing(call))
        answer = market.post("/api/v1/save", {"name": PERSONAL_CODE})
        assert answer.status_code == 500
    assert spoken_of(log) >= 4
    stacks = [record["exception"] for record in log.records if "exception" in record]
    assert any("kept_pkey" in stack for stack in stacks) and any("ValueError: what is ***" in stack for stack in stacks)


def test_staff_who_sign_in(log: Written, settings: Any) -> None:
    settings.IS_DEMO = False
    device = device_of(User.objects.create_superuser("anu", password=PASSWORD))
    code = code_of(device)
    for given in ({"password": f"{PASSWORD}x"}, {"username": PASSWORD, "password": "anu"}, {"password": PASSWORD}):
        sign(Client(), **{"password": PASSWORD, "code": code, **given})
    assert spoken_of(log) >= 3
    assert code not in {record["message"] for record in log.records}


def test_a_task_that_fails(log: Written) -> None:
    @shared_task(name="failing")
    def failing(code: str) -> None:
        """Fail."""
        raise ValueError(f"nobody is {code}")

    try:
        assert failing.apply(args=[PERSONAL_CODE]).failed()
    finally:
        # Others look at all tasks that there are.
        current_app.tasks.unregister("failing")
    assert spoken_of(log) == 1
    assert log.records[0]["task"] == "failing"
    assert log.records[0]["trace"] != "0" * 32


# --- The line of a request --------------------------------------------------------------------------------------------
def lines(log: Written) -> list[dict[str, Any]]:
    return [record for record in log.records if record["logger"] == "datahub.metrics.middleware"]


def test_a_request_has_one_line_that_says_who_asked_for_what_and_how_it_ended(market: Api, log: Written) -> None:
    market.headers()
    refused = market.post("/api/v1/show", {"thing": {"meterEic": "x"}}, identification=uuid4())
    line = lines(log)[-1]
    assert line.pop("duration_ms") > 0
    assert {name: line[name] for name in line if name not in ("time", "process")} == {
        "level": "INFO",
        "logger": "datahub.metrics.middleware",
        "trace": refused.json()["cause"]["traceId"],
        "message": "answered 400",
        "service": "/show",
        "method": "POST",
        "status": 400,
        "code": refused.json()["cause"]["code"],
        "address": "127.0.0.1",
        "participant": GRID_OPERATOR,
    }
    Client().get("/health/live")
    assert {"address", "participant"}.isdisjoint(lines(log)[-1])
    assert not [record for record in log.records if record["logger"] == "django.request"]


@pytest.mark.parametrize(("chosen", "statuses"), [("all", [200, 200, 400]), ("failed", [400]), ("none", [])])
def test_which_requests_have_a_line(market: Api, settings: Any, chosen: str, statuses: list[int]) -> None:
    settings.ACCESS_LOG = chosen
    other = api(SUPPLIER)
    with written() as found:
        other.token = other.fresh_token()
        other.post("/api/v1/show", {"thing": {"meterEic": "38ZGO-10000001-U"}}, role=Role.OPEN_SUPPLIER)
        other.post("/api/v1/show", {}, role=Role.OPEN_SUPPLIER)
    assert [line["status"] for line in lines(found)] == statuses


def test_a_slow_request_has_a_line_though_it_went_well(market: Api, settings: Any) -> None:
    settings.ACCESS_LOG_SLOW_SECONDS = 0.0
    with written() as found:
        assert Client().get("/health/live").status_code == 200
    assert [line["status"] for line in lines(found)] == [200]


def test_what_libraries_say_in_detail_is_not_logged_even_where_ours_is() -> None:
    chosen = config.settings_of("DEBUG")["loggers"]
    for name in ("botocore", "urllib3", "authlib"):
        assert logging.getLevelName(chosen[name]["level"]) >= logging.INFO
