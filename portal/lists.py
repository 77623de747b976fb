"""Lists that page, sort and filter in the URL, so that a view can be bookmarked and sent.

Neither a count nor a sort goes over more rows than `COUNTED`: a participant may have a million. What lies behind them
is reached by filters. Source: `5-web.md`; `6-quality.md`, the benchmark *pages*.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise

from datahub.access.pages import Found

Row = TypeVar("Row")
Stored = TypeVar("Stored", bound=Model)
PAGE_SIZE = 50
COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Sort:
    """An order in which a list may be shown: its name in the URL, what its column is called, the fields."""

    name: str
    label: str | Promise
    fields: tuple[str, ...]


@dataclass(frozen=True)
class ListPage(Generic[Row]):
    """A page of a list. `total` is None where there are more than `counted`: so many can be leafed through."""

    rows: Sequence[Row]
    number: int
    has_next: bool
    total: int | None
    size: int
    sort: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    path: str = ""
    counted: int = COUNTED

    @property
    def is_empty(self) -> bool:
        """Whether nothing is found at all."""
        return not self.rows and self.number == 1

    @property
    def first(self) -> int:
        """The number of the first row of the page, from 1."""
        return (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        """The number of the last row of the page."""
        return self.first + len(self.rows) - 1

    @property
    def last_reachable(self) -> int:
        """The last page that is shown; whoever looks for what lies behind it filters."""
        return last_page(self.counted if self.total is None else self.total, self.size)

    @property
    def numbers(self) -> list[int | None]:
        """The pages to go to: the first, those around this one, the last; None for each gap between them."""
        near = {1, self.last_reachable, *range(self.number - 1, self.number + 2)}
        shown = sorted(number for number in near if 1 <= number <= max(self.last_reachable, self.number))
        found: list[int | None] = []
        for number in shown:
            before = found[-1] if found else None
            if before is not None and number - before > 1:
                # A gap of one page takes no less room than its number.
                found.append(number - 1 if number - before == 2 else None)
            found.append(number)
        return found


def page_number(request: HttpRequest, size: int = PAGE_SIZE, most: int = COUNTED) -> int:
    """Give the number of the page that is asked for, from 1; nonsense asks for the first."""
    asked = request.GET.get("page", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
    return min(max(number, 1), last_page(most, size))


def sort_of(request: HttpRequest, sorts: Sequence[Sort], *, default: str) -> tuple[str, tuple[str, ...]]:
    """Give the order that is asked for: its name in the URL (with `-` for the other way round) and its fields."""
    asked = request.GET.get("sort", default)
    fields = {one.name: one.fields for one in sorts}
    if asked.removeprefix("-") not in fields:
        asked = default
    chosen = fields[asked.removeprefix("-")]
    return (asked, tuple(_turned(name) for name in chosen)) if asked.startswith("-") else (asked, chosen)


def _turned(name: str) -> str:
    return name.removeprefix("-") if name.startswith("-") else f"-{name}"


def list_page(
    request: HttpRequest,
    found: QuerySet[Stored] | Found[Stored],
    *,
    read: Callable[[list[Stored]], Sequence[Any]] = list,
    size: int = PAGE_SIZE,
    sort: str = "",
    most: int = COUNTED,
) -> ListPage[Any]:
    """Give the page of a list that the URL asks for, of one beyond the end the last.

    `read` makes rows of what was found, a page at once. No more than `most` rows are counted and leafed through.
    """
    number = page_number(request, size, most)
    rows, has_next = _rows_of(found, number, size)
    is_beyond = number > 1 and not rows
    counted = _count(found, most) if has_next or is_beyond else (number - 1) * size + len(rows)
    if is_beyond:
        number = last_page(counted, size)
        rows, has_next = _rows_of(found, number, size)
    total = None if counted > most else counted
    return ListPage(
        rows=read(rows),
        number=number,
        has_next=has_next and number * size < most,
        total=total,
        size=size,
        sort=sort,
        query={name: request.GET.getlist(name) for name in request.GET},
        path=request.path,
        counted=most,
    )


def page_of(request: HttpRequest, rows: Sequence[Row], *, size: int = PAGE_SIZE) -> ListPage[Row]:
    """Give the page that the URL asks for of rows that are all there already, of one beyond the end the last."""
    number = min(page_number(request, size), last_page(len(rows), size))
    return ListPage(
        rows=rows[(number - 1) * size : number * size],
        number=number,
        has_next=number * size < len(rows),
        total=len(rows),
        size=size,
        sort="",
        query={name: request.GET.getlist(name) for name in request.GET},
        path=request.path,
    )


def last_page(rows: int, size: int = PAGE_SIZE) -> int:
    """Give the number of the last page of so many rows, of those that are counted."""
    return max(1, -(-min(rows, COUNTED) // size))


def _rows_of(found: QuerySet[Stored] | Found[Stored], number: int, size: int) -> tuple[list[Stored], bool]:
    """Give the rows of a page, and whether more follow.

    Of a `Found` the keys of the page are looked up first, then what is read of them; both are in their order already.
    """
    offset = (number - 1) * size
    if isinstance(found, Found):
        keys = list(found.keys.values_list("pk", flat=True)[offset : offset + size + 1])
        kept = found.rows.in_bulk(keys[:size])
        return [kept[key] for key in keys[:size] if key in kept], len(keys) > size
    taken = list(found[offset : offset + size + 1])
    return taken[:size], len(taken) > size


def _count(found: QuerySet[Stored] | Found[Stored], most: int) -> int:
    """Count what was found, to one more than `most`."""
    counting = found.keys if isinstance(found, Found) else found
    if isinstance(found, Found) and found.sure is not None:
        sure = found.sure.order_by().values("pk")[: most + 1].count()
        if sure > most:
            return sure
    return counting.order_by().values("pk")[: most + 1].count()
