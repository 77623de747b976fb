"""How far a running job is: told outside its transaction, so that it is seen before anything is saved.

It stands in the cache for as long as anybody may look; without the cache a job shows no progress, and goes on.
"""

import logging
from time import monotonic
from uuid import UUID

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

_SECONDS_BETWEEN = 0.4
_KEPT_SECONDS = 3_600


class Progress:
    """The progress of one attempt: rows done, of how many if that is known."""

    def __init__(self, job_id: UUID) -> None:
        self._key = _key(job_id)
        self._told_at = float("-inf")
        self.done = 0
        self.total: int | None = None

    def expect(self, total: int) -> None:
        """Say how many rows there will be, about."""
        self.total = total
        self._tell()

    def step(self, rows: int = 1) -> None:
        """Say that rows were done; what is told a few times a second."""
        self.done += rows
        if monotonic() - self._told_at >= _SECONDS_BETWEEN:
            self._tell()

    def _tell(self) -> None:
        self._told_at = monotonic()
        try:
            cache.set(self._key, (self.done, self.total), _KEPT_SECONDS)
        except (RedisError, OSError) as error:
            logger.warning("progress not told: %s", error)


def _key(job_id: UUID) -> str:
    return f"portal:job:{job_id}"


def of(job_id: UUID) -> tuple[int, int | None]:
    """Give how many rows of a running job are done, and of how many; (0, None) while nothing is known."""
    try:
        told: tuple[int, int | None] | None = cache.get(_key(job_id))
    except (RedisError, OSError):
        told = None
    return told or (0, None)
