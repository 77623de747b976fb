"""Child processes that never outlive us, and what a run that was killed has left behind.

Every child leads a session of its own, so that Ctrl-C reaches the supervisor alone and a child is found together with
its own children. On Linux the kernel stops it when its parent dies, however that happens.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LINUX = sys.platform == "linux"
_LIBC = ctypes.CDLL(None) if _LINUX else None
_PR_SET_PDEATHSIG = 1
_LOG_BYTES = 20_000_000


def _die_with_parent(parent: int, with_signal: signal.Signals) -> Callable[[], None] | None:
    """Give what a child has to do before it starts, so that the parent's death stops it."""
    if _LIBC is None:
        return None
    libc = _LIBC

    def prepare() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(with_signal), 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return prepare


class Child:
    """A server process: what starts it, what stops it, where its output goes.

    `stop_signal` asks it to stop in order; `death_signal` is what it gets when we die ourselves (default: the same).
    """

    def __init__(
        self,
        name: str,
        command: list[str],
        *,
        log: Path,
        environment: dict[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        death_signal: signal.Signals | None = None,
        **options: Any,
    ) -> None:
        self.name = name
        self.command = command
        self.log = log
        self.environment = environment
        self.stop_signal = stop_signal
        self.death_signal = death_signal or stop_signal
        self.options = options
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait as long as it takes until it can be used."""
        self.launch()

    def launch(self) -> None:
        """Start it without waiting, its output added to its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES:
            self.log.replace(self.log.with_suffix(".old.log"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                start_new_session=True,
                preexec_fn=_die_with_parent(os.getpid(), self.death_signal),  # noqa: PLW1509 - we have one thread
                **self.options,
            )

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How it ended, negative for a signal; None while it runs or before it was started."""
        return None if self.process is None else self.process.poll()

    def ask_to_stop(self) -> None:
        """Ask it to stop in order."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def kill(self) -> None:
        """End it and all that it started in its session, at once."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for process in running():
            if process.session == self.process.pid:
                process.send(signal.SIGKILL)

    def stop(self, *, seconds: float = 10) -> None:
        """Stop it in order, after `seconds` by force."""
        self.ask_to_stop()
        wait_for_end([self], seconds=seconds)
        self.kill()

    def log_tail(self) -> str:
        """Give the end of its log."""
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""


def wait_for_end(children: Iterable[Child], *, seconds: float, hurry: Callable[[], bool] = lambda: False) -> bool:
    """Wait until all have ended, but no longer than that and not at all in a hurry; tell whether they have."""
    end = time.monotonic() + seconds
    children = list(children)
    while any(child.is_running for child in children):
        if time.monotonic() > end or hurry():
            return False
        time.sleep(0.02)
    return True


@dataclass(frozen=True, slots=True)
class RunningProcess:
    """A process of this machine: `started` (clock ticks since boot) tells it from a later one with the same id."""

    pid: int
    session: int
    started: int

    def send(self, with_signal: signal.Signals) -> None:
        """Send a signal; that it has just ended or is not ours is no error."""
        try:
            os.kill(self.pid, with_signal)
        except (ProcessLookupError, PermissionError):
            return


def running() -> list[RunningProcess]:
    """List the processes of this machine, as far as it tells (Linux); zombies are left out."""
    found = []
    for entry in Path("/proc").glob("[0-9]*") if _LINUX else []:
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue  # it ended meanwhile
        if fields[0] != "Z":
            found.append(RunningProcess(int(entry.name), int(fields[3]), int(fields[19])))
    return found


def _boot() -> str:
    boot = Path("/proc/sys/kernel/random/boot_id")
    return boot.read_text().strip() if boot.exists() else ""


class RunRecord:
    """A file that remembers which sessions a run has started, for the next one to clear up after a `kill -9`."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def remember(self, child: Child) -> None:
        """Note a child that was just started."""
        if child.process is None:
            return
        with self.file.open("a") as record:
            for process in running():
                if process.pid == child.process.pid:
                    record.write(f"{_boot()} {process.session} {process.started}\n")

    def leftovers(self) -> list[RunningProcess]:
        """List the processes of the noted sessions that still run."""
        if not self.file.exists():
            return []
        noted: dict[int, int] = {}
        for line in self.file.read_text().splitlines():
            boot, _, rest = line.partition(" ")
            session, _, started = rest.partition(" ")
            if boot == _boot() and session.isdigit() and started.isdigit():
                noted[int(session)] = int(started)
        processes = running()
        starts = {process.pid: process.started for process in processes}
        # While a session has members the kernel gives its number to nobody else; a leader that started at another time
        # leads another session, and one whose leader is gone is ours only if its members are younger than the leader.
        return [
            process
            for process in processes
            if process.session in noted
            and starts.get(process.session, noted[process.session]) == noted[process.session]
            and process.started >= noted[process.session]
        ]

    def clear_up(self, *, seconds: float = 10) -> int:
        """Stop what an earlier run has left, and forget it; give how many processes there were."""
        left = self.leftovers()
        for process in left:
            process.send(signal.SIGTERM)
        end = time.monotonic() + seconds
        while self.leftovers() and time.monotonic() < end:
            time.sleep(0.05)
        for process in self.leftovers():
            process.send(signal.SIGKILL)
        self.file.unlink(missing_ok=True)
        return len(left)
