"""Stories of a customer who looks at what she used and fed in: as figures, a picture, a table and a file."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.contracts.market import HOUSE_OF_JAAN, HOUSE_OF_MARI, TALLINN
from tests.contracts.product import Product
from tests.portal.browser.conftest import People
from tests.portal.browser.reader import NARROW, WIDE, Reader
from tests.portal.browser.steps import downloaded, sheets
from tests.portal.browser.test_stories_readings import longest_day, number, table_of

LIST = "/portal/readings"
QUARTERS_OF_25_HOURS = 100
# From what was fetched to the picture, in milliseconds.
MOST_TO_DRAW = 1_000

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]


def kept(reader: Reader) -> list[str]:
    """Give the numbers of the table's first column, as they are written."""
    return [cell.strip() for cell in table_of(reader).locator("td:nth-of-type(1)").all_inner_texts()]


def quarters(first: date, last: date) -> int:
    """Count the quarter-hours of days."""
    start, end = (datetime.combine(day, time(), TALLINN).timestamp() for day in (first, last + timedelta(days=1)))
    return int(end - start) // 900


@pytest.mark.parametrize(("language", "theme", "width"), [("en", "light", WIDE), ("et", "dark", NARROW)])
def test_a_month_says_the_same_in_figures_in_the_picture_and_in_the_table(
    person: People, hub: Product, language: str, theme: str, width: int
) -> None:
    mari = person("mari", language=language, theme=theme, width=width)
    page = mari.page
    mari.open(LIST)
    month = hub.made_on.replace(day=1) - timedelta(days=1)
    mari.open(f"{LIST}?point={HOUSE_OF_MARI}&span=month&day={month}&former=on")
    drawn = page.locator(".chart-canvas canvas")
    expect(drawn).to_be_visible()
    rows = table_of(mari)
    expect(rows).to_have_count(month.day)
    said = page.locator(".chart-said")
    mari.tab_to(page.locator(".chart-canvas"))
    for keys, row in ((["Home"], 0), (["ArrowRight", "ArrowRight"], 2), (["PageDown"], 12), (["End"], month.day - 1)):
        mari.press(*keys)
        for cell in rows.nth(row).locator("td.is-number").all():
            if any(one.isdigit() for one in cell.inner_text()):
                expect(said).to_contain_text(cell.inner_text().strip())
    total = sum(number(cell) for cell in kept(mari))
    figure = number(page.locator(".total-said strong").first.inner_text().replace("kWh", ""))
    assert abs(figure - total) < Decimal("0.6")
    mari.follow(page.locator("main a[rel=prev]"))
    assert f"day={month.replace(day=1) - timedelta(days=1):%Y-%m}" in page.url and "former=on" in page.url


def test_the_day_of_25_hours(person: People, hub: Product) -> None:
    mari = person("mari")
    page = mari.page
    day = longest_day(hub)
    mari.open(f"{LIST}?point={HOUSE_OF_MARI}&span=day&day={day}")
    expect(table_of(mari)).to_have_count(QUARTERS_OF_25_HOURS)
    for one in ("03:15 summer time", "03:15 winter time"):
        expect(page.locator("details.picture-table tbody th", has_text=one)).to_have_count(1)
    assert mari.sees("has 25 hours: the clocks were put back")
    _, content = downloaded(mari, page.locator("main a[href*='form=xlsx']"))
    ((head, *found), *_) = sheets(content).values()
    column = head.index("Consumption, kWh")
    assert [Decimal(str(row[column])) for row in found] == [number(cell) for cell in kept(mari)]
    # The same without scripts, by the server's own picture.
    plain = person("mari", scripts=False)
    plain.page.goto(f"{hub.url}{LIST}?point={HOUSE_OF_MARI}&span=day&day={day}")
    expect(plain.page.locator("svg.chart-drawing")).to_be_visible()
    assert kept(plain) == kept(mari)


