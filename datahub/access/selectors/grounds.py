"""The agreements that are grounds: what a reader sells, has in its portfolio, owns, or is the customer of."""

from collections import defaultdict
from datetime import UTC, datetime

from django.db.models import OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, LessThan

from datahub.access import rules
from datahub.agreements.models import Agreement
from datahub.market import AgreementType, Role
from datahub.parties.models import Party
from datahub.periods import Period

# Later than any end that stands in an agreement.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
# The database gives no point and no party this id.
NO_POINT = NO_PARTY = 0


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


def as_customer_in(participant: Party, role: str) -> Q:
    """Pick the agreements in which a participant is the customer in a role, or without one."""
    return Q(customer=participant, customer_role__in=["", role])


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


def deleted_through_portfolio(members: dict[int, list[Period]]) -> Q:
    """Pick the deleted agreements whose provider stood in the portfolio as its providers were told of the deletion.

    That is when it was deleted or, of one that had not started, when it would have (as `distribution` tells it).
    """
    picked = Q(pk__in=[])
    for party, periods in members.items():
        for period in periods:
            told_at = Greatest("deleted_at", "valid_from")
            one = Q(GreaterThanOrEqual(told_at, Value(period.start)), service_provider=party)
            if period.end is not None:
                one &= Q(LessThan(told_at, Value(period.end)))
            picked |= one
    return picked


def is_quiet(now: datetime) -> Q:
    """Pick the general services that have not started: nobody is told of them yet."""
    return Q(type=AgreementType.GENERAL_SERVICE, valid_from__gt=now)


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
    return held if of_points else held.exclude(is_quiet(now))


def as_customer(participant: Party, role: str, commodity: str) -> "QuerySet[Agreement]":
    """Give the GRID and BORDER_GRID agreements in which a participant is the customer in a role."""
    return Agreement.objects.standing().filter(
        as_customer_in(participant, role), commodity=commodity, type__in=sorted(rules.GRID_TYPES)
    )


def recent(agreements: "QuerySet[Agreement]", now: datetime) -> "QuerySet[Agreement]":
    """Keep the agreements that have not ended so long ago that they are no ground any more."""
    return agreements.filter(Q(valid_to=None) | Q(valid_to__gte=rules.ground_since(now)))


def is_owned(participant: Party, role: str) -> Q:
    """Pick the points that a participant owns in a role, and the aggregation points under them."""
    return Q(owner=participant, owner_role=role) | Q(parent__owner=participant, parent__owner_role=role)
