"""The units that wait: which are ready, what becomes of those that were worked, and of those that fail.

A unit is ready when no unit that it depends on still waits: so units of one point are told in the order in which they
were saved, and a unit set aside holds back later units of its points and nothing else.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.db import connection, transaction

from datahub.market import ResourceType
from datahub.metering.models import MeteringPoint
from datahub.outbox import finished
from datahub.outbox.models import Unit
from distribution.services.work import point_eics
from distribution.services.work.readings import told_elements
from distribution.services.work.waiting import Waiting

logger = logging.getLogger(__name__)

ATTEMPTS = 5


class Kind(Enum):
    """What is claimed together: small saves are not to wait behind whole documents of readings."""

    SMALL = "small"
    READINGS = "readings"


# A unit of one object touches a point and its parent; the size as it is stored is known without unpacking the list.
_IS_READINGS = f"""(
    pg_column_size(u.lanes) > 400
    OR u.changes #>> '{{0,resource_type}}' IS NOT DISTINCT FROM '{ResourceType.METERING_DATA}'
)"""
_OF_KIND = {Kind.SMALL: f"NOT {_IS_READINGS}", Kind.READINGS: _IS_READINGS}

_COLUMNS = "id, known_at, sender_eic, saved_at, lanes, depends_on, attempts, changes"

_READY = """
    u.set_aside_at IS NULL AND (u.not_before IS NULL OR u.not_before <= %(now)s)
    AND NOT EXISTS (SELECT FROM outbox_unit w WHERE w.id = ANY(u.depends_on) AND w.id <> ALL(%(taken)s::bigint[]))
"""


# How much the changes of some claimed units take as text is known before any of them is read here.
_CLAIM = """
    WITH claimed AS (
        SELECT {columns} FROM outbox_unit u
        WHERE {of_kind} AND {ready} AND u.id <> ALL(%(taken)s::bigint[])
        ORDER BY u.id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )
    SELECT {columns} FROM (
        SELECT *, row_number() OVER by_id AS place, sum(octet_length(changes::text)) OVER by_id AS taken_bytes
        FROM claimed WINDOW by_id AS (ORDER BY id)
    ) u WHERE taken_bytes <= %(most_bytes)s OR (place = 1 AND %(first)s) ORDER BY id
"""


def claim(*, now: datetime, kind: Kind, limit: int, most_bytes: int, taken: Sequence[int] = ()) -> list[Waiting]:
    """Lock ready units of a kind that no other worker has, by id. Must run in a transaction.

    Units that depend on `taken` ones, which the caller works before them, count as ready too. The changes of all
    together take `most_bytes` at most as text, but for the first unit, which is given however large it is if nothing is
    taken yet.
    """
    statement = _CLAIM.format(columns=_COLUMNS, of_kind=_OF_KIND[kind], ready=_READY)
    parameters: dict[str, Any] = {
        "now": now,
        "taken": list(taken),
        "limit": limit,
        "most_bytes": most_bytes,
        "first": not taken,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [Waiting(*row) for row in cursor.fetchall()]


def any_ready(*, now: datetime) -> bool:
    """Tell whether a worker would find something to do."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT FROM outbox_unit u WHERE {_READY})", {"now": now, "taken": []})  # noqa: S608
        return bool(cursor.fetchone()[0])


def failed(unit: Waiting, error: str, *, now: datetime) -> None:
    """Note that a unit failed: it is tried again after a pause, and set aside after the last attempt."""
    attempts = unit.attempts + 1
    Unit.objects.filter(pk=unit.id).update(
        attempts=attempts,
        last_error=error,
        not_before=now + timedelta(seconds=2**attempts),
        set_aside_at=now if attempts >= ATTEMPTS else None,
    )


# Whether a unit is a whole document of readings of several points. The changes may be unreadable.
_IS_OF_MANY_POINTS = f"""(CASE
    WHEN u.changes #>> '{{0,resource_type}}' IS DISTINCT FROM '{ResourceType.METERING_DATA}'
        OR u.changes #> '{{0,after,elements}}' IS NOT NULL
        OR jsonb_typeof(u.changes #> '{{0,after,points}}') IS DISTINCT FROM 'array' THEN FALSE
    ELSE (SELECT count(DISTINCT p ->> 0) > 1 FROM jsonb_array_elements(u.changes #> '{{0,after,points}}') p)
END)"""  # noqa: S608 - our own text
# The documents that wait for a unit that was set aside, themselves or by way of others; of those that wait for each
# other only the first.
_HELD_BACK = f"""
    WITH RECURSIVE held AS (
        SELECT id, FALSE AS is_divisible FROM outbox_unit WHERE set_aside_at IS NOT NULL
        UNION
        SELECT u.id, {_IS_OF_MANY_POINTS} FROM outbox_unit u JOIN held h ON u.depends_on @> ARRAY[h.id]
        WHERE NOT h.is_divisible
    )
    SELECT {_COLUMNS} FROM outbox_unit WHERE id IN (SELECT id FROM held WHERE is_divisible)
    ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - our own text
_SPLIT_AT_ONCE = 10


def free_held_back(*, now: datetime) -> int:
    """Split documents that wait for a unit that was set aside, so that only what is at its points waits.

    Gives how many were split; those behind them are found by the next call.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_HELD_BACK, [_SPLIT_AT_ONCE])
            units = [Waiting(*row) for row in cursor.fetchall()]
        split(units, now=now)
    return len(units)


