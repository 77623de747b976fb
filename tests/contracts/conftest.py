"""The hub that the contract tests run against: started once, whole again before each test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from datahub_client import Hub, Patience, Secret, Settings

from tests.contracts import contents
from tests.contracts.client import Client
from tests.contracts.market import CAST, USERS, Market
from tests.contracts.product import Product


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put last what leaves the hub in a state that nobody knows."""
    items.sort(key=lambda item: item.nodeid.startswith("tests/contracts/test_fuzzing.py"))


@pytest.fixture(scope="package")
def running_product() -> Iterator[Product]:
    """Start a hub with the demo market for the tests of this package."""
    started = Product()
    try:
        started.start()
        contents.publish(started.description())
        yield started
    finally:
        started.stop()


@pytest.fixture
def product(running_product: Product) -> Iterator[Product]:
    """Give the hub, all of it up and nothing left to tell from before."""
    running_product.all_running()
    running_product.settle()
    yield running_product


@pytest.fixture(scope="package")
def market(running_product: Product) -> Market:
    """Give the agreements of the running demo market in instants."""
    return Market(running_product.made_on)


@pytest.fixture
def client(running_product: Product) -> Iterator[Callable[..., Client]]:
    """Give a maker of clients: the participant, its role, the commodity."""
    made: list[Client] = []

    def make(participant: str, role: str, commodity: str = "ELECTRICITY") -> Client:
        made.append(Client.of(running_product.url, participant, role, commodity))
        return made[-1]

    yield make
    for one in made:
        one.http.close()


@pytest.fixture
def hubs(running_product: Product) -> Iterator[Callable[..., Hub]]:
    """Give a maker of hubs as the package has them: for a participant of the cast in a role."""
    made: list[Hub] = []

    def make(participant: str, role: Any, commodity: Any = "ELECTRICITY") -> Hub:
        user = USERS[participant]
        settings = Settings(
            url=running_product.url,
            client_id=user["clientId"],
            client_secret=Secret(user["clientSecret"]),
            participant=participant,
            role=role,
            commodity=commodity,
            realm=CAST["realm"],
        )
        # A hub that a test has killed is soon back.
        made.append(Hub(settings, patience=Patience(tries=200, longest_wait=0.5)))
        return made[-1]

    yield make
    for hub in made:
        hub.close()
