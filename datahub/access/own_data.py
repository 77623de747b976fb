"""What a customer may see of her own in the client portal: her metering points, their agreements and readings.

The ground "the customer" of `1-market.md`, "Who may see what": the GRID or BORDER_GRID customer of a point, for the
time of her own agreements there. Every read begins at the customer, so that a point of somebody else's is found no more
than one that does not exist.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from datahub.access.rules import GRID_TYPES
from datahub.access.services.access_log import Read, log_read
from datahub.agreements.models import Agreement
from datahub.errors import codes, refuse
from datahub.market import Commodity
from datahub.market_time import day_of
from datahub.metering.models import MeteringPoint
from datahub.metering.readings import storage, values
from datahub.metering.readings.values import Values
from datahub.parties.models import Party, User
from datahub.periods import Period, intersect, union

# How the access log names the readings that those who represent a customer look at.
PAGE = "portal/readings"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OwnPoint:
    """A metering point with the times in which the customer has, had or will have a grid agreement there."""

    point: MeteringPoint
    periods: list[Period]

    def is_hers_at(self, instant: datetime) -> bool:
        """Tell whether it is hers at an instant."""
        return any(instant in period for period in self.periods)

    def begins_after(self, instant: datetime) -> bool:
        """Tell whether it was not hers before an instant and will be."""
        return self.periods[0].start > instant

    @property
    def last_end(self) -> datetime | None:
        """When the last of her agreements ends, None for never."""
        return self.periods[-1].end


def _grids(customer: Party) -> "QuerySet[Agreement]":
    return Agreement.objects.standing().filter(customer=customer, type__in=sorted(GRID_TYPES), point__isnull=False)


def _with_periods(grids: "QuerySet[Agreement]") -> list[OwnPoint]:
    points: dict[int, MeteringPoint] = {}
    periods: dict[int, list[Period]] = defaultdict(list)
    for grid in grids.select_related("point__owner"):
        if grid.point is not None:
            points[grid.point.pk] = grid.point
            periods[grid.point.pk].append(Period(grid.valid_from, grid.valid_to))
    return [OwnPoint(point, union(periods[key])) for key, point in points.items()]


def own_points(customer: Party) -> list[OwnPoint]:
    """Give every metering point that is, was or will be a customer's, in one query, by address, then EIC."""
    return sorted(
        _with_periods(_grids(customer)),
        key=lambda own: (
            own.point.municipality,
            own.point.locality or "",
            own.point.street_address or "",
            own.point.eic,
        ),
    )


def own_point(customer: Party, meter_eic: str) -> OwnPoint | None:
    """Give one of them by its EIC; None for a point of somebody else's as for one that does not exist."""
    if "\x00" in meter_eic:
        return None
    return next(iter(_with_periods(_grids(customer).filter(point__eic=meter_eic))), None)


def own_commodities(customer: Party) -> set[str]:
    """Give what is delivered at the metering points that are, were or will be a customer's, in one query."""
    return set(_grids(customer).order_by().values_list("commodity", flat=True).distinct())


def own_agreements(customer: Party, points: Collection[MeteringPoint]) -> "QuerySet[Agreement]":
    """Give the customer's own agreements at points and at aggregation points under them, by start.

    A general service that has not started stands among them: nobody else is told of it yet.
    """
    ids = [point.pk for point in points]
    return (
        Agreement.objects.standing()
        .filter(Q(point__in=ids) | Q(parent_point__in=ids), customer=customer)
        .select_related("service_provider")
        .order_by("valid_from", "pk")
    )


@dataclass(frozen=True, slots=True)
class OwnValues:
    """Readings of a period as numbers, with the parts of the period that are the customer's."""

    values: Values
    seen: list[Period]


@transaction.atomic
def own_readings(*, customer: Party, meter_eic: str, asked: Period, by: User, now: datetime) -> OwnValues:
    """Give the readings of a customer's own time at a point in a period.

    What one who represents her reads is logged; her own looks are not. Raises meter-data-cannot-be-retrieved, in the
    same words, where there is no such point and where nothing of the period is hers.
    """
    own = own_point(customer, meter_eic)
    seen = [] if own is None else intersect(own.periods, [asked])
    if own is None or not seen:
        raise refuse(codes.METER_DATA_CANNOT_BE_RETRIEVED, "meterEic", meter_eic)
    reads = (Read(customer.eic, meter_eic, part.start, part.end) for part in seen)
    log_own_read(customer=customer, by=by, service=PAGE, reads=reads, now=now)
    point = own.point
    found = values.read_values(
        point_id=point.pk, commodity=Commodity(point.commodity), asked=asked, visible=own.periods
    )
    return OwnValues(found, seen)


def nearest_day(own: OwnPoint, first: date, last: date) -> date | None:
    """Give the day of the customer's own time with readings that is nearest to some days without any; None for none.

    Of two that are as near the earlier one.
    """
    commodity = Commodity(own.point.commodity)
    spans: list[tuple[date, date]] = []
    for period in own.periods:
        begins = day_of(period.start, commodity)
        ends = date.max if period.end is None else day_of(period.end - timedelta(microseconds=1), commodity)
        spans += [(begins, min(ends, first - _DAY)), (max(begins, last + _DAY), ends)]
    days = storage.read_ends(own.point.pk, spans)
    return min(days, key=lambda day: (first - day if day < first else day - last, day), default=None)


def log_own_read(*, customer: Party, by: User, service: str, reads: Iterable[Read], now: datetime) -> None:
    """Log what somebody read of a customer that she represents; nothing is logged of her own looks."""
    if by.party_id != customer.pk:
        log_read(
            participant=customer,
            role="",
            commodity="",
            service=service,
            reads=reads,
            now=now,
            user=by,
        )
