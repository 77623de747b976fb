"""The hub that the browser looks at, started once, and the people who look."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.contracts import readings
from tests.contracts.client import Client
from tests.contracts.market import TALLINN
from tests.contracts.product import Product
from tests.portal.browser import chromium, granting
from tests.portal.browser.reader import WIDE, Reader, reader
from tests.portal.browser.walk import Visitor, visitor

# A name of the cast; which of her roles, by its place or a part of its key; language, theme, width, scripts.
People = Callable[..., Reader]


@pytest.fixture(scope="package")
def hub() -> Iterator[Product]:
    """Start a hub with the demo market."""
    started = Product()
    try:
        started.start()
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="package")
def chrome() -> Iterator[Browser]:
    """Start the browser. It is stopped with the package: while it runs, this process may not use Django's database."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium.path(), args=chromium.ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="package")
def visit(hub: Product) -> Iterator[Callable[..., Visitor]]:
    """Give a maker of visitors: who is signed in, without a browser; each signs in once."""
    made: dict[tuple[str, int | str], Visitor] = {}

    def make(username: str, role: int | str = 0) -> Visitor:
        if (username, role) not in made:
            made[username, role] = visitor(hub.url, username, role)
        return made[username, role]

    yield make
    for one in made.values():
        one.http.close()


@pytest.fixture(scope="package")
def lived_in(hub: Product, visit: Callable[..., Visitor]) -> None:
    """Let happen what a fresh demo market does not have: an import, a client switched off, access given."""
    yesterday = datetime.now(TALLINN).date() - timedelta(days=1)
    system = Client.of(hub.url, "38X-EIN-GO-----0", "GRID_OPERATOR")
    made = readings.made("38ZGO-10000003-O", readings.intervals(yesterday, yesterday), both=False)
    answer = system.post("/meter-data", meterData=readings.message(made))
    assert answer.status_code in {200, 202}, answer.text
    system.http.close()
    grid, everyone = visit("grid"), visit("all", "AGGREGATOR")
    template = grid.http.get("/operator/metering-points/template").content
    done = grid.send("/operator/metering-points/import", {}, files={"file": ("points.xlsx", template)})
    grid.been += ["/operator/jobs/", done]
    (path, *_) = everyone.walk("/operator/")["operator:switch-off"]
    everyone.been.append(everyone.send(path, {}))
    everyone.pages.clear()
    granting.go_through_giving(visit("mari"))
    hub.settle()


@pytest.fixture
def person(hub: Product, chrome: Browser) -> Iterator[People]:
    """Give a maker of people, who sign in on the demo's page; nothing may be wrong with a page that they saw."""
    readers: list[Reader] = []

    def make(
        username: str = "",
        role: int | str = 0,
        *,
        language: str = "en",
        theme: str = "light",
        width: int = WIDE,
        scripts: bool = True,
    ) -> Reader:
        made = reader(chrome, hub.url, language=language, theme=theme, width=width, scripts=scripts)
        readers.append(made)
        if username:
            made.page.goto(f"{hub.url}/sign-in")
            made.follow(made.page.locator(f"button[name=username][value={username}]"), look=False)
            if "/role" in made.page.url:
                chosen = f"[value*='{role}']" if isinstance(role, str) else ""
                choice = made.page.locator(f"button.choice{chosen}").nth(role if isinstance(role, int) else 0)
                made.follow(choice, look=False)
            # She may have wanted another language and other colours in another test.
            for name, value in {"django_language": language, "theme": "auto"}.items():
                made.context.add_cookies([{"name": name, "value": value, "url": hub.url}])
        return made

    yield make
    problems = [problem for one in readers for problem in one.problems]
    for one in readers:
        one.context.close()
    assert not problems, "\n".join(dict.fromkeys(problems))
