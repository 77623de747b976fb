"""What the admin's lists of big tables have in common: they never count a table, and they write nothing.

Source: `5-web.md`, "Admin".
"""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest

LISTED_ROWS = 5_000


class BoundedPaginator(Paginator):
    """Pages through the first rows of a list. Further ones are found by search: counting them would read the table."""

    @cached_property
    def count(self) -> int:
        """The number of rows, at most LISTED_ROWS; the database stops there."""
        rows: Any = self.object_list
        return int(rows.order_by()[:LISTED_ROWS].count())


class BoundedList:
    """A ModelAdmin's list that costs the same however many rows there are."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0


class ReadOnly:
    """A ModelAdmin or inline that shows and changes nothing."""

    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False


class NoDelete:
    """A ModelAdmin or inline whose rows are ended, never deleted."""

    can_delete = False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False
