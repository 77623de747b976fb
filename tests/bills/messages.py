"""Network bills for tests: as facts, and as they stand in a message."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from datahub.bills import services
from datahub.bills.bill import Bill, Measurement
from datahub.market import Commodity, Direction, MeasurementUnit, Role
from tests.agreements import market
from tests.agreements.market import ELECTRICITY, HOUSE, NORTH, NOW, day

APRIL, MAY = day(2026, 4, 1), day(2026, 5, 1)
CALCULATED = datetime.fromisoformat("2026-05-02T17:23:07.648663+03:00")


def measurement(
    direction: Direction = Direction.OUT,
    unit: MeasurementUnit = MeasurementUnit.KWH,
    quantity: str = "10.125",
    night: str | None = "1.5",
) -> Measurement:
    """Make a measurement whose total is no sum of its parts."""
    return Measurement(direction, unit, Decimal(quantity), Decimal("99.90"), None if night is None else Decimal(night))


def bill(
    start: datetime = APRIL,
    end: datetime = MAY,
    *,
    point: str = HOUSE,
    commodity: Commodity = ELECTRICITY,
    calculated_at: datetime = CALCULATED,
    measurements: tuple[Measurement, ...] = (measurement(),),
) -> Bill:
    """Make a bill, of April for Mari's house unless it is said otherwise."""
    return Bill(point, commodity, start, end, calculated_at, False, measurements)


def save(*bills: Bill, sender: str = NORTH, role: Role = Role.GRID_OPERATOR, now: datetime = NOW) -> None:
    """Save the bills of one message."""
    services.save_bills(
        sender=market.party(sender),
        role=role,
        commodity=bills[0].commodity,
        bills=bills,
        paths=[f"bills[{place}]" for place in range(len(bills))],
        now=now,
    )


def later(calculated_at: datetime = CALCULATED, **more: Any) -> Bill:
    """Make the correction of a bill: the same with a timestamp one microsecond later."""
    return bill(calculated_at=calculated_at + timedelta(microseconds=1), **more)


def form(**changes: Any) -> dict[str, Any]:
    """Give a bill as it stands in a message; `changes` are those of its period, or of the whole by their names."""
    period = {
        "calculationTimestamp": "2026-05-02T17:23:07.648663+03:00",
        "containsCalculatedValues": True,
        "measurements": [
            {"day": 10, "direction": "IN", "measurementUnit": "KWH", "night": 10, "total": 20},
            {"day": 20.125, "direction": "OUT", "measurementUnit": "KWH", "total": 40},
        ],
        "periodEnd": "2026-05-01T00:00+03:00",
        "periodStart": "2026-04-01T00:00+03:00",
    }
    whole = {"commodityType": "ELECTRICITY", "meterEic": HOUSE}
    for name, value in changes.items():
        (whole if name in whole else period)[name] = value
    return {**whole, "networkBillPeriod": {name: value for name, value in period.items() if value is not None}}
