"""A network bill as a plain fact, and its form on the wire. Source: seed 004, "Network bill"."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import orjson

from datahub.market import Commodity, Direction, MeasurementUnit
from datahub.periods import Period


@dataclass(frozen=True, slots=True)
class Measurement:
    """The energy of a bill's period in one direction and unit, as given: of the day and the night tariff, and in all.

    Who pays one tariff has neither of the two, or the day's alone.
    """

    direction: Direction
    unit: MeasurementUnit
    day: Decimal | None
    total: Decimal
    night: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """One network bill. `calculated_at` is its calculation timestamp, by which a correction is told from a repeat."""

    point_eic: str
    commodity: Commodity
    start: datetime
    end: datetime
    calculated_at: datetime
    contains_calculated_values: bool
    measurements: tuple[Measurement, ...]

    @property
    def period(self) -> Period:
        """The time that it bills."""
        return Period(self.start, self.end)

    @property
    def directions(self) -> list[Direction]:
        """The directions that it has measurements of."""
        return sorted({measurement.direction for measurement in self.measurements})

    def written(self) -> str:
        """Write it as JSON, as it is answered and told: times in UTC, quantities with the digits that were sent."""
        period = {
            "calculationTimestamp": _instant(self.calculated_at),
            "containsCalculatedValues": self.contains_calculated_values,
            "measurements": [_measurement(measurement) for measurement in self.measurements],
            "periodEnd": _instant(self.end),
            "periodStart": _instant(self.start),
        }
        whole = {"commodityType": self.commodity, "meterEic": self.point_eic, "networkBillPeriod": period}
        return orjson.dumps(whole).decode()


def _measurement(measurement: Measurement) -> dict[str, object]:
    fields = {
        "day": None if measurement.day is None else _quantity(measurement.day),
        "direction": measurement.direction,
        "measurementUnit": measurement.unit,
        "night": None if measurement.night is None else _quantity(measurement.night),
        "total": _quantity(measurement.total),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _quantity(quantity: Decimal) -> orjson.Fragment:
    return orjson.Fragment(format(quantity, "f"))


def _instant(moment: datetime) -> str:
    # A fraction of a second may be all by which a correction is later: it stays where there is one.
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
