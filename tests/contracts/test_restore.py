"""The hub after its database was lost and restored: no id is given out twice, scanners go on, nothing else is harmed.

As `docs/operations.md` says under "Backup and restore".
"""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from datahub.local.services import Postgres
from tests.contracts import forms, readings
from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.documents import final_status, send
from tests.contracts.product import APPLICATION_ROLE, Product, wait_until
from tests.contracts.promises import Promises, check_scanner
from tests.contracts.saving import save
from tests.contracts.scanners import ExchangeScanner, Scanner
from tests.contracts.writers.enquiries import PATH, Asker
from tests.contracts.writers.points import MarketWriter

Clients = Callable[..., Client]
WORKING = ("web", "documents", "distribution", "jobs", "beat")


class Followed:
    """A market that goes on: what is saved in it, who scans it and what was seen so far."""

    def __init__(self, product: Product, number: int) -> None:
        self.product = product
        self.promises = Promises()
        self.writer = MarketWriter(product, self.promises, number, points=0, changes=2)
        self.asker = Asker(product, cast.SUN, number, enquiries=2, changes=1)
        self.scanners = [
            Scanner(product, cast.BALANCE, "OPEN_SUPPLIER", "AGREEMENT", by="id", is_patient=True),
            Scanner(product, cast.SUN, "OPEN_SUPPLIER", "METERING_POINT", by="time", is_patient=True),
        ]
        now = datetime.now(UTC)
        self.operator = ExchangeScanner(product, PATH, cast.NORTH_GRID, "GRID_OPERATOR", now, is_patient=True)

    def save(self) -> None:
        """Save some, and have all scanners see all of it."""
        self.writer.round()
        self.asker.run()
        self.see()

    def see(self) -> None:
        """Go on scanning from where each was, up to the end of the log."""
        last_id = self.product.settle()
        for scanner in self.scanners:
            before = len(scanner.found)
            scanner.finish_at(last_id, datetime.now(UTC))
            scanner.run()
            if scanner.by == "id":
                scanner.after = last_id
            else:
                assert scanner.until_time is not None
                scanner.since = max([scanner.since, *(self._time(one) for one in scanner.found[before:])])
                scanner.since += timedelta(microseconds=1) if scanner.found[before:] else timedelta(0)
        self.operator.is_last.set()
        self.operator.run()

    @staticmethod
    def _time(message: dict[str, Any]) -> datetime:
        return datetime.fromisoformat(message["createdTime"])

    def forget(self) -> None:
        """Begin a new count: what was saved and seen so far is history."""
        self.promises.told.clear()
        self.asker.asked.clear()
        for scanner in self.scanners:
            scanner.found.clear()
        self.operator.found.clear()

    def check(self) -> None:
        """Raise AssertionError unless each scanner has exactly what was saved since the last count."""
        for scanner in self.scanners:
            check_scanner(scanner, self.promises)
        seen = {one["messageRequestId"]: one["requestComment"] for one in self.operator.found}
        assert seen == self.asker.asked
        stamps = [one["timestamp"] for one in self.operator.found]
        assert stamps == sorted(set(stamps))


