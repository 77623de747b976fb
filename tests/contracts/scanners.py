"""Participants' systems that follow what the hub has for them, and keep all that they got, in its order."""

import threading
import time
from datetime import UTC, datetime
from typing import Any

from tests.contracts.client import Client
from tests.contracts.product import Product


class Scanner:
    """Follows one resource type of one participant until it is told how far.

    A patient one asks again where the hub does not answer, or has no content because its store is away.
    """

    def __init__(
        self,
        product: Product,
        participant: str,
        role: str,
        resource_type: str,
        *,
        by: str,
        commodity: str = "ELECTRICITY",
        is_patient: bool = False,
    ) -> None:
        self.client = Client.of(product.url, participant, role, commodity)
        self.client.is_patient = is_patient
        self.participant, self.resource_type, self.by = participant, resource_type, by
        self.address = participant, role, commodity
        self.after = product.last_id()
        # A moment before the first message: what was told before is not ours.
        self.since = datetime.now(UTC)
        self.found: list[dict[str, Any]] = []
        # When each was found, by time.monotonic().
        self.found_at: list[float] = []
        self.windows = 0
        self.until_id: int | None = None
        self.until_time: datetime | None = None

    def finish_at(self, last_id: int, moment: datetime) -> None:
        """Say where the log ends: it goes on until it has seen that far."""
        self.until_id, self.until_time = last_id, moment

    def run(self) -> None:
        """Scan at full speed."""
        if self.by == "id":
            for messages, behind in self.client.follow_ids(self.resource_type, after=self.after, page_size=100):
                self._keep(messages)
                if self.until_id is not None and behind >= self.until_id:
                    return
        else:
            for messages, since in self.client.follow_times(self.resource_type, since=self.since, page_size=100):
                self._keep(messages)
                if self.until_time is not None and since >= self.until_time:
                    return

    def _keep(self, messages: list[dict[str, Any]]) -> None:
        self.found += messages
        self.found_at += [time.monotonic()] * len(messages)
        self.windows += 1


class ExchangeScanner:
    """Follows what the other side saves of enquiries or connection requests, always behind the last timestamp.

    Ends when there is nothing left once it was told to.
    """

    def __init__(
        self, product: Product, path: str, participant: str, role: str, since: datetime, *, is_patient: bool = False
    ) -> None:
        self.client = Client.of(product.url, participant, role)
        self.client.is_patient = is_patient
        self.path, self.participant = path, participant
        self.since = since.isoformat()
        self.found: list[dict[str, Any]] = []
        self.scans = 0
        self.is_last = threading.Event()

    def scan(self, since: str) -> list[dict[str, Any]]:
        """Give what was saved after an instant."""
        return list(self.client.read(f"{self.path}/change", updatePeriodStart=since).json())

    def run(self) -> None:
        """Scan at full speed."""
        while True:
            is_last = self.is_last.is_set()
            changes = self.scan(self.since)
            self.found += changes
            self.scans += 1
            if changes:
                self.since = changes[-1]["timestamp"]
            elif is_last:
                return
            else:
                time.sleep(0.005)
