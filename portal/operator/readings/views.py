"""The readings of one metering point: chart, table, files. Source: `5-web.md`, "Readings".

Each look is a read of the API's kind (`reading_search`): it finds what may be seen, and is logged.
"""

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from datahub.access import point_lists
from datahub.access.reading_search import search_values
from datahub.errors import DomainError, codes
from datahub.market import Permission
from datahub.periods import Period
from portal.operator.jobs.rights import may_import_readings
from portal.operator.points import listing
from portal.operator.points.detail import find_point
from portal.operator.readings.forms import PointReadingFilters
from portal.pages import OperatorRequest, operator_page, to
from portal.pictures.reading_chart import chart_data
from portal.pictures.series import Series, TooManyPoints, series
from portal.readings.asked import Asked
from portal.readings.shown import FORMS, days_of, shown_chart
from portal.readings.tables import export_rows, export_table
from portal.sheets.responses import export_response

_LISTED = 20


@operator_page(Permission.VIEWER_METERING_DATA, safe=True)
def readings(request: OperatorRequest) -> HttpResponse:
    """Show the readings of a point in a time, or the points of which some may be chosen."""
    form = _form(request)
    context: dict[str, Any] = {"form": form, "may_send": may_import_readings(request.acting)}
    status = HTTPStatus.OK
    if form.is_wrong or "point" not in form.chosen:
        if not form.is_wrong:
            # Readings are of points that one can name; which there are is seen by who may see points.
            may_list = request.acting.may(Permission.VIEWER_METERING_POINT)
            context |= {"may_list": may_list, "points": _points(request) if may_list else [], "most_points": _LISTED}
        return render(request, "operator/readings/readings.html", context)
    asked = form.asked
    try:
        shown = _series(request, asked, asked.period)
        former = _former(request, asked)
    except TooManyPoints:
        form.add_error("unit", _("There are too many points to draw: choose a longer unit or a shorter period."))
    except DomainError:
        if _sees_point(request, asked):
            context["is_closed"] = True
        else:
            form.add_error("point", _nothing())
            status = HTTPStatus.NOT_FOUND
    else:
        caption = f"{asked.point}, {days_of(asked)}"
        context |= {
            "asked": asked,
            "before": asked.moved(-1),
            "behind": asked.moved(1),
            "chart": shown_chart(request, shown, former, caption=caption, data="operator:reading-data"),
        }
    return render(request, "operator/readings/readings.html", context, status=status)


@operator_page(Permission.VIEWER_METERING_DATA, safe=True)
def chart_points(request: OperatorRequest) -> HttpResponseBase:
    """Give what the browser draws of the same address."""
    form = _form(request)
    if form.is_wrong or "point" not in form.chosen:
        return JsonResponse({}, status=HTTPStatus.BAD_REQUEST)
    asked = form.asked
    try:
        return JsonResponse(chart_data(_series(request, asked, asked.period), _former(request, asked)))
    except TooManyPoints:
        return JsonResponse({}, status=HTTPStatus.BAD_REQUEST)
    except DomainError:
        return JsonResponse({}, status=HTTPStatus.NOT_FOUND)


@operator_page(Permission.VIEWER_METERING_DATA, safe=True)
def file(request: OperatorRequest) -> HttpResponseBase:
    """Give the readings of the same address as a file; where there are none, the page at its own address says why."""
    form = _form(request)
    made = request.GET.get("form")
    if form.is_wrong or "point" not in form.chosen or made not in FORMS:
        return _to_page(request)
    asked = form.asked
    try:
        shown = _series(request, asked, asked.period)
    except (TooManyPoints, DomainError):
        return _to_page(request)
    return export_response(
        export_table(asked.commodity),
        export_rows(asked.point, shown),
        form=made,
        language=get_language(),
        name=f"{asked.point} {asked.first} {asked.last}",
        now=request.now,
    )


def _to_page(request: OperatorRequest) -> HttpResponse:
    query = request.GET.copy()
    query.pop("form", None)
    return redirect(f"{reverse('operator:readings')}?{query.urlencode()}") if query else to("operator:readings")


def _form(request: OperatorRequest) -> PointReadingFilters:
    query = request.GET or None
    return PointReadingFilters(query, commodity=request.acting.commodity, now=request.now)


def _sees_point(request: OperatorRequest, asked: Asked) -> bool:
    """Tell whether she may see the point itself, on whose page a link leads here."""
    return request.acting.may(Permission.VIEWER_METERING_POINT) and find_point(request, asked.point) is not None


def _nothing() -> str:
    """Say the same of a point that does not exist and of somebody else's."""
    return _("There is no such metering point, or you may not see its readings for this period.")


def _series(request: OperatorRequest, asked: Asked, period: Period) -> Series:
    acting = request.acting
    found = search_values(
        participant=acting.participant,
        role=acting.role,
        commodity=acting.commodity,
        meter_eic=asked.point,
        asked=period,
        now=request.now,
        user=acting.user,
    )
    return series(found.values, unit=asked.unit, asked=period, commodity=asked.commodity, now=request.now)


def _former(request: OperatorRequest, asked: Asked) -> Series | None:
    """Give the year before, None where it was not asked for or nothing of it may be seen."""
    if not asked.with_former:
        return None
    try:
        return _series(request, asked, asked.former)
    except DomainError as error:
        if error.cause.code is not codes.METER_DATA_CANNOT_BE_RETRIEVED:
            raise
        return None


def _points(request: OperatorRequest) -> list[Any]:
    """Give the first points that she may see, to choose from."""
    acting = request.acting
    found = point_lists.list_points(
        participant=acting.participant,
        role=acting.role,
        commodity=acting.commodity,
        attributes={},
        now=request.now,
        most=_LISTED,
    )
    # No reading is among it: it is read as in the list of points.
    return listing.read_points(request, found.page(offset=0, size=_LISTED), page=listing.LIST)
