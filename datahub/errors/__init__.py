"""What can be wrong, in the market's terms; knows nothing of HTTP frameworks.

A `Fault` is one thing that is wrong: a code of the registry (`datahub.errors.codes`), the values its message names and,
for a field-level fault, the path of the field. A `DomainError` carries all faults found in one pass; the first is the
cause. Source: `2-wire.md`, "Errors".
"""

from collections.abc import Sequence
from dataclasses import dataclass

from datahub.errors.phrases import all_of, any_of, listing, phrase, written

__all__ = ["Code", "DomainError", "Fault", "all_of", "any_of", "fault", "listing", "phrase", "refuse", "written"]


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of the registry: its name on the wire, its HTTP status and its message with {0}, {1} … for the args."""

    name: str
    status: int
    message: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `args` fill the code's message; by custom the first one is the field's path."""

    code: Code
    args: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """The message with its values filled in."""
        return self.code.message.format(*self.args)


class DomainError(Exception):
    """A request that the market's rules refuse: one or more faults, the first of which is the cause."""

    def __init__(self, faults: Sequence[Fault], *, retry_after: int | None = None) -> None:
        if not faults:
            raise ValueError("a DomainError needs a fault")
        self.faults = tuple(faults)
        self.retry_after = retry_after
        super().__init__(self.cause.message)

    @property
    def cause(self) -> Fault:
        """The fault that stands for the whole."""
        return self.faults[0]

    @property
    def others(self) -> tuple[Fault, ...]:
        """The faults beside the cause."""
        return self.faults[1:]


def fault(code: Code, *args: object) -> Fault:
    """Make a fault of a code and the values that its message names (`datahub.errors.phrases`)."""
    return Fault(code, tuple(written(arg) for arg in args))


def refuse(code: Code, *args: object, retry_after: int | None = None) -> DomainError:
    """Make the error of a single fault, to be raised: `raise refuse(codes.MISSING, "agreement.validTo")`."""
    return DomainError([fault(code, *args)], retry_after=retry_after)
