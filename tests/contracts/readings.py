"""Messages of readings as a grid operator's system makes them, and what a recipient's system reads out of contents."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.contracts.market import local_midnight

STEPS = {"PT15M": timedelta(minutes=15), "PT1H": timedelta(hours=1)}


@dataclass(frozen=True)
class Reading:
    """One direction of one interval; `value` in kWh, exact."""

    point: str
    start: datetime
    direction: str
    value: Decimal
    kind: str
    read_at: datetime | None = None


def intervals(first: date, last: date, resolution: str = "PT15M") -> list[datetime]:
    """Give the starts of all intervals of the local days from the first to the last, both included."""
    start, end = local_midnight(first), local_midnight(last + timedelta(days=1))
    step = STEPS[resolution]
    return [start + step * n for n in range(int((end - start) / step))]


def iso(instant: datetime) -> str:
    """Write an instant in UTC."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def made(
    point: str, starts: Iterable[datetime], *, seed: int = 0, read_at: datetime | None = None, both: bool = True
) -> list[Reading]:
    """Make readings whose values say which interval, direction and seed they belong to."""
    found = []
    for start in starts:
        for number, direction in enumerate(("in", "out") if both else ("out",)):
            thousandths = (int(start.timestamp()) // 900 * 7 + number * 3 + seed * 13) % 99_999
            kind = "E" if thousandths % 5 == 0 else "M"
            found.append(Reading(point, start, direction, Decimal(thousandths) / 1000, kind, read_at))
    return found


def message(readings: Sequence[Reading], resolution: str = "PT15M") -> list[dict[str, Any]]:
    """Make the `meterData` of a message: an element for each point, the readings in their order."""
    points: dict[str, dict[datetime, dict[str, Any]]] = {}
    for reading in readings:
        interval = points.setdefault(reading.point, {}).setdefault(reading.start, {"pS": iso(reading.start)})
        quantity: dict[str, Any] = {"rType": reading.kind, "kwh": float(reading.value)}
        if reading.read_at is not None:
            quantity["rTime"] = reading.read_at.astimezone(UTC).isoformat()
        interval[f"{reading.direction}Qty"] = quantity
    return [
        {"meterEic": point, "periods": [{"r": resolution, "aI": list(found.values())}]}
        for point, found in points.items()
    ]


def read(elements: Iterable[dict[str, Any]]) -> list[Reading]:
    """Read the readings out of `meterData`; numbers must be `Decimal`."""
    return [
        Reading(
            point=element["meterEic"],
            start=datetime.fromisoformat(interval["pS"]).astimezone(UTC),
            direction=direction,
            value=interval[f"{direction}Qty"]["kwh"],
            kind=interval[f"{direction}Qty"]["rType"],
            read_at=datetime.fromisoformat(interval[f"{direction}Qty"]["rTime"]).astimezone(UTC),
        )
        for element in elements
        for period in element["periods"]
        for interval in period["aI"]
        for direction in ("in", "out")
        if f"{direction}Qty" in interval
    ]


def read_content(content: str) -> list[Reading]:
    """Read the readings out of the content of a METERING_DATA message."""
    return read(json.loads(content, parse_float=Decimal, parse_int=Decimal))


def plain(readings: Iterable[Reading]) -> Counter[tuple[str, datetime, str, Decimal, str]]:
    """Count readings without their reading times, which the hub adds where the sender left them out."""
    return Counter((r.point, r.start, r.direction, r.value, r.kind) for r in readings)
