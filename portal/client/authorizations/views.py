"""Who has access by a customer's word. Source: `5-web.md`, "My authorizations"."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from datahub.access.models import CustomerAuthorization
from datahub.access.selectors.given import authorizations_of, given_beside, given_together
from datahub.access.services import authorizations as services
from portal.client.authorizations.shown import (
    State,
    kind_of,
    name_of,
    shown_authorizations,
    state_of,
)
from portal.forms import PageForm
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
    context = {
        "list": page,
        "shown": shown_authorizations(page.rows, request.now),
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
    found = authorizations_of(request.acting.party).select_related("participant", "given_by").filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def _beside(authorization: CustomerAuthorization) -> list[CustomerAuthorization]:
    rows = given_beside(authorization).select_related("point", "revoked_by")
    return sorted(rows, key=lambda one: (name_of(one.point), one.point.eic))


@customer_page(safe=True)
def authorization(request: CustomerRequest, authorization_id: str) -> HttpResponse:
    """Show what she gave in one act, place by place, and what became of it."""
    own = _own(request, authorization_id)
    beside = _beside(own)
    context = {
        "own": own,
        "kind": kind_of(own.role),
        "purpose": purpose_in_words(own.purpose),
        "places": [(one, name_of(one.point), state_of(one, request.now)) for one in beside],
        "is_open": any(_may_end(one, request.now) for one in beside),
        "by_others": any(one.given_by_id != request.acting.user.pk for one in beside),
    }
    return render(request, "client/authorizations/detail.html", context)


def _may_end(given: CustomerAuthorization, now: datetime) -> bool:
    return state_of(given, now) in (State.OPEN, State.COMING)


class EndForm(PageForm):
    """For which places access ends; of one place nothing is asked."""

    places = forms.MultipleChoiceField(
        label=gettext_lazy("Places"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one place, or go back.")},
    )

    def __init__(
        self,
        *args: object,
        given: list[CustomerAuthorization],
        ended: list[CustomerAuthorization],
        **named: object,
    ) -> None:
        named["initial"] = {"places": [str(one.pk) for one in given]}
        super().__init__(*args, **named)
        self._open = {str(one.pk) for one in given}
        field: forms.MultipleChoiceField = self.fields["places"]  # type: ignore[assignment]
        shown = [(str(one.pk), name_of(one.point)) for one in given]
        # Ticked on a page that was opened before they ended, in another window or by time: that is no fault.
        field.choices = shown + ([(str(one.pk), name_of(one.point)) for one in ended] if self.is_bound else [])
        if len(given) == 1:
            field.widget = forms.MultipleHiddenInput()
        else:
            field.widget.choices = shown

    @property
    def chosen(self) -> list[UUID]:
        """Give the ids of the authorizations to end: of those ticked, all that have not ended already."""
        return [UUID(number) for number in self.cleaned_data["places"] if number in self._open]


@transaction.atomic
def _revoke(request: CustomerRequest, chosen: Sequence[UUID]) -> list[CustomerAuthorization]:
    """End those of the chosen that have not ended meanwhile, in another window or by time."""
    rows = authorizations_of(request.acting.party).select_for_update().filter(pk__in=chosen).order_by("pk")
    still_open = [one.pk for one in rows if _may_end(one, request.now)]
    return services.revoke_authorizations(
        authorization_ids=still_open, customer=request.acting.party, by=request.acting.user, now=request.now
    )


def _ended_already(request: CustomerRequest, own: CustomerAuthorization) -> HttpResponse:
    """Say that there is nothing left to end: that is what she wanted."""
    messages.info(request, _("This access has ended already."))
    return to("client:authorization", str(own.pk))


@customer_page()
def end(request: CustomerRequest, authorization_id: str) -> HttpResponse:
    """End what she gave, after asking once."""
    own = _own(request, authorization_id)
    beside = _beside(own)
    given = [one for one in beside if _may_end(one, request.now)]
    if not given:
        return _ended_already(request, own)
    ended = [one for one in beside if one not in given]
    form = EndForm(request.POST if request.method == "POST" else None, given=given, ended=ended)
    if request.method == "POST":
        revoked = form.saved(lambda: _revoke(request, form.chosen))
        if revoked == []:
            return _ended_already(request, own)
        if revoked is not None:
            text = ngettext(
                "You ended the access that you had given %(company)s.",
                "You ended the access to %(places)s places that you had given %(company)s.",
                len(revoked),
            )
            messages.success(request, text % {"company": own.participant.name, "places": len(revoked)})
            return to("client:authorizations")
    only_place = name_of(given[0].point) if len(given) == 1 else ""
    return render(request, "client/authorizations/end.html", {"own": own, "only_place": only_place, "form": form})
