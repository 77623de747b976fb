"""Signing in through an OpenID provider: on the way there, and back. Source: `5-web.md`, "Signing in"."""

from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from datahub.addresses import address_of
from datahub.parties.models import User
from datahub.parties.services import users
from datahub.sign_in_limits import Attempts
from portal import acting
from portal.pages import own_path
from portal.signing_in import provider
from portal.signing_in.provider import NotSignedInError, Why
from portal.signing_in.views import begin_session, start_path

_STATUS = {
    Why.DECLINED: HTTPStatus.FORBIDDEN,
    Why.EXPIRED: HTTPStatus.BAD_REQUEST,
    Why.AWAY: HTTPStatus.SERVICE_UNAVAILABLE,
    Why.NOT_BELIEVED: HTTPStatus.FORBIDDEN,
}
_UNKNOWN, _SHUT_OUT, _TOO_MANY = "unknown", "shut-out", "too-many"


@never_cache
@require_safe
def begin(request: HttpRequest) -> HttpResponse:
    """Send the reader to the provider; afterwards she goes on to `next`."""
    if not provider.is_set_up():
        raise Http404
    now = timezone.now()
    next_path = own_path(request, request.GET.get("next"))
    if request.user.is_authenticated:
        return redirect(next_path or start_path(acting.current(request, now)))
    # Counted as failed until it has succeeded: each leaves a session behind.
    if seconds := _attempts(request).begin():
        return _too_many(request, seconds)
    try:
        return provider.begin(request, next_path=next_path, now=now)
    except NotSignedInError as error:
        return _not_signed_in(request, error.why, status=_STATUS[error.why])


@never_cache
@require_safe
def callback(request: HttpRequest) -> HttpResponse:
    """Sign in whom the provider names."""
    if not provider.is_set_up():
        raise Http404
    now = timezone.now()
    if seconds := _attempts(request).wait():
        return _too_many(request, seconds)
    try:
        person = provider.finish(request, now=now)
    except NotSignedInError as error:
        if error.why is Why.EXPIRED:
            if request.user.is_authenticated:
                # The same answer of the provider was opened a second time.
                return redirect(start_path(acting.current(request, now)))
            _attempts(request).add_failure()
        return _not_signed_in(request, error.why, status=_STATUS[error.why])
    user = users.person_of_subject(subject=person.subject, first_name=person.first_name, last_name=person.last_name)
    if user is None:
        is_known = User.objects.filter(subject=person.subject).exists()
        return _not_signed_in(
            request,
            _SHUT_OUT if is_known else _UNKNOWN,
            status=HTTPStatus.FORBIDDEN,
            end_url=person.sign_out.get("url"),
        )
    _attempts(request).take_back()
    answer = begin_session(request, user, next_path=own_path(request, person.next_path))
    provider.remember(request, person)
    return answer


def _attempts(request: HttpRequest) -> Attempts:
    """Give the attempts of an address; many people of a company may have the same."""
    # Who signs in is not known before, so nothing but the address is counted: each attempt has a name of its own.
    address = address_of(request)
    return Attempts(f"openid:{timezone.now().timestamp()}", address, timezone.now())


def _too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    return _not_signed_in(request, _TOO_MANY, status=HTTPStatus.TOO_MANY_REQUESTS, minutes=-(-seconds // 60))


def _not_signed_in(request: HttpRequest, why: str, *, status: HTTPStatus, **context: Any) -> HttpResponse:
    """Say why nobody was signed in, and what to do."""
    return render(request, "portal/errors/not_signed_in.html", {"why": str(why), **context}, status=status)
