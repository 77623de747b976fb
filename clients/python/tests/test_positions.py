"""Where a scan was: in a file that no crash can harm, or in the caller's own database, in its own transaction."""

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from datahub_client import (
    DatabasePosition,
    FilePosition,
    Message,
    NotAcknowledged,
    NotInTransaction,
    PositionError,
    PositionInUse,
    PositionMoved,
    Scan,
    Stream,
)
from datahub_client.scanning.database_position import _is_in_transaction
from fake_hub import FakeHub, ids

STREAM = Stream("38X-EIN-OS-----J", "OPEN_SUPPLIER", "ELECTRICITY", "AGREEMENT")


@pytest.fixture
def fake() -> FakeHub:
    """Give a hub with five messages."""
    made = FakeHub()
    for _ in range(5):
        made.tell()
    return made


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Give a database with a place for what was done."""
    connection = sqlite3.connect(tmp_path / "done.sqlite3")
    connection.execute("CREATE TABLE done (id integer PRIMARY KEY)")
    DatabasePosition(connection).create_table()
    yield connection
    connection.close()


def _scan(fake: FakeHub, position: Any, **options: Any) -> Scan[Message]:
    return fake.hub().scan("AGREEMENT", position=position, start=1, **options)


def _do(connection: sqlite3.Connection, message: Message) -> None:
    connection.execute("INSERT INTO done VALUES (?)", (message.id,))


def _done(connection: sqlite3.Connection) -> list[int]:
    return [number for (number,) in connection.execute("SELECT id FROM done ORDER BY id")]


# --- in a file --------------------------------------------------------------------------------------------------------


def test_a_message_is_acknowledged_when_the_next_one_is_asked_for(fake: FakeHub, tmp_path: Path) -> None:
    path = tmp_path / "agreements.position"
    with _scan(fake, path) as scan:
        assert ids([next(scan), next(scan), next(scan)]) == [1, 2, 3]
    with _scan(fake, str(path)) as scan:
        assert next(scan).id == 3, "the third one was given, but nobody knows whether it was done"
        scan.acknowledge()
        with pytest.raises(NotAcknowledged):
            scan.acknowledge()
    with _scan(fake, path) as scan:
        assert next(scan).id == 4
        with scan.handling():
            pass
        assert next(scan).id == 5
        with pytest.raises(RuntimeError), scan.handling():
            raise RuntimeError
    assert ids(list(_scan(fake, path))) == [5]
    assert list(_scan(fake, path)) == []
    assert sorted(one.name for one in tmp_path.iterdir()) == ["agreements.position", "agreements.position.lock"]


def test_an_error_of_the_caller_leaves_the_message_to_come_again(fake: FakeHub, tmp_path: Path) -> None:
    def handle() -> None:
        for message in _scan(fake, tmp_path / "p"):
            if message.id == 3:
                raise LookupError

    for _ in range(2):
        with pytest.raises(LookupError):
            handle()
    assert ids(list(_scan(fake, tmp_path / "p"))) == [3, 4, 5]


def test_a_file_may_be_saved_less_often(fake: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[str] = []
    save = FilePosition.save

    def spied(position: FilePosition, place: str) -> None:
        saved.append(place)
        save(position, place)

    monkeypatch.setattr(FilePosition, "save", spied)
    with _scan(fake, tmp_path / "p", save_every=3600) as scan:
        for _ in range(4):
            next(scan)
        assert len(saved) <= 1
    assert ids(list(_scan(fake, tmp_path / "p"))) == [4, 5], "a scan that ends well saves what was acknowledged"


def test_a_file_is_replaced_in_one_step_when_the_new_one_is_on_the_disk(
    fake: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, steps = tmp_path / "p", []
    position = FilePosition(path)
    position.open(STREAM)
    position.save("first")
    replace, fsync = Path.replace, os.fsync

    def spied_replace(new: Path, target: Path) -> Path:
        assert b"first" in path.read_bytes()
        assert b"second" in new.read_bytes()
        steps.append("replaced")
        return replace(new, target)

    def spied_fsync(descriptor: int) -> None:
        steps.append("directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    monkeypatch.setattr(Path, "replace", spied_replace)
    monkeypatch.setattr(os, "fsync", spied_fsync)
    position.save("second")
    assert steps == ["file", "replaced", "directory"]
    assert b"second" in path.read_bytes()
    position.close()


def test_two_processes_cannot_scan_from_one_file(fake: FakeHub, tmp_path: Path) -> None:
    path = tmp_path / "p"
    with _scan(fake, path) as scan:
        next(scan)
        with pytest.raises(PositionInUse):
            next(_scan(fake, path))
        program = (
            "from datahub_client import FilePosition, PositionInUse, Stream\n"
            f"try: FilePosition({str(path)!r}).open(Stream('a', 'b', 'c', 'd'))\n"
            "except PositionInUse: print('in use')"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == "in use\n"
    position = FilePosition(path)
    with _scan(fake, position) as scan, pytest.raises(PositionInUse):
        next(_scan(fake, position))


@pytest.mark.parametrize("text", ["", "7", "{}", '{"form":1}', '{"form":2,"stream":"x","place":"y"}', "\x00" * 80])
def test_a_file_that_holds_no_position_is_not_begun_anew(fake: FakeHub, tmp_path: Path, text: str) -> None:
    path = tmp_path / "p"
    path.write_text(text)
    with pytest.raises(PositionError):
        list(_scan(fake, path))
    assert path.read_text() == text
    path.unlink()
    assert len(list(_scan(fake, path))) == 5


def test_a_directory_that_is_not_there_is_said(fake: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(PositionError, match="no directory"):
        list(_scan(fake, tmp_path / "nowhere" / "p"))


# --- in a database ----------------------------------------------------------------------------------------------------


def test_what_is_done_and_the_position_are_one_transaction(fake: FakeHub, database: sqlite3.Connection) -> None:
    for message in (scan := _scan(fake, DatabasePosition(database))):
        with scan.handling():
            _do(database, message)
        assert not database.in_transaction
        if message.id == 2:
            break
    assert _done(database) == [1, 2]
    with pytest.raises(LookupError):
        for message in (scan := _scan(fake, DatabasePosition(database))):
            with scan.handling():
                _do(database, message)
                if message.id == 4:
                    raise LookupError
    assert _done(database) == [1, 2, 3]
    for message in (scan := _scan(fake, DatabasePosition(database))):
        with scan.handling():
            _do(database, message)
    assert _done(database) == [1, 2, 3, 4, 5]


def test_a_failed_message_may_be_handled_once_more(fake: FakeHub, database: sqlite3.Connection) -> None:
    tries = 0
    with _scan(fake, DatabasePosition(database)) as scan:
        for message in scan:
            while True:
                tries += 1
                try:
                    with scan.handling():
                        _do(database, message)
                        if tries % 2:
                            raise LookupError
                except LookupError:
                    continue
                break
    assert _done(database) == [1, 2, 3, 4, 5]
    assert tries == 10


def test_the_callers_own_transaction_takes_the_position_with_it(fake: FakeHub, database: sqlite3.Connection) -> None:
    with _scan(fake, DatabasePosition(database)) as scan:
        for message in scan:
            _do(database, message)
            scan.acknowledge()
            if message.id == 3:
                database.rollback()
                break
            database.commit()
    assert _done(database) == [1, 2]
    assert next(_scan(fake, DatabasePosition(database))).id == 3


def test_a_message_that_was_not_acknowledged_holds_the_scan(fake: FakeHub, database: sqlite3.Connection) -> None:
    scan = _scan(fake, DatabasePosition(database))
    _do(database, next(scan))
    for _ in range(2):
        with pytest.raises(NotAcknowledged):
            next(scan)
    scan.acknowledge()
    database.commit()
    assert next(scan).id == 2


def test_a_transaction_that_was_rolled_back_unseen_is_noticed(fake: FakeHub, database: sqlite3.Connection) -> None:
    """Else the message whose work was undone would never come again."""
    scan = _scan(fake, DatabasePosition(database))
    _do(database, next(scan))
    scan.acknowledge()
    database.rollback()
    _do(database, next(scan))
    with pytest.raises(PositionMoved):
        scan.acknowledge()
    database.rollback()
    assert next(_scan(fake, DatabasePosition(database))).id == 1


def test_two_that_scan_from_one_row_do_nothing_twice(
    fake: FakeHub, database: sqlite3.Connection, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "done.sqlite3")
    first, second = _scan(fake, DatabasePosition(database)), _scan(fake, DatabasePosition(other))
    one, two = next(first), next(second)
    assert one.id == two.id == 1
    with first.handling():
        _do(database, one)
    with pytest.raises((PositionMoved, sqlite3.IntegrityError)), second.handling():
        _do(other, two)
    with first.handling() if next(first) else pytest.raises(AssertionError):
        pass
    with pytest.raises(PositionMoved), second.handling():
        pass
    other.close()


def test_a_place_without_a_message_is_saved_too(fake: FakeHub, database: sqlite3.Connection) -> None:
    """Else a position would grow too old while nothing is told to us."""
    for _ in (scan := _scan(fake, DatabasePosition(database))):
        with scan.handling():
            pass
    fake.skip(70_000)
    assert list(_scan(fake, DatabasePosition(database))) == []
    assert not database.in_transaction
    ((name, place),) = database.execute("SELECT name, place FROM datahub_position").fetchall()
    assert name == STREAM.name
    assert '"after":70005' in place


def test_a_connection_that_commits_by_itself_is_refused(fake: FakeHub, database: sqlite3.Connection) -> None:
    database.isolation_level = None
    scan = _scan(fake, DatabasePosition(database))
    next(scan)
    with pytest.raises(NotInTransaction):
        scan.acknowledge()
    database.execute("BEGIN")
    scan = _scan(fake, DatabasePosition(database, name="another"))
    next(scan)
    database.execute("BEGIN")
    scan.acknowledge()
    database.commit()
    assert next(scan).id == 2


@pytest.mark.parametrize(
    ("told", "is_in"),
    [
        ({"in_transaction": False}, False),
        ({"in_transaction": True, "autocommit": True}, True),
        ({"info": SimpleNamespace(transaction_status=0)}, False),
        ({"info": SimpleNamespace(transaction_status=2), "autocommit": True}, True),
        ({"get_autocommit": lambda: True}, False),
        ({"get_autocommit": lambda: False}, None),
        ({"autocommit": True}, False),
        ({"autocommit": False}, None),
        ({}, None),
    ],
)
def test_what_drivers_tell_of_transactions_is_understood(told: dict[str, Any], is_in: bool | None) -> None:
    assert _is_in_transaction(SimpleNamespace(**told)) is is_in


class _Spy:
    """A driver of another paramstyle: writes down what it is asked, and asks sqlite3."""

    paramstyle = ""

    def __init__(self, connection: sqlite3.Connection, asked: list[tuple[str, Any]]) -> None:
        self._connection, self._asked = connection, asked

    def cursor(self) -> "_Spy":
        return self

    def execute(self, sql: str, values: Any = ()) -> None:
        self._asked.append((sql, values))
        if isinstance(values, dict):
            self._cursor = self._connection.execute(sql, values)
        else:
            for mark in ("%s", ":1", ":2", ":3"):
                sql = sql.replace(mark, "?")
            self._cursor = self._connection.execute(sql, values)

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    def fetchone(self) -> Any:
        row = self._cursor.fetchone()
        return row and {"place": row[0]}

    def close(self) -> None:
        pass

    def commit(self) -> None:
        self._connection.commit()

    def rollback(self) -> None:
        self._connection.rollback()


@pytest.mark.parametrize(
    ("style", "where"),
    [("format", "%s AND"), ("pyformat", "%s AND"), ("numeric", ":2 AND"), ("named", ":p2 AND"), ("qmark", "? AND")],
)
def test_any_driver_will_do(fake: FakeHub, database: sqlite3.Connection, style: str, where: str) -> None:
    asked: list[tuple[str, Any]] = []
    spy = _Spy(database, asked)
    for _ in range(2):
        for message in (scan := _scan(fake, DatabasePosition(spy, name="mine", paramstyle=style))):
            with scan.handling():
                _do(database, message)
    assert _done(database) == [1, 2, 3, 4, 5]
    updates = [(sql, values) for sql, values in asked if sql.startswith("UPDATE")]
    assert all(where in sql for sql, _ in updates)
    assert all(isinstance(values, dict) == (style == "named") for _, values in updates)


def test_what_cannot_be_a_table_or_a_style_is_refused(database: sqlite3.Connection) -> None:
    with pytest.raises(PositionError, match="cannot be the name"):
        DatabasePosition(database, table="x; DROP TABLE done")
    with pytest.raises(PositionError, match="no paramstyle"):
        DatabasePosition(database, paramstyle="mine")
    with pytest.raises(PositionError, match="does not tell"):
        DatabasePosition(object())
