"""A small market for the frame: a grid operator and a supplier."""

import pytest

from datahub import limits
from datahub.market import Commodity, PartyType, Role
from datahub.parties.models import MarketRole, Party
from datahub.wire import clients
from tests.api import START, Api, api

GRID_OPERATOR = "38X-EIN-GO-----0"
SUPPLIER = "38X-EIN-OS-----J"


def add_participant(eic: str, role: Role) -> Party:
    party = Party.objects.create(eic=eic, type=PartyType.MARKET_PARTICIPANT, name=eic)
    MarketRole.objects.create(participant=party, role=role, commodity=Commodity.ELECTRICITY, valid_from=START)
    return party


def add_market() -> None:
    add_participant(GRID_OPERATOR, Role.GRID_OPERATOR)
    add_participant(SUPPLIER, Role.OPEN_SUPPLIER)


@pytest.fixture
def operator(db: None) -> Api:
    add_market()
    return api(GRID_OPERATOR)


@pytest.fixture(autouse=True)
def _redis_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask Redis in each test anew: how long it is left alone after it failed is measured by a clock that tests move."""
    monkeypatch.setattr(limits, "_away_until", 0.0)
    clients.requests.forget()
