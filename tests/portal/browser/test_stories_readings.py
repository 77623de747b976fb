"""Stories of readings in the browser: seen as a picture and as a table, imported from a workbook, refused."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Locator, expect

from tests.contracts.market import HOUSE_OF_JAAN, HOUSE_OF_KADRI, HOUSE_OF_MARI
from tests.contracts.product import Product
from tests.portal.browser.conftest import People
from tests.portal.browser.reader import NARROW, WIDE, Reader
from tests.portal.browser.steps import downloaded, filled, path_of, press_main, said_at, sheets, upload

LIST = "/operator/readings/"
QUARTERS_OF_25_HOURS = 100

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]


def number(written: str) -> Decimal:
    """Read a number as a person of either language does."""
    kept = [one for one in written if one.isdigit() or one in ",.-"]
    return Decimal("".join(kept).replace(",", "."))


def table_of(reader: Reader) -> Locator:
    """Unfold the table beside the picture; give its rows."""
    if reader.page.locator("details.picture-table[open]").count() == 0:
        reader.page.locator("details.picture-table summary").click()
    return reader.page.locator("details.picture-table tbody tr")


def longest_day(hub: Product) -> date:
    """Give the last day on which the clocks were put back, a while ago."""
    day = hub.made_on - timedelta(days=10)
    while not (day.month == 10 and day.day > 24 and day.isoweekday() == 7):
        day -= timedelta(days=1)
    return day


@pytest.mark.parametrize(("language", "theme", "width"), [("en", "dark", WIDE), ("et", "light", NARROW)])
def test_the_picture_and_the_table_say_the_same(
    person: People, hub: Product, language: str, theme: str, width: int
) -> None:
    operator = person("grid", language=language, theme=theme, width=width)
    page = operator.page
    operator.open(LIST)
    operator.follow(page.locator(f"main tbody a[href='?point={HOUSE_OF_MARI}']"))
    month = hub.made_on.replace(day=1) - timedelta(days=1)
    operator.open(f"{LIST}?point={HOUSE_OF_MARI}&day={month}&former=on")
    drawn = page.locator(".chart-canvas canvas")
    expect(drawn).to_be_visible()
    rows = table_of(operator)
    expect(rows).to_have_count(month.day)
    operator.look()
    said, canvas = page.locator(".chart-said"), page.locator(".chart-canvas")
    operator.tab_to(canvas)
    for keys, row in ((["Home"], 0), (["ArrowRight", "ArrowRight"], 2), (["PageDown"], 12), (["End"], month.day - 1)):
        operator.press(*keys)
        for cell in rows.nth(row).locator("td.is-number").all():
            if any(one.isdigit() for one in cell.inner_text()):
                expect(said).to_contain_text(cell.inner_text().strip())
    total = sum(
        number(cell.inner_text()) for cell in page.locator("details.picture-table tbody td:nth-of-type(1)").all()
    )
    assert number(page.locator(".chart-legend strong").first.inner_text().replace("kWh", "")) == total
    # The month before, by its link.
    operator.follow(page.locator("main a[rel=prev]"))
    assert f"day={month.replace(day=1) - timedelta(days=1):%Y-%m}" in page.url


def test_the_day_of_25_hours(person: People, hub: Product) -> None:
    operator = person("grid")
    page = operator.page
    day = longest_day(hub)
    operator.open(f"{LIST}?point={HOUSE_OF_MARI}&span=day&day={day}")
    rows = table_of(operator)
    expect(rows).to_have_count(QUARTERS_OF_25_HOURS)
    expect(page.locator("details.picture-table tbody th", has_text="03:15 summer time")).to_have_count(1)
    expect(page.locator("details.picture-table tbody th", has_text="03:15 winter time")).to_have_count(1)
    canvas = page.locator(".chart-canvas")
    operator.tab_to(canvas).press("Home")
    operator.press(*["ArrowRight"] * 17)
    expect(page.locator(".chart-said")).to_contain_text("03:15 winter time")
    _, content = downloaded(operator, page.locator("main a[href*='form=xlsx']"))
    ((_, *found), *_) = sheets(content).values()
    assert len(found) == QUARTERS_OF_25_HOURS
    name, content = downloaded(operator, page.locator("main a[href*='form=csv']"))
    assert name.endswith(".csv")
    assert len(content.decode("utf-8-sig").strip().splitlines()) == QUARTERS_OF_25_HOURS + 1


def test_without_scripts(person: People, hub: Product) -> None:
    operator = person("grid", scripts=False)
    page = operator.page
    page.goto(f"{hub.url}{LIST}?point={HOUSE_OF_MARI}&span=day&day={longest_day(hub)}")
    expect(page.locator("svg.chart-drawing")).to_be_visible()
    expect(page.locator(".chart-canvas")).to_be_hidden()
    expect(table_of(operator)).to_have_count(QUARTERS_OF_25_HOURS)


def template(operator: Reader, first: date, last: date) -> bytes:
    """Have a workbook made for Jaan's house."""
    page = operator.page
    operator.open(LIST)
    operator.follow(page.locator(f"main a[href='{LIST}template']"))
    page.locator("[name=points]").fill(HOUSE_OF_KADRI)
    page.locator("[name=first]").fill(str(first))
    page.locator("[name=last]").fill(str(last))
    press_main(operator)
    operator.look()
    # Of a stranger's point there is none.
    assert HOUSE_OF_KADRI in said_at(operator, "points")
    page.locator("[name=points]").fill(HOUSE_OF_JAAN)
    _, content = downloaded(operator, page.locator("main form[method=post] button.btn-primary"))
    return content


