"""The product as it runs in the field: its own services and processes, started, killed and started again.

Only the main thread may start processes: the kernel stops a child when the thread that started it ends.
"""

import contextlib
import json
import os
import shutil
import signal
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
from tests.contracts import made, trees

ROOT = Path(__file__).resolve().parents[2]
WORKERS = ("documents", "distribution", "jobs")
START_SECONDS = 90
# As in the field: what was answered has reached the disk. No kill shows whether it has, since what a process has
# written outlives it, and no test cuts the power; but what only stands in PostgreSQL's memory dies with it, and that it
# writes by itself a few times a second unless told to be lazy. So a save that is answered before it is written is lost.
POSTGRES_SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_writer_delay": "10s",
    "max_connections": "200",
    "shared_buffers": "128MB",
}
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
        self.postgres = Postgres(self.var, free_port(), settings=POSTGRES_SETTINGS)
        self.redis = Redis(self.var, free_port())
        self.store = ObjectStore(self.var, free_port())
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.processes: dict[str, Child] = {}
        # What a test has killed stays down until the test starts it again.
        self._killed: set[str] = set()
        # What ended by itself and was started again, each time with the end of its log.
        self.ended: list[tuple[str, str]] = []
        self.made_on = date.min

    # --- life -------------------------------------------------------------------------------------------------------

    def start(self, *, workers: bool = True) -> None:
        """Start everything, with the demo market in it, and wait until the hub says that it is ready.

        Without workers nothing is told, nor readings saved; a test that only asks need not wait for them.
        """
        self.made_on = made.fill(self.var, self.make)
        for service in (self.postgres, self.redis, self.store):
            service.start()
        for child in supervisor.product(port=self.port, logs=self.var / "logs", environment=self.environment()):
            if workers or child.name == "web":
                self.processes[child.name] = child
                child.start()
        if workers:
            self.wait_ready()
        else:
            wait_until(self._serves, seconds=60, what="the web server")

    def _serves(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/health/serves").status_code == 200
        return False

    def make(self) -> None:
        """Make the demo market in a database of its own, which is then at rest."""
        self.postgres.start()
        try:
            with self.database() as connection:
                connection.execute(f"CREATE ROLE {APPLICATION_ROLE} LOGIN PASSWORD '{APPLICATION_PASSWORD}'".encode())
            self.run("-m", "datahub.demo.prepare", as_owner=True)
        finally:
            self.postgres.stop()

    def stop(self, *, keep: bool = False) -> None:
        """Stop everything that was started and remove its data, unless it is to be kept for a look at the logs."""
        for child in self.processes.values():
            child.ask_to_stop()
        for child in self.processes.values():
            child.stop(seconds=5)
        for service in (self.store, self.redis, self.postgres):
            service.stop()
        if not keep:
            shutil.rmtree(self.var, ignore_errors=True)

    @property
    def children(self) -> dict[str, Child]:
        """Its services and processes by name."""
        services: dict[str, Child] = {one.name: one for one in (self.postgres, self.redis, self.store)}
        return services | self.processes

    def kill(self, *names: str) -> None:
        """Do `kill -9` to processes or services and all that they have started, of which nothing is left to act."""
        for name in names:
            self._killed.add(name)
            child = self.children[name]
            # PostgreSQL's sessions lead sessions of their own, and would go on for a moment. Held still first, it can
            # neither start new ones nor notice that the others have died.
            family = trees.family(child)
            trees.send(family[:1], signal.SIGSTOP)
            trees.send(trees.family(child), signal.SIGKILL)
            child.kill()

    def restart(self, *names: str) -> None:
        """Start processes or services again after they were killed."""
        for name in names:
            child = self.children[name]
            # What a killed PostgreSQL leaves behind holds its memory for a moment; then it does not start.
            wait_until(lambda child=child: _starts(child), seconds=30, what=f"{name} started again")
            self._killed.discard(name)

    def is_killed(self, name: str) -> bool:
        """Tell whether a test has killed or stopped a process or service, and not started it again."""
        return name in self._killed

    def ask_to_stop(self, name: str) -> None:
        """Ask a process to end in order, and let it stay down."""
        self._killed.add(name)
        self.processes[name].ask_to_stop()

    @contextlib.contextmanager
    def held(self, name: str) -> Iterator[None]:
        """Hold a process or service still meanwhile, with all that it has started: it takes and answers nothing."""
        numbers = trees.family(self.children[name])
        trees.send(numbers, signal.SIGSTOP)
        try:
            yield
        finally:
            trees.send(numbers, signal.SIGCONT)

    @contextlib.contextmanager
    def told(self, *names: str, **variables: str) -> Iterator[None]:
        """Run processes under other settings meanwhile."""
        before = {name: self.processes[name].environment for name in names}
        self.kill(*names)
        for name in names:
            self.processes[name].environment = {**(before[name] or {}), **variables}
        self.restart(*names)
        self.wait_ready()
        try:
            yield
        finally:
            self.kill(*names)
            for name in names:
                self.processes[name].environment = before[name]
            self.restart(*names)

    def add_worker(self, queue: str, name: str) -> str:
        """Start one more worker of a queue; give its name."""
        own = self.processes[queue]
        command = [name + "@%h" if part == f"{queue}@%h" else part for part in own.command]
        log = self.var / "logs" / f"{name}.log"
        self.processes[name] = Child(name, command, log=log, environment=own.environment, cwd=str(ROOT))
        self.processes[name].start()
        return name

    def remove_worker(self, name: str) -> None:
        """End a worker that was added, in order if it can."""
        self.processes.pop(name).stop(seconds=5)

    @contextlib.contextmanager
    def more_workers(self, queue: str, count: int) -> Iterator[None]:
        """Run so many more workers of a queue beside its own."""
        names = [self.add_worker(queue, f"{queue}{number}") for number in range(2, count + 2)]
        try:
            yield
        finally:
            for name in names:
                self.remove_worker(name)

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
                self.ended.append((child.name, child.log_tail()))
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

    @contextlib.contextmanager
    def maintenance(self) -> Iterator[psycopg.Connection[dict[str, Any]]]:
        """Give a connection to the server beside its database, which may be lost."""
        url = self.postgres.url.removesuffix("/datahub") + "/postgres"
        with psycopg.connect(url, row_factory=dict_row, autocommit=True) as connection:
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
