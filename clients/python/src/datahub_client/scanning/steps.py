"""What a scan goes by: steps, each with the place where it stands once the step is done."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

Item = TypeVar("Item")
Item_co = TypeVar("Item_co", covariant=True)

OnGap = Literal["raise", "skip"]
OnLost = Literal["raise", "give"]


@dataclass(frozen=True, slots=True)
class Step(Generic[Item_co]):
    """An item, or a place that was reached without one; `caught_up` if there is nothing more at present.

    `pause` asks to wait for so many seconds before the next step.
    """

    place: str
    item: Item_co | None = None
    caught_up: bool = False
    pause: float = 0


class Source(Protocol[Item_co]):
    """Asks the hub for what comes behind a place."""

    def steps(self, place: str | None) -> Iterator[Step[Item_co]]:
        """Give the steps behind a place, without end; None begins where the source was told to."""
        ...
