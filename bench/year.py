"""Year: one metering point's 35,040 intervals from the API."""

import statistics
import time
from datetime import timedelta
from typing import get_args

import orjson

from bench import messages
from bench.client import Connection
from bench.messages import Times
from bench.run import Run
from bench.table import Bound, Row, spread_of
from datahub.market_time import day_start

BOUND = Bound("at most", must=5, now=10)
NAMES: dict[Times, str] = {"delivery": "year", "own": "year, own reading times"}
DAYS = 365
# The most intervals that one page has.
_PAGE = 35_136


def measure(run: Run) -> list[Row]:
    """Measure the time of the whole answer over HTTP, beside `orjson.dumps` of the same answer."""
    return [
        _year_of(run, len(run.market.points) - place, times) for place, times in enumerate(get_args(Times), start=1)
    ]


def _year_of(run: Run, number: int, times: Times) -> Row:
    first = run.today - timedelta(days=DAYS - 5)
    body = run.body([number], first_day=first, days=DAYS, times=times)
    run.send(messages.write_bodies(run.hub.var / f"year-{times}", [body]))
    run.wait_until_idle()
    client = run.client(run.market.operator)
    end = first + timedelta(days=DAYS)
    asked = {
        "meterEic": run.market.points[number],
        "periodStart": day_start(first).isoformat(),
        "periodEnd": day_start(end).isoformat(),
        "pagination": {"page": 0, "pageSize": _PAGE},
    }
    connection = Connection(run.hub.port)
    products, servers, references = [], [], []
    for turn in range(run.size.year_rounds + 2):
        request = client.request("POST", "meter-data/search", asked)
        start = time.perf_counter()
        connection.send(request)
        answer = bytes(connection.receive())
        seconds = time.perf_counter() - start
        if turn < 2:
            continue  # each of the server's processes has answered once
        products.append(seconds)
        servers.append(float(connection.header("x-bench-ms") or "nan") / 1e3)
        decoded = orjson.loads(answer)
        start = time.perf_counter()
        orjson.dumps(decoded)
        references.append(time.perf_counter() - start)
    connection.close()
    intervals = sum(len(period["aI"]) for period in decoded["periods"])
    expected = (day_start(end) - day_start(first)) // timedelta(minutes=15)
    assert intervals == expected, f"{intervals} intervals came back instead of {expected}"

    def milliseconds(seconds: list[float]) -> str:
        return f"{statistics.median(seconds) * 1e3:.1f}"

    ratios = [product / reference for product, reference in zip(products, references, strict=True)]
    return Row(
        NAMES[times],
        f"{milliseconds(products)} ms over HTTP, {milliseconds(servers)} in the server",
        f"{milliseconds(references)} ms dumps",
        statistics.median(ratios),
        BOUND,
        spread_of(ratios),
    )
