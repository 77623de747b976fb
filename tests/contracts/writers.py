"""Many participants' systems at once: writers that save all kinds of things, scanners that follow the log.

A writer notes what it was promised by an answer; what scanners then have is held against that.
"""

import json
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx

from tests.contracts import forms, readings
from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.market import Market
from tests.contracts.product import Product

# What is told of a save: (resource type, reason, object, the object's own count of saves).
Told = tuple[str, str, str, str]
RETRY_SECONDS = 60


class Promises:
    """What was saved with success, by who must be told of it, in the order of the answers of each object."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.told: dict[str, list[Told]] = defaultdict(list)
        self.readings: dict[str, list[readings.Reading]] = defaultdict(list)
        self.sent: list[readings.Reading] = []
        self.documents: list[str] = []
        self.saves = 0

    def save(self, recipients: tuple[str, ...], told: Told) -> None:
        """Note a save that recipients must be told of."""
        with self._lock:
            self.saves += 1
            for recipient in recipients:
                self.told[recipient].append(told)

    def document(self, market: Market, sent: list[readings.Reading], identification: str) -> None:
        """Note a document of readings."""
        with self._lock:
            self.saves += 1
            self.documents.append(identification)
            self.sent += sent
            for reading in sent:
                for recipient in market.told_of(reading.point, reading.start):
                    self.readings[recipient].append(reading)


def save(client: Client, method: str, path: str, **fields: Any) -> httpx.Response:
    """Save as a careful client does: the same message again until it is answered.

    AssertionError if it is refused or not answered within a minute.
    """
    identification, body = uuid.uuid4(), client.body(fields)
    end = time.monotonic() + RETRY_SECONDS
    while True:
        try:
            answer = client.send(method, path, body, identification=identification)
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code < 300:
            return answer
        is_passing = answer is None or answer.status_code >= 500 or "retry-after" in answer.headers
        said = "no answer" if answer is None else f"{answer.status_code} {answer.text[:500]}"
        assert is_passing and time.monotonic() < end, f"{method} {path}: {said}"
        time.sleep(0.1)


class MarketWriter:
    """Registers points with their agreements and changes them: the grid operator and the supplier by turns."""

    def __init__(self, product: Product, promises: Promises, number: int, *, points: int, changes: int) -> None:
        self.grid = Client.of(product.url, cast.NORTH_GRID, "GRID_OPERATOR")
        self.supplier = Client.of(product.url, cast.SUN, "OPEN_SUPPLIER")
        self.promises, self.number, self.points, self.changes = promises, number, points, changes
        self.tomorrow = cast.local_midnight(datetime.now(cast.TALLINN).date() + timedelta(days=1))

    def run(self) -> None:
        """Do all saves, one after the other."""
        codes = [forms.point_code(self.number * 100 + n) for n in range(self.points)]
        for code in codes:
            self._register(code)
        for count in range(self.changes):
            for code in codes:
                self._change(code, count)

    def _register(self, code: str) -> None:
        save(self.grid, "POST", "/meter", meterMetadata=forms.point(code, "0"))
        self.promises.save((), ("METERING_POINT", "CREATE", code, "0"))
        grid = forms.agreement("GRID", cast.NORTH_GRID, cast.JAAN, self.tomorrow, code=code, own_id=f"grid {code}")
        save(self.grid, "POST", "/agreement", agreement=grid)
        self.promises.save((cast.BALANCE,), ("AGREEMENT", "CREATE", f"GRID {code}", f"grid {code}"))
        supply = forms.agreement("SUPPLY", cast.SUN, cast.JAAN, self.tomorrow, code=code, own_id="0")
        save(self.supplier, "POST", "/agreement", agreement=supply)
        self.promises.save((cast.NORTH_GRID, cast.BALANCE), ("AGREEMENT", "CREATE", f"SUPPLY {code}", "0"))

    def _change(self, code: str, count: int) -> None:
        save(self.grid, "PUT", "/meter", meterMetadata=forms.comment_change(code, str(count + 1)))
        self.promises.save((cast.SUN, cast.BALANCE), ("METERING_POINT", "UPDATE", code, str(count + 1)))
        supply = forms.agreement("SUPPLY", cast.SUN, cast.JAAN, self.tomorrow, code=code, own_id=str(count + 1))
        save(self.supplier, "PUT", "/agreement", agreementChange=supply)
        told = ("AGREEMENT", "UPDATE", f"SUPPLY {code}", str(count + 1))
        self.promises.save((cast.NORTH_GRID, cast.BALANCE), told)


class ReadingsWriter:
    """Sends a document of readings for each of some days of one point of the cast."""

    def __init__(
        self, product: Product, promises: Promises, market: Market, point: str, days: list[date], *, seed: int
    ) -> None:
        self.grid = Client.of(product.url, cast.NORTH_GRID, "GRID_OPERATOR")
        self.promises, self.market, self.point, self.days, self.seed = promises, market, point, days, seed

    def run(self) -> None:
        """Send all documents, one after the other."""
        for day in self.days:
            self.send(day)

    def send(self, day: date) -> None:
        """Send one day."""
        sent = readings.made(self.point, readings.intervals(day, day), seed=self.seed)
        answer = save(self.grid, "POST", "/meter-data", meterData=readings.message(sent))
        self.promises.document(self.market, sent, answer.json()["originalDocumentIdentification"])


class Scanner:
    """Follows one resource type of one participant until it is told how far; keeps all it got, in its order."""

    def __init__(self, product: Product, participant: str, role: str, resource_type: str, *, by: str) -> None:
        self.client = Client.of(product.url, participant, role)
        self.participant, self.resource_type, self.by = participant, resource_type, by
        self.after = product.last_id()
        # A moment before the first message: what was told before is not ours.
        self.since = datetime.now(UTC)
        self.found: list[dict[str, Any]] = []
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
                self.found += messages
                self.windows += 1
                if self.until_id is not None and behind >= self.until_id:
                    return
        else:
            for messages, since in self.client.follow_times(self.resource_type, since=self.since, page_size=100):
                self.found += messages
                self.windows += 1
                if self.until_time is not None and since >= self.until_time:
                    return


def told(message: dict[str, Any]) -> Told:
    """Say what a message of a point or an agreement tells."""
    content = json.loads(message["content"])
    if message["resourceType"] == "METERING_POINT":
        code, count = content["meteringPoint"]["meterEic"], content["meterLocation"]["comment"]
        return message["resourceType"], message["reason"], code, count
    (agreement,) = content
    name = f"{agreement['agreementType']} {agreement['meterEic']}"
    return message["resourceType"], message["reason"], name, agreement["agreementId"]


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

    def wait(self, *, seconds: float) -> None:
        """Wait for all of them."""
        end = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(0, end - time.monotonic()))
        if self.errors:
            raise self.errors[0]
        assert not any(thread.is_alive() for thread in self.threads), f"not done within {seconds} s"
