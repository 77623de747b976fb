"""Who has seen my data: the list, one of its entries by day, and the file of all rows. Source: `5-web.md`."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from datahub.access.own_data import own_commodities
from datahub.parties.models import Party
from distribution.selectors import tracker as selectors
from distribution.selectors.tracker import Asked, EntryPage
from distribution.selectors.tracker.entries import PLACES_OFFERED
from portal.client.places import told_apart
from portal.client.tracker import sheet, shown, words
from portal.client.tracker.forms import STAFF_CODE, EntryForm, TrackerFilters, asked_by
from portal.lists import COUNTED, PAGE_SIZE, ListPage, last_page, page_number
from portal.pages import CustomerRequest, customer_page
from portal.sheets.responses import export_response
from portal.sheets.writing import WRITERS
from portal.words.times import said_number

_ENTRIES = 25


def _listed(request: CustomerRequest, rows: list[Any], *, number: int, size: int, total: int) -> ListPage[Any]:
    query = {name: request.GET.getlist(name) for name in request.GET}
    return ListPage(rows, number, number * size < min(total, COUNTED), total, size, "", query, request.path)


def _entries(asked: Asked, number: int) -> tuple[EntryPage, int]:
    """Give a page of entries, of one beyond the end the last, and its number."""
    found = selectors.find_entries(asked, offset=(number - 1) * _ENTRIES, size=_ENTRIES)
    if found.entries or number == 1 or not found.total:
        return found, number if found.entries else 1
    number = last_page(found.total, _ENTRIES)
    return selectors.find_entries(asked, offset=(number - 1) * _ENTRIES, size=_ENTRIES), number


@customer_page(safe=True)
def tracker(request: CustomerRequest) -> HttpResponse:
    """List who has seen the customer's data, newest first."""
    form = TrackerFilters(request.GET or None)
    if form.is_wrong:
        form.offer([], None)
        return render(request, "client/tracker/list.html", {"form": form, "list": None})
    asked = asked_by(request, form)
    found, number = _entries(asked, page_number(request, _ENTRIES))
    places = _offer(form, found, among=own_commodities(asked.customer))
    rows = shown.shown_entries(found.entries, asked=asked, places=places, query=request.GET, now=request.now)
    context = {
        "form": form,
        "asked": asked,
        "list": _listed(request, rows, number=number, size=_ENTRIES, total=found.total),
        "query": _without_page(request),
    }
    return render(request, "client/tracker/list.html", context)


def _offer(form: TrackerFilters, found: EntryPage, *, among: Collection[str]) -> Mapping[str, str]:
    """Let her choose among all companies and places of the days; give the names of those and of the page's.

    `among` is what is delivered at her own places.
    """
    companies = Party.objects.filter(pk__in=found.participants).order_by("name", "eic").values_list("eic", "name")
    offered_companies = list(companies)
    if selectors.STAFF in found.participants or form["company"].value() == STAFF_CODE:
        offered_companies.append((STAFF_CODE, words.company_words("", None)))
    named = {eic for entry in found.entries for eic in entry.places_named}
    places = shown.names_of(named.union(found.places), among=among)
    offered = told_apart({eic: places.get(eic) or eic for eic in found.places})
    can_choose = len(found.places) <= PLACES_OFFERED
    form.offer(offered_companies, dict(sorted(offered.items(), key=lambda one: one[1])) if can_choose else None)
    return places


def _without_page(request: CustomerRequest) -> str:
    kept = request.GET.copy()
    kept.pop("page", None)
    return kept.urlencode()


@customer_page(safe=True)
def entry(request: CustomerRequest) -> HttpResponse:
    """Show an entry by day and place; one that does not exist, or is of another customer, is not found."""
    form, named = TrackerFilters(request.GET or None), EntryForm(request.GET)
    if form.is_wrong or not named.filters:
        raise Http404
    asked = asked_by(request, form)
    # The list's own filters of company and kind say no more than the entry does.
    asked = Asked(**{**_fields(asked), **named.filters})
    found = selectors.find_entries(asked, offset=0, size=1)
    if not found.entries:
        raise Http404
    among = own_commodities(asked.customer)
    (one,) = shown.shown_entries(
        found.entries,
        asked=asked,
        places=shown.names_of(found.entries[0].places_named, among=among),
        query=request.GET,
        now=request.now,
    )
    number = page_number(request)
    days = selectors.find_days(asked, offset=(number - 1) * PAGE_SIZE, size=PAGE_SIZE)
    if not days.days and number > 1:
        number = 1
        days = selectors.find_days(asked, offset=0, size=PAGE_SIZE)
    rows = shown.shown_days(days.days, customer=asked.customer, among=among)
    context = {
        "one": one,
        "asked": asked,
        "list": _listed(request, rows, number=number, size=PAGE_SIZE, total=days.total),
        "back_query": _list_query(request),
        "query": _without_page(request),
    }
    return render(request, "client/tracker/entry.html", context)


def _fields(asked: Asked) -> dict[str, Any]:
    return {name: getattr(asked, name) for name in Asked.__dataclass_fields__}


def _list_query(request: CustomerRequest) -> str:
    """Give the filters of the list that an entry was opened from."""
    kept = request.GET.copy()
    for name in (*EntryForm.base_fields, "page", "form"):
        kept.pop(name, None)
    return kept.urlencode()


@customer_page(safe=True)
def file(request: CustomerRequest) -> HttpResponseBase:
    """Stream every row that the filters find, of an entry or of all, as a sheet."""
    form, named = TrackerFilters(request.GET or None), EntryForm(request.GET)
    wanted = request.GET.get("form", "")
    if form.is_wrong or wanted not in WRITERS:
        raise Http404
    asked = Asked(**{**_fields(asked_by(request, form)), **named.filters})
    if selectors.count_rows(asked, most=sheet.MOST_ROWS) > sheet.MOST_ROWS:
        text = _("You can download at most %(most)s rows at once. Choose fewer days.")
        messages.error(request, text % {"most": said_number(sheet.MOST_ROWS)})
        return redirect(f"{reverse('client:tracker')}?{_list_query(request)}")
    language = translation.get_language() or "en"
    found = sheet.rows(selectors.all_rows(asked), customer=asked.customer, now=request.now)
    return export_response(
        sheet.SEEN,
        _in_language(found, language),
        form=wanted,
        language=language,
        name=pgettext("file name", "Who has seen my data"),
        now=request.now,
    )


def _in_language(rows: Iterator[Mapping[str, Any]], language: str) -> Iterator[Mapping[str, Any]]:
    """Say the words of rows in the reader's language: they are made when the view has long returned."""
    while True:
        with translation.override(language):
            row = next(rows, None)
        if row is None:
            return
        yield row
