"""Runs the product's processes in the foreground: starts them, starts again what dies, stops all of it.

It knows processes only: what they are is given by `demo` and `serve`.
"""

import contextlib
import fcntl
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from datahub.local.processes import Child, RunRecord, wait_for_end

ROOT = Path(__file__).resolve().parent.parent.parent
# One process more than cores: while one waits for the database another works. Threads of one process take the
# interpreter from each other, so each has only two: with eight of them, a page of a scan costs an eighth more.
WEB_WORKERS = min(8, 1 + (os.cpu_count() or 1))
WEB_THREADS = 2
STOP_SECONDS = 6
_STEADY_SECONDS = 30
_LONGEST_PAUSE = 10.0


class CannotStart(Exception):
    """What keeps the product from starting, in words for the one who started it."""


def say(message: str) -> None:
    """Tell the one who started us."""
    sys.stdout.write(message + "\n")
    sys.stdout.flush()


def check_port(port: int) -> None:
    """Make sure that nobody listens on the port that the product is to answer on."""
    if not 0 < port < 65_536:
        raise CannotStart(f"{port} is not a port: choose one from 1 to 65535, as in make demo PORT=8001")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotStart(
                f"Port {port} of 127.0.0.1 cannot be used ({error.strerror}): choose another, PORT=…"
            ) from error


def own_variable_directory(var: Path) -> int:
    """Take the directory of a run's data for us alone, and give the lock, which ends with this process."""
    try:
        var.mkdir(parents=True, exist_ok=True)
        lock = os.open(var / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotStart(f"{var} cannot be used for the data: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CannotStart(
            f"Another run uses {var}: stop it first, or choose another directory, DATAHUB_VAR=…"
        ) from error
    return lock


# For glibc. A heap for each thread keeps what large messages needed once for every thread: two are enough. What a
# request frees the next one needs again: given back to the system at once, as glibc does with blocks beyond 128 KiB
# and with the heap's end, each page of it is zeroed anew, which took a third of the time of joining a page, and a sixth
# of all that is done with a message of readings. Blocks as large as the largest messages are given back as ever.
_MALLOC = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_TRIM_THRESHOLD_": str(64 * 1024 * 1024),
    "MALLOC_MMAP_THRESHOLD_": str(16 * 1024 * 1024),
}


def _count(name: str, environment: dict[str, str], default: int) -> int:
    value = environment.get(name) or str(default)
    if not value.isdecimal() or not 1 <= int(value) <= 1000:
        raise CannotStart(f"{name} is {value!r}: use a whole number from 1 to 1000")
    return int(value)


def product(*, port: int, logs: Path, environment: dict[str, str]) -> list[Child]:
    """Describe the product's own processes: web, a worker for each queue, beat; CannotStart for a wrong setting."""
    python = [sys.executable, "-m"]
    workers = _count("WEB_WORKERS", environment, WEB_WORKERS)
    threads = _count("WEB_THREADS", environment, WEB_THREADS)
    web = [
        *python,
        "granian",
        "--interface",
        "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--http",
        "1",
        "--no-ws",
    ]
    web += [
        "--workers",
        str(workers),
        "--blocking-threads",
        str(threads),
        "--backpressure",
        str(32 * threads),
    ]
    web += [
        "--respawn-failed-workers",
        "--workers-kill-timeout",
        "4",
        "--log-config",
        str(ROOT / "datahub/logs/granian.json"),
        "datahub.wsgi:application",
    ]
    celery = [*python, "celery", "-A", "datahub", "--quiet"]
    worker = ["worker", "--without-gossip", "--without-mingle"]

    environment = {**_MALLOC, **environment}

    def child(name: str, command: list[str]) -> Child:
        return Child(
            name,
            command,
            log=logs / f"{name}.log",
            environment=environment,
            # A worker that nobody supervises any more cannot finish in order: its broker is gone as well. What it was
            # at is done again.
            death_signal=signal.SIGTERM if name in ("web", "beat") else signal.SIGKILL,
            cwd=ROOT,
        )

    return [
        child("web", web),
        child("documents", [*celery, *worker, "-Q", "documents", "--concurrency", "2", "-n", "documents@%h"]),
        child("distribution", [*celery, *worker, "-Q", "distribution", "--concurrency", "1", "-n", "distribution@%h"]),
        child("jobs", [*celery, *worker, "-Q", "jobs", "--concurrency", "1", "-n", "jobs@%h"]),
        child("beat", [*celery, "beat", "--pidfile", ""]),
    ]


