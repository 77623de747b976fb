"""PostgreSQL as Django knows it, but for the look at a kept connection, which costs no round trip."""

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

# Any number allows preparing; Django's own cursors bind on the client's side and never do.
_PREPARE_THRESHOLD = 5


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with its own way to see whether a kept connection still stands (CONN_HEALTH_CHECKS)."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; statements may be prepared (`datahub.database.prepared`), though none is unless it is asked for."""
        connection = super().get_new_connection(conn_params)
        connection.prepare_threshold = _PREPARE_THRESHOLD
        return connection

    def is_usable(self) -> bool:
        """Tell whether a kept connection still stands.

        When the server or its session ends, the connection is closed and that is seen here: something has arrived on
        it, while a connection that stands idle is silent. Only where something has arrived is the server asked, as
        Django does for every request, which costs each of them a round trip.
        """
        connection = self.connection
        if connection is None or connection.closed:
            return False
        if connection.info.transaction_status != TransactionStatus.IDLE:
            return bool(super().is_usable())
        arrived = select.poll()
        arrived.register(connection.fileno(), select.POLLIN)
        return not arrived.poll(0) or bool(super().is_usable())
