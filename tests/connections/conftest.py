from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from pytest_django import DjangoDbBlocker

from datahub import partitions
from tests.agreements import market
from tests.connections.acting import NOW, stand


@pytest.fixture(scope="session")
def days_of_the_market(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Partitions for the days in which the tests' market lives."""
    with django_db_blocker.unblock():
        partitions.maintain(now=NOW)


@pytest.fixture
def built(db: None, days_of_the_market: None) -> None:
    """The market's parties and points."""
    market.build()


@pytest.fixture
def lawful(built: None) -> None:
    """The market, in which SUN may ask NORTH to disconnect Mari's house, and WIND to disconnect Jaan's flat."""
    stand()


@pytest.fixture
def at_now() -> Iterator[Any]:
    """Let the hub's clock stand at NOW."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller
