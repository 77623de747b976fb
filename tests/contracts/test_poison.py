"""A change that cannot be told: set aside, seen by staff; what comes after it at its point waits, all else flows."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from psycopg.types.json import Json

from tests.contracts import forms, readings
from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.documents import final_status, send, status_of
from tests.contracts.people import Person
from tests.contracts.product import Product, wait_until
from tests.contracts.promises import Promises
from tests.contracts.saving import save
from tests.contracts.writers.points import MarketWriter

Clients = Callable[..., Client]
ADMIN = "/admin/outbox/unit/"


@pytest.fixture
def codes(product: Product) -> list[str]:
    """Give two points with agreements of their own, all of it told."""
    writer = MarketWriter(product, Promises(), 0, points=0, changes=0)
    found = [forms.point_code(900_000 + product.last_id() * 2 + number) for number in range(2)]
    for code in found:
        writer.register(code)
    product.settle()
    return found


@pytest.fixture
def staff(product: Product) -> Iterator[Person]:
    """Give a member of staff, signed in to the admin."""
    person = Person(product.url, "staff")
    person.sign_in()
    yield person
    person.http.close()


class Poisoned:
    """A change at a point that was made unreadable before any worker came to it; others were saved after it."""

    def __init__(self, product: Product, grid: Client, codes: list[str]) -> None:
        self.product, self.code = product, codes[0]
        self.before = product.last_id()
        product.kill("distribution")
        save(grid, "PUT", "/meter", meterMetadata=forms.comment_change(codes[0], "poisoned"))
        (row,) = product.rows("SELECT id, changes FROM outbox_unit WHERE lanes @> ARRAY[%s]::varchar[]", codes[0])
        self.unit, self.changes = row["id"], row["changes"]
        # As a snapshot that an older version has left and this one cannot read. It has failed often enough before.
        spoilt = [{**change, "after": {"nobody": "knows this"}, "before": None} for change in self.changes]
        self._set(spoilt, attempts=4)
        save(grid, "PUT", "/meter", meterMetadata=forms.comment_change(codes[0], "behind it"))
        save(grid, "PUT", "/meter", meterMetadata=forms.comment_change(codes[1], "elsewhere"))
        product.restart("distribution")
        wait_until(lambda: self.state()["set_aside_at"], seconds=30, what="the unit set aside")

    def _set(self, changes: object, *, attempts: int) -> None:
        with self.product.database() as connection:
            connection.execute(
                "UPDATE outbox_unit SET changes = %s, attempts = %s WHERE id = %s", [Json(changes), attempts, self.unit]
            )

    def state(self) -> dict[str, object]:
        """Give how the unit waits."""
        (row,) = self.product.rows(
            "SELECT set_aside_at, attempts, last_error FROM outbox_unit WHERE id = %s", self.unit
        )
        return row

    def mend(self) -> None:
        """Make the change readable again, as a version does that has learned to."""
        self._set(self.changes, attempts=int(str(self.state()["attempts"])))


def _comments(client: Clients, after: int) -> list[tuple[str, str]]:
    """Give what the supplier was told of points: the code and the comment."""
    contents = [
        json.loads(message["content"])
        for message in client(cast.SUN, "OPEN_SUPPLIER").scan("METERING_POINT", after=after)
    ]
    return [(content["meteringPoint"]["meterEic"], content["meterLocation"]["comment"]) for content in contents]


def _readings(client: Clients, after: int) -> list[readings.Reading]:
    """Give what the portfolio provider was told of readings."""
    told = client(cast.BALANCE, "OPEN_SUPPLIER").scan("METERING_DATA", after=after)
    return [reading for message in told for reading in readings.read_content(message["content"])]


def _act(staff: Person, action: str, unit: int, **more: str) -> str:
    """Do something to a unit in the list of the admin; give the page that is shown then."""
    answer = staff.send(ADMIN, {"action": action, "_selected_action": str(unit), "index": "0", **more})
    assert answer is not None and answer.status_code in {200, 302}, answer
    return answer.text if answer.status_code == 200 else staff.get(answer.headers["location"]).text


def test_it_is_set_aside_and_told_in_its_place_when_staff_have_it_tried_again(
    product: Product, client: Clients, staff: Person, codes: list[str]
) -> None:
    grid = client(cast.NORTH_GRID, "GRID_OPERATOR")
    poisoned = Poisoned(product, grid, codes)
    try:
        wait_until(lambda: _comments(client, poisoned.before), seconds=30, what="what was saved elsewhere told")
        # A document over both points and what follows it: only what is at the poisoned point is held back.
        day = product.made_on + timedelta(days=10)
        sent = [one for code in codes for one in readings.made(code, readings.intervals(day, day))]
        assert final_status(grid, send(grid, readings.message(sent)))["status"] == "SUCCESSFUL"
        save(grid, "PUT", "/meter", meterMetadata=forms.comment_change(codes[1], "elsewhere again"))
        there = [(codes[1], "elsewhere"), (codes[1], "elsewhere again")]
        wait_until(
            lambda: _comments(client, poisoned.before) == there, seconds=30, what="what follows it elsewhere told"
        )
        elsewhere = [reading for reading in sent if reading.point == codes[1]]
        assert readings.plain(_readings(client, poisoned.before)) == readings.plain(elsewhere)
        shown = staff.get(f"{ADMIN}?state=aside").text
        assert str(poisoned.unit) in shown and codes[0] in shown
        assert re.search(r"(KeyError|TypeError|ValueError|AttributeError)", shown), "staff see what is wrong"
        # Tried again as it is, it is set aside again and nothing behind it has moved.
        with product.database() as connection:
            connection.execute("UPDATE outbox_unit SET attempts = 4 WHERE id = %s", [poisoned.unit])
        assert not [comment for code, comment in _comments(client, poisoned.before) if code == codes[0]]
    finally:
        poisoned.mend()
    assert "will be tried again" in _act(staff, "retry", poisoned.unit)
    product.settle()
    told = _comments(client, poisoned.before)
    assert [comment for code, comment in told if code == codes[0]] == ["poisoned", "behind it"]
    assert [comment for code, comment in told if code == codes[1]] == ["elsewhere", "elsewhere again"]
    assert readings.plain(_readings(client, poisoned.before)) == readings.plain(sent)


def test_it_is_told_to_nobody_when_staff_discard_it_and_what_waited_goes_on(
    product: Product, client: Clients, staff: Person, codes: list[str]
) -> None:
    poisoned = Poisoned(product, client(cast.NORTH_GRID, "GRID_OPERATOR"), codes)
    assert "Discard these units?" in _act(staff, "drop", poisoned.unit)
    assert [comment for _, comment in _comments(client, poisoned.before)] == ["elsewhere"]
    assert "was discarded" in _act(staff, "drop", poisoned.unit, confirmed="yes")
    product.settle()
    assert sorted(comment for _, comment in _comments(client, poisoned.before)) == ["behind it", "elsewhere"]
    assert "discarded by staff" in staff.get(f"/admin/outbox/processedunit/{poisoned.unit}/change/").text


def test_a_document_that_cannot_be_read_ends_as_an_error_and_others_are_worked_on(
    product: Product, client: Clients, codes: list[str]
) -> None:
    grid = client(cast.NORTH_GRID, "GRID_OPERATOR")
    before = product.last_id()
    day = product.made_on + timedelta(days=12)
    product.kill("documents")
    spoilt = send(grid, readings.message(readings.made(codes[0], readings.intervals(day, day))))
    with product.database() as connection:
        connection.execute(
            "UPDATE metering_document_body b SET body = 'no longer what was sent' FROM metering_document d"
            " WHERE d.id = b.document_id AND d.identification = %s",
            [spoilt],
        )
        # It has failed before, as often as it may but once.
        connection.execute("UPDATE metering_document SET attempts = 4 WHERE identification = %s", [spoilt])
    product.restart("documents")

    def has_failed() -> bool:
        (row,) = product.rows("SELECT attempts FROM metering_document WHERE identification = %s", spoilt)
        return bool(row["attempts"] == 5)

    wait_until(has_failed, seconds=30, what="the last attempt")
    assert status_of(grid, spoilt)["status"] == "PROCESSING"
    with product.database() as connection:
        connection.execute("UPDATE metering_document SET not_before = NULL WHERE identification = %s", [spoilt])
    right = send(grid, readings.message(readings.made(codes[1], readings.intervals(day, day))))
    assert final_status(grid, right)["status"] == "SUCCESSFUL"
    assert final_status(grid, spoilt)["status"] == "ERROR"
    assert status_of(grid, spoilt)["errors"]
    product.settle()
    (told,) = client(cast.BALANCE, "OPEN_SUPPLIER").scan("METERING_DATA", after=before)
    assert {reading.point for reading in readings.read_content(told["content"])} == {codes[1]}
