"""Who may open which page: every address × role × permission, and what is tried against all of them.

Source: `5-web.md`, "Signing in": permissions hide what may not be done, and the server refuses it too.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from stdnum.eu import eic

from datahub.market import Commodity, IdentityType, MetadataType, PartyType, Permission, Role
from datahub.parties.models import Party, User, UserGrant
from datahub.parties.rules import IdentityFact
from datahub.parties.services import parties, roles
from portal.signing_in.views import BACKEND
from tests import cast, staff
from tests.portal.pages import CLIENT_PAGES, OF_THE_FRAME, OPEN, PAGES, POSTED, Page, names, url_of
from tests.tables import contents

pytestmark = pytest.mark.django_db
EVERYONE = "38X-TEST-ALL---" + eic.calc_check_digit("38X-TEST-ALL---")
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
PERMISSIONS: list[Permission | None] = [None, *Permission]
# What a role that holds the permission sees; 404 for what is about nobody's, 400 for a question without its half.
OPENED = {200, 302, 400, 404}
SENT = {"comment": "x", "name": "x"}


@dataclass
class Market:
    """A participant in every role, and a person for each permission (None: without any), in every role."""

    participant: Party
    people: dict[Permission | None, User]
    browsers: dict[tuple[Permission | None, Role], Client] = field(default_factory=dict)

    def key(self, role: Role) -> str:
        """Name a choice of whom to act as."""
        return f"operator:{self.participant.eic}:{role}:{Commodity.ELECTRICITY}"

    def browser(self, permission: Permission | None, role: Role) -> Client:
        """Give the browser of somebody with one permission who acts in a role."""
        if (permission, role) not in self.browsers:
            self.browsers[permission, role] = browser_of(self.people[permission], self.key(role))
        return self.browsers[permission, role]


def browser_of(user: User, acting: str = "", *, csrf: bool = False) -> Client:
    """Give a browser that somebody has signed in with, without a request."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["seen"] = session["begun"] = int(time.time())
    session["acting"] = acting
    session.create()
    client = Client(enforce_csrf_checks=csrf, headers={"accept-language": "en"})
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


@pytest.fixture
def market(db: None) -> Market:
    participant = parties.register_party(
        eic=EVERYONE,
        party_type=PartyType.MARKET_PARTICIPANT,
        identities=[IdentityFact(IdentityType.COMPANY_ID, "10000018", "EE")],
        metadata={MetadataType.COMPANY_NAME: f"Iga Roll OÜ {HOSTILE}"},
        now=cast.BEGINNING,
    )
    for role in Role:
        roles.give_role(participant=participant, role=role, commodity=Commodity.ELECTRICITY, valid_from=cast.BEGINNING)
    users = User.objects.bulk_create(
        User(username=f"p{number}", first_name=HOSTILE[:100], password="!") for number in range(len(PERMISSIONS))
    )
    people = dict(zip(PERMISSIONS, users, strict=True))
    # Who has no permission for a page has another one: nobody acts in a role without any.
    UserGrant.objects.bulk_create(
        UserGrant(user=user, participant=participant, role=role, commodity=Commodity.ELECTRICITY, permission=given)
        for given, user in people.items()
        if given is not None
        for role in Role
    )
    return Market(participant, people)


def ask(client: Client, method: str, url: str, **sent: Any) -> HttpResponse:
    return client.get(url) if method == "GET" else client.post(url, sent)


def verdicts(
    market: Market, asked: Callable[[Page], Iterable[tuple[Role, Permission | None]]], *, every_method: bool = False
) -> list[str]:
    """Ask for every page as many people and tell where the answer is not what the table says."""
    wrong = []
    for name, page in PAGES.items():
        url = url_of(name)
        for role, permission in asked(page):
            client = market.browser(permission, role)
            expected = OPENED if page.may(role, permission) else {403}
            # Who has no permission at all does not act in the role.
            expected = {302} if permission is None else expected
            for method in sorted(page.methods)[: None if every_method else 1]:
                status = ask(client, method, url).status_code
                if status not in expected:
                    wrong.append(f"{method} {url} as {role} with {permission}: {status}, not {sorted(expected)}")
    return wrong


def each(method: str = "GET") -> Iterator[tuple[str, Page, Role]]:
    """Give each page that answers a method, with a role that may open it."""
    for name, page in PAGES.items():
        if method in page.methods:
            yield url_of(name), page, min(page.roles)


# --- the matrix -----------------------------------------------------------------------------------------------------


