"""What holds of a market's agreements whenever nothing is under way, worked out anew, slowly and instant by instant."""

from collections.abc import Iterable
from datetime import datetime
from itertools import combinations, pairwise

from datahub.agreements.facts import AgreementFact
from datahub.market import AgreementType, Role
from tests.agreements.asking import REGULAR
from tests.agreements.histories import SPRING, Market, told

A = AgreementType
FOREVER = datetime(2100, 1, 1, tzinfo=SPRING.tzinfo)
SUPPLIED = {Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK}


def ends(one: AgreementFact) -> tuple[datetime, datetime]:
    return one.valid_from, one.valid_to or FOREVER


def overlap(one: AgreementFact, other: AgreementFact) -> bool:
    return max(one.valid_from, other.valid_from) < min(ends(one)[1], ends(other)[1])


def instants(agreements: Iterable[AgreementFact]) -> list[datetime]:
    """Give an instant of each stretch of time in which nothing starts or ends."""
    edges = sorted({at for one in agreements for at in ends(one)})
    return [first + (last - first) / 2 for first, last in pairwise(edges)]


def never_together(one: AgreementFact, other: AgreementFact) -> bool:
    """Tell whether two agreements exclude each other: "Never overlapping", word by word."""
    same_point = one.point_eic is not None and one.point_eic == other.point_eic
    if {one.type, other.type} <= {A.GRID, A.BORDER_GRID}:
        return same_point
    if one.type != other.type:
        return False
    if one.type in {A.SUPPLY, A.BORDER_SUPPLY, A.GENERAL_SERVICE}:
        return same_point
    if one.type == A.AGGREGATION:
        strangers = one.service_provider_eic != other.service_provider_eic
        return same_point or (strangers and one.parent_point_eic == other.parent_point_eic)
    same_customer = (one.customer_eic, one.commodity) == (other.customer_eic, other.commodity)
    if one.type == A.JOINT_INVOICE:
        return same_customer and one.service_provider_eic == other.service_provider_eic
    return same_customer


def check_nothing_overlaps(market: Market) -> None:
    for one, other in combinations(market.standing.values(), 2):
        assert not (never_together(one, other) and overlap(one, other)), (told(one), told(other))
    for one in market.standing.values():
        assert one.valid_to is None or one.valid_from < one.valid_to, told(one)


def check_general_service(market: Market, eic: str, *, followed: bool) -> None:
    """Supply and general service together are the grid, and the general service is cut where named suppliers change."""
    place = REGULAR[eic]
    here = [a for a in market.standing.values() if a.point_eic == eic]
    grids, supplies, services = ([a for a in here if a.type == t] for t in (A.GRID, A.SUPPLY, A.GENERAL_SERVICE))
    named = [a for a in market.standing.values() if a.type == A.NAMED_SUPPLIER and a.customer_eic == place.owner]
    named = [a for a in named if a.commodity == place.commodity]
    if place.owner_role not in SUPPLIED:
        assert not supplies
        assert not services
        return
    for at in instants([*here, *named]):
        grid = next((a for a in grids if a.valid_at(at)), None)
        supply = [a for a in supplies if a.valid_at(at)]
        service = [a for a in services if a.valid_at(at)]
        assert len(supply) + len(service) == (grid is not None), (eic, at)
        for one in (*supply, *service):
            assert grid is not None
            assert one.customer_eic == grid.customer_eic
        if followed and service:
            supplier = next((a for a in named if a.valid_at(at)), None)
            expected = (
                (place.owner, place.owner_role)
                if supplier is None
                else (supplier.service_provider_eic, Role.OPEN_SUPPLIER)
            )
            assert (service[0].service_provider_eic, service[0].service_provider_role) == expected, (eic, at)
    if not followed:
        return
    borders = {at for one in named for at in ends(one)}
    for one in services:
        first, last = ends(one)
        assert not any(first < at < last for at in borders), told(one)
    for one, other in combinations(services, 2):
        if one.valid_to == other.valid_from:
            touches = one.valid_to in borders or any(grid.valid_from == one.valid_to for grid in grids)
            assert touches, ("not maximal", told(one), told(other))


def check_border_supply(market: Market, eic: str) -> None:
    """At each instant a BORDER_SUPPLY stands exactly where a BORDER_GRID and its customer's portfolio agreement do."""
    here = [a for a in market.standing.values() if a.point_eic == eic]
    expected = set()
    for grid in (a for a in here if a.type == A.BORDER_GRID):
        for above in market.standing.values():
            parties = A.PORTFOLIO_SUPPLIER, grid.customer_eic, grid.commodity
            if (above.type, above.customer_eic, above.commodity) == parties and overlap(above, grid):
                last = min(ends(above)[1], ends(grid)[1])
                first = max(above.valid_from, grid.valid_from)
                expected.add((above.service_provider_eic, grid.customer_eic, first, last))
    supplies = [a for a in here if a.type == A.BORDER_SUPPLY]
    assert sorted((a.service_provider_eic, a.customer_eic, *ends(a)) for a in supplies) == sorted(expected)


def check_quiet(market: Market) -> None:
    for one in market.standing.values():
        assert one.type == A.GENERAL_SERVICE or not one.quiet
        assert one.valid_from <= market.now or one.quiet == (one.type == A.GENERAL_SERVICE), told(one)
