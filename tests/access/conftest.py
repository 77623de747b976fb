from collections.abc import Iterator

import pytest
import time_machine

from datahub.market import AgreementType
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Identity, Metadata
from tests.access.giving import adviser
from tests.access.permitted import MOVED_IN
from tests.agreements import market
from tests.agreements.conftest import days_of_the_market
from tests.agreements.market import (
    BAKERY,
    BAKERY_GAS,
    BAKERY_POINT,
    BEGINNING,
    FLAT,
    GAS,
    HOUSE,
    JAAN,
    MARI,
    NORTH,
    NOW,
    SOUTH,
    SOUTHERN_HOUSE,
    day,
    fact,
    standing,
)

__all__ = ["days_of_the_market"]


@pytest.fixture
def built(db: None, days_of_the_market: None) -> None:
    """The market's parties, points and portfolio agreements."""
    market.build()
    market.portfolios()


@pytest.fixture
def homes(built: None) -> None:
    """Mari has lived in the house since 2024 and in the flat since March; Jaan lives in the south."""
    grid = AgreementType.GRID
    standing(
        fact(grid, NORTH, MARI, HOUSE, day(2024, 1, 1)),
        fact(grid, NORTH, MARI, FLAT, day(2026, 3, 1)),
        fact(grid, SOUTH, JAAN, SOUTHERN_HOUSE, day(2024, 1, 1)),
        fact(grid, NORTH, BAKERY, BAKERY_POINT, day(2024, 1, 1)),
        fact(grid, NORTH, BAKERY, BAKERY_GAS, day(2024, 1, 1, GAS), commodity=GAS),
    )


@pytest.fixture
def house_of_mari(built: None) -> Iterator[None]:
    """Mari lives in the house since 20 April, Jaan did before; their readings are there from 1 April to 2 May."""
    standing(
        fact(AgreementType.GRID, NORTH, JAAN, HOUSE, day(2024, 1, 1), MOVED_IN),
        fact(AgreementType.GRID, NORTH, MARI, HOUSE, MOVED_IN),
        fact(AgreementType.GRID, NORTH, MARI, FLAT, day(2024, 1, 1)),
        fact(AgreementType.GRID, NORTH, BAKERY, BAKERY_POINT, day(2024, 1, 1)),
        fact(AgreementType.GRID, NORTH, BAKERY, BAKERY_GAS, day(2024, 1, 1, GAS), commodity=GAS),
    )
    MeteringPoint.objects.filter(type="REGULAR").update(resolution="PT1H", adr_id=1)
    for kind, value in (("FIRST_NAME", "Mari"), ("LAST_NAME", "Maasikas"), ("PHONE", "5566"), ("EMAIL", "m@a.ee")):
        Metadata.objects.create(party=market.party(MARI), type=kind, value=value, valid_from=BEGINNING)
    Identity.objects.create(party=market.party(MARI), type="PERSONAL_ID", value="47101010033", country="EE")
    adviser()
    with time_machine.travel(NOW, tick=False):
        yield
