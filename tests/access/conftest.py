import pytest

from tests.agreements import market
from tests.agreements.conftest import days_of_the_market

__all__ = ["days_of_the_market"]


@pytest.fixture
def built(db: None, days_of_the_market: None) -> None:
    """The market's parties, points and portfolio agreements."""
    market.build()
    market.portfolios()
