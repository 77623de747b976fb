"""What must be up for the product to serve: each check gives what is wrong, or None.

Whatever is asked may hang instead of failing. So each of the three services is asked in a thread of its own, and after
`ANSWER_SECONDS` its silence is the answer.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError as NotInTime
from datetime import UTC, datetime
from time import monotonic

from celery import current_app
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils.connection import ConnectionDoesNotExist
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from datahub import partitions
from datahub.database import migrated
from datahub.health import heartbeat
from datahub.health.bounded import Bounded

QUEUES = ("documents", "distribution", "jobs")
ANSWER_SECONDS = 4.0
Check = Callable[[], str | None]
# Migrations are applied by others while we run, never taken back: once found complete they stay so for this process.
_migrated = False


def database() -> str | None:
    """Check that the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError, ConnectionDoesNotExist) as error:
        return f"does not answer ({type(error).__name__})"
    return None


def migrations() -> str | None:
    """Check that every migration of this version is applied."""
    global _migrated  # noqa: PLW0603 - see there
    if _migrated:
        return None
    try:
        missing = migrated.count_missing()
    except (DatabaseError, InterfaceError) as error:
        return f"cannot be read ({type(error).__name__})"
    if missing:
        return f"{missing} not applied: run manage.py migrate"
    _migrated = True
    return None


def partitions_of_today() -> str | None:
    """Check that there is room for what is saved now in every table that has partitions by time."""
    try:
        missing = partitions.missing(on=datetime.now(UTC).date())
    except (DatabaseError, InterfaceError) as error:
        return f"cannot be read ({type(error).__name__})"
    if missing:
        return f"none for today of {', '.join(missing)}: run manage.py make_partitions, and see why beat does not"
    return None


def redis() -> str | None:
    """Check that Redis answers."""
    try:
        heartbeat.connection().ping()
    except (RedisError, OSError) as error:
        return f"does not answer ({type(error).__name__})"
    return None


def broker() -> str | None:
    """Check that the broker answers, where Redis is not it."""
    try:
        with current_app.connection_for_write() as connected:
            connected.ensure_connection(max_retries=1, timeout=settings.CELERY_BROKER_CONNECTION_TIMEOUT)
    except (OperationalError, OSError) as error:
        return f"does not answer ({type(error).__name__})"
    return None


def object_store() -> str | None:
    """Check that the store of the messages' content can be read with our credentials."""
    from distribution import store  # noqa: PLC0415 - its models are there only when all apps are

    try:
        store.look()
    except store.StoreUnavailable as error:
        return f"does not answer, or refuses ({type(error.__cause__).__name__})"
    return None


def _beats(key: str, missing: str) -> str | None:
    try:
        return None if heartbeat.connection().exists(key) else missing
    except (RedisError, OSError) as error:
        return f"unknown: Redis does not answer ({type(error).__name__})"


def workers() -> str | None:
    """Check that every queue has a worker."""
    for queue in QUEUES:
        wrong = _beats(heartbeat.queue_key(queue), f"none works on the queue {queue}")
        if wrong:
            return wrong
    return None


def beat() -> str | None:
    """Check that beat, which starts the sweeps, is there."""
    return _beats(heartbeat.BEAT, "not running")


# What is asked of each service, in the order in which it is told; the first of each is about the service itself.
_ASKED: Mapping[str, Mapping[str, Check]] = {
    "database": {"database": database, "migrations": migrations, "partitions": partitions_of_today},
    "redis": {"redis": redis, "workers": workers, "beat": beat},
    "broker": {"broker": broker},
    "objectStore": {"objectStore": object_store},
}


def _asking(service: str, checks: Mapping[str, Check]) -> Callable[[], dict[str, str]]:
    def ask() -> dict[str, str]:
        found: dict[str, str] = {}
        for name, check in checks.items():
            wrong = check()
            if wrong:
                found[name] = wrong
            if service in found:
                return _unknown(service, wrong or "")
        return found

    return ask


def _unknown(service: str, wrong: str) -> dict[str, str]:
    """Say that a service does not answer, and that what it would have told is unknown."""
    return {name: wrong if name == service else f"unknown without the {service}" for name in _ASKED[service]}


def _bounded() -> dict[str, Bounded[dict[str, str]]]:
    return {service: Bounded(f"health-{service}", _asking(service, checks)) for service, checks in _ASKED.items()}


_services = _bounded()
# Without these no request can be answered; without the others saves are kept, and told when they are back.
_NEEDED_TO_ANSWER = ("database",)


def missing() -> dict[str, str]:
    """Give what is not up, by name, with what is wrong with it; empty when the product can do all that it is for."""
    is_redis = settings.CELERY_BROKER_URL == settings.REDIS_URL
    return _missing(tuple(service for service in _services if service != "broker" or not is_redis))


def missing_to_answer() -> dict[str, str]:
    """Give what keeps this process from answering requests; empty when it can."""
    return _missing(_NEEDED_TO_ANSWER)


def _missing(services: tuple[str, ...]) -> dict[str, str]:
    asked = {service: _services[service].ask() for service in services}
    end = monotonic() + ANSWER_SECONDS
    found: dict[str, str] = {}
    for service, answer in asked.items():
        try:
            found |= answer.result(timeout=max(0.0, end - monotonic()))
        except NotInTime:
            found |= _unknown(service, f"does not answer within {ANSWER_SECONDS:g} s")
    return found
