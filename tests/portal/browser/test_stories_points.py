"""Stories of metering points in the browser: found, added, changed, imported from a workbook and exported."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.contracts.market import BAKERY, HOUSE_OF_MARI, POINTS
from tests.contracts.product import Product
from tests.portal.browser.conftest import People
from tests.portal.browser.reader import NARROW, WIDE, Reader
from tests.portal.browser.steps import (
    AREA,
    downloaded,
    fill_in_point,
    filled,
    free_codes,
    path_of,
    press_main,
    said_at,
    sheets,
    told,
    upload,
)

LIST = "/operator/metering-points/"
ROW: dict[str, Any] = {
    "Type of metering point": "Regular",
    "How it is read": "Read remotely",
    "County": "Harju maakond",
    "Municipality": "Tallinn",
    "Size of consumption": "Small consumer",
    "Connection": "Connected",
    "Resolution": "Quarter-hour",
    "Type of customer": "Consumer",
    "Transmission network": AREA,
}

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]


@pytest.mark.parametrize(("language", "theme", "width"), [("en", "dark", WIDE), ("et", "light", NARROW)])
def test_a_point_is_added_and_changed(person: People, hub: Product, language: str, theme: str, width: int) -> None:
    (code,) = free_codes(hub, 1)
    operator = person("grid", language=language, theme=theme, width=width)
    page = operator.page
    operator.open(LIST)
    operator.follow(page.locator(f"main a[href='{LIST}new']"))
    fill_in_point(operator)
    # Another type shows the form anew, and what was filled in stays.
    with page.expect_response("**/metering-points/new"):
        page.locator("[name=type]").select_option("INTERNAL")
    expect(page.locator("[name=type]")).to_have_value("INTERNAL")
    expect(page.locator("[name=county]")).to_have_value("Harju maakond")
    with page.expect_response("**/metering-points/new"):
        page.locator("[name=type]").select_option("REGULAR")
    # The code is completed while it is typed.
    page.locator("[name=eic]").press_sequentially(code[:15])
    expect(page.locator("#completed-code strong")).to_have_text(code)
    page.locator("[name=eic]").fill("38ZGO-2S0000001")
    page.locator("[name=production]").check()
    press_main(operator)
    operator.look()
    expect(page.locator(".error-summary")).to_be_focused()
    said_at(operator, "eic")
    page.locator("[name=eic]").fill(code[:15])
    press_main(operator)
    operator.look()
    said_at(operator, "production_source")
    page.locator("[name=production_source]").select_option("SOLAR")
    press_main(operator)
    operator.look()
    assert code in told(operator)
    assert path_of(operator) == f"{LIST}{code}"
    operator.follow(page.locator(f"main a[href='{LIST}{code}/change']"))
    # What is sent as it stands is told so; then something is changed.
    press_main(operator)
    operator.look()
    expect(page.locator(".error-summary")).to_be_focused()
    page.locator("[name=location_comment]").fill("Kuuri taga")
    press_main(operator)
    operator.look()
    told(operator)
    assert operator.sees("Kuuri taga")
    assert page.locator("#history + .steps > li").count() == 2


def test_what_somebody_else_changed_meanwhile_is_not_overwritten_unseen(person: People, hub: Product) -> None:
    operator = person("grid")
    (code,) = free_codes(hub, 1)
    operator.open(f"{LIST}new")
    fill_in_point(operator)
    operator.page.locator("[name=eic]").fill(code)
    press_main(operator)
    told(operator)
    first, second = operator, person("grid", theme="dark")
    for one, words in ((first, "Behind the shed"), (second, "In the cellar")):
        one.open(f"{LIST}{code}/change")
        one.page.locator("[name=location_comment]").fill(words)
    press_main(second)
    told(second)
    press_main(first)
    first.look()
    notice = first.page.locator("main .alert-warning")
    expect(notice).to_be_focused()
    expect(notice).to_contain_text("In the cellar")
    expect(first.page.locator("[name=location_comment]")).to_have_value("Behind the shed")
    second.open(f"{LIST}{code}")
    assert not second.sees("Behind the shed")
    # She has seen it, and wants hers.
    press_main(first)
    told(first)
    first.look()
    assert first.sees("Behind the shed")


def test_the_list_is_searched_and_its_chips_taken_away(person: People) -> None:
    operator = person("grid", width=NARROW, theme="dark")
    page = operator.page
    municipality = _municipality(operator)
    operator.open(LIST)
    # On a narrow screen the filters are folded.
    page.locator("main .filters-fold > summary").click()
    page.locator("main .filters [name=type]").select_option("REGULAR")
    page.locator("main .filters summary").click()
    page.locator("main .filters [name=production]").select_option("yes")
    page.locator("main .filters [name=municipality]").fill(municipality)
    operator.follow(page.locator("main .filters button.btn-primary"))
    chips = page.locator(".chips .chip")
    expect(chips).to_have_count(3)
    assert page.locator(f"tbody a[href='{LIST}{HOUSE_OF_MARI}']").count() == 1
    found = page.locator("tbody tr").count()
    operator.follow(chips, look=False)
    operator.look()
    expect(chips).to_have_count(2)
    operator.follow(page.locator(".chips .chip-all"), look=False)
    expect(chips).to_have_count(0)
    assert page.locator("tbody tr").count() > found
    operator.open(f"{LIST}?municipality=Nowhere")
    assert operator.sees("No metering point matches the filters")


def _municipality(operator: Reader) -> str:
    """Give the municipality of Mari's house, as its page says it."""
    operator.open(f"{LIST}{HOUSE_OF_MARI}")
    said = operator.page.locator("section[aria-labelledby=location] dt", has_text="Municipality").locator("+ dd")
    return said.inner_text()


