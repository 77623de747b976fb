"""Where a scan has come to, and where that is remembered."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from datahub_client.types import ContextBody


@dataclass(frozen=True, slots=True)
class Stream:
    """What is scanned: one kind of thing, as told to a participant in a role and commodity."""

    participant: str
    role: str
    commodity: str
    kind: str

    @classmethod
    def of(cls, context: ContextBody, kind: str) -> "Stream":
        """Give the stream of a kind for whoever acts in a context."""
        return cls(
            context["marketParticipantIdentification"], context["marketParticipantRole"], context["commodityType"], kind
        )

    @property
    def name(self) -> str:
        """One word for it, which can name a file or a row."""
        return f"{self.kind}-{self.participant}-{self.role}-{self.commodity}"


class Position(ABC):
    """Remembers the place of one scan, a short text. Opened by the scan, for one process at a time."""

    # Whether each message must be acknowledged in a transaction of the caller, or is when the next one is asked for.
    in_transaction: ClassVar[bool] = False

    @abstractmethod
    def open(self, stream: Stream) -> str | None:
        """Take the position of a stream; give the place that is remembered, None the first time.

        PositionInUse if another process has it, PositionError if it cannot be read or is that of another stream.
        """

    @abstractmethod
    def save(self, place: str) -> None:
        """Remember a place instead of the one remembered last."""

    @abstractmethod
    def close(self) -> None:
        """Let others have the position."""

    def keep(self, place: str) -> None:
        """Remember a place that was reached without a message: nothing was done that would belong to it."""
        self.save(place)

    def begin(self) -> None:  # noqa: B027 - for those that have transactions
        """Begin what is committed or rolled back together."""

    def commit(self) -> None:  # noqa: B027
        """Make what was saved, and what the caller did with it, last."""

    def rollback(self) -> None:  # noqa: B027
        """Undo what was saved since the beginning, with what the caller did."""


class MemoryPosition(Position):
    """Remembers nothing beyond the process: for a look at what there is."""

    def __init__(self) -> None:
        self.place: str | None = None

    def open(self, stream: Stream) -> str | None:
        """Give the place where a scan of this process has stopped."""
        return self.place

    def save(self, place: str) -> None:
        """Remember a place until the process ends."""
        self.place = place

    def close(self) -> None:
        """There is nothing to close."""
