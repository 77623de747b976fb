"""What every answer says to browsers, of whatever kind it is: pages, refusals, crashes, files, services, cookies."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from datahub.local.supervisor import ROOT
from datahub.wire import openapi
from tests.portal.people import Browser, person
from tests.test_settings import PRODUCTION

pytestmark = pytest.mark.django_db
TOKEN = "/realms/estfeed/protocol/openid-connect/token"
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# All that a page may load, run or send: from here, in files. No word of it allows code in a page.
POLICY = {
    "default-src": {"'none'"},
    "script-src": {"'self'"},
    "style-src": {"'self'"},
    "img-src": {"'self'", "data:"},
    "font-src": {"'self'"},
    "connect-src": {"'self'"},
    "manifest-src": {"'self'"},
    "form-action": {"'self'"},
    "frame-ancestors": {"'none'"},
    "base-uri": {"'none'"},
}
Ask = Callable[[Client], Any]
SERVICES: dict[str, tuple[int, Ask]] = {
    "nothing of the API": (404, lambda client: client.get("/api/v1/nothing")),
    "a refused message": (401, lambda client: client.post("/api/v1/meter/search", "{}", "application/json")),
    "another method": (405, lambda client: client.get("/api/v1/meter/search")),
    "a preflight": (405, lambda client: client.options("/api/v1/meter/search", headers={"origin": "https://evil"})),
    "a refused token": (401, lambda client: client.post(TOKEN, {"grant_type": "client_credentials"})),
    "the keys": (200, lambda client: client.get("/realms/estfeed/protocol/openid-connect/certs")),
    "no realm": (404, lambda client: client.get("/realms/nothing/")),
}
PAGES: dict[str, tuple[int, Ask]] = {
    "the home page": (200, lambda client: client.get("/")),
    "signing in": (200, lambda client: client.get("/sign-in")),
    "a page for people who have signed in": (302, lambda client: client.get("/operator/")),
    "a page of customers": (302, lambda client: client.get("/portal/")),
    "nothing": (404, lambda client: client.get("/nothing")),
    "a form from elsewhere": (403, lambda client: Client(enforce_csrf_checks=True).post("/role", {"as": "x"})),
    "too large a form": (413, lambda client: client.post("/role", {"as": "x" * 2_000_000})),
    "another method": (405, lambda client: client.put("/language")),
    "the admin": (200, lambda client: client.get("/admin/login/")),
    "the way into the admin": (302, lambda client: client.get("/admin/")),
    "the description": (200, lambda client: client.get("/openapi.json")),
    "its page": (200, lambda client: client.get("/swagger-ui/index.html")),
    "whether it lives": (200, lambda client: client.get("/health/live")),
    "for robots": (200, lambda client: client.get("/robots.txt")),
}


def check(answer: Any) -> None:
    assert {name: answer.get(name) for name in ALWAYS} == ALWAYS
    # No page elsewhere may read an answer; nothing names what it runs on.
    assert not [name for name in answer.headers if name.lower().startswith(("access-control-", "x-powered-by"))]


def policy_of(answer: Any) -> dict[str, set[str]]:
    parts = [part.split() for part in answer["Content-Security-Policy"].split(";") if part.strip()]
    return {name: set(allowed) for name, *allowed in parts}


@pytest.mark.parametrize("name", SERVICES)
def test_what_services_answer(name: str) -> None:
    status, ask = SERVICES[name]
    answer = ask(Client())
    assert answer.status_code == status, answer.content
    check(answer)
    assert answer["Content-Type"] == "application/json"
    assert "Set-Cookie" not in answer.headers and not answer.cookies
    assert "no-store" in answer.get("Cache-Control", "") or name in {"the keys", "no realm"}


@pytest.mark.parametrize("name", PAGES)
def test_what_pages_answer(name: str) -> None:
    status, ask = PAGES[name]
    answer = ask(Client())
    assert answer.status_code == status, answer.content[:500]
    check(answer)
    assert policy_of(answer) == POLICY
    assert "no-store" in answer["Cache-Control"]


def test_a_crash_tells_nothing_of_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash() -> bytes:
        raise RuntimeError("a secret of the code")

    monkeypatch.setattr(openapi, "description", crash)
    answer = Client(raise_request_exception=False).get("/openapi.json")
    assert answer.status_code == 500
    check(answer)
    assert policy_of(answer) == POLICY
    assert b"secret" not in answer.content and b"Traceback" not in answer.content and b"openapi" not in answer.content


def test_files_say_it_too() -> None:
    answer = Client().get("/static/icon.svg")
    assert answer.status_code == 200
    assert {name: answer.get(name) for name in ALWAYS} == ALWAYS
    assert policy_of(answer) == POLICY


def test_no_script_reads_a_cookie_and_none_is_sent_from_elsewhere(settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    browser = Browser(person())
    browser.get("/role", secure=True)
    browser.post(
        "/language", {"language": "et", "csrfmiddlewaretoken": browser.cookies["csrftoken"].value}, secure=True
    )
    cookies = {name: morsel for name, morsel in browser.cookies.items() if morsel.value}
    assert {"csrftoken", settings.SESSION_COOKIE_NAME} <= set(cookies)
    for name, morsel in cookies.items():
        assert morsel["samesite"] in {"Lax", "Strict"}, name
        assert morsel["secure"], name
        # The page gives its token to the script that sends forms.
        assert morsel["httponly"] or name == "csrftoken", name
        assert not morsel["domain"], name


_ASK = """
import json, django
django.setup()
from django.conf import settings
from django.test import Client
client = Client(raise_request_exception=False, headers={"host": "hub.example"})
said = {url: client.get(url, secure=True).get("Strict-Transport-Security") for url in URLS}
plain = client.get("/sign-in")
names = "DEBUG SESSION_COOKIE_SECURE SESSION_COOKIE_HTTPONLY SESSION_COOKIE_SAMESITE CSRF_COOKIE_SECURE".split()
print(json.dumps([said, plain.status_code, plain.get("Location"), {name: getattr(settings, name) for name in names}]))
"""


def test_production_is_reached_over_tls_alone() -> None:
    urls = ["/api/v1/nothing", "/robots.txt", "/health/live", "/openapi.json", "/realms/estfeed/", "/operator/"]
    kept = {name: os.environ[name] for name in ("PATH", "DATABASE_URL", "REDIS_URL", "DATAHUB_VAR")}
    done = subprocess.run(
        [sys.executable, "-c", _ASK.replace("URLS", repr(urls))],
        cwd=ROOT,
        env={**kept, **PRODUCTION, "DJANGO_SETTINGS_MODULE": "datahub.settings.production"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said, status, location, given = json.loads(done.stdout.splitlines()[-1])
    assert said == dict.fromkeys(urls, "max-age=31536000; includeSubDomains; preload")
    assert (status, location) == (301, "https://hub.example/sign-in")
    assert given == {
        "DEBUG": False,
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_SECURE": True,
    }
