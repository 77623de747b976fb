"""Counting, timing and logging requests, outside all else that is done for them."""

import logging
from collections.abc import Callable
from time import perf_counter
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from datahub.addresses import address_of
from datahub.metrics import counters
from datahub.metrics.services import service_of
from datahub.wire.way import is_for_system

logger = logging.getLogger(__name__)

_REFUSED, _FAILED = 400, 500


class Measured:
    """Counts each request when its answer is ready to be sent; an answer in pieces when its first one is.

    Those that ACCESS_LOG asks for have a line in the log, with the service's name and never with an address as sent,
    which may hold anything.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.slow_seconds = 0.0 if settings.ACCESS_LOG == "all" else settings.ACCESS_LOG_SLOW_SECONDS
        self.logs = settings.ACCESS_LOG != "none"

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, count and log."""
        began = perf_counter()
        response = self.get_response(request)
        seconds = perf_counter() - began
        service, method = service_of(request), counters.method_of(request)
        status, code = response.status_code, getattr(response, "code", "")
        counters.request_answered(service=service, method=method, status=status, seconds=seconds, code=code)
        if self.logs and (status >= _REFUSED or seconds >= self.slow_seconds):
            known = {"service": service, "method": method, "status": status, "duration_ms": round(seconds * 1000, 1)}
            _log(request, known | ({"code": code} if code else {}))
        return response


def _log(request: HttpRequest, known: dict[str, Any]) -> None:
    # Of systems; who looks at pages is nobody's business here.
    if is_for_system(request):
        known["address"] = address_of(request)
    level = logging.ERROR if known["status"] >= _FAILED else logging.INFO
    logger.log(level, "answered %s", known["status"], extra=known)
