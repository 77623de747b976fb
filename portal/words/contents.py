"""The content of a message as people read it: fields with their names, tables, readings with their sums.

What a field holds is shown by what the market calls it (`portal.words`); what is unknown is shown as it stands.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datahub.market import ResourceType
from datahub.market_time import day_of
from distribution.selectors.browse import Told, places_of
from distribution.selectors.content import Missing, contents
from portal.words.fields import FIELDS
from portal.words.labels import label
from portal.words.times import said_number
from portal.words.values import CODE_LISTS, CODES_OF_FIELDS, COORDINATES, INSTANTS, TOLD_FIELDS

# Longer raw contents are cut where they are shown, and whole in the file.
MOST_RAW = 60_000
_MOST_INTERVALS = 400

_POINTS = ("meterEic", "parentMeterEic", "meteringPointEic")


@dataclass(frozen=True, slots=True)
class Fact:
    """A field: its name and what it holds, the `instant` where it is one; `is_point` says that it names a point."""

    name: str
    text: str
    instant: datetime | None = None
    is_code: bool = False
    is_point: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Fields that belong together; `heads` and `rows` are a table of those that repeat."""

    title: str = ""
    facts: Sequence[Fact] = ()
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[Fact]] = ()
    parts: Sequence["Part"] = ()


@dataclass(frozen=True, slots=True)
class Interval:
    """One interval of readings as it was told; quantities are None where none was."""

    start: datetime
    taken: Decimal | None
    given: Decimal | None
    taken_m3: Decimal | None
    given_m3: Decimal | None
    is_estimated: bool


@dataclass(frozen=True, slots=True)
class PointReadings:
    """The readings of a metering point in a message: how many intervals and how much, and the first of them."""

    point: str
    resolutions: str
    count: int
    first: datetime
    last: datetime
    taken: Decimal | None
    given: Decimal | None
    has_volume: bool
    intervals: Sequence[Interval]

    @property
    def first_day(self) -> date:
        """The local day of the first interval."""
        return day_of(self.first)

    @property
    def left_out(self) -> int:
        """How many intervals are not shown."""
        return self.count - len(self.intervals)


@dataclass(frozen=True, slots=True)
class Content:
    """A content, or why it cannot be had (`missing`).

    `raw` is the content as JSON with a line for each field; `is_cut` says that it goes on behind what is shown of it.
    """

    missing: Missing | None = None
    whole: bytes = b""
    raw: str = ""
    is_cut: bool = False
    parts: Sequence[Part] = ()
    readings: Sequence[PointReadings] = ()

    @property
    def points(self) -> Iterator[str]:
        """The codes of the metering points that its fields name."""
        parts = [*self.parts]
        while parts:
            part = parts.pop()
            parts += part.parts
            facts = chain(part.facts, *part.rows)
            yield from (fact.text for fact in facts if fact.is_point)


def whole_contents(messages: Sequence[Told]) -> list[bytes | Missing]:
    """Fetch the contents of messages as JSON, in their order, or why they cannot be had."""
    return [
        found if isinstance(found, Missing) else json.loads(found).encode()
        for some in contents(places_of(messages))
        for found in some
    ]


def content_of(message: Told) -> Content:
    """Fetch a message's content and make it readable."""
    (found,) = whole_contents([message])
    if isinstance(found, Missing):
        return Content(missing=found)
    raw = msgspec.json.format(found, indent=2).decode()
    content = Content(whole=found, raw=raw[:MOST_RAW], is_cut=len(raw) > MOST_RAW)
    said = json.loads(found, parse_float=Decimal)
    if message.resource_type is ResourceType.METERING_DATA:
        return replace(content, readings=[*readings_of(said)])
    things = said if isinstance(said, list) else [said]
    return replace(content, parts=[_part(thing) for thing in things])


def summaries(messages: Sequence[Told]) -> dict[int, tuple[str, str] | Missing]:
    """Say of messages, by id, which point and which thing each is about, or why that cannot be known."""
    return {
        message.id: found if isinstance(found, Missing) else _summary(message.resource_type, found)
        for message, found in zip(messages, whole_contents(messages), strict=True)
    }


