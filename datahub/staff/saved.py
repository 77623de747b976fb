"""Whose data stands in what a save changed, as it is kept with its unit: for the staff's pages.

Each kind of change has the form of who saves it; what names neither a point nor a customer is of nobody's data. A unit
that nobody could tell, since something is missing in it, is the very one that staff look at.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from datahub.market import ResourceType
from datahub.periods import Period
from datahub.staff.looks import Look, Of

# Other lanes name agreements without a point, or what has no code.
_CODE = re.compile(r"[0-9]{2}([XZ])[A-Z0-9-]{13}")


def looks_at_lanes(lanes: Iterable[str]) -> Iterator[Look]:
    """Say of whom it tells that a save was about something: a metering point, or a party that may be a customer."""
    for lane in lanes:
        code = _CODE.fullmatch(lane)
        if code and code[1] == "Z":
            yield Look(Of.POINTS, lane)
        elif code:
            yield Look(Of.CUSTOMERS, customer_eic=lane, as_written=True)


def looks_at_changes(changes: Iterable[Mapping[str, Any]]) -> Iterator[Look]:
    """Say of whom the changes of a unit tell."""
    for change in changes:
        of_kind = _OF_KINDS.get(change["resource_type"])
        for side in filter(None, (change.get("before"), change.get("after"))):
            if of_kind is not None:
                yield from of_kind(change["object_key"], side)


def _of_point(key: str, side: Mapping[str, Any]) -> Iterator[Look]:
    yield Look(Of.POINTS, key)


def _of_agreement(key: str, side: Mapping[str, Any]) -> Iterator[Look]:
    if point := side.get("point_eic"):
        yield Look(Of.AGREEMENTS, point, side.get("customer_eic", ""))


def _of_readings(key: str, side: Mapping[str, Any]) -> Iterator[Look]:
    for point, start, end, *_ in side.get("points", ()):
        yield Look(Of.READINGS, point, period=Period(_instant(start), _instant(end)))


def _instant(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)


def _of_bills(key: str, side: Mapping[str, Any]) -> Iterator[Look]:
    for bill in side.get("bills", ()):
        period = Period(datetime.fromisoformat(bill["from"]), datetime.fromisoformat(bill["to"]))
        yield Look(Of.BILLS, key, period=period)


def _of_customer(key: str, side: Mapping[str, Any]) -> Iterator[Look]:
    yield Look(Of.CUSTOMERS, customer_eic=key)


def _of_authorization(key: str, side: Mapping[str, Any]) -> Iterator[Look]:
    yield Look(Of.AUTHORIZATIONS, side.get("point", ""), side.get("customer", ""))


_OF_KINDS = {
    ResourceType.METERING_POINT: _of_point,
    ResourceType.AGREEMENT: _of_agreement,
    ResourceType.METERING_DATA: _of_readings,
    ResourceType.NETWORK_BILL: _of_bills,
    ResourceType.CUSTOMER_DATA: _of_customer,
    ResourceType.PERMISSION: _of_authorization,
}
