"""What all pages that do something with a connection request share."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from connections import selectors
from connections.models import ConnectionRequest
from connections.rules.states import Stage
from datahub.exchanges.rules import Side
from portal.operator.connections.shown import shown_steps
from portal.operator.exchanges.forms import SeenForm
from portal.pages import OperatorRequest, to
from portal.words.labels import label
from portal.words.times import said_instant


def own(request: OperatorRequest, request_id: UUID) -> ConnectionRequest:
    """Give a request of who acts; raises Http404 for any other."""
    acting = request.acting
    found = selectors.requests_of(acting.participant, acting.role, acting.commodity).filter(pk=request_id).first()
    if found is None:
        raise Http404
    return found


def sent(request: OperatorRequest) -> Any:
    """Give the form that was sent, None where the page is only opened."""
    return request.POST if request.method == "POST" else None


def saves_as(request: OperatorRequest) -> dict[str, Any]:
    """Give who saves, and when."""
    acting = request.acting
    return {
        "participant": acting.participant,
        "role": acting.role,
        "commodity": acting.commodity,
        "by": acting.by,
        "now": request.now,
    }


def form_page(request: OperatorRequest, found: ConnectionRequest, form: SeenForm, template: str) -> HttpResponse:
    """Show a form about a request, with what was saved since it was opened; of one that has ended, its page."""
    if not form.is_bound and found.stage.is_final and found.ended_at is not None:
        ended = {"state": label(found.stage, Stage).lower(), "time": said_instant(found.ended_at, exact=False)}
        messages.warning(
            request, _("The request has been %(state)s since %(time)s; nothing more can be saved.") % ended
        )
        return to("operator:connection-request", found.pk)
    meanwhile = []
    if form.is_outdated:
        found = own(request, found.pk)
        since = [step for step in selectors.steps_of(found) if step.at > form.seen_at]
        meanwhile = shown_steps(since, found, request.acting.side or Side.SENDER)
        form.look_again(found)
    return render(request, template, {"form": form, "found": found, "meanwhile": meanwhile})
