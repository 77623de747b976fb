"""The market in which customers look at their own data."""

from collections.abc import Iterator

import pytest
import time_machine

from tests import cast
from tests.portal.client.readings import NOW


@pytest.fixture
def _market(db: None) -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        cast.participant(cast.GRID_OPERATOR)
        yield