def test_a_point_shows_its_agreements_and_its_children(person: People) -> None:
    operator = person("grid", language="et")
    operator.open(f"{LIST}{BAKERY}")
    assert operator.page.locator("section[aria-labelledby=agreements-heading] svg").count() >= 1
    (child,) = [code for code, point in POINTS.items() if point.get("parent") == BAKERY]
    assert operator.sees(child)
    assert operator.page.locator("section[aria-labelledby=agreements-heading] table tbody tr").count() >= 2


def test_points_are_imported_from_the_filled_template(person: People, hub: Product) -> None:
    operator = person("grid")
    page = operator.page
    codes = free_codes(hub, 300)
    operator.open(LIST)
    operator.follow(page.locator(f"main a[href='{LIST}import']"))
    _, template = downloaded(operator, page.locator(f"main a[href='{LIST}template']"))
    rows = [{**ROW, "EIC code": code} for code in codes]
    # First with two faults: nothing is saved, and each is told with its place.
    bad = [*rows[:5], {**ROW, "EIC code": "38ZGO-2S0000001"}, {**rows[6], "Resolution": "Soon"}]
    upload(operator, "vigane.xlsx", filled(template, bad))
    expect(page.locator("main .status-bad")).to_be_visible(timeout=30_000)
    operator.look()
    expect(page.locator("main tbody tr")).to_have_count(2)
    for number, words in ((0, "7"), (1, "8")):
        expect(page.locator("main tbody tr").nth(number).locator("th")).to_have_text(words)
    assert operator.sees("Nothing was saved.")
    name, report = downloaded(operator, page.locator("main a[href$='/report']"))
    ((header, *faults), *_) = sheets(report).values()
    assert name.endswith(".xlsx")
    assert len(faults) == 2
    assert "Soon" in str(faults)
    assert header
    operator.open(f"{LIST}?eic={codes[0]}")
    assert page.locator("tbody tr").count() == 0
    # Then only checked, then imported; who loads the page anew or comes back later finds it again.
    operator.open(f"{LIST}import")
    page.locator("[name=check]").check()
    upload(operator, "punktid.xlsx", filled(template, rows))
    expect(page.locator("main .status-good")).to_be_visible(timeout=60_000)
    assert operator.sees("Metering points that would be added")
    operator.open(f"{LIST}import")
    upload(operator, "punktid.xlsx", filled(template, rows))
    job = path_of(operator)
    page.reload()
    operator.look()
    operator.open("/operator/jobs/")
    operator.follow(page.locator(f"main a[href='{job}']"), look=False)
    expect(page.locator("main .status-good")).to_be_visible(timeout=60_000)
    operator.look()
    expect(page.locator("main dt", has_text="Metering points added").locator("+ dd")).to_have_text("300")
    operator.open(f"{LIST}{codes[299]}")
    name, content = downloaded(operator.open(f"{LIST}?eic={codes[0]}"), page.locator("main a[href*='form=xlsx']"))
    ((header, row), *_) = sheets(content).values()
    assert dict(zip(header, row, strict=True))["EIC code"] == codes[0]


def test_a_file_that_is_no_workbook_is_refused(person: People) -> None:
    operator = person("grid", language="et", width=NARROW)
    operator.open(f"{LIST}import")
    press_main(operator)
    operator.look()
    said_at(operator, "file")
    upload(operator, "punktid.xlsx", b"no workbook at all")
    if path_of(operator).startswith("/operator/jobs/"):
        expect(operator.page.locator("main .status-bad")).to_be_visible(timeout=30_000)
    else:
        said_at(operator, "file")
    operator.look()


def test_by_keyboard_alone(person: People) -> None:
    operator = person("grid")
    page = operator.page
    operator.open(f"{LIST}{BAKERY}")
    operator.tab_to(page.locator(f"main a[href='{LIST}{BAKERY}/change']")).press("Enter")
    page.wait_for_url("**/change")
    operator.tab_to(page.locator("[name=location_comment]")).press("End").type(" x")
    heating = page.locator("[name=electrical_heating]")
    operator.tab_to(heating).press("Space")
    operator.tab_to(page.locator("main form[method=post] button.btn-primary")).press("Enter")
    expect(page.locator("#messages .alert-success")).to_have_count(1)
    operator.look()


def test_without_scripts(person: People, hub: Product) -> None:
    (code,) = free_codes(hub, 1)
    operator = person("grid", scripts=False)
    page = operator.page
    page.goto(f"{hub.url}{LIST}new")
    fill_in_point(operator)
    page.locator("[name=type]").select_option("BORDER")
    operator.follow(page.locator("button[name=redraw]"), look=False)
    expect(page.locator("[name=county]")).to_have_value("Harju maakond")
    page.locator("[name=type]").select_option("REGULAR")
    page.locator("[name=eic]").fill(code[:15])
    press_main(operator)
    told(operator)
    page.goto(f"{hub.url}{LIST}?type=REGULAR&eic={code}")
    expect(page.locator(".chips .chip")).to_have_count(2)
    operator.follow(page.locator(".chips .chip"), look=False)
    expect(page.locator(".chips .chip")).to_have_count(1)
