"""What becomes of units that waited: told, dropped, split; or, by staff, tried once more."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from datahub.outbox import wake
from datahub.outbox.models import Unit

TOLD, DROPPED, SPLIT = "TOLD", "DROPPED", "SPLIT"


def keep(unit_ids: Sequence[int], *, outcome: str, now: datetime) -> None:
    """Take units out of those that wait, and keep them for seven days with what became of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH gone AS (DELETE FROM outbox_unit WHERE id = ANY(%s) RETURNING *)"
            " INSERT INTO outbox_processed_unit (id, processed_at, outcome, sender_eic, saved_at, lanes, changes)"
            " SELECT id, %s, %s, sender_eic, saved_at, lanes, changes FROM gone",
            [list(unit_ids), now, outcome],
        )


@transaction.atomic
def retry(unit_ids: Sequence[int]) -> list[Unit]:
    """Have units worked at once that were set aside or wait for another attempt, all attempts anew.

    Gives those that had failed, as they were; of the others, which may have been told meanwhile, nothing is changed.
    """
    units = _locked(unit_ids, attempts__gt=0)
    Unit.objects.filter(pk__in=[unit.pk for unit in units]).update(attempts=0, not_before=None, set_aside_at=None)
    transaction.on_commit(wake.distribution)
    return units


@transaction.atomic
def drop(unit_ids: Sequence[int], *, now: datetime) -> list[Unit]:
    """Give up those units that are set aside: they are told to nobody, and what they held back goes on; give these."""
    units = _locked(unit_ids, set_aside_at__isnull=False)
    keep([unit.pk for unit in units], outcome=DROPPED, now=now)
    transaction.on_commit(wake.distribution)
    return units


def _locked(unit_ids: Sequence[int], **state: object) -> list[Unit]:
    """Take those units that are still in a state when nobody else can change them any more."""
    units = Unit.objects.select_for_update().filter(pk__in=unit_ids, **state)
    return list(units.only("last_error").order_by("pk"))
