"""What the admin's lists of big tables have in common: they never count or sort a table, and they write nothing.

Source: `5-web.md`, "Admin".
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin import helpers
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR, ChangeList
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.core.paginator import Paginator
from django.db.models import Field, IntegerField, Model, QuerySet
from django.forms import SplitDateTimeField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from datahub.staff import acts, cells, changes

LISTED_ROWS = 5_000
_AS_SAVED_BY = _("%(name)s, as of %(when)s, saved by %(who)s")
_LONGEST_NUMBER = 18
_FIRST_YEAR, _LAST_YEAR = 1900, 2999
# For so long a row may have been written after another with a later id.
_OVERLAP = timedelta(hours=1)


class BoundedPaginator(Paginator):
    """Pages through the first rows of a list. Further ones are found by search: counting them would read the table."""

    @property
    def is_cut(self) -> bool:
        """Whether there may be rows behind those that are counted."""
        return self.count >= LISTED_ROWS

    @cached_property
    def count(self) -> int:
        """The number of rows, at most LISTED_ROWS; the database stops there."""
        rows: Any = self.object_list
        return int(rows.order_by()[:LISTED_ROWS].count())


class OrderedList(ChangeList):
    """A list in its own order, whatever column its address names: another order would read the table."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_popup:
            self.title = str(capfirst(self.opts.verbose_name_plural))

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """Give the list's own order."""
        self.params.pop(ORDER_VAR, None)
        return super().get_ordering(request, queryset)

    def get_results(self, request: HttpRequest) -> None:
        """Offer actions where there is something to choose."""
        super().get_results(request)
        self.show_admin_actions = self.result_count > 0


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
    # Whether the log has who looked at a row.
    notes_looks = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Keep the list's own order."""
        return OrderedList

    def get_list_display(self, request: HttpRequest) -> Any:
        """Show codes and instants as lists have room for."""
        return cells.columns(self.model, super().get_list_display(request))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead to what staff did with a row, where they can do anything with it."""
        has_history = bool(self.actions) or self.notes_looks or not isinstance(self, ReadOnly)
        return super().render_change_form(request, {**context, "has_history": has_history}, *args, **kwargs)

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *where: Any) -> HttpResponse | None:
        """Take for chosen what the list could have offered; the database knows nothing else for a key."""
        key: Any = self.model._meta.pk
        for chosen in request.POST.getlist(helpers.ACTION_CHECKBOX_NAME):
            try:
                is_key = whole_number(chosen) is not None if isinstance(key, IntegerField) else key.to_python(chosen)
            except ValidationError:
                is_key = False
            if not is_key:
                raise SuspiciousOperation("something was chosen that no list offers")
        return super().response_action(request, queryset, *where)

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        """Name both the day and the time of an instant to who does not see what stands above them."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field, SplitDateTimeField):
            field.widget.attrs["aria-label"] = str(capfirst(field.label or ""))
        return field

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Allow the filters that the list offers; whatever else an address may ask would read the table."""
        entries: Any = self.get_list_filter(request)
        offered = {name for entry in entries for name in _parameters(entry)}
        return lookup in offered and "\x00" not in str(value)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Note with what was changed the values before and after."""
        parts = super().construct_change_message(request, form, formsets, add)
        values = changes.changes_by_part(form, formsets, is_new=add)
        return [part | ({acts.VALUES: some} if some else {}) for part, some in zip(parts, values, strict=True)]

    def history_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Say what staff did in the reader's language."""
        page: Any = super().history_view(request, *args, **kwargs)
        for act in (getattr(page, "context_data", None) or {}).get("action_list", ()):
            act.change_message = acts.in_words(act)
        answer: HttpResponse = page
        return answer

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


def _parameters(entry: Any) -> tuple[str, ...]:
    if isinstance(entry, str):
        return (f"{entry}__exact",)
    return getattr(entry, "parameter_names", (entry.parameter_name,))