def _program(product: Product, name: str, *arguments: str) -> None:
    """Run a program of PostgreSQL on the hub's database, as its owner."""
    command = [str(product.postgres.bin / name), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, f"{name}: {done.stderr[-3000:]}"


def _stop(product: Product) -> None:
    for name in WORKING:
        product.kill(name)


def _start(product: Product) -> None:
    product.restart(*WORKING)
    product.wait_ready()


def _lose(product: Product) -> None:
    """Lose the database: an empty one stands in its place."""
    with product.maintenance() as connection:
        connection.execute("DROP DATABASE datahub WITH (FORCE)")
        connection.execute("CREATE DATABASE datahub")


@pytest.fixture
def dump(tmp_path: Path) -> str:
    """Give the name of a file for a dump."""
    return str(tmp_path / "hub.dump")


def _restore(product: Product, dump: str) -> None:
    """Restore the database from a dump."""
    options = ["--exit-on-error", "--single-transaction", f"--dbname={product.postgres.url}"]
    _program(product, "pg_restore", *options, dump)


@pytest.mark.timeout(300)
def test_from_last_nights_dump(product: Product, client: Clients, dump: str) -> None:
    grid, supplier = client(cast.NORTH_GRID, "GRID_OPERATOR"), client(cast.SUN, "OPEN_SUPPLIER")
    market = Followed(product, 930 + product.last_id() % 50)
    market.save()
    market.check()
    # What was saved, and waits to be told while the dump is taken.
    product.kill("distribution")
    save(grid, "PUT", "/meter", meterMetadata=forms.comment_change(cast.EMBASSY, "waits in the dump"))
    _program(product, "pg_dump", "--format=custom", f"--file={dump}", product.postgres.url)
    at_dump = product.last_id()
    product.restart("distribution")
    market.save()
    # What is only in the store in the end: the contents of readings that are lost.
    day = product.made_on - timedelta(days=40)
    sent = readings.made(cast.EMBASSY, readings.intervals(day, day), seed=91)
    lost = send(grid, readings.message(sent))
    assert final_status(grid, lost)["status"] == "SUCCESSFUL"
    seen_until = product.settle()
    assert seen_until > at_dump + 10
    (told_before,) = _comments(supplier, at_dump, "waits in the dump")

    _stop(product)
    _lose(product)
    _restore(product, dump)
    product.run("manage.py", "migrate", "--check", as_owner=True)
    product.run("manage.py", "make_partitions", as_owner=True)
    _start(product)

    market.forget()
    wait_until(lambda: _comments(supplier, seen_until, "waits in the dump"), seconds=60, what="what waited told again")
    (told_again,) = _comments(supplier, seen_until, "waits in the dump")
    assert told_again > seen_until >= told_before
    market.see()
    market.forget()
    market.save()
    market.check()
    rows = product.rows("SELECT id, created_at FROM distribution_message ORDER BY id")
    new = [row["id"] for row in rows if row["id"] > at_dump]
    assert new[0] > seen_until, "no id is given out twice"
    assert new == list(range(new[0], new[-1] + 1))
    assert [row["created_at"] for row in rows] == sorted(row["created_at"] for row in rows)
    # A save that was lost with its answer may be sent again as it was.
    assert final_status(grid, send(grid, readings.message(sent), identification=lost))["status"] == "SUCCESSFUL"
    product.settle()
    (told,) = supplier.scan("METERING_DATA", after=seen_until)
    assert readings.plain(readings.read_content(told["content"])) == readings.plain(sent)


def _comments(supplier: Client, after: int, comment: str) -> list[int]:
    """Give the ids of the messages behind one that tell of a point with a comment."""
    return [one["id"] for one in supplier.scan("METERING_POINT", after=after) if comment in one["content"]]


# --- by files ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def own_product(product: Product) -> Iterator[Product]:
    """Give a hub of its own, whose files may be put back; the shared one rests meanwhile."""
    made = Product()
    try:
        made.start()
        yield made
    finally:
        made.stop()


def _copy(of: Path, to: Path) -> None:
    shutil.rmtree(to, ignore_errors=True)
    subprocess.run(["cp", "--archive", str(of), str(to)], check=True)


def _put_back(postgres: Postgres, copy: Path) -> None:
    """Put the files of a database back, into the directory that the server knows."""
    for entry in postgres.data.iterdir():
        shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    subprocess.run(["cp", "--archive", f"{copy}/.", str(postgres.data)], check=True)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("way", ["files", "to a moment", "files, and the store is lost"])
def test_from_copied_files(own_product: Product, tmp_path: Path, way: str) -> None:
    hub = own_product
    market = Followed(hub, 940)
    market.save()
    _stop(hub)
    hub.postgres.stop()
    copy = tmp_path / "copy"
    _copy(hub.postgres.data, copy)
    hub.restart("postgres")
    _start(hub)
    at_copy = hub.last_id()
    market.save()
    seen_until = hub.settle()
    assert seen_until > at_copy

    _stop(hub)
    hub.postgres.stop()
    _put_back(hub.postgres, copy)
    if way == "to a moment":
        # As after a base backup: what the log has is applied, and the server goes on in a timeline of its own.
        (hub.postgres.data / "recovery.signal").touch()
        if hub.postgres.account:
            shutil.chown(hub.postgres.data / "recovery.signal", hub.postgres.account["user"])
        hub.postgres.settings["restore_command"] = "false"
    hub.restart("postgres")
    if way == "files":
        assert "gets the id" in hub.run("manage.py", "lift_message_ids")
    elif way != "to a moment":
        hub.kill("s3")
        shutil.rmtree(hub.store.directory / "objects")
        hub.restart("s3")
        assert "gets the id" in hub.run("manage.py", "lift_message_ids", "--past", str(seen_until))
    _start(hub)
    market.forget()
    market.save()
    market.check()
    new = [row["id"] for row in hub.rows("SELECT id FROM distribution_message WHERE id > %s ORDER BY id", at_copy)]
    assert new[0] > seen_until, "no id is given out twice"
    assert new == list(range(new[0], new[-1] + 1))


@pytest.mark.long
@pytest.mark.timeout(600)
def test_under_processes_that_go_on(own_product: Product, dump: str) -> None:
    """Nobody stopped them: they see another database, and go on with it within seconds."""
    hub = own_product
    market = Followed(hub, 950)
    market.save()
    _program(hub, "pg_dump", "--format=custom", f"--file={dump}", hub.postgres.url)
    at_dump = hub.last_id()
    market.save()
    seen_until = hub.settle()
    _lose(hub)
    _restore(hub, dump)
    market.forget()
    market.save()
    market.check()
    new = [row["id"] for row in hub.rows("SELECT id FROM distribution_message WHERE id > %s ORDER BY id", at_dump)]
    assert new[0] > seen_until, "no id is given out twice"


def test_the_applications_role_owns_nothing_after_a_restore(product: Product) -> None:
    owned = product.rows(
        "SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = %s AND relnamespace = 'public'::regnamespace",
        APPLICATION_ROLE,
    )
    assert owned == []
