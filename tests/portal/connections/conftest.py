"""Who looks at connection requests."""

import pytest

from datahub.market import Role
from tests.agreements.market import NORTH, SUN
from tests.connections.conftest import at_now, built, days_of_the_market, lawful  # noqa: F401
from tests.portal.people import Browser, acting_for


@pytest.fixture
def supplier() -> Browser:
    return acting_for(SUN, Role.OPEN_SUPPLIER, name="sirje")


@pytest.fixture
def operator() -> Browser:
    return acting_for(NORTH, Role.GRID_OPERATOR, name="oskar")
