"""The participant's own systems at the API: add, change, a new secret, switch off and on, remove.

They belong to the participant as a whole and may act in each of its roles. So whoever is an administrator in any of
them sees them, and who is one in all of them sees to them: else a token would carry her into a role that is not hers.
Sources: `1-market.md`, "Technical users"; `5-web.md`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from datahub.market import Permission
from datahub.parties import selectors
from datahub.parties.models import TechnicalUser
from datahub.parties.rules import MAX_TECHNICAL_USERS
from datahub.parties.services import technical_users
from portal.forms import PageForm
from portal.operator.users import shown_once
from portal.operator.users.forms import NewSecretForm, NewTechnicalUserForm, TechnicalUserForm
from portal.operator.users.matrix import AREAS, cells
from portal.pages import OperatorRequest, operator_page, to


def sees_to_all(request: OperatorRequest) -> bool:
    """Tell whether she is an administrator in each role that the participant holds now, so that services let her."""
    return not selectors.roles_without_administration(request.acting.user, request.acting.participant, request.now)


def _by_who_sees_to_all(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def page(request: OperatorRequest, *args: Any, **named: Any) -> HttpResponse:
        if not sees_to_all(request):
            raise PermissionDenied
        return view(request, *args, **named)

    return page


@operator_page(Permission.ADMIN, safe=True)
def technical_user(request: OperatorRequest, key: int) -> HttpResponse:
    """Show a technical user with what may be done with it."""
    user = _own(request, key)
    allowed = zip(AREAS, cells({Permission(one) for one in user.permissions}), strict=True)
    context = {
        "user_shown": user,
        "is_admin": Permission.ADMIN in user.permissions,
        "allowed": [(area.label, what) for area, what in allowed if what],
        "secrets": technical_users.valid_secrets(user, request.now),
        "may_change": sees_to_all(request),
    }
    answer = render(request, "operator/users/technical_user.html", context)
    shown_once.forget(request, answer, path=request.path)
    return answer


@operator_page(Permission.ADMIN)
@_by_who_sees_to_all
def add(request: OperatorRequest) -> HttpResponse:
    """Make a technical user, and go on to its secret."""
    form = NewTechnicalUserForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        made = form.saved(
            lambda: technical_users.register_technical_user(
                participant=request.acting.participant,
                suffix=form.cleaned_data["suffix"],
                permissions=form.cleaned_data["permissions"],
                allowed_networks=form.cleaned_data["networks"],
                by=request.acting.user,
                now=request.now,
            )
        )
        if made is not None:
            return _to_secret(request, *made)
    existing = selectors.technical_users_of(request.acting.participant).count()
    context = {"form": form, "most": MAX_TECHNICAL_USERS, "existing": existing}
    return render(request, "operator/users/add_technical_user.html", context)


@operator_page(Permission.ADMIN)
@_by_who_sees_to_all
def change(request: OperatorRequest, key: int) -> HttpResponse:
    """Change what a technical user may do, and from where."""
    user = _own(request, key)
    initial = {"permissions": user.permissions, "networks": "\n".join(user.allowed_networks)}
    form = TechnicalUserForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST":
        changed = form.saved(
            lambda: technical_users.change_technical_user(
                technical_user=user,
                permissions=form.cleaned_data["permissions"] if "permissions" in form.changed_data else None,
                allowed_networks=form.cleaned_data["networks"] if "networks" in form.changed_data else None,
                by=request.acting.user,
                now=request.now,
            )
        )
        if changed is not None:
            messages.success(request, _("%(name)s was changed.") % {"name": user.client_id})
            return to("operator:technical-user", user.pk)
    return render(request, "operator/users/change_technical_user.html", {"form": form, "user_shown": user})


@operator_page(Permission.ADMIN)
@_by_who_sees_to_all
def new_secret(request: OperatorRequest, key: int) -> HttpResponse:
    """Make a new secret after asking once, and go on to it; the former goes on for some hours."""
    user = _own(request, key)
    newest = technical_users.newest_secret_at(user)
    form = NewSecretForm(
        request.POST if request.method == "POST" else None,
        initial={"seen": "" if newest is None else newest.isoformat()},
    )
    if request.method == "POST":
        secret = form.saved(
            lambda: technical_users.rotate_secret(
                technical_user=user,
                by=request.acting.user,
                now=request.now,
                overlap=form.overlap,
                seen=form.seen_at or user.created_at,
            )
        )
        if secret is not None:
            return _to_secret(request, user, secret)
    return render(request, "operator/users/new_secret.html", {"form": form, "user_shown": user})


@operator_page(Permission.ADMIN)
@_by_who_sees_to_all
def switch(request: OperatorRequest, key: int, *, on: bool) -> HttpResponse:
    """Shut a technical user out, or let it in again, after asking once."""
    user = _own(request, key)
    form = PageForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        switched = form.saved(
            lambda: technical_users.set_active(
                technical_user=user, is_active=on, by=request.acting.user, now=request.now
            )
        )
        if switched is not None:
            text = _("%(name)s is switched on again.") if on else _("%(name)s is switched off.")
            messages.success(request, text % {"name": user.client_id})
            return to("operator:technical-user", user.pk)
    return render(request, "operator/users/switch.html", {"form": form, "user_shown": user, "on": on})


@operator_page(Permission.ADMIN)
@_by_who_sees_to_all
def remove(request: OperatorRequest, key: int) -> HttpResponse:
    """Remove a technical user for good, after asking once."""
    user = _own(request, key)
    form = PageForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        removed = form.saved(
            lambda: technical_users.remove_technical_user(technical_user=user, by=request.acting.user, now=request.now)
        )
        if removed is not None:
            messages.success(request, _("%(name)s was removed.") % {"name": user.client_id})
            return to("operator:users")
    return render(request, "operator/users/remove_technical_user.html", {"form": form, "user_shown": user})


def _own(request: OperatorRequest, key: int) -> TechnicalUser:
    """Give one of the participant's technical users; a stranger's is as none, and one that was removed."""
    own = selectors.technical_users_of(request.acting.participant)
    found = own.filter(pk=key).first() if key < 2**63 else None
    if found is None:
        raise Http404
    return found


def _to_secret(request: OperatorRequest, user: TechnicalUser, secret: str) -> HttpResponse:
    """Send the reader on to the page of a secret: to load that again makes no other."""
    answer = to("operator:secret", user.pk)
    path = reverse("operator:technical-user", args=[user.pk])
    shown_once.keep(request, answer, secret, of=user.pk, path=path, now=request.now)
    return answer


@operator_page(Permission.ADMIN, safe=True)
def secret_page(request: OperatorRequest, key: int) -> HttpResponse:
    """Show the secret that was just made, this once."""
    user = _own(request, key)
    secret = shown_once.kept(request, of=user.pk, now=request.now)
    if secret is None:
        messages.info(request, _("The secret can no longer be shown. If it was not saved, create a new one."))
        return to("operator:technical-user", user.pk)
    url = f"{settings.PUBLIC_URL.rstrip('/')}/realms/{settings.TOKEN_REALMS[0]}/protocol/openid-connect/token"
    # Codes and signs of base64 alone: nothing here could end the quotes.
    line = "\n".join(
        [
            f"curl '{url}' \\",
            "  -d 'grant_type=client_credentials' \\",
            f"  -d 'client_id={user.client_id}' \\",
            f"  -d 'client_secret={secret}'",
        ]
    )
    answer = render(request, "operator/users/secret.html", {"user_shown": user, "secret": secret, "line": line})
    shown_once.forget(request, answer, path=reverse("operator:technical-user", args=[user.pk]))
    return answer
