"""The first page: what waits, what was told, what ends soon. Source: `5-web.md`, "Start"."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from datahub.market import Permission, ResourceType
from datahub.market_time import day_of
from distribution.selectors.counts import told_by_day
from portal.operator.start_waiting import ending_agreements, waiting_for
from portal.pages import OperatorRequest, operator_page
from portal.pictures.bars import DayCount, Kind, Strips, strips
from portal.words.labels import label

_DAYS = 7


@operator_page(safe=True)
def start(request: OperatorRequest) -> HttpResponse:
    """Show what waits for her, what was told in the last days, and which agreements end soon."""
    acting = request.acting
    context: dict[str, Any] = {"waiting": waiting_for(acting, now=request.now)}
    if acting.may(Permission.VIEWER_DATA_DISTRIBUTION):
        context["may_see_told"] = True
        context["told"] = _told(request)
    if acting.may(Permission.VIEWER_AGREEMENT):
        context["may_see_agreements"] = True
        context["ending"] = ending_agreements(acting, now=request.now)
    return render(request, "operator/start.html", context)


def _told(request: OperatorRequest) -> Strips | None:
    """Draw how much was told by day; None if nothing was."""
    acting, today = request.acting, day_of(request.now)
    days = [today - timedelta(days=back) for back in reversed(range(_DAYS))]
    counts = told_by_day(
        participant_eic=acting.participant.eic,
        role=acting.role,
        commodity=acting.commodity,
        first=days[0],
        last=days[-1],
    )
    if not counts:
        return None
    told = {one.resource_type for one in counts}
    return strips(
        [DayCount(one.resource_type, one.day, one.messages) for one in counts],
        days=days,
        kinds=[Kind(kind, label(kind), _list_of(kind)) for kind in ResourceType if kind in told],
        id="told",
    )


def _list_of(kind: ResourceType) -> str:
    return f"{reverse('operator:distribution')}?{urlencode({'type': str(kind)})}"
