"""Stories of agreements in the browser: what one does to others is shown first; changed, ended, deleted, exported."""

import re
from datetime import date, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.contracts.market import JAAN, TALLINN
from tests.contracts.product import Product
from tests.portal.browser.conftest import People
from tests.portal.browser.reader import NARROW, WIDE, Reader
from tests.portal.browser.steps import (
    add_point,
    downloaded,
    free_codes,
    path_of,
    press_main,
    said_at,
    sheets,
    told,
    type_day,
)

LIST = "/operator/agreements/"

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]


def today() -> date:
    return datetime.now(TALLINN).date()


def choose(reader: Reader, kind: str) -> None:
    """Go from the list to the form of a new agreement of a type."""
    reader.open(LIST)
    reader.follow(reader.page.locator(f"main a[href='{LIST}new']"))
    reader.follow(reader.page.locator(f"main a[href='{LIST}new/{kind}']"))


def see_what_it_does(reader: Reader) -> int:
    """Ask what would come of the form; give how many other agreements are touched."""
    press_main(reader)
    reader.look()
    expect(reader.page.locator("main [name=seen]")).to_have_count(1)
    return reader.page.locator("main .effects > li").count()


def save(reader: Reader) -> str:
    """Save what was shown; give the address of the page that follows."""
    press_main(reader)
    reader.look()
    told(reader)
    return path_of(reader)


def connect(operator: Reader, point: str) -> str:
    """Add a grid agreement with Jaan from today on; give its address."""
    choose(operator, "GRID")
    operator.page.locator("[name=meter_eic]").fill(point)
    operator.page.locator("[name=customer_eic]").fill(JAAN)
    # The general service follows from it.
    assert see_what_it_does(operator) >= 1
    return save(operator)


@pytest.mark.parametrize(("language", "theme", "width"), [("en", "light", WIDE), ("et", "dark", NARROW)])
def test_a_customer_is_connected_and_supplied(
    person: People, hub: Product, language: str, theme: str, width: int
) -> None:
    (point,) = free_codes(hub, 1)
    looks = {"language": language, "theme": theme, "width": width}
    operator = person("grid", **looks)
    add_point(operator, point)
    grid = connect(operator, point)
    supplier = person("supplier", **looks)
    page = supplier.page
    choose(supplier, "SUPPLY")
    page.locator("[name=meter_eic]").fill(point)
    page.locator("[name=customer_eic]").fill(JAAN)
    page.locator("[name=first_day]").fill(str(today() - timedelta(days=20)))
    page.locator("[name=last_day]").fill(str(today() - timedelta(days=40)))
    press_main(supplier)
    supplier.look()
    expect(page.locator(".error-summary")).to_be_focused()
    said_at(supplier, "last_day")
    page.locator("[name=last_day]").fill("")
    press_main(supplier)
    supplier.look()
    # It is said in days, as they are asked for, not in instants of the API.
    said = said_at(supplier, "first_day")
    assert str(today().year) in said
    assert not re.search(r"\d[T ]\d\d:|\d\d:\d\d", said), said
    start = today() + timedelta(days=2)
    page.locator("[name=first_day]").fill(str(start))
    page.locator("[name=termination_fee]").check()
    assert see_what_it_does(supplier) >= 1
    # Back to the form, and what was filled in is there.
    supplier.follow(page.locator("button[name=edit]"))
    expect(page.locator("[name=first_day]")).to_have_value(str(start))
    expect(page.locator("[name=termination_fee]")).to_be_checked()
    page.locator("[name=agreement_id]").fill("L-1")
    see_what_it_does(supplier)
    supply = save(supplier)
    assert page.locator("main svg").count() >= 1
    assert page.locator("main .picture table, main figure table").count() >= 1
    # Changed: a last day, and another number of one's own.
    supplier.follow(page.locator(f"main a[href='{supply}/change']"))
    page.locator("[name=agreement_id]").fill("L-2")
    page.locator("[name=last_day]").fill(str(start + timedelta(days=300)))
    see_what_it_does(supplier)
    assert save(supplier) == supply
    assert supplier.sees("L-2")
    # Deleted before it has started, after asking once.
    supplier.follow(page.locator(f"main a[href='{supply}/delete']"))
    expect(page.locator("main button.btn-danger")).to_be_visible()
    supplier.follow(page.locator("main form a.btn-link"), look=False)
    assert path_of(supplier) == supply
    supplier.follow(page.locator(f"main a[href='{supply}/delete']"), look=False)
    press_main(supplier)
    told(supplier)
    supplier.look()
    assert path_of(supplier) == LIST
    # It is found among those that were deleted, and looked at still.
    supplier.open(f"{LIST}?state=DELETED&point={point}")
    supplier.follow(page.locator(f"tbody a[href='{supply}']"))
    expect(page.locator("main .status-bad")).to_have_count(1)
    expect(page.locator(".timeline-bar.is-deleted")).to_have_count(1)
    expect(page.locator(f"main a[href='{supply}/delete']")).to_have_count(0)
    # The grid agreement ends; too early a day is refused.
    operator.open(grid)
    operator.follow(operator.page.locator(f"main a[href='{grid}/end']"))
    operator.page.locator("[name=last_day]").fill(str(today() - timedelta(days=10)))
    press_main(operator)
    operator.look()
    said_at(operator, "last_day")
    operator.page.locator("[name=last_day]").fill(str(today() + timedelta(days=5)))
    assert see_what_it_does(operator) >= 1
    assert save(operator) == grid
    hub.settle()
    # It ends soon, and what the first page counts its links show.
    operator.open("/operator/")
    rows = operator.page.locator("main .table-region tbody tr").all()
    ending = [(row.locator("td.number").inner_text(), row.locator("a").get_attribute("href")) for row in rows]
    assert any("type=GRID" in str(link) for _, link in ending)
    for count, link in ending:
        operator.open(str(link))
        assert operator.page.locator("main tbody tr").count() == int(count) > 0, link


