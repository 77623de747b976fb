"""The hub that the contract tests run against: started once, whole again before each test."""

from collections.abc import Callable, Iterator

import pytest

from tests.contracts import contents
from tests.contracts.client import Client
from tests.contracts.market import Market
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
