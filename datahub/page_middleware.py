"""Middleware that only pages need. Services of the API know no sessions, languages or signed-in people.

Passing them by saves a scan a seventh of its time.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from whitenoise.middleware import WhiteNoiseMiddleware

_SERVICES = ("/api/", "/realms/")


def is_for_service(request: HttpRequest) -> bool:
    """Tell whether a request is to a service for systems, and not to a page for people."""
    return request.path_info.startswith(_SERVICES)


class _OnlyPages:
    """What a middleware does is done for pages alone."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        if is_for_service(request):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]


class StaticFiles(_OnlyPages, WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise's."""


class Sessions(_OnlyPages, SessionMiddleware):
    """Django's."""


class Language(_OnlyPages, LocaleMiddleware):
    """Django's; services speak the hub's own language, whatever page this thread has shown before."""

    def __call__(self, request: HttpRequest) -> Any:
        if is_for_service(request):
            translation.activate(settings.LANGUAGE_CODE)
        return super().__call__(request)


class SignedIn(_OnlyPages, AuthenticationMiddleware):
    """Django's."""


class Messages(_OnlyPages, MessageMiddleware):
    """Django's."""
