"""Health for those who watch the product, and the page at `/` that says where everything is."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from datahub.health import checks


@never_cache
@require_safe
def live(_: HttpRequest) -> HttpResponse:
    """Say that this process answers."""
    return JsonResponse({"status": "live"})


@never_cache
@require_safe
def ready(_: HttpRequest) -> HttpResponse:
    """Say whether all that the product needs is up: 200, or 503 with what is missing."""
    missing = checks.missing()
    if missing:
        return JsonResponse({"status": "not ready", "missing": missing}, status=503)
    return JsonResponse({"status": "ready"})


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """Show where the API, its description and the staff's pages are."""
    return render(request, "health/landing.html", {"is_demo": checks.environment() == "demo"})
