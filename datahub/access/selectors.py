"""Who may see which metering points and readings now. Source: `1-market.md`, "Who may see what".

A ground is OWNERSHIP, AGREEMENT, BALANCE_STATE or PERMISSION (customers' authorizations, which stand in none of the
queries below yet); a point's GRID customer sees it on the ground AGREEMENT. Each function takes the reader (a
participant in a role and commodity) and the moment. The number of queries is the same for any number of points.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan, LessThan

from datahub.access import rules
from datahub.access.pages import KeyIn
from datahub.agreements.models import Agreement
from datahub.market import METERING_POINT_OPERATOR_ROLES, AgreementType, Role, SourceType
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party
from datahub.periods import ALL_TIME, Period, union

# Later than any end that stands in an agreement.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
# The database gives no point and no party this id.
_NO_POINT = _NO_PARTY = 0


def portfolio_members(participant: Party, role: str, commodity: str) -> dict[int, list[Period]]:
    """Give the ids of the parties in a participant's portfolio, at every level, with the times of the whole chain."""
    if role != Role.OPEN_SUPPLIER:
        return {}
    rows = (
        Agreement.objects.standing()
        .filter(type=AgreementType.PORTFOLIO_SUPPLIER, commodity=commodity)
        .values_list("service_provider_id", "customer_id", "valid_from", "valid_to")
    )
    return rules.portfolio_members(
        participant.pk, [rules.Portfolio(above, below, Period(start, end)) for above, below, start, end in rows]
    )


def own_agreements(participant: Party, role: str) -> Q:
    """Pick the agreements in which a participant is the service provider in a role."""
    return Q(service_provider=participant, service_provider_role=role)


def served_agreements(participant: Party, role: str) -> Q:
    """Pick the agreements that give a supplier, named supplier or aggregator the ground AGREEMENT.

    An operator that provides the general service itself has its own points, and no other ground.
    """
    if role not in {Role.OPEN_SUPPLIER, Role.AGGREGATOR}:
        return Q(pk__in=[])
    return own_agreements(participant, role)


def through_portfolio(members: dict[int, list[Period]], now: datetime, *, beside: bool = False) -> Q:
    """Pick the agreements whose provider stands in the portfolio while they are valid, and its turn has come.

    `beside`: in a subquery, and only where the agreement of the outer query is valid within the chain's time too.
    """
    by_period: dict[Period, list[int]] = defaultdict(list)
    for party, periods in members.items():
        for period in periods:
            if period.end is None or period.end >= rules.ground_since(now):
                by_period[period].append(party)
    picked = Q(pk__in=[])
    for period, parties in by_period.items():
        one = Q(service_provider__in=parties) & (Q(valid_to=None) | Q(valid_to__gt=period.start))
        if period.end is not None:
            one &= Q(valid_from__lt=period.end)
        if period.start > now:
            one &= Q(valid_from__gte=period.start)
        if beside:
            one &= Q(GreaterThan(Coalesce(OuterRef("valid_to"), Value(NEVER)), Value(period.start)))
            one &= Q(LessThan(OuterRef("valid_from"), Value(period.end or NEVER)))
        picked |= one
    return picked


def holdings(picked: Q, commodity: str, now: datetime, *, of_points: bool = False) -> "QuerySet[Agreement]":
    """Give the suppliers' and aggregators' agreements among the picked ones that are a ground now.

    A GENERAL_SERVICE that has not started is kept quiet, but for the point itself (`of_points`): of that its provider
    to be is told too.
    """
    held = (
        Agreement.objects.standing()
        .filter(picked, commodity=commodity, type__in=sorted(rules.HOLDER_TYPES))
        .filter(Q(valid_to=None) | Q(valid_to__gte=rules.ground_since(now)))
    )
    return held if of_points else held.exclude(type=AgreementType.GENERAL_SERVICE, valid_from__gt=now)


def _as_customer(participant: Party, role: str, commodity: str) -> "QuerySet[Agreement]":
    return Agreement.objects.standing().filter(
        customer=participant, customer_role__in=["", role], commodity=commodity, type__in=sorted(rules.GRID_TYPES)
    )


def _recent(agreements: "QuerySet[Agreement]", now: datetime) -> "QuerySet[Agreement]":
    return agreements.filter(Q(valid_to=None) | Q(valid_to__gte=rules.ground_since(now)))


def _owned(participant: Party, role: str) -> Q:
    return Q(owner=participant, owner_role=role) | Q(parent__owner=participant, parent__owner_role=role)


