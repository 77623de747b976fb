"""Signs of life of the workers and of beat, kept in Redis: a worker's for each queue that it works on.

Both beat every few seconds; who has not for `ALIVE_SECONDS` counts as down. When each was last heard of is known for
`SEEN_SECONDS`, by Redis's own clock.
"""

import logging
import time
from collections.abc import Sequence
from typing import Any

from celery.beat import Scheduler
from celery.signals import heartbeat_sent
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

ALIVE_SECONDS = 15
BEAT_SECONDS = 3
SEEN_SECONDS = 7 * 86_400
BEAT = "health:beat"

_redis: Redis | None = None


def connection() -> Redis:
    """Give this process's connection pool to Redis."""
    global _redis  # noqa: PLW0603 - one pool a process
    if _redis is None:
        _redis = Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
    return _redis


def queue_key(queue: str) -> str:
    """Give the key that says that some worker works on a queue."""
    return f"health:queue:{queue}"


def _seen(key: str) -> str:
    return f"{key}:seen"


def ages(keys: Sequence[str]) -> list[float | None]:
    """Give the seconds since each sign of life, None where there was none for long; raises RedisError or OSError."""
    with connection().pipeline(transaction=False) as pipeline:
        for key in keys:
            pipeline.pttl(_seen(key))
        left = pipeline.execute()
    return [SEEN_SECONDS - milliseconds / 1000 if milliseconds >= 0 else None for milliseconds in left]


def _beat(key: str) -> None:
    try:
        with connection().pipeline(transaction=False) as pipeline:
            pipeline.set(key, 1, ex=ALIVE_SECONDS)
            pipeline.set(_seen(key), 1, ex=SEEN_SECONDS)
            pipeline.execute()
    except (RedisError, OSError) as error:
        logger.warning("heartbeat %s not sent: %s", key, error)


@heartbeat_sent.connect(weak=False, dispatch_uid="datahub.health")
def worker_beats(sender: Any, **_: Any) -> None:
    """Say that this worker lives, for each of its queues. Celery calls this every two seconds."""
    for queue in sender.eventer.app.amqp.queues.consume_from:
        _beat(queue_key(queue))


class HeartbeatScheduler(Scheduler):
    """A beat that says that it lives.

    It keeps no file of what it last did: what it starts every few seconds or minutes may as well start once more after
    a restart, and a file that a killed beat left half-written would keep the next one from starting.
    """

    max_interval = BEAT_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "max_interval": BEAT_SECONDS})
        self._beaten_at = float("-inf")

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Start what is due, and say that beat lives."""
        if time.monotonic() - self._beaten_at >= BEAT_SECONDS:
            self._beaten_at = time.monotonic()
            _beat(BEAT)
        return min(super().tick(*args, **kwargs), BEAT_SECONDS)
