"""What every benchmark gets: the running product, the market in it, and how much to measure."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import messages
from bench.client import Client, Connection
from bench.hub import Hub
from bench.market import Market, Participant
from bench.sizes import Size

SENDERS = 4
_LONGEST_WAIT = 300
# Between two looks whether all is told: short beside a round, and cheap beside what is measured.
_POLL_PAUSE = 0.04


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the benchmarks."""

    hub: Hub
    market: Market
    size: Size
    today: date

    def client(self, participant: Participant) -> Client:
        """Give a client of a participant."""
        return Client(self.hub.port, participant)

    def body(self, points: Sequence[int], *, first_day: date, days: int = 1, times: messages.Times) -> bytes:
        """Make a message of the operator with the readings of some points; read the morning after."""
        return messages.body(
            context=self.client(self.market.operator).context,
            points=[(number, self.market.points[number]) for number in points],
            first_day=first_day,
            days=days,
            read_at=_morning_after(first_day + timedelta(days=days - 1)),
            times=times,
        )

    def send(self, files: Sequence[Path]) -> None:
        """Send messages from disk on several connections at once; Refused if one is not accepted."""
        client = self.client(self.market.operator)
        client.token()
        waiting = list(files)[::-1]
        errors: list[Exception] = []

        def sender() -> None:
            connection = Connection(self.hub.port)
            try:
                while waiting and not errors:
                    file = waiting.pop()
                    connection.send_file(client.head("POST", "/api/v1/meter-data", file.stat().st_size), file)
                    connection.receive()
            except (OSError, RuntimeError, IndexError) as error:
                errors.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=sender) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]

    def highest_id(self) -> int:
        """Give the id of the last message that was told to anybody."""
        connection = Connection(self.hub.port)
        asked = {"idFrom": 0, "idTo": 1, "resourceType": "METERING_DATA"}
        client = self.client(self.market.suppliers[-1])
        client.call("POST", "data-distribution/search", {"dataDistributionAttributes": asked}, connection)
        found = connection.header("x-highest-id")
        connection.close()
        assert found is not None, "a scan answers x-highest-id"
        return int(found)

    def wait_until_told(self, after: int, messages_of_each: int) -> float:
        """Wait until the supplier with the smallest share can scan that many; give the moment (perf_counter).

        The messages of one document appear all at once, so then every recipient can scan all of theirs.
        """
        client = self.client(self.market.suppliers[-1])
        connection = Connection(self.hub.port)
        end = time.monotonic() + _LONGEST_WAIT
        while True:
            asked = scan_of(after, page=messages_of_each - 1, page_size=1)
            found = client.call("POST", "data-distribution/search", asked, connection)
            if found["dataDistributions"]:
                connection.close()
                return time.perf_counter()
            self.hub.check()
            if time.monotonic() > end:
                raise RuntimeError("not everything was told")
            time.sleep(_POLL_PAUSE)

    def told(self, participant: Participant, after: int) -> int:
        """Count the messages of readings with an id behind `after` that a participant can scan."""
        found = self.client(participant).call("POST", "data-distribution/search", scan_of(after, page_size=1))
        return int(found["pagination"]["totalPages"]) if found["dataDistributions"] else 0

    def wait_until_idle(self) -> None:
        """Wait until every document is worked on and everything is told; RuntimeError if a document had faults."""
        end = time.monotonic() + _LONGEST_WAIT
        while self._waiting():
            self.hub.check()
            if time.monotonic() > end:
                raise RuntimeError("the product does not come to rest")
            time.sleep(0.1)

    def _waiting(self) -> bool:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT faults, status_message FROM metering_document WHERE status = 'ERROR' LIMIT 1")
            if wrong := cursor.fetchone():
                raise RuntimeError(f"a message of the benchmark had faults: {str(wrong)[:500]}")
            cursor.execute(
                "SELECT EXISTS (SELECT FROM metering_document WHERE status = 'PROCESSING')"
                " OR EXISTS (SELECT FROM outbox_unit) OR EXISTS (SELECT FROM distribution_staged_message)"
            )
            return bool(cursor.fetchone()[0])


def scan_of(after: int, *, page: int = 0, page_size: int = 100, resource_type: str = "METERING_DATA") -> dict[str, Any]:
    """Give the fields of a scan of the ten thousand ids behind one."""
    attributes = {"idFrom": after + 1, "idTo": after + 10_000, "resourceType": resource_type}
    return {"dataDistributionAttributes": attributes, "pagination": {"page": page, "pageSize": page_size}}


def _morning_after(day: date) -> datetime:
    read = datetime(day.year, day.month, day.day, 1, 45, 58, tzinfo=UTC) + timedelta(days=1)
    # What is sent today was read before now.
    return min(read, datetime.now(UTC) - timedelta(minutes=1))