def is_divisible(unit: Waiting) -> bool:
    """Tell whether a unit is one change of several metering points: a document of readings."""
    return len(unit.changes) == 1 and len(point_eics(unit)) > 1


def split(units: Sequence[Waiting], *, now: datetime) -> None:
    """Put one unit for each metering point in the place of each of some units of readings of many.

    So only the point that fails is held back, or that waits for one that did. Each part keeps what the whole one knew
    (`known_at`), and waits for what the whole one waits for at its own point; later units wait for the part at their
    own point alone.
    """
    if not units:
        return
    with connection.cursor() as cursor:
        # With the lanes locked no save is under way that has yet to name a whole unit as one to wait for. All at once
        # and in the order in which saves lock them, so that no save and this wait for each other.
        cursor.execute(
            'SELECT FROM outbox_lane WHERE key = ANY(%s) ORDER BY key COLLATE "C" FOR UPDATE',
            [sorted({lane for unit in units for lane in unit.lanes})],
        )
    for unit in units:
        _split(unit, now=now)


def _split(unit: Waiting, *, now: datetime) -> None:
    (change,) = unit.changes
    after = dict(change.after or {})
    own_elements: dict[str, list[int]] = {}
    for element in told_elements(after):
        own_elements.setdefault(after["points"][element][0], []).append(element)
    parents = dict(MeteringPoint.objects.filter(eic__in=own_elements).values_list("eic", "parent__eic"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('outbox_unit_id_seq') FROM generate_series(1, %s)", [len(own_elements)])
        ids = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT id, lanes FROM outbox_unit WHERE id = ANY(%s)", [unit.depends_on])
        before = cursor.fetchall()
        parts = []
        lane_of_part: list[tuple[str, int]] = []
        last_in: dict[str, int] = {}
        for part_id, (eic, elements) in zip(ids, own_elements.items(), strict=True):
            lanes = [lane for lane in (eic, parents.get(eic)) if lane in unit.lanes]
            parts.append(
                Unit(
                    id=part_id,
                    known_at=unit.known_at,
                    sender_eic=unit.sender_eic,
                    saved_at=unit.saved_at,
                    lanes=lanes,
                    # Points under one parent share its lane and stay in a row there.
                    depends_on=sorted(
                        {last_in[lane] for lane in lanes if lane in last_in}
                        | {number for number, others in before if not set(lanes).isdisjoint(others)}
                    ),
                    changes=[replace(change, after={**after, "elements": elements}).as_json()],
                )
            )
            lane_of_part += ((lane, part_id) for lane in lanes)
            last_in |= dict.fromkeys(lanes, part_id)
        Unit.objects.bulk_create(parts)
        cursor.execute(
            "UPDATE outbox_lane l SET last_unit = p.id FROM unnest(%s::text[], %s::bigint[]) AS p (lane, id)"
            " WHERE l.key = p.lane AND l.last_unit = %s",
            [list(last_in), list(last_in.values()), unit.id],
        )
        cursor.execute(
            "UPDATE outbox_unit u SET depends_on = array_remove(u.depends_on, %(whole)s) || ARRAY("
            "  SELECT DISTINCT p.id FROM unnest(%(lanes)s::text[], %(ids)s::bigint[]) AS p (lane, id)"
            "  WHERE p.lane = ANY(u.lanes)"
            " ) WHERE u.depends_on @> ARRAY[%(whole)s]::bigint[]",
            {
                "whole": unit.id,
                "lanes": [lane for lane, _ in lane_of_part],
                "ids": [part_id for _, part_id in lane_of_part],
            },
        )
    finished.keep([unit.id], outcome=finished.SPLIT, now=now)
    logger.warning("unit %s was split into %s units, one a metering point", unit.id, len(parts))
