"""Faults by a plan that a seed gives: who is killed, held still, refused or emptied, when, and for how long.

Faults come in storms with some calm between them, in which all recovers and times are measured.
"""

import contextlib
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import redis
from redis.exceptions import RedisError

from datahub.local.processes import Child
from tests.contracts import trees
from tests.contracts.product import Product

STORM_SECONDS, CALM_SECONDS = 40.0, 20.0
# After a fault has ended, so long its consequences may still be seen: a sweep comes within ten seconds.
AFTERMATH_SECONDS = 11.0
PROCESSES = ("web", "documents", "distribution", "jobs", "beat")
EVERYONE = (*PROCESSES, "redis", "postgres", "s3")
# What is done, how often of a hundred times, and to whom.
_KINDS: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("kill", 40, EVERYONE),
    ("kill one of", 15, ("web", "documents", "distribution", "jobs", "postgres")),
    ("hold", 18, EVERYONE),
    ("stop in order", 9, PROCESSES),
    ("end the sessions of", 5, ("postgres",)),
    ("empty", 5, ("redis",)),
    ("refuse us at", 4, ("s3",)),
    ("add a worker to", 4, ("documents", "distribution")),
)
# What is done once, and does not last.
_AT_ONCE = ("kill one of", "end the sessions of", "empty")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: when it begins, in seconds, and for how long it lasts. `choice` in [0, 1) picks one of several."""

    at: float
    kind: str
    victim: str
    lasts: float
    choice: float

    def __str__(self) -> str:
        return f"{self.at:6.1f} s  {self.kind} {self.victim} for {self.lasts:.1f} s"


def plan(seed: int, seconds: float) -> list[Fault]:
    """Give the faults of a run of so many seconds, the last ones over well before its end.

    In each storm everyone is killed once, as far as there is time, and other things happen as they come.
    """
    chance = random.Random(seed)  # noqa: S311 - a plan that can be made again, not a secret
    found: list[Fault] = []
    free_at: dict[str, float] = {}
    for start, end in _storms(seconds):
        at, to_kill = start, _everyone(chance)
        while (at := at + chance.uniform(0.3, 3.0)) < end:
            kind, victim = ("kill", to_kill.pop(0)) if to_kill and chance.random() < 0.5 else _any(chance)
            lasts = min(chance.choice((0.0, chance.uniform(0, 2), chance.uniform(0, 8))), end - at)
            choice = chance.random()
            # Nobody is hit again before it is up again; others may be hit meanwhile.
            if at >= free_at.get(victim, 0.0):
                found.append(Fault(at, kind, victim, 0.0 if kind in _AT_ONCE else lasts, choice))
                free_at[victim] = at + found[-1].lasts + 0.5
    return found


def _everyone(chance: random.Random) -> list[str]:
    """Give everyone in some order, those first of whom the market would notice most."""
    first, others = ["postgres", "web", "redis", "distribution", "documents"], ["jobs", "beat", "s3"]
    chance.shuffle(first)
    chance.shuffle(others)
    return [*first, *others]


def _any(chance: random.Random) -> tuple[str, str]:
    ((kind, _, victims),) = chance.choices(_KINDS, [weight for _, weight, _ in _KINDS])
    return kind, chance.choice(victims)


def _storms(seconds: float) -> Iterator[tuple[float, float]]:
    """Give when each storm begins and ends; a short run has one."""
    if seconds < STORM_SECONDS + CALM_SECONDS:
        yield 0.0, seconds * 0.8
        return
    start = 0.0
    while start + STORM_SECONDS / 2 + CALM_SECONDS <= seconds:
        yield start, min(start + STORM_SECONDS, seconds - CALM_SECONDS)
        start += STORM_SECONDS + CALM_SECONDS


class Storm:
    """Carries out a plan on a running hub. All of it in the main thread, which alone may start processes."""

    def __init__(self, product: Product, faults: list[Fault]) -> None:
        self.product = product
        self.began = time.monotonic()
        self._coming = sorted(faults, key=lambda fault: fault.at)
        self._standing: list[tuple[float, Fault, Callable[[], None]]] = []
        # Each fault as it was, from when to when, by time.monotonic().
        self.done: list[tuple[Fault, float, float]] = []
        self._right_store = product.store.environment
        self._extra = 0

    @property
    def is_over(self) -> bool:
        """Whether everything was done and everybody is up again."""
        return not self._coming and not self._standing

    @property
    def by_victim(self) -> Counter[str]:
        """How often each was hit, by what was done to it."""
        return Counter(f"{fault.kind} {fault.victim}" for fault, _, _ in self.done)

    def is_calm(self, start: float, end: float) -> bool:
        """Tell whether no fault nor its aftermath lay in a span of time.monotonic()."""
        return all(end < begun or start > ended + AFTERMATH_SECONDS for _, begun, ended in self.done)

    def tick(self) -> None:
        """Do what is due, and start again what has ended by itself."""
        now = time.monotonic() - self.began
        for entry in [one for one in self._standing if one[0] <= now]:
            self._standing.remove(entry)
            self._end(entry[1], entry[2])
        if self._coming and self._coming[0].at <= now:
            fault = self._coming.pop(0)
            begun = time.monotonic()
            end = _BEGIN[fault.kind](self, fault)
            self.done.append((fault, begun, float("inf")))
            self._standing.append((fault.at + fault.lasts, fault, end))
        for child in (self.product.postgres, self.product.redis, self.product.store):
            is_down = self.product.is_killed(child.name) or child.is_running
            assert is_down, f"{child.name} ended by itself:\n{child.log_tail()}"
        self.product.supervise()

    def _end(self, fault: Fault, end: Callable[[], None]) -> None:
        end()
        place = next(n for n, (one, _, _) in enumerate(self.done) if one is fault)
        self.done[place] = (fault, self.done[place][1], time.monotonic())

    def finish(self) -> None:
        """End whatever still stands, at once."""
        self._coming.clear()
        for _, fault, end in self._standing:
            self._end(fault, end)
        self._standing.clear()

    # --- what is done; each gives what ends it ------------------------------------------------------------------------

    def _child(self, fault: Fault) -> Child:
        return self.product.children[fault.victim]

    def _kill(self, fault: Fault) -> Callable[[], None]:
        self.product.kill(fault.victim)
        return lambda: self.product.restart(fault.victim)

    def _kill_one(self, fault: Fault) -> Callable[[], None]:
        others = trees.family(self._child(fault))[1:]
        if others:
            trees.send([others[int(fault.choice * len(others))]], signal.SIGKILL)
        return lambda: None

    def _hold(self, fault: Fault) -> Callable[[], None]:
        held = trees.family(self._child(fault))
        trees.send(held, signal.SIGSTOP)
        return lambda: trees.send(held, signal.SIGCONT)

    def _stop(self, fault: Fault) -> Callable[[], None]:
        self.product.ask_to_stop(fault.victim)

        def start() -> None:
            # A worker finishes what it is at; web waits for its requests.
            self._child(fault).stop(seconds=15)
            self.product.restart(fault.victim)

        return start

    def _end_sessions(self, fault: Fault) -> Callable[[], None]:
        with contextlib.suppress(psycopg.OperationalError):  # they have just ended of another fault
            self.product.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = 'datahub' AND pid <> pg_backend_pid()"
            )
        return lambda: None

    def _empty(self, fault: Fault) -> Callable[[], None]:
        with contextlib.suppress(RedisError):  # it has just lost everything by another fault
            redis.Redis.from_url(self.product.redis.url, socket_timeout=2).flushall()
        return lambda: None

    def _refuse(self, fault: Fault) -> Callable[[], None]:
        store = self.product.store
        store.environment = {**(self._right_store or {}), "RCLONE_AUTH_KEY": '"local,another-secret"'}
        self.product.kill(store.name)
        self.product.restart(store.name)

        def accept() -> None:
            self.product.kill(store.name)
            store.environment = self._right_store
            self.product.restart(store.name)

        return accept

    def _add_worker(self, fault: Fault) -> Callable[[], None]:
        self._extra += 1
        name = self.product.add_worker(fault.victim, f"{fault.victim}-{self._extra}")
        return lambda: self.product.remove_worker(name)


_BEGIN: dict[str, Callable[[Storm, Fault], Callable[[], None]]] = {
    "kill": Storm._kill,
    "kill one of": Storm._kill_one,
    "hold": Storm._hold,
    "stop in order": Storm._stop,
    "end the sessions of": Storm._end_sessions,
    "empty": Storm._empty,
    "refuse us at": Storm._refuse,
    "add a worker to": Storm._add_worker,
}