class DaysFilter(admin.ListFilter):
    """Rows of some local days, both named days among them.

    No index by the time is needed where ids are given in the order of time, but for what overlaps for a moment: the ids
    between which the days lie are found by halving.
    """

    title = _("days")
    template = "admin/staff/days_filter.html"
    parameter_name = "from"
    parameter_names = ("from", "to")
    column = ""
    # A table by day or month is looked through in the month alone in which an instant lies.
    is_partitioned = False
    # Whether ids follow the time; where they do not, the table's partitions alone make the search short.
    ids_follow = True

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: type[Model], model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.parameter_names:
            if name in params:
                self.used_parameters[name] = params.pop(name)[-1]

    def has_output(self) -> bool:
        """Offer it always."""
        return True

    def expected_parameters(self) -> list[str | None]:
        """Name the first and the last day."""
        return list(self.parameter_names)

    def choices(self, changelist: ChangeList) -> Any:
        """Give the form: the days as they were chosen, and what else the address holds."""
        others = changelist.get_filters_params()
        kept = {name: values[-1] for name, values in others.items() if name not in self.parameter_names}
        if changelist.query:
            kept[SEARCH_VAR] = changelist.query
        yield {
            "first": self.used_parameters.get("from", ""),
            "last": self.used_parameters.get("to", ""),
            "kept": kept,
            "all": changelist.get_query_string(remove=self.parameter_names),
        }

    def span(self) -> tuple[datetime | None, datetime | None]:
        """Give the instants between which the days lie; raises IncorrectLookupParameters for what is no day."""
        first, last = (self._day(name) for name in self.parameter_names)
        start = None if first is None else _midnight(first)
        return start, None if last is None else _midnight(last + timedelta(days=1))

    def _day(self, name: str) -> date | None:
        text = str(self.used_parameters.get(name) or "")
        if text and day_of_text(text) is None:
            raise IncorrectLookupParameters(text)
        return day_of_text(text)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows of the days."""
        start, end = self.span()
        rows = queryset.model._default_manager.all()
        if start is not None:
            queryset = queryset.filter(**{f"{self.column}__gte": start})
            if (key := self._first_id(rows, start - _OVERLAP)) is not None:
                queryset = queryset.filter(pk__gte=key)
        if end is not None:
            queryset = queryset.filter(**{f"{self.column}__lt": end})
            if (key := self._first_id(rows, end + _OVERLAP)) is not None:
                queryset = queryset.filter(pk__lte=key)
        return queryset

    def _first_id(self, rows: QuerySet[Any], instant: datetime) -> int | None:
        """Find the first id from an instant on, or the last of all; None where no row is near."""
        if not self.ids_follow:
            return None
        if self.is_partitioned:
            month = instant.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            after = (month + timedelta(days=32)).replace(day=1)
            rows = rows.filter(**{f"{self.column}__gte": month, f"{self.column}__lt": after})
        found = rows.order_by("pk").values_list("pk", self.column)
        first, last = found.first(), found.last()
        if first is None or last is None:
            return None
        low, high = first[0], last[0]
        while low < high:
            middle = (low + high) // 2
            row = found.filter(pk__gte=middle).first()
            if row is None or row[1] >= instant:
                high = middle
            else:
                low = row[0] + 1
        return int(low)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def day_of_text(text: str) -> date | None:
    """Read a day as a field for days gives it, or give None for what is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _FIRST_YEAR <= day.year <= _LAST_YEAR else None


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

    object_history_list_template = "admin/staff/history.html"
    object_history_form_template = "admin/staff/history_form.html"

    def get_historical_record_context_helper(self, request: HttpRequest, historical_record: Any) -> Any:
        """Say changes in words."""
        return cells.HistoryInWords(self.model, historical_record)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what was changed of a row, by whom and when."""
        _refuse_what_is_no_number(object_id)
        shown = {"acts": acts.of_row(self.model, object_id), **(extra_context or {})}
        page: HttpResponse = super().history_view(request, object_id, shown)
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

    def history_form_view_title(self, request: HttpRequest, obj: Any) -> str:
        """Say as of when a row is shown, and who had saved it so."""
        saved = obj._history
        title = gettext("%(name)s, as of %(when)s") if saved.history_user is None else _AS_SAVED_BY
        when = date_format(timezone.localtime(saved.history_date), "j N Y H:i:s")
        return str(title) % {"name": obj, "when": when, "who": saved.history_user}

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out of a row as it was what no history keeps: it would be shown as it is today."""
        fieldsets = super().get_fieldsets(request, obj)
        if not looks_back(request):
            return fieldsets
        own = {field.name for field in [*self.opts.fields, *self.opts.many_to_many]}
        forgotten = own - {field.name for field in self.model.history.model.tracked_fields}
        kept = [
            (title, {**shown, "fields": [name for name in shown["fields"] if name not in forgotten]})
            for title, shown in fieldsets
        ]
        return [(title, shown) for title, shown in kept if shown["fields"]]

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
