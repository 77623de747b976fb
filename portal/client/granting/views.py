"""The steps of giving access: kind of company, companies, places, terms where they may be chosen, summary, done.

Sources: `5-web.md`, "My authorizations" and "Grant by link".
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from datahub.access.own_data import OwnPoint
from datahub.access.rules import PURPOSES
from datahub.access.selectors.given import authorizations_of
from datahub.market import Commodity, Role
from portal.client.authorizations.shown import State, state_of
from portal.client.granting.choices import Receiver, open_until, places_of, receivers_in, served_by
from portal.client.granting.drafts import Draft, Forgotten, find, keep, new_draft
from portal.client.granting.forms import AnswerForm, KindForm, PointsForm, ReceiversForm, TermsForm
from portal.client.granting.giving import decline, find_answered, give
from portal.client.granting.links import Link, LinkRefused, Result, link_again, read_link, way_back
from portal.client.granting.summaries import summed
from portal.forms import PageForm
from portal.pages import CustomerRequest, customer_page, to
from portal.words.authorizations import RECEIVERS, joined, purpose_in_words
from portal.words.labels import in_sentence, label

KIND, RECEIVERS_STEP, POINTS, TERMS, SUMMARY, DONE = "kind", "companies", "places", "terms", "summary", "done"
_QUESTIONS: Mapping[str, Any] = {
    KIND: gettext_lazy("What kind of company do you want to give access to?"),
    RECEIVERS_STEP: gettext_lazy("Which company?"),
    POINTS: gettext_lazy("Which places may it see?"),
    TERMS: gettext_lazy("For what, and for how long?"),
    SUMMARY: gettext_lazy("Is this right?"),
}


@customer_page()
def begin(request: CustomerRequest) -> HttpResponse:
    """Ask for the kind of company; with the answer a draft begins."""
    return _kind(request, None)


@customer_page()
def step(request: CustomerRequest, draft_id: str, step: str) -> HttpResponse:
    """Show a step of a draft, or take what was chosen in it and go on to the next."""
    if step not in _STEPS:
        raise Http404
    draft = find(request, draft_id)
    if draft is not None:
        with suppress(Forgotten):
            return _stepped(request, find_answered(request, draft), step)
    messages.info(request, _("What you had chosen is no longer kept. Please begin again."))
    return to("client:grant-access")


def _stepped(request: CustomerRequest, draft: Draft, step: str) -> HttpResponse:
    if step == DONE:
        return _answered(request, draft)
    if not draft.is_open:
        # Who presses again is led where the first press led her.
        return _left(request, draft) if request.method == "POST" else _to(draft, DONE)
    if request.method == "POST" and "decline" in request.POST and draft.link is not None:
        return _left(request, decline(request, draft).draft)
    if (earlier := _first_missing(draft, step)) is not None:
        return _to(draft, earlier)
    return _STEPS[step](request, draft)


@customer_page(safe=True)
def by_link(request: CustomerRequest) -> HttpResponse:
    """Begin a draft by a company's own link; a link that cannot be followed leads nowhere, and it is said why."""
    try:
        link = read_link(request.GET, request.now)
    except LinkRefused as refused:
        context = {"refused": refused}
        return render(request, "client/granting/link_refused.html", context, status=HTTPStatus.BAD_REQUEST)
    draft = new_draft(request, role=str(link.role), receivers=[link.participant.eic], link=link.kept())
    return _to(draft, POINTS)


# --- steps ----------------------------------------------------------------------------------------------------------


def _kind(request: CustomerRequest, draft: Draft | None) -> HttpResponse:
    form = KindForm(request.POST or None, initial={"role": draft.role if draft else ""})
    if request.method == "POST" and form.is_valid():
        role = form.cleaned_data["role"]
        if draft is None:
            return _to(new_draft(request, role=role), RECEIVERS_STEP)
        if draft.role != role:
            draft.role, draft.receivers, draft.terms = role, [], {}
        return _next(request, draft, KIND)
    return _page(request, draft, KIND, form)


def _receivers(request: CustomerRequest, draft: Draft) -> HttpResponse:
    found = receivers_in(draft.role, request.now)
    form = ReceiversForm(request.POST or None, receivers=found, initial={"receivers": draft.receivers})
    if request.method == "POST" and form.is_valid():
        draft.receivers = form.cleaned_data["receivers"]
        return _next(request, draft, RECEIVERS_STEP)
    return _page(request, draft, RECEIVERS_STEP, form, is_empty=not found)


