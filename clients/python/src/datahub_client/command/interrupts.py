"""SIGINT and SIGTERM end the process between two messages, never between an output and its position."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any


class Interrupted(BaseException):
    """The process was asked to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Interrupts:
    """Hears the signals: at once while we wait, at the end of what must not be cut in two otherwise.

    A second one ends that too: an output that nobody reads would else never end.
    """

    def __init__(self) -> None:
        self._heard: int | None = None
        self._is_held = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Interrupts":
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        is_first = self._heard is None
        self._heard = number
        if not (self._is_held and is_first):
            raise Interrupted(number)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold back the first signal until the end of the block."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        if self._heard is not None:
            raise Interrupted(self._heard)
