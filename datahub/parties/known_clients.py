"""The API clients that a process has looked up, kept while nothing about them changes.

Every request of the API begins with its client, and systems make many requests. Triggers on the tables notify each
process of what was committed, so that a withdrawn role or a blocked client is refused by the next request.
"""

import threading
from datetime import datetime, timedelta

from datahub.database.notices import Listener
from datahub.parties import selectors
from datahub.parties.selectors import ApiClient

CHANNEL = "datahub_api_clients"
# Should notifications not arrive though the connection stands (a pooler in between that hands sessions around), what
# was kept is at most this old.
KEPT = timedelta(seconds=2)
_MOST = 10_000


class KnownClients:
    """API clients by id. Keeps none before `listen` and while nothing is heard of changes."""

    def __init__(self) -> None:
        self._clients: dict[str, tuple[ApiClient, datetime]] = {}
        self._changes = 0
        self._lock = threading.Lock()
        self._listener: Listener | None = None

    def listen(self) -> None:
        """Begin to keep what is looked up; for a process that lives on, once."""
        self._listener = Listener(CHANNEL, self.forget)
        self._listener.start()

    def stop(self) -> None:
        """Keep nothing any more."""
        if self._listener is not None:
            self._listener.stop()
            self._listener = None

    def forget(self) -> None:
        """Look everything up anew, also what is being looked up just now."""
        with self._lock:
            self._changes += 1
            self._clients.clear()

    def get(self, client_id: str, at: datetime) -> ApiClient | None:
        """Find the active technical user of an id with what it stands for at an instant, or None."""
        known = self._clients.get(client_id)
        if known is not None and known[1] <= at < known[1] + KEPT and known[0].holds_at(at):
            return known[0]
        changes = self._changes
        client = selectors.api_client(client_id, at)
        if client is not None and self._listener is not None and self._listener.hears:
            with self._lock:
                if changes == self._changes:
                    if len(self._clients) >= _MOST:
                        self._clients.clear()
                    self._clients[client_id] = client, at
        return client


known_clients = KnownClients()
