"""The list of agreements, its export, and one agreement. Source: `5-web.md`, "Agreements"."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from datahub.access import agreement_lists, agreement_search
from datahub.access.agreement_search import FoundAgreement
from datahub.access.pages import Found
from datahub.agreements.models import Agreement, FollowUp
from datahub.agreements.rules import parties
from datahub.market import PartyType, Permission
from portal.lists import ListPage, Sort, list_page, sort_of
from portal.operator.agreements import sheet, shown
from portal.operator.agreements.forms import AgreementFilters, State
from portal.operator.at_point import beginnings
from portal.operator.customers import customer_name, customer_names
from portal.pages import OperatorRequest, operator_page
from portal.sheets.responses import export_response
from portal.words.times import said_number

_BY_START = Sort("start", "", ("valid_from", "pk"))
_BY_END = Sort("end", "", ("valid_to", "pk"))
_BY_DELETION = Sort("deleted", "", ("deleted_at", "pk"))
# So many agreements stand on a time line.
_MOST_BESIDE = 200
_AT_ONCE = 1_000


def _found(request: OperatorRequest, form: AgreementFilters) -> tuple[Found[Agreement], str, list[str]]:
    """Give what the filters find, in the order that the URL asks for, that order's name and those of all."""
    acting, now = request.acting, request.now
    state = form.chosen.get("state")
    attributes = form.attributes(acting.participant, acting.commodity)
    found = agreement_search.search_agreements(
        participant=acting.participant,
        role=acting.role,
        commodity=acting.commodity,
        attributes=attributes,
        now=now,
        deleted=state == State.DELETED,
    )
    side = shown.on_side(form.side, acting.participant, acting.role)
    keys = shown.of_state(found.keys.filter(side), state, now)
    sure = None if found.sure is None else shown.of_state(found.sure.filter(side), state, now)
    kind = form.chosen.get("type")
    provides = kind is None or acting.role in parties.provider_roles(kind, acting.commodity)
    if form.is_wrong or (attributes.get("serviceProviderEic") == acting.participant.eic and not provides):
        # Among a million of its own none is of a type that the role never provides.
        keys, sure = keys.none(), None
    sorts, default = _sorts(state, at_a_point="meterEic" in attributes)
    sort, order = sort_of(request, sorts, default=default)
    names = [one.name for one in sorts]
    return Found(keys.order_by(*order), found.rows, sure=sure), sort, names


def _sorts(state: State | None, *, at_a_point: bool) -> tuple[list[Sort], str]:
    """Give the orders that a list can have at once, however long it is, and the one that it has if none is asked for.

    The agreements of one point are few enough for any.
    """
    if state == State.DELETED:
        return [_BY_DELETION], "-deleted"
    if at_a_point:
        return [_BY_START, _BY_END], "-start"
    if state in (State.ENDED, State.ENDING):
        return [_BY_END], "-end" if state == State.ENDED else "end"
    return [_BY_START], "-start"


def _read(request: OperatorRequest, rows: list[Agreement], service: str) -> list[FoundAgreement]:
    acting = request.acting
    return agreement_search.read_agreements(
        participant=acting.participant,
        role=acting.role,
        commodity=acting.commodity,
        agreements=rows,
        now=request.now,
        user=acting.user,
        service=service,
    )


@operator_page(Permission.VIEWER_AGREEMENT, safe=True)
def agreements(request: OperatorRequest) -> HttpResponse:
    """List the agreements that may be seen and that match the filters."""
    form = AgreementFilters(request.GET or None)
    found, sort, sorts = _found(request, form)
    # What is read is logged twice, the agreements and the names: kept with one commit.
    with transaction.atomic():
        listed: ListPage[FoundAgreement] = list_page(
            request, found, read=lambda rows: _read(request, rows, "page:agreements"), sort=sort
        )
        with_customers = [one.agreement for one in listed.rows if one.with_customer]
        names = customer_names(request, with_customers, page="page:agreements")
    context = {
        "form": form,
        "list": listed,
        "rows": [shown.row(one, now=request.now, names=names) for one in listed.rows],
        "may_add": request.acting.may(Permission.EDITOR_AGREEMENT)
        and bool(shown.types_of(request.acting.role, request.acting.commodity)),
        "sorts": sorts,
        "query": request.GET.urlencode(),
    }
    return render(request, "operator/agreements/list.html", context)


