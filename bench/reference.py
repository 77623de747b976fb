"""What the product's web server answers for comparison, and the time that it takes for each answer."""

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

PAGE_FILE = "bench-page.json"


@cache
def _page() -> bytes:
    return (Path(settings.VAR_DIR) / PAGE_FILE).read_bytes()


@csrf_exempt
def page(request: HttpRequest) -> HttpResponse:
    """Answer the bytes of a page that the product gave before, from memory."""
    assert request.body
    return HttpResponse(_page(), content_type="application/json")


def timed(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Say in each answer how long the application worked on it, in milliseconds."""

    def answer(request: HttpRequest) -> HttpResponse:
        start = time.perf_counter()
        response = get_response(request)
        response["x-bench-ms"] = f"{(time.perf_counter() - start) * 1e3:.3f}"
        return response

    return answer
