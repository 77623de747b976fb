"""Hearing at once of what others have committed, by PostgreSQL's notifications."""

import logging
import threading
import time
from collections.abc import Callable

import psycopg
from django.db import Error, connection

logger = logging.getLogger(__name__)

# So often a silent connection is looked at, and so long nothing is tried after it broke.
_LOOK_SECONDS = 5.0
_PAUSE_SECONDS = 1.0


class Listener:
    """A thread that listens to a channel on a database connection of its own.

    `on_change` is called in that thread for each notification, and whenever it has begun to hear or hears no more: what
    happened in between is not known. `hears` tells whether it listens now.
    """

    def __init__(self, channel: str, on_change: Callable[[], None]) -> None:
        self._channel = channel
        self._on_change = on_change
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"listen-{channel}", daemon=True)
        self.hears = False

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more; returns when the connection is closed."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._listen()
            except (Error, psycopg.Error) as error:
                logger.warning("No notifications of %s for now: %s", self._channel, error)
            finally:
                self.hears = False
                self._on_change()
                connection.close()
            if not self._stopped.is_set():
                time.sleep(_PAUSE_SECONDS)

    def _listen(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {self._channel}")
        # Who asks from now on asks after the channel was opened: nothing committed later can be missed.
        self.hears = True
        self._on_change()
        while not self._stopped.is_set():
            for _ in connection.connection.notifies(timeout=_LOOK_SECONDS):
                self._on_change()
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
