"""What is said of bills. Written by `tools/write_types.py` from the hub's description, not by hand."""

from typing import NotRequired, TypedDict

from datahub_client.types.codes import CommodityType, Direction, MeasurementUnit
from datahub_client.types.common import PageAnswer
from datahub_client.types.numbers import Number


class BillMeasurement(TypedDict):
    """A period's energy in one direction and unit; the hub does not add up."""

    day: NotRequired[Number]  # Left out where there is one tariff.
    direction: Direction  # IN: into the grid. OUT: taken from it.
    measurementUnit: MeasurementUnit  # M3 for gas only. Once in each direction.
    night: NotRequired[Number]  # Left out where there is one tariff.
    total: Number


class NetworkBillAttributes(TypedDict):
    """Which bills are asked for."""

    direction: NotRequired[Direction]  # Bills that have measurements of this direction.
    meterEic: str
    periodEnd: NotRequired[str]  # Bills of some time before this.
    periodStart: NotRequired[str]  # Bills of some time from here on.


class NetworkBillPeriod(TypedDict):
    """What a bill says of its period, which lies inside the GRID agreement and within one calendar month."""

    calculationTimestamp: str  # A bill of the same period with a later one replaces it.
    containsCalculatedValues: bool
    measurements: list[BillMeasurement]
    periodEnd: str
    periodStart: str


class NetworkBillTimeSeries(TypedDict):
    """A network bill of one metering point."""

    commodityType: CommodityType
    meterEic: str
    networkBillPeriod: NetworkBillPeriod


class NetworkBillSearchAnswer(TypedDict):
    """The bills that stand, by start, then end."""

    networkBillList: list[NetworkBillTimeSeries]
    pagination: PageAnswer


class NetworkBills(TypedDict):
    """A bill, or a list of at most 1,000."""

    networkBillTimeSeries: NetworkBillTimeSeries | list[NetworkBillTimeSeries]
