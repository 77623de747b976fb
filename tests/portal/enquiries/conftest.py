"""Who looks at enquiries."""

import pytest

from datahub.market import Role
from tests.enquiries import asking
from tests.enquiries.asking import NORTH, SUN
from tests.portal.people import Browser, acting_for


@pytest.fixture(autouse=True)
def _market() -> None:
    asking.market()


@pytest.fixture
def supplier() -> Browser:
    return acting_for(SUN, Role.OPEN_SUPPLIER, name="sirje")


@pytest.fixture
def operator() -> Browser:
    return acting_for(NORTH, Role.GRID_OPERATOR, name="oskar")
