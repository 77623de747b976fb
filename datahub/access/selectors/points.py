"""Who may see which metering points now, and on which grounds."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from datahub.access import rules
from datahub.access.selectors.authorizations import seen_by_permission
from datahub.access.selectors.grounds import (
    as_customer,
    holdings,
    is_owned,
    portfolio_members,
    recent,
    served_agreements,
    through_portfolio,
)
from datahub.agreements.models import Agreement
from datahub.database.keys import KeyIn
from datahub.market import METERING_POINT_OPERATOR_ROLES, AgreementType, SourceType
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party


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
        branches.append((recent(as_customer(participant, role, commodity), now), "point__"))
    if SourceType.BALANCE_STATE in sources and (members := portfolio_members(participant, role, commodity)):
        picked |= through_portfolio(members, now)
    held = holdings(picked, commodity, now, of_points=True)
    supplied = held.filter(type__in=sorted(rules.SUPPLIER_TYPES)).values("point")
    branches += [
        (held.filter(point__isnull=False), "point__"),
        (held.filter(parent_point__isnull=False), "parent_point__"),
        (points.filter(parent__in=supplied), ""),
    ]
    if SourceType.PERMISSION in sources:
        # The point that is named, and none above it or under it.
        branches.append((seen_by_permission(participant, role, commodity, now), "point__"))
    one = {} if eic is None else {"eic": eic}
    others = [
        rows.order_by().filter(**{f"{path}{name}": value for name, value in one.items()}).values(f"{path}pk")
        for rows, path in branches
    ]
    return points.filter(KeyIn(others[0].union(*others[1:], all=True)), **one)


def agreements_at(
    points: Iterable[int], parents: Iterable[int], supplies: Iterable[AgreementType] = rules.SUPPLIER_TYPES
) -> Q:
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
    owned = set(MeteringPoint.objects.filter(is_owned(participant, role), pk__in=ids).values_list("pk", flat=True))
    at = agreements_at(ids, parents.values())

    def touched(agreements: "QuerySet[Agreement]") -> set[int]:
        supplied, others = set(), set()
        for kind, point, parent in agreements.filter(at).values_list("type", "point_id", "parent_point_id"):
            others |= {point, parent}
            if kind in rules.SUPPLIER_TYPES:
                supplied.add(point)
        return others | {child for child, parent in parents.items() if parent in supplied}

    by_agreement = touched(holdings(served_agreements(participant, role), commodity, now, of_points=True))
    by_agreement |= touched(recent(as_customer(participant, role, commodity), now))
    members = portfolio_members(participant, role, commodity)
    through = holdings(through_portfolio(members, now), commodity, now, of_points=True)
    by_portfolio = touched(through) if members else set()
    permitted = seen_by_permission(participant, role, commodity, now).filter(point__in=ids)
    by_permission = set(permitted.values_list("point_id", flat=True))
    grounds: dict[int, list[SourceType]] = {}
    for point in ids:
        held = {
            SourceType.OWNERSHIP: point in owned,
            SourceType.AGREEMENT: point in by_agreement,
            SourceType.BALANCE_STATE: point in by_portfolio,
            SourceType.PERMISSION: point in by_permission,
        }
        grounds[point] = rules.in_order(ground for ground, stands in held.items() if stands)
    return grounds
