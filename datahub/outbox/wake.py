"""Waking the workers. The broker only wakes: what is to be done stands in the database, and a sweep finds it anyway."""

import logging

from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

_redis: Redis | None = None
# While a wake-up is under way no second one is sent; the worker clears the mark before it looks for work. If it is
# lost with the broker, the mark is gone within this many milliseconds.
_MARK_MS = 2_000


def _connection() -> Redis:
    global _redis  # noqa: PLW0603 - one connection pool a process
    if _redis is None:
        _redis = Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    return _redis


def send(task: str) -> None:
    """Send a task that only wakes, unless one of it is under way; a broker that is down is no error."""
    try:
        if _connection().set(f"wake:{task}", 1, nx=True, px=_MARK_MS):
            current_app.send_task(task, ignore_result=True)
    except (RedisError, OperationalError, OSError) as error:
        logger.warning("wake-up %s not sent, the sweep will find the work: %s", task, error)


def woken(task: str) -> None:
    """Clear the mark of a wake-up, before looking for work."""
    try:
        _connection().delete(f"wake:{task}")
    except (RedisError, OSError) as error:
        logger.warning("mark of wake-up %s not cleared, it ends by itself: %s", task, error)


def distribution() -> None:
    """Wake a worker to tell what was saved."""
    send(settings.WAKE_DISTRIBUTION_TASK)
