"""Connection requests of a supplier and the operator's answers, and what their scanners must have found."""

from datetime import datetime, timedelta
from typing import Any

from tests.contracts import connections, forms
from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.product import Product
from tests.contracts.saving import refused, save
from tests.contracts.scanners import ExchangeScanner

PATH = "/connection-state"


class Requester:
    """A supplier and an operator that go through requests for one customer's point, one after the other."""

    def __init__(self, product: Product, number: int, *, rounds: int = 0) -> None:
        self.supplier = Client.of(product.url, cast.SUN, "OPEN_SUPPLIER")
        self.operator = Client.of(product.url, cast.NORTH_GRID, "GRID_OPERATOR")
        self.code, self.rounds = forms.point_code(number), rounds
        self.today = datetime.now(cast.TALLINN).date()
        self.later = self.today + timedelta(days=7)
        self.asked: list[str] = []
        self.saves = 0

    def prepare(self) -> None:
        """Register the point with its agreements, valid from this morning."""
        start = cast.local_midnight(self.today)
        save(self.operator, "POST", "/meter", meterMetadata=forms.point(self.code, "connections"))
        grid = forms.agreement("GRID", cast.NORTH_GRID, cast.JAAN, start, code=self.code)
        save(self.operator, "POST", "/agreement", agreement=grid)
        supply = forms.agreement("SUPPLY", cast.SUN, cast.JAAN, start, code=self.code)
        save(self.supplier, "POST", "/agreement", agreement=supply)

    def run(self) -> None:
        """Go through all requests."""
        for _ in range(self.rounds):
            self.round()

    def round(self) -> None:
        """Ask, change, plan, change the plan; then by turns have it done, cancelled, or refused and cancelled."""
        number = len(self.asked)
        asked = connections.request(self.code, cast.JAAN, self.later)
        request_id = self._save(self.supplier, "POST", PATH, connectionStateRequest=asked)
        self.asked.append(request_id)
        second = {**asked, "requestComment": "refused"}
        redundant = "redundant-connection-state-initialization"
        refused(self.supplier, "POST", PATH, redundant, connectionStateRequest=second)
        self._change(request_id, requestComment="first")
        plan = {"connectionStateRequestId": request_id, "connectionStateResponse": connections.plan(self.later)}
        self._save(self.operator, "POST", f"{PATH}/response", **plan)
        self._answer(request_id, responseComment="planned")
        self._change(request_id, requestComment="second")
        if number % 3 == 0:
            self._answer(request_id, responseConnectionState="DISCONNECTED")
            return
        if number % 3 == 1:
            self._answer(request_id, responseConnectionState="REFUSED", responseReason="FAULT")
        self._change(request_id, requestedConnectionState="CANCELLED")

    def _save(self, client: Client, method: str, path: str, **fields: Any) -> Any:
        answer = save(client, method, path, **fields)
        self.saves += 1
        return answer.json()

    def _change(self, request_id: str, **fields: Any) -> None:
        body = {"connectionStateRequestId": request_id, "connectionStateRequestChange": fields}
        self._save(self.supplier, "PUT", PATH, **body)

    def _answer(self, request_id: str, **fields: Any) -> None:
        body = {"connectionStateRequestId": request_id, "connectionStateResponseChange": fields}
        self._save(self.operator, "PUT", f"{PATH}/response", **body)


def check(scanner: ExchangeScanner, product: Product, side: str, asked: list[str], since: datetime) -> None:
    """Raise AssertionError unless a scanner has seen the last save of a side for each request, and none twice."""
    assert scanner.scans > 10, "it looked while others wrote"
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


def check_all(
    product: Product,
    requesters: list[Requester],
    operator: ExchangeScanner,
    supplier: ExchangeScanner,
    since: datetime,
) -> None:
    """Hold the scanners of both sides against what was saved, and the history against the number of saves."""
    asked = [request_id for one in requesters for request_id in one.asked]
    check(operator, product, "SENDER", asked, since)
    check(supplier, product, "RECEIVER", asked, since)
    steps = product.rows("SELECT request_id::text AS id, at FROM connections_step WHERE at > %s", since)
    assert len({step["at"] for step in steps}) == len(steps)
    assert len([step for step in steps if step["id"] in asked]) == sum(one.saves for one in requesters)
