"""The network bills of the demo's metering points: a bill a month, of what the readings of that month add up to."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np

from datahub.agreements.models import Agreement
from datahub.bills.bill import Bill, Measurement
from datahub.bills.services import take_over_bills
from datahub.market import AgreementType, Commodity, Direction, MeasurementUnit, MeteringPointType
from datahub.market_time import TALLINN, add_months, day_start
from datahub.metering.models import MeteringPoint
from datahub.metering.readings import channels, packing, storage
from datahub.parties.models import Party
from datahub.periods import Period

# So many whole months have readings of every day.
MONTHS_BACK = 11
# The operators calculate a month's bills on the third of the next, at nine.
_CALCULATED_AFTER = timedelta(days=2, hours=9)
# The day tariff: working days from seven to ten.
_DAY_HOURS = range(7, 22)
_WORKING_DAYS = range(5)
_MEASURED = {
    channels.IN: (Direction.IN, MeasurementUnit.KWH),
    channels.OUT: (Direction.OUT, MeasurementUnit.KWH),
    channels.IN_M3: (Direction.IN, MeasurementUnit.M3),
    channels.OUT_M3: (Direction.OUT, MeasurementUnit.M3),
}


def take_over_months(*, now: datetime) -> int:
    """Let the bills of the last months stand, as if they had been sent to the hub before; give how many."""
    grids: dict[int, list[Period]] = defaultdict(list)
    standing = Agreement.objects.standing().filter(type=AgreementType.GRID)
    for point_id, start, end in standing.values_list("point_id", "valid_from", "valid_to"):
        grids[point_id].append(Period(start, end))
    this_month = now.astimezone(TALLINN).date().replace(day=1)
    months = [add_months(this_month, -number) for number in range(MONTHS_BACK, 0, -1)]
    bills: dict[Party, list[Bill]] = defaultdict(list)
    for point in MeteringPoint.objects.filter(type=MeteringPointType.REGULAR).select_related("owner").order_by("eic"):
        for month in months:
            period = _period(month, Commodity(point.commodity))
            is_due = period.end is not None and period.end + _CALCULATED_AFTER <= now
            if is_due and any(grid.covers(period) for grid in grids[point.pk]):
                bills[point.owner].append(_bill(point, month))
    for owner, of_owner in bills.items():
        take_over_bills(sender=owner, bills=of_owner, now=now)
    return sum(map(len, bills.values()))


def _period(month: date, commodity: Commodity) -> Period:
    return Period(day_start(month, commodity), day_start(add_months(month, 1), commodity))


def _bill(point: MeteringPoint, month: date) -> Bill:
    """Add up a month's readings to a bill."""
    commodity = Commodity(point.commodity)
    codes = channels.CHANNELS[commodity]
    day, night = np.zeros(len(codes), np.int64), np.zeros(len(codes), np.int64)
    is_estimated = False
    present = np.zeros(len(codes), np.bool_)
    for date_, data in storage.read_point(point.pk, month, add_months(month, 1) - timedelta(days=1)):
        block = packing.unpack([data], codes)
        # Clocks change on Sundays, which have the night's tariff: on working days slots and hours go together.
        hours = np.arange(block.slots) * channels.STEP_SECONDS[block.resolution] // 3600
        is_day = np.isin(hours, _DAY_HOURS) & (date_.weekday() in _WORKING_DAYS) | (commodity == Commodity.NATURAL_GAS)
        values = np.where(block.present[0], block.values[0], 0)
        day += values[:, is_day].sum(axis=1)
        night += values[:, ~is_day].sum(axis=1)
        present |= block.present[0].any(axis=1)
        is_estimated |= bool((block.present[0] & (block.types[0] == ord("E"))).any())
    start, end = _period(month, commodity)
    assert end is not None  # noqa: S101 - a month ends
    return Bill(
        point_eic=point.eic,
        commodity=commodity,
        start=start,
        end=end,
        calculated_at=end + _CALCULATED_AFTER,
        contains_calculated_values=is_estimated,
        measurements=tuple(
            Measurement(
                direction=direction,
                unit=unit,
                day=_quantity(day[row]),
                night=None if commodity == Commodity.NATURAL_GAS else _quantity(night[row]),
                total=_quantity(day[row] + night[row]),
            )
            for row, (direction, unit) in enumerate(_MEASURED[code] for code in codes)
            if present[row]
        ),
    )


def _quantity(thousandths: np.int64) -> Decimal:
    return Decimal(int(thousandths)).scaleb(-3)