def test_a_year_of_quarter_hours_is_drawn_in_less_than_a_second(person: People, hub: Product) -> None:
    mari = person("mari")
    page = mari.page
    last = hub.made_on
    first, yesterday = last - timedelta(days=364), last - timedelta(days=1)
    written = []
    for day in (first, yesterday):
        mari.page.goto(f"{mari.base}{LIST}?point={HOUSE_OF_MARI}&span=day&day={day}")
        written.append(kept(mari))
    query = f"point={HOUSE_OF_MARI}&span=own&first={first}&last={last}&unit=QUARTER_HOUR&former=on"
    page.goto(f"{mari.base}{LIST}?{query}")
    expect(page.locator(".reading-chart.is-drawn")).to_be_visible()
    page.wait_for_function("performance.getEntriesByName('chart-drawn').length > 0")
    took = page.evaluate(
        "() => performance.getEntriesByName('chart-drawn')[0].startTime"
        " - performance.getEntriesByName('chart-fetched')[0].startTime"
    )
    assert took < MOST_TO_DRAW, f"{took:.0f} ms"
    said, canvas = page.locator(".chart-said"), page.locator(".chart-canvas")
    mari.tab_to(canvas)
    (begin, end), today = written, quarters(last, last)
    for keys, amount in (
        (["Home"], begin[0]),
        (["ArrowRight"], begin[1]),
        (["PageDown", "PageDown"], begin[21]),
        (["End", *["PageUp"] * (today // 10), *["ArrowLeft"] * (today % 10)], end[-1]),
        (["ArrowLeft"], end[-2]),
    ):
        mari.press(*keys)
        expect(said).to_contain_text(f"Consumption {amount} kWh")
    mari.look()
    _, content = downloaded(mari, page.locator("main a[href*='form=csv']"))
    assert len(content.decode("utf-8-sig").strip().splitlines()) == quarters(first, last) + 1


def test_of_somebody_else_s_house_nothing_is_seen(person: People) -> None:
    mari = person("mari")
    mari.open(f"{LIST}?point={HOUSE_OF_JAAN}", status=404)
    assert mari.sees("There is nothing here")


@pytest.mark.parametrize(
    ("language", "theme", "width"), [("en", "light", WIDE), ("et", "dark", 390), ("et", "light", 320)]
)
def test_the_table_of_a_year_is_seen_whole_and_the_filters_stay_in_the_page(
    person: People, hub: Product, language: str, theme: str, width: int
) -> None:
    mari = person("mari", language=language, theme=theme, width=width)
    page = mari.page
    mari.open(f"{LIST}?point={HOUSE_OF_MARI}&span=year&day={hub.made_on}&former=on")
    rows = table_of(mari)
    expect(rows).to_have_count(12)
    running = {"en": "so far", "et": "seni"}[language]
    expect(rows.nth(hub.made_on.month - 1).locator("th")).to_contain_text(running)
    fold = page.locator("details.filters-fold > summary")
    if fold.is_visible():
        fold.click()
    expect(page.locator(".filters-buttons a")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # Nothing of the table is scrolled to, neither down nor to the side.
    assert page.locator(".picture-scroll").evaluate(
        "one => one.scrollHeight <= one.clientHeight && one.scrollWidth <= one.clientWidth"
    )
    # The picture says of the running month what its row says.
    mari.tab_to(page.locator(".chart-canvas"))
    mari.press("Home", *["ArrowRight"] * (hub.made_on.month - 1))
    expect(page.locator(".chart-said")).to_contain_text(f", {running}:")
    mari.look()


def test_on_paper_the_columns_of_a_year_beside_the_year_before_stay_in_their_frame(
    person: People, hub: Product
) -> None:
    mari = person("mari")
    page = mari.page
    mari.open(f"{LIST}?point={HOUSE_OF_MARI}&span=year&day={hub.made_on}&former=on")
    expect(page.locator(".reading-chart.is-drawn")).to_be_visible()
    # Both directions and the year before of each, on a sheet with its margins.
    assert page.locator(".reading-table thead th").count() == 7
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 1000})
    assert page.locator(".reading-table").evaluate(
        "one => one.getBoundingClientRect().right <= one.closest('.panel').getBoundingClientRect().right"
    )
