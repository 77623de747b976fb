"""The database and the static files of a hub with the demo market, made once in a run of the tests and then copied.

Making them takes most of a minute beside the other tests, and every hub of the tests begins with the same.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

from tests.contracts.market import TALLINN
from tests.plugin import SHARED

_PARTS = ("postgres", "static")
_MADE_ON = "made-on"


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    with (Path(os.environ[SHARED]) / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fill(var: Path, make: Callable[[], None]) -> date:
    """Put a hub that nobody has used under `var`; give the local day on which its market was made.

    `make` makes it there, and leaves nothing running, if this run of the tests has none yet.
    """
    if SHARED not in os.environ:
        return _made(make)
    with _alone():
        if copied := copy_to(var):
            return copied
        today = _made(make)
        kept = _kept()
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(mode=0o711)
        _copy(var, kept)
        # Last, so that what was left half-way is made anew.
        (kept / _MADE_ON).write_text(today.isoformat())
    return today


def copy_to(var: Path) -> date | None:
    """Put such a hub under `var`, if this run of the tests has made one; give the local day on which it did."""
    made_on = _kept() / _MADE_ON
    if not made_on.exists():
        return None
    var.mkdir(mode=0o711, exist_ok=True)
    _copy(_kept(), var)
    return date.fromisoformat(made_on.read_text())


def _made(make: Callable[[], None]) -> date:
    today = datetime.now(TALLINN).date()
    make()
    return today


def _kept() -> Path:
    return Path(os.environ[SHARED]) / "hub"


def _copy(of: Path, to: Path) -> None:
    # With the owners: as root PostgreSQL runs as somebody else.
    for part in _PARTS:
        subprocess.run(["cp", "--archive", "--no-target-directory", str(of / part), str(to / part)], check=True)
