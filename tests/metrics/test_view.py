"""/metrics: who may read it, what stands in it, and what does not although somebody sent it."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any
from urllib.request import Request, urlopen

import pytest
import redis
from django.db import connections
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from datahub.celery import app
from datahub.health import heartbeat
from datahub.local.services import free_port
from datahub.metrics import counters, workers
from tests.api import Api

pytestmark = pytest.mark.django_db

TOKEN = "a-token-of-the-tests-for-metrics"
LOOPBACK = [ip_network("127.0.0.1")]


def samples(text: str) -> dict[str, float]:
    """Give the values by name and labels, the labels in the order of their names."""
    return {
        "/".join([sample.name, *(value for _, value in sorted(sample.labels.items()))]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read(**headers: str) -> dict[str, float]:
    answer = Client().get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.content
    return samples(answer.content.decode())


@pytest.fixture
def _open(settings: Any) -> None:
    settings.METRICS_NETWORKS = LOOPBACK


# --- Who may read ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("token", "networks", "headers", "address", "status"),
    [
        ("", [], {}, "127.0.0.1", 404),
        ("", [], {"authorization": "Bearer "}, "127.0.0.1", 404),
        (TOKEN, [], {}, "127.0.0.1", 404),
        (TOKEN, [], {"authorization": f"Bearer {TOKEN}"}, "192.0.2.1", 200),
        (TOKEN, [], {"authorization": f"Bearer {TOKEN}x"}, "192.0.2.1", 404),
        (TOKEN, [], {"authorization": "Bearer õ"}, "192.0.2.1", 404),
        ("", ["10.1.0.0/16", "::1/128"], {}, "10.1.2.3", 200),
        ("", ["10.1.0.0/16", "::1/128"], {}, "::ffff:10.1.2.3", 200),
        ("", ["10.1.0.0/16", "::1/128"], {}, "::1", 200),
        ("", ["10.1.0.0/16", "::1/128"], {}, "10.2.2.3", 404),
        ("", ["10.1.0.0/16", "::1/128"], {}, "", 404),
        # A proxy that nobody told us of asks for somebody else.
        ("", ["127.0.0.1/32"], {"x-forwarded-for": "192.0.2.1"}, "127.0.0.1", 404),
        ("", ["127.0.0.1/32"], {"forwarded": "for=192.0.2.1"}, "127.0.0.1", 404),
        (TOKEN, [], {"authorization": f"Bearer {TOKEN}", "x-forwarded-for": "192.0.2.1"}, "127.0.0.1", 200),
    ],
)
def test_only_those_who_watch_the_hub_find_anything(
    settings: Any, token: str, networks: list[str], headers: dict[str, str], address: str, status: int
) -> None:
    settings.METRICS_TOKEN, settings.METRICS_NETWORKS = token, [ip_network(network) for network in networks]
    answer = Client().get("/metrics", headers=headers, REMOTE_ADDR=address)
    assert answer.status_code == status
    assert (b"datahub_" in answer.content) is (status == 200)


def test_behind_a_known_proxy_the_address_that_it_saw_counts(settings: Any) -> None:
    settings.METRICS_NETWORKS, settings.TRUSTED_PROXIES = LOOPBACK, 1
    forged = Client().get("/metrics", headers={"x-forwarded-for": "127.0.0.1, 192.0.2.1"}, REMOTE_ADDR="127.0.0.1")
    assert forged.status_code == 404
    own = Client().get("/metrics", headers={"x-forwarded-for": "192.0.2.1, 127.0.0.1"}, REMOTE_ADDR="10.0.0.1")
    assert own.status_code == 200


@pytest.mark.usefixtures("_open")
@pytest.mark.parametrize("path", ["/metrics", "/health/live", "/health/ready"])
def test_who_watches_asks_by_any_name(settings: Any, path: str) -> None:
    settings.ALLOWED_HOSTS = ["hub.example"]
    assert Client().get(path, headers={"host": "10.0.0.7:8000"}).status_code != 400
    assert Client().get("/", headers={"host": "10.0.0.7:8000"}).status_code == 400


# --- Requests -------------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("_open")
def test_requests_are_counted_by_service_and_refusals_by_code(operator: Api) -> None:
    before = read()
    operator.token = operator.fresh_token()
    operator.post("/api/v1/meter/search", {"meterAttributes": {}})
    operator.post("/api/v1/meter/search", {"meterAttributes": {"nothing": 1}})
    operator.put("/api/v1/direct-messages/0d6c1f6e-1111-4111-8111-111111111111", {})
    Client().get("/admin/login/")
    after = read()

    def more(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    assert more("datahub_requests_total/POST//meter/search/200") == 1
    assert more("datahub_requests_total/POST//meter/search/400") == 1
    assert more("datahub_request_seconds_count/POST//meter/search") == 2
    assert 0 < more("datahub_request_seconds_sum/POST//meter/search") < 10
    assert more("datahub_requests_total/PUT//direct-messages/{messageRequestId}/400") == 1
    unknown = [name for name in after if name.startswith("datahub_errors_total/") and name.endswith("//meter/search")]
    assert [more(name) for name in unknown if more(name)] == [1]
    assert more("datahub_requests_total/POST//realms/{realm}/protocol/openid-connect/token/200") == 1
    assert more("datahub_requests_total/GET//admin/*/200") == 1


@pytest.mark.usefixtures("_open")
def test_nothing_that_a_client_sends_becomes_a_name(operator: Api) -> None:
    for number in range(20):
        Client().get(f"/api/v1/secret-{number}")
        Client().get(f"/secret-{number}/secret")
        Client().get(f"/static/secret-{number}.js")
        Client().generic(f"SECRET{number}", "/api/v1/meter/search")
        Client().get("/health/live", headers={"host": f"secret-{number}.example"})
        operator.put(f"/api/v1/direct-messages/secret-{number}", {})
        operator.put(f"/api/v1/direct-messages/0d6c1f6e-1111-4111-8111-1111111111{number:02}", {})
        operator.post("/api/v1/meter/search", {f"secret-{number}": f"secret-{number}"})
        Client().post(f"/realms/secret-{number}/protocol/openid-connect/token", {"client_id": f"secret-{number}"})
    text = Client().get("/metrics").content.decode()
    assert "secret" not in text.lower() and "0d6c1f6e" not in text
    found = samples(text)
    assert found["datahub_requests_total/GET/unknown/404"] >= 40
    assert found["datahub_requests_total/other//meter/search/405"] >= 20


# --- What else is counted -------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("_open")
def test_tasks_are_counted_by_how_they_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    app.loader.import_default_modules()
    before = read()
    task = app.tasks["datahub.parties.tasks.forget_sessions"]
    task.apply()
    monkeypatch.setattr("datahub.parties.tasks.SessionStore", None)
    assert task.apply().failed()
    after = read()
    name = "datahub.parties.tasks.forget_sessions"
    for outcome in ("SUCCESS", "FAILURE"):
        counted = f"datahub_tasks_total/{outcome}/{name}"
        assert after[counted] - before.get(counted, 0) == 1
    counted = f"datahub_task_seconds_count/{name}"
    assert after[counted] - before.get(counted, 0) == 2


@pytest.mark.usefixtures("_open")
def test_it_says_which_release_answers(settings: Any) -> None:
    settings.REVISION = "abc1234"
    assert read()["datahub_build_info/abc1234/0.1.0"] == 1


def test_workers_that_share_nothing_with_a_web_server_answer_themselves(settings: Any) -> None:
    counters.task_ended(task="some.task", outcome="SUCCESS", seconds=0.2)
    settings.METRICS_TOKEN, settings.METRICS_NETWORKS = TOKEN, []
    server = workers.listen(0)
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        request = Request(f"{url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})  # noqa: S310 - our own
        with urlopen(request, timeout=10) as answer:  # noqa: S310 - our own
            found = samples(answer.read().decode())
        assert found["datahub_tasks_total/SUCCESS/some.task"] >= 1
        # What is read of the database is told by the web servers alone.
        assert not any(name.startswith("datahub_documents_waiting") for name in found)
        for path, token in (("/metrics", "wrong"), ("/metrics", ""), ("/admin/", TOKEN), ("/api/v1/meter", TOKEN)):
            refused = Request(url + path, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - our own
            with pytest.raises(OSError, match="404"):
                urlopen(refused, timeout=10)  # noqa: S310 - our own
    finally:
        server.shutdown()
        server.server_close()


# --- What is away ---------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("_open")
def test_a_database_that_is_down_does_not_keep_the_rest_from_being_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read()["datahub_database_up"] == 1
    monkeypatch.setitem(connections.settings["default"], "PORT", str(free_port()))
    found = read()
    assert found["datahub_database_up"] == 0
    assert "datahub_outbox_waiting" not in found
    assert found["datahub_redis_up"] == 1
    assert any(name.startswith("datahub_requests_total/") for name in found)


@pytest.fixture
def _no_redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    away = redis.Redis.from_url(f"redis://127.0.0.1:{free_port()}/0", socket_connect_timeout=1)
    monkeypatch.setattr(heartbeat, "_redis", away)
    yield
    away.close()


@pytest.mark.usefixtures("_open", "_no_redis")
def test_so_it_is_with_redis() -> None:
    found = read()
    assert found["datahub_redis_up"] == 0
    assert found["datahub_database_up"] == 1
    assert not any(name.startswith(("datahub_alive", "datahub_heartbeat")) for name in found)


@pytest.mark.usefixtures("_open")
def test_signs_of_life_have_an_age() -> None:
    connection = heartbeat.connection()
    heartbeat._beat(heartbeat.queue_key("jobs"))
    connection.delete("health:beat:seen", "health:queue:documents:seen")
    long_ago = 120
    connection.set("health:queue:distribution:seen", 1, ex=heartbeat.SEEN_SECONDS - long_ago)
    found = read()
    assert found["datahub_alive/jobs"] == 1
    assert 0 <= found["datahub_heartbeat_age_seconds/jobs"] < 5
    assert found["datahub_alive/distribution"] == 0
    assert long_ago <= found["datahub_heartbeat_age_seconds/distribution"] < long_ago + 5
    assert found["datahub_alive/documents"] == found["datahub_alive/beat"] == 0
    assert "datahub_heartbeat_age_seconds/documents" not in found
    connection.delete("health:queue:distribution:seen", "health:queue:jobs:seen", "health:queue:jobs")
