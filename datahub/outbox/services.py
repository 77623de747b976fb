"""Recording what a save did. Source: `3-distribution.md`, "From a save to a message"."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction

from datahub.database.arrays import array
from datahub.outbox import wake
from datahub.outbox.changes import Change
from datahub.outbox.models import Unit

# A save that changes who stands in whose portfolio takes this lock alone, every other save takes it shared. So the ids
# of units say exactly what a save could know, also of agreements that belong to no metering point.
_PORTFOLIOS_LOCK = 7_201_001


class OpenUnit:
    """A unit being saved. `id` is its place in the hub's own clock, for the versions that the save writes."""

    def __init__(self, unit_id: int) -> None:
        self.id = unit_id
        self.changes: list[Change] = []

    def record(self, change: Change) -> None:
        """Add a change; changes are told in the order: deletes, updates, creates, and within these as recorded."""
        self.changes.append(change)


@contextmanager
def open_unit(
    *, lanes: Iterable[str], sender_eic: str, saved_at: datetime, moves_portfolios: bool = False
) -> Iterator[OpenUnit]:
    """Lock the lanes, give the unit to record changes in, and keep it when the block ends without an error.

    `lanes` are the EICs of the metering points touched, or the name of the one object without a point; `sender_eic` is
    the participant that saves ("" for the hub itself). Must run inside the save's transaction: what the save reads and
    checks inside the block cannot be changed by another save at the same lanes until it commits. `moves_portfolios`
    says that the save changes agreements that belong to no point. A unit without changes leaves no trace.
    """
    last_units = _lock(lanes, moves_portfolios=moves_portfolios)
    unit = OpenUnit(_next_ids(1)[0])
    yield unit
    _keep([(unit, last_units)], sender_eic=sender_eic, saved_at=saved_at)


@contextmanager
def open_units(*, lanes: Iterable[str], sender_eic: str, saved_at: datetime) -> Iterator[dict[str, OpenUnit]]:
    """Lock many lanes at once and give a unit of its own for each, as `open_unit` does for one.

    For a save that does something at each of several metering points.
    """
    last_units = _lock(lanes, moves_portfolios=False)
    units = {lane: OpenUnit(number) for lane, number in zip(last_units, _next_ids(len(last_units)), strict=True)}
    yield units
    kept = [(unit, {lane: last_units[lane]}) for lane, unit in units.items()]
    _keep(kept, sender_eic=sender_eic, saved_at=saved_at)


def _lock(lanes: Iterable[str], *, moves_portfolios: bool) -> dict[str, int]:
    """Lock lanes in the one order in which every save locks them; give the unit saved last in each, 0 if none was."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a unit is opened inside the save's own transaction")
    keys = sorted(set(lanes))
    lock = "pg_advisory_xact_lock" if moves_portfolios else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}(%s)", [_PORTFOLIOS_LOCK])
        cursor.execute(
            'INSERT INTO outbox_lane (key, last_unit) SELECT k, 0 FROM unnest(%s::text[]) k ORDER BY k COLLATE "C"'
            " ON CONFLICT DO NOTHING",
            [array(keys)],
        )
        cursor.execute(
            'SELECT key, last_unit FROM outbox_lane WHERE key = ANY(%s::text[]) ORDER BY key COLLATE "C" FOR UPDATE',
            [array(keys)],
        )
        return dict(cursor.fetchall())


def _next_ids(count: int) -> list[int]:
    # Only with the lanes locked: ids in one lane grow in the order of its saves.
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('outbox_unit_id_seq') FROM generate_series(1, %s)", [count])
        return [row[0] for row in cursor.fetchall()]


def _keep(units: Iterable[tuple[OpenUnit, dict[str, int]]], *, sender_eic: str, saved_at: datetime) -> None:
    """Keep the units that have changes, each with its lanes and what was saved last in them."""
    kept = [(unit, last_units) for unit, last_units in units if unit.changes]
    if not kept:
        return
    lanes = [(lane, unit.id) for unit, last_units in kept for lane in last_units]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outbox_lane l SET last_unit = u.id FROM unnest(%s::text[], %s::bigint[]) AS u (lane, id)"
            " WHERE l.key = u.lane",
            [array(lane for lane, _ in lanes), array(number for _, number in lanes)],
        )
    Unit.objects.bulk_create(
        Unit(
            id=unit.id,
            known_at=unit.id,
            sender_eic=sender_eic,
            saved_at=saved_at,
            lanes=sorted(last_units),
            depends_on=sorted(set(last_units.values()) - {0}),
            changes=[change.as_json() for change in unit.changes],
        )
        for unit, last_units in kept
    )
    transaction.on_commit(wake.distribution)
