"""Network bills through the whole product: sent by an operator, scanned by whose agreements overlap them, searched."""

import json
from collections.abc import Callable
from typing import Any

from tests.contracts import forms
from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.market import CAST, Market, months_from, roles_of
from tests.contracts.product import Product

Clients = Callable[..., Client]


def test_bills_around_a_change_of_supplier_reach_each_supplier_with_its_own_and_nobody_else(
    product: Product, market: Market, client: Clients
) -> None:
    first = months_from(market.first, -5)
    starts = [cast.local_midnight(months_from(first, number)) for number in (-1, 0, 1)]
    sent = [
        forms.network_bill(cast.HOUSE_OF_JAAN, start, end=end, total=total)
        for start, end, total in ((starts[0], starts[1], 1.25), (starts[1], starts[2], 2.5))
    ]
    before = product.last_id()
    answer = client(cast.NORTH_GRID, "GRID_OPERATOR").post("/network-bill", networkBillTimeSeries=sent)
    assert answer.status_code == 201, answer.text
    product.settle()
    expected = {cast.WIND: [1.25], cast.SUN: [1.25, 2.5], cast.BALANCE: [1.25, 2.5]}
    for participant in (entry["eic"] for entry in CAST["participants"]):
        for role, commodity in roles_of(participant):
            messages = client(participant, role, commodity).scan("NETWORK_BILL", after=before)
            told = [[_total(bill) for bill in json.loads(message["content"])] for message in messages]
            entitled = expected.get(participant) if (role, commodity) == ("OPEN_SUPPLIER", "ELECTRICITY") else None
            assert told == ([entitled] if entitled else []), (participant, role, commodity)
    answered = answer.json()["networkBillTimeSeries"]
    assert _found(client(cast.WIND, "OPEN_SUPPLIER"))[-1] == answered[0]
    assert [bill for bill in answered if bill in _found(client(cast.SUN, "OPEN_SUPPLIER"))] == answered
    stranger = _search(client(cast.STRANGER, "OPEN_SUPPLIER"))
    assert stranger.status_code == 404


def _total(bill: dict[str, Any]) -> float:
    return float(bill["networkBillPeriod"]["measurements"][0]["total"])


def _search(reader: Client) -> Any:
    return reader.post("/network-bill/search", networkBillAttributes={"meterEic": cast.HOUSE_OF_JAAN})


def _found(reader: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _search(reader).json()["networkBillList"]
    return found
