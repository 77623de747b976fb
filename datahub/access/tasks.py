"""Deleting authorizations that have been kept long enough."""

from datetime import UTC, datetime

from celery import shared_task

from datahub.access.services import authorizations

# So many rows in one transaction; the next turn goes on where this one ends.
_AT_A_TIME = 1_000
_TIMES = 100


@shared_task(name="datahub.access.tasks.retain")
def retain() -> None:
    """Delete what has been kept long enough."""
    now = datetime.now(UTC)
    for _ in range(_TIMES):
        if authorizations.drop_old_authorizations(now=now, most=_AT_A_TIME) < _AT_A_TIME:
            return
