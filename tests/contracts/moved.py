"""A hub whose clock is moved: PostgreSQL, web server, workers and beat see another time than ours, by libfaketime.

The library comes with the package `libfaketime` from PyPI, or with the one of that name of a Linux distribution;
without it the tests that move the clock are skipped. Only what the hub reads as the time of day is moved; how long
things take is not.
"""

import importlib.util
import os
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.contracts import client
from tests.contracts.product import Product


def library() -> Path | None:
    """Give libfaketime, if there is one that this machine can load."""
    found = [Path(os.environ["LIBFAKETIME"])] if "LIBFAKETIME" in os.environ else []
    package = importlib.util.find_spec("libfaketime")
    if package is not None and package.origin is not None:
        found.append(Path(package.origin).parent / "vendor/libfaketime/src/libfaketime.so.1")
    found += Path("/usr/lib").glob("*/faketime/libfaketime.so.1")
    return next((one for one in found if one.exists()), None) if sys.platform == "linux" else None


class MovedProduct(Product):
    """A hub over the demo market of today, with a clock of its own.

    Its contents are files: the S3 server reads the time in a way that cannot be moved. The clock goes on at its pace
    from wherever it is put, and every process sees at once that it was moved.
    """

    def __init__(self, found: Path) -> None:
        super().__init__()
        # PostgreSQL runs as somebody who may not be able to read what is ours.
        self.directory = self.var / "clock"
        self.directory.mkdir()
        self.directory.chmod(0o755)
        self.var.chmod(0o711)
        preload = Path(shutil.copy(found, self.directory / "libfaketime.so.1"))
        preload.chmod(0o755)
        self._file = self.directory / "time"
        self._ahead = timedelta(0)
        self._variables = {
            "LD_PRELOAD": str(preload),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }
        self.put_ahead(timedelta(0))
        self.postgres.environment = {**(self.postgres.environment or {}), **self._variables}

    def environment(self) -> dict[str, str]:
        """Give what every process of the hub gets to know, its clock too."""
        names = self.store.variables
        given = {name: value for name, value in super().environment().items() if name not in names}
        return given | self._variables

    @property
    def now(self) -> datetime:
        """What the hub takes for now."""
        return datetime.now(UTC) + self._ahead

    def put_ahead(self, ahead: timedelta) -> None:
        """Let the hub's clock be so far ahead of ours."""
        self._ahead = ahead
        written = self._file.with_suffix(".new")
        written.write_text(f"{ahead.total_seconds():+.3f}\n")
        written.chmod(0o644)
        written.replace(self._file)
        # Those that were given before may have expired, or not begun.
        client.forget_tokens()

    def put_to(self, instant: datetime) -> None:
        """Let the hub's clock show an instant from now on."""
        self.put_ahead(instant - datetime.now(UTC))
