import pytest
from pytest_django import DjangoDbBlocker

from datahub import partitions
from tests.agreements import market


@pytest.fixture(scope="session")
def days_of_the_market(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Partitions for the days in which the tests' market lives."""
    with django_db_blocker.unblock():
        partitions.maintain(now=market.NOW)


@pytest.fixture
def built(db: None, days_of_the_market: None) -> None:
    """The market's parties, points and portfolio agreements."""
    market.build()
    market.portfolios()
