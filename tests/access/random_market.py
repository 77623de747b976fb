"""Random markets: agreements of all types that may stand together, and authorizations of customers past and present.

Everything that happens in one happens at one of BOUNDS: what holds at one of them holds up to the next.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from stdnum.eu import eic as eic_codes

from datahub.agreements.facts import AgreementFact
from datahub.market import AgreementType, Commodity, Role
from tests.agreements.market import (
    AGGREGATION_POINT,
    AGGREGATOR,
    BAKERY,
    BAKERY_GAS,
    BAKERY_POINT,
    BALANCE,
    BORDER,
    ELECTRICITY,
    FLAT,
    GAS,
    HOUSE,
    JAAN,
    LINE,
    MARI,
    NAMED,
    NORTH,
    NOW,
    SOUTH,
    SOUTHERN_HOUSE,
    STRANGER,
    SUN,
    WIND,
    day,
    fact,
)

A = AgreementType
OPERATOR, CLOSED, SUPPLIER = Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK, Role.OPEN_SUPPLIER
ADVICE, ADVISER = "38X-DEMO-ESP---2", Role.ENERGY_SERVICE_PROVIDER
SECOND = timedelta(seconds=1)
LONG_AGO = day(2020, 1, 1)
YEAR_AGO = datetime(2025, 5, 4, 10, tzinfo=NOW.tzinfo)
BOUNDS = sorted(
    [day(2024 + n // 4, n % 4 * 3 + 1, 1) for n in range(13)] + [YEAR_AGO - SECOND, YEAR_AGO, NOW, NOW + SECOND]
)
SECOND_AGGREGATION_POINT = "38ZAG-10000002-" + eic_codes.calc_check_digit("38ZAG-10000002-")

# Each point: its commodity, its owner in its role, and the point above.
POINTS: dict[str, tuple[Commodity, str, str, str | None]] = {
    HOUSE: (ELECTRICITY, NORTH, OPERATOR, None),
    FLAT: (ELECTRICITY, NORTH, OPERATOR, None),
    BAKERY_POINT: (ELECTRICITY, NORTH, OPERATOR, None),
    BORDER: (ELECTRICITY, NORTH, OPERATOR, None),
    BAKERY_GAS: (GAS, NORTH, OPERATOR, None),
    SOUTHERN_HOUSE: (ELECTRICITY, SOUTH, OPERATOR, None),
    AGGREGATION_POINT: (ELECTRICITY, AGGREGATOR, Role.AGGREGATOR, BAKERY_POINT),
    SECOND_AGGREGATION_POINT: (ELECTRICITY, LINE, Role.AGGREGATOR, BAKERY_POINT),
}
READERS: list[tuple[str, str, Commodity]] = [
    *((eic, SUPPLIER, ELECTRICITY) for eic in (SUN, WIND, NAMED, BALANCE, STRANGER, LINE)),
    *((eic, SUPPLIER, GAS) for eic in (SUN, BALANCE)),
    *((eic, OPERATOR, ELECTRICITY) for eic in (NORTH, SOUTH)),
    (NORTH, OPERATOR, GAS),
    (SOUTH, CLOSED, ELECTRICITY),
    *((eic, Role.AGGREGATOR, ELECTRICITY) for eic in (AGGREGATOR, LINE)),
    (LINE, Role.LINE_OPERATOR, ELECTRICITY),
    *((ADVICE, ADVISER, commodity) for commodity in (ELECTRICITY, GAS)),
]
SUPPLIERS = {ELECTRICITY: [SUN, WIND, NAMED, BALANCE, STRANGER, LINE], GAS: [SUN, BALANCE]}
GIVEN_TO = {SUPPLIER, Role.AGGREGATOR, ADVISER}
OFFER = timedelta(hours=48)
CUSTOMERS = [MARI, JAAN, BAKERY, SUN, LINE]
GRIDS, SUPPLIES = {A.GRID, A.BORDER_GRID}, {A.SUPPLY, A.BORDER_SUPPLY, A.GENERAL_SERVICE}
HOLDERS = SUPPLIES | {A.AGGREGATION}


@dataclass(frozen=True)
class Given:
    """An authorization: who lets whom see which point in which role and commodity, when, and of which time."""

    customer: str
    point: str
    participant: str
    role: str
    commodity: Commodity
    valid: tuple[datetime, datetime | None]
    subject: tuple[datetime, datetime]

    @property
    def given_at(self) -> datetime:
        """When it was given: each of these is valid from that moment on."""
        return self.valid[0]

    def is_valid(self) -> bool:
        start, end = self.valid
        return start <= NOW and (end is None or end > NOW)


# --- random markets -----------------------------------------------------------------------------------------------


def random_market(seed: int) -> list[AgreementFact]:
    """Make agreements of all nine types that may stand together; circles of portfolios are among them."""
    dice = random.Random(seed)  # noqa: S311
    kept: list[AgreementFact] = []
    for _ in range(80):
        one = _random_agreement(dice)
        if not any(_excludes(one, other) and one.period.overlaps(other.period) for other in kept):
            kept.append(one)
    return kept


def random_authorizations(seed: int, agreements: list[AgreementFact]) -> list[Given]:
    """Make authorizations of customers past and present, some of them over, some not begun, most to the same few."""
    dice = random.Random(seed)  # noqa: S311
    holders = [reader for reader in READERS if reader[1] in GIVEN_TO]
    grids = [a for a in agreements if a.type == A.GRID]
    made = []
    for _ in range(60):
        grid = dice.choice(grids)
        point = str(grid.point_eic)
        eic, role, commodity = dice.choice([reader for reader in holders if reader[2] == POINTS[point][0]])
        # Valid now, or over or to begin right beside it.
        start = dice.choice([*BOUNDS[:8], NOW - OFFER, NOW - OFFER + SECOND, NOW - SECOND, NOW, NOW, NOW + SECOND])
        ends = [at for at in (NOW, NOW + SECOND) if start < at <= start + OFFER]
        end = dice.choice([*ends, start + OFFER] + [None, BOUNDS[-1]] * (role == ADVISER))
        first, last = sorted(dice.sample(range(len(BOUNDS)), 2))
        subject = BOUNDS[first], BOUNDS[last]
        # Not only of one who was a customer there: somebody else's word opens nothing of it.
        customer = dice.choice([grid.customer_eic, grid.customer_eic, grid.customer_eic, MARI])
        made.append(Given(customer, point, eic, role, commodity, (start, end), subject))
    return made


def _random_agreement(dice: random.Random) -> AgreementFact:
    start = dice.randrange(len(BOUNDS) - 1)
    end = dice.choice([None, dice.randrange(start + 1, len(BOUNDS))])
    period = BOUNDS[start], None if end is None else BOUNDS[end]
    kind = dice.choice([*A, A.PORTFOLIO_SUPPLIER, A.PORTFOLIO_SUPPLIER, A.GRID, A.GRID, A.SUPPLY, A.SUPPLY])
    commodity = dice.choice([ELECTRICITY, ELECTRICITY, ELECTRICITY, GAS])
    if kind in {A.BORDER_GRID, A.BORDER_SUPPLY, A.AGGREGATION, A.NAMED_SUPPLIER, A.JOINT_INVOICE}:
        commodity = ELECTRICITY
    sellers = SUPPLIERS[commodity]
    regular = [BAKERY_GAS] if commodity == GAS else [HOUSE, FLAT, BAKERY_POINT, BAKERY_POINT, SOUTHERN_HOUSE]
    point: str | None = dice.choice(regular)
    provider, provider_role = dice.choice(sellers), str(SUPPLIER)
    customer, customer_role = dice.choice(CUSTOMERS), ""
    match kind:
        case A.GRID:
            _, provider, provider_role, _ = POINTS[str(point)]
        case A.GENERAL_SERVICE if dice.random() < 0.4:
            _, provider, provider_role, _ = POINTS[str(point)]
        case A.BORDER_GRID:
            point, provider, provider_role = BORDER, NORTH, OPERATOR
            customer, customer_role = SOUTH, dice.choice([OPERATOR, CLOSED])
        case A.BORDER_SUPPLY:
            point, customer, customer_role = BORDER, SOUTH, dice.choice([OPERATOR, CLOSED])
        case A.AGGREGATION:
            point = dice.choice([AGGREGATION_POINT, SECOND_AGGREGATION_POINT])
            _, provider, provider_role, _ = POINTS[point]
        case A.PORTFOLIO_SUPPLIER:
            point = None
            others = [(eic, SUPPLIER) for eic in sellers] + [(NORTH, OPERATOR)]
            if commodity == ELECTRICITY:
                others += [(SOUTH, OPERATOR), (AGGREGATOR, Role.AGGREGATOR), (LINE, Role.AGGREGATOR)]
            customer, customer_role = dice.choice([other for other in others if other[0] != provider])
        case A.NAMED_SUPPLIER | A.JOINT_INVOICE:
            point = None
            customer, customer_role = dice.choice([(NORTH, OPERATOR), (SOUTH, OPERATOR), (SOUTH, CLOSED)])
    return fact(
        kind,
        provider,
        customer,
        point,
        *period,
        provider_role=provider_role,
        customer_role=customer_role,
        commodity=commodity,
        parent=parent_of(point),
    )


def _excludes(one: AgreementFact, other: AgreementFact) -> bool:
    if {one.type, other.type} <= GRIDS:
        return one.point_eic == other.point_eic
    if one.type != other.type:
        return False
    if one.type == A.JOINT_INVOICE:
        return (one.service_provider_eic, one.customer_eic) == (other.service_provider_eic, other.customer_eic)
    if one.point_eic is None:
        return (one.customer_eic, one.commodity) == (other.customer_eic, other.commodity)
    # Both aggregation points stand under the bakery's, and belong to two companies.
    return one.type == A.AGGREGATION or one.point_eic == other.point_eic


def parent_of(point: str | None) -> str | None:
    """Give the point above an aggregation point."""
    return None if point is None else POINTS[point][3]
