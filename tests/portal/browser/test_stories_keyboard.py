"""Access is given and ended by keyboard alone, with the focus always seen, and in a page that has no scripts."""

import pytest
from playwright.sync_api import Locator, expect

from tests.contracts.market import ADVICE, HOUSE_OF_JAAN
from tests.contracts.product import Product
from tests.portal.browser.conftest import People
from tests.portal.browser.granting import AUTHORIZATIONS, NEW, go_to_summary
from tests.portal.browser.reader import NARROW, WIDE, Reader
from tests.portal.browser.steps import path_of, press_main, told, type_day

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]


def enter(reader: Reader, target: Locator) -> None:
    """Go to a link or a button by Tab and press Enter; look at where that leads."""
    reader.tab_to(target)
    with reader.page.expect_navigation():
        reader.press("Enter")
    reader.look()


def go_on(reader: Reader) -> None:
    enter(reader, reader.page.locator("main form[method=post] button.btn-primary"))


def pick(reader: Reader, name: str, value: str) -> None:
    """Choose one of several by the arrows; Tab leads to the chosen one, or to the first while none is."""
    choices = reader.page.locator(f"main [name={name}]")
    chosen = reader.page.locator(f"main [name={name}]:checked")
    if chosen.count():
        reader.tab_to(chosen)
    else:
        reader.tab_to(choices).press("Space")
    wanted = reader.page.locator(f"main [name={name}][value='{value}']")
    for _ in range(choices.count()):
        if wanted.is_checked():
            return
        reader.press("ArrowDown")
    raise AssertionError(f"{value} of {name} cannot be chosen by the arrows")


def tick(reader: Reader, name: str, value: str) -> None:
    box = reader.page.locator(f"main [name={name}][value='{value}']")
    if not box.is_checked():
        reader.tab_to(box).press("Space")
    expect(box).to_be_checked()


@pytest.mark.parametrize(("language", "width"), [("en", WIDE), ("et", NARROW)])
def test_the_keyboard_is_enough(person: People, hub: Product, language: str, width: int) -> None:
    jaan = person("jaan", "customer", language=language, width=width)
    page = jaan.page
    jaan.open(AUTHORIZATIONS)
    enter(jaan, page.locator(f"main a[href='{NEW}']"))
    # Nothing chosen: it is said what is missing, and the way to it is a link.
    go_on(jaan)
    enter_fault = page.locator("main .error-summary a, main .alert a[href^='#'], main [role=alert] a")
    expect(enter_fault.first).to_be_visible()
    pick(jaan, "role", "ENERGY_SERVICE_PROVIDER")
    go_on(jaan)
    tick(jaan, "receivers", ADVICE)
    go_on(jaan)
    tick(jaan, "points", HOUSE_OF_JAAN)
    go_on(jaan)
    pick(jaan, "purpose", "FLEXIBILITY")
    pick(jaan, "lasting", "own")
    for name, day in (("first", hub.made_on), ("last", hub.made_on.replace(year=hub.made_on.year + 1, day=1))):
        type_day(jaan, page.locator(f"main [name={name}]"), str(day))
    pick(jaan, "seen", "new")
    go_on(jaan)
    assert path_of(jaan).endswith("/summary")
    jaan.tab_to(page.locator("main details summary")).press("Enter")
    assert jaan.sees(HOUSE_OF_JAAN)
    go_on(jaan)
    assert path_of(jaan).endswith("/done")
    enter(jaan, page.locator("main .place-links a[href*='/authorizations/']"))
    enter(jaan, page.locator("main a.btn-danger"))
    enter(jaan, page.locator("main form[method=post] button.btn-danger"))
    assert "Energianõu OÜ" in told(jaan)


def test_without_scripts_all_of_it_works_too(person: People) -> None:
    jaan = person("jaan", "customer", scripts=False, width=NARROW)
    page = jaan.page
    # Both pairs of days are asked for where they are chosen, by the style sheet alone.
    terms = {"purpose": "RESEARCH", "lasting": "open", "seen": "past"}
    go_to_summary(jaan, "ENERGY_SERVICE_PROVIDER", ADVICE, [HOUSE_OF_JAAN], terms)
    press_main(jaan)
    assert path_of(jaan).endswith("/done")
    jaan.follow(page.locator("main .place-links a[href*='/authorizations/']"))
    assert jaan.sees("Until you end it")
    jaan.follow(page.locator("main a.btn-danger"))
    press_main(jaan)
    told(jaan)
