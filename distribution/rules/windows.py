"""What may be scanned at once. Source: seed 004, "Scanning data updates"; `3-distribution.md`, "Scanning"."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from datahub.errors import Fault, codes, fault
from datahub.market import ResourceType

MAX_IDS = 10_000
MAX_HOURS = {ResourceType.METERING_DATA: 1}
_MAX_HOURS_OF_OTHERS = 24


def window_faults(fields: Mapping[str, Any], *, path: str) -> list[Fault]:
    """Give everything wrong with a window: its ends `createdTimeFrom`, `createdTimeTo`, `idFrom`, `idTo` and its type.

    Times are aware datetimes; ends may be absent or None. `path` is that of the object that holds them.
    """
    created = fields.get("createdTimeFrom"), fields.get("createdTimeTo")
    ids = fields.get("idFrom"), fields.get("idTo")
    if created == ids == (None, None):
        return [fault(codes.ID_RANGE_OR_TIME_REQUIRED, path)]
    faults = _together(path, "createdTimeFrom", "createdTimeTo", created)
    faults += _together(path, "idFrom", "idTo", ids)
    if created[0] is not None and created[1] is not None:
        faults += _times(path, created[0], created[1], fields["resourceType"])
    return faults + _ids(path, *ids)


def _together(path: str, first: str, last: str, ends: tuple[Any, Any]) -> list[Fault]:
    if (ends[0] is None) == (ends[1] is None):
        return []
    given, missing = (last, first) if ends[0] is None else (first, last)
    return [fault(codes.PROVIDE_BOTH_ENDS, f"{path}.{missing}", f"{path}.{given}")]


def _times(path: str, start: datetime, end: datetime, resource_type: ResourceType) -> list[Fault]:
    names = f"{path}.createdTimeFrom", f"{path}.createdTimeTo"
    if start > end:
        return [fault(codes.FROM_NOT_BEFORE_TO, names[0], start, names[1], end)]
    hours = MAX_HOURS.get(resource_type, _MAX_HOURS_OF_OTHERS)
    if end - start <= timedelta(hours=hours):
        return []
    code = codes.CREATED_TIME_MAX_ONE_HOUR if hours == 1 else codes.CREATED_TIME_MAX_ONE_DAY
    return [fault(code, names[0], start, names[1], end, resource_type)]


def _ids(path: str, first: int | None, last: int | None) -> list[Fault]:
    names = f"{path}.idFrom", f"{path}.idTo"
    negative = [
        fault(codes.ID_NEGATIVE, name, value)
        for name, value in zip(names, (first, last), strict=True)
        if value is not None and value < 0
    ]
    if negative or first is None or last is None:
        return negative
    if first > last:
        return [fault(codes.ID_FROM_BIGGER_THAN_TO, names[0], first, names[1], last)]
    if last - first > MAX_IDS:
        return [fault(codes.ID_RANGE_TOO_LARGE, names[0], names[1], last - first, MAX_IDS)]
    return []
