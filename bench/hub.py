"""The product on this machine: PostgreSQL, Redis, web server, workers and beat, over a directory of its own."""

import os
import secrets
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import run

from datahub.local.processes import Child, running
from datahub.local.services import Postgres, Redis, free_port
from datahub.local.supervisor import product

ROOT = Path(__file__).resolve().parent.parent
# What somebody who runs the hub on two cores and a few gigabytes would set; nothing here risks what was committed.
POSTGRES_SETTINGS = {
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "fsync": "on",
    "synchronous_commit": "on",
}


class Hub:
    """The running product. `children` by name: web, documents, distribution, beat."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.port = free_port()
        self.postgres = Postgres(var, settings=POSTGRES_SETTINGS)
        self.redis = Redis(var)
        self.children: dict[str, Child] = {}
        self.memory: dict[str, int] = {}
        # What was started beside it, and ends with it.
        self.beside = ExitStack()

    def start_services(self) -> None:
        """Start PostgreSQL and Redis, point the environment to them, and make the tables."""
        self.postgres.start()
        self.redis.start()
        os.environ.update(
            DATAHUB_VAR=str(self.var),
            DATABASE_URL=self.postgres.url,
            REDIS_URL=self.redis.url,
            DJANGO_SETTINGS_MODULE="bench.settings",
            SECRET_KEY=secrets.token_urlsafe(48),
        )
        os.environ.pop("S3_BUCKET", None)
        run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, check=True)
        run([sys.executable, "manage.py", "collectstatic", "-v", "0", "--no-input"], cwd=ROOT, check=True)

    def start_product(self) -> None:
        """Start web server, workers and beat, and wait until the web server answers and the workers are there."""
        for child in product(port=self.port, logs=self.var / "logs", environment=dict(os.environ)):
            child.start()
            self.children[child.name] = child
        self._wait_for_workers()

    def _wait_for_workers(self) -> None:
        from bench.client import Connection
        from datahub.celery import app

        end = time.monotonic() + 60
        while True:
            self.check()
            try:
                Connection(self.port).close()
                found = app.control.ping(timeout=0.5)
                if len(found) >= 2:
                    return
            except OSError:
                time.sleep(0.1)
            if time.monotonic() > end:
                raise RuntimeError(f"the product did not come up; see {self.var}")

    def check(self) -> None:
        """Raise RuntimeError with the end of its log if a process has ended."""
        for child in self.children.values():
            if not child.is_running:
                raise RuntimeError(f"{child.name} has ended:\n{child.log_tail()}")

    def note_memory(self) -> dict[str, int]:
        """Give the largest memory that any process of each kind has ever had, in MB; also of those that ended since."""
        processes = running()
        for name, child in self.children.items():
            assert child.process is not None
            for process in processes:
                if process.session == child.process.pid:
                    self.memory[name] = max(self.memory.get(name, 0), _peak_megabytes(process.pid))
        return self.memory

    @contextmanager
    def paused(self, name: str) -> Iterator[None]:
        """Hold the processes of one child still meanwhile."""
        child = self.children[name].process
        assert child is not None
        session = [process for process in running() if process.session == child.pid]
        for process in session:
            process.send(signal.SIGSTOP)
        try:
            yield
        finally:
            for process in session:
                process.send(signal.SIGCONT)

    def stop(self) -> None:
        """Stop everything that was started."""
        self.beside.close()
        for child in [*self.children.values()][::-1]:
            child.ask_to_stop()
        for child in self.children.values():
            child.stop(seconds=5)
        for service in (self.redis, self.postgres):
            service.stop()


def _peak_megabytes(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0  # it ended meanwhile
    peak = next((line for line in status.splitlines() if line.startswith("VmHWM")), "VmHWM: 0 kB")
    return int(peak.split()[1]) // 1000
