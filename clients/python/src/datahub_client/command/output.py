"""One JSON line for each thing, out before anything is remembered of it."""

import os
import stat
import sys
from pathlib import Path
from typing import Any

from datahub_client import codec


class Lines:
    """Writes lines to the standard output, each at once and as a whole; where that is a file, onto the disk."""

    def __init__(self) -> None:
        sys.stdout.flush()
        self._descriptor = sys.stdout.fileno()
        state = os.fstat(self._descriptor)
        self._is_file = stat.S_ISREG(state.st_mode)
        if self._is_file and state.st_size and not self._ends_a_line(state.st_size):
            # What a killed process has left of a line is kept apart from ours.
            self._write(b"\n")

    def _ends_a_line(self, size: int) -> bool:
        try:
            with Path(f"/dev/fd/{self._descriptor}").open("rb") as file:
                file.seek(size - 1)
                return file.read(1) == b"\n"
        except OSError:
            return False

    def write(self, value: Any) -> None:
        """Write a line."""
        self._write(codec.encode(value) + b"\n")
        if self._is_file:
            os.fsync(self._descriptor)

    def _write(self, line: bytes) -> None:
        left = memoryview(line)
        while left:
            left = left[os.write(self._descriptor, left) :]
