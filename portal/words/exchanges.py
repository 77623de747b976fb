"""What a step of an exchange changed, in words: for its two sides, and for staff. Source: `4-exchanges.md`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from connections.rules.states import AnsweredState, RefusalReason, RequestedState, RequestReason
from enquiries.rules import ReferenceType, Status, Topic
from portal.words.fields import FIELDS
from portal.words.labels import label
from portal.words.times import said_day

# The code list of a field's values, by the field as history names it.
_CODES: Mapping[str, type[StrEnum]] = {
    "topic": Topic,
    "requestStatus": Status,
    "requestedConnectionState": RequestedState,
    "requestReason": RequestReason,
    "responseConnectionState": AnsweredState,
    "responseReason": RefusalReason,
}
_DONE = (AnsweredState.CONNECTED, AnsweredState.DISCONNECTED)
_DAYS = ("preferredDate", "estimatedDate")
_CODES_OF_PLACE = ("meterEic", "customerEic", "receiverEic")
_COMMENTS = ("requestComment", "responseComment")
# What was asked comes first, what was written last; other fields stand between, as they are kept.
_FIRST = ("topic", "requestedConnectionState", "requestReason", "responseConnectionState", "responseReason")

# By field, the value before and after.
Changes = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Changed:
    """A field before and after a step, in words; empty where nothing stood. `is_text`: somebody wrote it."""

    name: str
    label: str
    before: str
    after: str
    is_text: bool
    is_code: bool


def changed_fields(
    changes: Changes, *, labels: Mapping[str, str] | None = None, operators: Mapping[str, str] | None = None
) -> list[Changed]:
    """Give what a step changed, as it is kept with the step, in words.

    `labels` are what its own forms call fields that have other words elsewhere; `operators` the names of grid
    operators by their codes.
    """
    names = operators or {}
    return [
        Changed(
            name=name,
            label=(labels or {}).get(name) or _label(name, changes),
            before=_named(name, before, names),
            after=_named(name, after, names),
            is_text=name in _COMMENTS,
            is_code=name in _CODES_OF_PLACE and after not in names,
        )
        for name, (before, after) in sorted(changes.items(), key=lambda change: _place(change[0]))
    ]


def _place(name: str) -> int:
    if name in _FIRST:
        return _FIRST.index(name)
    return len(_FIRST) + (1 + _COMMENTS.index(name) if name in _COMMENTS else 0)


def _label(name: str, changes: Changes) -> str:
    """Give what a field is called in a step: of what is done the date is no plan any more."""
    answered = changes.get("responseConnectionState", [None, None])[1]
    if name == "estimatedDate" and answered in _DONE:
        return _("Date done")
    return str(FIELDS.get(name, name))


def _named(name: str, value: Any, operators: Mapping[str, str]) -> str:
    return operators[value] if name == "receiverEic" and value in operators else _said(name, value)


def _said(name: str, value: Any) -> str:
    if not value:
        return ""
    if name in _CODES:
        return label(str(value), _CODES[name])
    if name in _DAYS:
        return said_day(date.fromisoformat(value))
    if isinstance(value, Mapping):
        kind, number = label(str(value["referenceType"]), ReferenceType), value["referenceValue"]
        return f"{kind} {number}"
    return str(value)
