"""Statements that PostgreSQL plans once a session and not anew for every request."""

from contextlib import AbstractContextManager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper


class _PreparingCursor(ServerBindingCursor):
    """A cursor whose statements are prepared when they are first executed."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Execute a prepared statement."""
        # The stubs do not say that Django's cursor is one of psycopg's.
        return super().execute(query, params, prepare=True, **options)  # type: ignore[misc]


def prepared_cursor() -> AbstractContextManager[CursorWrapper]:
    """Give a cursor of this thread's connection that prepares what it executes.

    For the few statements that most requests make; their texts must be few. Parameters are sent apart from the text,
    so numbers should be of one type (`psycopg.types.numeric.Int8`), or there will be a plan for each size of them.
    """
    # Not by django.db.connection, which looks for the thread's own at each attribute.
    connection: Any = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor = _PreparingCursor(connection.connection)  # type: ignore[call-arg]
    return connection._prepare_cursor(cursor)  # type: ignore[no-any-return]
