"""Messages whose intervals are all laid out alike, read as tables of bytes.

Systems write messages by program: every interval has the same names in the same order, with the same blanks, and times
of the same form; they differ in digits, and in how many digits a quantity has. What the first interval looks like is
learned from it, then all others are held against it at once, byte for byte, which takes a third of the time of making
an object of each. Whatever is otherwise in any way is not read here at all: `decoding` then reads it object by object,
and says what is wrong with it, if something is.
"""

import re
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from datahub.metering.readings import times
from datahub.metering.readings.channels import RESOLUTION_CODES
from datahub.metering.readings.columns import Columns, Direction
from datahub.metering.readings.structs import Interval, Quantity

# Stands for all elements where what is around them is looked at.
ELEMENTS = "all the elements"
_IN_THEIR_PLACE = b'{"meterEic":"%s","periods":[]}' % ELEMENTS.encode()
# With more lists of intervals than that the way through them is the longer one.
_MOST_LISTS = 4_000
# Of an interval.
_LONGEST = 1_000
# Numbers of no more characters are doubles without loss (`exact`).
_MOST_CHARACTERS = 15
_QUOTE, _DOT, _ZERO = ord('"'), ord("."), ord("0")
_BLANKS = b" \t\n\r"

_ELEMENT = re.compile(
    rb'[ \t\n\r]*\{[ \t\n\r]*"meterEic"[ \t\n\r]*:[ \t\n\r]*"([A-Z0-9-]{16})"[ \t\n\r]*,'
    rb'[ \t\n\r]*"periods"[ \t\n\r]*:[ \t\n\r]*\['
)
_PERIOD = re.compile(
    rb'[ \t\n\r]*\{[ \t\n\r]*"r"[ \t\n\r]*:[ \t\n\r]*"(PT15M|PT1H|P1D)"[ \t\n\r]*,'
    rb'[ \t\n\r]*"aI"[ \t\n\r]*:[ \t\n\r]*\[[ \t\n\r]*'
)
_CLOSED = re.compile(rb"[ \t\n\r]*\}[ \t\n\r]*([,\]])")
_INTERVAL = re.compile(rb"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")
_BETWEEN = re.compile(rb"[ \t\n\r]*,[ \t\n\r]*")
_QUANTITY = re.compile(rb'"(inQty|outQty)"[ \t\n\r]*:[ \t\n\r]*\{[^{}]*\}')
_VALUE = re.compile(rb'"(pS|rTime|rType|kwh|m3)"[ \t\n\r]*:[ \t\n\r]*(?:"([^"\\]*)"|([0-9][0-9.]*))')
_first_interval = msgspec.json.Decoder(Interval)

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Plain:
    """A message that was read so; `around` is the message with one called `ELEMENTS` in place of its own."""

    columns: Columns
    around: bytes


class _Otherwise(Exception):
    """Something does not look as the first interval does."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where a value of an interval stands: the name, in which quantity ("" in none), and its place in a stretch.

    A number stands behind its stretch and has no place.
    """

    owner: str
    name: str
    stretch: int
    first: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class _Layout:
    """What all intervals look like: stretches of fixed length, with a number between each two of them.

    `between` is what stands between two intervals.
    """

    stretches: list[bytes]
    slots: list[_Slot]
    numbers: list[_Slot]
    between: bytes


@dataclass(frozen=True, slots=True)
class _Lists:
    """The elements' codes and the lists of intervals: of which element, which resolution, from where to where."""

    eics: list[str]
    owners: list[int]
    resolutions: list[int]
    firsts: list[int]
    ends: list[int]
    around: bytes


def read(body: bytes) -> Plain | None:
    """Read a message whose intervals are all laid out alike, and whose quantities are plain numbers; else None."""
    try:
        lists = _lists_of(body)
        layout = _layout_of(body, lists.firsts)
        return Plain(_columns(np.frombuffer(body, np.uint8), lists, layout), lists.around)
    except _Otherwise:
        return None


def _lists_of(body: bytes) -> _Lists:
    """Find the lists of intervals, and make sure of every byte around them but those around the elements."""
    named = body.find(b'"meterEic"')
    begin = body.rfind(b"{", 0, max(named, 0))
    if begin < 0:
        raise _Otherwise
    lists = _Lists([], [], [], [], [], b"")
    at, is_further = begin, True
    while is_further:
        element = _ELEMENT.match(body, at)
        if element is None:
            raise _Otherwise
        at = _periods(body, element.end(), len(lists.eics), lists)
        lists.eics.append(element[1].decode())
        closed = _CLOSED.match(body, at)
        if closed is None:
            raise _Otherwise
        is_further, at, end = closed[1] == b",", closed.end(), closed.end(1) - 1
    return _Lists(
        lists.eics,
        lists.owners,
        lists.resolutions,
        lists.firsts,
        lists.ends,
        body[:begin] + _IN_THEIR_PLACE + body[end:],
    )


