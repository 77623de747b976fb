"""Working on imports when woken, finding those that were left, deleting old ones."""

import logging
from datetime import UTC, datetime
from time import monotonic

from celery import shared_task

from datahub.outbox import wake
from portal.jobs import services
from portal.jobs.files import FilesUnavailable

logger = logging.getLogger(__name__)

# After so long a worker wakes itself anew, so that it can be stopped or replaced between two jobs.
_SECONDS_AT_A_STRETCH = 20.0
# One that is still at a job after so long hangs: it is ended, and the job taken up again.
_SECONDS_AT_MOST = 1_800


@shared_task(name=services.WORK_JOBS, time_limit=_SECONDS_AT_MOST)
def work_jobs() -> None:
    """Work on what waits, the oldest first."""
    wake.woken(services.WORK_JOBS)
    until = monotonic() + _SECONDS_AT_A_STRETCH
    while services.work_next_job(now=datetime.now(UTC)):
        if monotonic() > until:
            services.wake_workers()
            return


@shared_task(name="portal.tasks.sweep_jobs")
def sweep_jobs() -> None:
    """Take up again what a worker has left, and wake one if jobs wait."""
    if services.take_up_again(now=datetime.now(UTC)):
        services.wake_workers()


@shared_task(name="portal.tasks.retain_jobs")
def retain_jobs() -> None:
    """Delete jobs and their files that were kept long enough."""
    try:
        services.delete_old(now=datetime.now(UTC))
    except FilesUnavailable as error:
        logger.warning("the store of files is away, old files stay until the next hour: %s", error)
