"""The staff's pages in a real browser: all of them, with eyes on what may be wrong, and what staff do there."""

import os
import re
from base64 import b32decode
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp
from playwright.sync_api import Browser, sync_playwright

from datahub.parties.models import User
from datahub.parties.services import second_factor
from tests import staff
from tests.admin_pages import ABOUT, ADD, DELETE, MODELS, SITE, urls
from tests.admin_rows import one_of_each
from tests.distribution.market import GO
from tests.portal.browser import chromium
from tests.portal.browser.reader import Reader, reader

pytestmark = [pytest.mark.django_db(transaction=True)]
PASSWORD = "a-long-passphrase"
NARROW, WIDE = 390, 1200
LOOKS = list(product(("en", "et"), ("light", "dark"), (NARROW, WIDE)))
# Of each kind of page one, and those that the hub's own templates make.
SAMPLE = (
    "index",
    "outbox.unit changelist",
    "parties.party change",
    "parties.user add",
    "metering.pointreadings change",
)
# What is Django's own, is in nobody's way, and would take copies of its templates or scripts to mend; with the reason.
ALLOWED = {
    # Rows of a form have a column for what each is called and one for deleting it, which say in each row what they are.
    r"axe: empty-table-header: [^|]*(<th class=\"original\"></th>|<th></th>)",
    # The sign beside a filter says what the filter is for, which has a label too.
    r"axe: aria-prohibited-attr: [^|]*class=\"help-tooltip search-label-icon\"",
    # A choice in which nothing is chosen has no name while it is closed; the label above leads to it.
    r"axe: aria-input-field-name: [^|]*class=\"select2-selection",
    # Its scripts have no Estonian for these, and its sign for a yes or no that is not known is named so.
    r"English: \[('(Choose|Remove) [^']+ by selecting them[^']+'(, )?|'Filter'(, )?)+\]",
    r"English: \[('None'(, )?)+\]",
    # Its scripts set styles on what they make; the browser refuses those of the page itself, and complains.
    r"script or style in the page",
}
Windows = Callable[..., Reader]


@pytest.fixture
def anu() -> User:
    """Give a superuser with a second factor."""
    made = User.objects.create_superuser("anu", password=PASSWORD)
    second_factor.give_demo_device(made)
    return made


@pytest.fixture
def pages(anu: User) -> dict[str, str]:
    """Make a small market, and give the addresses of the admin's pages, of a row of each model, by their names."""
    rows = one_of_each(by=anu)
    new = User.objects.create_superuser("new", password=PASSWORD)
    found = {name: reverse(f"admin:{name}", args=ABOUT.get(name)) for name in SITE if name in _OF_ALL}
    for model, name, url in urls(rows):
        if name not in (ADD, DELETE) or name in MODELS[model].writes:
            found[f"{model} {name}"] = url
    found["parties.user parties_user_second_factor"] = reverse("admin:parties_user_second_factor", args=[new.pk])
    return found


_OF_ALL = ("index", "recovery_codes", "password_change", "app_list")


@pytest.fixture
def chrome(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """Start a browser."""
    # Its own loop runs in this thread; nothing of the database is asked while it does.
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.path(), args=chromium.ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def window(live_server: Any, chrome: Browser) -> Iterator[Windows]:
    """Give a maker of windows, by whom who is signed in; nothing may be wrong with a page that was looked at."""
    made: list[Reader] = []

    def make(user: User | None = None, language: str = "en", theme: str = "light", width: int = WIDE) -> Reader:
        key = settings.SESSION_COOKIE_NAME
        cookies = {} if user is None else {key: staff.sign_in(Client(), user).cookies[key].value}
        made.append(reader(chrome, live_server.url, language=language, theme=theme, width=width, cookies=cookies))
        return made[-1]

    yield make
    problems = [problem for one in made for problem in _wrong(one)]
    assert not problems, "\n".join(dict.fromkeys(problems))


def _wrong(opened: Reader) -> list[str]:
    """Give what is wrong with the pages that were looked at, and not allowed to be."""
    return [problem for problem in opened.problems if not any(re.search(allowed, problem) for allowed in ALLOWED)]


@pytest.mark.parametrize("look", [LOOKS[2], LOOKS[5]], ids=str)
def test_pages_of_each_kind(pages: dict[str, str], anu: User, window: Windows, look: tuple[str, str, int]) -> None:
    opened = window(anu, *look)
    for name in SAMPLE:
        assert _wrong(opened.open(pages[name])) == []


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_every_page(pages: dict[str, str], anu: User, window: Windows, look: tuple[str, str, int]) -> None:
    opened = window(anu, *look)
    for address in pages.values():
        assert _wrong(opened.open(address)) == []


@pytest.mark.long
def test_a_unit_is_discarded_by_keyboard(pages: dict[str, str], anu: User, window: Windows) -> None:
    opened = window(anu)
    unit = opened.open(pages["outbox.unit changelist"]).page
    opened.tab_to(unit.locator("#result_list .action-select")).press("Space")
    opened.tab_to(unit.locator("select[name=action]")).type("Discard")
    opened.tab_to(unit.locator("button[name=index]"))
    with unit.expect_navigation():
        opened.press("Enter")
    opened.look().tab_to(unit.locator(".submit-row [type=submit]"))
    with unit.expect_navigation():
        opened.press("Enter")
    opened.look()
    assert "1 unit was discarded." in unit.inner_text(".messagelist")


@pytest.mark.long
def test_a_participant_is_looked_up_and_the_widgets_of_the_admin_work(
    pages: dict[str, str], anu: User, window: Windows
) -> None:
    opened = window(anu)
    page = opened.open(pages["parties.technicaluser add"]).page
    page.click(".select2-selection")
    # What is typed takes back the question that opening has asked, of which the browser would complain: it is answered
    # first. The list shows its former answer until the next is there, and what is marked in that may be another party.
    page.wait_for_selector(".select2-results__option--highlighted")
    page.keyboard.type("38X-EIN-GO")
    page.wait_for_selector(f".select2-results:not(:has(.loading-results)) li:only-child:has-text('{GO}')")
    page.click(".select2-results__option--highlighted")
    assert GO in page.inner_text(".select2-selection__rendered")
    opened.open(pages["parties.party add"])
    page.click("#redirect_hosts-group .add-row a")
    page.fill("#id_redirect_hosts-0-host", "www.example.com")
    opened.open("/admin/access/accesslog/")
    page.fill("#days-from", "2020-01-01")
    page.click(".days-filter button")
    page.wait_for_url("**from=2020-01-01**")


@pytest.mark.long
def test_a_new_member_of_staff_sets_up_her_second_factor(window: Windows) -> None:
    User.objects.create_superuser("new", password=PASSWORD)
    opened = window()
    page = opened.open("/admin/").page
    page.fill("#id_username", "new")
    page.fill("#id_password", PASSWORD)
    page.fill("#id_code", "")
    page.click("#login-form [type=submit]")
    page.wait_for_url("**/admin/enrol/")
    opened.look()
    assert page.locator("svg.qr-code").bounding_box()["width"] > 150  # type: ignore[index]
    secret = page.inner_text("#secret").replace(" ", "")
    page.fill("#id_code", f"{totp(b32decode(secret)):06d}")
    page.keyboard.press("Enter")
    page.wait_for_selector(".recovery-codes")
    opened.look()
    assert page.locator(".recovery-codes li").count() == second_factor.RECOVERY_CODES
    page.click("a.button")
    page.wait_for_selector("#user-tools")