def test_readings_are_imported(person: People, hub: Product) -> None:
    """Two weeks of quarter-hours: far enough that there is a while to load the page anew."""
    operator = person("grid", theme="dark")
    page = operator.page
    last = hub.made_on - timedelta(days=2)
    first = last - timedelta(days=13)
    made = template(operator, first, last)
    ((_, *rows), *_) = sheets(made).values()
    quantities = [{"Consumption, kWh": Decimal(number % 900 + 1) / 1000} for number in range(len(rows))]
    operator.open(LIST)
    operator.follow(page.locator(f"main a[href='{LIST}import']"))
    upload(operator, "naidud.xlsx", filled(made, quantities))
    operator.look()
    page.reload()
    expect(page.locator("main .status-good")).to_be_visible(timeout=60_000)
    document = path_of(operator)
    assert document.startswith(f"{LIST}documents/")
    operator.look()
    assert operator.sees("All of its readings were saved.")
    operator.open(f"{LIST}documents/?status=SUCCESSFUL")
    assert page.locator(f"main a[href='{document}']").count() == 1
    operator.open("/operator/jobs/")
    assert operator.sees("naidud.xlsx")
    operator.open(f"{LIST}?point={HOUSE_OF_JAAN}&span=day&day={first}")
    cells = table_of(operator).locator("td:nth-of-type(1)").all_inner_texts()
    assert [number(cell) for cell in cells] == [one["Consumption, kWh"] for one in quantities[: len(cells)]]


def test_a_workbook_with_faults_saves_nothing_and_waits_at_the_start(person: People, hub: Product) -> None:
    operator = person("grid", language="en", width=NARROW)
    page = operator.page
    day = hub.made_on - timedelta(days=3)
    made = template(operator, day, day)
    rows = [{"Consumption, kWh": 1}, {"Metering point (EIC)": HOUSE_OF_KADRI, "Consumption, kWh": 1}]
    operator.open(f"{LIST}import")
    upload(operator, "vead.xlsx", filled(made, rows))
    expect(page.locator("main .status-bad")).to_be_visible(timeout=60_000)
    operator.look()
    assert operator.sees("Nothing was saved.")
    expect(page.locator("main tbody tr").first).to_contain_text("3")
    # What cannot be read at all is told with its place, too.
    operator.open(f"{LIST}import")
    upload(operator, "vead.xlsx", filled(made, [{"Consumption, kWh": "palju"}]))
    expect(page.locator("main .status-bad")).to_be_visible(timeout=60_000)
    operator.look()
    assert operator.sees("palju")
    # The start counts what was refused, and leads to just those.
    operator.open("/operator/")
    tile = page.locator(".tile", has=page.locator("a[href*='/readings/documents/']"))
    count = int(tile.locator(".tile-count").inner_text())
    operator.follow(tile.locator("a"))
    assert page.locator("main tbody tr").count() == count >= 1
