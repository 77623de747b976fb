"""Who may see which metering points now, and on which grounds."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.lookups import IsNull

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
from datahub.database.keys import KeyAmong, KeyIn
from datahub.market import METERING_POINT_OPERATOR_ROLES, AgreementType, SourceType
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party

# So many ids of each way to points are read before it is asked whether it leads to more.
_FEW = 200
# So many ids are read of a way that leads to very many: enough to tell that a page has not all of them.
_FIRST_OF_MANY = 1_000


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to see points. `rows` lead to them, each by the id that stands at `path`; an index of its own finds them.

    `of_one` are those of the rows that lead to the point of an outer query. The rows of one way are the reader's
    agreements as a supplier or aggregator, `is_held`. Those of another are the points under what it supplies; of that
    way `of_first` are the rows under the first few alone.
    """

    rows: "QuerySet[Any]"
    path: str
    of_one: "QuerySet[Any]"
    is_held: bool = False
    of_first: "QuerySet[Any] | None" = None

    def read(self) -> "QuerySet[Any, int]":
        """Give the ids of the points to which it leads."""
        return self.rows.order_by().values_list(f"{self.path}pk", flat=True)


def visible_points(
    participant: Party,
    role: str,
    commodity: str,
    now: datetime,
    sources: Collection[SourceType] = tuple(SourceType),
    *,
    eic: str | None = None,
    but_own: bool = False,
) -> "QuerySet[MeteringPoint]":
    """Give the metering points that a participant may see in a role now, on one of the grounds named.

    `eic` asks for one point alone, `but_own` for those alone that it does not own in the role, as far as some other
    ground of them is named.
    """
    one = {} if eic is None else {"eic": eic}
    keys = _keys(_ways(participant, role, commodity, now, sources, but_own=but_own), one)
    found = MeteringPoint.objects.filter(KeyIn(keys), commodity=commodity, **one)
    return found.exclude(owner=participant, owner_role=role) if but_own else found


@dataclass(frozen=True, slots=True)
class ManyPoints:
    """The points that a participant may see, for who may see very many. `first` are ids of some of them.

    `are_read` tells whether `first` has them all; if not, each point that `points` reads is asked for what leads to it.
    """

    points: "QuerySet[MeteringPoint]"
    first: Collection[int]
    are_read: bool


def visible_points_of_many(
    participant: Party,
    role: str,
    commodity: str,
    now: datetime,
    sources: Collection[SourceType],
    *,
    but_own: bool,
    most_read: int,
) -> ManyPoints:
    """Give the points that `visible_points` gives, without reading more than `most_read` ids on any way to them."""
    ways = _ways(participant, role, commodity, now, sources, but_own=but_own)
    found = _first_of_each(ways)
    first = set(chain.from_iterable(found))
    keys: set[int] = set()
    many: list[_Way] = []
    looked = sorted(zip(ways, found, strict=True), key=lambda one: not one[0].is_held)
    holds_few = all(len(of_way) <= _FEW for way, of_way in looked if way.is_held)
    for way, of_way in looked:
        if len(of_way) <= _FEW and (holds_few or way.of_first is None):
            keys.update(of_way)
        elif many:
            # Each point is asked for something already: it is asked for this too, and nothing is read.
            many.append(way)
        elif way.read()[: most_read + 1].count() <= most_read:
            keys.update(way.read())
        else:
            many.append(way)
            first.update(way.read()[:_FIRST_OF_MANY])
    seen = Q(KeyAmong(keys))
    for way in many:
        # A value, not EXISTS: of that PostgreSQL might read all rows at first, to ask them by their keys.
        seen |= Q(IsNull(Subquery(way.of_one.order_by().values("pk")[:1]), False))
    points = MeteringPoint.objects.filter(seen, commodity=commodity)
    if but_own:
        points = points.exclude(owner=participant, owner_role=role)
    return ManyPoints(points, first | keys, are_read=not many)


def _first_of_each(ways: "list[_Way]") -> list[list[int]]:
    """Give the first ids of each way, one more than few at most, in one statement."""
    numbered = [
        (way.rows if way.of_first is None else way.of_first)
        .order_by()
        .values_list(Value(number), f"{way.path}pk")[: _FEW + 1]
        for number, way in enumerate(ways)
    ]
    found: list[list[int]] = [[] for _ in ways]
    for number, key in numbered[0].union(*numbered[1:], all=True):
        found[number].append(key)
    return found


def _keys(ways: "list[_Way]", one: dict[str, str]) -> "QuerySet[Any, Any]":
    found = [
        way.rows.order_by().filter(**{way.path + name: value for name, value in one.items()}).values(f"{way.path}pk")
        for way in ways
    ]
    return found[0].union(*found[1:], all=True)


def _ways(
    participant: Party,
    role: str,
    commodity: str,
    now: datetime,
    sources: Collection[SourceType],
    *,
    but_own: bool,
) -> list[_Way]:
    """Give the ways on which points are seen."""
    points = MeteringPoint.objects.filter(commodity=commodity)
    own = points.filter(owner=participant, owner_role=role)
    picked = Q(pk__in=[])
    ways: list[_Way] = []
    if SourceType.OWNERSHIP in sources:
        # Few points have a parent: said plainly, so that the owner's own are not all joined to find them.
        under_own = points.filter(parent__isnull=False, parent__owner=participant, parent__owner_role=role)
        ways.append(_Way(under_own, "", own.filter(pk=OuterRef("parent"))))
        if role in METERING_POINT_OPERATOR_ROLES and not but_own:
            ways.append(_Way(own, "", own.filter(pk=OuterRef("pk"))))
    if SourceType.AGREEMENT in sources:
        picked |= served_agreements(participant, role)
        ways.append(_of_agreements(recent(as_customer(participant, role, commodity), now), "point"))
    if SourceType.BALANCE_STATE in sources and (members := portfolio_members(participant, role, commodity)):
        picked |= through_portfolio(members, now)
    held = holdings(picked, commodity, now, of_points=True)
    supplied = held.filter(type__in=sorted(rules.SUPPLIER_TYPES))
    under, places = points.filter(parent__isnull=False), supplied.order_by().values("point")
    ways += [
        _of_agreements(held.filter(point__isnull=False), "point", is_held=True),
        _of_agreements(held.filter(parent_point__isnull=False), "parent_point"),
        _Way(
            under.filter(parent__in=places),
            "",
            supplied.filter(point=OuterRef("parent")),
            of_first=under.filter(parent__in=places[: _FEW + 1]),
        ),
    ]
    if SourceType.PERMISSION in sources:
        # The point that is named, and none above it or under it.
        ways.append(_of_agreements(seen_by_permission(participant, role, commodity, now), "point"))
    return ways


def _of_agreements(rows: "QuerySet[Any]", point: str, *, is_held: bool = False) -> _Way:
    return _Way(rows, f"{point}__", rows.filter(**{point: OuterRef("pk")}), is_held)


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


def visible_codes(eics: Iterable[str], participant: Party, role: str, commodity: str, now: datetime) -> set[str]:
    """Give, of codes that may be those of metering points, those of points that a participant may see now."""
    points = list(MeteringPoint.objects.filter(eic__in=set(eics), commodity=commodity))
    grounds = grounds_for(points, participant, role, commodity, now) if points else {}
    return {point.eic for point in points if grounds[point.pk]}