def test_what_is_filtered_is_what_is_exported(person: People) -> None:
    operator = person("grid", language="et")
    page = operator.page
    operator.open(LIST)
    page.locator(".filters [name=type]").select_option("GRID")
    page.locator(".filters [name=state]").select_option("ACTIVE")
    operator.follow(page.locator(".filters button.btn-primary"))
    assert "type=GRID" in page.url
    shown = page.locator("tbody tr").count()
    name, content = downloaded(operator, page.locator("main a[href*='/export']"))
    ((_, *rows), *_) = sheets(content).values()
    assert name.endswith(".xlsx")
    assert len(rows) == shown >= 3
    operator.open(f"{LIST}?whose=ALL")
    said_at(operator, "whose")


def test_by_keyboard_alone(person: People, hub: Product) -> None:
    (point,) = free_codes(hub, 1)
    operator = person("grid")
    page = operator.page
    add_point(operator, point)
    operator.open(LIST)
    operator.tab_to(page.locator(f"main a[href='{LIST}new']")).press("Enter")
    page.wait_for_url("**/new")
    operator.tab_to(page.locator(f"main a[href='{LIST}new/GRID']")).press("Enter")
    page.wait_for_url("**/GRID")
    operator.tab_to(page.locator("[name=meter_eic]")).type(point)
    operator.tab_to(page.locator("[name=customer_eic]")).type(JAAN)
    type_day(operator, page.locator("[name=first_day]"), str(today() + timedelta(days=3)))
    operator.tab_to(page.locator("main form button.btn-primary")).press("Enter")
    expect(page.locator("main [name=seen]")).to_have_count(1)
    operator.look()
    operator.tab_to(page.locator("main form button.btn-primary")).press("Enter")
    expect(page.locator("#messages .alert-success")).to_have_count(1)
    operator.look()


def test_without_scripts(person: People, hub: Product) -> None:
    (point,) = free_codes(hub, 1)
    operator = person("grid", scripts=False)
    page = operator.page
    add_point(operator, point)
    page.goto(f"{hub.url}{LIST}new/GRID?meter_eic={point}")
    expect(page.locator("[name=meter_eic]")).to_have_value(point)
    page.locator("[name=customer_eic]").fill(JAAN)
    page.locator("[name=first_day]").fill(str(today() + timedelta(days=3)))
    press_main(operator)
    assert page.locator("main .effects > li").count() >= 1
    press_main(operator)
    told(operator)
    operator.follow(page.locator("main a[href$='/delete']"), look=False)
    press_main(operator)
    told(operator)
