"""Stories of connection requests in the browser: asked, refused, planned, done, cancelled, exported."""

import pytest
from playwright.sync_api import expect

from datahub.market_time import TALLINN
from tests.contracts.market import BAKERY, EMBASSY, HOUSE_OF_KADRI, NORTH_GRID, SOUTH_GRID
from tests.contracts.product import Product
from tests.portal.browser.conftest import People
from tests.portal.browser.reader import NARROW, WIDE, Reader
from tests.portal.browser.steps import downloaded, path_of, press_main, said_at, sheets, told, type_day

LIST = "/operator/connection-requests/"
THE_EMBASSY, THE_BAKERY, KADRI = "38X-AVP-EMB001-D", "38X-AVP-FIRM01-C", "38X-AVP-DEMO01-2"
LOOKS = [("en", "light", WIDE), ("et", "dark", NARROW)]

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]


def place(supplier: Reader, point: str, customer: str, operator: str) -> None:
    """Fill in whom the conditions are about."""
    supplier.page.locator("[name=meter_eic]").fill(point)
    supplier.page.locator("[name=customer_eic]").fill(customer)
    supplier.page.locator("[name=service_provider_eic]").select_option(operator)


def ask(supplier: Reader, comment: str, *, day: str) -> str:
    """Ask for the embassy to be disconnected; give the address of the request."""
    supplier.open(f"{LIST}new")
    place(supplier, EMBASSY, THE_EMBASSY, NORTH_GRID)
    supplier.page.locator("[name=requested_state][value=DISCONNECTED]").check()
    supplier.page.locator("[name=reason]").select_option("DEBT")
    supplier.page.locator("[name=preferred_date]").fill(day)
    supplier.page.locator("[name=comment]").fill(comment)
    press_main(supplier)
    supplier.look()
    told(supplier)
    return path_of(supplier)


@pytest.fixture
def day(hub: Product) -> str:
    """Give a day on which something may be asked for."""
    (row,) = hub.rows("SELECT now() + interval '9 days' AS at")
    return str(row["at"].astimezone(TALLINN).date())


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_a_customer_is_disconnected(person: People, day: str, language: str, theme: str, width: int) -> None:
    looks = {"language": language, "theme": theme, "width": width}
    supplier = person("supplier", **looks)
    path = ask(supplier, "Kolm arvet on maksmata", day=day)
    operator = person("grid", **looks)
    operator.open(LIST + "?which=waiting")
    operator.follow(operator.page.locator(f"main a[href='{path}']"))
    assert operator.sees("Kolm arvet on maksmata")
    # Refused first, and for a reason that must be given.
    refuse = operator.page.locator(f"form[action='{path}/refuse']")
    operator.follow(refuse.locator("button"))
    said_at(operator, "reason")
    operator.page.locator("[name=reason]").select_option("FAULT")
    press_main(operator)
    operator.look()
    told(operator)
    supplier.open(path)
    expect(supplier.page.locator("main .status-bad").first).to_be_visible()
    # Reconsidered: a plan takes the refusal's place.
    plan = operator.page.locator(f"form[action='{path}/plan']")
    plan.locator("[name=estimated_date]").fill("2020-01-01")
    operator.follow(plan.locator("button"))
    said_at(operator, "estimated_date")
    operator.page.locator("[name=estimated_date]").fill(day)
    operator.page.locator("[name=comment]").fill("Kell kümme")
    press_main(operator)
    operator.look()
    told(operator)
    assert operator.page.locator("main .status-bad").count() == 0
    operator.follow(operator.page.locator(f"main a[href='{path}/done']"))
    press_main(operator)
    operator.look()
    told(operator)
    supplier.open(path)
    expect(supplier.page.locator("main .status-good").first).to_be_visible()
    assert supplier.sees("Kell kümme")
    assert supplier.page.locator("main a[href$='/cancel'], main a[href$='/change']").count() == 0
    assert supplier.page.locator(".steps > li").count() == 4


def test_conditions_appear_while_the_form_is_filled(person: People, day: str) -> None:
    supplier = person("supplier", theme="dark")
    page = supplier.page
    supplier.open(f"{LIST}new")
    conditions = page.locator("#conditions li")
    expect(conditions).to_have_count(0)
    place(supplier, EMBASSY, THE_EMBASSY, NORTH_GRID)
    # Nothing was pressed.
    expect(page.locator("#conditions li.holds")).to_have_count(3)
    assert path_of(supplier) == f"{LIST}new"
    supplier.look()
    for point, customer, operator, holds in (
        (BAKERY, THE_BAKERY, NORTH_GRID, [True, False, False]),
        (HOUSE_OF_KADRI, KADRI, SOUTH_GRID, [False, True, True]),
        (EMBASSY, THE_EMBASSY, SOUTH_GRID, [False, True, False]),
    ):
        place(supplier, point, customer, operator)
        for number, one in enumerate(holds):
            expect(conditions.nth(number)).to_have_class("holds" if one else "fails")
        page.locator("[name=requested_state][value=DISCONNECTED]").check()
        page.locator("[name=reason]").select_option("DEBT")
        page.locator("[name=preferred_date]").fill(day)
        press_main(supplier)
        supplier.look()
        expect(page.locator(".error-summary")).to_be_focused()
        wrong = {name for name in ("service_provider_eic", "customer_eic", "meter_eic") if _is_wrong(supplier, name)}
        assert wrong, f"{point} is asked for"
    assert path_of(supplier) == f"{LIST}new"