@operator_page(Permission.VIEWER_AGREEMENT, safe=True)
def export(request: OperatorRequest) -> HttpResponseBase:
    """Stream what the filters find as a sheet."""
    form = AgreementFilters(request.GET or None)
    found, *_order = _found(request, form)
    keys = list(found.keys.values_list("pk", flat=True)[: sheet.MOST_ROWS + 1])
    if form.is_wrong or len(keys) > sheet.MOST_ROWS:
        if not form.is_wrong:
            text = _("You can download at most %(most)s agreements at once. Choose filters that find fewer.")
            messages.error(request, text % {"most": said_number(sheet.MOST_ROWS)})
        query = request.GET.urlencode()
        return redirect(f"{shown.list_url()}?{query}" if query else shown.list_url())

    def rows() -> Iterator[dict[str, Any]]:
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            kept = found.rows.in_bulk(some)
            for one in _read(request, [kept[key] for key in some if key in kept], "page:agreements/export"):
                yield sheet.row(one)

    return export_response(
        sheet.AGREEMENTS,
        rows(),
        form="xlsx",
        language=translation.get_language() or "en",
        name=pgettext("file name", "Agreements"),
        now=request.now,
    )


@operator_page(Permission.VIEWER_AGREEMENT, safe=True)
def agreement(request: OperatorRequest, number: int) -> HttpResponse:
    """Show an agreement: what it says, what stands beside it, what came of it."""
    acting = request.acting
    found = find(request, number, with_deleted=True)
    beside, has_older = agreement_lists.beside(
        participant=acting.participant,
        role=acting.role,
        commodity=acting.commodity,
        agreement=found,
        now=request.now,
        most=_MOST_BESIDE,
    )
    if all(one.pk != found.pk for one in beside):
        beside = [found, *beside]
    read = _read(request, beside, "page:agreement")
    one = next(seen for seen in read if seen.agreement.pk == found.pk)
    names = {}
    if one.with_customer and found.customer.type != PartyType.MARKET_PARTICIPANT:
        names[found.customer.eic] = customer_name(request, found.customer.eic, page="page:agreement")
    head = shown.row(one, now=request.now, names=names)
    context = {
        "one": head,
        "is_registrar": shown.is_registrar(found, acting),
        "timeline": shown.timeline_of(read, current=found, now=request.now),
        "has_older": has_older,
        "history": agreement_lists.history_of(found, participant=acting.participant, role=acting.role, now=request.now),
        "why_deleted": agreement_lists.why_deleted(found) if found.deleted_at else "",
        "follow_ups": FollowUp.objects.filter(agreement=found).order_by("pk")
        if one.with_provider and one.with_customer
        else [],
        "followed_url": shown.followed_url(found),
        "acts": shown.acts_on(found, acting, now=request.now),
        "beginnings": list(beginnings(acting, found.point, head.customer.eic if head.customer else ""))
        if found.point
        else [],
    }
    return render(request, "operator/agreements/detail.html", context)


def find(request: OperatorRequest, number: int, *, with_deleted: bool = False) -> Agreement:
    """Find an agreement that may be seen; any other is as one that does not exist."""
    acting = request.acting
    for deleted in (False, True) if with_deleted else (False,):
        found = number < 1 << 63 and agreement_lists.find_agreement(
            participant=acting.participant,
            role=acting.role,
            commodity=acting.commodity,
            number=number,
            now=request.now,
            deleted=deleted,
        )
        if found:
            return found
    raise Http404
