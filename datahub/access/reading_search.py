"""Reading a metering point's readings by whoever may see them. Source: `1-market.md`, "Who may see what"."""

from collections.abc import Iterable
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
from datahub.metering.readings import reading
from datahub.metering.readings.reading import ReadingPage
from datahub.parties.models import Party
from datahub.periods import Period, common, union

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
    )
    return reading.read_page(
        point_id=point.pk,
        commodity=commodity,
        asked=asked,
        visible=union(readable.period for readable in grounds),
        offset=offset,
        size=size,
    )


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
