"""Pages of searches that may find hundreds of thousands of rows. Source: `2-wire.md`, "Paging"."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Count, F, Func, Model, QuerySet, Window

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Found(Generic[Row]):
    """What a search finds: `keys` decides which rows and in which total order, `rows` what is read of any row."""

    keys: QuerySet[Row]
    rows: QuerySet[Row]

    def page(self, *, offset: int, size: int) -> tuple[list[Row], int]:
        """Give the rows of a page and how many there are in all; behind the last row a page is empty.

        One statement asks the conditions of each row once, and sorts and counts nothing but keys; whatever else is read
        or worked out of a row is so for the rows of the page alone. A page far behind costs as much as the first.
        """
        keys = list(self.keys.values_list("pk", Window(Count("*")))[offset : offset + size])
        if not keys:
            return [], self.keys.order_by().count() if offset else 0
        rows = self.rows.in_bulk([key for key, _ in keys])
        # What was deleted meanwhile, having been kept long enough, is left out.
        return [rows[key] for key, _ in keys if key in rows], keys[0][1]


class KeyIn(Func):
    """Tells whether a row's key is among those that a query gives, which are all read before the first row is.

    So the rows are looked up by their keys however many there are: of `IN` PostgreSQL guesses how many keys there will
    be, and far too few where several queries stand in a union.
    """

    arg_joiner = " = ANY ("
    template = "%(expressions)s)"
    output_field = BooleanField()

    def __init__(self, keys: "QuerySet[Row]") -> None:
        super().__init__(F("pk"), ArraySubquery(keys))