def _points(request: CustomerRequest, draft: Draft) -> HttpResponse:
    customer = request.acting.party
    receivers = receivers_in(draft.role, request.now, draft.receivers)
    everywhere = places_of(customer, request.now)
    places = served_by(receivers, everywhere)
    is_over = draft.link is not None and not receivers
    if draft.link is not None:
        places = [own for own in places if own.point.commodity == draft.link["commodity"]]
    only = [own.point.eic for own in places] if len(places) == 1 else []
    form = PointsForm(
        request.POST or None,
        places=places,
        already=open_until(customer, receivers, Role(draft.role), request.now),
        now=request.now,
        initial={"points": draft.points or only},
    )
    if request.method == "POST" and not is_over and form.is_valid():
        draft.points = form.cleaned_data["points"]
        return _next(request, draft, POINTS)
    return _page(
        request,
        draft,
        POINTS,
        form,
        is_over=is_over,
        is_empty=is_over or not places,
        left_out=len(everywhere) - len(places),
        energy="" if draft.link is None else in_sentence(label(Commodity(draft.link["commodity"]))),
        chooses_terms=draft.chooses_terms,
        purpose=purpose_in_words(PURPOSES[Role(draft.role)][0]),
    )


def _terms(request: CustomerRequest, draft: Draft) -> HttpResponse:
    if not draft.chooses_terms:
        return _to(draft, SUMMARY)
    form = TermsForm(
        request.POST or None,
        role=Role(draft.role),
        places=_places(request, draft),
        now=request.now,
        initial=dict(draft.terms),
    )
    if request.method == "POST" and form.is_valid():
        draft.terms = {name: str(value) for name, value in form.cleaned_data.items() if value is not None}
        return _next(request, draft, TERMS)
    return _page(request, draft, TERMS, form)


def _summary(request: CustomerRequest, draft: Draft) -> HttpResponse:
    receivers = receivers_in(draft.role, request.now, draft.receivers)
    places = _places(request, draft)
    if (earlier := _changed_meanwhile(request, draft, receivers, places)) is not None:
        return _to(draft, earlier)
    form = AnswerForm(request.POST if request.method == "POST" else None, initial={"chosen": draft.chosen})
    if request.method == "POST":
        answered = give(request, draft, receivers, form)
        if not answered.draft.is_open:
            return _left(request, answered.draft)
    if (said := summed(draft, receivers, places, request.now)) is None:
        messages.warning(request, _("Some of the days that you chose are not possible any more. Please choose again."))
        return _to(draft, TERMS)
    if draft.chooses_terms and not all(place.days for place in said.places):
        # A place that was added after the days were chosen.
        messages.warning(request, _("A place that you chose was or will not be yours on any of the days."))
        return _to(draft, TERMS)
    return _page(request, draft, SUMMARY, form, summed=said, receivers=receivers)


def _places(request: CustomerRequest, draft: Draft) -> list[OwnPoint]:
    """Give the places that were chosen, as far as they are hers now."""
    return [own for own in places_of(request.acting.party, request.now) if own.point.eic in draft.points]


def _changed_meanwhile(
    request: CustomerRequest, draft: Draft, receivers: Sequence[Receiver], places: Sequence[OwnPoint]
) -> str | None:
    """Give the step that is to be taken again, after saying why; None if all is as it was chosen and shown."""
    if len(receivers) < len(draft.receivers):
        if draft.link is not None:
            return POINTS
        messages.warning(request, _("A company that you chose cannot be given access any more. Please choose again."))
        return RECEIVERS_STEP
    if len(places) < len(draft.points):
        messages.warning(request, _("A place that you chose is not yours any more. Please choose again."))
        return POINTS
    if request.method == "POST" and request.POST.get("chosen") != draft.chosen:
        messages.warning(request, _("You changed something in another window. Please read again what you give."))
        return SUMMARY
    return None


def _order(draft: Draft | None) -> list[str]:
    """Give the steps of a draft; a link has chosen the company."""
    steps = [] if draft is not None and draft.link is not None else [KIND, RECEIVERS_STEP]
    terms = [TERMS] if draft is not None and draft.chooses_terms else []
    return [*steps, POINTS, *terms, SUMMARY]


