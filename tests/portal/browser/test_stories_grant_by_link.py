"""Access given by a company's own link: the customer comes from the company, answers, and is led back to it.

No host of the demo market is one: the browser is seen to ask for the company's page, and nothing answers. What a page
may lead to is held by its content security policy, which browsers keep to after a form is sent, too. Source:
`5-web.md`, "Grant by link".
"""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Request, Route, expect

from tests.contracts.client import Client
from tests.contracts.market import ADVICE, FLAT_OF_MARI, HOUSE_OF_JAAN, HOUSE_OF_MARI, STRANGER, WIND
from tests.contracts.product import Product
from tests.portal.browser.conftest import People
from tests.portal.browser.granting import AUTHORIZATIONS, HOST, STATE, choose, choose_terms, link_of
from tests.portal.browser.reader import NARROW, WIDE, Reader
from tests.portal.browser.steps import path_of, press_main

SUPPLIER = "OPEN_SUPPLIER"
CONFIRM, DECLINE = "main .wizard button.btn-primary", "main .wizard button[name=decline]"
LEAVE = "main button[name=decline][form=leave]"
# What the company's own link asks for, and what the hub adds.
OWN = [("number", "17"), ("keel", "et")]
_REGISTER = """
import json
from datahub.parties.models import Party
from datahub.parties.services.redirect_hosts import register_redirect_host, withdraw_redirect_host

eic, host, is_theirs = json.loads({asked!r})
act = register_redirect_host if is_theirs else withdraw_redirect_host
act(participant=Party.objects.get(eic=eic), host=host)
"""

pytestmark = pytest.mark.timeout(240)


def register(hub: Product, eic: str, host: str, *, is_theirs: bool = True) -> None:
    """Let a participant's customers be led back to a host, or no more, as the staff do."""
    asked = json.dumps([eic, host, is_theirs])
    hub.run("manage.py", "shell", "--no-imports", stdin=_REGISTER.format(asked=asked))


def has_access(hub: Product, point: str, receiver: str = WIND, role: str = SUPPLIER) -> bool:
    answer = Client.of(hub.url, receiver, role).post("/customer-authorization", meterEic=[point])
    assert answer.status_code == 200, answer.text
    return bool(answer.json()["customerAuthorizations"])


def said_to(asked: Request, host: str = HOST) -> list[tuple[str, str]]:
    """Give what a company is told by the address to which a customer is led back, and by nothing else."""
    parts = urlsplit(asked.url)
    assert (parts.scheme, parts.netloc, asked.method) == ("https", host, "GET")
    assert asked.post_data is None
    assert "referer" not in asked.headers
    return parse_qsl(parts.query, keep_blank_values=True)


def end_all(customer: Reader, name: str) -> None:
    """End every access of a company, in the browser."""
    while True:
        customer.open(AUTHORIZATIONS)
        ends = customer.page.locator("main .place", has_text=name).locator("a.btn-outline-danger")
        if ends.count() == 0:
            return
        customer.follow(ends)
        press_main(customer)


def test_a_customer_who_has_to_sign_in_first_gives_access_and_is_led_back(person: People, hub: Product) -> None:
    jaan = person(language="et", width=NARROW)
    page = jaan.page
    page.goto(hub.url + link_of())
    assert path_of(jaan) == "/sign-in"
    jaan.follow(page.locator("button[name=username][value=jaan]"), look=False)
    if path_of(jaan) == "/role":
        jaan.follow(page.locator("button.choice[value^=customer]"), look=False)
    assert path_of(jaan).endswith("/places")
    jaan.look()
    assert jaan.sees("Tuule Energia AS") and jaan.sees(HOST)
    # He has one place, which is chosen already.
    expect(page.locator(f"[name=points][value='{HOUSE_OF_JAAN}']")).to_be_checked()
    jaan.follow(page.locator(CONFIRM))
    assert path_of(jaan).endswith("/summary")
    assert not has_access(hub, HOUSE_OF_JAAN)
    asked = jaan.leave(page.locator(CONFIRM), HOST)
    assert said_to(asked) == [*OWN, ("result", "granted"), ("state", STATE)]
    assert has_access(hub, HOUSE_OF_JAAN)
    # Who goes back in the browser finds what was done, gives nothing twice, and may go to the company again.
    summary = next(one for one in [asked.redirected_from] if one is not None).url
    page.goto(summary)
    assert path_of(jaan).endswith("/done")
    jaan.look()
    again = jaan.leave(page.locator("main .place-links a.btn-primary"), HOST)
    assert said_to(again) == said_to(asked)
    end_all(jaan, "Tuule Energia AS")
    assert not has_access(hub, HOUSE_OF_JAAN)


@pytest.mark.long
@pytest.mark.parametrize("button", [DECLINE, LEAVE])
@pytest.mark.parametrize("scripts", [True, False])
def test_who_declines_or_goes_back_gives_nothing_and_is_led_back(
    person: People, hub: Product, button: str, scripts: bool
) -> None:
    mari = person("mari", scripts=scripts, theme="dark")
    page = mari.page
    for goes_on in (False, True):
        mari.open(link_of())
        if goes_on:
            choose(mari, "points", HOUSE_OF_MARI)
        asked = mari.leave(page.locator(button), HOST)
        assert said_to(asked) == [*OWN, ("result", "declined"), ("state", STATE)]
    assert not has_access(hub, HOUSE_OF_MARI)


