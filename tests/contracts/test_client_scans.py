"""Scans of the package of `clients/python` keep against the product what its README promises."""

import json
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from datahub_client import DatabasePosition, Hub, MemoryPosition
from datahub_client.scanning.log import LogPlace

from tests.contracts import enquiries, forms
from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.market import Market
from tests.contracts.product import Product, wait_until
from tests.contracts.promises import Promises, check_scanner
from tests.contracts.saving import Crew
from tests.contracts.systems import Command, DatabaseReader, FileReader, own_database
from tests.contracts.test_client_package import (
    call_of_agreements,
    call_of_bills,
    call_of_customers,
    call_of_points,
    call_of_readings,
)
from tests.contracts.writers.points import MarketWriter
from tests.contracts.writers.readings import ReadingsWriter

Hubs = Callable[..., Hub]
GRID, SUPPLIER, ADVISER = "GRID_OPERATOR", "OPEN_SUPPLIER", "ENERGY_SERVICE_PROVIDER"

RECIPIENTS = [
    (cast.SUN, SUPPLIER, "METERING_POINT"),
    (cast.SUN, SUPPLIER, "METERING_DATA"),
    (cast.SUN, SUPPLIER, "NETWORK_BILL"),
    (cast.NAMED, SUPPLIER, "CUSTOMER_DATA"),
    (cast.NORTH_GRID, GRID, "AGREEMENT"),
    (cast.ADVICE, ADVISER, "PERMISSION"),
]


def test_scans_of_all_types_give_what_was_told(
    product: Product, market: Market, hubs: Hubs, client: Callable[..., Client]
) -> None:
    grid = hubs(cast.NORTH_GRID, GRID)
    call_of_readings(product, grid)
    call_of_bills(grid, market)
    grid.metering_points.change(forms.comment_change(cast.HOUSE_OF_JAAN, "told to the package"))
    call_of_customers(grid)
    code = forms.point_code(998_002)
    call_of_points(grid, code)
    call_of_agreements(grid, hubs(cast.SUN, SUPPLIER), code)
    product.settle()
    for participant, role, resource_type in RECIPIENTS:
        hub: Hub = hubs(participant, role)
        told = client(participant, role).scan(resource_type, after=0)
        assert told, "there is something to compare"
        for start in ("oldest", 1, datetime.now(UTC) - timedelta(days=6, hours=23)):
            scanned = list(hub.scan(resource_type, position=None, start=start))
            assert [(one.id, one.text) for one in scanned] == [(one["id"], one["content"]) for one in told]
        last = told[-1]
        at = datetime.fromisoformat(last["createdTime"])
        for start in (last["id"], at):
            assert [one.id for one in hub.scan(resource_type, position=None, start=start)] == [last["id"]]
        assert list(hub.scan(resource_type, position=None, start="now")) == []


def test_a_content_that_the_store_cannot_give_now_is_waited_for(product: Product, hubs: Hubs) -> None:
    sun, grid = hubs(cast.SUN, SUPPLIER), hubs(cast.NORTH_GRID, GRID)
    memory = MemoryPosition()
    memory.place = LogPlace(product.last_id()).text
    grid.metering_points.change(forms.comment_change(cast.HOUSE_OF_JAAN, "waited for"))
    product.settle()
    product.store.kill()
    scan = sun.scan("METERING_POINT", position=memory)
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        product.store.start()

    scan._wait = wait
    (message,) = scan
    assert message.content["meterLocation"]["comment"] == "waited for"
    assert len(waited) == 1


@pytest.mark.timeout(180)
def test_scans_beside_writers_and_deaths_miss_nothing(
    product: Product, market: Market, hubs: Hubs, tmp_path: Path
) -> None:
    """A position in a file, one in a database, and the command that is killed; the web server dies in the middle."""
    promises = Promises()
    balance = hubs(cast.BALANCE, SUPPLIER)
    first_id = product.last_id() + 1
    in_file = FileReader(hubs(cast.SUN, SUPPLIER), cast.SUN, "METERING_POINT", tmp_path / "points")
    in_database = DatabaseReader(balance, cast.BALANCE, "AGREEMENT", own_database(product))
    command = Command(product, cast.BALANCE, SUPPLIER, "METERING_DATA", tmp_path)
    points = (cast.HOUSE_OF_MARI, cast.HOUSE_OF_JAAN)
    first = product.made_on - timedelta(days=215)
    days = [first + timedelta(days=n) for n in range(8)]
    # What was told before is not ours to compare.
    for scan in (
        in_file.hub.scan("METERING_POINT", position=in_file.path, start=first_id),
        balance.scan("METERING_DATA", position=tmp_path / "place", start=first_id),
    ):
        assert list(scan) == []
    with psycopg.connect(in_database.url) as connection:
        assert list(balance.scan("AGREEMENT", position=DatabasePosition(connection), start=first_id)) == []
    reading, writing = Crew(), Crew()
    writing.start(
        *(MarketWriter(product, promises, 940 + number, points=2, changes=4).run for number in range(2)),
        *(ReadingsWriter(product, promises, market, point, days, seed=15).run for point in points),
    )
    reading.start(in_file.run, in_database.run)
    command.live_and_die(3)
    wait_until(lambda: promises.saves > 20, seconds=30, what="twenty saves")

    def the_web_server_dies() -> None:
        product.kill("web")
        product.restart("web")
        product.wait_ready()

    command.live_and_die(3, the_web_server_dies)
    while writing.is_at_work or command.deaths < 3:
        command.live_and_die(2)
    writing.wait(seconds=60)
    product.wait_ready()
    product.settle()
    in_file.no_more.set()
    in_database.no_more.set()
    command.finish()
    reading.wait(seconds=60)
    assert promises.saves == 2 * 2 * (3 + 2 * 4) + 2 * len(days)
    for reader in (in_file, in_database, command.reader()):
        check_scanner(reader, promises)
        assert len(reader.found) > 10
    assert in_database.failures > 0


def test_changes_are_followed_by_a_process_that_ends_when_asked(product: Product, hubs: Hubs, tmp_path: Path) -> None:
    sun, grid = hubs(cast.SUN, SUPPLIER), hubs(cast.NORTH_GRID, GRID)
    command = Command(product, cast.SUN, SUPPLIER, "METERING_POINT", tmp_path)
    command.command[3:5] = ["changes", "enquiries"]
    assert list(sun.scan_enquiries(position=tmp_path / "place", start="now")) == []
    process = command.start("--follow", "--every", "0.05")
    request: Any = enquiries.request("followed")
    answered = []
    for number in range(3):
        enquiry = sun.enquiries.send(request)
        grid.enquiries.respond(enquiry, {"requestStatus": "CLOSE", "responseComment": str(number)})
        answered.append(enquiry)
    wait_until(lambda: command.out.read_bytes().count(b"\n") == 3, seconds=20, what="three answers")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0
    assert [json.loads(line)["messageRequestId"] for line in command.out.read_bytes().splitlines()] == answered
