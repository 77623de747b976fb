"""/metrics of the running hub: several processes behind one port and those of the workers count as one."""

import os
import signal
import time
from http.client import HTTPConnection, HTTPException

import httpx

from datahub.local.processes import running
from tests.contracts.product import Product, wait_until
from tests.metrics.test_view import samples

_SERVICE = "/meter-data/status"
_COUNTED = f"datahub_requests_total/POST/{_SERVICE}/401"


def _read(product: Product) -> dict[str, float]:
    answer = httpx.get(f"{product.url}/metrics", timeout=30)
    assert answer.status_code == 200, answer.text
    return samples(answer.text)


def _web_processes(product: Product) -> list[int]:
    web = product.processes["web"].process
    assert web is not None
    return [process.pid for process in running() if process.session == web.pid and process.pid != web.pid]


def _answered(product: Product, requests: int) -> int:
    """Send requests, each over a connection of its own, and give how many were answered."""
    answered = 0
    for _ in range(requests):
        connection = HTTPConnection("127.0.0.1", product.port, timeout=10)
        try:
            connection.request("POST", f"/api/v1{_SERVICE}")
            answered += connection.getresponse().status == 401
        except (OSError, HTTPException):
            continue  # its process was killed
        finally:
            connection.close()
    return answered


def test_all_processes_count_together_and_what_the_killed_have_counted_stays(product: Product) -> None:
    wait_until(lambda: len(_web_processes(product)) >= 2, seconds=20, what="several web processes")
    before = _read(product)
    answered = _answered(product, 40)
    assert _read(product)[_COUNTED] - before.get(_COUNTED, 0) == answered == 40
    victim = _web_processes(product)[0]
    os.kill(victim, signal.SIGKILL)
    answered += _answered(product, 40)
    assert _read(product)[_COUNTED] - before.get(_COUNTED, 0) == answered
    wait_until(
        lambda: victim not in _web_processes(product) and len(_web_processes(product)) >= 2,
        seconds=30,
        what="a web process in the place of the one that was killed",
    )
    files = {file.name for file in (product.var / "metrics").glob("*.db")}
    answered += _answered(product, 40)
    found = _read(product)
    assert found[_COUNTED] - before.get(_COUNTED, 0) == answered
    assert found[f"datahub_request_seconds_count/POST/{_SERVICE}"] >= answered
    # The one that came goes on in the files of the one that went.
    assert {file.name for file in (product.var / "metrics").glob("*.db")} == files


def test_the_hub_at_work_tells_that_it_is(product: Product) -> None:
    def told() -> dict[str, float]:
        return {name.removeprefix("datahub_"): value for name, value in _read(product).items()}

    before = told()
    time.sleep(2.5)
    after = told()
    for process in ("documents", "distribution", "jobs", "beat"):
        assert after[f"alive/{process}"] == 1
        assert after[f"heartbeat_age_seconds/{process}"] < 10
    assert after["database_up"] == after["redis_up"] == 1
    tick = "tasks_total/SUCCESS/distribution.tasks.tick"
    assert after[tick] > before[tick]
    assert after["log_complete_age_seconds"] < 10
    assert after["messages_total"] == product.last_id()
