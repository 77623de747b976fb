"""`kill -9` of workers in the midst of readings, a broker that loses everything: all is told, exactly once.

Everybody killed under saves of every kind: `test_soak.py`.
"""

import random
import time
from datetime import UTC, datetime, timedelta

import pytest
import redis

from tests.contracts import market as cast
from tests.contracts.market import Market
from tests.contracts.product import WORKERS, Product, wait_until
from tests.contracts.promises import Promises, check_documents, check_log, check_scanner, check_stored
from tests.contracts.saving import Crew
from tests.contracts.scanners import Scanner
from tests.contracts.writers.points import MarketWriter
from tests.contracts.writers.readings import ReadingsWriter

POINTS = (cast.HOUSE_OF_MARI, cast.HOUSE_OF_JAAN, cast.BAKERY, cast.EMBASSY)
RECIPIENTS = [
    (cast.SUN, "OPEN_SUPPLIER"),
    (cast.WIND, "OPEN_SUPPLIER"),
    (cast.BALANCE, "OPEN_SUPPLIER"),
    (cast.AGGREGATOR, "AGGREGATOR"),
    (cast.NAMED, "OPEN_SUPPLIER"),
    (cast.NORTH_GRID, "GRID_OPERATOR"),
    (cast.STRANGER, "OPEN_SUPPLIER"),
]


def _scanners(product: Product, *resource_types: str) -> list[Scanner]:
    return [
        Scanner(product, participant, role, resource_type, by="id")
        for participant, role in RECIPIENTS
        for resource_type in resource_types
    ]


def _finish(product: Product, scanners: list[Scanner], promises: Promises, *, seconds: float = 60) -> None:
    """Wait until all is told, scan it all and hold it against what was promised."""
    last_id = product.settle(seconds=seconds)
    for scanner in scanners:
        scanner.finish_at(last_id, datetime.now(UTC))
        scanner.run()
        check_scanner(scanner, promises)
    check_log(product, after=min(scanner.after for scanner in scanners))


def _kill_workers(product: Product, market: Market, *, days: int, kills: int, back: int, seed: int) -> None:
    """Send days of four points, kill the workers again and again while they work on them."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable choice of moments, not a secret
    promises = Promises()
    scanners = _scanners(product, "METERING_DATA")
    first = product.made_on - timedelta(days=back)
    writing = Crew()
    writing.start(
        *(
            ReadingsWriter(
                product, promises, market, point, [first + timedelta(days=n) for n in range(days)], seed=seed
            ).run
            for point in POINTS
        )
    )
    for _ in range(kills):
        time.sleep(chance.uniform(0.1, 1.5))  # the moment of death is left to chance
        victim = chance.choice(WORKERS)
        product.kill(victim)
        product.restart(victim)
    writing.wait(seconds=120)
    _finish(product, scanners, promises, seconds=120)
    assert len(promises.documents) == len(POINTS) * days
    check_documents(product, promises)
    check_stored(product, promises)


@pytest.mark.timeout(300)
def test_workers_killed_midway_tell_every_document_once(product: Product, market: Market) -> None:
    _kill_workers(product, market, days=25, kills=6, back=280, seed=11)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_workers_killed_again_and_again_tell_every_document_once(product: Product, market: Market) -> None:
    _kill_workers(product, market, days=250, kills=60, back=300, seed=12)


@pytest.mark.timeout(180)
def test_a_broker_that_loses_everything_delays_by_less_than_a_minute(product: Product, market: Market) -> None:
    """Saves go on while Redis is away; all of them are told soon after it is back, although no wake-up survived."""
    promises = Promises()
    scanners = _scanners(product, "METERING_DATA", "METERING_POINT", "AGREEMENT")
    first = product.made_on - timedelta(days=295)
    days = [first + timedelta(days=n) for n in range(6)]
    writing = Crew()
    writing.start(
        *(MarketWriter(product, promises, 600 + number, points=1, changes=8).run for number in range(3)),
        *(ReadingsWriter(product, promises, market, point, days, seed=14).run for point in POINTS),
    )
    wait_until(lambda: promises.saves > 5, seconds=30, what="the first saves")
    redis.Redis.from_url(product.redis.url).flushall()
    wait_until(lambda: promises.saves > 12, seconds=30, what="saves after the broker was emptied")
    product.redis.kill()
    before = promises.saves
    wait_until(lambda: promises.saves > before + 4, seconds=30, what="saves without a broker")
    writing.wait(seconds=90)
    product.redis.start()
    _finish(product, scanners, promises, seconds=60)
