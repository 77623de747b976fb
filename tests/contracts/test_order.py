"""A scanner never misses a message: none missed, none twice, none out of order, ids without gaps."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.contracts import market as cast
from tests.contracts.market import Market
from tests.contracts.product import Product
from tests.contracts.promises import Promises, check_log, check_scanner
from tests.contracts.saving import Crew
from tests.contracts.scanners import Scanner
from tests.contracts.writers.points import MarketWriter
from tests.contracts.writers.readings import ReadingsWriter

FOLLOWED = [
    (cast.BALANCE, "OPEN_SUPPLIER", "METERING_POINT", "id"),
    (cast.BALANCE, "OPEN_SUPPLIER", "AGREEMENT", "id"),
    (cast.BALANCE, "OPEN_SUPPLIER", "METERING_DATA", "id"),
    (cast.BALANCE, "OPEN_SUPPLIER", "AGREEMENT", "time"),
    (cast.SUN, "OPEN_SUPPLIER", "METERING_POINT", "time"),
    (cast.SUN, "OPEN_SUPPLIER", "METERING_DATA", "time"),
    (cast.NORTH_GRID, "GRID_OPERATOR", "AGREEMENT", "id"),
    (cast.WIND, "OPEN_SUPPLIER", "METERING_DATA", "id"),
]


def _run(product: Product, market: Market, *, points: int, changes: int, days: int, seed: int) -> None:
    promises = Promises()
    scanners = [
        Scanner(product, participant, role, resource_type, by=by) for participant, role, resource_type, by in FOLLOWED
    ]
    first = product.made_on - timedelta(days=340)
    on_readings = [
        ReadingsWriter(
            product,
            promises,
            market,
            (cast.HOUSE_OF_MARI, cast.HOUSE_OF_JAAN, cast.BAKERY, cast.EMBASSY)[number],
            [first + timedelta(days=n) for n in range(days)],
            seed=seed,
        )
        for number in range(4)
    ]
    on_market = [
        MarketWriter(product, promises, seed * 20 + number, points=points, changes=changes) for number in range(12)
    ]
    scanning, writing = Crew(), Crew()
    scanning.start(*(scanner.run for scanner in scanners))
    writing.start(*(writer.run for writer in [*on_readings, *on_market]))
    writing.wait(seconds=600)
    last_id = product.settle()
    for scanner in scanners:
        scanner.finish_at(last_id, datetime.now(UTC))
    scanning.wait(seconds=60)
    assert promises.saves == 12 * points * (3 + 2 * changes) + 4 * days
    for scanner in scanners:
        assert scanner.windows > 3, "it looked while others wrote"
        check_scanner(scanner, promises)
    check_log(product, after=min(scanner.after for scanner in scanners))


def test_scanners_beside_sixteen_writers_miss_nothing(product: Product, market: Market) -> None:
    with product.more_workers("distribution", 1):
        _run(product, market, points=2, changes=4, days=8, seed=1)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_scanners_beside_sixteen_writers_miss_nothing_for_long(product: Product, market: Market) -> None:
    with product.more_workers("distribution", 3):
        _run(product, market, points=10, changes=25, days=60, seed=2)