def test_every_page_stands_in_the_table() -> None:
    found = {name for name, _ in names()}
    operator = {name.removeprefix("operator:") for name in found if name.startswith("operator:")}
    assert operator - {"style"} == set(PAGES)
    client = {name.removeprefix("client:") for name in found if name.startswith("client:")}
    assert client == set(CLIENT_PAGES)
    assert {name for name in found if not name.startswith(("operator:", "client:"))} <= OPEN | OF_THE_FRAME


def test_every_permission_opens_what_it_is_for(market: Market) -> None:
    """Those that open a page lead in, and none of the others does."""
    assert not verdicts(market, lambda page: ((min(page.roles), permission) for permission in PERMISSIONS))


def test_every_role_opens_what_is_for_it(market: Market) -> None:
    """Every role that a page is not for is refused, by each method; one that it is for is let in."""
    wanted = {id(page): {min(page.roles), *(set(Role) - page.roles)} for page in PAGES.values()}
    found = verdicts(market, lambda page: ((role, Permission.ADMIN) for role in wanted[id(page)]), every_method=True)
    assert not found


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_every_role_with_every_permission(market: Market) -> None:
    def everybody(_: Page) -> Iterator[tuple[Role, Permission | None]]:
        return ((role, permission) for role in Role for permission in PERMISSIONS)

    assert not verdicts(market, everybody, every_method=True)


def test_who_has_not_signed_in_is_led_to_do_so_and_back(market: Market) -> None:
    client = Client()
    for url, _, _ in each("GET"):
        answer = client.get(url)
        assert (answer.status_code, answer["Location"]) == (302, f"/sign-in?next={url.replace('/', '%2F')}")
    for url, _, _ in each("POST"):
        answer = client.post(url)
        assert (answer.status_code, answer["Location"][:8]) == (302, "/sign-in")


@pytest.mark.parametrize("who", ["a customer", "staff", "a stranger", "one who was shut out", "one whose grants ended"])
def test_who_is_no_operator_gets_in_nowhere(market: Market, who: str) -> None:
    user = User.objects.create(username="other", party=cast.mari() if who == "a customer" else None)
    browser = browser_of(user, f"customer:{cast.MARI}" if who == "a customer" else market.key(Role.GRID_OPERATOR))
    if who == "staff":
        browser = staff.sign_in(Client(), User.objects.create_superuser("staff", password="x"))
    if who.startswith("one"):
        browser = market.browser(Permission.ADMIN, Role.GRID_OPERATOR)
        assert browser.get(url_of("start")).status_code == 200
    if who == "one who was shut out":
        User.objects.update(is_active=False)
    if who == "one whose grants ended":
        UserGrant.objects.all().delete()
    before = contents()
    for name, page in PAGES.items():
        for method in sorted(page.methods):
            answer = ask(browser, method, url_of(name))
            assert answer.status_code == 302, f"{method} {name}"
            assert answer["Location"].startswith(("/role", "/sign-in")), f"{method} {name}"
    assert contents() == before


# --- what is tried against every page -------------------------------------------------------------------------------


def test_a_refused_form_changes_nothing(market: Market) -> None:
    before = contents()
    for name, page in PAGES.items():
        if "POST" in page.methods:
            for permission in Permission:
                if not page.may(min(page.roles), permission):
                    assert market.browser(permission, min(page.roles)).post(url_of(name), SENT).status_code == 403
    assert contents() == before


def test_a_form_from_elsewhere_is_refused(market: Market) -> None:
    before = contents()
    for url, _, role in each("POST"):
        browser = browser_of(market.people[Permission.ADMIN], market.key(role), csrf=True)
        assert browser.post(url, SENT).status_code == 403
        assert browser.post(url, {**SENT, "csrfmiddlewaretoken": "x" * 64}).status_code == 403
    assert contents() == before


@pytest.mark.parametrize("name", sorted(POSTED))
def test_a_form_of_the_frame_from_elsewhere_is_refused(market: Market, name: str) -> None:
    browser = browser_of(market.people[Permission.ADMIN], market.key(Role.GRID_OPERATOR), csrf=True)
    answer = browser.post(reverse(name), {"username": "grid", "language": "et", "as": "x"})
    assert answer.status_code == 403
    assert "Nothing was saved" in answer.content.decode()
    assert browser.get(url_of("start")).status_code == 200, "still signed in"


def test_a_form_that_was_opened_in_another_role_is_refused(market: Market) -> None:
    before = contents()
    for url, page, role in each("POST"):
        for other in (market.key(next(one for one in Role if one != role)), f"customer:{cast.MARI}", HOSTILE):
            answer = market.browser(Permission.ADMIN, role).post(url, {**SENT, "acting": other})
            assert answer.status_code == 409, f"{url} {sorted(page.roles)}"
    assert contents() == before


