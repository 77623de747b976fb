"""Two agreements that overlap, saved at the same instant: one stands and is told, the other gets a clear refusal.

Of grid agreements: `test_market_stories.py`.
"""

import threading
import uuid
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import httpx
import pytest

from tests.contracts import forms
from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.market import months_from
from tests.contracts.product import Product
from tests.contracts.promises import GAS
from tests.contracts.saving import save
from tests.contracts.writers.agreements import reference
from tests.contracts.writers.points import start_ahead

# Who saves what, two at a time.
Save = tuple[Client, dict[str, Any]]
Make = Callable[[Product, int], list[Save]]


def _border(product: Product, number: int) -> list[Save]:
    """One border point, two neighbours."""
    grid = Client.of(product.url, cast.NORTH_GRID, "GRID_OPERATOR")
    code = forms.point_code(number)
    save(grid, "POST", "/meter", meterMetadata=forms.point(code, "overlap", kind="BORDER"))
    return [
        (
            Client.of(product.url, cast.NORTH_GRID, "GRID_OPERATOR"),
            forms.agreement("BORDER_GRID", cast.NORTH_GRID, neighbour, start_ahead(), code=code),
        )
        for neighbour in (cast.SOUTH_GRID, cast.ALL_ROLES)
    ]


def _aggregation(product: Product, number: int) -> list[Save]:
    """One point of an aggregator, two of its systems with another start each."""
    grid = Client.of(product.url, cast.NORTH_GRID, "GRID_OPERATOR")
    aggregator = Client.of(product.url, cast.AGGREGATOR, "AGGREGATOR")
    parent, code, start = forms.point_code(number), forms.point_code(number, prefix="38ZAG-1"), start_ahead()
    save(grid, "POST", "/meter", meterMetadata=forms.point(parent, "overlap"))
    of_grid = forms.agreement("GRID", cast.NORTH_GRID, cast.JAAN, start, code=parent)
    save(grid, "POST", "/agreement", agreement=of_grid)
    save(aggregator, "POST", "/meter", meterMetadata=forms.aggregation_point(code, parent, "overlap"))
    days = [start, cast.local_midnight(start.astimezone(cast.TALLINN).date() + timedelta(days=20))]
    return [
        (
            Client.of(product.url, cast.AGGREGATOR, "AGGREGATOR"),
            forms.agreement("AGGREGATION", cast.AGGREGATOR, cast.JAAN, day, code=code),
        )
        for day in days
    ]


def _between(kind: str, parties: list[tuple[str, str]], registrars: list[tuple[str, str]]) -> Make:
    """Two agreements between participants, in gas, which nothing else stands on."""

    def make(product: Product, number: int) -> list[Save]:
        first = months_from((product.made_on + timedelta(days=21)).replace(day=1), 1)
        start = datetime.combine(first, time(7), cast.TALLINN)
        return [
            (Client.of(product.url, *registrar, GAS), forms.agreement(kind, *pair, start, commodity=GAS))
            for pair, registrar in zip(parties, registrars, strict=True)
        ]

    return make


_ALL_ROLES = (cast.ALL_ROLES, "GRID_OPERATOR")
KINDS: dict[str, Make] = {
    "BORDER_GRID": _border,
    "AGGREGATION": _aggregation,
    "PORTFOLIO_SUPPLIER": _between(
        "PORTFOLIO_SUPPLIER",
        [(cast.BALANCE, cast.NAMED), (cast.SUN, cast.NAMED)],
        [(cast.BALANCE, "OPEN_SUPPLIER"), (cast.SUN, "OPEN_SUPPLIER")],
    ),
    "NAMED_SUPPLIER": _between(
        "NAMED_SUPPLIER", [(cast.SUN, cast.ALL_ROLES), (cast.BALANCE, cast.ALL_ROLES)], [_ALL_ROLES] * 2
    ),
    "JOINT_INVOICE": _between("JOINT_INVOICE", [(cast.SUN, cast.ALL_ROLES)] * 2, [_ALL_ROLES] * 2),
}


@pytest.mark.parametrize("kind", KINDS)
def test_of_two_at_the_same_instant_one_stands(product: Product, kind: str) -> None:
    for turn in range(3):
        saves = KINDS[kind](product, 880_000 + 10 * list(KINDS).index(kind) + turn)
        for client, _ in saves:
            client.token()
        together = threading.Barrier(len(saves))
        answers: dict[int, httpx.Response] = {}

        def send(
            place: int,
            client: Client,
            agreement: dict[str, Any],
            together: threading.Barrier = together,
            answers: dict[int, httpx.Response] = answers,
        ) -> None:
            body = client.body({"agreement": agreement})
            together.wait(10)
            answers[place] = client.send("POST", "/agreement", body, identification=uuid.uuid4())

        threads = [threading.Thread(target=send, args=[place, *one]) for place, one in enumerate(saves)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        said = {place: answer.status_code for place, answer in answers.items()}
        assert sorted(said.values()) == [201, 422], {place: answer.text for place, answer in answers.items()}
        standing, refused = sorted(said, key=lambda place: said[place])
        assert answers[refused].json()["cause"]["code"] == "dd.error.business.overlapping-agreements"
        client, agreement = saves[standing]
        rows = product.rows(
            "SELECT a.valid_from FROM agreements_agreement a LEFT JOIN metering_point p ON p.id = a.point_id"
            " JOIN parties_party c ON c.id = a.customer_id"
            " WHERE a.type = %s AND a.commodity = %s AND a.deleted_at IS NULL AND a.valid_from >= %s"
            " AND (p.eic = %s OR p.eic IS NULL AND c.eic = %s)",
            *(kind, agreement["commodityType"], product.made_on, agreement.get("meterEic"), agreement["customerEic"]),
        )
        assert [row["valid_from"] for row in rows] == [datetime.fromisoformat(agreement["validFrom"])], rows
        save(client, "POST", "/agreement/delete", agreement=reference(agreement))
