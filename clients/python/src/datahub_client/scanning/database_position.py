"""A position in the caller's own database, moved in the transaction of what was done with a message."""

import re
import sys
from typing import Any, ClassVar

from datahub_client.errors import NotInTransaction, PositionError, PositionMoved
from datahub_client.scanning.positions import Position, Stream

_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)?")
# How the parameters of a statement are written, by what a driver says its `paramstyle` is (PEP 249).
_MARKS = {"qmark": ("?", "?", "?"), "numeric": (":1", ":2", ":3"), "named": (":p1", ":p2", ":p3")}
_MARKS |= dict.fromkeys(("format", "pyformat"), ("%s", "%s", "%s"))
_IDLE = 0  # psycopg's word for a connection without a transaction


class DatabasePosition(Position):
    """Remembers a scan's place in a row of a table, by any connection of PEP 249 (sqlite3, psycopg, oracledb …).

    The table is made once, by `create_table` or by your own migrations:
    `CREATE TABLE datahub_position (name varchar(200) PRIMARY KEY, place varchar(1000) NOT NULL)`.

    The connection must not commit by itself, and is the scan's as long as it runs: where nothing new is there the scan
    saves its place and commits. `paramstyle` is needed only where the driver does not tell its own.
    """

    in_transaction: ClassVar[bool] = True

    def __init__(
        self,
        connection: Any,
        *,
        name: str | None = None,
        table: str = "datahub_position",
        paramstyle: str | None = None,
    ) -> None:
        if not _NAME.fullmatch(table):
            raise PositionError(f"{table!r} cannot be the name of a table")
        self._connection, self._name, self._table = connection, name, table
        self._style = paramstyle or _paramstyle(connection)
        if self._style not in _MARKS:
            raise PositionError(f"{self._style!r} is no paramstyle of PEP 249")
        self._row = ""
        self._saved: str | None = None
        self._committed: str | None = None

    def create_table(self) -> None:
        """Make the table, and commit."""
        self._run(f"CREATE TABLE {self._table} (name varchar(200) PRIMARY KEY, place varchar(1000) NOT NULL)")
        self._connection.commit()

    def open(self, stream: Stream) -> str | None:
        """Find the row of a stream, or make it."""
        self._row = self._name or stream.name
        a, b, _ = _MARKS[self._style]
        cursor = self._connection.cursor()
        try:
            cursor.execute(f"SELECT place FROM {self._table} WHERE name = {a}", self._values(self._row))  # noqa: S608
            found = cursor.fetchone()
        finally:
            cursor.close()
        if found is None:
            # Of two that begin at once one is refused here, by the key.
            self._run(f"INSERT INTO {self._table} (name, place) VALUES ({a}, {b})", self._row, "")  # noqa: S608
        # What was read is let go too: a transaction that stays open while we wait would hold the database up.
        self._connection.commit()
        self._saved = self._committed = "" if found is None else str(next(iter(_values(found))))
        return self._saved or None

    def save(self, place: str) -> None:
        """Move the row from where we left it, in the caller's transaction; PositionMoved if it is not there."""
        self._move(place)
        self._check_transaction()

    def keep(self, place: str) -> None:
        """Move the row, and commit: nothing was done that would belong to it."""
        self._move(place)
        self.commit()

    def _move(self, place: str) -> None:
        if place == self._saved:
            return
        a, b, c = _MARKS[self._style]
        moved = self._run(
            f"UPDATE {self._table} SET place = {a} WHERE name = {b} AND place = {c}",  # noqa: S608
            place,
            self._row,
            self._saved,
        )
        if moved != 1:
            raise PositionMoved(f"the position {self._row} is not where this scan has left it")
        self._saved = place

    def begin(self) -> None:
        """Remember what stands, for a rollback."""
        self._committed = self._saved

    def commit(self) -> None:
        """Commit the connection's transaction."""
        self._connection.commit()
        self._committed = self._saved

    def rollback(self) -> None:
        """Roll the connection's transaction back."""
        self._saved = self._committed
        self._connection.rollback()

    def close(self) -> None:
        """The connection stays the caller's."""

    def _run(self, sql: str, *values: Any) -> int:
        cursor = self._connection.cursor()
        try:
            cursor.execute(sql, self._values(*values)) if values else cursor.execute(sql)
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def _values(self, *values: Any) -> Any:
        return {f"p{number}": value for number, value in enumerate(values, 1)} if self._style == "named" else values

    def _check_transaction(self) -> None:
        """Raise NotInTransaction where a driver tells that a statement was committed by itself."""
        if _is_in_transaction(self._connection) is False:
            raise NotInTransaction(
                "the connection commits each statement by itself: switch its autocommit off, or acknowledge in a "
                "transaction of your own"
            )


def _is_in_transaction(connection: Any) -> bool | None:
    """Tell whether a connection that has just run a statement is in a transaction; None if it does not tell."""
    state = getattr(getattr(connection, "info", None), "transaction_status", None)
    if state is not None:
        return bool(state != _IDLE)
    is_in = getattr(connection, "in_transaction", None)
    if isinstance(is_in, bool):
        return is_in
    # Those who tell no more than this: Django's, those of MySQL and Oracle.
    ask = getattr(connection, "get_autocommit", None)
    commits_itself = ask() if callable(ask) else getattr(connection, "autocommit", None)
    return False if commits_itself is True else None


def _values(row: Any) -> Any:
    """Give the values of a row, which some connections give as a mapping."""
    return row.values() if hasattr(row, "values") else row


def _paramstyle(connection: Any) -> str:
    """Give the paramstyle of the module that a connection comes from."""
    for kind in type(connection).__mro__:
        parts = kind.__module__.split(".")
        for length in range(len(parts), 0, -1):
            style = getattr(sys.modules.get(".".join(parts[:length])), "paramstyle", None)
            if isinstance(style, str):
                return style
    raise PositionError(f"{type(connection).__module__} does not tell its paramstyle: say it (paramstyle=…)")