class Supervisor:
    """The children of one run and what to do when one dies or all are to stop.

    Children in `services` are stopped last, when nobody uses them any more.
    """

    def __init__(self, var: Path, *, under_make: bool = False) -> None:
        self.services: list[Child] = []
        self.programs: list[Child] = []
        self.record = RunRecord(var / "run.processes")
        self.signals = 0
        self._make = Make() if under_make else None
        self._restarts: dict[str, tuple[float, float, float]] = {}
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._note_signal)

    def _note_signal(self, number: int, frame: FrameType | None) -> None:
        self.signals += 1

    @property
    def is_to_stop(self) -> bool:
        """Whether somebody asked us to stop, or the `make` that started us was asked or is gone."""
        return self.signals > 0 or (self._make is not None and self._make.has_given_up)

    def start(self, child: Child) -> None:
        """Start a child and remember it for the next run."""
        child.start()
        self.record.remember(child)

    def run_to_end(self, child: Child) -> None:
        """Run a child that does its work and ends; CannotStart if it fails."""
        self.start(child)
        while child.is_running and not self.is_to_stop:
            time.sleep(0.05)
        if self.is_to_stop:
            child.stop(seconds=2)
        elif child.exit_code:
            raise CannotStart(f"{child.name} failed, see {child.log}:\n{child.log_tail()}")

    def watch(self, *, ready_url: str, when_ready: Callable[[], None]) -> None:
        """Start again what dies, until we are asked to stop; say once when the product is ready."""
        is_ready, ask_at = False, 0.0
        while not self.is_to_stop:
            for child in [*self.services, *self.programs]:
                self._revive(child)
            if not is_ready and time.monotonic() >= ask_at:
                is_ready, ask_at = _is_ready(ready_url), time.monotonic() + 0.3
                if is_ready:
                    when_ready()
            time.sleep(0.1)

    def _revive(self, child: Child) -> None:
        """Start a child again if it has ended: at once if it ran well, else after a pause that grows."""
        now = time.monotonic()
        started, pause, due = self._restarts.get(child.name, (now, 0.0, 0.0))
        if child.is_running:
            self._restarts.setdefault(child.name, (started, pause, due))
            return
        if not due:
            pause = 0.2 if now - started > _STEADY_SECONDS else min(max(2 * pause, 0.2), _LONGEST_PAUSE)
            self._restarts[child.name] = (started, pause, now + pause)
            child.kill()  # what it may have left behind
            say(f"{child.name} ended ({_how(child.exit_code)}), starting it again; its log is {child.log}")
        elif now >= due:
            child.launch()
            self.record.remember(child)
            self._restarts[child.name] = (now, pause, 0.0)

    def stop(self) -> None:
        """Stop everything, the services last; a second signal hurries."""
        for children in (self.programs, self.services):
            for child in children:
                child.ask_to_stop()
            wait_for_end(children, seconds=STOP_SECONDS, hurry=lambda: self.signals > 1)
            for child in children:
                child.kill()
        self.record.clear_up(seconds=2)


def _how(code: int | None) -> str:
    return f"signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit code {code}"


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own loopback address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _catches_interrupts(process: int) -> bool | None:
    """Tell whether a process has a handler for SIGINT; None where the machine does not tell."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
        return bool(int(status.split("SigCgt:")[1].split()[0], 16) & 1 << signal.SIGINT - 1)
    except (OSError, ValueError, IndexError):
        return None


class Make:
    """The `make` that started us, as far as we have to notice that it was interrupted or is gone.

    A terminal's Ctrl-C reaches us too, but a SIGINT sent to `make` alone does not: it takes its handler away and waits
    for us, and that can be seen. (SIGTERM it passes on.)
    """

    def __init__(self) -> None:
        self.process = os.getppid()
        self.caught_interrupts = _catches_interrupts(self.process)

    @property
    def has_given_up(self) -> bool:
        """Whether it was interrupted, or has ended."""
        if os.getppid() != self.process:
            return True
        return self.caught_interrupts is True and _catches_interrupts(self.process) is False


@contextlib.contextmanager
def supervising(var: Path, *, under_make: bool) -> Iterator[Supervisor]:
    """Give a supervisor over a directory that is ours alone; stop all that it started in the end, whatever happens."""
    lock = own_variable_directory(var)
    supervisor = Supervisor(var, under_make=under_make)
    left = supervisor.record.clear_up()
    if left:
        say(f"Stopped {left} processes that an earlier run had left.")
    try:
        yield supervisor
    finally:
        say("Stopping …")
        supervisor.stop()
        os.close(lock)
        say("Stopped.")
