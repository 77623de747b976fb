"""What the workers do: telling when woken, publishing and sweeping each second, what is rarer by the settings."""

import logging
from datetime import UTC, datetime

from celery import shared_task
from celery.signals import beat_init

from datahub import partitions
from datahub.outbox import wake
from distribution.services import queue, retention, sequencer
from distribution.services.tell import tell as tell_waiting
from distribution.store import StoreUnavailable

logger = logging.getLogger(__name__)

# After so many batches a worker wakes itself anew, so that ticks get their turn.
_BATCHES = 20
TELL = "distribution.tasks.tell"
RETAIN = "distribution.tasks.retain"


@shared_task(name=TELL)
def tell() -> None:
    """Tell what was saved."""
    # First of all: a save from now on wakes again, and what was saved before is found below.
    wake.woken(TELL)
    try:
        more = tell_waiting(now=datetime.now(UTC), batches=_BATCHES)
    except StoreUnavailable as error:
        logger.warning("the content store is away, nothing is told until it is back: %s", error)
        return
    if more:
        wake.send(TELL)


@shared_task(name="distribution.tasks.tick")
def tick() -> None:
    """Publish what a lost worker left staged, close windows of time, and wake who tells if something waits."""
    try:
        sequencer.publish()
    except StoreUnavailable as error:
        logger.warning("the content store is away, nothing is published until it is back: %s", error)
    sequencer.close_time_windows()
    if queue.any_ready(now=datetime.now(UTC)):
        wake.send(TELL)


@shared_task(name="distribution.tasks.free")
def free() -> None:
    """Let go on what waits beside a unit that was set aside, and not for it."""
    for _ in range(_BATCHES):
        if not queue.free_held_back(now=datetime.now(UTC)):
            return
        wake.send(TELL)


@beat_init.connect(weak=False, dispatch_uid="distribution.retain")
def retain_at_start(**_: object) -> None:
    """Have the partitions made as soon as beat starts, which counts its hours anew from then.

    The hub may have stood still for more days than partitions were made ahead, and nothing could be told till then.
    """
    wake.send(RETAIN)


@shared_task(name=RETAIN)
def retain() -> None:
    """Make the partitions that will be needed, drop what has been kept long enough, and the contents with it."""
    now = datetime.now(UTC)
    partitions.maintain(now=now)
    retention.delete_old_counts(today=now.date())
    try:
        retention.delete_old_contents(today=now.date())
    except StoreUnavailable as error:
        logger.warning("the content store is away, old contents stay until the next hour: %s", error)
