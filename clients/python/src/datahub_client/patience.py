"""How long we wait before the same message goes again, and when we stop. Source: `2-wire.md`, "Errors"."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True)
class Patience:
    """So many tries of one message in so many seconds in all, at first after `first_wait`, each time twice as long.

    What the hub says in Retry-After is never undercut. Waits are spread, so that those who were refused together do not
    come back together.
    """

    tries: int = 12
    seconds: float = 600
    first_wait: float = 0.5
    longest_wait: float = 30

    def begin(self, *, clock: Callable[[], float] = time.monotonic) -> "Waiting":
        """Begin to wait for one message."""
        return Waiting(self, clock)


class Waiting:
    """How often one message was tried, and how long."""

    def __init__(self, patience: Patience, clock: Callable[[], float]) -> None:
        self._patience, self._clock = patience, clock
        self._end = clock() + patience.seconds
        self.tries = 0

    def next_wait(self, retry_after: float | None = None, *, tries: int | None = None) -> float | None:
        """Give the seconds to wait after a try that failed, or None if that was the last one.

        `tries` may bound it closer, for failures that hardly pass.
        """
        self.tries += 1
        if self.tries >= min(self._patience.tries, tries or self._patience.tries):
            return None
        doubled = min(self._patience.first_wait * 2 ** min(self.tries - 1, 30), self._patience.longest_wait)
        wait = doubled * random.uniform(0.5, 1)  # noqa: S311 - it spreads, and is no secret
        if retry_after is not None:
            wait = max(wait, retry_after + min(retry_after, 5) * random.uniform(0, 0.2))  # noqa: S311
        return wait if self._clock() + wait <= self._end else None


def read_retry_after(said: str | None) -> float | None:
    """Give the seconds that a Retry-After header says, as a number or as a date; None if it says neither."""
    if said is None:
        return None
    text = said.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())
