"""The list of enquiries, and the page of one with its answer. Source: `5-web.md`, "Operator web app"."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render

from datahub.exchanges.rules import Side
from datahub.market import Permission
from enquiries import reading, selectors
from enquiries.models import Enquiry
from enquiries.rules import possible_statuses
from portal.lists import COUNTED, Sort, list_page, sort_of
from portal.operator.enquiries.forms import AnswerForm, EnquiryFilters
from portal.operator.enquiries.shown import possible, shown_steps
from portal.pages import OperatorRequest, operator_page

# Both are orders of indexes, with the filters and without.
_SORTS = (Sort("changed", "", ("changed_at",)), Sort("status", "", ("request_status", "-changed_at")))

# Each comment is looked into for a text: whoever finds more needs more of it rather than the next page.
_MOST_WITH_TEXT = 1_000


@operator_page(Permission.VIEWER_DIRECT_MESSAGE, takes_part=True, safe=True)
def enquiries(request: OperatorRequest) -> HttpResponse:
    """List what was sent or received in the role, those saved last first."""
    acting = request.acting
    form = EnquiryFilters(request.GET or None, acting=acting)
    sort, order = sort_of(request, _SORTS, default="-changed")
    if form.is_wrong:
        found = list_page(request, Enquiry.objects.none(), sort=sort)
    else:
        rows = selectors.list_enquiries(
            acting.participant, acting.role, acting.commodity, conditions=form.conditions, order=order
        )
        found = list_page(request, rows, sort=sort, most=_MOST_WITH_TEXT if "text" in form.chosen else COUNTED)
    may_ask = acting.side is Side.SENDER and acting.may(Permission.EDITOR_DIRECT_MESSAGE)
    return render(request, "operator/enquiries/list.html", {"form": form, "list": found, "may_ask": may_ask})


@operator_page(Permission.VIEWER_DIRECT_MESSAGE, takes_part=True, safe=True)
def enquiry(request: OperatorRequest, enquiry_id: UUID) -> HttpResponse:
    """Show an enquiry with its answer and history; from then on it is read by the side of the one who looks."""
    acting = request.acting
    thread = reading.open_thread(
        participant=acting.participant,
        role=acting.role,
        commodity=acting.commodity,
        enquiry_id=enquiry_id,
        now=request.now,
    )
    if thread is None:
        raise Http404
    found, side = thread.enquiry, acting.side or Side.SENDER
    may = possible(found, acting)
    context = {
        "enquiry": found,
        "steps": shown_steps(thread.steps, found, side),
        "first_opened_at": thread.first_opened_at,
        "may": may,
        "form": AnswerForm(exchange=found, possible=possible_statuses(side, found.content.status))
        if may.answer
        else None,
    }
    return render(request, "operator/enquiries/thread.html", context)
