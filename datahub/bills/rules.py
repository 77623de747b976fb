"""What a network bill must be. Source: `1-market.md`, "Network bills"."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from datahub import market_time
from datahub.bills.bill import Bill
from datahub.errors import Fault, all_of, any_of, codes, fault, phrase, written
from datahub.market import Commodity, Direction, MeasurementUnit, Role
from datahub.periods import Period

SENDERS = (Role.CLOSED_DISTRIBUTION_NETWORK, Role.GRID_OPERATOR)
UNITS = {
    Commodity.ELECTRICITY: (MeasurementUnit.KWH,),
    Commodity.NATURAL_GAS: (MeasurementUnit.KWH, MeasurementUnit.M3),
}
# Bills are kept for 7 years: an older one would be gone as soon as it is sent.
MONTHS_BACK = 84
DAYS_AHEAD = 45
# A clock that goes wrong, or a local time that is sent as UTC, is forgiven; a timestamp years ahead would leave no room
# for a correction.
CALCULATED_AHEAD = timedelta(days=1)


def sender_fault(role: Role) -> Fault | None:
    """Give why a participant in a role sends no bills at all, or None."""
    return None if role in SENDERS else fault(codes.SENDER_TYPE, role, any_of(SENDERS))


def own_faults(bill: Bill, *, commodity: Commodity, now: datetime, path: str) -> list[Fault]:
    """Give what is wrong with a bill in itself; `commodity` is that of the message's context."""
    faults = []
    if bill.commodity != commodity:
        faults.append(
            fault(codes.COMMODITY_TYPE_MISMATCH, f"{path}.commodityType", bill.commodity, commodity, phrase("context"))
        )
    latest = now + CALCULATED_AHEAD
    if bill.calculated_at > latest:
        field = f"{path}.networkBillPeriod.calculationTimestamp"
        faults.append(fault(codes.TOO_BIG, field, bill.calculated_at, _on_the_wire(latest)))
    units = [(measurement.direction, measurement.unit) for measurement in bill.measurements]
    return [
        *faults,
        *_time_faults(bill, now=now, path=path),
        *period_faults(bill.start, bill.end, bill.commodity, path=f"{path}.networkBillPeriod"),
        *measurement_faults(units, bill.commodity, path=f"{path}.networkBillPeriod"),
    ]


def is_period(bill: Bill) -> bool:
    """Tell whether its start lies before its end; of one that does not nothing else is asked."""
    return bill.start < bill.end


def _time_faults(bill: Bill, *, now: datetime, path: str) -> list[Fault]:
    start = f"{path}.networkBillPeriod.periodStart"
    if not is_period(bill):
        return []
    if bill.start < market_time.months_before(now, MONTHS_BACK):
        return [fault(codes.PERIOD_START_IN_PAST, start, bill.start, MONTHS_BACK)]
    if bill.start > now + timedelta(days=DAYS_AHEAD):
        return [fault(codes.PERIOD_START_IN_FUTURE, start, bill.start, DAYS_AHEAD)]
    return []


def period_faults(start: datetime, end: datetime, commodity: Commodity | None, *, path: str) -> list[Fault]:
    """Give what is wrong with a period at whatever time; without a commodity its month is not known."""
    first, last = f"{path}.periodStart", f"{path}.periodEnd"
    if start >= end:
        return [fault(codes.FROM_NOT_BEFORE_TO, first, start, last, end)]
    if commodity is not None and end > (latest := end_of_month(start, commodity)):
        return [fault(codes.PERIOD_BEYOND_MONTH, last, end, latest, start)]
    return []


def end_of_month(instant: datetime, commodity: Commodity) -> datetime:
    """Give the end of the local month that an instant lies in; one of gas ends at 07:00 of the next one's first day."""
    first = market_time.day_of(instant, commodity).replace(day=1)
    return market_time.day_start(market_time.add_months(first, 1), commodity)


def measurement_faults(
    measured: Sequence[tuple[Direction | None, MeasurementUnit | None]], commodity: Commodity | None, *, path: str
) -> list[Fault]:
    """Give what is wrong with a period's measurements by their directions and units; None is one that is not known."""
    faults = []
    known = tuple(MeasurementUnit) if commodity is None else UNITS[commodity]
    seen = set()
    for place, (direction, unit) in enumerate(measured):
        field = f"{path}.measurements[{place}].measurementUnit"
        if unit is None:
            continue
        if unit not in known:
            faults.append(fault(codes.INVALID_MEASUREMENT_TYPE, field, unit, commodity, any_of(known)))
        if direction is not None and (direction, unit) in seen:
            faults.append(fault(codes.DUPLICATE_MEASUREMENT_UNIT, field, unit, direction))
        seen.add((direction, unit))
    return faults


def repeated(bills: Sequence[Bill]) -> set[int]:
    """Give the places of the bills whose point and period have stood before in the same message."""
    seen: set[tuple[str, Period]] = set()
    places = set()
    for place, bill in enumerate(bills):
        key = bill.point_eic, bill.period
        if key in seen:
            places.add(place)
        seen.add(key)
    return places


def repeated_fault(bill: Bill, *, path: str) -> Fault:
    """Give the fault of a bill that stands twice in a message."""
    period = f"{path}.networkBillPeriod"
    return fault(codes.NETWORK_BILL_DUPLICATED, period, bill.point_eic, bill.start, bill.end)


def agreement_faults(bill: Bill, grids: Sequence[Period], *, path: str) -> list[Fault]:
    """Give the fault of a bill whose period does not lie inside one of the sender's GRID agreements at the point.

    Two agreements that meet are of two customers, each of whom gets a bill of its own.
    """
    period = f"{path}.networkBillPeriod"
    overlapping = [grid for grid in grids if grid.overlaps(bill.period)]
    if not overlapping:
        return [fault(codes.MISSING_AGREEMENT_FOR_PERIOD, period, bill.start, bill.end, bill.point_eic)]
    if any(grid.covers(bill.period) for grid in overlapping):
        return []
    valid = all_of(phrase("{0} – {1}", _on_the_wire(grid.start), _on_the_wire(grid.end)) for grid in overlapping)
    return [fault(codes.PERIOD_NOT_COVERED, period, bill.start, bill.end, valid)]


def correction_faults(bill: Bill, standing_since: datetime | None, *, path: str) -> list[Fault]:
    """Give the fault of a bill whose period already has one that was calculated then or later, or none.

    `standing_since` is the calculation timestamp of the bill that stands for the same period, None without one.
    """
    if standing_since is None or bill.calculated_at > standing_since:
        return []
    field = f"{path}.networkBillPeriod.calculationTimestamp"
    found = phrase(
        "{0} is {1}, but the current bill for this period is of {2}", field, bill.calculated_at, standing_since
    )
    return [fault(codes.NO_CHANGE_RECEIVED, found)]


def _on_the_wire(instant: datetime | None) -> str:
    return phrase("open-ended") if instant is None else written(instant)
