"""Requests to disconnect customers and to connect them again. Source: `4-exchanges.md`, `/connection-state`."""

from collections.abc import Iterator
from datetime import datetime
from typing import Unpack, cast

from datahub_client.services.base import MOST_ROWS, Options, Page, all_rows, pagination, serves, without_none
from datahub_client.services.exchanges import Changes, ExchangeService
from datahub_client.types import (
    ChangedConnectionRequest,
    ChangedConnectionResponse,
    ConnectionStateAttributes,
    ConnectionStateResult,
    NewConnectionRequest,
    NewConnectionResponse,
)


class ConnectionRequests(ExchangeService):
    """A supplier's requests to disconnect a customer or to connect it again, and the operator's answers."""

    path, request_id, response_id = "/connection-state", "connectionStateRequestId", "connectionStateResponseId"

    @serves("POST /connection-state")
    def send(self, request: NewConnectionRequest, **options: Unpack[Options]) -> str:
        """Ask an operator; give the request's id."""
        return cast(str, self._send("POST", "", {"connectionStateRequest": request}, options))

    @serves("PUT /connection-state", "PUT /connection-state/{connectionStateRequestId}")
    def change(
        self, request: str, change: ChangedConnectionRequest, **options: Unpack[Options]
    ) -> ConnectionStateResult:
        """Change a request, or cancel it; give it as it now stands."""
        fields = {**self._ids(request, None), "connectionStateRequestChange": change}
        return cast(ConnectionStateResult, self._send("PUT", "", fields, options))

    @serves("POST /connection-state/response", "POST /connection-state/{connectionStateRequestId}/response")
    def respond(self, request: str, response: NewConnectionResponse, **options: Unpack[Options]) -> str:
        """Answer a request; give the response's id."""
        fields = {**self._ids(request, None), "connectionStateResponse": response}
        return cast(str, self._send("POST", "/response", fields, options))

    @serves(
        "PUT /connection-state/response",
        "PUT /connection-state/{connectionStateRequestId}/response/{connectionStateResponseId}",
    )
    def change_response(
        self,
        change: ChangedConnectionResponse,
        *,
        request: str | None = None,
        response: str | None = None,
        **options: Unpack[Options],
    ) -> ConnectionStateResult:
        """Change the response that is named by its own id, by its request's, or by both; give the request with it."""
        fields = {**self._ids(request, response), "connectionStateResponseChange": change}
        return cast(ConnectionStateResult, self._send("PUT", "/response", fields, options))

    @serves("POST /connection-state/search")
    def search(
        self, attributes: ConnectionStateAttributes | None = None, **options: Unpack[Options]
    ) -> list[ConnectionStateResult]:
        """Give the requests of ours that have all attributes, newest first: the first thousand."""
        return self._found(without_none(connectionStateAttributes=attributes), options)

    def page(
        self,
        attributes: ConnectionStateAttributes | None = None,
        *,
        page: int = 0,
        page_size: int = MOST_ROWS,
        **options: Unpack[Options],
    ) -> Page[ConnectionStateResult]:
        """Give a page of what a search finds."""
        fields = without_none(connectionStateAttributes=attributes)
        return self._page("connectionStates", f"{self.path}/search", {**fields, **pagination(page, page_size)}, options)

    def iterate(
        self, attributes: ConnectionStateAttributes | None = None, **options: Unpack[Options]
    ) -> Iterator[ConnectionStateResult]:
        """Give all that a search finds, asking for page after page."""
        return all_rows(lambda page: self.page(attributes, page=page, **options))

    @serves("POST /connection-state/change")
    def changes(self, since: datetime | str, **options: Unpack[Options]) -> Changes[ConnectionStateResult]:
        """Give what the other side saved after an instant: at most a thousand.

        To read all of it, use `Hub.scan_connection_requests`.
        """
        return self._changes(since, options)