def visible_points(
    participant: Party,
    role: str,
    commodity: str,
    now: datetime,
    sources: Collection[SourceType] = tuple(SourceType),
    *,
    eic: str | None = None,
) -> "QuerySet[MeteringPoint]":
    """Give the metering points that a participant may see in a role now, on one of the grounds named.

    `eic` asks for one point alone. Each ground is a branch that its own index finds.
    """
    points = MeteringPoint.objects.filter(commodity=commodity)
    picked = Q(pk__in=[])
    # Querysets, and the path from their rows to the point that is seen.
    branches: list[tuple[QuerySet[Any], str]] = []
    if SourceType.OWNERSHIP in sources:
        # Few points have a parent: said plainly, so that the owner's own are not all joined to find them.
        under_own = points.filter(parent__isnull=False, parent__owner=participant, parent__owner_role=role)
        branches.append((under_own, ""))
        if role in METERING_POINT_OPERATOR_ROLES:
            branches.append((points.filter(owner=participant, owner_role=role), ""))
    if SourceType.AGREEMENT in sources:
        picked |= served_agreements(participant, role)
        branches.append((_recent(_as_customer(participant, role, commodity), now), "point__"))
    if SourceType.BALANCE_STATE in sources and (members := portfolio_members(participant, role, commodity)):
        picked |= through_portfolio(members, now)
    held = holdings(picked, commodity, now, of_points=True)
    supplied = held.filter(type__in=sorted(rules.SUPPLIER_TYPES)).values("point")
    branches += [
        (held.filter(point__isnull=False), "point__"),
        (held.filter(parent_point__isnull=False), "parent_point__"),
        (points.filter(parent__in=supplied), ""),
    ]
    one = {} if eic is None else {"eic": eic}
    others = [
        rows.order_by().filter(**{f"{path}{name}": value for name, value in one.items()}).values(f"{path}pk")
        for rows, path in branches
    ]
    return points.filter(KeyIn(others[0].union(*others[1:], all=True)), **one)


def _at(points: Iterable[int], parents: Iterable[int], supplies: Iterable[AgreementType] = rules.SUPPLIER_TYPES) -> Q:
    """Pick what stands at points, at aggregation points under them, or as one of some supplies at their parents."""
    points = list(points)
    return Q(point__in=points) | Q(parent_point__in=points) | Q(point__in=list(parents), type__in=sorted(supplies))


def grounds_for(
    points: Iterable[MeteringPoint], participant: Party, role: str, commodity: str, now: datetime
) -> dict[int, list[SourceType]]:
    """Give, by the id of each point, the grounds on which a participant may see it now; none is an empty list."""
    points = [point for point in points if point.commodity == commodity]
    ids = [point.pk for point in points]
    parents = {point.pk: point.parent_id for point in points if point.parent_id is not None}
    owned = set(MeteringPoint.objects.filter(_owned(participant, role), pk__in=ids).values_list("pk", flat=True))
    at = _at(ids, parents.values())

    def touched(agreements: "QuerySet[Agreement]") -> set[int]:
        supplied, others = set(), set()
        for kind, point, parent in agreements.filter(at).values_list("type", "point_id", "parent_point_id"):
            others |= {point, parent}
            if kind in rules.SUPPLIER_TYPES:
                supplied.add(point)
        return others | {child for child, parent in parents.items() if parent in supplied}

    by_agreement = touched(holdings(served_agreements(participant, role), commodity, now, of_points=True))
    by_agreement |= touched(_recent(_as_customer(participant, role, commodity), now))
    members = portfolio_members(participant, role, commodity)
    through = holdings(through_portfolio(members, now), commodity, now, of_points=True)
    by_portfolio = touched(through) if members else set()
    grounds: dict[int, list[SourceType]] = {}
    for point in ids:
        held = {
            SourceType.OWNERSHIP: point in owned,
            SourceType.AGREEMENT: point in by_agreement,
            SourceType.BALANCE_STATE: point in by_portfolio,
        }
        grounds[point] = rules.in_order(ground for ground, stands in held.items() if stands)
    return grounds


def reading_periods(
    point: MeteringPoint | None, participant: Party, role: str, commodity: str, now: datetime
) -> list[tuple[datetime, datetime | None, SourceType]]:
    """Give the periods of a point's readings that a participant may see now, each with its ground.

    Several grounds may cover the same time; an owner's period begins before any reading. By ground, then start. None
    stands for a point that does not exist: of it and of one of the other commodity nothing may be seen, and that is
    found by the same queries as for a point of somebody else, so that the time it takes tells a stranger nothing.
    """
    if point is None or point.commodity != commodity:
        point_id, parent_id = _NO_POINT, None
    else:
        point_id, parent_id = point.pk, point.parent_id
    by_ground: dict[SourceType, list[Period]] = defaultdict(list)
    if MeteringPoint.objects.filter(_owned(participant, role), pk=point_id).exists():
        by_ground[SourceType.OWNERSHIP].append(ALL_TIME)
    members = portfolio_members(participant, role, commodity)
    picked = served_agreements(participant, role) | Q(service_provider__in=list(members))
    # Of a point's aggregation points it is the supplier alone that is told the readings.
    at = _at([point_id], [] if parent_id is None else [parent_id], [AgreementType.SUPPLY])
    grid = defaultdict(list)
    for customer, start, end in (
        Agreement.objects.standing()
        .filter(point=point_id, type=AgreementType.GRID)
        .values_list("customer_id", "valid_from", "valid_to")
    ):
        grid[customer].append(Period(start, end))
    for agreement in holdings(picked, commodity, now).filter(at):
        own = agreement.service_provider_id == participant.pk and agreement.service_provider_role == role
        here = agreement.point_id == point_id
        holding = rules.Holding(
            AgreementType(agreement.type),
            Period(agreement.valid_from, agreement.valid_to),
            own=own,
            chain=tuple(members.get(agreement.service_provider_id, ())),
            grid=tuple(grid[agreement.customer_id]) if here else (),
        )
        ground = SourceType.AGREEMENT if own else SourceType.BALANCE_STATE
        by_ground[ground] += rules.readable_periods(holding, now=now)
    by_ground[SourceType.AGREEMENT] += [
        Period(start, end)
        for start, end in _as_customer(participant, role, commodity)
        .filter(point=point_id, valid_from__lte=now)
        .values_list("valid_from", "valid_to")
    ]
    return [(period.start, period.end, ground) for ground in rules.GROUND_ORDER for period in union(by_ground[ground])]


