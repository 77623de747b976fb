"""What comes with time for enquiries."""

from datetime import UTC, datetime
from time import monotonic

from celery import shared_task

from enquiries import services

_AT_A_TIME = 500
# The rest has its turn in the next hour.
_SECONDS_AT_A_STRETCH = 20.0


@shared_task(name="enquiries.tasks.retain")
def retain() -> None:
    """Delete the enquiries that were kept for seven years after their end."""
    until = monotonic() + _SECONDS_AT_A_STRETCH
    while services.delete_ended(now=datetime.now(UTC), most=_AT_A_TIME) == _AT_A_TIME:
        if monotonic() > until:
            return
