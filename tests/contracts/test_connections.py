"""Connection requests beside writers: who scans behind the last timestamp misses nothing and sees nothing twice."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.contracts import connections, forms
from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.product import Product
from tests.contracts.writers import Crew, save

WRITERS = 8
PATH = "/connection-state"


class Writer:
    """A supplier and an operator that go through requests for one customer's point, one after the other."""

    def __init__(self, product: Product, number: int, *, rounds: int) -> None:
        self.supplier = Client.of(product.url, cast.SUN, "OPEN_SUPPLIER")
        self.operator = Client.of(product.url, cast.NORTH_GRID, "GRID_OPERATOR")
        self.code, self.rounds = forms.point_code(number), rounds
        self.today = datetime.now(cast.TALLINN).date()
        self.later = self.today + timedelta(days=7)
        self.asked: list[str] = []

    def prepare(self) -> None:
        """Register the point with its agreements, valid from this morning."""
        start = cast.local_midnight(self.today)
        save(self.operator, "POST", "/meter", meterMetadata=forms.point(self.code, "connections"))
        grid = forms.agreement("GRID", cast.NORTH_GRID, cast.JAAN, start, code=self.code)
        save(self.operator, "POST", "/agreement", agreement=grid)
        supply = forms.agreement("SUPPLY", cast.SUN, cast.JAAN, start, code=self.code)
        save(self.supplier, "POST", "/agreement", agreement=supply)

    def run(self) -> None:
        """Ask, change, plan, change the plan; then by turns have it done, cancelled, or refused and cancelled."""
        for number in range(self.rounds):
            asked = connections.request(self.code, cast.JAAN, self.later)
            request_id = save(self.supplier, "POST", PATH, connectionStateRequest=asked).json()
            self.asked.append(request_id)
            self._change(request_id, requestComment="first")
            plan = connections.plan(self.later)
            save(
                self.operator,
                "POST",
                f"{PATH}/response",
                connectionStateRequestId=request_id,
                connectionStateResponse=plan,
            )
            self._answer(request_id, responseComment="planned")
            self._change(request_id, requestComment="second")
            if number % 3 == 0:
                self._answer(request_id, responseConnectionState="DISCONNECTED")
                continue
            if number % 3 == 1:
                self._answer(request_id, responseConnectionState="REFUSED", responseReason="FAULT")
            self._change(request_id, requestedConnectionState="CANCELLED")

    def _change(self, request_id: str, **fields: Any) -> None:
        save(self.supplier, "PUT", PATH, connectionStateRequestId=request_id, connectionStateRequestChange=fields)

    def _answer(self, request_id: str, **fields: Any) -> None:
        body = {"connectionStateRequestId": request_id, "connectionStateResponseChange": fields}
        save(self.operator, "PUT", f"{PATH}/response", **body)


class Scanner:
    """Follows what the other side saves, from the last timestamp on, until it is told that nothing more comes."""

    def __init__(self, product: Product, participant: str, role: str, since: datetime) -> None:
        self.client = Client.of(product.url, participant, role)
        self.since = since.isoformat()
        self.found: list[dict[str, Any]] = []
        self.scans = 0
        self.is_last = threading.Event()

    def scan(self, since: str) -> list[dict[str, Any]]:
        """Give what was saved after an instant."""
        answer = self.client.post(f"{PATH}/change", updatePeriodStart=since)
        assert answer.status_code == 200, answer.text
        return list(answer.json())

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


def check(scanner: Scanner, product: Product, side: str, asked: list[str], since: datetime) -> None:
    """Raise AssertionError unless a scanner has seen the last save of a side for each request, and none twice."""
    times = [one["timestamp"] for one in scanner.found]
    assert times == sorted(set(times)), "in the order of saving, none twice"
    steps = product.rows(
        "SELECT request_id::text AS id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.USZ') AS at"
        " FROM connections_step WHERE side = %s AND at > %s ORDER BY at",
        side,
        since,
    )
    saved = {(step["id"], step["at"]) for step in steps if step["id"] in asked}
    seen = [(one["connectionStateRequestId"], one["timestamp"]) for one in scanner.found]
    ours = [one for one in seen if one[0] in asked]
    assert set(ours) <= saved, "only what was saved"
    assert dict(ours) == dict(sorted(saved, key=lambda one: one[1])), "the last state of each"
    # Whoever begins anew now gets each once, as who scanned beside the writers saw it last.
    again: list[dict[str, Any]] = []
    start = since.isoformat()
    while changes := scanner.scan(start):
        again += changes
        start = changes[-1]["timestamp"]
    assert len(again) == len({one["connectionStateRequestId"] for one in again})
    last = {one["connectionStateRequestId"]: one for one in scanner.found}
    said = {
        "SENDER": ("timestamp", "requestedConnectionState", "requestComment"),
        "RECEIVER": ("timestamp", "responseConnectionState", "responseComment"),
    }[side]
    for one in again:
        assert [last[one["connectionStateRequestId"]].get(name) for name in said] == [one.get(name) for name in said]
    assert len(again) == len(last)


@pytest.mark.parametrize("rounds", [4, pytest.param(30, marks=[pytest.mark.long, pytest.mark.timeout(900)])])
def test_scanners_beside_writers_miss_nothing(product: Product, rounds: int) -> None:
    writers = [Writer(product, 7_000 + rounds * 100 + number, rounds=rounds) for number in range(WRITERS)]
    for writer in writers:
        writer.prepare()
    since = datetime.now(UTC)
    of_operator = Scanner(product, cast.NORTH_GRID, "GRID_OPERATOR", since)
    of_supplier = Scanner(product, cast.SUN, "OPEN_SUPPLIER", since)
    scanning, writing = Crew(), Crew()
    scanning.start(of_operator.run, of_supplier.run)
    writing.start(*(writer.run for writer in writers))
    writing.wait(seconds=600)
    for scanner in (of_operator, of_supplier):
        scanner.is_last.set()
    scanning.wait(seconds=60)
    asked = [request_id for writer in writers for request_id in writer.asked]
    assert len(asked) == WRITERS * rounds
    for scanner, side in ((of_operator, "SENDER"), (of_supplier, "RECEIVER")):
        assert scanner.scans > 10, "it looked while others wrote"
        check(scanner, product, side, asked, since)
    steps = product.rows("SELECT at FROM connections_step WHERE at > %s", since)
    assert len({step["at"] for step in steps}) == len(steps)
