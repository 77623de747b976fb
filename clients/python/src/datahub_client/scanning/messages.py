"""A message of the distribution as a scan gives it. Source: `3-distribution.md`, "Scanning"."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from datahub_client import codec
from datahub_client.errors import UnexpectedAnswer
from datahub_client.types import DataDistribution


@dataclass(frozen=True)
class Message:
    """One change as we may see it. `text` is the content as it came, JSON; None if the hub has lost it."""

    id: int
    created_time: datetime
    resource_type: str
    reason: str
    text: str | None
    content_missing_reason: str | None = None

    @classmethod
    def read(cls, said: DataDistribution) -> "Message":
        """Read a message as the hub says it; UnexpectedAnswer if it is none."""
        try:
            return cls(
                id=int(said["id"]),
                created_time=codec.read_instant(said["createdTime"]),
                resource_type=said["resourceType"],
                reason=said["reason"],
                text=said["content"] if said["hasContent"] else None,
                content_missing_reason=said.get("contentMissingReason"),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise UnexpectedAnswer(f"this is no message: {error!r}") from None

    @cached_property
    def content(self) -> Any:
        """The content: a list for AGREEMENT, METERING_DATA and NETWORK_BILL, else an object; None if it is lost.

        Numbers with a point are Decimals, as exact as they were sent.
        """
        if self.text is None:
            return None
        try:
            return codec.decode(self.text)
        except ValueError:
            raise UnexpectedAnswer(f"the content of message {self.id} is not JSON") from None
