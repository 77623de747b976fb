"""What every answer under /api/ carries, whoever made it. Source: `2-wire.md`, "Each request"."""

import re
from collections.abc import Callable
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation

from datahub.wire import trace
from datahub.wire.encode import exact_instant

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def original_identification(request: HttpRequest) -> str | None:
    """Give the request's x-document-identification if it is a UUID."""
    # By META: request.headers would first be made of all of them.
    sent = request.META.get("HTTP_X_DOCUMENT_IDENTIFICATION", "")
    return sent if _UUID.fullmatch(sent) else None


class ApiHeaders:
    """Has services speak the hub's own language, and puts the identification headers on the API's answers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, with the headers."""
        # Whatever page this thread has shown before.
        translation.activate(settings.LANGUAGE_CODE)
        response = self.get_response(request)
        if not request.path_info.startswith("/api/"):
            return response
        headers = response.headers
        headers["x-trace-id"] = trace.current()
        headers["Cache-Control"] = "no-store"
        if "x-document-identification" not in headers:
            headers["x-document-identification"] = str(uuid4())
        if "x-document-date-time" not in headers:
            headers["x-document-date-time"] = exact_instant(timezone.now())
        original = original_identification(request)
        if original is not None:
            headers["x-original-document-identification"] = original
        return response