def _first_missing(draft: Draft, step: str) -> str | None:
    """Give the first step before one in which nothing is chosen yet; of a step that is not its own, its first."""
    order = _order(draft)
    if step not in order:
        return order[0] if step != TERMS else SUMMARY
    chosen = {KIND: draft.role, RECEIVERS_STEP: draft.receivers, POINTS: draft.points, TERMS: draft.terms}
    return next((one for one in order[: order.index(step)] if not chosen[one]), None)


def _next(request: CustomerRequest, draft: Draft, step: str) -> HttpResponse:
    """Keep what was chosen and go on; places that the companies chosen now do not serve are chosen no more."""
    receivers = receivers_in(draft.role, request.now, draft.receivers)
    served = {own.point.eic for own in served_by(receivers, places_of(request.acting.party, request.now))}
    draft.points = [eic for eic in draft.points if eic in served]
    keep(request, draft)
    order = _order(draft)
    return _to(draft, order[order.index(step) + 1])


def _to(draft: Draft, step: str) -> HttpResponse:
    return to("client:grant-step", draft.id, step)


# --- pages ----------------------------------------------------------------------------------------------------------


def _page(request: CustomerRequest, draft: Draft | None, step: str, form: PageForm, **more: Any) -> HttpResponse:
    """Show a step: where one is, the question, the way back."""
    order = _order(draft)
    number = order.index(step)
    link = _link_of(draft)
    back = "" if number == 0 or draft is None else reverse("client:grant-step", args=[draft.id, order[number - 1]])
    context = {
        "form": form,
        "question": _QUESTIONS[step],
        "number": number + 1,
        # Only with the kind of company it is known whether there are terms to choose.
        "steps": len(order) if draft is not None else None,
        "back_url": back or ("" if link else reverse("client:authorizations")),
        "is_first": number == 0,
        "link": link,
        "may_decline": draft is not None and draft.link is not None,
        "kind": RECEIVERS[Role(draft.role)] if draft is not None and draft.role else "",
        **more,
    }
    response = render(request, f"client/granting/{step}.html", context)
    if link is not None:
        # The form of this page leads on to the company's own, and browsers hold that to what the page allows.
        response._csp_update = {"form-action": [f"https://{link.host}"]}  # type: ignore[attr-defined]
    return response


def _link_of(draft: Draft | None) -> Link | None:
    """Give the link by which a draft began, if it may still lead back."""
    if draft is None or draft.link is None:
        return None
    try:
        return link_again(draft.link)
    except LinkRefused:
        return None


def _left(request: CustomerRequest, draft: Draft) -> HttpResponse:
    """Lead the customer on after an answer: back to the company whose link she followed, else to what was done."""
    link = _link_of(draft)
    return _to(draft, DONE) if link is None else redirect(way_back(link, Result(draft.answer)))


def _answered(request: CustomerRequest, draft: Draft) -> HttpResponse:
    """Show what became of a draft; one that is still open goes on where it stands."""
    if draft.is_open:
        order = _order(draft)
        return _to(draft, _first_missing(draft, SUMMARY) or order[-1])
    link = _link_of(draft)
    given = list(authorizations_of(request.acting.party).filter(pk__in=draft.given))
    states = {state_of(one, request.now) for one in given}
    receivers = receivers_in(draft.role, request.now, draft.receivers)
    context = {
        "is_open": State.OPEN in states,
        "begins": min((one.valid_from for one in given), default=None) if State.COMING in states else None,
        "is_granted": draft.answer == Result.GRANTED,
        "receivers": receivers,
        "companies": joined([one.party.name for one in receivers]),
        "link": link,
        "way_back": "" if link is None else way_back(link, Result(draft.answer)),
        "was_link": draft.link is not None,
        "first_given": draft.given[0] if draft.given else "",
    }
    return render(request, "client/granting/done.html", context)


_STEPS: Mapping[str, Callable[..., HttpResponse]] = {
    KIND: _kind,
    RECEIVERS_STEP: _receivers,
    POINTS: _points,
    TERMS: _terms,
    SUMMARY: _summary,
    DONE: _answered,
}
