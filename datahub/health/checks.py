"""What must be up for the product to serve: each check gives what is wrong, or None."""

from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.storage import storages
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.connection import ConnectionDoesNotExist
from redis.exceptions import RedisError

from datahub.health import heartbeat

QUEUES = ("documents", "distribution", "jobs")
# Migrations are applied by others while we run, never taken back: once found complete they stay so for this process.
_migrated = False


def database() -> str | None:
    """Check that the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, ConnectionDoesNotExist) as error:
        return f"does not answer ({type(error).__name__})"
    return None


def migrations() -> str | None:
    """Check that every migration of this version is applied."""
    global _migrated  # noqa: PLW0603 - see there
    if _migrated:
        return None
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return f"cannot be read ({type(error).__name__})"
    if missing:
        return f"{len(missing)} not applied: run manage.py migrate"
    _migrated = True
    return None


def redis() -> str | None:
    """Check that Redis answers."""
    try:
        heartbeat.connection().ping()
    except (RedisError, OSError) as error:
        return f"does not answer ({type(error).__name__})"
    return None


def object_store() -> str | None:
    """Check that the store of the messages' content can be read with our credentials."""
    try:
        storages["content"].listdir("health")
    except FileNotFoundError:
        return None  # a store of files, before anything was stored
    except (OSError, BotoCoreError, ClientError) as error:
        return f"does not answer ({type(error).__name__})"
    return None


def _beats(key: str, missing: str) -> str | None:
    try:
        return None if heartbeat.connection().exists(key) else missing
    except (RedisError, OSError):
        return "unknown: Redis does not answer"


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


CHECKS: dict[str, Callable[[], str | None]] = {
    "database": database,
    "migrations": migrations,
    "redis": redis,
    "objectStore": object_store,
    "workers": workers,
    "beat": beat,
}


def missing() -> dict[str, str]:
    """Give what is not up, by name, with what is wrong with it; empty when the product can serve."""
    return {name: wrong for name, check in CHECKS.items() if (wrong := check())}


def environment() -> str:
    """Name the settings that this process runs with."""
    return settings.SETTINGS_MODULE.rsplit(".", 1)[1]