def _is_wrong(reader: Reader, name: str) -> bool:
    return reader.page.locator(f"[name={name}][aria-invalid=true]").count() == 1


def test_a_request_is_changed_and_cancelled_without_scripts(person: People, day: str) -> None:
    supplier = person("supplier", scripts=False)
    page = supplier.page
    page.goto(f"{supplier.base}{LIST}new")
    place(supplier, EMBASSY, THE_EMBASSY, NORTH_GRID)
    supplier.follow(page.locator("button[name=check]"), look=False)
    expect(page.locator("#conditions li.holds")).to_have_count(3)
    # What was filled in stays.
    expect(page.locator("[name=meter_eic]")).to_have_value(EMBASSY)
    page.locator("[name=requested_state][value=DISCONNECTED]").check()
    page.locator("[name=reason]").select_option("DEBT")
    page.locator("[name=preferred_date]").fill(day)
    press_main(supplier)
    path = path_of(supplier)
    supplier.follow(page.locator(f"main a[href='{path}/change']"), look=False)
    page.locator("[name=comment]").fill("Kiire")
    press_main(supplier)
    assert supplier.sees("Kiire")
    supplier.follow(page.locator(f"main a[href='{path}/cancel']"), look=False)
    supplier.follow(page.locator("main a.btn-link"), look=False)
    assert path_of(supplier) == path
    supplier.follow(page.locator(f"main a[href='{path}/cancel']"), look=False)
    press_main(supplier)
    told(supplier)
    assert page.locator(f"main a[href='{path}/cancel']").count() == 0


def test_what_is_filtered_is_what_is_exported(person: People) -> None:
    operator = person("grid")
    page = operator.page
    operator.open(LIST)
    page.locator("[name=point]").fill(EMBASSY)
    operator.follow(page.locator(".filters button.btn-primary"))
    shown = page.locator("tbody tr").count()
    name, content = downloaded(operator, page.locator("main a[href*='form=xlsx']"))
    ((header, *rows),) = sheets(content).values()
    assert name.endswith(".xlsx")
    assert len(rows) == shown >= 2
    assert {row[header.index("Metering point (EIC)")] for row in rows} == {EMBASSY}
    name, content = downloaded(operator, page.locator("main a[href*='form=csv']"))
    assert name.endswith(".csv")
    assert len(content.decode("utf-8-sig").strip().splitlines()) >= shown + 1


def test_by_keyboard_alone(person: People, day: str) -> None:
    supplier = person("supplier")
    page = supplier.page
    supplier.open(LIST)
    supplier.tab_to(page.locator(f"main a[href='{LIST}new']")).press("Enter")
    page.wait_for_url("**/new")
    supplier.tab_to(page.locator("[name=meter_eic]")).type(EMBASSY)
    supplier.tab_to(page.locator("[name=customer_eic]")).type(THE_EMBASSY)
    # A list of choices goes to what begins with what is typed.
    supplier.tab_to(page.locator("[name=service_provider_eic]")).type("P")
    supplier.tab_to(page.locator("button[name=check]"))
    expect(page.locator("#conditions li.holds")).to_have_count(3)
    supplier.tab_to(page.locator("[name=requested_state]").first).press("Space")
    if page.locator("[name=requested_state]:checked").get_attribute("value") != "DISCONNECTED":
        supplier.press("ArrowDown")
    supplier.tab_to(page.locator("[name=reason]")).type("Debt")
    type_day(supplier, page.locator("[name=preferred_date]"), day)
    supplier.tab_to(page.locator("main form[method=post] button.btn-primary")).press("Enter")
    expect(page.locator("#messages .alert-success")).to_have_count(1)
    supplier.look()
    supplier.tab_to(page.locator("main a[href$='/cancel']")).press("Enter")
    page.wait_for_url("**/cancel")
    supplier.tab_to(page.locator("main button.btn-danger")).press("Enter")
    expect(page.locator("#messages .alert-success")).to_have_count(1)
    supplier.look()
