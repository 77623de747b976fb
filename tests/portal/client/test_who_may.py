"""Who may open which page of the client portal, and what is tried against all of them.

Sources: `5-web.md`, "Signing in" and "Client portal".
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission as StaffPermission
from django.test import Client
from django.urls import reverse

from datahub.market import Commodity, Permission, Role
from datahub.parties.models import MarketRole, Representation, User
from datahub.parties.services.representations import give_representation
from tests import cast
from tests.portal.client.readings import LONG_AGO, NOW, browser_of, company, point_of
from tests.portal.pages import CLIENT_PAGES, Page, client_url_of
from tests.portal.people import Browser, acting_for, grant, person
from tests.tables import contents

pytestmark = pytest.mark.usefixtures("_market")
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
# A customer is answered; 404 for what is nobody's, 400 for a question without its half.
OPENED = {200, 302, 400, 404}
FIELDS = {"role": "OPEN_SUPPLIER", "places": "x", "points": "x"}


def each() -> Iterator[tuple[str, Page, str]]:
    """Give each page with each of its methods: its address, what it takes, the method."""
    for name, page in CLIENT_PAGES.items():
        for method in sorted(page.methods):
            yield client_url_of(name), page, method


def ask(client: Client, method: str, url: str) -> Any:
    if method == "GET":
        return client.get(url)
    return client.send(url, FIELDS) if isinstance(client, Browser) and client.user else client.post(url, FIELDS)


def led_to(answer: Any, place: str, url: str, method: str) -> bool:
    back = f"?next={url.replace('/', '%2F')}" if method == "GET" else ""
    return (answer.status_code, answer.get("Location")) == (302, f"{place}{back}")


def test_who_has_not_signed_in_is_led_to_do_so_and_back() -> None:
    for url, _page, method in each():
        assert led_to(ask(Client(), method, url), "/sign-in", url, method), f"{method} {url}"
    answer = Client().get("/portal/grant?a=1&b=%26")
    assert answer["Location"] == "/sign-in?next=%2Fportal%2Fgrant%3Fa%3D1%26b%3D%2526"


def nobodys_browser(who: str) -> Client:
    """Give the browser of somebody who is signed in and acts as no customer."""
    user = person("other", cast.mari() if "customer" in who else None)
    if who == "a customer who has chosen nobody":
        # Of two she has to choose one.
        give_representation(person=user, customer=company(), valid_from=LONG_AGO)
        return Browser(user)
    if who == "a customer who acts as a participant":
        return Browser(user).act_as(grant(user, cast.GRID_OPERATOR, Role.GRID_OPERATOR))
    if who == "staff":
        user.is_staff = user.is_superuser = True
        user.save()
        user.user_permissions.set(StaffPermission.objects.all())
    return Browser(user)


@pytest.mark.parametrize(
    "who", ["a customer who has chosen nobody", "a customer who acts as a participant", "staff", "a stranger"]
)
def test_who_does_not_act_as_a_customer_is_led_to_choose(who: str) -> None:
    browser = nobodys_browser(who)
    before = contents()
    for url, _page, method in each():
        assert led_to(ask(browser, method, url), "/role", url, method), f"{method} {url}"
    assert contents() == before


@pytest.mark.parametrize("permission", list(Permission))
def test_no_permission_of_a_participant_opens_it(permission: Permission) -> None:
    cast.participant(cast.OPEN_SUPPLIER)
    browsers = [
        acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR, permission, name="grid"),
        acting_for(cast.OPEN_SUPPLIER, Role.OPEN_SUPPLIER, permission, name="supplier"),
    ]
    for browser in browsers:
        for url, _page, method in each():
            assert led_to(ask(browser, method, url), "/role", url, method), f"{method} {url} with {permission}"


@pytest.mark.parametrize("role", list(Role))
def test_no_role_of_a_participant_opens_it(role: Role) -> None:
    party = cast.participant(cast.GRID_OPERATOR)
    MarketRole.objects.get_or_create(
        participant=party, role=role, commodity=Commodity.ELECTRICITY, defaults={"valid_from": cast.BEGINNING}
    )
    browser = acting_for(cast.GRID_OPERATOR, role)
    for url, _page, method in each():
        assert led_to(ask(browser, method, url), "/role", url, method), f"{method} {url} as {role}"


@pytest.mark.parametrize("has_places", [False, True])
def test_a_customer_gets_in(has_places: bool) -> None:
    if has_places:
        point_of()
    browser = browser_of()
    for url, _page, method in each():
        assert ask(browser, method, url).status_code in OPENED, f"{method} {url}"
    for name in ("start", "readings", "authorizations", "grant-access", "tracker", "details"):
        assert browser.get(client_url_of(name)).status_code == 200, name


def test_other_methods_are_refused() -> None:
    browser = browser_of()
    before = contents()
    for name, page in CLIENT_PAGES.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"} - page.methods:
            sent = browser.send(client_url_of(name), {}) if method == "POST" else None
            answer = sent or Client.generic(_open(browser), method, client_url_of(name))
            assert answer.status_code == 405, f"{method} {name}"
    assert contents() == before


def _open(browser: Browser) -> Client:
    """Give a browser of the same session that is not asked for the token of forms."""
    client = Client()
    client.cookies.load({name: cookie.value for name, cookie in browser.cookies.items()})
    return client


def test_head_answers_as_get_does() -> None:
    browser = browser_of()
    for name in CLIENT_PAGES:
        url = client_url_of(name)
        assert browser.head(url).status_code == browser.get(url).status_code, url


def test_a_form_from_elsewhere_is_refused() -> None:
    browser = browser_of()
    before = contents()
    for url, _page, method in each():
        if method == "POST":
            assert browser.post(url, FIELDS).status_code == 403, url
            assert browser.post(url, {**FIELDS, "csrfmiddlewaretoken": "x" * 64}).status_code == 403, url
    assert contents() == before


def test_a_form_that_was_opened_as_somebody_else_is_refused() -> None:
    browser, others = browser_of(), [f"customer:{company().eic}", nobodys_role(), HOSTILE]
    before = contents()
    for url, _page, method in each():
        if method == "POST":
            for other in others:
                assert browser.send(url, {**FIELDS, "acting": other}).status_code == 409, url
    assert contents() == before


def nobodys_role() -> str:
    return f"operator:{cast.GRID_OPERATOR}:GRID_OPERATOR:ELECTRICITY"


def test_what_every_page_says_to_the_browser() -> None:
    point_of()
    browser = browser_of()
    for name in CLIENT_PAGES:
        answer = browser.get(client_url_of(name))
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy, name
        assert "unsafe" not in policy and "http" not in policy, name
        assert "form-action 'self'" in policy, name
        said = (answer["X-Frame-Options"], answer["X-Content-Type-Options"], answer["Referrer-Policy"])
        assert said == ("DENY", "nosniff", "same-origin"), name
        assert "no-store" in answer["Cache-Control"], name


def test_what_others_have_written_is_shown_and_runs_nothing() -> None:
    point = point_of(street_address=HOSTILE[:100])
    names = ("find", "page", "former", "ended", "point", "span", "day", "unit", "company", "what", "place", "eicCode")
    query = dict.fromkeys((*names, "energyType", "redirectUrl", "state", "authorization", "next", "form"), HOSTILE)
    browser = browser_of()
    urls = [*(client_url_of(name) for name in CLIENT_PAGES), reverse("client:point", args=[point.eic])]
    for url in urls:
        for asked in ({}, query):
            shown = browser.get(url, asked)
            said = b"".join(shown) if shown.streaming else shown.content
            assert b"<script>alert" not in said and b"<img src=x" not in said, url


def test_nonsense_in_the_address_is_no_crash() -> None:
    browser = browser_of()
    for path in ("%00", "..%2f..%2fetc%2fpasswd", "%0d%0aSet-Cookie:evil=y", "<script>alert(1)</script>", "x" * 3000):
        for client in (Client(), browser):
            answer = client.get(f"/portal/{path}")
            assert answer.status_code == 404
            assert "evil" not in answer.cookies and b"<script>alert" not in answer.content
    for name in CLIENT_PAGES:
        for query in ("?page=99999999999&find=%00&point=%00", "?page=-1&page=x&%ff=%fe&day=0000-00-00&unit=%00"):
            assert browser.get(client_url_of(name) + query).status_code < 500, name + query


def test_a_representation_that_ended_is_lost_with_the_next_click() -> None:
    user = person("clerk")
    give_representation(person=user, customer=company(), valid_from=LONG_AGO)
    browser = Browser(user).act_as(f"customer:{company().eic}")
    assert browser.get("/portal/").status_code == 200
    Representation.objects.update(valid_to=NOW)
    before = contents()
    for url, _page, method in each():
        assert led_to(ask(browser, method, url), "/role", url, method), f"{method} {url}"
    assert contents() == before


def test_who_was_shut_out_gets_in_no_more() -> None:
    browser = browser_of()
    User.objects.update(is_active=False)
    for url, _page, method in each():
        answer = ask(browser, method, url)
        assert (answer.status_code, answer["Location"][:8]) == (302, "/sign-in"), url
