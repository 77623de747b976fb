"""Working out what acts between parties do at many points, and telling of general services as they start."""

from datetime import UTC, datetime
from time import monotonic

from celery import shared_task

from datahub.agreements.services import follow_ups, general_services
from datahub.agreements.services.follow_ups import WORK_FOLLOW_UPS
from datahub.outbox import wake

# So many points are locked at a time; a save at one of them waits for no more than these.
_POINTS = 50
# After so long a worker wakes itself anew, so that what came meanwhile has its turn.
_SECONDS_AT_A_STRETCH = 2.0


@shared_task(name=WORK_FOLLOW_UPS)
def work_follow_ups() -> None:
    """Work out what waits, the oldest act first."""
    # First of all: an act from now on wakes again, and those before are found below.
    wake.woken(WORK_FOLLOW_UPS)
    until = monotonic() + _SECONDS_AT_A_STRETCH
    while follow_ups.work_batch(now=datetime.now(UTC), points=_POINTS):
        if monotonic() > until:
            wake.send(WORK_FOLLOW_UPS)
            return


@shared_task(name="datahub.agreements.tasks.sweep")
def sweep() -> None:
    """Tell of the general services that have started, and wake a worker if follow-ups wait."""
    if follow_ups.any_waiting():
        wake.send(WORK_FOLLOW_UPS)
    until = monotonic() + _SECONDS_AT_A_STRETCH
    while general_services.tell_started(now=datetime.now(UTC), most=_POINTS):
        if monotonic() > until:
            return
