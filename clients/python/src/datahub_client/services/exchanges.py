"""What enquiries and connection requests have in common: they are answered, changed and scanned alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, cast

from datahub_client.codec import instant_text
from datahub_client.errors import UnexpectedAnswer
from datahub_client.services.base import Options, Row, Service, without_none


@dataclass(frozen=True, slots=True)
class Changes(Generic[Row]):
    """What the other side saved after an instant, in the order of saving; `answered_at` is the hub's clock."""

    rows: list[Row]
    answered_at: datetime


class ExchangeService(Service):
    """One kind of exchange: the path of its services, and what its ids are called on the wire."""

    path: str
    request_id: str
    response_id: str

    def _ids(self, request_id: str | None, response_id: str | None) -> dict[str, Any]:
        return without_none(**{self.request_id: request_id, self.response_id: response_id})

    def _send(self, method: str, path: str, fields: Mapping[str, Any], options: Options) -> Any:
        return self._call(method, f"{self.path}{path}", fields, options)

    def _found(self, fields: Mapping[str, Any], options: Options) -> list[Any]:
        """Give what a search without pages finds."""
        return cast(list[Any], self._send("POST", "/search", fields, options))

    def _changes(self, since: datetime | str, options: Options) -> Changes[Any]:
        fields = {"updatePeriodStart": instant_text(since)}
        answer = self._caller.call("POST", f"{self.path}/change", fields, **options)
        if not isinstance(answer.body, list):
            raise UnexpectedAnswer("the answer is no list of changes")
        return Changes(answer.body, answer.answered_at)
