"""What all services have in common: the message's options, pages, and which operations of the API they serve."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypedDict, TypeVar

from datahub_client.channel import Answer
from datahub_client.errors import UnexpectedAnswer
from datahub_client.types import CommodityType, MarketParticipantRole

Row = TypeVar("Row")
Method = TypeVar("Method", bound=Callable[..., Any])

MOST_ROWS = 500


class ContextChange(TypedDict, total=False):
    """What one message says otherwise than the settings: for whom, in which role, for which commodity, to what end."""

    marketParticipantIdentification: str
    marketParticipantRole: MarketParticipantRole
    commodityType: CommodityType
    purpose: str


class Options(TypedDict, total=False):
    """What may be said with every message.

    `identification`: the message's own, a UUID. Whoever keeps it before sending may send the same message with it again
    after a crash, for seven days, and it is saved once. Left out: a new one for each call.
    """

    identification: uuid.UUID | str
    context: ContextChange


class Caller(Protocol):
    """Sends a message with the context of its settings."""

    def call(
        self,
        method: str,
        path: str,
        fields: Mapping[str, Any],
        *,
        identification: uuid.UUID | str | None = None,
        context: ContextChange | None = None,
    ) -> Answer:
        """Send it and give the answer."""
        ...


class Service:
    """Some services of the API that belong together."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def _call(self, method: str, path: str, fields: Mapping[str, Any], options: Options) -> Any:
        """Send a message and give the body of the answer."""
        return self._caller.call(method, path, fields, **options).body

    def _call_for(self, field: str, method: str, path: str, fields: Mapping[str, Any], options: Options) -> Any:
        """Send a message and give a field of the answer; UnexpectedAnswer if it has none."""
        body = self._call(method, path, fields, options)
        if not isinstance(body, dict) or field not in body:
            raise UnexpectedAnswer(f"the answer to {method} {path} has no {field}")
        return body[field]

    def _page(self, rows: str, path: str, fields: Mapping[str, Any], options: Options) -> "Page[Any]":
        """Ask for a page of a search, whose rows stand in the field `rows` of the answer."""
        return read_page(self._call("POST", path, fields, options), rows)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a search; pages count from 0, and there is at least one."""

    rows: list[Row]
    page: int
    total_pages: int


def read_page(body: Any, rows: str) -> Page[Any]:
    """Read a page whose rows stand in a field of the answer."""
    try:
        return Page(body[rows], body["pagination"]["page"], body["pagination"]["totalPages"])
    except (KeyError, TypeError):
        raise UnexpectedAnswer(f"the answer has no {rows} with their pagination") from None


def all_rows(ask: Callable[[int], Page[Row]]) -> Iterator[Row]:
    """Give the rows of all pages, one after the other. While rows come and go, pages shift: one may be given twice."""
    number = 0
    while True:
        page = ask(number)
        yield from page.rows
        number += 1
        if number >= page.total_pages:
            return


def pagination(page: int, page_size: int) -> dict[str, dict[str, int]]:
    """Give the field that asks for a page."""
    return {"pagination": {"page": page, "pageSize": page_size}}


def without_none(**fields: Any) -> dict[str, Any]:
    """Give the fields that were given."""
    return {name: value for name, value in fields.items() if value is not None}


def serves(*operations: str) -> Callable[[Method], Method]:
    """Say which operations of the API a method serves: the one that it sends, and others that are the same."""

    def mark(method: Method) -> Method:
        method.serves = operations  # type: ignore[attr-defined]
        return method

    return mark
