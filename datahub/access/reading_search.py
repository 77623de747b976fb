"""Reading a metering point's readings by whoever may see them. Source: `1-market.md`, "Who may see what"."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from datahub.access import selectors
from datahub.access.selectors import Readable
from datahub.access.services.access_log import Read, log_read
from datahub.agreements.models import Agreement
from datahub.errors import codes, refuse
from datahub.market import AgreementType, Commodity, Role
from datahub.metering import selectors as metering
from datahub.metering.models import MeteringPoint
from datahub.metering.readings import reading, values
from datahub.metering.readings.reading import ReadingPage
from datahub.metering.readings.values import Values
from datahub.parties.models import Party, User
from datahub.periods import Period, common, intersect, union

_SERVICE = "meter-data/search"
_CUSTOMER_AGREEMENTS = [AgreementType.GRID, AgreementType.BORDER_GRID, AgreementType.AGGREGATION]


@transaction.atomic
def search_readings(
    *,
    participant: Party,
    role: Role,
    commodity: Commodity,
    meter_eic: str,
    asked: Period,
    offset: int,
    size: int,
    now: datetime,
    technical_user: str = "",
) -> ReadingPage:
    """Give a page of the readings that a participant may see of a point in the period asked for, and log the read.

    Raises meter-data-cannot-be-retrieved, in the same words, where there is no such point and where nothing of the
    period may be seen.
    """
    point, visible = _open(
        participant=participant,
        role=role,
        commodity=commodity,
        meter_eic=meter_eic,
        asked=asked,
        now=now,
        technical_user=technical_user,
    )
    return reading.read_page(
        point_id=point.pk, commodity=commodity, asked=asked, visible=visible, offset=offset, size=size
    )


@dataclass(frozen=True, slots=True)
class SeenValues:
    """The readings of a period as numbers, with the parts of the period of which a participant may see them."""

    values: Values
    seen: list[Period]


@transaction.atomic
def search_values(
    *,
    participant: Party,
    role: Role,
    commodity: Commodity,
    meter_eic: str,
    asked: Period,
    now: datetime,
    user: User | None = None,
) -> SeenValues:
    """Give all readings that a participant may see of a point in a period as numbers, and log the read.

    `user` is the person who reads them. Raises as `search_readings` does.
    """
    point, visible = _open(
        participant=participant, role=role, commodity=commodity, meter_eic=meter_eic, asked=asked, now=now, user=user
    )
    found = values.read_values(point_id=point.pk, commodity=commodity, asked=asked, visible=visible)
    return SeenValues(found, intersect(visible, [asked]))


def _open(
    *,
    participant: Party,
    role: Role,
    commodity: Commodity,
    meter_eic: str,
    asked: Period,
    now: datetime,
    technical_user: str = "",
    user: User | None = None,
) -> tuple[MeteringPoint, list[Period]]:
    """Give a point with the periods of which a participant may see its readings, and log that it reads those asked."""
    point = metering.point_by_eic(meter_eic)
    grounds = selectors.reading_periods(point, participant, role, commodity, now)
    seen = [
        readable._replace(period=shared)
        for readable in grounds
        if (shared := common(asked, readable.period)) is not None
    ]
    if point is None or not seen:
        raise refuse(codes.METER_DATA_CANNOT_BE_RETRIEVED, "meterEic", meter_eic)
    log_read(
        participant=participant,
        role=role,
        commodity=commodity,
        service=_SERVICE,
        reads=_reads(point, seen),
        now=now,
        technical_user=technical_user,
        user=user,
    )
    return point, union(readable.period for readable in grounds)


def _reads(point: MeteringPoint, seen: Iterable[Readable]) -> list[Read]:
    """Name each customer whose readings lie in what is read, with the part that is the customer's."""
    customers = (
        Agreement.objects.standing()
        .filter(point=point, type__in=_CUSTOMER_AGREEMENTS)
        .order_by("valid_from")
        .values_list("customer__eic", "valid_from", "valid_to")
    )
    return [
        Read(customer, point.eic, part.start, part.end, ground, authorization)
        for customer, start, end in customers
        for period, ground, authorization in seen
        if (part := common(period, Period(start, end))) is not None
    ]
