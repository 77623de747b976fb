"""Queries, forms, cookies and headers that no page has made: each page answers, and none crashes.

The names are those of the pages' own forms and filters, so that what is sent is looked at.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from django.forms import BaseForm, Form
from django.test import Client, override_settings
from django.urls import get_resolver, reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from datahub.market import Role
from tests import cast
from tests.metering import points
from tests.portal.client.readings import browser_of
from tests.portal.pages import CLIENT_PAGES, PAGES, client_url_of, url_of
from tests.portal.people import Browser, acting_for

pytestmark = pytest.mark.django_db
ODD = [
    *("", " ", "0", "-1", "9" * 30, "1e999", "NaN", "0x10", "true", "None", "null", "٣", "½", "\x00", "a\x00b", "%"),
    *("0000-00-00", "9999-12-31", "2026-02-30", "2026-03-29T03:30", "2026-13", "-1-01-01", "24:00", "2026-W53", "now"),
    *("<script>", "'; --", "{{ 7 }}", "{% x %}", "../../x", "\r\nX: y", "\u202e", "😀" * 50, "x" * 5_000),
    *("38ZGO-10000018-5", "38X-EIN-GO-----0", "SUPPLY", "ELECTRICITY", "OPEN", "day", "month", "csv", "xlsx", "-name"),
]
values = st.sampled_from(ODD) | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def _forms(kind: type[BaseForm]) -> Iterator[type[BaseForm]]:
    for one in kind.__subclasses__():
        yield one
        yield from _forms(one)


@cache
def field_names() -> list[str]:
    """Give the names of all that the pages' forms and filters ask for, and what lists and files know besides."""
    # With the addresses all forms are there.
    assert get_resolver().url_patterns
    declared = {
        name
        for form in _forms(Form)
        if form.__module__.startswith("portal.")
        for name in getattr(form, "base_fields", {})
    }
    assert len(declared) > 30
    known = ["page", "sort", "form", "find", "eic", "customer", "contents", "next", "back", "error", "state", "point"]
    return sorted({*declared, *known, "by", "way", "kind", "as", "language", "theme", "redirectUrl", "eicCode"})


def queries(count: int) -> st.SearchStrategy[list[tuple[str, str]]]:
    names = st.deferred(lambda: st.sampled_from(field_names()))
    return st.lists(st.tuples(names, values), min_size=1, max_size=count)


def tries(count: int) -> settings:
    return settings(
        max_examples=count,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )


@pytest.fixture
def grid() -> Browser:
    cast.participant(cast.GRID_OPERATOR)
    points.register()
    return acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR)


@pytest.fixture
def supplier() -> Browser:
    cast.participant(cast.OPEN_SUPPLIER)
    return acting_for(cast.OPEN_SUPPLIER, Role.OPEN_SUPPLIER, name="seller")


def check(answer: Any, *what: object) -> None:
    assert answer.status_code < 500, (answer.status_code, *what)
    said = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert b"<script>alert" not in said, what


def open_pages(browser: Browser, urls: list[str], count: int) -> None:
    """Open each page with some queries, and send each some forms."""

    @tries(count)
    @given(sent=queries(8))
    def run(sent: list[tuple[str, str]]) -> None:
        for url in urls:
            query = dict(sent)
            check(browser.get(url, query), "GET", url, query)
            check(browser.send(url, query), "POST", url, query)

    run()


def _urls(role: Role) -> list[str]:
    return [url_of(name) for name, page in PAGES.items() if role in page.roles]


def test_pages_of_operators(grid: Browser) -> None:
    open_pages(grid, _urls(Role.GRID_OPERATOR), 2)


def test_pages_of_suppliers(supplier: Browser) -> None:
    open_pages(supplier, _urls(Role.OPEN_SUPPLIER), 2)


def test_pages_of_customers() -> None:
    cast.mari()
    open_pages(browser_of(), [client_url_of(name) for name in CLIENT_PAGES], 4)


@pytest.mark.long
@pytest.mark.timeout(1_800)
def test_all_pages_many_times(grid: Browser, supplier: Browser) -> None:
    open_pages(grid, _urls(Role.GRID_OPERATOR), 150)
    open_pages(supplier, _urls(Role.OPEN_SUPPLIER), 150)
    cast.mari()
    open_pages(browser_of(), [client_url_of(name) for name in CLIENT_PAGES], 150)


COOKIES = ["session", "csrftoken", "django_language", "theme", "shown_once", "messages"]
HEADERS = [
    *("accept-language", "referer", "origin", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-unasked"),
    *("hx-request", "hx-current-url", "hx-target", "if-none-match", "if-modified-since", "range", "accept-encoding"),
    *("cookie", "x-csrftoken", "content-type", "user-agent"),
]
OPEN_URLS = [
    "/",
    "/sign-in",
    "/sign-in/openid/callback",
    "/role",
    "/portal/grant",
    "/operator/",
    "/health/live",
    "/robots.txt",
]
POSTED = ["/sign-in", "/role", "/language", "/theme", "/sign-out", "/admin/login/"]
lines = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40) | st.sampled_from(
    [
        "*",
        "en;q=x",
        "et, en;q=0.5, *;q=0",
        "x" * 5_000,
        "127.0.0.1, ::1",
        "null",
        "http://evil",
        "bytes=0-",
        "a=b; =; ;;c",
    ]
)


@tries(40)
@given(
    cookies=st.dictionaries(st.sampled_from(COOKIES), lines, max_size=4),
    headers=st.dictionaries(st.sampled_from(HEADERS), lines, max_size=4),
    sent=queries(6),
    proxies=st.integers(0, 2),
)
def test_whoever_has_not_signed_in_crashes_nothing(
    cookies: dict[str, str], headers: dict[str, str], sent: list[tuple[str, str]], proxies: int
) -> None:
    with override_settings(TRUSTED_PROXIES=proxies):
        for url in (*OPEN_URLS, reverse("admin:index")):
            client = Client(raise_request_exception=False, headers=headers)
            client.cookies.load(cookies)
            check(client.get(url, dict(sent)), "GET", url, cookies, headers, sent)
        for url in POSTED:
            client = Client(raise_request_exception=False, enforce_csrf_checks=len(sent) % 2 == 0, headers=headers)
            client.cookies.load(cookies)
            check(client.post(url, dict(sent)), "POST", url, cookies, headers, sent)
