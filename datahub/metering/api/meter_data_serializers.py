"""Bodies and answers of the services of readings. Source: `2-wire.md`, `/meter-data…`."""

from typing import Any

from rest_framework import serializers

from datahub.errors import DomainError, Fault, codes, fault
from datahub.market import Commodity, DocumentStatus, ReadingType, Resolution
from datahub.parties import eic
from datahub.wire.encode import instant
from datahub.wire.fields import Body, CodeField, EicField, ExactDecimalField, InstantField, PageAnswer, PaginationField

MAX_INTERVALS_ON_A_PAGE = 35_136


class Quantity(Body):
    """The energy of an interval in one direction."""

    rTime = InstantField(required=False, help_text="When it was read; left out: the moment of arrival.")
    rType = CodeField(ReadingType, help_text="E estimated, M metered.")
    kwh = ExactDecimalField(12, 3, min_value=0)
    m3 = ExactDecimalField(12, 3, min_value=0, required=False, help_text="Gas only.")


class Interval(Body):
    """One interval: at least one of the two directions."""

    pS = InstantField(help_text="The start of the interval.")
    inQty = Quantity(required=False, help_text="Into the grid: production.")
    outQty = Quantity(required=False, help_text="Taken from the grid: consumption.")


class ReadingPeriod(Body):
    """Intervals of one resolution."""

    r = CodeField(Resolution)
    aI = Interval(many=True, allow_empty=False)


class MeterReadings(Body):
    """The readings of one metering point."""

    meterEic = EicField(kind=eic.METERING_POINT)
    periods = ReadingPeriod(many=True, allow_empty=False)


class MeterDataMessage(Body):
    """A message of readings: several points and periods, at most 36,500 intervals."""

    meterData = MeterReadings(many=True, allow_empty=False)


class MeterDataAccepted(Body):
    """The identification under which the status is found."""

    originalDocumentIdentification = serializers.UUIDField()


class MeterDataSearch(Body):
    """Which readings are asked for."""

    meterEic = EicField(kind=eic.METERING_POINT)
    periodStart = InstantField()
    periodEnd = InstantField()
    pagination = PaginationField(max_size=MAX_INTERVALS_ON_A_PAGE, help_text="pageSize counts intervals.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that the period has a length."""
        start, end = attrs["periodStart"], attrs["periodEnd"]
        if start >= end:
            found = fault(codes.FROM_NOT_BEFORE_TO, "periodStart", instant(start), "periodEnd", instant(end))
            raise DomainError([found])
        return attrs


class MeterDataFound(Body):
    """A page of readings by start, each interval in its resolution's period."""

    meterEic = EicField(kind=eic.METERING_POINT)
    commodityType = CodeField(Commodity)
    periods = ReadingPeriod(many=True)
    pagination = PageAnswer()


class StatusAttributes(Body):
    """Which documents are asked for: by identification, by time of arrival (at most 30 days), or both."""

    originalDocumentIdentification = serializers.UUIDField(required=False)
    createdTimeFrom = InstantField(required=False)
    createdTimeTo = InstantField(required=False)
    status = CodeField(DocumentStatus, required=False)


class MeterDataStatusSearch(Body):
    """Which documents are asked for."""

    meterDataStatusAttributes = StatusAttributes()
    pagination = PaginationField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that something narrows the search, and how long the time is."""
        faults = _status_faults(attrs["meterDataStatusAttributes"])
        if faults:
            raise DomainError(faults)
        return attrs


def _status_faults(asked: dict[str, Any]) -> list[Fault]:
    path = "meterDataStatusAttributes."
    start, end = asked.get("createdTimeFrom"), asked.get("createdTimeTo")
    if (start is None) != (end is None):
        return [fault(codes.MISSING, path + ("createdTimeFrom" if start is None else "createdTimeTo"))]
    if start is None or end is None:
        if asked.get("originalDocumentIdentification") is None:
            either = f"{path}originalDocumentIdentification, or {path}createdTimeFrom and {path}createdTimeTo,"
            return [fault(codes.MISSING, either)]
        return []
    if start >= end:
        return [
            fault(
                codes.FROM_NOT_BEFORE_TO, path + "createdTimeFrom", instant(start), path + "createdTimeTo", instant(end)
            )
        ]
    if (end - start).total_seconds() > MAX_STATUS_SECONDS:
        return [fault(codes.STATUS_INTERVAL_TOO_LONG, path + "createdTimeFrom", path + "createdTimeTo", 30)]
    return []


# 30 local days may hold one hour more than 720.
MAX_STATUS_SECONDS = (30 * 24 + 1) * 3600


class StatusError(Body):
    """One fault; without pS it concerns all of the point in the message, without meterEic the whole message."""

    meterEic = EicField(kind=eic.METERING_POINT, required=False)
    pS = InstantField(required=False)
    code = serializers.CharField()
    message = serializers.CharField()


class MeterDataStatus(Body):
    """How far a document is."""

    originalDocumentIdentification = serializers.UUIDField()
    senderEic = EicField(kind=eic.PARTY)
    createdTime = InstantField()
    status = CodeField(DocumentStatus)
    statusMessage = serializers.CharField(allow_blank=True)
    errors = StatusError(many=True)  # type: ignore[assignment]  # the wire calls it so


class MeterDataStatusFound(Body):
    """Documents by arrival, then in the order of their acceptance."""

    meterDataStatuses = MeterDataStatus(many=True)
    pagination = PageAnswer()
