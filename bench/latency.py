"""Latency: from the answer to a save until its recipient can scan it."""

import multiprocessing
import re
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import log, messages
from bench.client import Connection, next_request
from bench.market import supplier_of
from bench.run import Run, scan_of
from bench.scan import followers
from bench.table import Bound, Row, percentile

MEDIAN = Bound("at most", must=10, now=20)
TAIL = Bound("at most", must=100, now=200, unit=" ms")
LOADED_TAIL = Bound("at most", must=300, now=300, unit=" ms")
SAVES_A_SECOND = 20
# Beside the saves, when measured under load: readings that come sixty times as fast as a country's, and scanners.
LOAD_MESSAGES_A_SECOND = 1.5
LOAD_PAGES_A_SECOND = 50
_LOAD_SCANNERS = 4
_SAVERS = 3
_POLL_PAUSE = 0.002
_MARK = re.compile(rb"bench save (\d+)\.")


def measure(run: Run) -> list[Row]:
    """Measure saves alone and under load, beside the round trip of an empty Celery task on the same broker."""
    run.wait_until_idle()
    first = log.standing(run.market, run.size.scan_messages, now=datetime.now(UTC))
    saves = run.size.latency_seconds * SAVES_A_SECOND
    trips = _round_trips(saves // 4)
    alone = _latencies(run, saves)
    trips += _round_trips(saves // 4)
    trip = statistics.median(trips)
    with _load(run, first, run.size.latency_seconds + 4):
        time.sleep(2)
        loaded = _latencies(run, saves)
    run.wait_until_idle()
    middle, tail = percentile(alone, 0.5), percentile(alone, 0.99)
    loaded_tail = percentile(loaded, 0.99)
    task = f"{trip * 1e3:.1f} ms an empty task, p99 {percentile(trips, 0.99) * 1e3:.1f}"
    return [
        Row("latency p50", f"{middle * 1e3:.1f} ms", task, middle / trip, MEDIAN),
        Row("latency p99", f"{len(alone)} saves", "", tail * 1e3, TAIL, _range(alone), " ms"),
        Row(
            "latency p99 under load",
            f"p50 {percentile(loaded, 0.5) * 1e3:.1f} ms",
            "",
            loaded_tail * 1e3,
            LOADED_TAIL,
            _range(loaded),
            " ms",
        ),
    ]


def _range(latencies: list[float]) -> str:
    return f"{min(latencies) * 1e3:.0f}–{max(latencies) * 1e3:.0f} ms"


def _round_trips(count: int) -> list[float]:
    """Send an empty task to the product's worker at the saves' pace and wait for its result; give the seconds."""
    from bench.tasks import empty

    empty.apply_async(queue="distribution").get(timeout=10)
    trips = []
    for _ in range(count):
        start = time.perf_counter()
        empty.apply_async(queue="distribution").get(timeout=10)
        trips.append(time.perf_counter() - start)
        time.sleep(max(0.0, 1 / SAVES_A_SECOND - trips[-1]))
    return trips


def _latencies(run: Run, saves: int) -> list[float]:
    """Change points at an even pace while their supplier scans without pause; give the seconds of each save."""
    points = [code for number, code in enumerate(run.market.points) if supplier_of(number) == 0]
    answered, seen = [0.0] * saves, [0.0] * saves
    recipient = run.client(run.market.suppliers[0])
    after = run.highest_id()
    # Texts must differ between calls too, or nothing would change.
    series = int(time.time())
    for participant in (run.market.operator, run.market.suppliers[0]):
        run.client(participant).token()
    start = time.perf_counter() + 0.2
    errors: list[Exception] = []

    def saver(first: int) -> None:
        try:
            client = run.client(run.market.operator)
            connection = Connection(run.hub.port)
            for number in range(first, saves, _SAVERS):
                point = points[number % len(points)]
                location = {"comment": f"bench save {number}. of {series}"}
                given = {"meterMetadata": {"meteringPoint": {"meterEic": point}, "meterLocation": location}}
                request = client.request("PUT", "meter", given)
                time.sleep(max(0.0, start + number / SAVES_A_SECOND - time.perf_counter()))
                connection.send(request)
                connection.receive()
                answered[number] = time.perf_counter()
            connection.close()
        except (OSError, RuntimeError) as error:
            errors.append(error)

    savers = [threading.Thread(target=saver, args=(first,)) for first in range(_SAVERS)]
    for thread in savers:
        thread.start()
    connection = Connection(run.hub.port)
    left, end = saves, start + saves / SAVES_A_SECOND + 60
    while left:
        connection.send(
            recipient.request(
                "POST",
                "data-distribution/search",
                scan_of(after, page_size=500, resource_type="METERING_POINT"),
            )
        )
        page = bytes(connection.receive())
        now = time.perf_counter()
        # Everything up to this id was on the page if it had been the recipient's.
        after = max(after, int(connection.header("x-highest-id") or 0))
        for mark in _MARK.finditer(page):
            number = int(mark[1])
            if not seen[number]:
                seen[number] = now
                left -= 1
        if errors:
            raise errors[0]
        if now > end:
            raise RuntimeError(f"{left} saves were not told")
        time.sleep(_POLL_PAUSE)
    connection.close()
    for thread in savers:
        thread.join()
    # A page may show a save before the saver has read its answer.
    return [max(0.0, told - saved) for told, saved in zip(seen, answered, strict=True)]


@contextmanager
def _load(run: Run, first: int, seconds: float) -> Iterator[None]:
    """Send readings and scan at an even pace from another process meanwhile."""
    count = int(seconds * LOAD_MESSAGES_A_SECOND) + 1
    per_day = min(run.size.points // messages.POINTS, count)
    bodies = [
        run.body(
            range(k % per_day * messages.POINTS, (k % per_day + 1) * messages.POINTS),
            first_day=run.today - timedelta(days=20 + k // per_day),
            times="own",
        )
        for k in range(count)
    ]
    files = messages.write_bodies(run.hub.var / "load", bodies)
    process = multiprocessing.get_context("fork").Process(target=_press, args=(run, files, first, seconds), daemon=True)
    process.start()
    try:
        yield
    finally:
        process.join(timeout=seconds + 30)
        if process.is_alive():
            process.kill()
            raise RuntimeError("the load did not end")
        if process.exitcode:
            raise RuntimeError("the load failed")


def _press(run: Run, files: list[Path], first: int, seconds: float) -> None:
    conversations = followers(run, first, _LOAD_SCANNERS)
    run.client(run.market.operator).token()
    end = time.perf_counter() + seconds
    failed: list[BaseException] = []

    def sending() -> None:
        client = run.client(run.market.operator)
        connection = Connection(run.hub.port)
        for number, file in enumerate(files):
            time.sleep(max(0.0, end - seconds + number / LOAD_MESSAGES_A_SECOND - time.perf_counter()))
            if time.perf_counter() > end:
                break
            connection.send_file(client.head("POST", "/api/v1/meter-data", file.stat().st_size), file)
            connection.receive()

    def scanning(number: int) -> None:
        conversation = conversations[number]
        connection = Connection(run.hub.port)
        request: bytes | None = next(conversation)
        while request is not None and time.perf_counter() < end:
            started = time.perf_counter()
            connection.send(request)
            request = next_request(conversation, connection.receive())
            pause = _LOAD_SCANNERS / LOAD_PAGES_A_SECOND - (time.perf_counter() - started)
            time.sleep(max(0.0, pause))

    def guarded(work: object, *given: int) -> None:
        try:
            work(*given)  # type: ignore[operator]
        except (OSError, RuntimeError) as error:
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(sending,))]
    threads += [threading.Thread(target=guarded, args=(scanning, number)) for number in range(_LOAD_SCANNERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
