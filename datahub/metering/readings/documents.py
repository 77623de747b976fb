"""Bodies of accepted documents, whole and in pieces, for those who tell others of them.

An element (`meterData[…]`, the readings of one metering point) is passed on as the bytes that came, where a recipient
may see all of it; otherwise it is cut. Source: `3-distribution.md`, "What each sees".
"""

import threading
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import msgspec
import zstandard
from msgspec import UNSET, Raw, UnsetType

from datahub.market import Commodity, Resolution
from datahub.market_time import day_of, day_start
from datahub.metering.models import DocumentBody
from datahub.metering.readings import times
from datahub.metering.readings.channels import STEP_SECONDS

# Bodies are up to 32 MiB; the worker that tells takes a document's units one after another.
_BODIES_KEPT = 2


class _Codec(threading.local):
    """A compressor and a decompressor for each thread: two threads in one crash the process."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=1)
        self.decompressor = zstandard.ZstdDecompressor()


_codec = _Codec()


class _Elements(msgspec.Struct):
    meterData: list[Raw]


class _Quantity(msgspec.Struct, omit_defaults=True):
    rTime: str | UnsetType | None = UNSET
    rType: Raw | UnsetType = UNSET
    kwh: Raw | UnsetType = UNSET
    m3: Raw | UnsetType = UNSET


class _Interval(msgspec.Struct):
    pS: str
    inQty: _Quantity | UnsetType | None = UNSET
    outQty: _Quantity | UnsetType | None = UNSET


class _Period(msgspec.Struct):
    r: Resolution
    aI: list[_Interval]


class _Element(msgspec.Struct):
    meterEic: str
    periods: list[_Period]


_elements = msgspec.json.Decoder(_Elements)
_element = msgspec.json.Decoder(_Element)
_encoder = msgspec.json.Encoder()


def compress(body: bytes) -> bytes:
    """Compress a body to be kept."""
    return _codec.compressor.compress(body)


def decompress(kept: bytes) -> bytes:
    """Give back a body that was kept."""
    return _codec.decompressor.decompress(kept)


@lru_cache(maxsize=_BODIES_KEPT)
def load_body(document_id: int, received_at: datetime) -> bytes:
    """Give the body of an accepted document as it came; DocumentBody.DoesNotExist after it was removed.

    The moment of arrival leads to the partition, and tells documents apart of which one has the id of another: after
    the database was restored from a backup, ids are given out again.
    """
    bodies = DocumentBody.objects.filter(document_id=document_id, received_at=received_at)
    return decompress(bytes(bodies.values_list("body", flat=True).get()))


def split_elements(body: bytes) -> list[Raw]:
    """Give the bytes of each element of a body, in its order."""
    return _elements.decode(body).meterData


def cut_element(
    element: bytes,
    *,
    periods: Sequence[tuple[datetime, datetime | None]],
    lost: Collection[tuple[int, str]] = frozenset(),
    received_at: datetime,
) -> bytes | None:
    """Give an element with the intervals inside the periods alone, or None if none is left.

    Quantities in `lost` (start of the interval in seconds since 1970, "IN" or "OUT") are left out, and so is what is
    `null`; a reading time that was left out becomes the moment of arrival. Starts and quantities stay as they came.
    An interval counts as inside if all of it lies in one period (or in periods that touch).
    """
    spans = _spans(periods)
    arrival = received_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    cut = _element.decode(element)
    for period in cut.periods:
        kept = []
        for interval in period.aI:
            start = times.parse(interval.pS)
            end = _end(start, period.r)
            if not any(first <= start and end <= last for first, last in spans):
                continue
            interval.inQty = _quantity(interval.inQty, (start // 1_000_000, "IN") in lost, arrival)
            interval.outQty = _quantity(interval.outQty, (start // 1_000_000, "OUT") in lost, arrival)
            if interval.inQty is not UNSET or interval.outQty is not UNSET:
                kept.append(interval)
        period.aI = kept
    cut.periods = [period for period in cut.periods if period.aI]
    return _encoder.encode(cut) if cut.periods else None


def _quantity(quantity: _Quantity | UnsetType | None, is_lost: bool, arrival: str) -> _Quantity | UnsetType:
    if quantity is None or quantity is UNSET or is_lost:
        return UNSET
    assert isinstance(quantity, _Quantity)  # noqa: S101 (mypy does not narrow UNSET away)
    if quantity.rTime is None or quantity.rTime is UNSET:
        quantity.rTime = arrival
    if quantity.m3 is not UNSET and bytes(quantity.m3) == b"null":
        quantity.m3 = UNSET
    return quantity


def _spans(periods: Sequence[tuple[datetime, datetime | None]]) -> list[tuple[int, float]]:
    """Give the periods in microseconds, joined where they touch."""
    joined: list[tuple[int, float]] = []
    edges = [
        (times.to_microseconds(start), float("inf") if end is None else float(times.to_microseconds(end)))
        for start, end in periods
    ]
    for start, end in sorted(edges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _end(start: int, resolution: Resolution) -> int:
    if resolution is not Resolution.P1D:
        return start + STEP_SECONDS[resolution] * 1_000_000
    gas = Commodity.NATURAL_GAS
    day = day_of(times.from_microseconds(start), gas)
    return times.to_microseconds(day_start(day + timedelta(days=1), gas))
