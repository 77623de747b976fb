"""Who may do what for the participant in the role: see, add, change, remove. Source: `5-web.md`, "Operator web app"."""

from collections.abc import Collection
from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from datahub.market import Permission
from datahub.parties import selectors
from datahub.parties.models import User
from datahub.parties.rules import givable, managing_faults
from datahub.parties.services import managing
from portal.acting import OperatorChoice
from portal.lists import Sort, list_page, sort_of
from portal.operator.users.forms import PeopleFilters, PermissionsForm, PersonForm, RemovalForm
from portal.operator.users.matrix import AREAS, Row, rows_of, shown_name
from portal.operator.users.technical import sees_to_all
from portal.pages import OperatorRequest, operator_page, to

_SORTS = (Sort("name", "", ("known_last", "known_first", "known_username", "pk")),)


@operator_page(Permission.EDITOR_AUTHORIZATION, safe=True)
def users(request: OperatorRequest) -> HttpResponse:
    """Show who may do what in the role, and the participant's technical users."""
    acting = request.acting
    form = PeopleFilters(request.GET or None)
    sort, order = sort_of(request, _SORTS, default="name")
    found = _people(acting)
    for word in str(form.chosen.get("name", "")).split()[:5]:
        found = found.filter(
            Q(known_first__icontains=word) | Q(known_last__icontains=word) | Q(known_username__icontains=word)
        )
    if form.is_wrong:
        found = found.none()
    context = {
        "form": form,
        "list": list_page(request, found.order_by(*order), sort=sort, read=partial(_rows, acting)),
        "areas": AREAS,
        "technical_users": selectors.technical_users_of(acting.participant) if acting.is_admin else None,
        "may_change": acting.is_admin and sees_to_all(request),
    }
    return render(request, "operator/users/list.html", context)


@operator_page(Permission.EDITOR_AUTHORIZATION)
def add(request: OperatorRequest) -> HttpResponse:
    """Let a person act for the participant in the role."""
    acting = request.acting
    form = PersonForm(request.POST if request.method == "POST" else None, offered=givable(acting.permissions))
    if request.method == "POST":
        person = form.saved(
            lambda: managing.add_person(
                subject=form.subject,
                first_name=form.cleaned_data["first_name"],
                last_name=form.cleaned_data["last_name"],
                permissions=form.cleaned_data["permissions"],
                participant=acting.participant,
                role=acting.role,
                commodity=acting.commodity,
                by=acting.user,
                now=request.now,
            )
        )
        if person is not None:
            name = selectors.known_name(person, acting.participant)
            messages.success(request, _("%(name)s was added.") % {"name": name})
            return to("operator:users")
    return render(request, "operator/users/add.html", {"form": form})


@operator_page(Permission.EDITOR_AUTHORIZATION)
def change(request: OperatorRequest, user_id: int) -> HttpResponse:
    """Change what a person may do in the role."""
    acting = request.acting
    person = _person(acting, user_id)
    held = _held(acting, person)
    sent = request.POST if request.method == "POST" else None
    form = PermissionsForm(sent, offered=givable(acting.permissions), held=held)
    if request.method == "POST":
        changed = form.saved(
            lambda: managing.set_permissions(
                user=person,
                permissions=form.cleaned_data["permissions"],
                participant=acting.participant,
                role=acting.role,
                commodity=acting.commodity,
                by=acting.user,
                now=request.now,
            )
        )
        if changed is not None:
            messages.success(request, _("The permissions of %(name)s were changed.") % {"name": shown_name(person)})
            return to("operator:users")
    context = {
        "form": form,
        "person": person,
        "name": shown_name(person),
        "may_change": _may_change(acting, person, held),
    }
    return render(request, "operator/users/change.html", context)


@operator_page(Permission.EDITOR_AUTHORIZATION)
def remove(request: OperatorRequest, user_id: int) -> HttpResponse:
    """Take everything that a person may do in the role from her, after asking once."""
    acting = request.acting
    person = _person(acting, user_id)
    if person.pk == acting.user.pk:
        # Nobody shuts herself out; no page leads here.
        raise Http404
    if not _may_change(acting, person, _held(acting, person)):
        raise PermissionDenied
    form = RemovalForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        removed = form.saved(
            lambda: managing.remove_person(
                user=person,
                participant=acting.participant,
                role=acting.role,
                commodity=acting.commodity,
                by=acting.user,
                now=request.now,
            )
        )
        if removed is not None:
            messages.success(request, _("%(name)s was removed.") % {"name": shown_name(person)})
            return to("operator:users")
    return render(request, "operator/users/remove.html", {"form": form, "person": person, "name": shown_name(person)})


def _people(acting: OperatorChoice) -> QuerySet[User]:
    return selectors.people_of(acting.participant, acting.role, acting.commodity)


def _person(acting: OperatorChoice, user_id: int) -> User:
    """Give one of the role's people; anybody else is as nobody."""
    person = _people(acting).filter(pk=user_id).first() if user_id < 2**31 else None
    if person is None:
        raise Http404
    return person


def _rows(acting: OperatorChoice, people: Collection[User]) -> list[Row]:
    held = selectors.permissions_of_people(people, acting.participant, acting.role, acting.commodity)
    return rows_of(people, held)


def _held(acting: OperatorChoice, person: User) -> frozenset[Permission]:
    found = selectors.permissions_of_people([person], acting.participant, acting.role, acting.commodity)
    return found.get(person.pk, frozenset())


def _may_change(acting: OperatorChoice, person: User, held: Collection[Permission]) -> bool:
    is_own = person.pk == acting.user.pk
    return not managing_faults(acting.permissions, held, is_own=is_own, username=acting.user.username, path="")
