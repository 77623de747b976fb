"""Processes with all that they have started, looked up in /proc: to kill them together, to hold and to weigh them."""

import os
import signal
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from datahub.local.processes import Child


def _parents() -> dict[int, int]:
    """Give the parent of each process of this machine; zombies are left out."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue  # it ended meanwhile
        if fields[0] != "Z":
            found[int(entry.name)] = int(fields[1])
    return found


def family(child: Child) -> list[int]:
    """Give a running child's number and those of all that it has started, itself first; none if it does not run."""
    if child.process is None or child.process.poll() is not None:
        return []
    below = defaultdict(list)
    for number, parent in _parents().items():
        below[parent].append(number)
    found = [child.process.pid]
    for number in found:
        found += below[number]
    return found


def send(numbers: Iterable[int], with_signal: signal.Signals) -> None:
    """Send a signal to processes; those that have just ended are no error."""
    for number in numbers:
        try:
            os.kill(number, with_signal)
        except ProcessLookupError:
            continue


def title(number: int) -> str:
    """Give the command of a process as it shows it, empty if it has ended."""
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def most_memory(number: int) -> int:
    """Give the largest memory that a process has had, in kB (VmHWM); 0 if it has ended."""
    try:
        status = Path(f"/proc/{number}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")), 0)
