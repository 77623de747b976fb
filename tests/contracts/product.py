"""The product as it runs in the field: its own services and processes, started, killed and started again.

Only the main thread may start processes: the kernel stops a child when the thread that started it ends.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
from psycopg.rows import dict_row

from datahub.local import supervisor
from datahub.local.processes import Child
from datahub.local.services import ObjectStore, Postgres, Redis, free_port
from tests.contracts import made

ROOT = Path(__file__).resolve().parents[2]
WORKERS = ("documents", "distribution", "jobs")
START_SECONDS = 90
# Variables of the caller that are about another hub.
_FOREIGN = ("DATABASE_", "REDIS_", "S3_", "DATAHUB_", "DJANGO_", "CELERY_", "PUBLIC_URL", "API_REQUESTS", "CONTENT_")


def wait_until(check: Callable[[], object], *, seconds: float, what: str, every: float = 0.05) -> None:
    """Poll until the check holds; AssertionError saying what did not come in time."""
    end = time.monotonic() + seconds
    while not check():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(every)


def _starts(child: Child) -> bool:
    try:
        child.start()
    except RuntimeError:
        return False
    return True


# As whom web, workers and beat connect: a role that owns nothing and has the rights of the application.
APPLICATION_ROLE, APPLICATION_PASSWORD = "datahub_application", "only-for-tests"


class Product:
    """One hub with the demo market under a directory of its own."""

    def __init__(self) -> None:
        self.var = Path(tempfile.mkdtemp(prefix="datahub-contracts-"))
        # Nobody cuts the power here, and a killed process loses nothing that it has written.
        self.postgres = Postgres(
            self.var, free_port(), settings={"fsync": "off", "max_connections": "200", "shared_buffers": "128MB"}
        )
        self.redis = Redis(self.var, free_port())
        self.store = ObjectStore(self.var, free_port())
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.processes: dict[str, Child] = {}
        # What a test has killed stays down until the test starts it again.
        self._killed: set[str] = set()
        self.made_on = date.min

    # --- life -------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start everything, with the demo market in it, and wait until the hub says that it is ready."""
        self.made_on = made.fill(self.var, self._make)
        for service in (self.postgres, self.redis, self.store):
            service.start()
        for child in supervisor.product(port=self.port, logs=self.var / "logs", environment=self.environment()):
            self.processes[child.name] = child
            child.start()
        self.wait_ready()

    def _make(self) -> None:
        """Make the demo market in a database of its own, which is then at rest."""
        self.postgres.start()
        try:
            with self.database() as connection:
                connection.execute(f"CREATE ROLE {APPLICATION_ROLE} LOGIN PASSWORD '{APPLICATION_PASSWORD}'".encode())
            self.run("-m", "datahub.demo.prepare", as_owner=True)
        finally:
            self.postgres.stop()

    def stop(self) -> None:
        """Stop everything that was started and remove its data."""
        for child in self.processes.values():
            child.ask_to_stop()
        for child in self.processes.values():
            child.stop(seconds=5)
        for service in (self.store, self.redis, self.postgres):
            service.stop()
        shutil.rmtree(self.var, ignore_errors=True)

    def _child(self, name: str) -> Child:
        services = {service.name: service for service in (self.postgres, self.redis, self.store)}
        return services[name] if name in services else self.processes[name]

    def kill(self, *names: str) -> None:
        """Do `kill -9` to processes or services and all that they have started."""
        for name in names:
            self._killed.add(name)
            self._child(name).kill()

    def restart(self, *names: str) -> None:
        """Start processes or services again after they were killed."""
        for name in names:
            child = self._child(name)
            # What a killed PostgreSQL leaves behind holds its memory for a moment; then it does not start.
            wait_until(lambda child=child: _starts(child), seconds=30, what=f"{name} started again")
            self._killed.discard(name)

    @contextlib.contextmanager
    def more_workers(self, queue: str, count: int) -> Iterator[None]:
        """Run so many more workers of a queue beside its own."""
        own = self.processes[queue]
        names = [f"{queue}{number}" for number in range(2, count + 2)]
        for name in names:
            command = [name + "@%h" if part == f"{queue}@%h" else part for part in own.command]
            log = self.var / "logs" / f"{name}.log"
            self.processes[name] = Child(name, command, log=log, environment=own.environment, cwd=str(ROOT))
            self.processes[name].start()
        try:
            yield
        finally:
            for name in names:
                self.processes.pop(name).stop(seconds=5)

    def all_running(self) -> None:
        """Start what is down, so that a test that failed half-way does not fail the next ones."""
        for service in (self.postgres, self.redis, self.store):
            if not service.is_running:
                self.restart(service.name)
        self._killed.clear()
        self.supervise()
        self.wait_ready()

    def supervise(self) -> None:
        """Start what ended by itself, as a supervisor does: a worker may end of a broker that is gone.

        To be called while a test waits: a thread of its own could not start processes that outlive it.
        """
        for child in self.processes.values():
            if not child.is_running and child.name not in self._killed:
                child.start()

    def wait_ready(self) -> None:
        """Wait until the web server answers that all is up."""
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                answer = httpx.get(f"{self.url}/health/ready", timeout=5)
            except httpx.TransportError as error:
                said = repr(error)
            else:
                if answer.status_code == 200:
                    return
                said = answer.text[:1000]
            if time.monotonic() > end:
                dead = [child.name for child in self.processes.values() if not child.is_running]
                tails = "\n".join(f"--- {child.name}\n{child.log_tail()}" for child in self.processes.values())
                raise AssertionError(f"not ready ({said}); down: {dead}\n{tails}")
            self.supervise()
            time.sleep(0.2)

    def description(self) -> dict[str, Any]:
        """Give its OpenAPI description."""
        answer = httpx.get(f"{self.url}/openapi.json", timeout=30)
        assert answer.status_code == 200, answer.text[:1000]
        return dict(answer.json())

    def environment(self) -> dict[str, str]:
        """Give what every process of the hub gets to know."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        return {
            **kept,
            "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "datahub.settings.demo",
            "DATAHUB_VAR": str(self.var),
            "DATABASE_URL": self.application_url,
            "REDIS_URL": self.redis.url,
            "PUBLIC_URL": self.url,
            "LOG_FORMAT": "json",
            # Ten busy systems on one machine are more than a participant may be.
            "API_REQUESTS_PER_MINUTE": "0",
            # A store that is slow because all of this runs on one machine has not failed.
            "CONTENT_STORE_TIMEOUT": "15",
            **self.store.variables,
        }

    @property
    def application_url(self) -> str:
        """The DATABASE_URL of the application's role."""
        whole = urlsplit(self.postgres.url)
        place = f"{APPLICATION_ROLE}:{APPLICATION_PASSWORD}@{whole.hostname}:{whole.port}"
        return urlunsplit(whole._replace(netloc=place))

    def run(self, *arguments: str, stdin: str = "", as_owner: bool = False) -> str:
        """Run Python on this hub, as the application or as the owner of its tables; give what it prints."""
        owner = {"DATABASE_URL": self.postgres.url, "DATABASE_APPLICATION_ROLE": APPLICATION_ROLE}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**self.environment(), **(owner if as_owner else {})},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"python {' '.join(arguments)}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout

    # --- what it holds ----------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def database(self) -> Iterator[psycopg.Connection[dict[str, Any]]]:
        """Give a connection to its database."""
        with psycopg.connect(self.postgres.url, row_factory=dict_row, autocommit=True) as connection:
            yield connection

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """Give the rows of a query."""
        with self.database() as connection:
            return connection.execute(query.encode(), values).fetchall()

    def last_id(self) -> int:
        """Give the highest id that was issued to a message."""
        return int(self.rows("SELECT last_id FROM distribution_log_state")[0]["last_id"])

    def settle(self, *, seconds: float = 60) -> int:
        """Wait until every document is worked on and every save is told; give the highest message id.

        AssertionError if that does not come in time or something was set aside.
        """
        waiting: dict[str, Any] = {}

        def is_done() -> bool:
            self.supervise()
            (row,) = self.rows(
                "SELECT (SELECT count(*) FROM metering_document WHERE status = 'PROCESSING') AS documents,"
                " (SELECT count(*) FROM outbox_unit) AS units,"
                " (SELECT count(*) FROM distribution_staged_message) AS staged,"
                " (SELECT json_agg(last_error) FROM outbox_unit WHERE set_aside_at IS NOT NULL) AS set_aside"
            )
            waiting.update(row)
            assert not row["set_aside"], f"set aside: {json.dumps(row['set_aside'])[:3000]}"
            return not any(row.values())

        try:
            wait_until(is_done, seconds=seconds, what="all documents worked on and all saves told")
        except AssertionError as error:
            tails = "\n".join(f"--- {self.processes[name].log_tail()}" for name in WORKERS)
            raise AssertionError(f"{error}; still waiting: {waiting}\n{tails}") from error
        return self.last_id()
