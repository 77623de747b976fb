"""Stories of users, technical users and of what the hub tells: the lines that are shown are really run."""

import json
import os
import shutil
import subprocess
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.contracts.client import Client
from tests.contracts.market import HOUSE_OF_MARI, SUN
from tests.contracts.product import Product
from tests.portal.browser.conftest import People
from tests.portal.browser.reader import NARROW, WIDE
from tests.portal.browser.steps import downloaded, path_of, press_main, said_at, told

LIST = "/operator/users/"
CODE = "60001019906"

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]


def run(line: str, **variables: str) -> Any:
    """Run a line of a page in a shell, as who copied it does; give the JSON that it prints."""
    if shutil.which("curl") is None:
        pytest.skip("the lines of the pages need curl")
    if shutil.which("uuidgen") is None:
        line = "uuidgen() { cat /proc/sys/kernel/random/uuid; }\n" + line
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        ["bash", "-c", line], env={**kept, **variables}, capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize(("language", "theme", "width"), [("en", "light", WIDE), ("et", "dark", NARROW)])
def test_a_person_is_added_changed_and_removed(person: People, language: str, theme: str, width: int) -> None:
    admin = person("grid", language=language, theme=theme, width=width)
    page = admin.page
    admin.open(LIST)
    admin.follow(page.locator(f"main a[href='{LIST}add']"))
    page.locator("[name=country]").fill("XX")
    page.locator("[name=code]").fill(CODE)
    page.locator("[name=first_name]").fill("Piia")
    page.locator("[name=last_name]").fill("Põld")
    press_main(admin)
    admin.look()
    expect(page.locator(".error-summary")).to_be_focused()
    said_at(admin, "country")
    page.locator("[name=country]").fill("EE")
    page.locator("[name=permissions][value=VIEWER_METERING_POINT]").check()
    press_main(admin)
    admin.look()
    assert "Piia Põld" in told(admin)
    admin.follow(page.get_by_role("link", name="Piia Põld"))
    own = path_of(admin)
    page.locator("[name=permissions][value=EDITOR_METERING_POINT]").check()
    press_main(admin)
    told(admin)
    # The same person a second time is refused at the code.
    admin.open(f"{LIST}add")
    page.locator("[name=code]").fill(CODE)
    page.locator("[name=first_name]").fill("Piia")
    page.locator("[name=last_name]").fill("Põld")
    page.locator("[name=permissions][value=VIEWER_AGREEMENT]").check()
    press_main(admin)
    admin.look()
    said_at(admin, "code")
    admin.open(own)
    expect(page.locator("[name=permissions][value=EDITOR_METERING_POINT]")).to_be_checked()
    admin.follow(page.locator(f"main a[href='{own}/remove']"))
    press_main(admin)
    admin.look()
    told(admin)
    assert page.get_by_role("link", name="Piia Põld").count() == 0
    admin.open(own, status=404)


def test_a_technical_users_secret_is_shown_once_and_its_line_fetches_a_token(person: People, hub: Product) -> None:
    admin = person("grid", theme="dark")
    page = admin.page
    ((count,),) = [tuple(row.values()) for row in hub.rows("SELECT count(*) FROM parties_technical_user")]
    admin.open(LIST)
    admin.follow(page.locator(f"main a[href='{LIST}technical/add']"))
    page.locator("[name=suffix]").fill("not a suffix")
    page.locator("[name=networks]").fill("somewhere")
    page.locator("[name=permissions][value=VIEWER_METERING_POINT]").check()
    press_main(admin)
    admin.look()
    said_at(admin, "suffix")
    said_at(admin, "networks")
    page.locator("[name=suffix]").fill(f"web{count}")
    page.locator("[name=networks]").fill("")
    press_main(admin)
    admin.look()
    first = page.locator("#token-line").inner_text()
    secret = page.locator("#secret").inner_text()
    assert run(first)["access_token"]
    admin.follow(page.locator("main a.btn-primary"))
    own = path_of(admin)
    assert secret not in page.content()
    admin.open(own)
    admin.follow(page.locator(f"main a[href='{own}/new-secret']"))
    page.locator("[name=hours]").fill("1000")
    press_main(admin)
    admin.look()
    said_at(admin, "hours")
    page.locator("[name=hours]").fill("0")
    press_main(admin)
    admin.look()
    second = page.locator("#token-line").inner_text()
    assert second != first
    assert run(second)["access_token"]
    assert "access_token" not in run(first)
    admin.open(own)
    admin.follow(page.locator(f"main a[href='{own}/switch-off']"))
    press_main(admin)
    told(admin)
    assert "access_token" not in run(second)
    admin.follow(page.locator(f"main a[href='{own}/switch-on']"))
    press_main(admin)
    assert run(second)["access_token"]
    # Who goes back to it, or loads it again, is not shown it any more.
    for goes_back in (False, True):
        admin.open(f"{own}/new-secret")
        press_main(admin)
        secret = page.locator("#secret").inner_text()
        if goes_back:
            admin.follow(page.locator("main a.btn-primary"))
            page.go_back()
        else:
            page.reload()
        assert path_of(admin) == own
        assert secret not in page.content()


