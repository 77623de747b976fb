"""`kill -9`, a broker that loses everything: every save is told to each entitled recipient exactly once."""

import json
import random
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import redis

from tests.contracts import market as cast
from tests.contracts import readings
from tests.contracts.client import Client
from tests.contracts.market import Market
from tests.contracts.product import WORKERS, Product, wait_until
from tests.contracts.test_order import check_log, check_scanner
from tests.contracts.writers import Crew, MarketWriter, Promises, ReadingsWriter, Scanner

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
    check_log(product)


def _stored(product: Product, point: str, readings_of_it: list[readings.Reading]) -> None:
    """Raise AssertionError unless the owner finds what was sent of a point, to the last digit."""
    grid = Client.of(product.url, cast.NORTH_GRID, "GRID_OPERATOR")
    starts = sorted(r.start for r in readings_of_it)
    period = {"periodStart": readings.iso(starts[0]), "periodEnd": readings.iso(starts[-1] + timedelta(minutes=15))}
    found: list[readings.Reading] = []
    page, pages = 0, 1
    while page < pages:
        answer = grid.post(
            "/meter-data/search", meterEic=point, **period, pagination={"page": page, "pageSize": 35_136}
        )
        assert answer.status_code == 200, answer.text[:500]
        body = json.loads(answer.text, parse_float=Decimal, parse_int=Decimal)
        found += readings.read([body])
        page, pages = page + 1, int(body["pagination"]["totalPages"])
    assert readings.plain(found) == readings.plain(readings_of_it)


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
    statuses = product.rows(
        "SELECT status, count(*) FROM metering_document WHERE identification = ANY(%s::uuid[]) GROUP BY status",
        promises.documents,
    )
    assert statuses == [{"status": "SUCCESSFUL", "count": len(POINTS) * days}]
    for point in POINTS:
        _stored(product, point, [reading for reading in promises.sent if reading.point == point])


@pytest.mark.timeout(300)
def test_workers_killed_midway_tell_every_document_once(product: Product, market: Market) -> None:
    _kill_workers(product, market, days=50, kills=8, back=280, seed=11)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_workers_killed_again_and_again_tell_every_document_once(product: Product, market: Market) -> None:
    _kill_workers(product, market, days=250, kills=60, back=300, seed=12)


@pytest.mark.timeout(180)
def test_a_web_server_killed_midway_saves_nothing_twice(product: Product, market: Market) -> None:
    """Clients that get no answer send the same message again; what was saved without an answer is answered then."""
    promises = Promises()
    scanners = _scanners(product, "METERING_DATA", "METERING_POINT", "AGREEMENT")
    first = product.made_on - timedelta(days=310)
    days = [first + timedelta(days=n) for n in range(10)]
    writing = Crew()
    writing.start(
        *(MarketWriter(product, promises, 500 + number, points=2, changes=6).run for number in range(4)),
        *(ReadingsWriter(product, promises, market, point, days, seed=13).run for point in POINTS),
    )
    wait_until(lambda: promises.saves > 30, seconds=30, what="thirty saves")
    product.kill("web")
    assert writing.is_at_work, "it died in the middle of the work"
    product.restart("web")
    writing.wait(seconds=90)
    product.wait_ready()
    assert promises.saves == 4 * 2 * (3 + 2 * 6) + 40
    _finish(product, scanners, promises)


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


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_everything_killed_at_random_moments_loses_nothing_and_tells_nothing_twice(
    product: Product, market: Market
) -> None:
    """Web, workers, beat, Redis, PostgreSQL, the object store die by turns under thousands of saves of every kind."""
    chance = random.Random(15)  # noqa: S311 - a repeatable choice of moments, not a secret
    promises = Promises()
    scanners = _scanners(product, "METERING_DATA", "METERING_POINT", "AGREEMENT")
    first = product.made_on - timedelta(days=320)
    days = [first + timedelta(days=n) for n in range(100)]
    writing = Crew()
    writing.start(
        *(MarketWriter(product, promises, 700 + number, points=8, changes=20).run for number in range(6)),
        *(ReadingsWriter(product, promises, market, point, days, seed=15).run for point in POINTS),
    )
    victims = [*product.processes, "redis", "postgres", "s3"]
    killed: list[str] = []
    while writing.is_at_work:
        time.sleep(chance.uniform(0.5, 3))  # the moment of death is left to chance
        # Each once a round, the rounds in other orders.
        if len(killed) % len(victims) == 0:
            chance.shuffle(victims)
        victim = victims[len(killed) % len(victims)]
        product.kill(victim)
        product.restart(victim)
        killed.append(victim)
    writing.wait(seconds=300)
    product.all_running()
    assert promises.saves == 6 * 8 * (3 + 2 * 20) + 400
    assert len(killed) >= 2 * len(victims), "each has died twice"
    _finish(product, scanners, promises, seconds=180)
    for point in POINTS:
        _stored(product, point, [reading for reading in promises.sent if reading.point == point])
