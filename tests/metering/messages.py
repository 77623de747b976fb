"""Messages of readings for tests, in the form of `POST /meter-data`, and what the hub keeps of them."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from datahub import partitions
from datahub.market import Commodity, Role
from datahub.market_time import day_of, day_start
from datahub.metering.models import MeterDataDocument, MeteringPoint
from datahub.metering.models.readings import DOCUMENT_BODIES, DOCUMENTS, READING_DAYS
from datahub.metering.readings import packing, storage
from datahub.metering.readings.channels import CHANNELS, STEP_SECONDS
from datahub.metering.services import documents
from datahub.parties.models import Party
from tests import cast
from tests.metering import points

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)
DAY = date(2026, 5, 3)
READ_AT = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)
ELECTRICITY, GAS = Commodity.ELECTRICITY, Commodity.NATURAL_GAS


def stamp(moment: datetime) -> str:
    """Write a time as the hub does."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def quantity(kwh: float, *, read_at: datetime | str | None = READ_AT, kind: str = "M", **more: Any) -> dict[str, Any]:
    """Make one quantity; `read_at` None leaves the reading time out."""
    time = read_at.isoformat() if isinstance(read_at, datetime) else read_at
    return {**({"rTime": time} if time is not None else {}), "rType": kind, "kwh": kwh, **more}


def interval_starts(day: date, resolution: str = "PT15M", commodity: Commodity = ELECTRICITY) -> list[datetime]:
    """Give the starts of all intervals of a day."""
    start, end = day_start(day, commodity), day_start(day + timedelta(days=1), commodity)
    if resolution == "P1D":
        return [start]
    step = timedelta(seconds=STEP_SECONDS[resolution])  # type: ignore[index]
    return [start + step * number for number in range((end - start) // step)]


def element(eic: str, *periods: dict[str, Any]) -> dict[str, Any]:
    """Make the readings of one point."""
    return {"meterEic": eic, "periods": list(periods)}


def period(resolution: str, intervals: Iterable[tuple[datetime | str, Any, Any]]) -> dict[str, Any]:
    """Make a period of intervals: start, inQty and outQty, None for what is left out."""
    made = []
    for start, inward, outward in intervals:
        one: dict[str, Any] = {"pS": start if isinstance(start, str) else stamp(start)}
        if inward is not None:
            one["inQty"] = inward
        if outward is not None:
            one["outQty"] = outward
        made.append(one)
    return {"r": resolution, "aI": made}


def whole_day(
    eic: str,
    day: date = DAY,
    resolution: str = "PT15M",
    *,
    commodity: Commodity = ELECTRICITY,
    amount: Callable[[int], float] = lambda slot: slot / 1000,
    read_at: datetime | str | None = READ_AT,
    kind: str = "M",
) -> dict[str, Any]:
    """Make an element with every interval of a day: 0 in, `amount(slot)` out."""
    return element(
        eic,
        period(
            resolution,
            [
                (start, quantity(0, read_at=read_at, kind=kind), quantity(amount(slot), read_at=read_at, kind=kind))
                for slot, start in enumerate(interval_starts(day, resolution, commodity))
            ],
        ),
    )


def body(*elements: dict[str, Any]) -> bytes:
    """Make the bytes of a message, without a context."""
    return json.dumps({"meterData": list(elements)}, separators=(",", ":")).encode()


def make_room(now: datetime) -> None:
    """Make the partitions that the hub has at a moment."""
    day = now.date()
    for table in (DOCUMENTS, DOCUMENT_BODIES):
        partitions.ensure(table, since=day - timedelta(days=1), until=day + timedelta(days=1))
    partitions.ensure(READING_DAYS, since=day - timedelta(days=400), until=day + timedelta(days=60))


def accept(
    *elements: dict[str, Any],
    sender: Party | None = None,
    role: Role = Role.GRID_OPERATOR,
    commodity: Commodity = ELECTRICITY,
    now: datetime = NOW,
    identification: UUID | None = None,
) -> MeterDataDocument:
    """Accept a message as the door does."""
    make_room(now)
    with transaction.atomic():
        return documents.accept_document(
            sender=sender or cast.participant(cast.GRID_OPERATOR),
            role=role,
            commodity=commodity,
            identification=identification or uuid4(),
            body=body(*elements),
            now=now,
        )


def send(*elements: dict[str, Any], now: datetime = NOW, **options: Any) -> MeterDataDocument:
    """Accept a message and work on all that waits; give the document as it then stands."""
    document = accept(*elements, now=now, **options)
    while documents.work_next_document(now=now):
        pass
    document.refresh_from_db()
    return document


def faults(document: MeterDataDocument) -> list[tuple[str | None, str]]:
    """Give a document's faults: interval, and the code's last part."""
    return [(one["pS"], one["code"].rpartition(".")[2]) for one in document.faults]


def stored(point: MeteringPoint, day: date = DAY) -> dict[str, dict[str, tuple[int, datetime, str]]]:
    """Give a point's stored readings of a day: direction → start → thousandths, reading time, type."""
    rows = storage.read_point(point.pk, day, day)
    if not rows:
        return {}
    block = packing.unpack([rows[0][1]], CHANNELS[Commodity(point.commodity)])
    found: dict[str, dict[str, tuple[int, datetime, str]]] = {}
    starts = interval_starts(day, block.resolution, Commodity(point.commodity))
    for row, name in enumerate(("IN", "OUT", "IN_M3", "OUT_M3")[: len(block.codes)]):
        for slot, start in enumerate(starts):
            if block.present[0, row, slot]:
                found.setdefault(name, {})[stamp(start)] = (
                    int(block.values[0, row, slot]),
                    datetime.fromtimestamp(int(block.times[0, row, slot]) / 1e6, UTC),
                    chr(block.types[0, row, slot]),
                )
    return found


def register_points(count: int, *, owner: str = cast.GRID_OPERATOR, prefix: str = "38ZGO-1") -> list[MeteringPoint]:
    """Register that many metering points with electricity."""
    return [
        points.register(points.changed(points.ELECTRICITY, "meteringPoint.meterEic", eic), owner=owner)
        for eic in points.codes(prefix, count)
    ]


__all__ = ["day_of", "day_start"]
