"""The moment at which the pages of agreements are looked at."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.agreements.conftest import built, days_of_the_market  # noqa: F401  (fixtures)
from tests.agreements.market import NOW


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield
