"""Fan-out: changes of metering points that wait, told by one worker."""

import json
import time
from datetime import UTC, datetime

from bench.run import Run
from bench.table import Bound, Row

BOUND = Bound("at least", must=1_000, now=500, unit="/s")
RECIPIENTS = 2
_LONGEST_WAIT = 300


def measure(run: Run) -> list[Row]:
    """Measure changes a second from when the worker may go on, beside one INSERT … SELECT of the messages."""
    changes = run.size.fanout_changes
    seconds = told_in(run, changes)
    reference = _insert_seconds(RECIPIENTS * changes)
    return [
        Row(
            "fan-out",
            f"{changes:,} changes in {seconds:.2f} s",
            f"{reference:.2f} s INSERT … SELECT, ratio {reference / seconds:.3f}",
            changes / seconds,
            BOUND,
            unit="/s",
        )
    ]


def told_in(run: Run, changes: int) -> float:
    """Give the seconds in which the worker tells so many changes that wait, from when it may go on."""
    from datahub.outbox import wake

    run.wait_until_idle()
    wanted = _last_id() + RECIPIENTS * changes
    with run.hub.paused("distribution"):
        _save(run, changes)
        wake.distribution()
        start = time.perf_counter()
    while _last_id() < wanted:
        run.hub.check()
        if time.perf_counter() > start + _LONGEST_WAIT:
            raise RuntimeError("not every change was told")
        time.sleep(0.02)
    return time.perf_counter() - start


def _last_id() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT last_id FROM distribution_log_state")
        return int(cursor.fetchone()[0])


def _save(run: Run, changes: int) -> None:
    """Save changes of points, each as a change of the point over the API leaves it."""
    from django.db import connection, transaction

    from datahub.market import ResourceType
    from datahub.metering.models import MeteringPointVersion
    from datahub.outbox.changes import Change

    now = datetime.now(UTC)
    changed = run.market.fanout_points[:changes]
    forms = dict(MeteringPointVersion.objects.filter(point__eic__in=changed).values_list("point__eic", "data"))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT nextval('outbox_unit_id_seq') FROM generate_series(1, %s)", [len(forms)])
        ids = [row[0] for row in cursor.fetchall()]
        columns = "id, known_at, sender_eic, saved_at, lanes, depends_on, attempts, last_error, changes"
        with cursor.copy(f"COPY outbox_unit ({columns}) FROM STDIN") as copy:
            for unit, (code, form) in zip(ids, forms.items(), strict=True):
                point = {"point": form}
                change = Change(ResourceType.METERING_POINT, "UPDATE", code, before=point, after=point)
                changes = json.dumps([change.as_json()])
                copy.write_row((unit, unit, run.market.operator.eic, now, [code], [], 0, "", changes))


def _insert_seconds(messages: int) -> float:
    """Time one statement that inserts as many messages, and undo it."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        start = time.perf_counter()
        cursor.execute(
            "INSERT INTO distribution_message"
            " (id, created_at, unit_id, address_id, resource_type, reason, pack, pack_offset, pack_length)"
            " SELECT n + 1000000000, now(), n, 1, 'METERING_POINT', 'UPDATE', '2026/' || gen_random_uuid(), n, 600"
            " FROM generate_series(1, %s) n",
            [messages],
        )
        seconds = time.perf_counter() - start
        transaction.set_rollback(True)
    return seconds
