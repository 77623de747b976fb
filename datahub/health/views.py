"""Health for those who watch the product, and the page at `/` that says where everything is."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
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


@never_cache
@require_safe
def serves(_: HttpRequest) -> HttpResponse:
    """Say whether this process can answer requests, for those who share them out: 200, or 503 with what is missing.

    Not of all that the product needs: what is saved while the store or the workers are away is told when they are back,
    and nobody would be helped if no request were let through until then.
    """
    missing = checks.missing_to_answer()
    if missing:
        return JsonResponse({"status": "cannot answer", "missing": missing}, status=503)
    return JsonResponse({"status": "answers"})


@never_cache
@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """Show the ways in: for operators, customers, integrators and staff."""
    return render(request, "health/landing.html")


@require_safe
def robots(_: HttpRequest) -> HttpResponse:
    """Say that nothing here is for search engines."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain; charset=utf-8")


@require_safe
def favicon(_: HttpRequest) -> HttpResponse:
    """Lead to the hub's sign; browsers ask here for it beside what is no page."""
    return redirect(static("icon.svg"))
