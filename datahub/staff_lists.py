"""What the admin's lists of big tables have in common: they never count or sort a table, and they write nothing.

Source: `5-web.md`, "Admin".
"""

from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from simple_history.admin import SimpleHistoryAdmin

LISTED_ROWS = 5_000
_LONGEST_NUMBER = 18


class BoundedPaginator(Paginator):
    """Pages through the first rows of a list. Further ones are found by search: counting them would read the table."""

    @cached_property
    def count(self) -> int:
        """The number of rows, at most LISTED_ROWS; the database stops there."""
        rows: Any = self.object_list
        return int(rows.order_by()[:LISTED_ROWS].count())


class OrderedList(ChangeList):
    """A list in its own order, whatever column its address names: another order would read the table."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """Give the list's own order."""
        self.params.pop(ORDER_VAR, None)
        return super().get_ordering(request, queryset)


class BoundedList(admin.ModelAdmin):
    """A ModelAdmin whose list costs the same however many rows there are.

    It stands in the order that an index gives, and is filtered and searched by what has one.
    """

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by: Any = ()
    list_per_page = 50
    list_max_show_all = 0

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Keep the list's own order."""
        return OrderedList

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Allow the filters that the list offers; whatever else an address may ask would read the table."""
        entries: Any = self.get_list_filter(request)
        offered = {f"{entry}__exact" if isinstance(entry, str) else entry.parameter_name for entry in entries}
        return lookup in offered and "\x00" not in str(value)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search for what was typed, if anything was; PostgreSQL knows no text with a NUL in it."""
        term = search_term.strip()
        if not term:
            return queryset, False
        return (queryset.none() if "\x00" in term else self.find(request, queryset, term)), False

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Keep the rows that a term finds, by the index that fits the term's form."""
        return super().get_search_results(request, queryset, term)[0]


def whole_number(text: str) -> int | None:
    """Read a row's number, or give None for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER else None


def uuid_of(text: str) -> UUID | None:
    """Read an id that is a UUID, or give None for what is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


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


class KeptHistory(SimpleHistoryAdmin):
    """A ModelAdmin that shows how its rows were before. They are looked at; nothing is put back from there."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what was changed of a row, by whom and when."""
        _refuse_what_is_no_number(object_id)
        page: HttpResponse = super().history_view(request, object_id, extra_context)
        return page

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a row as it was. A form sent here would be saved past the rules, so none is taken."""
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        _refuse_what_is_no_number(object_id)
        _refuse_what_is_no_number(version_id)
        page: HttpResponse = super().history_form_view(request, object_id, version_id, extra_context)
        return page

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show everything as text where a row is shown as it was."""
        fields = list(super().get_readonly_fields(request, obj))
        if not looks_back(request):
            return fields
        own = [*self.opts.fields, *self.opts.many_to_many]
        return [*dict.fromkeys([*fields, *(field.name for field in own)])]


def looks_back(request: HttpRequest) -> bool:
    """Tell whether a page shows a row as it was."""
    match = request.resolver_match
    return match is not None and (match.url_name or "").endswith("_simple_history")


def _refuse_what_is_no_number(text: str) -> None:
    if whole_number(text) is None:
        raise Http404
