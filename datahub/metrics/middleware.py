"""Counting and timing requests, outside all else that is done for them."""

from collections.abc import Callable
from time import perf_counter

from django.http import HttpRequest, HttpResponseBase

from datahub.metrics import counters
from datahub.metrics.services import service_of


class Measured:
    """Counts each request when its answer is ready to be sent; an answer in pieces when its first one is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and count."""
        began = perf_counter()
        response = self.get_response(request)
        counters.request_answered(
            service=service_of(request),
            method=str(request.method),
            status=response.status_code,
            seconds=perf_counter() - began,
            code=getattr(response, "code", ""),
        )
        return response
