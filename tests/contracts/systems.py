"""Participants' systems that scan with the package of `clients/python`, and what they have got.

Each is disturbed in its own way: it ends in the middle, its transactions fail, it is killed.
"""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from datahub_client import DatabasePosition, Hub, Message

from tests.contracts.market import USERS
from tests.contracts.product import ROOT, Product
from tests.contracts.promises import address

SOURCE = ROOT / "clients/python/src"


class Reader:
    """What a system has got, in the form in which it is held against what was promised."""

    def __init__(self, participant: str, resource_type: str) -> None:
        self.participant, self.resource_type, self.by = participant, resource_type, "the package"
        self.address = address(participant)
        self.found: list[dict[str, Any]] = []
        self.no_more = threading.Event()

    def take(self, message: Message) -> None:
        """Keep a message."""
        at = message.created_time.isoformat()
        said = {"id": message.id, "createdTime": at, "resourceType": message.resource_type}
        self.found.append({**said, "reason": message.reason, "content": message.text})


class FileReader(Reader):
    """Scans with its position in a file; closes the scan again and again and begins anew."""

    def __init__(self, hub: Hub, participant: str, resource_type: Any, path: Path) -> None:
        super().__init__(participant, resource_type)
        self.hub, self.path = hub, path

    def run(self) -> None:
        """Scan until there is no more."""
        while True:
            is_last = self.no_more.is_set()
            with self.hub.scan(self.resource_type, position=self.path) as scan:
                for number, message in enumerate(scan, 1):
                    self.take(message)
                    if number % 7 == 0:
                        # It was taken, and the next one is not asked for any more.
                        scan.acknowledge()
                        break
                else:
                    if is_last:
                        return
                    time.sleep(0.05)


class DatabaseReader(Reader):
    """Scans into a database; now and then its transaction fails, and it begins anew with another connection."""

    def __init__(self, hub: Hub, participant: str, resource_type: Any, url: str) -> None:
        super().__init__(participant, resource_type)
        self.hub, self.url = hub, url
        self.chance = random.Random(41)  # noqa: S311 - a repeatable choice
        self.failures = 0

    def run(self) -> None:
        """Scan until there is no more."""
        while True:
            is_last = self.no_more.is_set()
            try:
                self._part()
            except LookupError:
                self.failures += 1
                continue
            if is_last:
                return
            time.sleep(0.05)

    def _part(self) -> None:
        with psycopg.connect(self.url) as connection:
            with self.hub.scan(self.resource_type, position=DatabasePosition(connection)) as scan:
                for message in scan:
                    with scan.handling():
                        connection.execute(
                            "INSERT INTO done (id, message) VALUES (%s, %s)",
                            [message.id, json.dumps(_plain(message))],
                        )
                        if self.chance.random() < 0.1:
                            raise LookupError
            self.found = [row[0] for row in connection.execute("SELECT message FROM done ORDER BY id")]


def _plain(message: Message) -> dict[str, Any]:
    reader = Reader("", "")
    reader.take(message)
    return reader.found[0]


def own_database(product: Product) -> str:
    """Make a database of the integrator's own beside the hub's; give its address."""
    name = f"integrator_{uuid4().hex[:8]}"
    with product.database() as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    head, _, _ = product.postgres.url.rpartition("/")
    url = f"{head}/{name}"
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE done (id bigint PRIMARY KEY, message json)")
        DatabasePosition(connection).create_table()
    return url


class Command:
    """`datahub-client scan` as a process that appends to a file, killed again and again."""

    def __init__(self, product: Product, participant: str, role: str, resource_type: str, at: Path) -> None:
        user = USERS[participant]
        self.out, self.participant, self.resource_type = at / "out.jsonl", participant, resource_type
        self.command = [sys.executable, "-m", "datahub_client", "scan", resource_type, "--position", str(at / "place")]
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(SOURCE),
            "DATAHUB_URL": product.url,
            "DATAHUB_CLIENT_ID": user["clientId"],
            "DATAHUB_CLIENT_SECRET": user["clientSecret"],
            "DATAHUB_PARTICIPANT": participant,
            "DATAHUB_ROLE": role,
        }
        self.deaths = 0
        self.chance = random.Random(42)  # noqa: S311 - a repeatable choice

    def start(self, *more: str) -> subprocess.Popen[bytes]:
        """Start it."""
        with self.out.open("ab") as out:
            return subprocess.Popen([*self.command, *more], env=self.environment, stdout=out, cwd=self.out.parent)

    def live_and_die(self, seconds: float, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Let it follow through something, and kill it in the middle of its work, or after so many seconds without."""
        process = self.start("--follow", "--every", "0.05", "--raw")
        meanwhile()
        size = self.out.stat().st_size
        end = time.monotonic() + seconds
        while self.out.stat().st_size == size and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(self.chance.uniform(0, 0.1))
        assert process.poll() is None
        process.kill()
        process.wait()
        self.deaths += 1

    def finish(self) -> None:
        """Let it read what is left."""
        assert self.start("--raw").wait(timeout=60) == 0

    def reader(self) -> Reader:
        """Give what was written, each message once; raise AssertionError if more came twice than deaths explain."""
        reader, last, twice = Reader(self.participant, self.resource_type), 0, 0
        for line in self.out.read_bytes().splitlines():
            try:
                message = json.loads(line)
            except ValueError:
                continue  # a line that death has cut; its message comes again
            if message["id"] == last:
                twice += 1
                continue
            last = message["id"]
            reader.found.append(message)
        assert twice <= self.deaths
        return reader
