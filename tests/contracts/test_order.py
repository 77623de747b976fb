"""A scanner never misses a message: none missed, none twice, none out of order, ids without gaps."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from tests.contracts import market as cast
from tests.contracts import readings
from tests.contracts.market import Market
from tests.contracts.product import Product
from tests.contracts.writers import Crew, MarketWriter, Promises, ReadingsWriter, Scanner, Told, told

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


def check_scanner(scanner: Scanner, promises: Promises) -> None:
    """Raise AssertionError unless a scanner has exactly what was promised to its participant, in order."""
    who = f"{scanner.participant} {scanner.resource_type} by {scanner.by}"
    ids = [message["id"] for message in scanner.found]
    assert ids == sorted(set(ids)), f"{who}: ids {ids}"
    times = [datetime.fromisoformat(message["createdTime"]) for message in scanner.found]
    assert times == sorted(times), who
    if scanner.resource_type == "METERING_DATA":
        got = [reading for message in scanner.found for reading in readings.read_content(message["content"])]
        assert readings.plain(got) == readings.plain(promises.readings[scanner.participant]), who
        return
    found = [told(message) for message in scanner.found]
    expected = [one for one in promises.told[scanner.participant] if one[0] == scanner.resource_type]
    assert sorted(found) == sorted(expected), who
    assert by_object(found) == by_object(expected), f"{who}: saves of one object out of order"


def by_object(messages: Sequence[Told]) -> dict[str, list[Told]]:
    """Group what was told by object, in its order."""
    found: dict[str, list[Told]] = defaultdict(list)
    for message in messages:
        found[message[2]].append(message)
    return found


def check_log(product: Product) -> None:
    """Raise AssertionError unless the ids of all messages follow each other and the times never fall."""
    rows = product.rows("SELECT id, created_at FROM distribution_message ORDER BY id")
    assert [row["id"] for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) == product.last_id()
    times = [row["created_at"] for row in rows]
    assert times == sorted(times)


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
    check_log(product)


def test_scanners_beside_sixteen_writers_miss_nothing(product: Product, market: Market) -> None:
    with product.more_workers("distribution", 1):
        _run(product, market, points=2, changes=4, days=8, seed=1)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_scanners_beside_sixteen_writers_miss_nothing_for_long(product: Product, market: Market) -> None:
    with product.more_workers("distribution", 3):
        _run(product, market, points=10, changes=25, days=60, seed=2)
