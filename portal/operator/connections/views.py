"""The list of connection requests, and the page of one. Source: `5-web.md`, "Operator web app"."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from connections import selectors
from connections.models import ConnectionRequest
from datahub.access.pages import Found
from datahub.exchanges.rules import Side
from datahub.market import Permission
from datahub.market_time import TALLINN
from portal.lists import Sort, list_page, sort_of
from portal.operator.connections import sheet
from portal.operator.connections.forms import ConnectionFilters, PlanForm, RefuseForm
from portal.operator.connections.shown import possible, shown_steps
from portal.pages import OperatorRequest, operator_page
from portal.sheets import writing
from portal.sheets.responses import export_response
from portal.words.times import said_number

# Both are orders of indexes, with the filters and without.
_SORTS = (Sort("changed", "", ("changed_at",)), Sort("preferred", "", ("preferred_date", "-changed_at")))


@operator_page(Permission.VIEWER_CONNECTION_STATE, takes_part=True, safe=True)
def connection_requests(request: OperatorRequest) -> HttpResponse:
    """List what was sent or received in the role, those saved last first."""
    acting = request.acting
    form = ConnectionFilters(request.GET or None, acting=acting)
    sort, order = sort_of(request, _SORTS, default="-changed")
    rows = ConnectionRequest.objects.none() if form.is_wrong else _found(request, form, order)
    context = {
        "form": form,
        "list": list_page(request, rows, sort=sort),
        "may_ask": acting.side is Side.SENDER and acting.may(Permission.EDITOR_CONNECTION_STATE),
    }
    return render(request, "operator/connections/list.html", context)


@operator_page(Permission.VIEWER_CONNECTION_STATE, takes_part=True, safe=True)
def export(request: OperatorRequest) -> HttpResponseBase:
    """Stream what the filters find, in the order of the list; `form` is xlsx or csv."""
    form, wanted = ConnectionFilters(request.GET or None, acting=request.acting), request.GET.get("form", "xlsx")
    if form.is_wrong or wanted not in writing.WRITERS:
        return _back(request)
    found = _found(request, form, sort_of(request, _SORTS, default="-changed")[1])
    keys = list(found.keys.values_list("pk", flat=True)[: sheet.MOST_ROWS + 1])
    if len(keys) > sheet.MOST_ROWS:
        text = _("You can download at most %(most)s requests at once. Choose filters that find fewer.")
        messages.error(request, text % {"most": said_number(sheet.MOST_ROWS)})
        return _back(request)
    return export_response(
        sheet.CONNECTION_REQUESTS,
        sheet.rows(found, keys),
        form=wanted,
        language=get_language() or "en",
        name=_("Connection requests"),
        now=request.now,
    )


@operator_page(Permission.VIEWER_CONNECTION_STATE, takes_part=True, safe=True)
def connection_request(request: OperatorRequest, request_id: UUID) -> HttpResponse:
    """Show a request with its answer, its time line, and the forms of a quick answer."""
    acting = request.acting
    found = selectors.requests_of(acting.participant, acting.role, acting.commodity).filter(pk=request_id).first()
    if found is None:
        raise Http404
    may = possible(found, acting)
    context = {
        "found": found,
        "steps": shown_steps(selectors.steps_of(found), found, acting.side or Side.SENDER),
        "may": may,
        "plan_form": PlanForm(exchange=found, auto_id="plan_%s") if may.plan else None,
        "refuse_form": RefuseForm(exchange=found, auto_id="refuse_%s") if may.refuse else None,
    }
    return render(request, "operator/connections/request.html", context)


def _back(request: OperatorRequest) -> HttpResponse:
    """Go back to the list, with its filters."""
    query = request.GET.copy()
    query.pop("form", None)
    path = reverse("operator:connections")
    return redirect(f"{path}?{query.urlencode()}" if query else path)


def _found(request: OperatorRequest, form: ConnectionFilters, order: tuple[str, ...]) -> Found[ConnectionRequest]:
    acting = request.acting
    return selectors.list_requests(
        acting.participant,
        acting.role,
        acting.commodity,
        conditions=form.conditions,
        waiting_on=request.now.astimezone(TALLINN).date() if form.is_waiting else None,
        order=order,
    )
