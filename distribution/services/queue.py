"""The units that wait: which are ready, what becomes of those that were worked, and of those that fail.

A unit is ready when no unit that it depends on still waits: so units of one point are told in the order in which they
were saved, and a unit set aside holds back later units of its points and nothing else.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection

from datahub.outbox.changes import Change
from datahub.outbox.models import Unit
from distribution.services.work import Waiting

logger = logging.getLogger(__name__)

ATTEMPTS = 5
TOLD, DROPPED, SPLIT = "TOLD", "DROPPED", "SPLIT"
_COLUMNS = "id, known_at, sender_eic, saved_at, lanes, depends_on, attempts, changes"
_LANES = 4
_FETCHED = 100

_READY = """
    u.set_aside_at IS NULL AND (u.not_before IS NULL OR u.not_before <= %(now)s)
    AND NOT EXISTS (SELECT FROM outbox_unit w WHERE w.id = ANY(u.depends_on) AND w.id <> ALL(%(taken)s::bigint[]))
"""


def claim(*, now: datetime, weight: int, taken: Sequence[int] = ()) -> list[Waiting]:
    """Lock ready units that no other worker has, by id, until they touch `weight` lanes. Must run in a transaction.

    Units that depend on `taken` ones, which the caller works before them, count as ready too.
    """
    claimed: list[Waiting] = []
    touched = 0
    # Rows are locked as they are fetched, so that the rest stays free for other workers.
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM outbox_unit u WHERE {_READY} AND u.id <> ALL(%(taken)s::bigint[])"  # noqa: S608
            " ORDER BY u.id FOR UPDATE SKIP LOCKED",
            {"now": now, "taken": list(taken)},
        )
        while touched < weight:
            rows = cursor.fetchmany(_FETCHED)
            claimed += (Waiting(*row) for row in rows)
            touched += sum(len(row[_LANES]) for row in rows)
            if len(rows) < _FETCHED:
                break
    return claimed


def any_ready(*, now: datetime) -> bool:
    """Tell whether a worker would find something to do."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT FROM outbox_unit u WHERE {_READY})", {"now": now, "taken": []})  # noqa: S608
        return bool(cursor.fetchone()[0])


def move_to_processed(unit_ids: Sequence[int], *, outcome: str, now: datetime) -> None:
    """Take units out of those that wait, and keep them with what became of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH gone AS (DELETE FROM outbox_unit WHERE id = ANY(%s) RETURNING *)"
            " INSERT INTO outbox_processed_unit (id, processed_at, outcome, sender_eic, saved_at, lanes, changes)"
            " SELECT id, %s, %s, sender_eic, saved_at, lanes, changes FROM gone",
            [list(unit_ids), now, outcome],
        )


def failed(unit: Waiting, error: str, *, now: datetime) -> None:
    """Note that a unit failed: it is tried again after a pause, and set aside after the last attempt."""
    attempts = unit.attempts + 1
    Unit.objects.filter(pk=unit.id).update(
        attempts=attempts,
        last_error=error,
        not_before=now + timedelta(seconds=2**attempts),
        set_aside_at=now if attempts >= ATTEMPTS else None,
    )


def is_divisible(unit: Waiting) -> bool:
    """Tell whether a unit is one change of several metering points: a document of readings."""
    return len(unit.changes) == 1 and len(unit.point_eics) > 1


def split(unit: Waiting, *, now: datetime) -> None:
    """Put one unit for each metering point in the place of a unit of readings of many.

    So only the point that fails is held back. Each part keeps what the whole one knew (`known_at`); later units wait
    for the part at their own point alone.
    """
    (change,) = unit.changes
    after = dict(change.after or {})
    elements: dict[str, list[int]] = {}
    for element, point in enumerate(after["points"]):
        if element in set(after.get("elements", range(len(after["points"])))):
            elements.setdefault(point[0], []).append(element)
    with connection.cursor() as cursor:
        # With the lanes locked no save is under way that has yet to name the whole unit as one to wait for.
        cursor.execute(
            'SELECT FROM outbox_lane WHERE key = ANY(%s) ORDER BY key COLLATE "C" FOR UPDATE', [list(unit.lanes)]
        )
        cursor.execute("SELECT nextval('outbox_unit_id_seq') FROM generate_series(1, %s)", [len(elements)])
        ids = [row[0] for row in cursor.fetchall()]
        parts = dict(zip(elements, ids, strict=True))
        Unit.objects.bulk_create(
            Unit(
                id=parts[eic],
                known_at=unit.known_at,
                sender_eic=unit.sender_eic,
                saved_at=unit.saved_at,
                lanes=[eic],
                depends_on=[],
                changes=[
                    Change(
                        change.resource_type, change.reason, change.object_key, None, {**after, "elements": own}
                    ).as_json()
                ],
            )
            for eic, own in elements.items()
        )
        eics, part_ids = list(parts), list(parts.values())
        cursor.execute(
            "UPDATE outbox_lane l SET last_unit = p.id FROM unnest(%s::text[], %s::bigint[]) AS p (eic, id)"
            " WHERE l.key = p.eic AND l.last_unit = %s",
            [eics, part_ids, unit.id],
        )
        cursor.execute(
            "UPDATE outbox_unit u SET depends_on = array_remove(u.depends_on, %(whole)s) || ARRAY("
            "  SELECT p.id FROM unnest(%(eics)s::text[], %(ids)s::bigint[]) AS p (eic, id) WHERE p.eic = ANY(u.lanes)"
            " ) WHERE u.depends_on @> ARRAY[%(whole)s]::bigint[]",
            {"whole": unit.id, "eics": eics, "ids": part_ids},
        )
    move_to_processed([unit.id], outcome=SPLIT, now=now)
    logger.warning("unit %s failed and was split into %s units, one a metering point", unit.id, len(parts))


def retry(unit: Unit) -> None:
    """Let a unit that waits for its next attempt or was set aside be worked at once, with all its attempts anew."""
    Unit.objects.filter(pk=unit.pk).update(attempts=0, not_before=None, set_aside_at=None)


def drop(unit: Unit, *, now: datetime) -> None:
    """Give up a unit: it is told to nobody, and what it held back goes on."""
    move_to_processed([unit.pk], outcome=DROPPED, now=now)
