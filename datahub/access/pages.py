"""Pages of searches that may find hundreds of thousands of rows. Source: `2-wire.md`, "Paging"."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Count, Model, QuerySet, Window

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Found(Generic[Row]):
    """What a search finds: `keys` decides which rows and in which total order, `rows` what is read of any row.

    `parts`, where given, are the same keys in parts that have none in common: an index has the keys in their order, and
    those of each part together. Then they are counted in a statement of their own, and none but those of the page are
    put in a row.

    `sure`, where given, are some of the keys, which it takes little to count: where these are too many, all are.
    """

    keys: QuerySet[Row]
    rows: QuerySet[Row]
    parts: Sequence[QuerySet[Row]] = ()
    sure: QuerySet[Row] | None = None

    def page(self, *, offset: int, size: int) -> tuple[list[Row], int]:
        """Give the rows of a page and how many there are in all; behind the last row a page is empty.

        One statement asks the conditions of each row once, and sorts and counts nothing but keys; whatever else is read
        or worked out of a row is so for the rows of the page alone. A page far behind costs as much as the first.
        """
        if self.parts:
            found = list(self.keys.values_list("pk", flat=True)[offset : offset + size])
            kept = self.rows.in_bulk(found)
            return [kept[key] for key in found if key in kept], sum(part.order_by().count() for part in self.parts)
        keys = list(self.keys.values_list("pk", Window(Count("*")))[offset : offset + size])
        if not keys:
            return [], self.keys.order_by().count() if offset else 0
        rows = self.rows.in_bulk([key for key, _ in keys])
        # What was deleted meanwhile, having been kept long enough, is left out.
        return [rows[key] for key, _ in keys if key in rows], keys[0][1]
