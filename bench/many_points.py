"""An act that reaches many points: a named supplier agreement over as many general services, saves beside it."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from bench.client import Connection
from bench.run import Run
from bench.table import Bound, Row, percentile
from datahub import market_time
from datahub.market_time import TALLINN, add_months

ANSWER = Bound("at most", must=1_000, now=1_000, unit=" ms")
PACE = Bound("at least", must=500, now=300, unit="/s")
SAVES = Bound("at most", must=300, now=300, unit=" ms")
SAVES_A_SECOND = 10
_LONGEST_WAIT = 600


def measure(run: Run) -> list[Row]:
    """Measure the answer to the act, the points a second until all is worked out and told, and saves meanwhile."""
    run.wait_until_idle()
    operator, named = run.market.service_operator, run.market.suppliers[0]
    now = datetime.now(UTC)
    start = market_time.day_start(add_months(now.astimezone(TALLINN).date().replace(day=1), 2))
    agreement = {
        "agreementType": "NAMED_SUPPLIER",
        "serviceProviderEic": named.eic,
        "customerEic": operator.eic,
        "commodityType": "ELECTRICITY",
        "validFrom": start.isoformat(),
    }
    client = run.client(operator)
    client.token()
    alone: list[float] = []
    _save_until(run, alone, lambda: len(alone) >= 3 * SAVES_A_SECOND)
    meanwhile: list[float] = []
    over = threading.Event()
    saver = threading.Thread(target=_save_until, args=(run, meanwhile, over.is_set))
    saver.start()
    began = time.perf_counter()
    client.call("POST", "agreement", {"agreement": agreement})
    answered = time.perf_counter() - began
    worked = _wait_until_worked(run) - began
    over.set()
    saver.join()
    run.wait_until_idle()
    told = time.perf_counter() - began
    points = len(run.market.service_points)
    return [
        Row("many points, answer", f"an act over {points:,} points", "", answered * 1e3, ANSWER, unit=" ms"),
        Row(
            "many points", f"worked out in {worked:.1f} s, all told in {told:.1f} s", "", points / told, PACE, unit="/s"
        ),
        Row(
            "many points, saves meanwhile",
            f"{len(meanwhile)} saves at these points, p50 {percentile(meanwhile, 0.5) * 1e3:.0f} ms",
            f"p99 {percentile(alone, 0.99) * 1e3:.0f} ms alone",
            percentile(meanwhile, 0.99) * 1e3,
            SAVES,
            f"{min(meanwhile) * 1e3:.0f}–{max(meanwhile) * 1e3:.0f} ms",
            unit=" ms",
        ),
    ]


def _save_until(run: Run, seconds: list[float], over: Callable[[], bool]) -> None:
    """Change the operator's points one after the other at an even pace; note how long each answer took."""
    client = run.client(run.market.service_operator)
    connection = Connection(run.hub.port)
    points = run.market.service_points
    series = time.time()
    begin = time.perf_counter()
    while not over():
        number = len(seconds)
        location = {"comment": f"bench save {number} of {series}"}
        point = {"meterEic": points[number * 37 % len(points)]}
        given = {"meterMetadata": {"meteringPoint": point, "meterLocation": location}}
        time.sleep(max(0.0, begin + number / SAVES_A_SECOND - time.perf_counter()))
        request = client.request("PUT", "meter", given)
        sent = time.perf_counter()
        connection.send(request)
        connection.receive()
        seconds.append(time.perf_counter() - sent)
    connection.close()


def _wait_until_worked(run: Run) -> float:
    """Wait until the act is worked out at every point; give the moment (perf_counter)."""
    from datahub.agreements.models import FollowUp

    end = time.monotonic() + _LONGEST_WAIT
    while not (follow_up := FollowUp.objects.latest("unit_id")).finished_at:
        run.hub.check()
        if time.monotonic() > end:
            raise RuntimeError("the act was not worked out at every point")
        time.sleep(0.05)
    if follow_up.failed or follow_up.points_changed != len(run.market.service_points):
        raise RuntimeError(f"worked at {follow_up.points_changed} points, failed at {follow_up.failed}")
    return time.perf_counter()
