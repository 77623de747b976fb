"""Connection requests beside writers: who scans behind the last timestamp misses nothing and sees nothing twice."""

from datetime import UTC, datetime

import pytest

from tests.contracts import market as cast
from tests.contracts.product import Product
from tests.contracts.saving import Crew
from tests.contracts.scanners import ExchangeScanner
from tests.contracts.writers.connections import PATH, Requester, check_all

WRITERS = 8


@pytest.mark.parametrize("rounds", [4, pytest.param(30, marks=[pytest.mark.long, pytest.mark.timeout(900)])])
def test_scanners_beside_writers_miss_nothing(product: Product, rounds: int) -> None:
    writers = [Requester(product, 7_000 + rounds * 100 + number, rounds=rounds) for number in range(WRITERS)]
    for writer in writers:
        writer.prepare()
    since = datetime.now(UTC)
    of_operator = ExchangeScanner(product, PATH, cast.NORTH_GRID, "GRID_OPERATOR", since)
    of_supplier = ExchangeScanner(product, PATH, cast.SUN, "OPEN_SUPPLIER", since)
    scanning, writing = Crew(), Crew()
    scanning.start(of_operator.run, of_supplier.run)
    writing.start(*(writer.run for writer in writers))
    writing.wait(seconds=600)
    for scanner in (of_operator, of_supplier):
        scanner.is_last.set()
    scanning.wait(seconds=60)
    assert sum(len(writer.asked) for writer in writers) == WRITERS * rounds
    check_all(product, writers, of_operator, of_supplier, since)
