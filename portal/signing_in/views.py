"""Signing in and out, and choosing as whom to act. Source: `5-web.md`, "Signing in"."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from datahub.parties.models import User
from portal import acting
from portal.acting import Choice
from portal.frame import THEME_COOKIE, THEMES, preferred
from portal.models import Preference
from portal.pages import own_path, to
from portal.signing_in import provider

_YEAR = 365 * 24 * 3600
BACKEND = "django.contrib.auth.backends.ModelBackend"


def start_path(chosen: Choice | None) -> str:
    """Give the first page of what somebody acts as."""
    if chosen is None:
        return reverse("role")
    return reverse("client:start" if chosen.is_customer else "operator:start")


def begin_session(request: HttpRequest, user: User, *, next_path: str | None) -> HttpResponse:
    """Sign a person in whom a provider has named, and send her on: to what she asked for, or to choose a role first.

    The session gets a new key. Who may act in one way only acts so at once.
    """
    login(request, user, backend=BACKEND)
    now = timezone.now()
    choices = acting.choices_of(user, now)
    if len(choices) == 1:
        acting.choose(request, choices[0].key, now)
        answer: HttpResponse = redirect(next_path or start_path(choices[0]))
    else:
        answer = to("role", **({"next": next_path} if next_path else {}))
    for name, wanted in preferred(user).items():
        _set_cookie(answer, name, wanted)
    return answer


@never_cache
@require_safe
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show how one signs in; who has signed in already goes on."""
    next_path = own_path(request, request.GET.get("next"))
    if request.user.is_authenticated:
        return redirect(next_path or start_path(acting.current(request, timezone.now())))
    openid_url = None
    if provider.is_set_up():
        openid_url = reverse("openid") + (f"?{urlencode({'next': next_path})}" if next_path else "")
    return render(request, "portal/sign_in.html", {"next": next_path, "openid_url": openid_url})


@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; nothing of it is left in this browser but language and colours.

    Who signed in through a provider may sign out there too; it is a link, since forms lead nowhere but here.
    """
    end_url = provider.sign_out_url(request)
    logout(request)
    if end_url is not None:
        return render(request, "portal/signed_out.html", {"end_url": end_url})
    return to("landing")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def role(request: HttpRequest) -> HttpResponse:
    """Show as whom a person may act, and let her choose; afterwards she goes on to what she had asked for."""
    sent = request.POST if request.method == "POST" else request.GET
    next_path = own_path(request, sent.get("next"))
    if not isinstance(request.user, User):
        return to("sign-in", **({"next": request.get_full_path()} if request.method != "POST" else {}))
    now = timezone.now()
    choices = acting.choices_of(request.user, now)
    if request.method == "POST":
        chosen = acting.choose(request, request.POST.get("as", ""), now)
        if chosen is not None:
            Preference.objects.update_or_create(user=request.user, defaults={"acting": chosen.key})
            return redirect(next_path or start_path(chosen))
    is_for_others = _is_for_others(next_path, choices)
    context: dict[str, Any] = {
        "choices": choices,
        "is_for_others": is_for_others,
        "next": None if is_for_others else next_path,
        "last": getattr(getattr(request.user, "preference", None), "acting", ""),
        "is_refused": request.method == "POST",
    }
    return render(request, "portal/role.html", context, status=403 if context["is_refused"] else 200)


def _is_for_others(path: str | None, choices: list[Choice]) -> bool:
    """Tell whether a page is for customers alone, or for participants alone, and she may act as none of them."""
    for start, of_customers in (("client:start", True), ("operator:start", False)):
        if path and path.startswith(reverse(start)):
            return bool(choices) and all(choice.is_customer is not of_customers for choice in choices)
    return False


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Change the language of the pages, for this browser and for the person wherever she signs in."""
    wanted = request.POST.get("language", "")
    answer = redirect(own_path(request, request.POST.get("next")) or reverse("landing"))
    if wanted in dict(settings.LANGUAGES):
        translation.activate(wanted)
        _set_cookie(answer, settings.LANGUAGE_COOKIE_NAME, wanted)
        if isinstance(request.user, User):
            Preference.objects.update_or_create(user=request.user, defaults={"language": wanted})
    return answer


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Change the colours of the pages, for this browser and for the person wherever she signs in."""
    wanted = request.POST.get("theme", "")
    answer = redirect(own_path(request, request.POST.get("next")) or reverse("landing"))
    if wanted in THEMES:
        _set_cookie(answer, THEME_COOKIE, wanted)
        if isinstance(request.user, User):
            Preference.objects.update_or_create(user=request.user, defaults={"theme": wanted})
    return answer


def _set_cookie(answer: HttpResponse, name: str, value: str) -> None:
    answer.set_cookie(name, value, max_age=_YEAR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax")
