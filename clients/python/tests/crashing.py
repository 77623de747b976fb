"""Lives of a program that scans, each killed at another line; run by `test_crashes.py`.

    python crashing.py file|database DIRECTORY STEP

A child is killed (SIGKILL) at its n-th line within the package's scans or its own loop; the next ones go on with what
it has left on the disk, and the last is left to end. What was done is then held against what was told. Printed is how
often a child was killed, and how often a message was done twice.
"""

import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import datahub_client
from datahub_client import DatabasePosition
from fake_hub import FakeHub

MESSAGES = 4
WATCHED = (str(Path(datahub_client.__file__).parent / "scanning"), __file__)


def told() -> FakeHub:
    """Give a hub with messages on several pages, and windows without any between."""
    fake = FakeHub()
    for number in range(MESSAGES):
        fake.tell()
        if number == 1:
            fake.skip(25_000)
    fake.skip(12_000)
    return fake


def to_file(fake: FakeHub, directory: Path) -> None:
    """Do what is told by writing it to a file, with a position in another."""
    with (directory / "done").open("a") as done:
        for message in fake.hub().scan("AGREEMENT", position=directory / "position", start=1, page_size=2):
            done.write(f"{message.id}\n")
            done.flush()


def to_database(fake: FakeHub, directory: Path) -> None:
    """Do what is told in a database, with the position in the same transaction."""
    connection = sqlite3.connect(directory / "done.sqlite3")
    connection.execute("PRAGMA synchronous = OFF")
    for message in (scan := fake.hub().scan("AGREEMENT", position=DatabasePosition(connection), start=1, page_size=2)):
        with scan.handling():
            connection.execute("INSERT INTO done VALUES (?)", (message.id,))


def prepare(kind: str, directory: Path) -> None:
    """Make what the program finds at its first start."""
    directory.mkdir(parents=True)
    if kind == "database":
        connection = sqlite3.connect(directory / "done.sqlite3")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("CREATE TABLE done (id integer)")
        DatabasePosition(connection).create_table()
        connection.close()


def done(kind: str, directory: Path) -> list[int]:
    """Give what was done, in its order."""
    if kind == "file":
        return [int(line) for line in (directory / "done").read_text().split()]
    connection = sqlite3.connect(directory / "done.sqlite3")
    found = [number for (number,) in connection.execute("SELECT id FROM done ORDER BY rowid")]
    connection.close()
    return found


def dies_at(line: int) -> Callable[[FrameType, str, Any], Any]:
    """Give a tracer that kills the process at its n-th line."""
    seen = 0

    def watch(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal seen
        if not frame.f_code.co_filename.startswith(WATCHED):
            return None
        if event == "line":
            seen += 1
            if seen == line:
                os.kill(os.getpid(), signal.SIGKILL)
        return watch

    return watch


def life(run: Callable[[FakeHub, Path], None], directory: Path, line: int) -> bool:
    """Run the program until its n-th line; tell whether it was killed."""
    if (child := os.fork()) == 0:
        sys.settrace(dies_at(line))
        run(told(), directory)
        sys.settrace(None)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    if os.WEXITSTATUS(status):
        raise SystemExit("a child failed")
    return False


def main() -> None:
    """Let it die at every STEP-th line."""
    kind, directory, step = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    run = to_file if kind == "file" else to_database
    expected = [message["id"] for message in told().messages]
    kills = twice = 0
    line, is_alive = 1, True
    while is_alive:
        place = directory / str(line)
        prepare(kind, place)
        is_alive = life(run, place, line)
        kills += is_alive
        # Another life, killed somewhere else, and one that ends well.
        kills += life(run, place, 1 + line * 7 % 211)
        run(told(), place)
        found = done(kind, place)
        if sorted(set(found)) != expected or (kind == "database" and found != expected):
            raise SystemExit(f"killed at line {line}: {found} of {expected}")
        twice += len(found) - len(expected)
        line += step
    sys.stdout.write(f"{kills} {twice}\n")


if __name__ == "__main__":
    main()
