"""The bodies of `/network-bill…`. Source: `2-wire.md`, "Services"; seed 004, "Network bill"."""

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework import serializers

from datahub.bills import rules
from datahub.errors import DomainError, Fault, codes, fault
from datahub.market import Commodity, Direction, MeasurementUnit
from datahub.parties import eic
from datahub.wire.fields import (
    Body,
    CodeField,
    EicField,
    ExactDecimalField,
    InstantField,
    OneOrManyField,
    PageAnswer,
    PaginationField,
)

MAX_BILLS = 1000
# Two directions in two units are four; more than these are told apart from a mistake at once.
MAX_MEASUREMENTS = 10
_ATTRIBUTES = "networkBillAttributes"


def _quantity(**options: Any) -> ExactDecimalField:
    return ExactDecimalField(15, 3, min_value=0, **options)


class BillMeasurement(Body):
    """A period's energy in one direction and unit; the hub does not add up."""

    direction = CodeField(Direction, help_text="IN: into the grid. OUT: taken from it.")
    measurementUnit = CodeField(MeasurementUnit, help_text="M3 for gas only. Once in each direction.")
    day = _quantity(required=False, help_text="Left out where there is one tariff.")
    night = _quantity(required=False, help_text="Left out where there is one tariff.")
    total = _quantity()


class NetworkBillPeriod(Body):
    """What a bill says of its period, which lies inside the GRID agreement and within one calendar month."""

    calculationTimestamp = InstantField(help_text="A bill of the same period with a later one replaces it.")
    periodStart = InstantField()
    periodEnd = InstantField()
    containsCalculatedValues = serializers.BooleanField()
    measurements = BillMeasurement(many=True, allow_empty=False, max_length=MAX_MEASUREMENTS)  # type: ignore[call-arg]


class NetworkBillTimeSeries(Body):
    """A network bill of one metering point."""

    meterEic = EicField(kind=eic.METERING_POINT)
    commodityType = CodeField(Commodity)
    networkBillPeriod = NetworkBillPeriod()

    def faults_in(self, values: Mapping[str, Any], path: str) -> Iterable[Fault]:
        """Ask for a period with a length within a month, and for units that are the commodity's, once a direction."""
        commodity, period = values.get("commodityType"), values.get("networkBillPeriod") or {}
        start, end = period.get("periodStart"), period.get("periodEnd")
        within = f"{path}.networkBillPeriod"
        if start is not None and end is not None:
            # Where another commodity's month holds it, the commodity may be what is wrong: the service says that.
            found = [rules.period_faults(start, end, one, path=within) for one in Commodity]
            if all(found):
                yield from rules.period_faults(start, end, commodity, path=within) or found[0]
        measurements = [one or {} for one in period.get("measurements") or ()]
        measured = [(one.get("direction"), one.get("measurementUnit")) for one in measurements]
        yield from rules.measurement_faults(measured, commodity, path=within)


class NetworkBills(Body):
    """A bill, or a list of at most 1,000."""

    networkBillTimeSeries = OneOrManyField(NetworkBillTimeSeries, max_length=MAX_BILLS)


class NetworkBillAttributes(Body):
    """Which bills are asked for."""

    meterEic = EicField(kind=eic.METERING_POINT)
    periodStart = InstantField(required=False, help_text="Bills of some time from here on.")
    periodEnd = InstantField(required=False, help_text="Bills of some time before this.")
    direction = CodeField(Direction, required=False, help_text="Bills that have measurements of this direction.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that the period has a length."""
        start, end = attrs.get("periodStart"), attrs.get("periodEnd")
        if start is not None and end is not None and start >= end:
            paths = f"{_ATTRIBUTES}.periodStart", f"{_ATTRIBUTES}.periodEnd"
            raise DomainError([fault(codes.FROM_NOT_BEFORE_TO, paths[0], start, paths[1], end)])
        return attrs


class NetworkBillSearch(Body):
    networkBillAttributes = NetworkBillAttributes()
    pagination = PaginationField()


class NetworkBillSearchAnswer(Body):
    """The bills that stand, by start, then end."""

    networkBillList = NetworkBillTimeSeries(many=True)
    pagination = PageAnswer()
