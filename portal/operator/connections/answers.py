"""What an operator answers: planned, refused, done. Source: `4-exchanges.md`."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _

from connections.models import ConnectionRequest
from connections.services import answers
from datahub.exchanges.rules import Side
from datahub.market import Permission
from datahub.market_time import TALLINN
from portal.operator.connections.forms import AnswerForm, DoneForm, PlanForm, RefuseForm
from portal.operator.connections.own import form_page, own, saves_as, sent
from portal.pages import OperatorRequest, operator_page, to


@operator_page(Permission.EDITOR_CONNECTION_STATE, side=Side.RECEIVER)
def plan(request: OperatorRequest, request_id: UUID) -> HttpResponse:
    """Plan the day on which it is done, or another one."""
    found = own(request, request_id)
    form = PlanForm(sent(request), exchange=found)
    return _answered(request, found, form, _("The day was set."), "operator/connections/plan.html")


@operator_page(Permission.EDITOR_CONNECTION_STATE, side=Side.RECEIVER)
def refuse(request: OperatorRequest, request_id: UUID) -> HttpResponse:
    """Refuse it for a reason."""
    found = own(request, request_id)
    form = RefuseForm(sent(request), exchange=found)
    return _answered(request, found, form, _("The request was refused."), "operator/connections/refuse.html")


@operator_page(Permission.EDITOR_CONNECTION_STATE, side=Side.RECEIVER)
def done(request: OperatorRequest, request_id: UUID) -> HttpResponse:
    """Say that it is done as it was asked, after asking once."""
    found = own(request, request_id)
    form = DoneForm(sent(request), exchange=found, today=request.now.astimezone(TALLINN).date())
    return _answered(request, found, form, _("The answer was: done."), "operator/connections/done.html")


def _answered(
    request: OperatorRequest, found: ConnectionRequest, form: AnswerForm, said: str, template: str
) -> HttpResponse:
    """Save an answer, the first or a changed one, and go back to the request; or show the form."""
    if request.method == "POST":
        named = {"request_id": found.pk, **saves_as(request)}
        saved = form.saved(
            lambda: (
                answers.change_answer(change=form.change, seen=form.seen_at, **named)
                if found.is_answered
                else answers.submit_answer(answer=form.answer, seen=form.seen_at, **named)
            )
        )
        if saved is not None:
            messages.success(request, said)
            return to("operator:connection-request", found.pk)
    return form_page(request, found, form, template)
