"""What the processes of the running hub have written so far: one form for all, and nothing in it that is secret."""

import json
from collections.abc import Callable
from datetime import datetime

from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.product import Product, wait_until

# What no logging reaches: Celery says so by itself when it is asked to stop.
_OTHERS = ("worker: Warm shutdown (MainProcess)", "worker: Cold shutdown (MainProcess)", "")


def test_every_process_writes_one_line_of_json_an_event(product: Product, client: Callable[..., Client]) -> None:
    refused = client(cast.NORTH_GRID, "GRID_OPERATOR").post("/meter/search", meterAttributes={"nothing": 1})
    trace = refused.json()["cause"]["traceId"]
    logs = {name: product.var / "logs" / f"{name}.log" for name in product.processes}
    wait_until(lambda: trace in logs["web"].read_text(), seconds=5, what="the line of a request")
    assert set(logs) == {"web", "documents", "distribution", "jobs", "beat"}
    for name, log in logs.items():
        said = [line for line in log.read_text().splitlines() if line not in _OTHERS]
        for line in said:
            record = json.loads(line)
            assert {"time", "level", "logger", "trace", "process", "message"} <= set(record), line
            assert datetime.fromisoformat(record["time"]).utcoffset() is not None
        assert said, f"{name} has said nothing"
    line = next(json.loads(line) for line in logs["web"].read_text().splitlines() if trace in line)
    assert (line["status"], line["service"], line["participant"]) == (400, "/meter/search", cast.NORTH_GRID)


def test_no_secret_of_the_market_or_of_the_services_is_in_a_log(
    product: Product, client: Callable[..., Client]
) -> None:
    client(cast.NORTH_GRID, "GRID_OPERATOR").post("/meter/search", meterAttributes={})
    variables = product.environment()
    password = variables["DATABASE_URL"].split(":")[2].split("@")[0]
    secrets = [password, product.redis.password, variables["S3_SECRET_KEY"], "-not-a-secret", "eyJ", "PRIVATE KEY"]
    for log in (product.var / "logs").glob("*.log"):
        text = log.read_text()
        found = [secret for secret in secrets if secret in text]
        assert not found, f"{log.name}: {found}"