def _periods(body: bytes, at: int, owner: int, lists: _Lists) -> int:
    """Note the lists of an element; give the place behind the last of its periods."""
    is_further = True
    while is_further:
        period = _PERIOD.match(body, at)
        if period is None or len(lists.owners) == _MOST_LISTS:
            raise _Otherwise
        end = body.find(b"]", period.end())
        closed = _CLOSED.match(body, end + 1) if end >= 0 else None
        if closed is None:
            raise _Otherwise
        lists.owners.append(owner)
        lists.resolutions.append(RESOLUTION_CODES[_RESOLUTIONS[period[1]]])
        lists.firsts.append(period.end())
        while body[end - 1] in _BLANKS:
            end -= 1
        lists.ends.append(end)
        is_further, at = closed[1] == b",", closed.end()
    return at


def _layout_of(body: bytes, firsts: list[int]) -> _Layout:
    """Learn from the first interval what all of them look like."""
    match = _INTERVAL.match(body, firsts[0], firsts[0] + _LONGEST)
    if match is None or b"\\" in match[0] or b"null" in match[0]:
        raise _Otherwise
    text = match[0]
    owners = {place: one[1].decode() for one in _QUANTITY.finditer(text) for place in range(one.end(1), one.end())}
    stretches: list[bytes] = []
    slots: list[_Slot] = []
    numbers: list[_Slot] = []
    begin = 0
    for value in _VALUE.finditer(text):
        owner, name = owners.get(value.start(), ""), value[1].decode()
        if value[3] is None:
            first, end = value.start(2) - begin, value.end(2) - begin
            slots.append(_Slot(owner, name, len(stretches), first, end))
        else:
            stretches.append(text[begin : value.start(3)])
            numbers.append(_Slot(owner, name, len(numbers)))
            begin = value.end(3)
    stretches.append(text[begin:])
    layout = _Layout(stretches, slots, numbers, _between(body, firsts))
    if not numbers or not _says(layout, text):
        raise _Otherwise
    return layout


def _between(body: bytes, firsts: list[int]) -> bytes:
    """Give what stands between the first two intervals that stand in one list."""
    for first in firsts:
        interval = _INTERVAL.match(body, first, first + _LONGEST)
        between = _BETWEEN.match(body, interval.end()) if interval else None
        if between is not None:
            return between[0]
    return b","


def _says(layout: _Layout, text: bytes) -> bool:
    """Tell whether the layout finds in the first interval just what the decoder finds in it."""
    try:
        decoded = _first_interval.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return False
    found = {"": decoded, "inQty": decoded.inQty, "outQty": decoded.outQty}
    expected = {("", "pS")}
    for owner, quantity in (("inQty", decoded.inQty), ("outQty", decoded.outQty)):
        if isinstance(quantity, Quantity):
            names = ("rTime", "rType", "kwh", "m3")
            expected |= {(owner, name) for name in names if getattr(quantity, name) is not msgspec.UNSET}
    places = [(slot.owner, slot.name) for slot in [*layout.slots, *layout.numbers]]
    if len(places) != len(set(places)) or set(places) != expected or len(expected) == 1:
        return False
    return all(
        layout.stretches[slot.stretch][slot.first : slot.end].decode() == getattr(found[slot.owner], slot.name)
        for slot in layout.slots
    )


def _columns(text: Bytes, lists: _Lists, layout: _Layout) -> Columns:
    counts, starts, ends = _places(text, lists, layout)
    values = _values(text, layout, starts, ends)
    size, owners = len(starts), np.array(lists.owners, np.int64)
    return Columns(
        eics=lists.eics,
        element=np.repeat(owners, counts),
        period=np.repeat(np.arange(len(owners)), counts),
        resolution=np.repeat(np.array(lists.resolutions, np.int64), counts),
        start=values["", "pS"],
        inward=_direction(values, "inQty", size),
        outward=_direction(values, "outQty", size),
    )


