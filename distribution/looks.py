"""Whose data stands in a message's content, for the staff's pages: they are noted who read it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from datahub.market import Resolution, ResourceType
from datahub.metering.readings.channels import STEP_SECONDS
from datahub.periods import Period
from datahub.staff.looks import Look, Of


def looks_at_content(kind: ResourceType, content: bytes) -> Iterator[Look]:
    """Say of whom a content tells; what it says of a point is of whose that was in the time of it, else is now."""
    said = msgspec.json.decode(content)
    for one in said if isinstance(said, list) else [said]:
        yield from _OF_KINDS[kind](one)


def _of_point(said: Mapping[str, Any]) -> Iterator[Look]:
    yield Look(Of.POINTS, said["meteringPoint"]["meterEic"])


def _of_agreement(said: Mapping[str, Any]) -> Iterator[Look]:
    if "meterEic" in said:
        # Some are told of an agreement without whose it is.
        yield Look(Of.AGREEMENTS, said["meterEic"], said.get("customerEic", ""))


def _of_readings(said: Mapping[str, Any]) -> Iterator[Look]:
    parts = [_span(period["aI"], period["r"]) for period in said["periods"] if period["aI"]]
    if parts:
        ends = (end for _, end in parts)
        yield Look(Of.READINGS, said["meterEic"], period=Period(min(start for start, _ in parts), max(ends)))


def _span(intervals: Sequence[Mapping[str, Any]], resolution: str) -> tuple[datetime, datetime]:
    starts = [datetime.fromisoformat(interval["pS"]) for interval in intervals]
    return min(starts), max(starts) + timedelta(seconds=STEP_SECONDS[Resolution(resolution)])


def _of_bill(said: Mapping[str, Any]) -> Iterator[Look]:
    of = said["networkBillPeriod"]
    period = Period(datetime.fromisoformat(of["periodStart"]), datetime.fromisoformat(of["periodEnd"]))
    yield Look(Of.BILLS, said["meterEic"], period=period)


def _of_customer(said: Mapping[str, Any]) -> Iterator[Look]:
    yield Look(Of.CUSTOMERS, customer_eic=said["customerEic"])


def _of_authorization(said: Mapping[str, Any]) -> Iterator[Look]:
    yield Look(Of.AUTHORIZATIONS, said["meteringPointEic"], said["ownerCustomerEic"])


_OF_KINDS = {
    ResourceType.METERING_POINT: _of_point,
    ResourceType.AGREEMENT: _of_agreement,
    ResourceType.METERING_DATA: _of_readings,
    ResourceType.NETWORK_BILL: _of_bill,
    ResourceType.CUSTOMER_DATA: _of_customer,
    ResourceType.PERMISSION: _of_authorization,
}
