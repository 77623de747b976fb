"""What is done with enquiries: ask, change, cancel; answer, close. Source: `4-exchanges.md`, "Customer enquiries"."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from datahub.exchanges.rules import Side
from datahub.market import Permission
from enquiries import reading, rules, selectors, services
from enquiries.models import Enquiry
from enquiries.rules import RequestChange, ResponseChange, Status
from portal.operator.enquiries.forms import AnswerForm, EnquiryChangeForm, EnquiryForm
from portal.operator.enquiries.shown import shown_steps
from portal.operator.exchanges.forms import SeenForm, Sending, id_of_new, sent_once
from portal.pages import OperatorRequest, operator_page, to
from portal.words.faults import fault_text


@operator_page(Permission.EDITOR_DIRECT_MESSAGE, side=Side.SENDER)
def ask(request: OperatorRequest) -> HttpResponse:
    """Send a new enquiry. A link may fill in `point` and `customer`."""
    acting = request.acting
    initial = {"meter_eic": request.GET.get("point", ""), "customer_eic": request.GET.get("customer", "")}
    sending: Sending[Enquiry] = Sending(None, id_of_new(request))
    form = EnquiryForm(_sent(request), initial=initial, commodity=acting.commodity, now=request.now)
    if request.method == "POST":
        wanted = form.request if form.is_valid() else None
        sending = sent_once(
            form,
            sending.new_id,
            mine=_mine(request),
            says_same=lambda first: wanted is not None and selectors.was_sent_as(first, wanted, now=request.now),
            send=lambda new_id: services.submit_enquiry(
                sender=acting.participant,
                role=acting.role,
                commodity=acting.commodity,
                request=form.request,
                enquiry_id=new_id,
                by=acting.by,
                now=request.now,
            ),
        )
        if (sent := sending.sent) is not None:
            messages.success(request, _("The enquiry was sent to %(operator)s.") % {"operator": sent.receiver.name})
            return to("operator:enquiry", sent.pk)
    return render(request, "operator/enquiries/ask.html", {"form": form, **sending.context})


@operator_page(Permission.EDITOR_DIRECT_MESSAGE, side=Side.SENDER)
def change(request: OperatorRequest, enquiry_id: UUID) -> HttpResponse:
    """Change an enquiry that is open."""
    enquiry = _own(request, enquiry_id)
    form = EnquiryChangeForm(_sent(request), exchange=enquiry)
    if request.method == "POST":
        saved = form.saved(
            lambda: services.change_enquiry(
                sender=request.acting.participant,
                enquiry_id=enquiry_id,
                change=form.change,
                seen=form.seen_at,
                **_by(request),
            )
        )
        if saved is not None:
            messages.success(request, _("The enquiry was changed."))
            return to("operator:enquiry", enquiry_id)
    return _form_page(request, enquiry, form, "operator/enquiries/change.html")


@operator_page(Permission.EDITOR_DIRECT_MESSAGE, side=Side.SENDER)
def cancel(request: OperatorRequest, enquiry_id: UUID) -> HttpResponse:
    """Cancel an enquiry, after asking once."""
    enquiry = _own(request, enquiry_id)
    form = SeenForm(_sent(request), exchange=enquiry)
    if request.method == "POST":
        cancelled = form.saved(
            lambda: services.change_enquiry(
                sender=request.acting.participant,
                enquiry_id=enquiry_id,
                change=RequestChange(status=Status.CANCEL),
                seen=form.seen_at,
                **_by(request),
            )
        )
        if cancelled is not None:
            messages.success(request, _("The enquiry was cancelled."))
            return to("operator:enquiry", enquiry_id)
    return _form_page(request, enquiry, form, "operator/enquiries/cancel.html")


@operator_page(Permission.EDITOR_DIRECT_MESSAGE, side=Side.RECEIVER)
def answer(request: OperatorRequest, enquiry_id: UUID) -> HttpResponse:
    """Answer an enquiry, or change the answer that it has."""
    enquiry = _own(request, enquiry_id)
    possible = rules.possible_statuses(Side.RECEIVER, enquiry.content.status)
    form = AnswerForm(_sent(request), exchange=enquiry, possible=possible or (Status.OPEN, Status.CLOSE))
    named = {"receiver": request.acting.participant, "enquiry_id": enquiry_id, **_by(request)}
    if request.method == "POST":
        saved = form.saved(
            lambda: (
                services.change_answer(change=form.change, seen=form.seen_at, **named)
                if enquiry.is_answered
                else services.answer_enquiry(response=form.response, seen=form.seen_at, **named)
            )
        )
        if saved is not None:
            closed = saved.request_status == Status.CLOSE
            done = _("The enquiry was answered and closed.") if closed else _("The answer was saved.")
            messages.success(request, done)
            return to("operator:enquiry", enquiry_id)
    return _form_page(request, enquiry, form, "operator/enquiries/answer.html")


@operator_page(Permission.EDITOR_DIRECT_MESSAGE, side=Side.RECEIVER)
def close(request: OperatorRequest, enquiry_id: UUID) -> HttpResponse:
    """Close an enquiry with the answer that it has, after asking once."""
    enquiry = _own(request, enquiry_id)
    form = SeenForm(_sent(request), exchange=enquiry)
    if request.method == "POST":
        closed = form.saved(
            lambda: services.change_answer(
                receiver=request.acting.participant,
                enquiry_id=enquiry_id,
                change=ResponseChange(status=Status.CLOSE),
                seen=form.seen_at,
                **_by(request),
            )
        )
        if closed is not None:
            messages.success(request, _("The enquiry was closed."))
            return to("operator:enquiry", enquiry_id)
    elif not enquiry.is_answered:
        return to("operator:answer-enquiry", enquiry_id)
    return _form_page(request, enquiry, form, "operator/enquiries/close.html")


def _own(request: OperatorRequest, enquiry_id: UUID) -> Enquiry:
    found = _mine(request).filter(pk=enquiry_id).first()
    if found is None:
        raise Http404
    return found


def _mine(request: OperatorRequest) -> QuerySet[Enquiry]:
    acting = request.acting
    return selectors.enquiries_of(acting.participant, acting.role, acting.commodity)


def _sent(request: OperatorRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _by(request: OperatorRequest) -> dict[str, Any]:
    acting = request.acting
    return {"role": acting.role, "commodity": acting.commodity, "by": acting.by, "now": request.now}


def _form_page(request: OperatorRequest, enquiry: Enquiry, form: SeenForm, template: str) -> HttpResponse:
    """Show a form about an enquiry, with what was saved since it was opened; of one that has ended, its page.

    What the other side wrote stands on it, so that it is read from then on as on the enquiry's own page.
    """
    side = request.acting.side or Side.SENDER
    if not form.is_bound and (ended := rules.end_fault(enquiry.fact, side)) is not None:
        messages.warning(request, fault_text(ended, {}))
        return to("operator:enquiry", enquiry.pk)
    meanwhile = []
    if form.is_outdated:
        enquiry = _own(request, enquiry.pk)
        since = [step for step in selectors.steps_of(enquiry) if step.at > form.seen_at]
        meanwhile = shown_steps(since, enquiry, side)
        form.look_again(enquiry)
    reading.open_shown(enquiry, role=request.acting.role, now=request.now)
    return render(request, template, {"form": form, "enquiry": enquiry, "meanwhile": meanwhile})
