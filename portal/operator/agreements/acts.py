"""Adding, changing, ending and deleting agreements: what it does to others is shown before it is done.

A form is checked by the rules of the services and answered with what would come of it; only a second click, which
carries what was shown, saves. Where something else would come of it meanwhile, it is shown anew.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from datahub.access import meter_agreements
from datahub.agreements.facts import AgreementFact
from datahub.agreements.models import Agreement
from datahub.agreements.services import acts, previews
from datahub.agreements.services.deciding import RefusedByWhatStands
from datahub.agreements.services.previews import Preview
from datahub.market import AgreementType, Permission
from portal.forms import PageForm, end_of
from portal.operator.agreements import shown
from portal.operator.agreements.forms import AgreementForm, ChangeForm, EndForm, OwnForm, last_day_before
from portal.operator.agreements.views import find
from portal.pages import OperatorRequest, WrongSide, operator_page, to
from portal.words.times import said_day

# What may tell something of a customer's point that is somebody else's.
_AT_A_CUSTOMERS_POINT = frozenset({AgreementType.SUPPLY, AgreementType.AGGREGATION})
_PREFILLED = ("meter_eic", "customer_eic", "service_provider_eic")


@operator_page(Permission.EDITOR_AGREEMENT, safe=True)
def choose_type(request: OperatorRequest) -> HttpResponse:
    """Choose the type of a new agreement among those of the role."""
    kinds = shown.types_of(request.acting.role, request.acting.commodity)
    return render(request, "operator/agreements/choose.html", {"kinds": kinds, "query": request.GET.urlencode()})


@operator_page(Permission.EDITOR_AGREEMENT)
def register(request: OperatorRequest, kind: str) -> HttpResponse:
    """Add an agreement of a type."""
    acting = request.acting
    if kind not in set(AgreementType):
        raise Http404
    wanted = AgreementType(kind)
    if wanted not in shown.types_of(acting.role, acting.commodity):
        raise WrongSide
    form = AgreementForm(
        request.POST or None,
        initial={name: request.GET[name] for name in _PREFILLED if name in request.GET},
        kind=wanted,
        participant=acting.participant,
        commodity=acting.commodity,
        now=request.now,
    )
    return _answer(
        request,
        form,
        context={"kind": wanted, "back_url": shown.list_url(), "is_new": True},
        preview=lambda: _telling(
            request,
            form,
            lambda: previews.preview_registration(**_sender(request), terms=form.terms, now=request.now),
        ),
        save=lambda: _telling(
            request, form, lambda: acts.register_agreement(**_sender(request), terms=form.terms, now=request.now)
        ),
        said=_("The agreement was added."),
    )


@operator_page(Permission.EDITOR_AGREEMENT)
def change(request: OperatorRequest, number: int) -> HttpResponse:
    """Change an agreement's last day and the number that its registrar gave it."""
    found = _own(request, number)
    commodity = request.acting.commodity
    initial = {
        "last_day": found.valid_to and last_day_before(found.valid_to, commodity),
        "agreement_id": found.agreement_id,
    }
    form = ChangeForm(request.POST or None, initial=initial, commodity=commodity)
    form.fields["last_day"].help_text = " ".join(
        [_("Leave it empty for no end date."), *filter(None, [_earliest(request, found)])]
    )
    return _changed(request, found, form, template_title=_("Change the agreement"))


@operator_page(Permission.EDITOR_AGREEMENT)
def end(request: OperatorRequest, number: int) -> HttpResponse:
    """End an agreement."""
    found = _own(request, number)
    earliest = previews.earliest_end(
        participant=request.acting.participant,
        role=request.acting.role,
        reference=shown.reference_to(found),
        now=request.now,
    )
    form = EndForm(
        request.POST or None,
        initial={"last_day": last_day_before(earliest, request.acting.commodity)},
        commodity=request.acting.commodity,
    )
    form.fields["last_day"].help_text = _earliest(request, found)
    return _changed(request, found, form, template_title=_("End the agreement"), is_end=True)


@operator_page(Permission.EDITOR_AGREEMENT)
def delete(request: OperatorRequest, number: int) -> HttpResponse:
    """Delete an agreement that has not started."""
    found = _own(request, number)
    reference = shown.reference_to(found)
    # What it would do is shown at once: there is nothing to fill in.
    form = OwnForm(request.POST if request.method == "POST" else {}, commodity=request.acting.commodity)

    def deleted() -> bool:
        acts.delete_agreement(**_sender(request), reference=reference, now=request.now)
        return True

    return _answer(
        request,
        form,
        context={
            "kind": AgreementType(found.type),
            "agreement": found,
            "back_url": _url(found),
            "title": _("Delete the agreement"),
            "is_deletion": True,
        },
        preview=lambda: previews.preview_deletion(**_sender(request), reference=reference, now=request.now),
        save=deleted,
        said=_("The agreement was deleted."),
        at_once=True,
    )


