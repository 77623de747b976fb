"""What is answered where no view answers: unknown paths, requests that Django refuses, crashes."""

import sys
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from datahub.errors import codes, refuse
from datahub.wire import frame, refusal


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def _is_token_endpoint(request: HttpRequest) -> bool:
    return request.path_info.startswith("/realms/")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 in the form that the path's clients read."""
    if _is_api(request):
        return refusal.render(refuse(codes.NOT_FOUND_RESOURCE, request.path_info))
    if _is_token_endpoint(request):
        return JsonResponse({"error": "not_found", "error_description": "there is nothing at this path"}, status=404)
    return defaults.page_not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400 for what Django itself refuses: a wrong Host, a form that is too large."""
    if _is_api(request):
        return refusal.render(refuse(codes.UNPARSEABLE, "the request", "its host or its form is not acceptable"))
    if _is_token_endpoint(request):
        return JsonResponse({"error": "invalid_request"}, status=400)
    return defaults.bad_request(request, exception)


def crashed(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 while the database is away; what happened stands in the log beside the trace id."""
    is_away = isinstance(sys.exception(), OperationalError | InterfaceError)
    response: HttpResponse
    if _is_api(request):
        return refusal.render(frame.unavailable() if is_away else refuse(codes.GENERAL))
    if _is_token_endpoint(request):
        response = JsonResponse({"error": "temporarily_unavailable" if is_away else "server_error"}, status=500)
    else:
        response = defaults.server_error(request)
    if is_away:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        response["Retry-After"] = str(frame.RETRY_AFTER_SECONDS)
    return response
