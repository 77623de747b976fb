"""The market of the stories: parties, points and portfolios of the tests of agreements, on a real database."""

from tests.agreements.conftest import built, days_of_the_market

__all__ = ["built", "days_of_the_market"]
