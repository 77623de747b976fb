"""/health: what is missing is said in words, and whatever hangs is waited for some seconds and no longer."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
import redis
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client

from datahub import partitions
from datahub.celery import app
from datahub.health import checks, heartbeat
from datahub.health.bounded import Bounded
from datahub.local.services import free_port
from datahub.metrics import hub
from distribution import store
from distribution.models import MESSAGES

pytestmark = pytest.mark.django_db

# The tests wait for a shorter time than the hub does.
BOUND = 1.5
PATIENCE = BOUND + 2
READY, SERVES = "/health/ready", "/health/serves"


@pytest.fixture(autouse=True)
def _asked_by_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an earlier test has asked may hang on."""
    monkeypatch.setattr(checks, "_services", checks._bounded())
    monkeypatch.setattr(checks, "ANSWER_SECONDS", BOUND)


@pytest.fixture(autouse=True)
def _all_give_signs_of_life() -> None:
    for key in (*map(heartbeat.queue_key, checks.QUEUES), heartbeat.BEAT):
        heartbeat._beat(key)


@pytest.fixture
def silent() -> Iterator[int]:
    """A port on which somebody takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        kept: list[socket.socket] = []

        def take() -> None:
            while True:
                try:
                    kept.append(listener.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
        for one in kept:
            one.close()


def ask(path: str = READY) -> tuple[int, dict[str, str], float]:
    """Give the status, what is missing, and how long the answer took."""
    began = time.monotonic()
    answer = Client().get(path)
    return answer.status_code, answer.json().get("missing", {}), time.monotonic() - began


# --- Where each service stands, and how it fails ----------------------------------------------------------------------
def database_at(port: int, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setitem(connections.settings["default"], "PORT", str(port))
    monkeypatch.setattr(checks, "_migrated", False)


def redis_at(port: int, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
    monkeypatch.setattr(heartbeat, "_redis", None)


def store_at(port: int, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    content = settings.STORAGES["content"]
    options = {**content["OPTIONS"], "endpoint_url": f"http://127.0.0.1:{port}"}
    settings.STORAGES = {**settings.STORAGES, "content": {**content, "OPTIONS": options}}


def broker_at(port: int, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.CELERY_BROKER_URL = f"amqp://guest:guest@127.0.0.1:{port}//"
    monkeypatch.setattr(app.conf, "broker_write_url", settings.CELERY_BROKER_URL)


PLACES = {"database": database_at, "redis": redis_at, "broker": broker_at, "objectStore": store_at}
Place = Callable[[int, pytest.MonkeyPatch, Any], None]


def test_a_hub_that_has_all_it_needs_is_ready() -> None:
    assert ask()[:2] == (200, {})
    assert ask(SERVES)[:2] == (200, {})
    assert Client().get("/health/live").json() == {"status": "live"}


@pytest.mark.parametrize("service", PLACES)
def test_what_is_down_is_named(service: str, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    PLACES[service](free_port(), monkeypatch, settings)
    status, missing, _ = ask()
    assert status == 503
    assert service in missing and "does not answer" in missing[service]
    others = {"database": {"migrations", "partitions"}, "redis": {"workers", "beat"}}
    assert set(missing) == {service, *others.get(service, ())}


@pytest.mark.parametrize("service", PLACES)
def test_what_takes_connections_and_never_answers_is_not_waited_for(
    service: str, silent: int, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    # As slow as an installation may have it: the bound is that of the answer.
    settings.CONTENT_STORE_TIMEOUT = 30.0
    PLACES[service](silent, monkeypatch, settings)
    status, missing, seconds = ask()
    assert status == 503 and seconds < PATIENCE
    assert "does not answer" in missing[service]


def test_all_silent_at_once_take_no_longer(silent: int, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    for place in PLACES.values():
        place(silent, monkeypatch, settings)
    status, missing, seconds = ask()
    assert status == 503 and seconds < PATIENCE
    assert set(missing) >= set(PLACES)


def test_requests_are_answered_while_the_store_and_the_workers_are_away(
    silent: int, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    for service in ("redis", "broker", "objectStore"):
        PLACES[service](silent, monkeypatch, settings)
    status, missing, seconds = ask(SERVES)
    assert (status, missing) == (200, {}) and seconds < 2


def test_no_request_is_answered_without_the_database(
    silent: int, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    database_at(silent, monkeypatch, settings)
    status, missing, seconds = ask(SERVES)
    assert status == 503 and "database" in missing and seconds < PATIENCE


def test_metrics_are_told_while_the_database_and_redis_are_silent(
    silent: int, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.METRICS_NETWORKS = [ip_network("127.0.0.1")]
    for service in ("database", "redis"):
        PLACES[service](silent, monkeypatch, settings)
    monkeypatch.setattr(hub, "_database", Bounded("tests", hub.read_database))
    monkeypatch.setattr(hub, "_redis", Bounded("tests", hub.read_redis))
    monkeypatch.setattr(hub, "_ANSWER_SECONDS", 1.0)
    began = time.monotonic()
    told = Client().get("/metrics").content.decode()
    assert time.monotonic() - began < PATIENCE
    assert "datahub_database_up 0.0\n" in told and "datahub_redis_up 0.0\n" in told
    assert "datahub_build_info{" in told


# --- What else can be missing -----------------------------------------------------------------------------------------
def test_a_queue_without_a_worker_and_a_beat_that_is_gone_are_named() -> None:
    heartbeat.connection().delete(heartbeat.queue_key("jobs"), heartbeat.BEAT)
    status, missing, _ = ask()
    assert status == 503
    assert missing == {"workers": "none works on the queue jobs", "beat": "not running"}


def test_a_store_that_refuses_us_is_named(settings: Any) -> None:
    content = settings.STORAGES["content"]
    options = {**content["OPTIONS"], "secret_key": "wrong"}
    settings.STORAGES = {**settings.STORAGES, "content": {**content, "OPTIONS": options}}
    status, missing, _ = ask()
    assert status == 503 and set(missing) == {"objectStore"}


def test_a_store_of_files_is_there_before_anything_was_stored(settings: Any, tmp_path: Any) -> None:
    content = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "new")}}
    settings.STORAGES = {**settings.STORAGES, "content": content}
    store.look()
    (tmp_path / "new").mkdir()
    store.look()


def test_migrations_that_are_not_applied_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_migrated", False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'connections' AND name = '0002_lists'")
    assert checks.migrations() == "1 not applied: run manage.py migrate"
    assert not checks._migrated


def test_a_table_without_room_for_today_is_named_until_partitions_are_made() -> None:
    today = datetime.now(UTC).date()
    partitions.make_ahead(now=datetime.now(UTC))
    assert checks.partitions_of_today() is None
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TABLE "{MESSAGES.name(today)}"')
    said = checks.partitions_of_today()
    assert said is not None and said.startswith("none for today of distribution_message: run manage.py make_partitions")
    call_command("make_partitions", verbosity=0, stdout=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    assert checks.partitions_of_today() is None
    assert partitions.missing(on=today + timedelta(days=400)) == [table.table for table in partitions.registered()]
    assert partitions.missing(on=date(1999, 1, 1)) == [table.table for table in partitions.registered()]


# --- Asking what may hang ---------------------------------------------------------------------------------------------
def test_those_who_ask_at_once_share_one_answer_and_one_thread() -> None:
    go_on, asked = threading.Event(), []

    def question() -> int:
        asked.append(threading.current_thread().name)
        go_on.wait(10)
        return len(asked)

    bounded = Bounded("tests", question)
    before = threading.active_count()
    answers = [bounded.ask() for _ in range(50)]
    assert threading.active_count() == before + 1
    go_on.set()
    assert {answer.result(timeout=5) for answer in answers} == {1}
    assert bounded.ask().result(timeout=5) == 2
    assert asked == ["tests", "tests"]


def test_an_error_is_given_to_those_who_asked_and_the_next_one_asks_anew() -> None:
    failing = [True]

    def question() -> str:
        if failing.pop() if failing else False:
            raise ValueError("once")
        return "fine"

    bounded = Bounded("tests", question)
    with pytest.raises(ValueError, match="once"):
        bounded.ask().result(timeout=5)
    assert bounded.ask().result(timeout=5) == "fine"


def test_redis_is_not_tried_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "_redis", None)
    assert isinstance(heartbeat.connection(), redis.Redis)
    assert heartbeat.connection().connection_pool.connection_kwargs["socket_timeout"] <= 2
