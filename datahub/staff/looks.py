"""What staff are shown of customers is noted, so that each customer sees it in her tracker.

Whoever opens a page or a list of the admin on which customers' data stands is noted before the answer leaves: what
cannot be noted is not shown. The log is kept by `datahub.access`, a floor above the admins that note (`keep_with`).
Source: `1-market.md`, "Who may see what"; `5-web.md`, "Data tracker".
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import chain
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from datahub.periods import Period
from datahub.staff.lists import whole_number


class Of(str, Enum):  # noqa: UP042 - names of services, and no codes that people read
    """What staff are shown, as the access log names it."""

    POINTS = "staff/points"
    READINGS = "staff/readings"
    DOCUMENTS = "staff/documents"
    AGREEMENTS = "staff/agreements"
    BILLS = "staff/bills"
    CUSTOMERS = "staff/customers"
    AUTHORIZATIONS = "staff/authorizations"
    EXCHANGES = "staff/exchanges"


@dataclass(frozen=True, slots=True)
class Look:
    """What a page shows of a customer, at a metering point or not; both by their codes.

    Where the customer is left out, those are meant whose the point was in `period`, or is now. `as_written`: somebody
    wrote the customer's code, and the hub does not know whether there is such a one.
    """

    of: Of
    meter_eic: str = ""
    customer_eic: str = ""
    period: Period | None = None
    as_written: bool = False


Keeper = Callable[[Any, Sequence[Look]], None]
_keepers: list[Keeper] = []


def keep_with(keeper: Keeper) -> None:
    """Say who keeps the log: it is given a member of staff and what she is about to be shown."""
    _keepers[:] = [keeper]


def note(request: HttpRequest, looks: Iterable[Look]) -> None:
    """Note what a member of staff is about to be shown; of what shows no customer nothing."""
    found = list(dict.fromkeys(looks))
    if found:
        # Fails where nobody keeps the log: then nothing is shown.
        (keeper,) = _keepers
        keeper(request.user, found)


class ShowsCustomers(admin.ModelAdmin):
    """A ModelAdmin on whose pages or lists customers' data stands. To be named first among the bases.

    What a row shows is taken from its own columns and from what was read with it: no row asks the database.
    """

    def looks_in_list(self, row: Any) -> Iterable[Look]:
        """Say of whom a list shows something with a row."""
        return ()

    def looks_on_page(self, row: Any, shown: Mapping[str, Any]) -> Iterable[Look]:
        """Say of whom the page of a row shows something; `shown` is what the page was given, empty in a history."""
        return self.looks_in_list(row)

    def note_rows(self, request: HttpRequest, rows: Iterable[Any]) -> None:
        """Note rows that are about to be shown."""
        note(request, chain.from_iterable(self.looks_in_list(row) for row in rows))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Note the rows of the page that is listed."""
        answer: HttpResponse = super().changelist_view(request, extra_context)
        if (listed := _shown(answer).get("cl")) is not None:
            self.note_rows(request, listed.result_list)
        return answer

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Note the row, and whom a form has chosen: it names them, also when it is shown again with faults."""
        answer: HttpResponse = super().changeform_view(request, *args, **kwargs)
        shown = _shown(answer)
        row = shown.get("original")
        own = () if row is None else self.looks_on_page(row, shown)
        note(request, chain(own, self._looks_at_chosen(request, shown)))
        return answer

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Note the row whose history is shown."""
        answer: HttpResponse = super().history_view(request, object_id, extra_context)
        if (row := _shown(answer).get("object")) is not None:
            note(request, self.looks_on_page(row, {}))
        return answer

    def render_history_view(
        self, request: HttpRequest, template: str, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        """Note the row whose kept history is shown, or which is shown as it was, with whom it named before."""
        former = chain.from_iterable(self.looks_in_list(one) for one in context.get("page_obj", ()))
        row = context["original"] if "original" in context else context["object"]
        note(request, chain(self.looks_on_page(row, {}), former))
        kept: Any = super()
        answer: HttpResponse = kept.render_history_view(request, template, context, **kwargs)
        return answer

    def _looks_at_chosen(self, request: HttpRequest, shown: Mapping[str, Any]) -> Iterator[Look]:
        chosen: dict[type[Model], set[int]] = defaultdict(set)
        for form in _forms(shown):
            for name, field in form.fields.items():
                if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
                    key = whole_number(str(form[name].value() or ""))
                    chosen[field.queryset.model] |= set() if key is None else {key}
        for model, keys in chosen.items():
            page = self.admin_site._registry.get(model)
            if keys and isinstance(page, ShowsCustomers):
                for row in page.get_queryset(request).filter(pk__in=keys):
                    yield from page.looks_in_list(row)


def _shown(answer: HttpResponse) -> Mapping[str, Any]:
    """Give what a page is rendered from; of what is no page nothing."""
    return getattr(answer, "context_data", None) or {}


def _forms(shown: Mapping[str, Any]) -> Iterator[forms.BaseForm]:
    if "adminform" in shown:
        yield shown["adminform"].form
    for inline in shown.get("inline_admin_formsets", ()):
        yield from inline.formset.forms


class NotedAutocomplete(AutocompleteJsonView):
    """What is offered as one types, of which customers are noted as of a list."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Note the rows that are offered."""
        shown: dict[str, Any] = super().get_context_data(**kwargs)
        if isinstance(self.model_admin, ShowsCustomers):
            self.model_admin.note_rows(self.request, shown["object_list"])
        return shown
