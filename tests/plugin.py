"""Starts the real services before Django reads its settings, and stops them at the end. Named in `addopts`.

Services that the environment already names (DATABASE_URL, REDIS_URL, S3_ENDPOINT_URL) are used as they are.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from datahub.local.services import ObjectStore, Postgres, Redis, Service


def _start() -> None:
    var = Path(tempfile.mkdtemp(prefix="datahub-tests-"))
    os.environ.setdefault("DATAHUB_VAR", str(var / "var"))
    started: list[Service] = []

    def stop() -> None:
        for service in reversed(started):
            service.stop()
        shutil.rmtree(var, ignore_errors=True)

    atexit.register(stop)
    if "DATABASE_URL" not in os.environ:
        # Killing processes loses nothing without fsync; only a power cut would, and no test cuts the power.
        postgres = Postgres(var, settings={"fsync": "off", "max_connections": "200"})
        started.append(postgres)
        postgres.start()
        os.environ["DATABASE_URL"] = postgres.url
    if "REDIS_URL" not in os.environ:
        redis = Redis(var)
        started.append(redis)
        redis.start()
        os.environ["REDIS_URL"] = redis.url
    if "S3_ENDPOINT_URL" not in os.environ:
        store = ObjectStore(var)
        started.append(store)
        store.start()
        os.environ.update(store.variables)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    _start()


@pytest.fixture(autouse=True)
def _database_of_its_own() -> None:
    """What a process remembers of its database for some seconds is forgotten: each test has another one."""
    from distribution.selectors.scan import memory  # Django's settings are read only after this module.

    memory.forget()
