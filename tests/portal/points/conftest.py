"""A market with points, and who looks at them."""

import pytest

from datahub.market import AgreementType, Role
from datahub.metering.models import MeteringPoint
from datahub.parties.services import roles
from tests.agreements import market
from tests.agreements.conftest import days_of_the_market  # noqa: F401
from tests.agreements.market import (
    AGGREGATOR,
    BAKERY,
    BAKERY_POINT,
    FLAT,
    HOUSE,
    JAAN,
    MARI,
    NORTH,
    SOUTH,
    SOUTHERN_HOUSE,
    SUN,
    day,
    fact,
    standing,
)
from tests.portal.people import Browser, acting_for


@pytest.fixture(autouse=True)
def _market(db: None, days_of_the_market: None) -> None:  # noqa: F811
    market.build()
    market.portfolios()
    roles.give_code_range(participant=market.party(NORTH), prefix="38ZGO-1")
    roles.give_code_range(participant=market.party(AGGREGATOR), prefix="38ZAG-1")
    MeteringPoint.objects.filter(type="REGULAR").update(
        resolution="PT15M",
        county="Harju maakond",
        municipality="Tallinn",
        connection_state="CONNECTED",
        consumption_scale="SMALL",
        customer_type="CONSUMER",
        production=False,
        apartment_association=False,
        isolated_metering_point=False,
        electrical_heating=False,
        charging_point=False,
        transmission_network_eic="38A-EE-98-4634-U",
    )
    grid = AgreementType.GRID
    standing(
        fact(grid, NORTH, MARI, HOUSE, day(2024, 1, 1)),
        fact(grid, NORTH, MARI, FLAT, day(2026, 3, 1)),
        fact(grid, SOUTH, JAAN, SOUTHERN_HOUSE, day(2024, 1, 1)),
        fact(grid, NORTH, BAKERY, BAKERY_POINT, day(2024, 1, 1)),
        fact(AgreementType.SUPPLY, SUN, MARI, HOUSE, day(2024, 1, 1)),
    )


@pytest.fixture
def owner() -> Browser:
    return acting_for(NORTH, Role.GRID_OPERATOR, name="oskar")


@pytest.fixture
def supplier() -> Browser:
    return acting_for(SUN, Role.OPEN_SUPPLIER, name="sirje")