def _changed(
    request: OperatorRequest,
    found: Agreement,
    form: ChangeForm | EndForm,
    *,
    template_title: str,
    is_end: bool = False,
) -> HttpResponse:
    reference = shown.reference_to(found)

    def asked() -> dict[str, Any]:
        sent = form.cleaned_data
        return {
            "reference": reference,
            "valid_to": end_of(sent["last_day"], request.acting.commodity),
            "agreement_id": sent.get("agreement_id"),
            "now": request.now,
        }

    return _answer(
        request,
        form,
        context={
            "kind": AgreementType(found.type),
            "agreement": found,
            "back_url": _url(found),
            "title": template_title,
            "is_end": is_end,
        },
        preview=lambda: previews.preview_change(**_sender(request), **asked()),
        save=lambda: acts.change_agreement(**_sender(request), **asked()),
        said=_("The agreement was changed."),
    )


def _answer(
    request: OperatorRequest,
    form: PageForm,
    *,
    context: dict[str, Any],
    preview: Callable[[], Preview],
    save: Callable[[], AgreementFact | bool],
    said: str,
    at_once: bool = False,
) -> HttpResponse:
    """Show the form, what would come of it, or save it: whichever is next."""
    context = {"form": form, **context}
    if (found := context.get("agreement")) is not None:
        context |= {"provider": shown.party(found.service_provider), "customer": shown.party(found.customer)}
    wants_form = not at_once and (request.method != "POST" or "edit" in request.POST)
    if wants_form or (would := form.saved(preview)) is None:
        if request.method == "POST" and "edit" in request.POST:
            form.errors.clear()
        return render(request, "operator/agreements/form.html", context)
    seen = _fingerprint(would)
    if request.method == "POST" and request.POST.get("seen") == seen:
        saved = form.saved(save)
        if saved is None:
            return render(request, "operator/agreements/form.html", context)
        messages.success(request, said)
        return to("operator:agreement", saved.id) if isinstance(saved, AgreementFact) else to("operator:agreements")
    subject = would.direct.subject
    named = shown.parties_by((subject.service_provider_eic, subject.customer_eic))
    context |= {
        "preview": would,
        "subject": subject,
        "provider": named[subject.service_provider_eic],
        "customer": named[subject.customer_eic],
        "effects": shown.effects_of(would, request.acting),
        "seen": seen,
        "was_different": bool(request.POST.get("seen")),
    }
    return render(request, "operator/agreements/check.html", context)


def _telling(request: OperatorRequest, form: AgreementForm, act: Callable[[], Any]) -> Any:
    """Do what may tell something of a customer's point, and log that it was told."""
    told = form.kind in _AT_A_CUSTOMERS_POINT

    def log() -> None:
        meter_agreements.log_refused_agreement(
            **_sender(request),
            meter_eic=form.terms.point_eic or "",
            customer_eic=form.terms.customer_eic,
            now=request.now,
            user=request.acting.user,
        )

    try:
        done = act()
    except RefusedByWhatStands:
        if told:
            log()
        raise
    if told and isinstance(done, Preview) and done.caused:
        log()
    return done


def _own(request: OperatorRequest, number: int) -> Agreement:
    """Find an agreement that one's participant registers; of another's that one sees no more may be done."""
    found = find(request, number)
    if not shown.is_registrar(found, request.acting):
        raise PermissionDenied
    return found


def _sender(request: OperatorRequest) -> dict[str, Any]:
    acting = request.acting
    return {"participant": acting.participant, "role": acting.role, "commodity": acting.commodity}


def _earliest(request: OperatorRequest, found: Agreement) -> str:
    """Say on which day an agreement may end at the earliest."""
    earliest = previews.earliest_end(
        participant=request.acting.participant,
        role=request.acting.role,
        reference=shown.reference_to(found),
        now=request.now,
    )
    day = last_day_before(earliest, request.acting.commodity)
    return _("Earliest possible day: %(day)s.") % {"day": said_day(day)}


def _url(found: Agreement) -> str:
    return f"{shown.list_url()}{found.pk}"


def _fingerprint(would: Preview) -> str:
    """Give what tells one outcome from another."""
    return hashlib.sha256(repr((would.direct, would.caused)).encode()).hexdigest()
