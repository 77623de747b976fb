"""What comes with time for connection requests."""

from datetime import UTC, datetime
from time import monotonic

from celery import shared_task

from connections.services import retention

# So many leave in one transaction.
_BATCH = 500
# The rest has its turn in the next hour.
_SECONDS_AT_A_STRETCH = 20.0


@shared_task(name="connections.tasks.retain")
def retain() -> None:
    """Drop the requests that ended seven years ago."""
    until = monotonic() + _SECONDS_AT_A_STRETCH
    while retention.drop_kept_enough(now=datetime.now(UTC), most=_BATCH) == _BATCH:
        if monotonic() > until:
            return
