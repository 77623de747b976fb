"""The same message again gets the first answer again, whoever is quicker."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connections

from datahub import partitions
from datahub.market import Role
from datahub.parties.models import Party
from datahub.wire.models import StoredAnswer
from tests.api import Api, api, technical_user
from tests.wire.conftest import GRID_OPERATOR, SUPPLIER, add_market
from tests.wire.urls import SaveView

pytestmark = pytest.mark.urls("tests.wire.urls")

SAVE = "/api/v1/save"


def saved(name: str = "x") -> int:
    return Party.objects.filter(name=name).count()


def code(response: Any) -> str:
    return str(response.json()["cause"]["code"]).rsplit(".", 1)[-1]


@pytest.mark.django_db
def test_a_repeat_is_answered_as_the_first_was_and_saves_nothing(operator: Api) -> None:
    identification = uuid4()
    first = operator.post(SAVE, {"name": "x"}, identification=identification)
    again = operator.post(SAVE, {"name": "x"}, identification=identification)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first["x-document-identification"] == again["x-document-identification"]
    assert first["x-document-date-time"] == again["x-document-date-time"]
    assert "x-document-replayed" not in first
    assert again["x-document-replayed"] == "true"
    assert saved() == 1


@pytest.mark.django_db
def test_an_identification_in_capitals_is_the_same(operator: Api) -> None:
    identification = str(uuid4())
    operator.post(SAVE, {"name": "x"}, identification=identification)
    again = operator.post(SAVE, {"name": "x"}, identification=identification.upper())
    assert again["x-document-replayed"] == "true"


@pytest.mark.django_db
def test_another_body_or_service_under_the_same_identification_is_409(operator: Api) -> None:
    identification = uuid4()
    operator.post(SAVE, {"name": "x"}, identification=identification)
    for response in (
        operator.post(SAVE, {"name": "y"}, identification=identification),
        operator.put(SAVE, {"name": "x"}, identification=identification),
        operator.put(f"{SAVE}/5", {"name": "x"}, identification=identification),
    ):
        assert (response.status_code, code(response)) == (409, "document-identification-used")
        assert "Retry-After" not in response
    assert saved("y") == 0


@pytest.mark.django_db
def test_another_participant_may_use_the_same_identification(operator: Api) -> None:
    identification = uuid4()
    operator.post(SAVE, {"name": "x"}, identification=identification)
    theirs = api(SUPPLIER).post(SAVE, {"name": "x"}, role=Role.OPEN_SUPPLIER, identification=identification)
    assert theirs.status_code == 201
    assert saved() == 2


@pytest.mark.django_db
def test_another_technical_user_of_the_participant_gets_the_first_answer(operator: Api) -> None:
    identification = uuid4()
    operator.post(SAVE, {"name": "x"}, identification=identification)
    other = Api(technical_user(GRID_OPERATOR, suffix="other"))
    assert other.post(SAVE, {"name": "x"}, identification=identification)["x-document-replayed"] == "true"


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [{"refused": True}, {"crash": True}, {"unknown": 1}])
def test_after_an_error_the_identification_is_free_again(operator: Api, wrong: dict[str, Any]) -> None:
    identification = uuid4()
    assert operator.post(SAVE, {"name": "x", **wrong}, identification=identification).status_code >= 400
    assert saved() == 0
    assert operator.post(SAVE, {"name": "x"}, identification=identification).status_code == 201
    assert saved() == 1


@pytest.mark.django_db
def test_searches_are_answered_anew(operator: Api) -> None:
    identification = uuid4()
    thing = {"thing": {"meterEic": "38ZGO-10000001-U"}}
    for body in (thing, thing, {**thing, "pagination": {"page": 1}}):
        response = operator.post("/api/v1/show", body, identification=identification)
        assert response.status_code == 200
        assert "x-document-replayed" not in response


@pytest.mark.django_db
def test_answers_are_kept_for_seven_days(operator: Api) -> None:
    identification, start = uuid4(), datetime.now(UTC)

    def send(after: timedelta) -> Any:
        with time_machine.travel(start + after):
            return operator.post(SAVE, {"name": "x"}, identification=identification)

    send(timedelta(0))
    assert "x-document-replayed" in send(timedelta(days=6, hours=23))
    assert "x-document-replayed" not in send(timedelta(days=7, minutes=1))


@pytest.mark.django_db
def test_a_days_answers_go_with_their_partition(operator: Api) -> None:
    operator.post(SAVE, {"name": "x"})
    assert StoredAnswer.objects.count() == 1
    partitions.maintain(now=datetime.now(UTC) + timedelta(days=9))
    assert StoredAnswer.objects.count() == 0


# --- at once, with connections of their own ------------------------------------------------------------------------
@pytest.fixture
def live(transactional_db: None) -> Iterator[Api]:
    add_market()
    SaveView.entered.clear()
    SaveView.go_on.clear()
    yield api(GRID_OPERATOR)
    SaveView.go_on.set()


def in_thread(work: Any) -> Any:
    try:
        return work()
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_while_the_first_is_at_work_a_repeat_is_409_with_retry_after(live: Api) -> None:
    identification = uuid4()
    live.headers()

    def send(name: str = "slow", **options: Any) -> Any:
        return live.post(SAVE, {"name": name}, **{"identification": identification, **options})

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(in_thread, send)
        assert SaveView.entered.wait(20)
        for response in (send(), send("other")):
            assert (response.status_code, response["Retry-After"]) == (409, "1")
            assert code(response) == "document-at-work"
        assert send("elsewhere", identification=uuid4()).status_code == 201
        SaveView.go_on.set()
        assert first.result(20).status_code == 201
    again = send()
    assert again["x-document-replayed"] == "true"
    assert again.content == first.result().content
    assert saved("slow") == 1


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_save_once(live: Api) -> None:
    identification, start = uuid4(), threading.Barrier(10)
    live.headers()

    def send() -> Any:
        start.wait(20)
        return live.post(SAVE, {"name": "x"}, identification=identification)

    with ThreadPoolExecutor(10) as pool:
        answers = [future.result(60) for future in [pool.submit(in_thread, send) for _ in range(10)]]
    assert {answer.status_code for answer in answers} <= {201, 409}
    done = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in done}) == 1
    assert sum("x-document-replayed" not in answer for answer in done) == 1
    assert all(answer["Retry-After"] == "1" for answer in answers if answer.status_code == 409)
    assert saved() == 1


@pytest.mark.django_db(transaction=True)
def test_the_lock_is_let_go_when_the_first_fails(live: Api) -> None:
    identification = uuid4()
    live.headers()
    assert live.post(SAVE, {"name": "x", "crash": True}, identification=identification).status_code == 500
    began = time.monotonic()
    assert live.post(SAVE, {"name": "x"}, identification=identification).status_code == 201
    assert time.monotonic() - began < 5
