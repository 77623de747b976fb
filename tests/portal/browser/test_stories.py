"""Stories of the operators' pages from start to end, by mouse, by keyboard alone, and without scripts."""

import pytest
from playwright.sync_api import expect

from tests.contracts.product import Product
from tests.portal.browser.conftest import People
from tests.portal.browser.reader import NARROW, Reader
from tests.portal.browser.steps import path_of, press_main

HOUSE, JAAN = "38ZGO-10000003-O", "38X-AVP-ILS600CI"
# Topics, as the form lists them; the first entry asks to choose.
_DATA = "DATA"


def fill_in(supplier: Reader, comment: str, *, point: str = HOUSE) -> None:
    """Fill the form of a new enquiry in."""
    page = supplier.page
    page.locator("[name=meter_eic]").fill(point)
    page.locator("[name=customer_eic]").fill(JAAN)
    page.locator("[name=topic]").select_option(_DATA)
    page.locator("[name=comment]").fill(comment)


@pytest.mark.parametrize(
    ("language", "theme", "width"), [("en", "light", 1280), pytest.param("et", "dark", NARROW, marks=pytest.mark.long)]
)
def test_a_supplier_asks_and_the_operator_answers(person: People, language: str, theme: str, width: int) -> None:
    supplier = person("supplier", language=language, theme=theme, width=width)
    supplier.open("/operator/enquiries/")
    supplier.follow(supplier.page.locator("main a[href='/operator/enquiries/new']"), look=False)
    fill_in(supplier, "Kas arvesti on vahetatud?", point="38ZGO-10000003-A")
    press_main(supplier)
    supplier.look()
    # What is wrong is read out first, and leads to the field.
    expect(supplier.page.locator(".error-summary")).to_be_focused()
    wrong = supplier.page.locator("[name=meter_eic]")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(supplier.page.locator(f"[id='{wrong.get_attribute('aria-describedby').split()[-1]}']")).to_be_visible()
    wrong.fill(HOUSE)
    press_main(supplier)
    supplier.look()
    thread = path_of(supplier)
    assert supplier.sees("Kas arvesti on vahetatud?")

    operator = person("grid", language=language, theme=theme, width=width)
    operator.open("/operator/enquiries/")
    operator.follow(operator.page.locator(f"main a[href='{thread}']").first)
    operator.page.locator("[name=comment]").fill("Jah, eile.")
    operator.page.locator("main [name=status][value=CLOSE], main select[name=status]").first.check()
    press_main(operator)
    operator.look()
    assert operator.sees("Jah, eile.")
    supplier.open(thread)
    assert supplier.sees("Jah, eile.")
    # What is closed cannot be changed any more: the way there is not shown, and the server refuses it too.
    assert supplier.page.locator("main a[href$='/cancel']").count() == 0


def test_by_keyboard_alone(person: People, hub: Product) -> None:
    """Sign in, choose a role, go there, ask; then open and answer, without a mouse."""
    supplier = person()
    page = supplier.page
    page.goto(hub.url + "/")
    supplier.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    supplier.tab_to(page.locator("main a[href='/sign-in']")).press("Enter")
    page.wait_for_url("**/sign-in")
    supplier.tab_to(page.locator("button[value=supplier]")).press("Enter")
    page.wait_for_url("**/role")
    supplier.tab_to(page.locator("button.choice")).press("Enter")
    page.wait_for_url("**/operator/")
    supplier.tab_to(page.locator(".nav-wide a[href='/operator/enquiries/']")).press("Enter")
    page.wait_for_url("**/enquiries/")
    supplier.tab_to(page.locator("main a[href='/operator/enquiries/new']")).press("Enter")
    page.wait_for_url("**/new")
    supplier.tab_to(page.locator("[name=meter_eic]")).type(HOUSE)
    supplier.tab_to(page.locator("[name=customer_eic]")).type(JAAN)
    supplier.tab_to(page.locator("[name=topic]")).press("ArrowDown", "ArrowDown")
    supplier.tab_to(page.locator("[name=comment]")).type("By keyboard alone")
    supplier.tab_to(page.locator("main form[method=post] button.btn-primary")).press("Enter")
    page.wait_for_url(lambda url: not url.endswith("/new"))
    thread = path_of(supplier.look())

    operator = person()
    page = operator.page
    page.goto(f"{hub.url}{thread}")
    operator.tab_to(page.locator("button[value=grid]")).press("Enter")
    page.wait_for_url("**/role?**")
    operator.tab_to(page.locator("button.choice")).press("Enter")
    page.wait_for_url(f"**{thread}")
    operator.tab_to(page.locator("[name=comment]")).type("Answered by keyboard")
    operator.tab_to(page.locator("main form[method=post] button.btn-primary")).press("Enter")
    expect(page.locator("main")).to_contain_text("Answered by keyboard")
    # The menu of the colours opens, closes with Escape, and the focus is where it was.
    colours = page.locator("details.menu summary").last
    operator.tab_to(colours).press("Enter")
    expect(page.locator("button[value=dark]")).to_be_visible()
    operator.press("Escape")
    expect(page.locator("button[value=dark]")).to_be_hidden()
    expect(colours).to_be_focused()


