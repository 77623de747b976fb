"""What a save changed, in words, whatever it saved: for staff, who look at units and versions of all kinds.

Snapshots are those of `datahub.outbox.changes`, some with the names of the wire, some with those of the columns. What
has no words is shown as it stands.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from datahub.agreements.rules.consequences import Action
from datahub.market import ResourceType
from portal.words.fields import FIELDS
from portal.words.labels import label
from portal.words.times import said_instant, said_number
from portal.words.values import CODE_LISTS, COORDINATES, INSTANTS, TOLD_FIELDS

# Of a document's points so many are named.
_MOST_POINTS = 50
_INSTANTS = (*INSTANTS, "originalValidTo", "receivedAt", "subjectFrom", "subjectTo", "until")
_NAMES: Mapping[str, str | Promise] = {
    "bills": _("Network bill"),
    "changed": _("Changed values"),
    "document": _("Document"),
    "lost": _("Replaced by newer readings"),
    "measurements": _("Quantities"),
    "participantType": _("Type of participant"),
    "parentPointEic": FIELDS["parentMeterEic"],
    "point": FIELDS["meterEic"],
    "pointEic": FIELDS["meterEic"],
    "points": _("Readings"),
    "providers": _("Service provider"),
    "until": FIELDS["validTo"],
}
_CODES: Mapping[str, str | None] = {
    **CODE_LISTS,
    "changed": "MetadataType",
    "commodity": "Commodity",
    "customerRole": "Role",
    "participantType": None,
    "role": "Role",
    "serviceProviderRole": "Role",
    "type": None,
}
# The object's own number is its key, and a bill names its period itself.
_LEFT_OUT = ("id", "from", "to")

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A field before and after a save, in words; empty where nothing stood."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class SavedChange:
    """One change of a unit: of what, why, and what it was before and after."""

    title: str
    changes: list[Difference]


def saved_changes(kept: list[Mapping[str, Any]]) -> list[SavedChange]:
    """Give the changes of a unit, as they are kept with it, in words."""
    return [
        SavedChange(
            " · ".join(
                [label(one["resource_type"], ResourceType), label(one["reason"], Action), str(one["object_key"])]
            ),
            differences(one["before"], one["after"]),
        )
        for one in kept
    ]


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[Difference]:
    """Give what differs between two snapshots, in their order; None where nothing stood."""
    was, became = dict(_leaves(before or {})), dict(_leaves(after or {}))
    return [
        Difference(_name(path), was.get(path, ""), became.get(path, ""))
        for path in dict.fromkeys([*became, *was])
        if was.get(path, "") != became.get(path, "")
    ]


def _leaves(saved: Mapping[str, Any], above: Path = ()) -> Iterator[tuple[Path, str]]:
    """Give every value of a snapshot in words, by where it stands."""
    for key, value in saved.items():
        path = (*above, key)
        if key in _LEFT_OUT and not above:
            continue
        if key == "bills":
            # A bill is kept as it is told.
            for number, bill in enumerate(value):
                yield from _leaves(json.loads(bill["bill"], parse_float=Decimal), (*path, str(number)))
        elif key == "points" and isinstance(value, list):
            yield from _points(value, path)
        elif key == "lost":
            yield path, json.dumps(value) if value else ""
        elif isinstance(value, Mapping):
            yield from _leaves(value, path)
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            for number, row in enumerate(value):
                parts = [f"{_name((name,))}: {said}" for (name, *_more), said in _leaves(row, ()) if said]
                yield (*path, str(number)), "; ".join(parts)
        else:
            yield path, _said(key, value)


def _points(spans: list[Any], path: Path) -> Iterator[tuple[Path, str]]:
    """Give, by point, the time of the readings that a document brought."""
    for eic, start, end, *_flags in spans[:_MOST_POINTS]:
        yield (*path, eic), f"{_moment(start)} – {_moment(end)}"
    if (more := len(spans) - _MOST_POINTS) > 0:
        yield path, ngettext("and %(count)s more", "and %(count)s more", more) % {"count": more}


def _moment(epoch: int) -> str:
    return said_instant(datetime.fromtimestamp(epoch, UTC), exact=False)


def _name(path: Path) -> str:
    """Give what a field is called; of one of several rows what they are called together."""
    key = path[-2] if path[-1].isdecimal() and len(path) > 1 else path[-1]
    wire = _wire(key)
    known = _NAMES.get(wire) or FIELDS.get(wire) or TOLD_FIELDS.get(wire)
    return str(known or capfirst(gettext(key.replace("_", " "))))


def _wire(key: str) -> str:
    """Give the name of a column as the wire would have it."""
    first, *rest = key.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _said(key: str, value: Any) -> str:
    name = _wire(key)
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, list):
        return ", ".join(_said(key, one) for one in value)
    if isinstance(value, float | Decimal):
        return said_number(value, is_grouped=name not in COORDINATES)
    text = str(value)
    if name in _CODES:
        return label(text, _CODES[name])
    return said_instant(datetime.fromisoformat(text)) if name in _INSTANTS else text
