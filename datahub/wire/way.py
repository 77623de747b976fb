"""Two ways for requests: those of systems go a short one, those of people through all that pages need.

Services know no sessions, languages or signed-in people. What stands around a service costs as much as a third of a
scan where each layer has to look at what kind of request it has before it.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponseBase
from django.urls import ResolverMatch
from django.utils.module_loading import import_string

from datahub.wire import trace

_SYSTEMS = ("/api/", "/realms/")


def is_for_system(request: HttpRequest) -> bool:
    """Tell whether a request is to a service for systems, and not to a page for people."""
    return request.path_info.startswith(_SYSTEMS)


class TwoWays:
    """Begins the trace of a request, and leads it to the services or to the pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.pages = get_response
        self.services: Callable[[HttpRequest], HttpResponseBase] = _Services().answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer."""
        trace.begin(request.META.get("HTTP_TRACEPARENT", ""))
        return (self.services if is_for_system(request) else self.pages)(request)


class _Services(BaseHandler):
    """Django's own way to a view and back, through SERVICE_MIDDLEWARE alone."""

    def __init__(self) -> None:
        super().__init__()
        # Nothing of SERVICE_MIDDLEWARE looks at views, their exceptions or templates.
        self._view_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        # The stubs know nothing of it, nor that it is no coroutine here.
        answer: Any = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]
        for name in reversed(settings.SERVICE_MIDDLEWARE):
            answer = convert_exception_to_response(import_string(name)(answer))
        self.answer = answer
        self._known: dict[tuple[str, str], ResolverMatch] = {}

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """Find the view; a path without parts that vary is looked for once."""
        key = settings.ROOT_URLCONF, request.path_info
        match = self._known.get(key)
        if match is None:
            match = super().resolve_request(request)
            if not match.args and not match.kwargs:
                self._known[key] = match
        request.resolver_match = match
        return match
