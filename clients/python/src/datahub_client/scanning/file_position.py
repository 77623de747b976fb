"""A position in a file: replaced as a whole, on the disk before the scan goes on, for one process at a time."""

import os
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from datahub_client import codec
from datahub_client.errors import PositionError, PositionInUse
from datahub_client.scanning.positions import Position, Stream

_FORM = 1


def read_file(path: Path) -> tuple[str, str] | None:
    """Give the name of the stream whose position a file is, and the place; None if there is no file."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PositionError(f"{path} cannot be read: {error}") from error
    try:
        said = codec.decode(text)
        form, name, place = said["form"], said["stream"], said["place"]
    except (ValueError, KeyError, TypeError):
        raise PositionError(f"{path} holds no position") from None
    if form != _FORM or not isinstance(name, str) or not isinstance(place, str):
        raise PositionError(f"{path} holds a position of another version")
    return name, place


class FilePosition(Position):
    """Remembers a scan's place in a file. Beside it stands a file of the same name with `.lock` that keeps others out.

    What is remembered survives a crash and a power cut: a new file is written and flushed, takes the old one's place in
    one step, and its directory is flushed.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        # The file itself is replaced, so that a lock on it would lock nothing.
        self._lock = FileLock(self._beside(".lock"), timeout=0, thread_local=False)
        self._stream: Stream | None = None

    def __repr__(self) -> str:
        return f"FilePosition({str(self.path)!r})"

    def _beside(self, ending: str) -> Path:
        return self.path.with_name(self.path.name + ending)

    def open(self, stream: Stream) -> str | None:
        """Lock the file and read it."""
        if self._stream is not None:
            raise PositionInUse(f"another scan uses {self.path}")
        if not self.path.parent.is_dir():
            # Made by itself, a misspelt one would begin the scan anew.
            raise PositionError(f"there is no directory {self.path.parent}")
        try:
            self._lock.acquire()
        except Timeout:
            raise PositionInUse(f"another process scans from {self.path}") from None
        except OSError as error:
            raise PositionError(f"{self.path} cannot be used: {error}") from error
        try:
            place = self._read(stream)
        except BaseException:
            self._lock.release()
            raise
        self._stream = stream
        return place

    def _read(self, stream: Stream) -> str | None:
        found = read_file(self.path)
        if found is None:
            return None
        name, place = found
        if name != stream.name:
            raise PositionError(f"{self.path} is the position of {name}, not of {stream.name}")
        return place

    def save(self, place: str) -> None:
        """Put a new file in the place of the old one."""
        assert self._stream is not None, "it is opened first"  # noqa: S101
        new = self._beside(".new")
        with new.open("wb") as file:
            file.write(codec.encode({"form": _FORM, "stream": self._stream.name, "place": place}) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)
        _flush_directory(self.path.parent)

    def close(self) -> None:
        """Unlock the file."""
        self._stream = None
        self._lock.release()


def _flush_directory(path: Path) -> None:
    """Flush a directory, so that a file's new name lasts; some systems cannot, and need not."""
    flags = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
    with suppress(PermissionError, IsADirectoryError):
        directory = os.open(path, flags)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
