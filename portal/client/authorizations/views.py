"""Who has access by a customer's word. Source: `5-web.md`, "My authorizations"."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render

from datahub.access.models import CustomerAuthorization
from datahub.access.selectors.given import authorizations_of, given_beside, given_together
from datahub.periods import Period
from portal.client.authorizations.ending import EndForm, others_at, revoke, say_ended
from portal.client.authorizations.shown import (
    Names,
    kind_of,
    may_end,
    names_of,
    never_began,
    readings_of,
    shown_authorizations,
    shown_places,
    state_of_all,
)
from portal.lists import page_of
from portal.pages import CustomerRequest, customer_page, to
from portal.words.authorizations import purpose_in_words


@customer_page(safe=True)
def authorizations(request: CustomerRequest) -> HttpResponse:
    """Show what she has given and still stands; what has ended on request."""
    own = authorizations_of(request.acting.party)
    with_ended = "ended" in request.GET
    listed = own.ended_at(request.now) if with_ended else own.open_at(request.now)
    page = page_of(request, given_together(listed), size=20)
    names = names_of(request.acting.party, (point for one in page.rows for point in one.point_ids), request.now)
    context = {
        "list": page,
        "shown": shown_authorizations(page.rows, names, request.now),
        "with_ended": with_ended,
        "has_ended": with_ended or own.ended_at(request.now).exists(),
    }
    return render(request, "client/authorizations/list.html", context)


def _own(request: CustomerRequest, authorization_id: str) -> CustomerAuthorization:
    """Give one that she gave; Http404 in the same words for another's, for none and for nonsense."""
    try:
        number = UUID(authorization_id)
    except ValueError:
        raise Http404 from None
    given = authorizations_of(request.acting.party).select_related("customer", "participant", "given_by")
    found = given.filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def _beside(request: CustomerRequest, own: CustomerAuthorization) -> tuple[list[CustomerAuthorization], Names]:
    """Give what she gave in one act, in the order of the names of places, and these names."""
    rows = list(given_beside(own).select_related("point", "revoked_by"))
    names = names_of(request.acting.party, (one.point_id for one in rows), request.now)
    return sorted(rows, key=lambda one: (names[one.point_id], one.point.eic)), names


@customer_page(safe=True)
def authorization(request: CustomerRequest, authorization_id: str) -> HttpResponse:
    """Show what she gave in one act, place by place, and what became of it."""
    own = _own(request, authorization_id)
    beside, names = _beside(request, own)
    places = shown_places(beside, names, request.now)
    context = {
        "own": own,
        "kind": kind_of(own.role),
        "purpose": purpose_in_words(own.purpose),
        "places": places,
        "state": state_of_all(places),
        "never_began": all(never_began(one) for one in beside),
        "others": others_at(own, {one.point_id for one in beside}, names, request.now, but={one.pk for one in beside}),
    }
    return render(request, "client/authorizations/detail.html", context)


def _readings(given: Sequence[CustomerAuthorization], now: datetime) -> Period:
    """Give from the first to the last moment of which readings may be seen by some."""
    seen = [readings_of(one, now) or Period(one.subject_from, one.subject_to) for one in given]
    return Period(min(one.start for one in seen), max(one.end for one in seen if one.end))


@customer_page()
def end(request: CustomerRequest, authorization_id: str) -> HttpResponse:
    """End what she gave, after asking once; with it, where she ticks it, what else the company has at these places."""
    own = _own(request, authorization_id)
    beside, names = _beside(request, own)
    given = [one for one in beside if may_end(one, request.now)]
    others = others_at(own, {one.point_id for one in given}, names, request.now, but={one.pk for one in beside})
    data = request.POST if request.method == "POST" else None
    form = EndForm(data, own=own, act=beside, others=others, names=names, now=request.now)
    revoked = form.saved(lambda: revoke(request, form.chosen)) if data is not None else None
    if revoked:
        asked = {one.point_id for one in given}
        say_ended(request, own, {one.point_id for one in revoked}, names, beside=asked, is_new=True)
        return to("client:authorizations")
    if not given or revoked is not None:
        # There is nothing left to end: that is what she wanted.
        asked = {one.point_id for one in beside} if revoked is None else form.points
        say_ended(request, own, asked, names, is_new=False)
        return to("client:authorization", str(own.pk))
    context = {
        "own": own,
        "first": given[0],
        "kind": kind_of(own.role),
        "purpose": purpose_in_words(own.purpose),
        "state": state_of_all(shown_places(given, names, request.now)),
        "readings": _readings(given, request.now),
        "only_place": names[given[0].point_id] if len(given) == 1 else "",
        "others": others,
        "form": form,
    }
    return render(request, "client/authorizations/end.html", context)