def test_without_scripts(person: People, hub: Product) -> None:
    supplier = person("supplier", scripts=False)
    page = supplier.page
    page.goto(f"{hub.url}/operator/enquiries/new")
    fill_in(supplier, "Ilma skriptideta")
    press_main(supplier)
    assert supplier.sees("Ilma skriptideta")
    supplier.follow(page.locator("main a[href$='/cancel']"), look=False)
    press_main(supplier)
    assert page.locator("#messages .alert-success").count() == 1
    page.goto(f"{hub.url}/operator/enquiries/")
    page.locator(".filters summary").first.click() if page.locator(".filters summary").count() else None
    page.locator("select[name=status]").select_option("CANCEL")
    supplier.follow(page.locator(".filters button.btn-primary"), look=False)
    assert "status=CANCEL" in page.url
    page.locator("details.menu summary").last.click()
    supplier.follow(page.locator("button[value=dark]"), look=False)
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"


def test_who_may_not_is_told_so_in_her_language(person: People) -> None:
    viewer = person("viewer", language="et", width=NARROW)
    viewer.open("/operator/enquiries/")
    assert viewer.page.locator("main a[href='/operator/enquiries/new']").count() == 0
    viewer.open("/operator/enquiries/new", status=403)
    viewer.open("/operator/agreements/", status=403)
    viewer.open("/operator/nothing", status=404)
    viewer.open("/operator/enquiries/00000000-0000-4000-8000-000000000000", status=404)


def test_another_role_in_another_window(person: People) -> None:
    """What was filled in for one role is not saved in another."""
    grid = person("all", "OPEN_SUPPLIER")
    grid.open("/operator/enquiries/new")
    fill_in(grid, "In the former role")
    other = grid.context.new_page()
    other.goto(f"{grid.base}/role")
    other.locator("button.choice[value*=GRID_OPERATOR]").first.click()
    press_main(grid)
    grid.look()
    assert grid.sees("You have changed your role in the meantime")
    grid.follow(grid.page.locator("main form button"))
    assert path_of(grid) == "/operator/enquiries/new"
    # What a form asks for as it is filled in says so in it; the browser finds nothing wrong.
    other.goto(f"{grid.base}/role")
    other.locator("button.choice[value*=GRID_OPERATOR]").first.click()
    grid.open("/operator/metering-points/new")
    other.goto(f"{grid.base}/role")
    other.locator("button.choice[value*=OPEN_SUPPLIER]").first.click()
    grid.page.locator("[name=eic]").press_sequentially("38ZGO")
    grid.page.locator("#completed-code .acted-otherwise").wait_for()
    grid.look()


def test_language_and_colours_stay(person: People, hub: Product) -> None:
    reader = person("supplier")
    reader.language = "et"
    reader.follow(reader.page.locator("header button[value=et]"))
    reader.page.locator("details.menu summary").last.click()
    reader.follow(reader.page.locator("button[value=dark]"), look=False)
    reader.open("/operator/enquiries/")
    assert reader.page.locator("html").get_attribute("data-bs-theme") == "dark"
    reader.follow(reader.page.locator("header form[action='/sign-out'] button"))
    reader.open("/sign-in")
    # Wherever she signs in, it is her language.
    elsewhere = person()
    elsewhere.page.goto(f"{hub.url}/sign-in")
    elsewhere.language = "et"
    elsewhere.follow(elsewhere.page.locator("button[value=supplier]"))


def test_back_after_signing_out_shows_nothing(person: People) -> None:
    reader = person("grid")
    reader.open("/operator/enquiries/")
    reader.follow(reader.page.locator("header form[action='/sign-out'] button"), look=False)
    reader.page.go_back()
    assert path_of(reader) == "/sign-in"


def test_a_script_in_a_text_runs_nowhere(person: People) -> None:
    hostile = (
        "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">'\"--><svg onload=alert(1)>"
    )
    supplier = person("supplier")
    supplier.open("/operator/enquiries/new")
    fill_in(supplier, hostile)
    press_main(supplier)
    supplier.look()
    assert supplier.sees(hostile)
    assert "run" not in supplier.page.title()
    operator = person("grid", language="et")
    operator.open(path_of(supplier))
    assert operator.sees(hostile)
    assert "run" not in operator.page.title()


@pytest.mark.parametrize(("username", "path"), [("", "/"), ("", "/sign-in"), ("grid", "/operator/")])
def test_the_first_view_is_light(person: People, username: str, path: str) -> None:
    """A browser that has never been here loads at most 150 kB, all together."""
    fresh = person(username)
    session = fresh.context.new_cdp_session(fresh.page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    loaded: list[float] = []
    session.on("Network.loadingFinished", lambda one: loaded.append(one["encodedDataLength"]))
    fresh.open(path)
    fresh.page.wait_for_load_state("networkidle")
    assert len(loaded) >= 5
    assert sum(loaded) <= 150_000, f"{sum(loaded)} bytes in {len(loaded)} answers"
