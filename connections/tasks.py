"""What comes with time for connection requests."""

from datetime import UTC, datetime

from celery import shared_task

from connections.services import retention

# So many leave in one transaction.
_BATCH = 1_000


@shared_task(name="connections.tasks.retain")
def retain() -> None:
    """Drop the requests that ended seven years ago."""
    now = datetime.now(UTC)
    while retention.drop_kept_enough(now=now, most=_BATCH) == _BATCH:
        pass
