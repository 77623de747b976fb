"""Metering points in workbooks: the template, the import, the export of what a list finds."""

from collections.abc import Iterator

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from datahub.access import point_lists
from datahub.access.point_lists import PointList
from datahub.market import Permission
from datahub.metering.selectors import point_fact
from portal.jobs.forms import UploadForm
from portal.operator.points.filters import PointFilters
from portal.operator.points.imports import kind_name
from portal.operator.points.listing import LIST, read_points
from portal.operator.points.saving import possible_types
from portal.operator.points.tables import TABLES, row_of
from portal.pages import OperatorRequest, operator_page, to
from portal.sheets import writing
from portal.sheets.responses import export_response, template_response
from portal.sheets.tables import Value

MOST_EXPORTED = 40_000
_AT_ONCE = 500
PAGE = f"{LIST}/export"


class PointUpload(UploadForm):
    """A workbook of metering points."""

    check = forms.BooleanField(
        label=_("Only check the file; save nothing"),
        required=False,
        help_text=_("You are shown how many metering points would be added and changed, and every error."),
    )


@operator_page(Permission.EDITOR_METERING_POINT, takes_file=True)
def upload(request: OperatorRequest) -> HttpResponseBase:
    """Take a filled workbook, to be imported in the background."""
    possible_types(request)
    form = PointUpload(request.POST or None, request.FILES or None)
    if request.method == "POST":
        chosen = {"check": True} if request.POST.get("check") else {}
        job = form.submitted(request, kind_name(request.acting.commodity), chosen)
        if job is not None:
            return redirect("operator:job", job.pk)
    return render(request, "operator/points/import.html", {"form": form})


@operator_page(Permission.EDITOR_METERING_POINT, safe=True)
def template(request: OperatorRequest) -> HttpResponseBase:
    """Give the workbook to be filled."""
    possible_types(request)
    table = TABLES[request.acting.commodity]
    return template_response(table, language=get_language(), name=gettext("Metering points"))


@operator_page(Permission.VIEWER_METERING_POINT, safe=True)
def export(request: OperatorRequest) -> HttpResponseBase:
    """Give what the list finds as a workbook or a text table, in the columns of the import."""
    acting = request.acting
    form = PointFilters(request.GET or None, commodity=acting.commodity)
    wanted = request.GET.get("form", "xlsx")
    if form.is_wrong or wanted not in writing.WRITERS:
        return _back(request)
    found = point_lists.list_points(
        participant=acting.participant,
        role=acting.role,
        commodity=acting.commodity,
        **form.search,
        now=request.now,
        most=MOST_EXPORTED,
    )
    if not (found.is_counted and found.is_whole):
        messages.warning(request, _too_many())
        return _back(request)
    return export_response(
        TABLES[acting.commodity],
        _rows(request, found),
        form=wanted,
        language=get_language(),
        name=gettext("Metering points"),
        now=request.now,
    )


def _too_many() -> str:
    return ngettext(
        "You can export at most %(most)s metering point at once. Choose filters that find fewer.",
        "You can export at most %(most)s metering points at once. Choose filters that find fewer.",
        MOST_EXPORTED,
    ) % {"most": MOST_EXPORTED}


def _back(request: OperatorRequest) -> HttpResponse:
    """Go back to the list, with its filters."""
    query = request.GET.copy()
    query.pop("form", None)
    return redirect(f"{reverse('operator:points')}?{query.urlencode()}") if query else to("operator:points")


def _rows(request: OperatorRequest, found: PointList) -> Iterator[dict[str, Value]]:
    """Give the rows by EIC as they are read, so many at once; each read is logged."""
    keys = found.keys()
    for first in range(0, len(keys), _AT_ONCE):
        for one in read_points(request, point_lists.read_in_order(keys[first : first + _AT_ONCE]), page=PAGE):
            yield row_of(point_fact(one.point), one.customer_eic)
