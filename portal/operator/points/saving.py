"""Adding and changing a metering point. Source: `1-market.md`, "Metering points"."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from datahub.errors import Fault
from datahub.market import Commodity, MeteringPointType, Permission
from datahub.metering.models import MeteringPoint, MeteringPointVersion
from datahub.metering.point_form import GivenPoint
from datahub.metering.rules import points as rules
from datahub.metering.selectors import owned_points, point_by_eic, point_fact
from datahub.metering.services import points as services
from datahub.parties import selectors as parties
from portal.operator.points.forms import BODY, PointForm, completed, is_without_end, types_of_owner
from portal.pages import OperatorRequest, WrongSide, operator_page, to
from portal.words.attributes import Difference, differences_of


def possible_types(request: OperatorRequest) -> list[MeteringPointType]:
    """Give the types that she may add in her role; refuse who owns no metering points in it."""
    types = types_of_owner(request.acting.role, request.acting.commodity)
    if not types:
        raise WrongSide
    return types


@operator_page(Permission.EDITOR_METERING_POINT)
def add(request: OperatorRequest) -> HttpResponse:
    """Register a metering point; of another type the form is shown with the fields of that type."""
    acting, types = request.acting, possible_types(request)
    sent = request.POST if request.method == "POST" else request.GET
    point_type = next((kind for kind in types if kind == sent.get("type")), types[0])
    fitting: dict[str, Any] = {"commodity": acting.commodity, "role": acting.role, "point_type": point_type}
    is_sent = request.method == "POST" and "redraw" not in request.POST
    given = {"data": request.POST} if is_sent else {"initial": {**sent.dict(), "type": point_type}}
    form = PointForm(**given, **fitting)
    ranges = parties.code_ranges(acting.participant)
    # Before the form is looked at: a field that was is shown with the help that it had then.
    form.fields["eic"].help_text = render_to_string("operator/points/code_help.html", {"ranges": ranges})
    if is_sent:
        form.refuse_beside(lambda right: _faults_of_new(request, right))
        saved = form.saved(
            lambda: services.register_point(
                owner=acting.participant,
                role=acting.role,
                commodity=acting.commodity,
                given=form.given(),
                now=request.now,
            )
        )
        if saved is not None:
            messages.success(request, _("The metering point %(eic)s was added.") % {"eic": saved.eic})
            return to("operator:point", saved.eic)
    context = {"form": form, "ranges": ranges, "types": types}
    return render(request, "operator/points/add.html", context)


@operator_page(Permission.EDITOR_METERING_POINT, safe=True)
def complete_code(request: OperatorRequest) -> HttpResponse:
    """Say the whole code of which the first 15 characters were typed; a part of the form's page."""
    possible_types(request)
    body = "".join(request.GET.get("eic", "").split()).upper()
    whole = completed(body)
    context = {"whole": whole, "left": max(0, BODY - len(body)) if body else None, "no_end": is_without_end(body)}
    return render(request, "operator/points/completed_code.html", context)


@operator_page(Permission.EDITOR_METERING_POINT)
def change(request: OperatorRequest, eic: str) -> HttpResponse:
    """Change a metering point of one's own; nothing that somebody else saved meanwhile is overwritten unseen."""
    acting = request.acting
    possible_types(request)
    point = None if "\x00" in eic else _own(request, eic)
    if point is None:
        raise Http404
    fact = point_fact(point)
    fitting: dict[str, Any] = {
        "commodity": acting.commodity,
        "role": acting.role,
        "point_type": fact.type,
        "point": fact,
    }
    meanwhile: list[Difference] | None = None
    form = PointForm(request.POST if request.method == "POST" else None, **fitting)
    if request.method == "POST":
        form.refuse_beside(lambda given: rules.change_faults(fact, given))
        try:
            saved = form.saved(
                lambda: services.change_point(
                    owner=acting.participant,
                    role=acting.role,
                    commodity=acting.commodity,
                    given=form.given(),
                    now=request.now,
                    seen_version=_number(request.POST.get("version")),
                )
            )
        except services.ChangedMeanwhileError:
            saved, meanwhile = None, _since(request, point)
        if saved is not None:
            messages.success(request, _("The metering point was changed."))
            return to("operator:point", saved.eic)
    # A form with faults goes on from the version that it began with; one that was told of another's change, from that.
    seen = request.POST.get("version") if request.method == "POST" and meanwhile is None else point.version
    context = {"form": form, "point": point, "version": _number(str(seen)), "meanwhile": meanwhile}
    status = HTTPStatus.OK if meanwhile is None else HTTPStatus.CONFLICT
    return render(request, "operator/points/change.html", context, status=status)


def _faults_of_new(request: OperatorRequest, given: GivenPoint) -> list[Fault]:
    acting = request.acting
    parent = point_by_eic(given.parent_eic) if given.parent_eic else None
    return rules.registration_faults(
        given,
        commodity=acting.commodity,
        role=acting.role,
        owner_eic=acting.participant.eic,
        ranges=parties.code_ranges(acting.participant),
        parent=None if parent is None else rules.Parent(Commodity(parent.commodity), MeteringPointType(parent.type)),
    )


def _own(request: OperatorRequest, eic: str) -> MeteringPoint | None:
    acting = request.acting
    owned = owned_points(acting.participant, acting.role, acting.commodity)
    return owned.select_related("parent").filter(eic=eic).first()


def _number(sent: str | None) -> int:
    """Give the version that a form was opened with; one that does not say is of none."""
    return int(sent) if sent and sent.isascii() and sent.isdigit() and len(sent) < 9 else 0


def _since(request: OperatorRequest, point: MeteringPoint) -> list[Difference]:
    """Give what was changed since the version that the form was opened with."""
    point.refresh_from_db()
    seen = MeteringPointVersion.objects.filter(point=point, version=_number(request.POST.get("version"))).first()
    return [] if seen is None else differences_of(seen.data, point_fact(point))
