"""Where a random market plays, and what its parties ask: agreements to register, change and delete, right and wrong."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from datahub import market_time
from datahub.agreements.facts import AgreementFact
from datahub.agreements.rules import dates, one_point
from datahub.market import AgreementType, Commodity, Role
from tests.agreements.market import (
    AGGREGATOR,
    BALANCE,
    ELECTRICITY,
    GAS,
    JAAN,
    LINE,
    MARI,
    NAMED,
    NORTH,
    SOUTH,
    STRANGER,
    SUN,
    WIND,
    fact,
)
from tests.agreements.market import (
    portfolio as portfolio_agreement,
)

if TYPE_CHECKING:
    from tests.agreements.histories import Market

A = AgreementType
ISLAND = "38X-DEMO-GO3---P"


class Place(NamedTuple):
    """A metering point as far as agreements depend on it."""

    owner: str
    owner_role: Role
    commodity: Commodity = ELECTRICITY
    parent: str | None = None


HOUSE, SHOP, FACTORY, CAMP, KITCHEN, BRIDGE, FERRY, COOLER, HEATER, OVEN = (
    f"38Z-{name}"
    for name in ["HOUSE", "SHOP", "FACTORY", "CAMP", "KITCHEN", "BRIDGE", "FERRY", "COOLER", "HEATER", "OVEN"]
)
REGULAR = {
    HOUSE: Place(NORTH, Role.GRID_OPERATOR),
    SHOP: Place(NORTH, Role.GRID_OPERATOR),
    FACTORY: Place(SOUTH, Role.CLOSED_DISTRIBUTION_NETWORK),
    CAMP: Place(LINE, Role.LINE_OPERATOR),
    KITCHEN: Place(NORTH, Role.GRID_OPERATOR, GAS),
}
BORDERS = {BRIDGE: Place(NORTH, Role.GRID_OPERATOR), FERRY: Place(SOUTH, Role.GRID_OPERATOR)}
AGGREGATED = {
    COOLER: Place(AGGREGATOR, Role.AGGREGATOR, parent=SHOP),
    HEATER: Place(AGGREGATOR, Role.AGGREGATOR, parent=SHOP),
    OVEN: Place(LINE, Role.AGGREGATOR, parent=SHOP),
}
PLACES = REGULAR | BORDERS | AGGREGATED
SUPPLIERS = [SUN, WIND, NAMED, STRANGER]
CUSTOMERS = [MARI, JAAN, SUN]
# In days.
LENGTHS = [1, 1, 2, 5, 10, 14, 15, 30, 60, 90]
STARTS = [14, 1, 15, 2, 3, 7, 13, 14, 20, 30, 45, 0, -1, -2]
# What a change picks from, the common types more than once.
_PICKED = [A.GRID, A.GRID, A.SUPPLY, A.SUPPLY, A.AGGREGATION, A.BORDER_GRID, A.NAMED_SUPPLIER, A.PORTFOLIO_SUPPLIER]


def beginning(market: "Market") -> list[AgreementFact]:
    """Give portfolio agreements, so that every operator and supplier has a portfolio provider, and a named supplier.

    Those of SOUTH and STRANGER may be moved, and end after two months, as the named supplier of NORTH; ISLAND has none.
    """
    return [
        fact(
            A.NAMED_SUPPLIER,
            NAMED,
            NORTH,
            None,
            market.month(-6, ELECTRICITY),
            market.month(2, ELECTRICITY),
            customer_role=Role.GRID_OPERATOR,
        ),
        *(portfolio_agreement(BALANCE, eic) for eic in [SUN, NAMED]),
        portfolio_agreement(BALANCE, STRANGER, valid_to=market.month(2, ELECTRICITY)),
        portfolio_agreement(SUN, WIND),
        portfolio_agreement(BALANCE, NORTH, customer_role=Role.GRID_OPERATOR),
        portfolio_agreement(BALANCE, AGGREGATOR, customer_role=Role.AGGREGATOR),
        portfolio_agreement(SUN, LINE, customer_role=Role.OPEN_SUPPLIER),
        portfolio_agreement(BALANCE, NORTH, commodity=GAS, customer_role=Role.GRID_OPERATOR),
        *(portfolio_agreement(BALANCE, eic, commodity=GAS) for eic in [SUN, NAMED]),
        portfolio_agreement(
            BALANCE, SOUTH, valid_to=market.month(2, ELECTRICITY), customer_role=Role.CLOSED_DISTRIBUTION_NETWORK
        ),
    ]


def opening(market: "Market") -> list[AgreementFact]:
    """Give the GRID and BORDER_GRID agreements that are registered first of all, so that there is something to move."""
    since = market.day(-60, ELECTRICITY)
    asked = [
        fact(A.GRID, REGULAR[eic].owner, MARI, eic, since, None, provider_role=REGULAR[eic].owner_role)
        for eic in (HOUSE, SHOP, FACTORY)
    ]
    bridge = A.BORDER_GRID, NORTH, SOUTH, BRIDGE, since, market.month(3, ELECTRICITY)
    return [*asked, fact(*bridge, customer_role=Role.CLOSED_DISTRIBUTION_NETWORK)]


def registration(market: "Market", which: int, where: int, who: int, start: int, length: int) -> AgreementFact | None:
    """Give an agreement that somebody is to register, right or wrong."""
    choose = [_grid, _supply, _supply, _supply, _supply, _supply, _aggregation, _aggregation, _border_grid, _between]
    return choose[which % len(choose)](market, where, who, start, length)


def change(
    market: "Market", which: int, end: int, days: int, *how: int
) -> tuple[AgreementFact, datetime | None] | None:
    """Give an agreement that somebody is to change, and its new end, right or wrong."""
    standing = _pick(market, which)
    return None if standing is None else (standing, _new_end(market, standing, end, days))


def deletion(market: "Market", which: int, *how: int) -> AgreementFact | None:
    """Give an agreement that somebody is to delete."""
    return _pick(market, which, later=True)


def _pick(market: "Market", which: int, *, later: bool = False) -> AgreementFact | None:
    """Pick an agreement that hands may touch, each type in its turn; for a delete one that starts later."""
    by_hand = [
        a
        for a in market.standing.values()
        if a.type not in {A.GENERAL_SERVICE, A.BORDER_SUPPLY}
        and a.id not in market.lasting
        and (a.valid_from > market.now if later else a.valid_now_or_later(market.now))
    ]
    kinds = [kind for kind in _PICKED if any(a.type == kind for a in by_hand)]
    if not kinds:
        return None
    of_kind = [a for a in by_hand if a.type == kinds[which % len(kinds)]]
    return of_kind[which // len(kinds) % len(of_kind)]


def _new_end(market: "Market", standing: AgreementFact, end: int, days: int) -> datetime | None:
    if standing.type in dates.BETWEEN_PARTIES:
        return [None, *(market.month(n, standing.commodity) for n in (1, 2, 3, 4))][end % 5]
    around = market.at(one_point.stands_at(standing) or "")
    grid = one_point.grid_at_start(standing, [a for a in around if a.id != standing.id])
    if end % 4 == 0:
        return grid.valid_to if grid else None
    if end % 4 == 1:
        return market.day(days % 3, standing.commodity)
    first = max(standing.valid_from, market.day(0, standing.commodity))
    day = market_time.day_of(first, standing.commodity) + timedelta(days=LENGTHS[days % len(LENGTHS)])
    return market_time.day_start(day, standing.commodity)


def _end(market: "Market", start: datetime, commodity: Commodity, length: int) -> datetime | None:
    if length % 3 == 0:
        return None
    day = market_time.day_of(start, commodity) + timedelta(days=LENGTHS[length % len(LENGTHS)])
    return market_time.day_start(day, commodity)


def _grid(market: "Market", where: int, who: int, start: int, length: int) -> AgreementFact:
    # One that has ended is followed by another, or by one at a point that has none.
    free = [eic for eic in REGULAR if not any(a.type == A.GRID and a.valid_to is None for a in market.at(eic))]
    eic = (free or list(REGULAR))[where % len(free or REGULAR)]
    place = REGULAR[eic]
    ends = [a.valid_to for a in market.at(eic) if a.type == A.GRID and a.valid_to is not None]
    first = (
        max(ends)
        if ends and start % 2
        else market.day(STARTS[start % len(STARTS)] - (20 if who % 3 else 0), place.commodity)
    )
    return fact(
        A.GRID,
        place.owner,
        CUSTOMERS[who % 3],
        eic,
        first,
        None if length % 2 else _end(market, first, place.commodity, length),
        provider_role=place.owner_role,
        commodity=place.commodity,
    )


def _border_grid(market: "Market", where: int, who: int, start: int, length: int) -> AgreementFact:
    eic = list(BORDERS)[where % len(BORDERS)]
    neighbours = [(SOUTH, Role.CLOSED_DISTRIBUTION_NETWORK), (ISLAND, Role.GRID_OPERATOR)]
    other, role = neighbours[who % 2] if eic == BRIDGE else (NORTH, Role.GRID_OPERATOR)
    first = market.day(STARTS[start % len(STARTS)] - 5, ELECTRICITY)
    last = _end(market, first, ELECTRICITY, length)
    return fact(A.BORDER_GRID, BORDERS[eic].owner, other, eic, first, last, customer_role=role)


def _inside(
    market: "Market", eic: str, commodity: Commodity, start: int, length: int
) -> tuple[AgreementFact, datetime, datetime | None] | None:
    """Give a period for what is to stand on a point's GRID agreement, mostly one that lies inside it."""
    grids = [a for a in market.at(eic) if a.type == A.GRID and a.valid_now_or_later(market.now)]
    if not grids:
        return None
    grid = grids[length % len(grids)]
    first = max(grid.valid_from, market.day(STARTS[start % len(STARTS)], commodity))
    if commodity == GAS and start % 3:
        first = market.month(1 + start % 2, GAS)
    last = grid.valid_to if length % 2 else _end(market, first, commodity, length)
    if commodity == GAS and length % 3:
        last = market_time.day_start(
            market_time.add_months(market_time.day_of(first, GAS).replace(day=1), 1 + length % 2), GAS
        )
    return grid, first, last


