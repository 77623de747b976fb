"""One change: something saved that others may have to be told about, with all that its message will need."""

from dataclasses import dataclass, fields
from typing import Any

from datahub.market import ResourceType


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one object in a save.

    `reason` is CREATE, UPDATE, DELETE or WHAT_BC_TYPE_ACTION. `object_key` names the object: a metering point's EIC, an
    agreement's id, a document's identification. `before` and `after` are JSON-ready snapshots whose form is that of the
    resource type's owner; None where the object did not stand before or stands no longer.
    """

    resource_type: ResourceType
    reason: str
    object_key: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """Give the change as it is kept."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Change":
        """Make the change of what was kept."""
        return cls(**{**kept, "resource_type": ResourceType(kept["resource_type"])})
