"""A customer's metering points. Source: `5-web.md`, "My metering points"."""

from collections.abc import Sequence

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from datahub.access.own_data import OwnPoint, log_own_read, own_point, own_points
from datahub.access.services.access_log import Read
from datahub.metering.selectors import point_fact
from portal.client.points.shown import CHARACTERISTICS, name_of_place, shown_places
from portal.lists import page_of
from portal.pages import CustomerRequest, customer_page
from portal.words.attributes import shown

# How the access log names what those who represent a customer look at here.
PAGE = "portal/point"
# From so many places on they can be searched by address.
_MANY = 10
# What the market calls otherwise.
_PLAIN_NAMES = {"resolution": _("How often the meter is read")}
_PAGE_SIZE = 20
# Of so few places each has the picture of its agreements in the list.
_FEW = 3


@customer_page(safe=True)
def points(request: CustomerRequest) -> HttpResponse:
    """Show her metering points: those of now and those to come, and on request those that were hers."""
    owned = own_points(request.acting.party)
    former = [own for own in owned if _is_over(own, request)]
    with_former = "former" in request.GET
    listed = former if with_former else [own for own in owned if not _is_over(own, request)]
    words = request.GET.get("find", "").split()
    page = page_of(request, _found(listed, words), size=_PAGE_SIZE)
    context = {
        "places": shown_places(request.acting.party, page.rows, request.now),
        "list": page,
        "has_pictures": len(page.rows) <= _FEW,
        "with_former": with_former,
        "former": len(former),
        "find": " ".join(words),
        "may_find": len(listed) >= _MANY or words,
    }
    return render(request, "client/points/points.html", context)


def _is_over(own: OwnPoint, request: CustomerRequest) -> bool:
    return own.last_end is not None and own.last_end <= request.now


def _found(listed: Sequence[OwnPoint], words: Sequence[str]) -> list[OwnPoint]:
    """Keep the places in whose address, or code, all words stand."""
    wanted = [word.casefold() for word in words]
    return [own for own in listed if all(word in f"{name_of_place(own)} {own.point.eic}".casefold() for word in wanted)]


@customer_page(safe=True)
def point(request: CustomerRequest, eic: str) -> HttpResponse:
    """Show one of them with her agreements on a time line."""
    own = own_point(request.acting.party, eic)
    if own is None:
        raise Http404
    (place,) = shown_places(request.acting.party, [own], request.now)
    reads = [Read(request.acting.party.eic, own.point.eic)]
    log_own_read(customer=request.acting.party, by=request.acting.user, service=PAGE, reads=reads, now=request.now)
    # What the point is like now is of no concern to her whose it was.
    said = shown(point_fact(own.point), CHARACTERISTICS[own.point.commodity]) if place.is_current else []
    context = {
        "place": place,
        "characteristics": [(_PLAIN_NAMES.get(one.attribute, one.name), one.value) for one in said if one.value],
    }
    return render(request, "client/points/point.html", context)