def test_other_methods_are_refused(market: Market) -> None:
    for name, page in PAGES.items():
        browser = market.browser(Permission.ADMIN, min(page.roles))
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - page.methods:
            assert browser.generic(method, url_of(name)).status_code == 405, f"{method} {name}"


def test_head_answers_as_get_does(market: Market) -> None:
    for url, _, role in each("GET"):
        browser = market.browser(Permission.ADMIN, role)
        assert browser.head(url).status_code == browser.get(url).status_code, url


def test_what_every_page_says_to_the_browser(market: Market) -> None:
    for url, _, role in each("GET"):
        answer = market.browser(Permission.ADMIN, role).get(url)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy, url
        assert "unsafe" not in policy and "http" not in policy, url
        said = (answer["X-Frame-Options"], answer["X-Content-Type-Options"], answer["Referrer-Policy"])
        assert said == ("DENY", "nosniff", "same-origin"), url
        if answer.status_code == 200:
            assert "no-store" in answer["Cache-Control"], url


def test_what_others_have_written_is_shown_and_runs_nothing(market: Market) -> None:
    query = dict.fromkeys(("status", "q", "sort", "page", "topic", "point", "day", "next", "back"), HOSTILE)
    for url, _, role in each("GET"):
        shown: Any = market.browser(Permission.ADMIN, role).get(url, query)
        said = b"".join(shown) if shown.streaming else shown.content
        assert b"<script>alert" not in said and b"<img src=x" not in said, url


def test_nonsense_in_the_address_is_no_crash(market: Market) -> None:
    browsers = [Client(), market.browser(Permission.ADMIN, Role.GRID_OPERATOR)]
    for path in ("%00", "..%2f..%2fetc%2fpasswd", "%0d%0aSet-Cookie:evil=y", "<script>alert(1)</script>", "x" * 3000):
        for client in browsers:
            answer = client.get(f"/operator/{path}")
            assert answer.status_code == 404
            assert "evil" not in answer.cookies and b"<script>alert" not in answer.content
    for url, _, role in each("GET"):
        for query in ("?page=99999999999&sort=%00&point=%00", "?page=-1&page=x&%ff=%fe&day=0000-00-00&unit=%00"):
            assert market.browser(Permission.ADMIN, role).get(url + query).status_code < 500, url + query


# --- where one is led -----------------------------------------------------------------------------------------------

AWAY = [
    *(
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "http:///evil.example",
    ),
    *(
        "https://evil.example/operator/",
        "javascript:alert(1)",
        "data:text/html,x",
        " //evil.example",
        "\t//evil.example",
    ),
    *("http://testserver@evil.example/", "/\t/evil.example", "evil.example", "//evil%2eexample", "\x00//evil.example"),
]
INJECTED = [
    "/x\r\nSet-Cookie: evil=1",
    "/x%0d%0aSet-Cookie:%20evil=1",
    "/x\nLocation: //evil.example",
    "/\u560d\u560aevil",
]


def leads_away(answer: HttpResponse) -> bool:
    target = answer.get("Location", "/")
    return not target.startswith("/") or target.startswith(("//", "/\\", "/\t")) or "\n" in target or "\r" in target


@pytest.mark.parametrize("target", AWAY + INJECTED)
def test_nobody_is_led_away(market: Market, target: str) -> None:
    user = market.people[Permission.ADMIN]
    choice = market.key(Role.GRID_OPERATOR)
    for name, sent in {"role": {"as": choice}, "language": {"language": "et"}, "theme": {"theme": "dark"}}.items():
        answer = browser_of(user, choice).post(reverse(name), {**sent, "next": target})
        assert answer.status_code == 302
        assert not leads_away(answer), f"{name}: {answer['Location']}"
        assert "evil" not in answer.cookies
    for answer in (
        browser_of(user, choice).get(reverse("sign-in"), {"next": target}),
        Client().get(reverse("sign-in"), {"next": target}),
        browser_of(user, choice).get(reverse("role"), {"next": target}),
        Client().get(reverse("role"), {"next": target}),
    ):
        assert not leads_away(answer)
        assert f'value="{target}"' not in answer.content.decode() or target in INJECTED


def test_a_host_that_is_not_ours_is_not_answered(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["hub.example"]
    assert client.get("/sign-in", headers={"host": "evil.example"}).status_code == 400
    answer = client.get("/operator/", headers={"host": "hub.example", "x-forwarded-host": "evil.example"})
    assert answer["Location"].startswith("/sign-in")
