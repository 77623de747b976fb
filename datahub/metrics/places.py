"""The files in which all processes of a machine count together, so that any of them can tell the totals.

In prometheus-client's multiprocess mode each process counts in files of its own, and who is asked adds them up. There
they have the names of process ids, and each process that ever lived leaves some behind. Here they have those of places:
a process takes the first free one, and who comes after one that has died goes on in its files. So what the dead have
counted stays counted, and a worker that dies again and again leaves no more files than one that lives.

A place is a lock of the kernel on one byte of a file: it ends with its process, however that ends, and is not handed on
by fork. Who comes when nobody is there clears up first: totals begin anew with each run.
"""

import fcntl
import logging
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

logger = logging.getLogger(__name__)

KINDS = ("counter", "histogram")
# The library would let its files grow with holes in them, and a process that writes into a hole of a disk that is full
# is killed. All that this release counts takes less than this.
FILE_BYTES = 1024 * 1024
_PLACES = 1000
# Byte 0 is held while somebody looks for a place.
_DOOR = 0
# Where the library looks for the directory whenever it opens a file.
_NAMED_FOR_THE_LIBRARY = "PROMETHEUS_MULTIPROC_DIR"


@dataclass(slots=True)
class _Own:
    """What a process knows of its place: None where it has not looked for one, or there is no room for its files."""

    has_looked: bool = False
    place: int | None = None
    # Two threads that looked at once would each find nobody but themselves there.
    looking: threading.Lock = field(default_factory=threading.Lock)


_own = _Own()


def _begin_anew() -> None:
    """Look for a place of its own in a process that was forked: locks are not handed on."""
    global _own  # noqa: PLW0603 - one a process
    _own = _Own()


os.register_at_fork(after_in_child=_begin_anew)


def directory() -> Path:
    """Give where the files are."""
    return Path(settings.VAR_DIR) / "metrics"


def has_one() -> bool:
    """Tell whether this process has a place to count in, and take one if it has not looked for one yet."""
    if not _own.has_looked:
        _look()
    return _own.place is not None


def name() -> str:
    """Give the name of the place that this process has."""
    return str(_own.place)


def _look() -> None:
    """Take a place; whoever has none counts nothing, which must not keep it from its work."""
    with _own.looking:
        if _own.has_looked:
            return
        try:
            _own.place = _take(directory())
            os.environ[_NAMED_FOR_THE_LIBRARY] = str(directory())
        except OSError as error:
            logger.warning("this process counts nothing for /metrics: %s", error)
        _own.has_looked = True


def _take(files: Path) -> int:
    files.mkdir(parents=True, exist_ok=True)
    # Never closed: that would give up the place.
    locks = os.open(files / "places", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.lockf(locks, fcntl.LOCK_EX, 1, _DOOR)
    try:
        if _lock(locks, 1, _PLACES):
            for file in files.glob("*.db"):
                file.unlink()
            fcntl.lockf(locks, fcntl.LOCK_UN, _PLACES, 1)
        place = next((place for place in range(1, _PLACES + 1) if _lock(locks, place, 1)), None)
        if place is None:
            raise OSError(f"all {_PLACES} places in {files} are taken")
        for kind in KINDS:
            _reserve(files / f"{kind}_{place}.db")
    finally:
        fcntl.lockf(locks, fcntl.LOCK_UN, 1, _DOOR)
    return place


def _lock(locks: int, first: int, count: int) -> bool:
    try:
        fcntl.lockf(locks, fcntl.LOCK_EX | fcntl.LOCK_NB, count, first)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _reserve(file: Path) -> None:
    """Make a file with all its room, or leave it as it is if it has that already; OSError where there is no room."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(descriptor, 0, FILE_BYTES)
    finally:
        os.close(descriptor)
