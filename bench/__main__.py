"""`make bench`: run the benchmarks against the product's own processes and print the table."""

import argparse
import gc
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bench.demo import beside as demo_beside
from bench.hub import Hub
from bench.sizes import SIZES, Size
from bench.table import Row, markdown

if TYPE_CHECKING:
    from bench.run import Run

# Pages are looked for first, while nobody has looked for any: afterwards a web server must forget the log before.
NAMES = [
    "scan",
    "store",
    "year",
    "ingest",
    "latency",
    "fan-out",
    "many-points",
    "exchanges",
    "customers",
    "pages",
    "growth",
    "memory",
]
_BESIDE_DEMO = {"customers", "pages"}


def main() -> int:
    """Run what the command line names; 1 if a figure is beyond what this release is held to."""
    parser = argparse.ArgumentParser(description="Measure the product beside references of the same run.")
    parser.add_argument("--size", choices=sorted(SIZES), default="full")
    # Of a hub in its first days, which *growth* starts and holds another against.
    parser.add_argument("--json", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--keep", action="store_true", help="leave the data and the logs where they are")
    parser.add_argument("names", nargs="*", metavar="benchmark", help=f"of {', '.join(NAMES)}; all without a name")
    arguments = parser.parse_args()
    if wrong := set(arguments.names) - set(NAMES):
        parser.error(f"unknown: {', '.join(sorted(wrong))}")
    var = Path(tempfile.mkdtemp(prefix="datahub-bench-"))
    var.chmod(0o711)
    hub = Hub(var)
    began = time.monotonic()
    others = os.getloadavg()[0]
    rows: list[Row] = []
    try:
        names = [name for name in NAMES if name in (arguments.names or NAMES)]
        run = _start(hub, SIZES[arguments.size], with_demo=not (arguments.json or _BESIDE_DEMO.isdisjoint(names)))
        if arguments.json:
            from bench import growth

            arguments.json.write_text(json.dumps(growth.measure_beginning(run)))
            return 0
        rows = _measure(run, names)
    finally:
        hub.stop()
        if arguments.keep:
            _say(f"The data and logs are in {var}")
        else:
            shutil.rmtree(var, ignore_errors=True)
    took = f"size {arguments.size}, {time.monotonic() - began:.0f} s, load average before {others:.1f}"
    _say(f"\n{_machine()}, {took}\n\n{markdown(rows)}")
    return 0 if all(row.holds for row in rows) else 1


def _start(hub: Hub, size: Size, *, with_demo: bool) -> "Run":
    _say("Starting PostgreSQL and Redis, making the tables …")
    hub.start_services()
    # Processes end with the thread that has started them: this one stays as long as they.
    beside = hub.beside.enter_context(ThreadPoolExecutor(1))
    demo = beside.submit(demo_beside, hub) if with_demo else None
    run = _made(hub, size)
    if demo is not None:
        demo.result()
    gc.freeze()
    return run


def _made(hub: Hub, size: Size) -> "Run":
    import django

    django.setup()
    from bench import market
    from bench.run import Run
    from datahub import market_time

    now = datetime.now(UTC)
    _say(f"Making a market of {size.points + size.fanout_changes + size.service_points:,} metering points …")
    made = market.build(size.points, fanout_points=size.fanout_changes, service_points=size.service_points, now=now)
    _say("Starting web server, workers and beat …")
    hub.start_product()
    return Run(hub, made, size, market_time.day_of(now))


def _measure(run: "Run", names: list[str]) -> list[Row]:
    from bench import (
        customer_pages,
        exchanges,
        fanout,
        growth,
        ingest,
        latency,
        many_points,
        memory,
        pages,
        scan,
        store,
        year,
    )

    measures: dict[str, Callable[[Run], list[Row]]] = {
        "store": store.measure,
        "year": year.measure,
        "ingest": ingest.measure,
        "scan": scan.measure,
        "latency": latency.measure,
        "fan-out": fanout.measure,
        "many-points": many_points.measure,
        "exchanges": exchanges.measure,
        "customers": customer_pages.measure,
        "pages": pages.measure,
        "growth": growth.measure,
        "memory": memory.measure,
    }
    rows = []
    for name in names:
        began = time.monotonic()
        found = measures[name](run)
        rows += found
        run.hub.check()
        largest = max(run.hub.note_memory().values())
        # Said at once: a later benchmark may fail.
        _say(f"\n{name}: {time.monotonic() - began:.0f} s, processes of {largest} MB so far\n\n{markdown(found)}")
    return rows


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return (
        f"{datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} × {model}, {memory:.0f} GB, Python {platform.python_version()}"
    )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