def _places(text: Bytes, lists: _Lists, layout: _Layout) -> tuple[Places, Places, list[Places]]:
    """Give how many intervals each list holds, where each interval starts, and where each of its numbers ends."""
    quotes = np.flatnonzero(text == _QUOTE)
    inside = [stretch.count(b'"') for stretch in layout.stretches]
    of_interval = sum(inside)
    firsts, list_ends = np.array(lists.firsts, np.int64), np.array(lists.ends, np.int64)
    low, high = np.searchsorted(quotes, firsts), np.searchsorted(quotes, list_ends)
    counts, rest = np.divmod(high - low, of_interval)
    if rest.any() or not counts.all():
        raise _Otherwise
    before = np.cumsum(counts) - counts
    quote = np.repeat(low - of_interval * before, counts) + of_interval * np.arange(int(counts.sum()))
    starts = quotes[quote] - layout.stretches[0].index(b'"')
    interval_ends = np.empty_like(starts)
    interval_ends[:-1] = starts[1:] - len(layout.between)
    interval_ends[before + counts - 1] = list_ends
    if not np.array_equal(starts[before], firsts):
        raise _Otherwise
    ends = []
    for number, stretch in enumerate(layout.stretches[1:-1], start=1):
        ends.append(quotes[quote + sum(inside[:number])] - stretch.index(b'"'))
    ends.append(interval_ends - len(layout.stretches[-1]))
    between, gaps = np.frombuffer(layout.between, np.uint8), np.delete(interval_ends, before + counts - 1)
    if (sliding_window_view(text, len(between))[gaps] != between).any():
        raise _Otherwise
    return counts, starts, ends


def _values(text: Bytes, layout: _Layout, starts: Places, ends: list[Places]) -> dict[tuple[str, str], NDArray[Any]]:
    """Give the values of all intervals by owner and name, after making sure of every byte beside them."""
    values: dict[tuple[str, str], NDArray[Any]] = {}
    begins = [starts, *ends]
    for number, (stretch, begin) in enumerate(zip(layout.stretches, begins, strict=True)):
        if int(begin.min()) < 0 or int(begin.max()) + len(stretch) > len(text):
            raise _Otherwise
        table = sliding_window_view(text, len(stretch))[begin]
        differs = np.bitwise_or.reduce(table ^ np.frombuffer(stretch, np.uint8), axis=0) > 0
        for slot in layout.slots:
            if slot.stretch == number:
                cells, varies = table[:, slot.first : slot.end], differs[slot.first : slot.end].copy()
                differs[slot.first : slot.end] = False
                read_cells = _kinds(cells) if slot.name == "rType" else times.parse_table(cells, varies)
                if read_cells is None:
                    raise _Otherwise
                values[slot.owner, slot.name] = read_cells
        if differs.any():
            raise _Otherwise
    for slot, begin, stretch, end in zip(layout.numbers, begins, layout.stretches, ends, strict=False):
        values[slot.owner, slot.name] = _numbers(text, begin + len(stretch), end)
    return values


def _numbers(text: Bytes, firsts: Places, ends: Places) -> NDArray[np.float64]:
    """Read JSON numbers of at most fifteen characters without sign and exponent."""
    widths = ends - firsts
    widest = int(widths.max())
    if int(widths.min()) < 1 or widest > _MOST_CHARACTERS:
        raise _Otherwise
    table = np.ascontiguousarray(sliding_window_view(text, widest)[ends - widest].T)
    whole = np.zeros(len(firsts), np.int64)
    decimals = np.zeros(len(firsts), np.int64)
    power = np.ones(len(firsts), np.int64)
    dots = np.zeros(len(firsts), np.uint8)
    for place in range(widest):
        cells = table[widest - 1 - place]
        here = widths > place
        digits = cells - np.uint8(_ZERO)
        is_dot = here & (cells == _DOT)
        is_digit = here & ~is_dot
        if (is_digit & (digits > 9)).any():
            raise _Otherwise
        decimals[is_dot] = place
        dots += is_dot
        whole += np.where(is_digit, digits, 0) * power
        power = np.where(is_digit, power * 10, power)
    last, first = table[widest - 1], text[firsts]
    second = text[firsts + 1]
    if (last == _DOT).any() or (first == _DOT).any() or (dots > 1).any():
        raise _Otherwise
    if ((first == _ZERO) & (widths > 1) & (second != _DOT)).any():
        raise _Otherwise
    # Both are whole numbers that a double holds, so that their quotient is the double that is meant.
    return np.asarray(whole / _POWERS[decimals], np.float64)


def _kinds(cells: Bytes) -> NDArray[np.uint8]:
    if cells.shape[1] != 1 or not ((cells == ord("E")) | (cells == ord("M"))).all():
        raise _Otherwise
    return np.ascontiguousarray(cells[:, 0])


def _direction(values: dict[tuple[str, str], NDArray[Any]], owner: str, size: int) -> Direction:
    is_given = (owner, "kwh") in values
    return Direction(
        present=np.full(size, is_given),
        kwh=values.get((owner, "kwh"), np.zeros(size)),
        m3=values.get((owner, "m3"), np.full(size, np.nan)),
        kind=values.get((owner, "rType"), np.zeros(size, np.uint8)),
        time=values.get((owner, "rTime"), np.full(size, times.MISSING)),
    )


_POWERS = 10.0 ** np.arange(_MOST_CHARACTERS + 1)
_RESOLUTIONS = {code.encode(): code for code in RESOLUTION_CODES}
