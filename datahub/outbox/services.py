"""Recording what a save did. Source: `3-distribution.md`, "From a save to a message"."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction

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
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a unit is opened inside the save's own transaction")
    keys = sorted(set(lanes))
    lock = "pg_advisory_xact_lock" if moves_portfolios else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}(%s)", [_PORTFOLIOS_LOCK])
        cursor.execute(
            "INSERT INTO outbox_lane (key, last_unit) SELECT k, 0 FROM unnest(%s::text[]) k ORDER BY k"
            " ON CONFLICT DO NOTHING",
            [keys],
        )
        cursor.execute(
            'SELECT last_unit FROM outbox_lane WHERE key = ANY(%s) ORDER BY key COLLATE "C" FOR UPDATE', [keys]
        )
        before = sorted({row[0] for row in cursor.fetchall()} - {0})
        cursor.execute("SELECT nextval('outbox_unit_id_seq')")
        unit = OpenUnit(cursor.fetchone()[0])
    yield unit
    if not unit.changes:
        return
    with connection.cursor() as cursor:
        cursor.execute("UPDATE outbox_lane SET last_unit = %s WHERE key = ANY(%s)", [unit.id, keys])
    Unit.objects.bulk_create(
        [
            Unit(
                id=unit.id,
                known_at=unit.id,
                sender_eic=sender_eic,
                saved_at=saved_at,
                lanes=keys,
                depends_on=before,
                changes=[change.as_json() for change in unit.changes],
            )
        ]
    )
    transaction.on_commit(wake.distribution)
