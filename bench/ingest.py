"""Ingest: messages of readings over HTTP until the last recipient can scan the last of them."""

import gc
import statistics
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import orjson

from bench import messages
from bench.run import Run
from bench.table import Bound, Row, spread_of

BOUND = Bound("at least", must=0.4, now=0.2)
INTERVALS = messages.POINTS * messages.QUARTERS


def measure(run: Run) -> list[Row]:
    """Measure intervals a second from the first byte sent, beside `orjson.loads` of the same bodies on one core."""
    rounds = [_bodies(run, number) for number in range(run.size.ingest_rounds)]
    _round(run, _bodies(run, run.size.ingest_rounds, count=2))  # connections, plans and caches as in a running hub
    products, references = [], []
    for files in rounds:
        # On a machine with other tenants its speed changes from second to second: before and after count the same.
        before = parsed_a_second(files)
        products.append(_round(run, files))
        references.append((before + parsed_a_second(files)) / 2)
    ratios = [product / reference for product, reference in zip(products, references, strict=True)]
    product, reference = statistics.median(products), statistics.median(references)
    return [
        Row(
            "ingest",
            f"{product:,.0f} intervals/s (a country's day in {76.8e6 / product / 60:.1f} min)",
            f"{reference:,.0f} intervals/s parsed",
            statistics.median(ratios),
            BOUND,
            spread_of(ratios),
        )
    ]


def _bodies(run: Run, number: int, count: int | None = None) -> list[Path]:
    """Write the messages of one round: each of its own points, all of one day that no other round has.

    Where the market has fewer points, the same ones come again with other days.
    """
    count = count or run.size.ingest_messages
    lots = len(run.market.points) // messages.POINTS
    days = -(-run.size.ingest_messages // lots)
    bodies = [
        run.body(
            range(k % lots * messages.POINTS, (k % lots + 1) * messages.POINTS),
            first_day=run.today - timedelta(days=1 + number * days + k // lots),
            times="own",
        )
        for k in range(count)
    ]
    return messages.write_bodies(run.hub.var / f"ingest-{number}", bodies)


def _round(run: Run, files: Sequence[Path]) -> float:
    """Send messages and wait until all is told; give intervals a second."""
    after = run.highest_id()
    start = time.perf_counter()
    run.send(files)
    seconds = run.wait_until_told(after, len(files)) - start
    for recipient in run.market.recipients:
        assert run.told(recipient, after) >= len(files), f"{recipient.eic} was not told of every message"
    return len(files) * INTERVALS / seconds


def parsed_a_second(files: Sequence[Path]) -> float:
    """Parse bodies with `orjson.loads` on one core and give intervals a second.

    The garbage collector is off meanwhile: it would slow the reference to half, and flatter the product.
    """
    bodies = [file.read_bytes() for file in files]
    orjson.loads(bodies[0])
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        for body in bodies:
            orjson.loads(body)
        return len(files) * INTERVALS / (time.perf_counter() - start)
    finally:
        gc.enable()