def _summary(kind: ResourceType, content: bytes) -> tuple[str, str]:
    said = msgspec.json.decode(content)
    things: list[dict[str, Any]] = said if isinstance(said, list) else [said]
    first = things[0] if things else {}
    match kind:
        case ResourceType.METERING_POINT:
            place = first.get("meterLocation") or {}
            words = [place.get(name) for name in ("streetAddress", "locality", "municipality")]
            return first.get("meteringPoint", first).get("meterEic", ""), ", ".join(word for word in words if word)
        case ResourceType.AGREEMENT:
            return first.get("meterEic", ""), label(first.get("agreementType", ""), "AgreementType")
        case ResourceType.METERING_DATA:
            count = sum(len(period["aI"]) for thing in things for period in thing["periods"])
            intervals = ngettext("%(count)s interval", "%(count)s intervals", count) % {"count": count}
            return first.get("meterEic", ""), intervals
        case ResourceType.NETWORK_BILL:
            bills = ngettext("%(count)s bill", "%(count)s bills", len(things)) % {"count": len(things)}
            return first.get("meterEic", ""), bills if len(things) > 1 else ""
        case ResourceType.CUSTOMER_DATA:
            return "", first.get("customerEic", "")
    return first.get("meteringPointEic", ""), first.get("ownerCustomerEic", "")


def _name(key: str) -> str:
    return str(TOLD_FIELDS.get(key) or FIELDS.get(key) or key)


def _part(thing: Mapping[str, Any], title: str = "") -> Part:
    facts, parts, heads, rows = [], [], [], []
    for key, value in thing.items():
        if isinstance(value, dict):
            parts.append(_part(value, _name(key)))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            heads = [*dict.fromkeys(name for row in value for name in row)]
            rows = [[_fact(name, row.get(name)) for name in heads] for row in value]
            parts.append(Part(_name(key), heads=[_name(name) for name in heads], rows=rows))
        else:
            facts.append(_fact(key, value))
    return Part(title, facts, parts=parts)


def _fact(key: str, value: Any) -> Fact:
    name, text = _name(key), "" if value is None else str(value)
    if key in INSTANTS and text:
        return Fact(name, text, instant=datetime.fromisoformat(text))
    if isinstance(value, bool):
        text = _("Yes") if value else _("No")
    elif isinstance(value, list):
        text = ", ".join(str(one) for one in value)
    elif key in CODE_LISTS:
        text = label(text, CODE_LISTS[key])
    elif key in CODES_OF_FIELDS:
        text = str(CODES_OF_FIELDS[key].get(text, text))
    elif isinstance(value, Decimal):
        text = said_number(value, is_grouped=key not in COORDINATES)
    return Fact(name, text, is_code=key.endswith("Eic"), is_point=key in _POINTS and bool(text))


def readings_of(said: Sequence[Mapping[str, Any]]) -> Iterator[PointReadings]:
    """Make readings readable: elements of a message, or of what is answered to a search, numbers as Decimal."""
    room = _MOST_INTERVALS
    for element in said:
        intervals = [_interval(one) for period in element["periods"] for one in period["aI"]]
        if not intervals:
            continue
        taken = [one.taken for one in intervals if one.taken is not None]
        given = [one.given for one in intervals if one.given is not None]
        yield PointReadings(
            point=element["meterEic"],
            resolutions=", ".join(dict.fromkeys(label(period["r"], "Resolution") for period in element["periods"])),
            count=len(intervals),
            first=intervals[0].start,
            last=intervals[-1].start,
            taken=sum(taken, Decimal(0)) if taken else None,
            given=sum(given, Decimal(0)) if given else None,
            has_volume=any(one.taken_m3 is not None or one.given_m3 is not None for one in intervals),
            intervals=intervals[:room],
        )
        room = max(room - len(intervals), 0)


def _interval(said: Mapping[str, Any]) -> Interval:
    taken, given = said.get("outQty") or {}, said.get("inQty") or {}
    return Interval(
        datetime.fromisoformat(said["pS"]),
        _exact(taken.get("kwh")),
        _exact(given.get("kwh")),
        _exact(taken.get("m3")),
        _exact(given.get("m3")),
        "E" in (taken.get("rType"), given.get("rType")),
    )


def _exact(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)
