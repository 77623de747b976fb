"""A page of a list of metering points, with the orders that are possible in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from datahub.access import point_lists, point_search
from datahub.access.point_lists import PointList
from datahub.access.point_search import FoundPoint
from datahub.metering.models import MeteringPoint
from portal.lists import COUNTED, PAGE_SIZE, ListPage, Sort, last_page, page_number, sort_of
from portal.operator.points.filters import PointFilters
from portal.pages import OperatorRequest

BY_EIC = Sort("eic", _("Metering point"), point_lists.BY_EIC)
# Only where all that was found can be put in order.
OTHER_SORTS = (
    Sort("address", _("Address"), ("county", "municipality", "locality", "street_address")),
    Sort("type", _("Type"), ("type",)),
    Sort("state", _("Connection"), ("connection_state",)),
    Sort("changed", _("Changed"), ("changed_at",)),
)
LIST = "page:points"
# Each point that a big supplier may see has to be asked for: these are looked for at once, and no more.
_MOST_ASKED = 250
# Of an address: whoever finds more needs another word rather than the next page.
_MOST_AT_ADDRESS = 1_000


@dataclass(frozen=True)
class PointPage(ListPage[Any]):
    """A page of points; `is_whole` is false where not all that might match were looked at."""

    is_whole: bool = True


def found_points(request: OperatorRequest, form: PointFilters) -> PointList:
    """Find what the filters ask for."""
    acting = request.acting
    return point_lists.list_points(
        participant=acting.participant,
        role=acting.role,
        commodity=acting.commodity,
        **form.search,
        now=request.now,
        most=_MOST_AT_ADDRESS if "address" in form.chosen else COUNTED,
        most_asked=_MOST_ASKED,
    )


def read_points(request: OperatorRequest, points: Sequence[MeteringPoint], *, page: str) -> list[FoundPoint]:
    """Give points with what may be known of them, read by the person who asks, on a page."""
    acting = request.acting
    return point_search.read_points(
        participant=acting.participant,
        role=acting.role,
        commodity=acting.commodity,
        points=points,
        now=request.now,
        user=acting.user,
        service=page,
    )


def order_of(request: OperatorRequest, found: PointList) -> tuple[str, tuple[str, ...]]:
    """Give the order that is asked for, if what was found can be put in it, else by EIC."""
    return sort_of(request, (BY_EIC, *OTHER_SORTS) if found.is_counted else (BY_EIC,), default="eic")


def point_page(request: OperatorRequest, form: PointFilters) -> PointPage:
    """Give the page of the list that the URL asks for."""
    query = {name: request.GET.getlist(name) for name in request.GET}
    number = page_number(request)
    if form.is_wrong:
        return PointPage([], number, False, 0, PAGE_SIZE, "eic", query, request.path)
    found = found_points(request, form)
    sort, order = order_of(request, found)
    total = len(found.found) if found.is_counted else None
    reachable = found.most if total is None else total
    number = min(number, last_page(reachable))
    points = found.page(order=order, offset=(number - 1) * PAGE_SIZE, size=PAGE_SIZE)
    return PointPage(
        rows=read_points(request, points, page=LIST),
        number=number,
        has_next=number * PAGE_SIZE < reachable,
        total=total,
        size=PAGE_SIZE,
        sort=sort,
        query=query,
        path=request.path,
        counted=found.most,
        is_whole=found.is_whole,
    )
