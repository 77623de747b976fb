"""The demo's sign-in page: it lists the people of the cast and signs in as one of them, without any password.

It is reached through the demo settings alone, whose addresses name it, and refuses to answer under any others.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from datahub.demo import cast as casting
from datahub.parties.models import User
from datahub.parties.staff.sign_in import sign_in_verified
from portal import acting
from portal.acting import Choice
from portal.pages import own_path
from portal.signing_in.views import begin_session, start_path


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One of the cast, with all that she may act as."""

    user: User
    choices: list[Choice]


def _people(usernames: Iterable[str]) -> list[DemoPerson]:
    now = timezone.now()
    found = {user.username: user for user in User.objects.filter(username__in=usernames).select_related("party")}
    return [DemoPerson(found[name], acting.choices_of(found[name], now)) for name in usernames if name in found]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the demo people, and sign in as the one that was picked."""
    if not getattr(settings, "IS_DEMO", False):
        raise ImproperlyConfigured("The demo's sign-in page needs the demo settings.")
    usernames = [user["username"] for user in casting.load()["users"]]
    sent = request.POST if request.method == "POST" else request.GET
    next_path = own_path(request, sent.get("next"))
    if request.method == "POST":
        wanted = [name for name in usernames if name == request.POST.get("username")]
        picked = User.objects.filter(username__in=wanted, is_active=True).first()
        if picked is not None and picked.is_staff:
            sign_in_verified(request, picked)
            return redirect(next_path or "admin:index")
        if picked is not None:
            return begin_session(request, picked, next_path=next_path)
    elif request.user.is_authenticated and next_path is not None:
        return redirect(start_path(acting.current(request, timezone.now())))
    people = _people(usernames)
    context = {
        "operators": [one for one in people if any(not choice.is_customer for choice in one.choices)],
        "customers": [one for one in people if one.choices and all(choice.is_customer for choice in one.choices)],
        "staff": [one for one in people if one.user.is_staff],
        "next": next_path,
    }
    return render(request, "demo/sign_in.html", context)
