"""Every page as every kind of user, in both languages, narrow and wide, light and dark.

The pages are found by going along the links, so that a new one is looked at without a line here; one that no link
leads to is named below, with the reason. Source: `5-web.md`.
"""

from collections.abc import Callable, Iterator
from itertools import product

import pytest
from playwright.sync_api import Browser

from tests.contracts.product import Product
from tests.portal.browser.kinds import CUSTOMERS, EVERYBODY_ELSE, OTHERS, SOME, Walker, let_act
from tests.portal.browser.reader import NARROW, WIDE, reader
from tests.portal.browser.walk import Visitor
from tests.portal.pages import PAGES, names

# Addresses of forms alone, and those that answer no reader of the demo.
NO_PAGES = {
    *(
        "sign-out",
        "language",
        "theme",
        "live",
        "ready",
        "serves",
        "metrics",
        "openapi",
        "swagger-ui",
        "robots",
        "favicon",
    ),
    *("operator", "client"),
    *("openid", "openid-callback"),
}
# Led to only in a state that lasts a moment or that the demo market does not have, or asked for by a script.
PASSING = {
    *("operator:reading-import-progress", "operator:reading-data", "client:reading-data"),
    *(
        "operator:plan-connection-request",
        "operator:refuse-connection-request",
        "operator:delete-agreement",
        "operator:secret",
    ),
}
# Led to from nowhere, on purpose.
HIDDEN = "operator:style"
LOOKS = list(product(("en", "et"), ("light", "dark"), (NARROW, WIDE)))
Visit = Callable[..., Visitor]


def walks(visit: Visit, walkers: list[Walker] = SOME) -> Iterator[tuple[Visitor, dict[str, list[str]]]]:
    for username, role, start in walkers:
        one = visit(username, role)
        yield one, one.walk(start)


def look(
    chrome: Browser,
    hub: Product,
    who: Visitor,
    paths: list[str],
    language: str,
    theme: str,
    width: int,
    *,
    scripts: bool = True,
) -> list[str]:
    """Open pages in one window; give what is wrong with them."""
    cookies = {**who.cookies, "theme": theme}
    window = reader(chrome, hub.url, language=language, theme=theme, width=width, scripts=scripts, cookies=cookies)
    for path in paths:
        window.open(path, status=who.answers.get(path, 200))
    window.context.close()
    return [f"{who.name}, {theme}: {problem}" for problem in window.problems]


pytestmark = pytest.mark.usefixtures("lived_in")


def test_the_style_page(hub: Product, chrome: Browser, visit: Visit) -> None:
    nobody = visit("", 0)
    assert not [problem for look_ in LOOKS[2:6] for problem in look(chrome, hub, nobody, ["/operator/style"], *look_)]


def test_a_link_leads_to_every_page(visit: Visit) -> None:
    reached = {name.partition("/")[0] for one, pages in walks(visit) for name in (*pages, *one.downloads)}
    by_get = {f"operator:{name}" for name, page in PAGES.items() if "GET" in page.methods}
    wanted = (
        {name for name, _ in names() if not name.startswith("operator:") or name in by_get}
        - NO_PAGES
        - PASSING
        - {HIDDEN}
    )
    assert wanted <= reached, sorted(wanted - reached)


@pytest.mark.timeout(240)
def test_each_page_once(hub: Product, chrome: Browser, visit: Visit) -> None:
    """Each page is opened by somebody, and each language, width and colour is met."""
    seen: set[str] = set()
    problems = []
    for turn, (who, pages) in enumerate(walks(visit)):
        fresh = sorted(set(pages) - seen) or sorted(pages)[:1]
        seen |= set(fresh)
        # Neighbours are looked at differently, and each in another way with each kind of user.
        for start in range(min(4, len(fresh))):
            language, theme, width = LOOKS[(turn * 3 + start * 5) % len(LOOKS)]
            problems += look(chrome, hub, who, [pages[name][0] for name in fresh[start::4]], language, theme, width)
    assert not problems, "\n".join(dict.fromkeys(problems))


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_customers_pages_without_scripts(hub: Product, chrome: Browser, visit: Visit) -> None:
    """What a script would draw, unfold or hide stands there in another way, and nothing is too wide for a phone."""
    problems = []
    for turn, (who, pages) in enumerate(walks(visit, CUSTOMERS)):
        paths = [path for name, found in pages.items() if name.startswith("client:") for path in found]
        look_ = ("en", "et")[turn % 2], "light", NARROW
        problems += look(chrome, hub, who, paths, *look_, scripts=False)
    assert not problems, "\n".join(dict.fromkeys(problems))


@pytest.fixture(scope="module")
def in_every_role(hub: Product) -> None:
    """Let somebody act in the roles that no person of the cast has."""
    let_act(hub)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("in_every_role")
@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_all_pages_as_everybody(
    hub: Product, chrome: Browser, visit: Visit, language: str, theme: str, width: int
) -> None:
    problems = []
    for who, pages in walks(visit, [*SOME, *OTHERS, *EVERYBODY_ELSE]):
        problems += look(chrome, hub, who, [path for paths in pages.values() for path in paths], language, theme, width)
    assert not problems, "\n".join(dict.fromkeys(problems))
