"""Who may see which periods of a metering point's readings now."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from datahub.access import rules
from datahub.access.models.authorization import AuthorizationQuerySet
from datahub.access.selectors.authorizations import held_authorizations
from datahub.access.selectors.grounds import (
    NO_POINT,
    as_customer,
    holdings,
    is_owned,
    portfolio_members,
    served_agreements,
)
from datahub.access.selectors.points import agreements_at
from datahub.agreements.models import Agreement
from datahub.market import AgreementType, SourceType
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party
from datahub.periods import ALL_TIME, Period, common, union


class Readable(NamedTuple):
    """A period of which readings are seen, the ground, and for PERMISSION the authorization that opens it."""

    period: Period
    ground: SourceType
    authorization: UUID | None = None


def reading_periods(
    point: MeteringPoint | None,
    participant: Party,
    role: str,
    commodity: str,
    now: datetime,
    *,
    with_permissions: bool = True,
) -> list[Readable]:
    """Give the periods of a point's readings that a participant may see now, each with its ground.

    Several grounds may cover the same time; an owner's period begins before any reading. By ground, then start. What
    authorizations open (`with_permissions`) stands apart for each. None stands for a point that does not exist: of it
    and of one of the other commodity nothing may be seen, and that is found by the same queries as for a point of
    somebody else, so that the time it takes tells a stranger nothing.
    """
    if point is None or point.commodity != commodity:
        point_id, parent_id = NO_POINT, None
    else:
        point_id, parent_id = point.pk, point.parent_id
    by_ground: dict[SourceType, list[Period]] = defaultdict(list)
    if MeteringPoint.objects.filter(is_owned(participant, role), pk=point_id).exists():
        by_ground[SourceType.OWNERSHIP].append(ALL_TIME)
    members = portfolio_members(participant, role, commodity)
    picked = served_agreements(participant, role) | Q(service_provider__in=list(members))
    # Of a point's aggregation points it is the supplier alone that is told the readings.
    at = agreements_at([point_id], [] if parent_id is None else [parent_id], [AgreementType.SUPPLY])
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
        for start, end in as_customer(participant, role, commodity)
        .filter(point=point_id, valid_from__lte=now)
        .values_list("valid_from", "valid_to")
    ]
    held = held_authorizations(participant, role, commodity, now).filter(point=point_id)
    found = [Readable(period, ground) for ground in rules.GROUND_ORDER for period in union(by_ground[ground])]
    return found + (_permitted(held, grid) if with_permissions else [])


def _permitted(held: AuthorizationQuerySet, grid: Mapping[int, list[Period]]) -> list[Readable]:
    """Give what each authorization opens: its subject period in that customer's own time, the one it was given in."""
    rows = held.order_by("valid_from", "id").values_list("id", "customer_id", "given_at", "subject_from", "subject_to")
    return [
        Readable(part, SourceType.PERMISSION, number)
        for number, customer, given_at, start, end in rows
        if (own := rules.opened_time(grid.get(customer, ()), given_at)) is not None
        and (part := common(Period(start, end), own)) is not None
    ]
