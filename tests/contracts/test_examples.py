"""Every published example can be sent to a fresh demo market as it stands: by its own sender, in its own role."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contracts.client import Client
from tests.contracts.product import Product


@pytest.fixture
def fresh() -> Iterator[Product]:
    """Give a hub to which nothing was sent yet: what the examples register is there once."""
    started = Product()
    try:
        started.start(workers=False)
        yield started
    finally:
        started.stop()


def _examples(description: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Give the method, path and body of each example: what registers before what changes, deletes and finds it."""
    found = [
        (method, path.removeprefix("/api/v1"), example["value"])
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
        for example in operation["requestBody"]["content"]["application/json"].get("examples", {}).values()
    ]
    return sorted(found, key=lambda one: (one[1].count("/"), one[0], one[1]))


def _sent(product: Product, method: str, path: str, body: dict[str, Any]) -> tuple[int, str]:
    """Send an example by who stands in its context; give the status and the code of the cause."""
    context = body["marketParticipantContext"]
    names = "marketParticipantIdentification", "marketParticipantRole", "commodityType"
    sender = Client.of(product.url, *(context[name] for name in names))
    with sender.http:
        answer = sender.send(method.upper(), path, json.dumps(body).encode())
    return answer.status_code, "" if answer.status_code < 400 else answer.json()["cause"]["code"]


def test_every_example_is_accepted(fresh: Product) -> None:
    description = fresh.description()
    # What takes its ids in the path too is shown once, with the ids in the body.
    services = {
        (method, path.removeprefix("/api/v1"))
        for path, methods in description["paths"].items()
        for method in methods
        if "{" not in path
    }
    examples = _examples(description)
    assert {(method, path) for method, path, _ in examples} == services
    wrong = {}
    for method, path, body in examples:
        status, code = _sent(fresh, method, path, body)
        if not 200 <= status < 300:
            wrong[method, path] = status, code
    assert wrong == {}