@pytest.mark.long
def test_an_energy_service_company_s_link_leaves_the_terms_to_the_customer(person: People, hub: Product) -> None:
    mari = person("mari", language="et", width=NARROW, theme="dark")
    page = mari.page
    host = "energianou.example"
    # Without a state none comes back; without a button to go back there is none.
    link = link_of(eicCode=ADVICE, redirectUrl=f"https://{host}", showBackButton="false").replace("state=", "none=")
    mari.open(link)
    assert page.locator(LEAVE).count() == 0
    choose(mari, "points", FLAT_OF_MARI)
    choose_terms(mari, {"purpose": "CARBON_ACCOUNTING", "lasting": "6M", "seen": "past"})
    # Back keeps what was chosen, and so does the browser's own.
    mari.follow(page.locator("main .wizard a.btn-outline-secondary"))
    expect(page.locator("[name=lasting][value='6M']")).to_be_checked()
    page.go_back()
    asked = mari.leave(page.locator(CONFIRM), host)
    assert said_to(asked, host) == [("result", "granted")]
    assert has_access(hub, FLAT_OF_MARI, ADVICE, "ENERGY_SERVICE_PROVIDER")


REFUSED = {
    "a host that is not the company's": {"redirectUrl": "https://paikese.example/"},
    "a host under the company's": {"redirectUrl": f"https://x.{HOST}/"},
    "not encrypted": {"redirectUrl": f"http://{HOST}/"},
    "another port": {"redirectUrl": f"https://{HOST}:8443/"},
    "a name and another host": {"redirectUrl": f"https://{HOST}@elsewhere.example/"},
    "a slash to browsers alone": {"redirectUrl": f"https://elsewhere.example\\@{HOST}/"},
    "a script": {"redirectUrl": "javascript:alert(1)"},
    "a company without the host": {"eicCode": STRANGER},
    "no company": {"eicCode": "38X-NOBODY-----5"},
    "an energy that is none": {"energyType": "steam"},
}


@pytest.mark.long
def test_a_link_that_would_lead_elsewhere_leads_nowhere(person: People) -> None:
    for number, (why, changed) in enumerate(REFUSED.items()):
        if number % 5 == 0:
            mari = person("mari", language=("en", "et")[number // 5], width=(WIDE, NARROW)[number // 5])
        mari.open(link_of(**changed), status=400)
        assert path_of(mari) == "/portal/grant", why
        # Nothing in the page leads away from here, not even what the link asked for.
        leads = [link.get_attribute("href") or "" for link in mari.page.locator("main a").all()]
        assert leads and all(one.startswith("/portal/") for one in leads), why
        assert mari.page.locator("form[action*='//']").count() == 0


@pytest.mark.long
def test_a_host_counts_from_its_registration_to_its_withdrawal(person: People, hub: Product) -> None:
    host = "uus.tuule.example"
    mari = person("mari")
    link = link_of(redirectUrl=f"https://{host}/", state="1")
    mari.open(link, status=400)
    register(hub, WIND, host)
    mari.open(link)
    said_to(mari.leave(mari.page.locator(DECLINE), host), host)
    # Withdrawn between the first step and the answer: the answer stands, and she stays here.
    mari.open(link)
    choose(mari, "points", HOUSE_OF_MARI)
    register(hub, WIND, host, is_theirs=False)
    press_main(mari)
    mari.look()
    assert path_of(mari).endswith("/done")
    assert mari.sees("You cannot be led back")
    assert has_access(hub, HOUSE_OF_MARI)
    end_all(mari, "Tuule Energia AS")


@pytest.mark.long
def test_a_page_that_did_not_name_the_host_would_not_let_her_go(person: People, hub: Product) -> None:
    """What the other tests see is the policy's doing: without the host in it the browser stays."""
    mari = person("mari")
    page = mari.page

    def without_host(route: Route) -> None:
        answer = route.fetch()
        policy = answer.headers["content-security-policy"]
        assert f"form-action 'self' https://{HOST}" in policy
        narrow = policy.replace(f" https://{HOST}", "")
        route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": narrow})

    mari.open(link_of())
    places = page.url
    page.route("**/places", lambda route: without_host(route) if route.request.method == "GET" else route.continue_())
    page.goto(places)
    mari.elsewhere = f"https://{HOST}/"
    with page.expect_console_message(lambda message: "form-action" in message.text):
        page.locator(DECLINE).click()
    # That it was said is what was wanted here.
    mari.problems.clear()
    # The pages of her own steps lead to no company.
    answer = page.goto(f"{hub.url}{AUTHORIZATIONS}/new")
    assert answer is not None
    assert "form-action 'self';" in answer.headers["content-security-policy"] + ";"
