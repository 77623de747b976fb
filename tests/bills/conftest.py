from tests.agreements.conftest import built, days_of_the_market

__all__ = ["built", "days_of_the_market"]
