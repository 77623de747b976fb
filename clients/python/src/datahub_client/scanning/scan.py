"""A scan: an iterator that remembers where it was. What it promises is said in the README, "What a scan promises"."""

import logging
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Generic

from datahub_client.channel import PASSING
from datahub_client.errors import (
    DatahubError,
    NotAcknowledged,
    Refused,
    Throttled,
    TokenRefused,
    Unavailable,
    Unreachable,
)
from datahub_client.scanning.positions import Position, Stream
from datahub_client.scanning.steps import Item, Source, Step

logger = logging.getLogger("datahub_client")

# A place that was reached without a message is saved so often; after a crash that way is gone once more, fast.
_KEEP_SECONDS = 30.0
_LONGEST_OUTAGE_PAUSE = 60.0


class Scan(Generic[Item]):
    """Gives what comes behind a position, one after the other.

    For a position in a file, an item is acknowledged when the next one is asked for, or by `acknowledge()`. For one in
    a database, each item is acknowledged in the transaction of what was done with it: inside `with scan.handling():`,
    or by `acknowledge()` before the caller's own commit.

    One thread uses it; `stop()` may be called by any.
    """

    def __init__(
        self,
        source: Source[Item],
        position: Position,
        stream: Stream,
        *,
        follow: bool = False,
        every: float = 5.0,
        save_every: float = 0.0,
    ) -> None:
        self._source, self._position, self._stream = source, position, stream
        self._follow, self._every, self._save_every = follow, every, save_every
        self._steps: Iterator[Step[Item]] | None = None
        self._place: str | None = None
        self._saved: str | None = None
        self._saved_at = float("-inf")
        self._pending: Step[Item] | None = None
        self._is_open = False
        self._has_ended = False
        self._outages = 0
        self._stopped = threading.Event()

    # --- life ---------------------------------------------------------------------------------------------------------

    def __enter__(self) -> "Scan[Item]":
        self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> None:
        if not self._is_open and not self._has_ended:
            self._place = self._saved = self._position.open(self._stream)
            self._is_open = True

    def close(self) -> None:
        """Let the position go. What was given last and not acknowledged comes again the next time."""
        if not self._is_open:
            return
        self._has_ended = True
        try:
            if not self._position.in_transaction and self._place is not None and self._place != self._saved:
                self._save()
        finally:
            self._is_open = False
            self._position.close()

    def stop(self) -> None:
        """End the iteration before the next item; a scan that waits for news ends its waiting."""
        self._stopped.set()

    # --- iterating ----------------------------------------------------------------------------------------------------

    def __iter__(self) -> "Scan[Item]":
        return self

    def __next__(self) -> Item:
        if self._has_ended:
            raise StopIteration
        self._open()
        if self._pending is not None:
            if self._position.in_transaction:
                raise NotAcknowledged("acknowledge each item in its transaction before you ask for the next one")
            self._acknowledge()
            if self._clock() - self._saved_at >= self._save_every:
                self._save()
        while not self._stopped.is_set():
            step = self._next_step()
            if step is None:
                continue
            if step.item is not None:
                self._pending = step
                return step.item
            self._place = step.place
            if step.caught_up and not self._follow:
                self._keep()
                break
            if step.caught_up or step.pause:
                if self._clock() - self._saved_at >= min(_KEEP_SECONDS, self._save_every or _KEEP_SECONDS):
                    self._keep()
                self._wait(step.pause or self._every * random.uniform(0.9, 1.1))  # noqa: S311 - it spreads
        self.close()
        raise StopIteration

    def _next_step(self) -> Step[Item] | None:
        """Give the next step; None after an outage that a scan without end waits through."""
        if self._steps is None:
            self._steps = self._source.steps(self._place)
        try:
            step = next(self._steps)
        except DatahubError as error:
            self._steps = None
            if not self._follow or not _passes(error):
                raise
            self._wait_out(error)
            return None
        except BaseException:
            # What was asked for is asked for again, should the caller go on.
            self._steps = None
            raise
        self._outages = 0
        return step

    def _wait_out(self, error: DatahubError) -> None:
        self._outages += 1
        pause = min(2.0 ** min(self._outages, 20), _LONGEST_OUTAGE_PAUSE) * random.uniform(0.5, 1)  # noqa: S311
        if isinstance(error, Refused) and error.retry_after is not None:
            pause = max(pause, error.retry_after)
        logger.warning("%s; the scan goes on in %.0f s", error, pause)
        self._wait(pause)

    def _wait(self, seconds: float) -> None:
        self._stopped.wait(seconds)

    # --- remembering --------------------------------------------------------------------------------------------------

    def acknowledge(self) -> None:
        """Say that what was given last is done; its place is saved at once.

        For a position in a database: in the caller's transaction, which the caller then commits.
        """
        if self._pending is None:
            raise NotAcknowledged("nothing was given that could be acknowledged")
        before = self._place, self._pending
        self._acknowledge()
        try:
            self._save()
        except BaseException:
            self._place, self._pending = before
            raise

    @contextmanager
    def handling(self) -> Iterator[None]:
        """Acknowledge what was given last when the block ends well.

        For a position in a database: the block and the position are committed together; if the block fails, both are
        rolled back, and the same item may be handled once more, or comes again the next time.
        """
        if self._pending is None:
            raise NotAcknowledged("nothing was given that could be handled")
        before = self._place, self._saved, self._pending
        self._position.begin()
        try:
            yield
            if self._pending is not None:
                self.acknowledge()
            self._position.commit()
        except BaseException:
            self._place, self._saved, self._pending = before
            self._position.rollback()
            raise

    def _acknowledge(self) -> None:
        if self._pending is not None:
            self._place, self._pending = self._pending.place, None

    def _save(self) -> None:
        if self._place is not None:
            self._position.save(self._place)
            self._saved, self._saved_at = self._place, self._clock()

    def _keep(self) -> None:
        """Save a place that was reached without an item."""
        if self._place is not None and self._place != self._saved:
            self._position.keep(self._place)
            self._saved, self._saved_at = self._place, self._clock()

    @staticmethod
    def _clock() -> float:
        return time.monotonic()


def _passes(error: DatahubError) -> bool:
    """Tell whether a scan without end should wait for a failure to pass."""
    if isinstance(error, Unreachable):
        return error.passes
    if isinstance(error, TokenRefused):
        return error.status in PASSING
    return isinstance(error, Throttled | Unavailable)