def _supply(market: "Market", where: int, who: int, start: int, length: int) -> AgreementFact | None:
    having = [eic for eic in REGULAR if any(a.type == A.GRID for a in market.at(eic))] or [HOUSE]
    eic = having[where % len(having)]
    commodity = REGULAR[eic].commodity
    found = _inside(market, eic, commodity, start, length)
    if found is None:
        return None
    grid, first, last = found
    provider = SUPPLIERS[who % len(SUPPLIERS)]
    return fact(A.SUPPLY, provider, grid.customer_eic, eic, first, last, commodity=commodity)


def _aggregation(market: "Market", where: int, who: int, start: int, length: int) -> AgreementFact | None:
    eic = list(AGGREGATED)[where % len(AGGREGATED)]
    found = _inside(market, SHOP, ELECTRICITY, start, length)
    if found is None:
        return None
    grid, first, last = found
    return fact(A.AGGREGATION, AGGREGATED[eic].owner, grid.customer_eic, eic, first, last, parent=SHOP)


def _between(market: "Market", where: int, who: int, start: int, length: int) -> AgreementFact:
    kind = [A.NAMED_SUPPLIER, A.PORTFOLIO_SUPPLIER, A.NAMED_SUPPLIER, A.NAMED_SUPPLIER, A.JOINT_INVOICE][who // 3 % 5]
    operators = [
        (SOUTH, Role.CLOSED_DISTRIBUTION_NETWORK, ELECTRICITY),
        (ISLAND, Role.GRID_OPERATOR, ELECTRICITY),
        (NORTH, Role.GRID_OPERATOR, ELECTRICITY),
        (NORTH, Role.GRID_OPERATOR, GAS),
    ]
    if kind == A.PORTFOLIO_SUPPLIER:
        # NORTH's portfolio provider stays.
        operators[2:] = [(STRANGER, Role.OPEN_SUPPLIER, ELECTRICITY)]
    operator, role, commodity = operators[where % len(operators)]
    first = market.month(1 + start % 4, commodity)
    last = None if length % 3 == 0 else market.month(2 + start % 4 + length % 3, commodity)
    provider = [NAMED, WIND, SUN][who % 3]
    return fact(kind, provider, operator, None, first, last, customer_role=role, commodity=commodity)
