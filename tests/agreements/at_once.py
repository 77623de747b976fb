"""Doing several things at the same time, each on a connection of its own."""

import threading
import time
from collections.abc import Callable

from django.db import connection

from datahub.errors import DomainError

SECONDS = 30


def run(*acts: Callable[[], object]) -> list[str]:
    """Do everything at the same time; give what was refused. Any other error of an act is raised here."""
    start = threading.Barrier(len(acts))
    refusals: list[str] = []
    failures: list[BaseException] = []

    def do(act: Callable[[], object]) -> None:
        try:
            start.wait(timeout=10)
            act()
        except DomainError as error:
            refusals.extend(fault.code.name.rpartition(".")[2] for fault in error.faults)
        # What a thread raises must fail the test, whatever it is.
        except BaseException as error:  # noqa: BLE001
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=SECONDS)
    assert not any(thread.is_alive() for thread in threads)
    if failures:
        raise failures[0]
    return refusals


class Beside:
    """An act on a thread and a connection of its own."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.failures: list[BaseException] = []
        self.thread = threading.Thread(target=self._do, args=[act])
        self.thread.start()

    def _do(self, act: Callable[[], object]) -> None:
        try:
            run(act)
        # What a thread raises must fail the test, whatever it is.
        except BaseException as error:  # noqa: BLE001
            self.failures.append(error)

    def end(self) -> None:
        """Wait for its end, and raise what it raised."""
        self.thread.join(SECONDS)
        assert not self.thread.is_alive()
        if self.failures:
            raise self.failures[0]


def waits_for_a_lock() -> bool:
    """Tell whether somebody waits for somebody in the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def wait_for(check: Callable[[], bool]) -> None:
    """Wait until something holds; AssertionError if it does not come in time."""
    deadline = time.monotonic() + 10
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.01)
