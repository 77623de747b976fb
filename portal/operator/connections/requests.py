"""What a supplier does: ask, with the conditions checked on the way; change, cancel. Source: `4-exchanges.md`."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from connections import selectors
from connections.models import ConnectionRequest
from connections.rules.requests import Change
from connections.rules.states import RequestedState
from connections.services import requests
from connections.services.requests import RefusedByWhatStands
from datahub.exchanges.rules import Side
from datahub.market import Permission
from portal.operator.connections.forms import PlaceForm, RequestChangeForm, RequestForm
from portal.operator.connections.own import form_page, own, saves_as, sent
from portal.operator.connections.shown import shown_conditions
from portal.operator.exchanges.forms import SeenForm, Sending, id_of_new, sent_once
from portal.pages import OperatorRequest, operator_page, to


@operator_page(Permission.EDITOR_CONNECTION_STATE, side=Side.SENDER)
def new(request: OperatorRequest) -> HttpResponse:
    """Send a new request. A link may fill in `point` and `customer`; with `check` only the conditions are looked at."""
    if "check" in request.POST:
        return _checked(request)
    acting = request.acting
    initial = {"meter_eic": request.GET.get("point", ""), "customer_eic": request.GET.get("customer", "")}
    sending: Sending[ConnectionRequest] = Sending(None, id_of_new(request))
    form = RequestForm(sent(request), initial=initial, commodity=acting.commodity, now=request.now)
    if request.method == "POST":
        terms = form.terms if form.is_valid() else None
        sending = sent_once(
            form,
            sending.new_id,
            mine=selectors.requests_of(acting.participant, acting.role, acting.commodity),
            says_same=lambda first: terms is not None and requests.was_sent_as(first, terms),
            send=lambda new_id: _logged(
                request, lambda: requests.submit_request(terms=form.terms, request_id=new_id, **saves_as(request))
            ),
        )
        if (saved := sending.sent) is not None:
            messages.success(request, _("The request was sent to %(operator)s.") % {"operator": saved.receiver.name})
            return to("operator:connection-request", saved.pk)
        return _refused(request, form, sending)
    return render(request, "operator/connections/new.html", {"form": form, **sending.context})


@operator_page(Permission.EDITOR_CONNECTION_STATE, side=Side.SENDER)
def change(request: OperatorRequest, request_id: UUID) -> HttpResponse:
    """Change a request that has not ended, or ask for the opposite."""
    found = own(request, request_id)
    form = RequestChangeForm(sent(request), exchange=found)
    if request.method == "POST":
        saved = form.saved(
            lambda: _logged(
                request,
                lambda: requests.change_request(
                    request_id=request_id, change=form.change, seen=form.seen_at, **saves_as(request)
                ),
            )
        )
        if saved is not None:
            messages.success(request, _("The request was changed."))
            return to("operator:connection-request", request_id)
    return form_page(request, found, form, "operator/connections/change.html")


@operator_page(Permission.EDITOR_CONNECTION_STATE, side=Side.SENDER)
def cancel(request: OperatorRequest, request_id: UUID) -> HttpResponse:
    """Cancel a request, after asking once."""
    found = own(request, request_id)
    form = SeenForm(sent(request), exchange=found)
    if request.method == "POST":
        cancelled = form.saved(
            lambda: requests.change_request(
                request_id=request_id,
                change=Change(requested_state=RequestedState.CANCELLED),
                seen=form.seen_at,
                **saves_as(request),
            )
        )
        if cancelled is not None:
            messages.success(request, _("The request was cancelled."))
            return to("operator:connection-request", request_id)
    return form_page(request, found, form, "operator/connections/cancel.html")


def _refused(request: OperatorRequest, form: RequestForm, sending: Sending[ConnectionRequest]) -> HttpResponse:
    """Show a form that was not saved with what is wrong, and with the conditions: all that stands in its way at once.

    What its refusal told of the customer is logged already.
    """
    context = {
        "form": form,
        **sending.context,
        **_conditions(request, is_logged=form.was_refused_by_what_stands),
    }
    return render(request, "operator/connections/new.html", context)


def _conditions(request: OperatorRequest, *, is_logged: bool = False) -> dict[str, Any]:
    """Look which conditions hold for what is filled in so far, and log what that tells, unless it is logged already."""
    acting = request.acting
    place = PlaceForm(request.POST, commodity=acting.commodity, now=request.now)
    if not place.is_valid():
        return {"place": place, "conditions": None}
    asked = place.asked_by(acting.participant.eic)
    if is_logged:
        held = selectors.check_conditions(asked, now=request.now)
    else:
        held = requests.check_conditions(
            participant=acting.participant, role=acting.role, asked=asked, by=acting.by, now=request.now
        )
    return {"place": place, "conditions": shown_conditions(held, operator=place.operator_name)}


def _checked(request: OperatorRequest) -> HttpResponse:
    """Show which conditions hold for what is filled in so far, as a part of the page or the whole."""
    context = _conditions(request)
    if request.htmx:
        return render(request, "operator/connections/conditions.html", context)
    # What is filled in stays; what is not yet is no fault.
    form = RequestForm(initial=request.POST.dict(), commodity=request.acting.commodity, now=request.now)
    return render(request, "operator/connections/new.html", {"form": form, "new_id": id_of_new(request), **context})


def _logged(request: OperatorRequest, save: Callable[[], ConnectionRequest]) -> ConnectionRequest:
    """Save; log what a refusal tells of the customer."""
    try:
        return save()
    except RefusedByWhatStands as refusal:
        requests.log_refusal(refusal=refusal, **saves_as(request))
        raise
