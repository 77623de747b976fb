"""The pages of metering points: the list, and a point. Source: `5-web.md`, "Operator web app"."""

from django.http import Http404, HttpResponse
from django.shortcuts import render

from datahub.market import Permission
from portal.operator.jobs.rights import may_import_points
from portal.operator.points.detail import find_point, shown_point
from portal.operator.points.filters import PointFilters
from portal.operator.points.listing import point_page
from portal.pages import OperatorRequest, operator_page


@operator_page(Permission.VIEWER_METERING_POINT, safe=True)
def points(request: OperatorRequest) -> HttpResponse:
    """List the metering points that may be seen in the role, by EIC."""
    form = PointFilters(request.GET or None, commodity=request.acting.commodity)
    context = {"form": form, "list": point_page(request, form), "may_add": may_import_points(request.acting)}
    return render(request, "operator/points/list.html", context)


@operator_page(Permission.VIEWER_METERING_POINT, safe=True)
def point(request: OperatorRequest, eic: str) -> HttpResponse:
    """Show all that may be known of a metering point."""
    found = find_point(request, eic)
    # It may have ceased to be seen between the two.
    shown = None if found is None else shown_point(request, found)
    if shown is None:
        raise Http404
    return render(request, "operator/points/point.html", {"shown": shown})
