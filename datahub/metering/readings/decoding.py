"""Messages of readings decoded: at the door for their shape, by the worker for their values.

Long messages are read as tables where all intervals are laid out alike (`plain`), and as objects where not; both ways
give the same. Source: `1-market.md`, "Readings".
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
from msgspec import UNSET

from datahub.errors import DomainError, Fault, codes, refuse
from datahub.metering.readings import columns, exact, plain, shape, times
from datahub.metering.readings.columns import Columns
from datahub.metering.readings.structs import DECODER, NAMED_DECODER, PERIODS_DECODER, Element, Interval, Message
from datahub.parties import eic

# 365 points on the day of 25 hours, in quarter-hours.
MAX_INTERVALS = 36_500
# Each interval may stand in an element and a period of its own and has at most two quantities.
_MAX_OBJECTS = 5 * MAX_INTERVALS + 2
_MAX_CONTEXT_BYTES = 10_000


# Short ones are read sooner as objects.
_LONG_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Decoded:
    """A message's values; `texts` are its numbers that columns may not hold exactly (`exact.texts_of`).

    `with_null` are the numbers of the elements in which something that may be left out stands as `null`.
    """

    columns: Columns
    texts: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    with_null: Collection[int] = ()


@lru_cache(maxsize=200_000)
def _eic_fault(code: str) -> Fault | None:
    return eic.check(code, kind=eic.METERING_POINT, path="")


def check_shape(body: bytes) -> Any:
    """Give the context as it was sent (None if there is none) of a message whose shape is right.

    DomainError (400) with every fault of the shape, each with its path: `meterData[3].periods[0].aI[17].pS`.
    """
    text = np.frombuffer(body, np.uint8)
    objects = int(np.count_nonzero(text == ord("{")))
    if objects > _MAX_OBJECTS:
        raise refuse(codes.TOO_MANY_ENTRIES, "meterData", f"more than {MAX_INTERVALS}", f"{MAX_INTERVALS} intervals")
    as_tables = _read_plain(body)
    message = as_tables[0] if as_tables else _message(body)
    if message is not None:
        return _context(message)
    faults = shape.faults_of(body, max_intervals=MAX_INTERVALS)
    if faults:
        raise DomainError(faults)
    try:
        return _context(DECODER.decode(body))
    except msgspec.MsgspecError as error:
        raise refuse(codes.UNPARSEABLE, "the body", error) from error


def _read_plain(body: bytes) -> tuple[Message, Columns] | None:
    """Give what is around the elements of a long message, and its columns; None if it must be read as objects.

    Where this gives anything, the message's shape is right.
    """
    found = plain.read(body) if len(body) >= _LONG_BYTES else None
    if found is None or len(found.columns.start) > MAX_INTERVALS or any(map(_eic_fault, found.columns.eics)):
        return None
    around = found.around
    try:
        message = DECODER.decode(around)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None
    if b"\\" in around or around.count(b'"') != _expected_quotes(message, []):
        return None
    # What was found stands where the elements of a message stand, and not in the context, say, beside others.
    is_there = around.count(plain.ELEMENTS.encode()) == 1
    is_there = is_there and [element.meterEic for element in message.meterData] == [plain.ELEMENTS]
    return (message, found.columns) if is_there else None


def _message(body: bytes) -> Message | None:
    """Give a message whose shape is right; None if something is wrong with it, or may be."""
    try:
        message = DECODER.decode(body)
        intervals = columns.intervals_of(message.meterData)
        # The decoder takes the last of two fields of the same name; what is sent on would still hold the other.
        is_plain = b"\\" not in body and body.count(b'"') == _expected_quotes(message, intervals)
        return message if is_plain and not _is_wrong(message, intervals) else None
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None


def read(body: bytes) -> Decoded:
    """Give the values of a body that has passed the door."""
    as_tables = _read_plain(body)
    if as_tables is not None:
        return Decoded(as_tables[1])
    elements = DECODER.decode(body).meterData
    with_null = columns.elements_with_null(elements) if b"null" in body else ()
    return Decoded(columns.make(elements), exact.texts_of(body), with_null)


def elements_at(body: bytes, eics: Collection[str]) -> list[Element]:
    """Give the elements of some metering points, of a body that has passed the door."""
    named = NAMED_DECODER.decode(body).meterData
    return [Element(one.meterEic, PERIODS_DECODER.decode(one.periods)) for one in named if one.meterEic in eics]


def _context(message: Message) -> Any:
    raw = message.marketParticipantContext
    if raw is UNSET:
        return None
    if len(raw) > _MAX_CONTEXT_BYTES:
        raise refuse(codes.TOO_BIG, "marketParticipantContext", f"{len(raw)} bytes", f"{_MAX_CONTEXT_BYTES} bytes")
    # The decoder would take the last of two fields of the same name.
    return shape.read_json(bytes(raw))


def _is_wrong(message: Message, intervals: Sequence[Interval]) -> bool:
    """Tell whether something is wrong that the decoder does not see; ValueError for a time that is none."""
    elements = message.meterData
    if not elements or not all(element.periods for element in elements) or len(intervals) > MAX_INTERVALS:
        return True
    if not all(period.aI for element in elements for period in element.periods):
        return True
    if any(_eic_fault(element.meterEic) for element in elements):
        return True
    inward, outward = ([i.inQty for i in intervals], [i.outQty for i in intervals])
    given = columns.given(inward), columns.given(outward)
    if given[0] is not None and given[1] is not None and not (given[0] | given[1]).all():
        return True
    times.parse_all([interval.pS for interval in intervals])
    for cells in (inward, outward):
        texts: list[Any] = [cell.rTime for cell in cells if cell is not UNSET and cell is not None]
        if columns.given(texts) is not None:
            texts = [text for text in texts if text is not UNSET and text is not None]
        times.parse_all(texts)
    return False


def _expected_quotes(message: Message, intervals: Sequence[Interval]) -> int:
    """Count the quotation marks that the body has if each field stands in it once and nothing is escaped."""
    periods = sum(len(element.periods) for element in message.meterData)
    quotes = 2 + 6 * len(message.meterData) + 6 * periods + 4 * len(intervals)
    if message.marketParticipantContext is not UNSET:
        quotes += 2 + bytes(message.marketParticipantContext).count(b'"')
    for cells in ([i.inQty for i in intervals], [i.outQty for i in intervals]):
        quantities: list[Any] = cells
        left_out = cells.count(UNSET)
        quotes += 2 * (len(cells) - left_out)
        if left_out or None in cells:
            quantities = [cell for cell in cells if cell is not UNSET and cell is not None]
        texts: list[Any] = [quantity.rTime for quantity in quantities]
        volumes: list[Any] = [quantity.m3 for quantity in quantities]
        quotes += 6 * len(quantities)
        quotes += 4 * (len(texts) - texts.count(UNSET)) - 2 * texts.count(None)
        quotes += 2 * (len(volumes) - volumes.count(UNSET))
    return quotes
