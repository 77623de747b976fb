"""What is said of readings. Written by `tools/write_types.py` from the hub's description, not by hand."""

from typing import NotRequired, TypedDict

from datahub_client.types.codes import CommodityType, DocumentStatus, ReadingType, Resolution
from datahub_client.types.common import PageAnswer
from datahub_client.types.numbers import Number


class Quantity(TypedDict):
    """The energy of an interval in one direction."""

    kwh: Number
    m3: NotRequired[Number]  # Gas only.
    rTime: NotRequired[str]  # When it was read; left out: the moment of arrival.
    rType: ReadingType  # E estimated, M metered.


class Interval(TypedDict):
    """One interval: at least one of the two directions."""

    inQty: NotRequired[Quantity]  # Into the grid: production.
    outQty: NotRequired[Quantity]  # Taken from the grid: consumption.
    pS: str  # The start of the interval.


class MeterDataAccepted(TypedDict):
    """The identification under which the status is found."""

    originalDocumentIdentification: str


class ReadingPeriod(TypedDict):
    """Intervals of one resolution."""

    aI: list[Interval]
    r: Resolution


class MeterDataFound(TypedDict):
    """A page of readings by start, each interval in its resolution's period."""

    commodityType: CommodityType
    meterEic: str
    pagination: PageAnswer
    periods: list[ReadingPeriod]


class StatusError(TypedDict):
    """One fault; without pS it concerns all of the point in the message, without meterEic the whole message."""

    code: str
    message: str
    meterEic: NotRequired[str]
    pS: NotRequired[str]


class MeterDataStatus(TypedDict):
    """How far a document is."""

    createdTime: str
    errors: list[StatusError]
    originalDocumentIdentification: str
    senderEic: str
    status: DocumentStatus
    statusMessage: str


class MeterDataStatusFound(TypedDict):
    """Documents by arrival, then in the order of their acceptance."""

    meterDataStatuses: list[MeterDataStatus]
    pagination: PageAnswer


class MeterReadings(TypedDict):
    """The readings of one metering point."""

    meterEic: str
    periods: list[ReadingPeriod]


class StatusAttributes(TypedDict):
    """Which documents are asked for: by identification, by time of arrival (at most 30 days), or both."""

    createdTimeFrom: NotRequired[str]
    createdTimeTo: NotRequired[str]
    originalDocumentIdentification: NotRequired[str]
    status: NotRequired[DocumentStatus]