def test_a_saved_change_is_told_and_its_line_fetches_it(person: People, hub: Product) -> None:
    operator, supplier = person("grid"), person("supplier", width=WIDE)
    operator.open(f"/operator/metering-points/{HOUSE_OF_MARI}/change")
    comment = operator.page.locator("[name=location_comment]")
    words = "By the gate" if comment.input_value() != "By the gate" else "By the door"
    comment.fill(words)
    press_main(operator)
    told(operator)
    newest = hub.settle()
    page = supplier.page
    supplier.open("/operator/distribution/")
    expect(page.locator(f"main tbody a[href$='{HOUSE_OF_MARI}']").first).to_be_visible()
    supplier.look()
    row = page.locator("main tbody tr", has_text=HOUSE_OF_MARI).first
    supplier.follow(row.locator("th a"))
    assert supplier.sees(words)
    number = int(path_of(supplier).rpartition("/")[2])
    assert number <= newest
    raw, fetching = page.locator("main details.fold summary").all()
    raw.click()
    shown = json.loads(page.locator("#raw-content").inner_text())
    assert words in json.dumps(shown)
    _, content = downloaded(supplier, page.locator("main a[href$='/content']"))
    assert json.loads(content) == shown
    fetching.click()
    supplier.look()
    supplier.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("[data-copy=request-1]").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#request-1").inner_text().strip()
    token = Client.of(hub.url, SUN, "OPEN_SUPPLIER").token()
    found = run(copied, TOKEN=token)
    assert [message["id"] for message in found["dataDistributions"]] == [number]
    assert words in json.dumps(found, ensure_ascii=False)


def test_the_newest_messages_come_first_and_are_filtered(person: People) -> None:
    supplier = person("supplier", language="et", theme="dark", width=NARROW)
    page = supplier.page
    supplier.open("/operator/distribution/?type=BILLS")
    supplier.open("/operator/distribution/")
    numbers = [int(one) for one in page.locator("main tbody th a").all_inner_texts()]
    assert numbers == sorted(numbers, reverse=True)
    supplier.open("/operator/distribution/?id_from=9&id_to=3")
    said_at(supplier, "id_to")


def test_users_without_scripts(person: People, hub: Product) -> None:
    admin = person("supplier", scripts=False)
    page = admin.page
    page.goto(f"{hub.url}{LIST}add")
    page.locator("[name=code]").fill("60001019917")
    page.locator("[name=first_name]").fill("Uku")
    page.locator("[name=last_name]").fill("Uus")
    page.locator("[name=permissions][value=VIEWER_AGREEMENT]").check()
    press_main(admin)
    told(admin)
    admin.follow(page.get_by_role("link", name="Uku Uus"), look=False)
    admin.follow(page.locator("main a[href$='/remove']"), look=False)
    press_main(admin)
    told(admin)
    page.goto(f"{hub.url}/operator/distribution/")
    assert page.locator("main tbody tr").count() >= 1
