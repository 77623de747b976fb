"""Everything that this package raises. None of it ever holds a secret or a token."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


class DatahubError(Exception):
    """Anything that went wrong with the hub, or between it and us."""


class SettingsError(DatahubError, ValueError):
    """The settings cannot be used: something is missing, or it would send a secret where it must not go."""


class Unreachable(DatahubError):
    """The hub did not answer, or not with a whole answer, however often it was asked.

    Whether what was sent was saved is not known: send it again with the same identification (`identification`).
    `passes` is False where waiting is of no use, since we do not trust who answers.
    """

    def __init__(self, message: str, identification: str | None = None, passes: bool = True) -> None:
        super().__init__(message, identification, passes)
        self.message = message
        self.identification = identification
        self.passes = passes

    def __str__(self) -> str:
        return self.message


class UnexpectedAnswer(DatahubError):
    """An answer that the hub's description does not know: something else answers at this address."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: a code that programs can rely on, its values, and a message for people."""

    code: str
    message: str
    args: tuple[str, ...] = ()
    trace_id: str | None = None

    @classmethod
    def read(cls, said: Any) -> "Fault":
        """Read a fault as the hub says it."""
        fault = said if isinstance(said, Mapping) else {}
        trace_id = fault.get("traceId")
        return cls(
            code=str(fault.get("code", "")),
            message=str(fault.get("message", "")),
            args=tuple(str(arg) for arg in fault.get("args") or ()),
            trace_id=None if trace_id is None else str(trace_id),
        )


class Refused(DatahubError):
    """The hub refused a message.

    `status` is HTTP's; `fault` the cause, `others` what else was wrong; `retry_after` the seconds after which to try
    again, where the hub says so; `identification` the message's own, to send it again with.
    """

    def __init__(
        self,
        status: int,
        fault: Fault,
        others: tuple[Fault, ...] = (),
        retry_after: float | None = None,
        identification: str | None = None,
    ) -> None:
        super().__init__(status, fault, others, retry_after, identification)
        self.status = status
        self.fault = fault
        self.others = others
        self.retry_after = retry_after
        self.identification = identification

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Everything that is wrong, the cause first."""
        return (self.fault, *self.others)

    @property
    def code(self) -> str:
        """The code of the cause."""
        return self.fault.code

    @property
    def message(self) -> str:
        """The message of the cause, for people."""
        return self.fault.message

    @property
    def trace_id(self) -> str | None:
        """Where this stands in the hub's logs."""
        return self.fault.trace_id

    def __str__(self) -> str:
        said = "; ".join(f"{fault.message} ({fault.code})" for fault in self.faults)
        trace = f" [trace {self.trace_id}]" if self.trace_id else ""
        return f"{self.status}: {said}{trace}"


class Invalid(Refused):
    """400, 413, 415: the shape of the message or the value of a field."""


class TokenRefused(Refused):
    """The token endpoint refused the client; `code` is OAuth's, like `invalid_client`."""


class Unauthorized(Refused):
    """401, with a fresh token too."""


class Forbidden(Refused):
    """403: the participant, its role or the technical user may not do this."""


class NotFound(Refused):
    """404: there is none, or none that this participant may see."""


class Conflict(Refused):
    """409: the identification was used for another message, or something else stands against it."""


class RuleBroken(Refused):
    """422: a rule of the market."""


class Throttled(Refused):
    """429: too many requests, and for longer than we may wait."""


class Unavailable(Refused):
    """500, 502, 503, 504: the hub cannot answer now, and for longer than we may wait."""


KINDS: dict[int, type[Refused]] = {
    400: Invalid,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: Invalid,
    415: Invalid,
    422: RuleBroken,
    429: Throttled,
}


class ReadingsRejected(DatahubError):
    """A document of readings ended as ERROR: nothing of it is saved. `status` is what the hub says of it."""

    def __init__(self, status: Mapping[str, Any]) -> None:
        super().__init__(status)
        self.status = status

    def __str__(self) -> str:
        faults = "; ".join(f"{error['message']} ({error['code']})" for error in self.status["errors"])
        return f"{self.status['originalDocumentIdentification']}: {faults or self.status['statusMessage']}"


# --- scanning -----------------------------------------------------------------------------------------------------


class ScanError(DatahubError):
    """A scan cannot go on without somebody's decision. Its position stays where it was."""


class Gap(ScanError):
    """The hub no longer shows all that came behind the position: messages may be missing between two instants.

    `since` is the moment up to which everything was seen, `until` the oldest that the hub still shows. Who can do
    without what may be missing goes on with `on_gap="skip"`.
    """

    def __init__(self, since: datetime, until: datetime) -> None:
        super().__init__(since, until)
        self.since, self.until = since, until

    def __str__(self) -> str:
        return (
            f"the hub no longer shows what came from {self.since.isoformat()} to {self.until.isoformat()}; messages of "
            f"that time may have been missed"
        )


class ContentLost(ScanError):
    """The hub has lost the content of a message, and says so however long one waits.

    Who can do without it scans with `on_lost="give"`, and gets the message without its content.
    """

    def __init__(self, message_id: int, reason: str) -> None:
        super().__init__(message_id, reason)
        self.message_id, self.reason = message_id, reason

    def __str__(self) -> str:
        return f"the content of message {self.message_id} is lost: {self.reason}"


class ContentAway(ScanError):
    """The hub could not read the content of a message for as long as we may wait; it may come back."""

    def __init__(self, message_id: int, reason: str) -> None:
        super().__init__(message_id, reason)
        self.message_id, self.reason = message_id, reason

    def __str__(self) -> str:
        return f"the content of message {self.message_id} cannot be had at present: {self.reason}"


class NotAcknowledged(ScanError):
    """The next message was asked for, but the last one was not acknowledged in the transaction of what it did."""


class PositionError(ScanError):
    """A position cannot be used: it cannot be read, or is that of another scan."""


class PositionInUse(PositionError):
    """Another process scans from the same position."""


class PositionMoved(PositionError):
    """The position is not where this scan has left it: a transaction was rolled back, or somebody else moved it.

    Roll back, and begin a new scan: it goes on from what stands in the database.
    """


class NotInTransaction(PositionError):
    """The connection commits each statement by itself, so that a position and what was done would part in a crash."""
