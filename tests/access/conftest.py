import pytest

from tests.agreements import market


@pytest.fixture
def built(db: None) -> None:
    """The market's parties, points and portfolio agreements."""
    market.build()
    market.portfolios()
