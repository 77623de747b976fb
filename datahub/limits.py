"""Counting in fixed windows, in Redis.

A limit protects the hub and must not take it down: where Redis is away, nobody is kept waiting for it, and each process
counts by itself until it is back.
"""

import logging
import threading
import time
from dataclasses import dataclass
from functools import lru_cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

_TIMEOUT_SECONDS = 1.0
_PAUSE_SECONDS = 2.0
# As many counts a process keeps by itself; of more, those that have rested longest are forgotten.
_MOST_ALONE = 10_000
_away_until = 0.0
_alone: dict[str, int] = {}
_alone_lock = threading.Lock()


@lru_cache(maxsize=2)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )


def _key(name: str, seconds: int, now: float) -> str:
    return f"datahub:limit:{name}:{int(now // seconds)}"


def seconds_left(seconds: int, now: float) -> int:
    """Give how long the present window still lasts, at least one second."""
    return max(1, int(seconds - now % seconds) + 1)


def count(*names: str, seconds: int, now: float, add: int = 1) -> list[int]:
    """Add to the counts of some names in the present window and give them; while Redis is away, this process' own.

    `now` in epoch seconds; with `add=0` it only reads.
    """
    global _away_until  # noqa: PLW0603
    keys = [_key(name, seconds, now) for name in names]
    if time.monotonic() < _away_until:
        return _count_alone(keys, add)
    try:
        if not add:
            return [int(value or 0) for value in _client(settings.REDIS_URL).mget(keys)]
        # Who counts first in a window says when the count may be forgotten; all others make one short call.
        counts = [int(_client(settings.REDIS_URL).incrby(key, add)) for key in keys]
        for key, found in zip(keys, counts, strict=True):
            if found == add:
                _client(settings.REDIS_URL).expire(key, seconds + 1)
        return counts
    except redis.RedisError as error:
        _away_until = time.monotonic() + _PAUSE_SECONDS
        logger.warning("Limits are counted by each process alone, since Redis does not answer: %s", error)
        return _count_alone(keys, add)


def _count_alone(keys: list[str], add: int) -> list[int]:
    with _alone_lock:
        for key in keys if add else ():
            _alone[key] = _alone.pop(key, 0) + add
        while len(_alone) > _MOST_ALONE:
            del _alone[next(iter(_alone))]
        return [_alone.get(key, 0) for key in keys]


@dataclass(slots=True)
class _Tally:
    """What is known of a count in the present window: as Redis last told, and what was added here since."""

    told: int = 0
    added: int = 0


class Allowance:
    """Requests of many names within a limit for a window, counted together by all processes.

    Each process brings what it counted to Redis in portions of a hundredth of the limit, since a call for each request
    costs as much as half of what else the frame does; so several processes may together let through that much more.
    What is beyond the limit is refused without asking.
    """

    def __init__(self, prefix: str, *, seconds: int) -> None:
        self.prefix, self.seconds = prefix, seconds
        self.forget()

    def forget(self) -> None:
        """Forget what this process knows of the window."""
        self._lock = threading.Lock()
        self._window = -1
        self._tallies: dict[str, _Tally] = {}

    def take(self, name: str, *, limit: int, now: float) -> bool:
        """Count one request of a name and tell whether it is within the limit; `now` in epoch seconds."""
        portion = max(1, limit // 100)
        with self._lock:
            window = int(now // self.seconds)
            if window != self._window:
                self._window, self._tallies = window, {}
            tally = self._tallies.setdefault(name, _Tally())
            if tally.told > limit:
                return False
            tally.added += 1
            brought = tally.added
            if brought >= portion:
                tally.added = 0
        if brought < portion:
            return tally.told + brought <= limit
        (told,) = count(f"{self.prefix}:{name}", seconds=self.seconds, now=now, add=brought)
        # Another thread may have brought a portion meanwhile and been told more.
        tally.told = max(tally.told, told)
        return told <= limit
