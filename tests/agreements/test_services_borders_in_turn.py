"""At a border where one customer follows another, what the hub makes for one leaves that of the other alone."""

from datetime import timedelta

import pytest

from datahub.agreements.services import follow_ups
from datahub.market import AgreementType, Role
from datahub.parties.models import MarketRole
from tests.agreements import market
from tests.agreements.acting import change, reasons, register, standing_at
from tests.agreements.market import BALANCE, BORDER, LINE, NORTH, NOW, SOUTH, SUN, day, standing

pytestmark = pytest.mark.usefixtures("built")
A = AgreementType
JUNE, JULY, AUGUST = day(2026, 6, 1), day(2026, 7, 1), day(2026, 8, 1)


@pytest.fixture
def _in_turn(built: None) -> None:
    MarketRole.objects.create(
        participant=market.party(LINE), role=Role.GRID_OPERATOR, commodity=market.ELECTRICITY, valid_from=NOW
    )
    standing(
        market.portfolio(BALANCE, LINE, customer_role=Role.GRID_OPERATOR),
        market.portfolio(SUN, SOUTH, JUNE, customer_role=Role.GRID_OPERATOR),
    )
    register(A.BORDER_GRID, NORTH, LINE, BORDER, day(2025, 1, 1), JUNE)


def supplies() -> list[tuple[str, str]]:
    return [(one.service_provider_eic, one.customer_eic) for one in standing_at(BORDER, A.BORDER_SUPPLY)]


@pytest.mark.usefixtures("_in_turn")
def test_a_new_border_agreement_leaves_the_supply_of_the_customer_before_it() -> None:
    saved = register(A.BORDER_GRID, NORTH, SOUTH, BORDER, JUNE)
    assert supplies() == [(BALANCE, LINE), (SUN, SOUTH)]
    assert reasons() == [("CREATE", A.BORDER_GRID), ("CREATE_BC_BORDER_GRID_CREATE", A.BORDER_SUPPLY)]
    change(saved, AUGUST)
    assert supplies() == [(BALANCE, LINE), (SUN, SOUTH)]


@pytest.mark.usefixtures("_in_turn")
def test_a_portfolio_agreement_of_one_customer_leaves_the_supply_of_the_other() -> None:
    register(A.BORDER_GRID, NORTH, SOUTH, BORDER, JUNE)
    (portfolio,) = standing_at_parties()
    change(portfolio, JULY)
    while follow_ups.work_batch(now=NOW + timedelta(hours=1), points=10):
        pass
    assert reasons() == [("UPDATE_BC_PORTFOLIO_SUPPLIER_UPDATE", A.BORDER_SUPPLY)]
    assert supplies() == [(BALANCE, LINE), (SUN, SOUTH)]


def standing_at_parties() -> list[market.AgreementFact]:
    from datahub.agreements import selectors

    return selectors.between_parties([SOUTH], A.PORTFOLIO_SUPPLIER, market.ELECTRICITY)
