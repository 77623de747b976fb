"""Starts the real services before Django reads its settings, and stops them at the end. Named in `addopts`.

Services that the environment already names (DATABASE_URL, REDIS_URL, S3_ENDPOINT_URL) are used as they are.
"""

import atexit
import gc
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from datahub.local.services import ObjectStore, Postgres, Redis, Service

# Names the directory that all processes of a run of the tests have in common.
SHARED = "DATAHUB_TESTS_SHARED"


# Killing processes loses nothing without fsync; only a power cut would, and no test cuts the power.
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "jit": "off",
    "max_connections": "200",
}


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
        postgres = Postgres(var, settings=_SETTINGS)
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
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    # Of several processes that share the tests (`-n`), each has services of its own, and the one above them needs none.
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shared = tempfile.mkdtemp(prefix="datahub-tests-shared-")
        atexit.register(shutil.rmtree, shared, ignore_errors=True)
        os.environ[SHARED] = shared
    if "PYTEST_XDIST_WORKER" in os.environ or not early_config.known_args_namespace.numprocesses:
        _start()


# Tests that share a running hub are run by one process one after the other; what takes longest is begun with.
SHARING = ("tests/portal/browser/", "tests/contracts/", "tests/local/")


class FileByFile(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """Hands the tests to several processes: those of a file together, and those that share a hub."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in SHARING if nodeid.startswith(folder)), nodeid.partition("::")[0])


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FileByFile:
    """Give xdist our way to share."""
    return FileByFile(config, log)


def pytest_collection_finish() -> None:
    """Let the collector of garbage leave out what stays: modules and tests, some million objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first."""

    def place(item: pytest.Item) -> int:
        return next((place for place, folder in enumerate(SHARING) if item.nodeid.startswith(folder)), len(SHARING))

    items.sort(key=place)


@pytest.fixture(autouse=True)
def _as_in_a_process_of_its_own() -> None:
    """What a process remembers is forgotten: of its database for some seconds, and the language of its last page."""
    # Django's settings are read only after this module.
    from django.utils import translation

    from distribution.selectors import final, log

    log.memory.forget()
    final.memory.forget()
    translation.deactivate()
