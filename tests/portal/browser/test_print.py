"""Pages on paper: pictures with their tables, and nothing that leads elsewhere. Source: `5-web.md`."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.contracts.market import HOUSE_OF_MARI
from tests.portal.browser.conftest import People
from tests.portal.browser.reader import Reader

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]
POINT, READINGS = f"/operator/metering-points/{HOUSE_OF_MARI}", f"/operator/readings/?point={HOUSE_OF_MARI}"


def agreement(operator: Reader) -> None:
    operator.open(POINT)
    operator.open(str(operator.page.locator("main .timeline-link").first.get_attribute("href")))


def point(operator: Reader) -> None:
    operator.open(POINT)


def readings(operator: Reader) -> None:
    operator.open(READINGS)


@pytest.mark.parametrize(
    ("go", "picture"),
    [(agreement, ".timeline-frame"), (point, ".timeline-frame"), (readings, ".chart-server .chart-drawing")],
)
def test_a_picture_is_printed_with_its_table(person: People, go: Callable[[Reader], None], picture: str) -> None:
    operator = person("grid", theme="dark")
    page = operator.page
    page.add_init_script("window.print = () => { document.documentElement.dataset.printed = 'yes'; };")
    go(operator)
    button = page.locator("main [data-print]")
    expect(button).to_have_count(1)
    button.click()
    expect(page.locator("html")).to_have_attribute("data-printed", "yes")
    page.emulate_media(media="print")
    expect(page.locator(f"main {picture}").first).to_be_visible()
    expect(page.locator("main .picture table tbody tr").first).to_be_visible()
    for hidden in (".header", ".nav-side", ".footer", ".page-actions", "[data-print]", "main .picture-table > summary"):
        for one in page.locator(hidden).all():
            expect(one).to_be_hidden()


def test_without_scripts_there_is_no_button_that_does_nothing(person: People) -> None:
    operator = person("grid", scripts=False)
    for path in (POINT, READINGS):
        operator.page.goto(operator.base + path)
        expect(operator.page.locator("[data-print]")).to_be_hidden()
