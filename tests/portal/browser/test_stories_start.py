"""Stories of the first page, of jobs, of signing in, and of a session that ends."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.contracts.product import Product
from tests.portal.browser.conftest import People
from tests.portal.browser.reader import NARROW, WIDE
from tests.portal.browser.steps import path_of, press_main

OPERATOR = "/operator/"
# Who signs in, which of her roles, where that leads, and what she is told she acts as.
PEOPLE = [
    ("mari", 0, "Mari Maasikas"),
    ("bakery", "38X-AVP-FIRM01-C", "Leivatööstus OÜ"),
    ("grid", "NATURAL_GAS", "Põhjavõrk OÜ"),
    ("supplier2", 0, "Tuule Energia AS"),
    ("viewer", 0, "Päikese Energia AS"),
    ("all", "AGGREGATOR", "Kõik Rollid AS"),
]
_LET_IT_REST = """
from importlib import import_module
import sys
import django
django.setup()
from django.conf import settings
session = import_module(settings.SESSION_ENGINE).SessionStore(sys.stdin.read().strip())
session["seen"] -= settings.SESSION_IDLE_SECONDS + 1
session.save()
"""

_ENDS_SOON = """
from datetime import UTC, datetime, timedelta
import django
django.setup()
from datahub.agreements.models import Agreement
from datahub.parties.models import Party
now = datetime.now(UTC)
print(Agreement.objects.create(
    type="JOINT_INVOICE", commodity="ELECTRICITY",
    service_provider=Party.objects.get(eic="38X-DEMO-BRP---T"), service_provider_role="OPEN_SUPPLIER",
    customer=Party.objects.get(eic="38X-EIN-GO-----0"), customer_role="GRID_OPERATOR",
    valid_from=now - timedelta(days=90), valid_to=now + timedelta(days=9), created_at=now, changed_at=now,
).pk)
"""
# An import that a worker is at for as long as it stands there: its attempt has yet to begin.
_IS_AT_IT = """
from datetime import UTC, datetime, timedelta
import django
django.setup()
from datahub.parties.models import Party, User
from portal.jobs.models import Job, JobState
now = datetime.now(UTC)
job = Job.objects.create(
    kind="test", user=User.objects.get(username="grid"), participant=Party.objects.get(eic="38X-EIN-GO-----0"),
    role="GRID_OPERATOR", commodity="ELECTRICITY", language="en", file_name="points.xlsx", state=JobState.RUNNING,
    attempts=1, created_at=now, attempt_at=now + timedelta(hours=1),
)
print(job.pk)
"""


@pytest.fixture
def job(hub: Product) -> Iterator[str]:
    """Give the path of an import that does not end."""
    number = hub.run("-c", _IS_AT_IT).strip()
    yield f"/operator/jobs/{number}"
    with hub.database() as connection:
        connection.execute("DELETE FROM portal_job WHERE id = %s", [number])


def test_what_waits_is_what_the_lists_show(person: People) -> None:
    for username, theme, width in (("grid", "light", WIDE), ("supplier", "dark", NARROW)):
        reader = person(username, theme=theme, width=width)
        page = reader.page
        reader.open(OPERATOR)
        tiles = page.locator(".tile")
        counted = [(int(tile.locator(".tile-count").inner_text()), tile.locator("a")) for tile in tiles.all()]
        links = [(count, link.get_attribute("href")) for count, link in counted]
        assert len(links) >= 2
        for count, link in links:
            reader.open(str(link))
            assert page.locator("main tbody tr").count() == count, link


@pytest.fixture
def _ends_soon(hub: Product) -> Iterator[None]:
    """An agreement of the operator as a customer ends soon."""
    number = hub.run("-c", _ENDS_SOON).strip()
    yield
    with hub.database() as connection:
        connection.execute("DELETE FROM agreements_agreement WHERE id = %s", [number])


@pytest.mark.long
@pytest.mark.usefixtures("_ends_soon")
def test_agreements_that_end_soon_are_listed(person: People) -> None:
    reader = person("all", "GRID_OPERATOR", language="et")
    reader.open(OPERATOR)
    reader = person("grid", language="en")
    page = reader.page
    reader.open(OPERATOR)
    rows = page.locator("main .table-region tbody tr").all()
    ending = [(int(row.locator(".number").inner_text()), row.locator("a").get_attribute("href")) for row in rows]
    assert any("type=JOINT_INVOICE" in str(link) for _, link in ending)
    for count, link in ending:
        reader.open(str(link))
        assert page.locator("main tbody tr").count() == count > 0, link


@pytest.mark.long
@pytest.mark.parametrize(("username", "role", "name"), PEOPLE)
def test_each_kind_of_person_signs_in(person: People, username: str, role: int | str, name: str) -> None:
    reader = person(username, role, language="et" if username == "all" else "en")
    reader.look()
    expect(reader.page.locator("header .acting-name")).to_have_text(name)
    # The form of the page says the same to who asks for another role.
    reader.open("/role")
    reader.open("/sign-in")


@pytest.mark.long
def test_staff_sign_in_to_the_admin(person: People) -> None:
    reader = person("staff")
    assert path_of(reader).startswith("/admin/")
    reader.page.goto(f"{reader.base}{OPERATOR}")
    assert path_of(reader) != OPERATOR or reader.page.locator("main .table-region").count() == 0


def test_a_role_that_was_changed_in_another_tab(person: People) -> None:
    reader = person("all", "OPEN_SUPPLIER", theme="dark")
    reader.open("/operator/enquiries/new")
    other = reader.context.new_page()
    other.goto(f"{reader.base}/role")
    with other.expect_navigation():
        other.locator("button.choice[value*=GRID_OPERATOR]").first.click()
    with reader.page.expect_response("**/enquiries/new") as answer:
        press_main(reader)
    assert answer.value.status == 409
    reader.look()
    reader.follow(reader.page.locator("main a[href='/role']"))
    reader.follow(reader.page.locator("button.choice[value*=OPEN_SUPPLIER]"))
    reader.open("/operator/enquiries/new")


def test_a_session_without_a_click_ends(person: People, hub: Product) -> None:
    reader = person("grid")
    reader.open("/operator/enquiries/")
    (key,) = [cookie["value"] for cookie in reader.context.cookies() if cookie["name"] == "session"]
    hub.run("-c", _LET_IT_REST, stdin=key)
    reader.page.reload()
    reader.look()
    assert path_of(reader) == "/sign-in"
    # Signed in again she is where she was.
    reader.follow(reader.page.locator("button[value=grid]"), look=False)
    if path_of(reader) == "/role":
        reader.follow(reader.page.locator("button.choice"), look=False)
    assert path_of(reader) == "/operator/enquiries/"
    reader.look()


@pytest.mark.long
def test_a_page_that_is_left_alone_does_not_keep_the_session(person: People, hub: Product, job: str) -> None:
    reader = person("grid")
    page = reader.page
    with page.expect_request(lambda request: request.url.endswith(job) and "x-unasked" in request.headers) as asked:
        reader.open(job)
    assert asked.value.headers["x-unasked"] == "operator:38X-EIN-GO-----0:GRID_OPERATOR:ELECTRICITY"
    (key,) = [cookie["value"] for cookie in reader.context.cookies() if cookie["name"] == "session"]
    hub.run("-c", _LET_IT_REST, stdin=key)
    # It says so in its place, leads nobody away, and asks no more.
    again = page.get_by_role("link", name="Sign in again")
    expect(again).to_be_visible()
    assert path_of(reader) == job
    reader.look()
    later: list[str] = []
    page.on("request", lambda request: later.append(request.url))
    page.wait_for_timeout(2_500)
    assert later == []
    reader.follow(again)
    reader.follow(page.locator("button[value=grid]"), look=False)
    if path_of(reader) == "/role":
        reader.follow(page.locator("button.choice"), look=False)
    assert path_of(reader) == job


@pytest.mark.long
def test_jobs_say_what_to_do_when_there_are_none(person: People) -> None:
    for language, width in (("et", NARROW), ("en", WIDE)):
        reader = person("all", "AGGREGATOR", language=language, width=width, theme="dark")
        reader.open("/operator/jobs/")
        assert reader.page.locator("main tbody tr").count() == 0
        reader.open("/operator/jobs/00000000-0000-4000-8000-000000000000", status=404)
