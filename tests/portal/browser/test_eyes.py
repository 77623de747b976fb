"""The eyes on each page see what is wrong: a page with every fault, and one without any."""

import pytest
from playwright.sync_api import Browser, Route

from tests.contracts.product import Product
from tests.portal.browser.reader import NARROW, Reader, reader

GOOD = (
    '<!doctype html><html lang="et"><head><title>Leht</title></head>'
    '<body><main><h1>Pealkiri</h1><p class="x">Tekst</p></main></body></html>'
)
FAULTS = {
    "headings h1": ("</h1>", "</h1><h1>Teine</h1>"),
    "says that its language": ('lang="et"', 'lang="en"'),
    "too wide": ("Tekst", "x" * 400),
    "script or style": ('class="x"', 'style="color: red"'),
    "no title": ("<title>Leht</title>", "<title> – </title>"),
    "English": ("Tekst", "This is what you see"),
    "axe: image-alt": ("Tekst", '<img src="/static/icon.svg">'),
    "axe: label": ("Tekst", "<input>"),
    "asks another host": ("Tekst", '<img alt="" src="http://127.0.0.2:9/x.png">'),
    "console": ("Tekst", "<script src='/said.js'></script>"),
    "404 for": ("Tekst", '<img alt="" src="/static/nothing.png">'),
}


def _seen(chrome: Browser, hub: Product, html: str) -> Reader:
    window = reader(chrome, hub.url, language="et", width=NARROW)

    def page(route: Route) -> None:
        route.fulfill(body=html, content_type="text/html; charset=utf-8")

    window.page.route("**/tried", page)
    window.page.route(
        "**/said.js", lambda route: route.fulfill(body="console.error('x')", content_type="text/javascript")
    )
    window.open("/tried")
    window.context.close()
    return window


def test_nothing_is_wrong_with_a_good_page(chrome: Browser, hub: Product) -> None:
    assert _seen(chrome, hub, GOOD).problems == []


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_seen(chrome: Browser, hub: Product, fault: str) -> None:
    problems = _seen(chrome, hub, GOOD.replace(*FAULTS[fault])).problems
    assert any(fault in problem for problem in problems), problems
