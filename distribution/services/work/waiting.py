"""A unit as it waits to be worked, and what comes of it."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from datahub.outbox.changes import Change
from distribution.rules.about import About
from distribution.rules.facts import Recipient

_TOLD_IN_ORDER = ("DELETE", "UPDATE", "CREATE")


class Told(NamedTuple):
    """One content, packed, for all recipients that share it; `about` says whose data it tells."""

    resource_type: str
    reason: str
    frame: bytes
    recipients: list[Recipient]
    about: list[About]


@dataclass(frozen=True)
class Waiting:
    """A unit as it is claimed. Its changes are read when they are asked for, and may turn out to be unreadable."""

    id: int
    known_at: int
    sender_eic: str
    saved_at: datetime
    lanes: list[str]
    depends_on: list[int]
    attempts: int
    kept: str

    @cached_property
    def changes(self) -> list[Change]:
        """Its changes in the order of their telling: deletes, updates, creates, each kind as it was recorded."""
        changes = (Change.from_json(change) for change in json.loads(self.kept))
        return sorted(changes, key=lambda change: _TOLD_IN_ORDER.index(what(change)))


def what(change: Change) -> str:
    """Give what was done to the object: CREATE, UPDATE or DELETE."""
    return change.reason.split("_BC_")[0]


def side(change: Change) -> dict[str, Any]:
    """Give the object as it is told: as it is, or as it was before it was deleted."""
    snapshot = change.after or change.before
    if snapshot is None:
        raise ValueError(f"a change of {change.object_key} without a snapshot")
    return snapshot
