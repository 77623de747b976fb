"""Pages have sessions, languages and signed-in people; services have none of these."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import translation

from datahub import page_middleware

MIDDLEWARE = [page_middleware.Sessions, page_middleware.Language, page_middleware.SignedIn, page_middleware.Messages]


def _seen(path: str, language: str = "et") -> tuple[HttpRequest, str]:
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(translation.get_language() or "")
        return HttpResponse()

    answer = view
    for middleware in reversed(MIDDLEWARE):
        answer = middleware(answer)  # type: ignore[assignment,abstract]
    request = RequestFactory().get(path, headers={"accept-language": language})
    answer(request)
    return request, seen[0]


@pytest.mark.parametrize("name", ["session", "user", "_messages"])
def test_a_page_has_what_people_need(name: str) -> None:
    assert hasattr(_seen("/admin/")[0], name)


@pytest.mark.parametrize("path", ["/api/v1/meter", "/realms/estfeed/protocol/openid-connect/token"])
@pytest.mark.parametrize("name", ["session", "user", "_messages"])
def test_a_service_has_nothing_of_it(path: str, name: str) -> None:
    assert not hasattr(_seen(path)[0], name)


def test_a_service_speaks_its_own_language_after_a_page_in_another() -> None:
    assert _seen("/admin/")[1] == "et"
    assert _seen("/api/v1/meter")[1] == "en"
