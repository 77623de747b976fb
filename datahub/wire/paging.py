"""Pages of searches. Source: `2-wire.md`, "Paging"."""

from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model, QuerySet

DEFAULT_PAGE_SIZE = 500
MAX_PAGE = 2_147_483_647

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Pagination:
    """Which page is asked for: `page` counts from 0."""

    page: int = 0
    page_size: int = DEFAULT_PAGE_SIZE

    @property
    def offset(self) -> int:
        """How many rows lie before the page."""
        return self.page * self.page_size

    def answer(self, total: int) -> dict[str, int]:
        """Give the answer's `pagination` for that many rows in all; totalPages is at least 1."""
        return {"page": self.page, "totalPages": max(1, -(-total // self.page_size))}


def paginate(rows: QuerySet[Row], pagination: Pagination) -> tuple[list[Row], dict[str, int]]:
    """Give the rows of a page and the answer's `pagination`. The order of `rows` must be total.

    A page behind the last is empty.
    """
    total = rows.count()
    if pagination.offset >= total:
        return [], pagination.answer(total)
    return list(rows[pagination.offset : pagination.offset + pagination.page_size]), pagination.answer(total)
