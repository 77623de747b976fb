"""Pages have sessions, languages and signed-in people; services have none of these, and headers of their own."""

from typing import Any

import pytest
from django.test import Client
from django.utils import translation

SERVICES = ["/api/v1/meter", "/api/v1/nowhere", "/realms/estfeed/protocol/openid-connect/token", "/realms/nowhere"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["session", "user", "_messages", "csp_nonce", "htmx"])
def test_a_page_has_what_people_need_and_a_service_nothing_of_it(client: Client, name: str) -> None:
    assert hasattr(client.get("/sign-in/").wsgi_request, name)
    for path in SERVICES:
        assert not hasattr(client.get(path).wsgi_request, name), path


@pytest.mark.parametrize("path", SERVICES)
def test_a_service_speaks_its_own_language_after_a_page_in_another(client: Client, path: str) -> None:
    client.get("/sign-in/", headers={"accept-language": "et"})
    assert translation.get_language() == "et"
    client.get(path, headers={"accept-language": "et"})
    assert translation.get_language() == "en"


@pytest.mark.parametrize("path", [*SERVICES, "/sign-in/", "/nowhere"])
@pytest.mark.parametrize("host", ["testserver", "evil.example"])
def test_every_answer_has_the_headers_that_protect(client: Client, path: str, host: str, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    answer = client.get(path, headers={"host": host})
    assert (answer.status_code == 400) is (host == "evil.example")
    said = [answer.get(name) for name in ("X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy")]
    assert said == ["DENY", "nosniff", "same-origin"]
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert ("Content-Security-Policy" in answer) is (path not in SERVICES)
    assert ("x-trace-id" in answer) is path.startswith("/api/")
    assert host == "evil.example" or int(answer["Content-Length"]) == len(answer.content)


def test_a_service_is_led_to_tls_like_a_page(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 60
    for path in (*SERVICES, "/sign-in/"):
        answer = Client().get(path)
        assert (answer.status_code, answer["Location"]) == (301, f"https://testserver{path}")
        assert "max-age=60" in Client().get(path, secure=True)["Strict-Transport-Security"]


def test_a_path_that_is_known_by_now_is_still_asked_for_its_view(client: Client) -> None:
    for _ in range(2):
        assert client.get("/api/v1/data-distribution/search").status_code == 405
        assert client.get("/api/v1/nowhere").status_code == 404
