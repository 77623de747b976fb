"""Growth: readings, scans and changes in a hub of a whole country, beside one in its first days.

The small hub runs before and after the large one, as a run of its own; readings and pages are held against the
references of their own run, changes against how fast this machine parses at that hour.
"""

import json
import statistics
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench import country, fanout, ingest, log, scan
from bench.hub import ROOT
from bench.run import Run
from bench.sizes import SIZES
from bench.table import Bound, Row, spread_of

BOUND = Bound("at least", must=0.8, now=0.5)
_NAMES = ("ingest", "scan", "fan-out")


def measure(run: Run) -> list[Row]:
    """Measure both in turn, the small one first and last; once each where that has to do."""
    run.wait_until_idle()
    country.fill(run, run.size.growth_points)
    if run.size.growth_messages > run.size.scan_messages:
        with run.hub.paused("distribution"):
            log.fill(run.market, run.size.growth_messages, now=datetime.now(UTC), contents=run.size.growth_contents)
    else:
        log.standing(run.market, run.size.scan_messages, now=datetime.now(UTC))
    small, large = [_of_a_small_hub(run)], []
    for number in range(run.size.growth_rounds):
        large.append(_of_this_hub(run, number))
        if run.size.growth_rounds > 1:
            small.append(_of_a_small_hub(run))
    rows, beginning = [], SIZES[run.size.beginning]
    for name in _NAMES:
        beside = statistics.mean(figures[name] for figures in small)
        ratios = [figures[name] / beside for figures in large]
        row = Row(
            f"growth, {name}",
            f"{run.size.growth_points:,} points, {run.size.growth_messages:,} messages,"
            f" {run.size.growth_contents:,} contents",
            f"{beginning.market_points:,} points, {beginning.scan_messages:,} messages;"
            f" {spread_of([figures[name] for figures in small])}",
            statistics.median(ratios),
            BOUND,
            spread_of(ratios),
        )
        rows.append(row)
    return rows


def measure_beginning(run: Run) -> dict[str, float]:
    """Measure a hub in its first days: of each benchmark the figure that can be held against another hour's."""
    with run.hub.paused("distribution"):
        first = log.fill(run.market, run.size.scan_messages, now=datetime.now(UTC))
    return _of_benchmarks(run, first)


def _of_benchmarks(run: Run, first: int) -> dict[str, float]:
    found = {"ingest": ingest.measure(run)[0].figure, "scan": scan.measure_from(run, first)[0].figure}
    bodies = sorted((run.hub.var / "ingest-0").iterdir())
    seconds = []
    for _ in range(run.size.ingest_rounds):
        before = ingest.parsed_a_second(bodies)
        taken = fanout.told_in(run, run.size.fanout_changes)
        seconds.append(taken * (before + ingest.parsed_a_second(bodies)) / 2)
    return {**found, "fan-out": run.size.fanout_changes / statistics.median(seconds)}


def _of_this_hub(run: Run, number: int) -> dict[str, float]:
    beginning = SIZES[run.size.beginning]
    points = country.of_messages(run, beginning.ingest_messages)
    first = int(_first_id())
    # Days that no other round has sent.
    today = run.today.fromordinal(run.today.toordinal() - 20 * (number + 1))
    size = replace(beginning, scan_messages=run.size.growth_messages)
    return _of_benchmarks(replace(run, size=size, market=replace(run.market, points=points), today=today), first)


def _first_id() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id) FROM distribution_message WHERE resource_type = 'METERING_POINT'")
        return int(cursor.fetchone()[0])


def _of_a_small_hub(run: Run) -> dict[str, float]:
    kept: Path = run.hub.var / "beginning.json"
    command = [sys.executable, "-m", "bench", "--size", run.size.beginning, "--json", str(kept)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"the small hub could not be measured: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return {str(name): float(figure) for name, figure in json.loads(kept.read_text()).items()}
