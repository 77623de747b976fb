"""The first page, what is answered where there is no page, and what browsers and search engines ask for."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory

from datahub.market import Role
from datahub.wire import handlers
from tests import cast
from tests.portal.people import acting_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Client:
    cast.participant(cast.GRID_OPERATOR)
    return acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR)


@pytest.mark.parametrize("path", ["/operator/", "/sign-in", "/swagger-ui/index.html", "/openapi.json", "/admin/"])
def test_the_first_page_leads_everywhere(client: Client, path: str) -> None:
    shown = client.get("/").content.decode()
    assert f'href="{path}"' in shown
    assert client.get(path).status_code in {200, 302}


def test_it_speaks_the_language_of_the_reader(client: Client) -> None:
    assert '<html lang="et"' in client.get("/", headers={"accept-language": "et"}).content.decode()
    assert '<html lang="en"' in client.get("/", headers={"accept-language": "de"}).content.decode()


def test_who_has_signed_in_is_led_to_her_work(operator: Client) -> None:
    shown = operator.get("/").content.decode()
    assert "Go to your work" in shown and 'href="/sign-in"' not in shown


def test_the_demo_says_that_it_is_one(client: Client, settings: object) -> None:
    assert "you can act as anyone in it" in client.get("/").content.decode()
    settings.IS_DEMO = False  # type: ignore[attr-defined]
    assert "you can act as anyone in it" not in client.get("/").content.decode()


@pytest.mark.parametrize("path", ["/", "/sign-in", "/robots.txt", "/favicon.ico", "/operator", "/role", "/operator/"])
def test_head_answers_as_get_does(client: Client, path: str) -> None:
    assert client.head(path).status_code == client.get(path).status_code
    assert client.head(path).content == b""


def test_search_engines_are_kept_out(client: Client) -> None:
    answer = client.get("/robots.txt")
    assert (answer["Content-Type"], answer.content) == ("text/plain; charset=utf-8", b"User-agent: *\nDisallow: /\n")


def test_the_sign_of_the_hub_is_found_where_browsers_look(client: Client) -> None:
    assert client.get("/favicon.ico")["Location"] == "/static/icon.svg"


def test_a_forgotten_slash_is_forgiven(client: Client) -> None:
    answer = client.get("/operator?x=1")
    assert (answer.status_code, answer["Location"]) == (302, "/operator/?x=1")


@pytest.mark.parametrize("path", ["/nothing", "/operator/nothing", "/operator/enquiries/x", "/portal/x.php"])
def test_where_there_is_no_page(operator: Client, path: str) -> None:
    for browser in (operator, Client()):
        answer = browser.get(path)
        assert answer.status_code == 404
        assert "There is nothing here" in answer.content.decode()
        assert "Content-Security-Policy" in answer


@pytest.mark.parametrize("secure", [False, True])
def test_a_wrong_host_is_refused_with_all_headers(client: Client, settings: Any, secure: bool) -> None:
    settings.ALLOWED_HOSTS = ["hub.example"]
    settings.SECURE_SSL_REDIRECT = secure
    for path in ("/", "/sign-in", "/operator/", "/static/icon.svg"):
        answer = client.get(path, headers={"host": "elsewhere.example"})
        if path.startswith("/static") and not secure:
            assert answer.status_code == 200
        else:
            assert answer.status_code == 400 and "elsewhere" not in answer.content.decode()
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"


def test_an_operator_finds_back_from_there(operator: Client) -> None:
    assert 'href="/operator/enquiries/"' in operator.get("/operator/nothing").content.decode()


def test_a_crash_is_said_in_both_languages(rf: RequestFactory) -> None:
    answer = handlers.crashed(rf.get("/operator/"))
    assert answer.status_code == 500
    assert "Something went wrong here" in answer.content.decode() and "Midagi läks" in answer.content.decode()


def test_while_the_database_is_away_a_page_asks_to_come_again(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr("portal.pages.acting.current", gone)
    operator.raise_request_exception = False
    answer = operator.get("/operator/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "try again in a moment" in answer.content.decode()
