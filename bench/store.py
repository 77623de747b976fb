"""Store: how many bytes a month of readings takes, through the whole way from the API."""

from datetime import timedelta
from typing import get_args

from bench import messages
from bench.messages import Times
from bench.run import Run
from bench.table import Bound, Row
from datahub.market_time import add_months, day_start

BOUNDS: dict[Times, Bound] = {
    "delivery": Bound("at most", must=3, now=3, unit=" B"),
    "own": Bound("at most", must=10, now=10, unit=" B"),
}
NAMES: dict[Times, str] = {"delivery": "store", "own": "store, own reading times"}
_POINTS = 12


def measure(run: Run) -> list[Row]:
    """Measure the bytes of one monthly partition with its indexes, for each way of reading times in a month alone."""
    from django.db import connection

    rows = []
    for back, times in enumerate(get_args(Times), start=3):
        first = add_months(run.today.replace(day=1), -back)
        days = (add_months(first, 1) - first).days
        bodies = [
            run.body(range(start, min(start + _POINTS, run.size.store_points)), first_day=first, days=days, times=times)
            for start in range(0, run.size.store_points, _POINTS)
        ]
        run.send(messages.write_bodies(run.hub.var / f"store-{times}", bodies))
        run.wait_until_idle()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), pg_total_relation_size(%s::regclass) FROM metering_reading_day"
                " WHERE day >= %s AND day < %s",
                [f"metering_reading_day_{first:%Y%m}", first, first + timedelta(days=days)],
            )
            stored, size = cursor.fetchone()
        assert stored == run.size.store_points * days, f"{stored} days stored instead of {run.size.store_points * days}"
        quarters = (day_start(first + timedelta(days=days)) - day_start(first)) // timedelta(minutes=15)
        intervals = run.size.store_points * quarters
        rows.append(
            Row(NAMES[times], f"{size:,} B for {intervals:,} intervals", "", size / intervals, BOUNDS[times], unit=" B")
        )
    return rows