def _customers_now(now: datetime) -> "QuerySet[Agreement]":
    """Give what names a point's customer now: its GRID or BORDER_GRID, for an aggregation point its AGGREGATION."""
    return (
        Agreement.objects.standing()
        .filter(type__in=sorted(rules.GRID_TYPES | {AgreementType.AGGREGATION}))
        .filter(Q(valid_to=None) | Q(valid_to__gt=now), valid_from__lte=now)
    )


def at_own_point(participant: Party, role: str) -> Q:
    """Pick the agreements at points that a participant owns in a role, or at aggregation points under them."""
    if role not in METERING_POINT_OPERATOR_ROLES:
        return Q(pk__in=[])
    # Asked of the point only where nothing before it was true.
    own = MeteringPoint.objects.filter(owner=participant, owner_role=role)
    return Q(Exists(own.filter(pk=OuterRef("point")))) | Q(Exists(own.filter(pk=OuterRef("parent_point"))))


def serves_customer(held: "QuerySet[Agreement]") -> Q:
    """Pick the agreements with whose customer one of the held ones stands too: at the point, above it or under it.

    An aggregator serves the customer of the point above its own.
    """
    same = held.filter(customer=OuterRef("customer"))
    return (
        Q(Exists(same.filter(point=OuterRef("point"))))
        | Q(Exists(same.filter(point=OuterRef("parent_point"))))
        | Q(Exists(same.filter(parent_point=OuterRef("point"))))
    )


def _customer_known(participant: Party, role: str, commodity: str, now: datetime, at: Q | None = None) -> Q:
    """Pick the agreements whose customer a participant may know.

    `at` names the places that are asked about, so that not all that the participant holds is read.

    The point's owner, the customer itself, and whoever has an agreement with the same customer there (or is portfolio
    provider of one who has) that is valid now or later.
    """
    picked = own_agreements(participant, role)
    if members := portfolio_members(participant, role, commodity):
        picked |= through_portfolio(members, now) & Q(service_provider_role__in=sorted(rules.NAMING_ROLES))
    held = holdings(picked, commodity, now).filter(Q(valid_to=None) | Q(valid_to__gt=now), at or Q())
    return (
        Q(customer=participant, customer_role__in=["", role]) | at_own_point(participant, role) | serves_customer(held)
    )


def grid_customers_visible(
    points: Iterable[MeteringPoint], participant: Party, role: str, commodity: str, now: datetime
) -> dict[int, str]:
    """Give, by the id of a point, the EIC of its customer now, where the participant may know it."""
    points = list(points)
    ids = [point.pk for point in points]
    parents = [point.parent_id for point in points if point.parent_id is not None]
    at = Q(point__in=[*ids, *parents]) | Q(parent_point__in=ids)
    rows = (
        _customers_now(now)
        .filter(_customer_known(participant, role, commodity, now, at), point__in=ids)
        .values_list("point_id", "customer__eic")
    )
    return dict(rows)


def customers_now(points: Iterable[MeteringPoint], now: datetime) -> dict[int, str]:
    """Give, by the id of a point, the EIC of its customer now; for the access log, not for a reader's eyes."""
    rows = _customers_now(now).filter(point__in=[point.pk for point in points])
    return dict(rows.values_list("point_id", "customer__eic"))


def points_of_customer(
    customer_eic: str, participant: Party, role: str, commodity: str, now: datetime
) -> "QuerySet[Any, Any]":
    """Give the ids of the points whose customer now is the one named, where the participant may know it."""
    # Looked up first, so that the database knows how many agreements this customer has.
    customer = Party.objects.filter(eic=customer_eic).values_list("pk", flat=True).first()
    known = _customer_known(participant, role, commodity, now)
    return _customers_now(now).filter(known, customer=customer or _NO_PARTY).values("point")
