"""Saving as a careful client does, and threads of many clients at once."""

import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx

from tests.contracts.client import Client

RETRY_SECONDS = 120


class Again:
    """How many requests were sent a second time, by why: without an answer, or answered that the hub could not."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0

    def add(self) -> None:
        """Count one more."""
        with self._lock:
            self.count += 1


again = Again()


def answered(client: Client, method: str, path: str, **fields: Any) -> httpx.Response:
    """Send a message as a careful client does: the same one again until the hub has said yes or no to it.

    AssertionError if that does not come within two minutes.
    """
    identification, body = uuid.uuid4(), client.body(fields)
    end = time.monotonic() + RETRY_SECONDS
    while True:
        try:
            answer = client.send(method, path, body, identification=identification)
        except httpx.TransportError as error:
            said = repr(error)
        else:
            if answer.status_code < 500 and "retry-after" not in answer.headers:
                return answer
            said = f"{answer.status_code} {answer.text[:500]}"
        assert time.monotonic() < end, f"{method} {path}: {said}"
        again.add()
        time.sleep(0.1)


def save(client: Client, method: str, path: str, **fields: Any) -> httpx.Response:
    """Save; AssertionError if it is refused or not answered in time."""
    answer = answered(client, method, path, **fields)
    assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
    return answer


def refused(client: Client, method: str, path: str, code: str, **fields: Any) -> None:
    """Send what the hub refuses; AssertionError unless it does, with a code that ends so."""
    answer = answered(client, method, path, **fields)
    assert answer.status_code >= 400, f"{method} {path} was not refused: {answer.text[:500]}"
    said = answer.json()["cause"]["code"]
    assert said.endswith(code), f"{method} {path}: {answer.text[:500]}"


class Crew:
    """Threads that each do their part; what one of them raises is raised again when they are waited for."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.errors: list[BaseException] = []

    def start(self, *parts: Callable[[], None]) -> None:
        """Start a thread for each part."""
        for part in parts:
            thread = threading.Thread(target=self._run, args=[part], daemon=True)
            self.threads.append(thread)
            thread.start()

    def _run(self, part: Callable[[], None]) -> None:
        try:
            part()
        except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
            self.errors.append(error)

    @property
    def is_at_work(self) -> bool:
        """Whether a thread still runs and none has failed."""
        return not self.errors and any(thread.is_alive() for thread in self.threads)

    def wait(self, *, seconds: float, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Wait for all of them, and do something every now and then meanwhile."""
        end = time.monotonic() + seconds
        while self.is_at_work and time.monotonic() < end:
            meanwhile()
            next((thread for thread in self.threads if thread.is_alive()), self.threads[0]).join(0.1)
        if self.errors:
            raise self.errors[0]
        assert not any(thread.is_alive() for thread in self.threads), f"not done within {seconds} s"
