"""Reading a metering point's network bills by whoever may see them. Source: `1-market.md`, "Who may see what".

Bills are seen on the grounds of readings but for PERMISSION, which opens points and readings alone: as a bill's
quantities cannot be cut, the whole of each that overlaps the time of a ground.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from datahub.access import rules, selectors
from datahub.access.selectors import Readable
from datahub.access.services.access_log import Read, log_read
from datahub.agreements.models import Agreement
from datahub.bills.filters import filter_bills
from datahub.bills.models import NetworkBill
from datahub.errors import codes, refuse
from datahub.market import AgreementType, Commodity, Role, SourceType
from datahub.metering import selectors as metering
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party
from datahub.periods import ALL_TIME, Period, union

_SERVICE = "network-bill/search"
_GROUNDS = [ground for ground in SourceType if ground != SourceType.PERMISSION]


@dataclass(frozen=True, slots=True)
class BillPage:
    """Bills as they are answered, JSON texts, and how many there are in all."""

    bills: list[str]
    total: int


@transaction.atomic
def search_bills(
    *,
    participant: Party,
    role: Role,
    commodity: Commodity,
    attributes: Mapping[str, Any],
    offset: int,
    size: int,
    now: datetime,
    technical_user: str = "",
) -> BillPage:
    """Give a page of the bills that stand at a point, by start, then end, that a participant may see; log the read.

    `attributes` are validated `networkBillAttributes`. A point that is seen on a ground without readings has
    none. Raises metering-point-cannot-be-found, in the same words and by the same queries, where there is no such
    point and where it may not be seen.
    """
    point = metering.point_by_eic(attributes["meterEic"])
    grounds = selectors.reading_periods(point, participant, role, commodity, now, with_permissions=False)
    # By the code and not by the point: a stranger's and one that does not exist are looked for in the same way.
    visible = selectors.visible_points(participant, role, commodity, now, _GROUNDS, eic=attributes["meterEic"])
    if not (grounds or visible.exists()) or point is None:
        raise refuse(codes.METERING_POINT_CANNOT_BE_FOUND, "networkBillAttributes.meterEic", attributes["meterEic"])
    seen = NetworkBill.objects.standing().filter(_overlapping(grounds), point=point)
    # No two that stand have the same period: the order is total.
    found = filter_bills(seen, attributes).order_by("period_start", "period_end")
    page = list(found[offset : offset + size])
    log_read(
        participant=participant,
        role=role,
        commodity=commodity,
        service=_SERVICE,
        reads=_reads(point, [Period(bill.period_start, bill.period_end) for bill in page], grounds),
        now=now,
        technical_user=technical_user,
    )
    return BillPage([bill.body for bill in page], found.count())


def _overlapping(grounds: Iterable[Readable]) -> Q:
    """Pick the bills that overlap the time of a ground."""
    picked = Q(pk__in=[])
    for period in union(readable.period for readable in grounds):
        if period == ALL_TIME:
            return Q()
        one = Q(period_end__gt=period.start)
        picked |= one if period.end is None else one & Q(period_start__lt=period.end)
    return picked


def _reads(point: MeteringPoint, billed: Iterable[Period], grounds: Iterable[Readable]) -> list[Read]:
    """Name each customer whose bills are read, with their time and the widest ground on which each is seen."""
    customers = list(
        Agreement.objects.standing()
        .filter(point=point, type=AgreementType.GRID)
        .order_by("valid_from")
        .values_list("customer__eic", "valid_from", "valid_to")
    )
    read: dict[tuple[str, SourceType], list[Period]] = defaultdict(list)
    for period in billed:
        ground = rules.in_order(one.ground for one in grounds if period.overlaps(one.period))[0]
        for customer, start, end in customers:
            if period.overlaps(Period(start, end)):
                read[customer, ground].append(period)
    return [
        Read(customer, point.eic, period.start, period.end, ground)
        for (customer, ground), periods in read.items()
        for period in union(periods)
    ]
