"""A company sends its customer here by a link: she agrees or declines, and comes back with what she did.

Source: `5-web.md`, "Grant by link".
"""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from django.core.cache import cache

from datahub.market import Commodity
from datahub.parties.models import RedirectHost
from datahub.parties.services.redirect_hosts import register_redirect_host, withdraw_redirect_host
from tests import cast
from tests.portal.client.giving import ADVICE, TERMS, Wizard, adviser, end_role, filled, given, said, supplier
from tests.portal.client.readings import NOW, browser_of, point_of
from tests.portal.people import Browser, person
from tests.tables import contents

pytestmark = pytest.mark.usefixtures("_market")
HOST = "pood.example.ee"
BACK = f"https://{HOST}/volitus"
HOSTILE_STATE = "a=1&b=2#c?d /\\ä ö €😀\n\r\t\"'<script>+%41%%00"


@pytest.fixture
def house(_market: None) -> Any:
    register_redirect_host(participant=supplier(), host=HOST)
    return point_of()


def address(**changed: str | None) -> str:
    """Give the address of a link; what is changed to None is left out."""
    asked = {"eicCode": cast.OPEN_SUPPLIER, "energyType": "electricity", "redirectUrl": BACK} | changed
    return f"/portal/grant?{urlencode({name: value for name, value in asked.items() if value is not None})}"


def followed(browser: Browser | None = None, **changed: str | None) -> Wizard:
    """Give a customer who has followed a link."""
    wizard = Wizard(browser or browser_of())
    answer = wizard.browser.get(address(**changed))
    assert answer.status_code == 302, answer.content
    wizard.base = answer["Location"].rpartition("/")[0] + "/"
    assert answer["Location"] == f"{wizard.base}places"
    return wizard


def led(answer: Any) -> tuple[str, list[tuple[str, str]], str]:
    """Give where an answer leads: the address, its query, its fragment."""
    assert answer.status_code == 302
    found = urlsplit(answer["Location"])
    return (
        f"{found.scheme}://{found.netloc}{found.path}",
        parse_qsl(found.query, keep_blank_values=True),
        found.fragment,
    )


def decline(wizard: Wizard, step: str = "places") -> Any:
    return wizard.browser.send(f"{wizard.base}{step}", {"decline": "1"})


def test_who_agrees_is_led_back_and_access_is_given(house: Any) -> None:
    wizard = followed(state="abc")
    page = wizard.page("places")
    assert "Päikese Energia AS asks to see your data · step 1 of 2" in said(page)
    assert "Unless you agree, it sees nothing more than it does now. You answer for Mari Maasikas." in said(page)
    assert "sees the readings of your last 12 months, for 48 hours, so that it can make you an offer" in said(page)
    assert f"When you are done, you go back to {HOST}." in said(page)
    assert wizard.places(house.eic)["Location"] == f"{wizard.base}summary"
    assert "Päikese Energia AS will see your name" in wizard.summary()
    assert not given()
    assert led(wizard.confirm()) == (BACK, [("result", "granted"), ("state", "abc")], "")
    (one,) = given()
    assert (one.point, one.participant, one.purpose) == (house, supplier(), "ENERGY_SUPPLY_OFFER")


@pytest.mark.parametrize("step", ["places", "summary"])
def test_who_declines_is_led_back_and_nothing_is_given(house: Any, step: str) -> None:
    wizard = followed(state="abc")
    wizard.places(house.eic)
    before = contents()
    assert led(decline(wizard, step)) == (BACK, [("result", "declined"), ("state", "abc")], "")
    assert contents() == before and not given()
    done = wizard.page("done")
    assert "Nothing of your data was shown to anybody" in said(done)
    assert f'href="{BACK}?result=declined&amp;state=abc"' in done.content.decode()
    # She may not change her mind by an old window: the company was told already.
    assert led(wizard.browser.send(f"{wizard.base}summary", {"chosen": "x"}))[1][0] == ("result", "declined")
    assert not given()


def test_the_back_button_is_shown_where_the_company_asks_for_it_and_declines(house: Any) -> None:
    label = "Back to Päikese Energia AS without giving access"
    for flag in ("true", "TRUE", "True"):
        wizard = followed(showBackButton=flag)
        page = wizard.page("places").content.decode()
        assert label in page and 'name="decline" value="1" form="leave"' in page
    assert led(decline(wizard))[1] == [("result", "declined")]
    for shown in ("false", "", None):
        assert label not in followed(showBackButton=shown).page("places").content.decode()


@pytest.mark.parametrize(
    "state", ["", " ", "0", HOSTILE_STATE.replace("%00", "\x00"), "a" * 2_000, "ä😀" * 400, "%26", "a+b", "\u202e"]
)
def test_the_state_comes_back_byte_for_byte(house: Any, state: str) -> None:
    for wizard in (followed(state=state), followed(browser_of(language="et"), state=state)):
        answer = decline(wizard)
        assert led(answer)[1] == [("result", "declined"), ("state", state)]
        assert "\n" not in answer["Location"] and answer["Location"].isascii()
        # By the link on the page that is left behind too.
        (link,) = re.findall(rf'href="({re.escape(BACK)}[^"]*)"', wizard.page("done").content.decode())
        assert unescape(link) == answer["Location"]


def test_without_a_state_none_comes_back(house: Any) -> None:
    assert led(decline(followed()))[1] == [("result", "declined")]


@pytest.mark.parametrize(
    ("asked", "came"),
    [
        (f"https://{HOST}", f"https://{HOST}/?result=declined&state=s"),
        (f"https://{HOST}/", f"https://{HOST}/?result=declined&state=s"),
        (f"https://{HOST}?a=1", f"https://{HOST}/?a=1&result=declined&state=s"),
        (f"{BACK}?", f"{BACK}?result=declined&state=s"),
        (f"{BACK}#", f"{BACK}?result=declined&state=s"),
        (f"{BACK}?a=1#frag", f"{BACK}?a=1&result=declined&state=s#frag"),
        (f"{BACK}#/spa?route=1", f"{BACK}?result=declined&state=s#/spa?route=1"),
        # What stands there under our names is not the company's to say.
        (f"{BACK}?result=granted&a=1", f"{BACK}?a=1&result=declined&state=s"),
        (f"{BACK}?state=x&result=granted&state=y#f", f"{BACK}?result=declined&state=s#f"),
        (f"{BACK}?%72esult=granted&st%61te=x", f"{BACK}?result=declined&state=s"),
        (f"{BACK}?result&state", f"{BACK}?result=declined&state=s"),
        (f"{BACK}?RESULT=1&results=2", f"{BACK}?RESULT=1&results=2&result=declined&state=s"),
        # Its own query stays as it wrote it.
        (f"{BACK}?b&a=&c=%20+%2B%FF;d=1", f"{BACK}?b&a=&c=%20+%2B%FF;d=1&result=declined&state=s"),
        (f"https://{HOST}/a/../b;x=1//%2e%2E", f"https://{HOST}/a/../b;x=1//%2e%2E?result=declined&state=s"),
        (f"HTTPS://{HOST}/".replace("HTTPS", "https"), f"https://{HOST}/?result=declined&state=s"),
        (f"https://{HOST.upper()}/A", f"https://{HOST}/A?result=declined&state=s"),
        (f"{BACK}/@b:80/http://x", f"{BACK}/@b:80/http://x?result=declined&state=s"),
    ],
)
def test_the_companys_own_query_and_fragment_are_kept(house: Any, asked: str, came: str) -> None:
    assert decline(followed(redirectUrl=asked, state="s"))["Location"] == came


@pytest.mark.parametrize("energy", ["naturalGas", "natural_gas", "gas", "NATURAL_GAS"])
def test_a_link_for_gas_offers_places_of_gas(house: Any, energy: str) -> None:
    stove = point_of(commodity=Commodity.NATURAL_GAS)
    supplier(Commodity.NATURAL_GAS)
    assert [own.point for own in followed(energyType=energy).page("places").context["form"].places] == [stove]
    assert [own.point for own in followed().page("places").context["form"].places] == [house]


def test_who_has_no_place_of_that_energy_can_only_decline(house: Any) -> None:
    supplier(Commodity.NATURAL_GAS)
    wizard = followed(energyType="gas")
    page = wizard.page("places").content.decode()
    assert (
        "asks about places with natural gas, and you have none" in page
        and ">Continue<" not in page
        and ">Decline<" in page
        and "If you agree" not in page
    )
    assert led(decline(wizard))[1] == [("result", "declined")]


def test_an_energy_service_company_s_link_asks_for_the_terms_too(house: Any) -> None:
    register_redirect_host(participant=adviser(), host="nou.example.ee")
    wizard = followed(eicCode=ADVICE, redirectUrl="https://nou.example.ee/", state="s")
    assert wizard.page("places").context["steps"] == 3
    assert wizard.places(house.eic)["Location"] == f"{wizard.base}terms"
    wizard.terms()
    assert led(wizard.confirm()) == ("https://nou.example.ee/", [("result", "granted"), ("state", "s")], "")
    # Whose link it is cannot be changed on the way.
    other = followed(eicCode=ADVICE, redirectUrl="https://nou.example.ee/")
    for step in ("kind", "companies"):
        assert other.page(step)["Location"] == f"{other.base}places"
        sent = {"role": "OPEN_SUPPLIER", "receivers": cast.OPEN_SUPPLIER}
        assert other.browser.send(f"{other.base}{step}", sent)["Location"] == f"{other.base}places"
    other.places(house.eic)
    other.terms()
    other.confirm()
    assert {one.participant.eic for one in given()} == {ADVICE}


def test_who_has_not_signed_in_comes_back_to_the_very_same_link(house: Any) -> None:
    asked = address(state=HOSTILE_STATE, redirectUrl=f"{BACK}?a=%26&b=1#f", showBackButton="true")
    browser = Browser()
    answer = browser.get(asked)
    assert answer["Location"] == f"/sign-in?next={quote(asked, safe='')}"
    user = person("mari", cast.mari())
    page = browser.get(answer["Location"])
    sent = {"username": user.username, "next": page.context["next"]}
    back = browser.send("/sign-in", sent)
    assert back["Location"] == asked
    wizard = Wizard(browser, browser.get(back["Location"])["Location"].rpartition("/")[0] + "/")
    came = led(decline(wizard))
    assert came == (BACK, [("a", "&"), ("b", "1"), ("result", "declined"), ("state", HOSTILE_STATE)], "f")


def test_the_longest_link_that_can_be_followed_survives_signing_in(house: Any) -> None:
    asked = address(state="&" * 2_000, redirectUrl=f"{BACK}?a={'b' * 1_700}")
    assert 7_800 < len(asked) <= 8_000
    browser = Browser()
    way_in = browser.get(asked)["Location"]
    assert way_in == f"/sign-in?next={quote(asked, safe='')}"
    sent = {"username": person("mari", cast.mari()).username, "next": browser.get(way_in).context["next"]}
    assert browser.send("/sign-in", sent)["Location"] == asked
    browser = Browser()
    assert decline(followed(state="&" * 2_000)).status_code == 302
    # Of one that is longer still what is left says what has become of it.
    way_in = browser.get(f"{asked}{'%20' * 1_000}")["Location"]
    assert way_in == "/sign-in?next=%2Fportal%2Fgrant%3Fcut%3D1"
    page = browser_of().get("/portal/grant?cut=1")
    assert page.status_code == 400 and "the link is longer than 8000 characters" in said(page)
    assert browser.get(f"/portal/?find={'ä' * 3_000}").status_code == 302


def test_a_link_is_followed_a_second_time_as_the_first(house: Any) -> None:
    browser = browser_of()
    first, second = followed(browser), followed(browser)
    assert first.base != second.base
    first.places(house.eic)
    assert led(first.confirm())[1] == [("result", "granted")]
    assert "has access already, until" in said(second.page("places"))
    assert led(decline(second))[1] == [("result", "declined")]
    third = followed(browser)
    third.places(house.eic)
    third.confirm()
    assert len(given()) == 2


def test_an_answer_that_is_pressed_again_leads_where_the_first_did(house: Any) -> None:
    wizard = followed(state="s")
    wizard.places(house.eic)
    sent = filled(wizard.page("summary"))
    first = wizard.browser.send(f"{wizard.base}summary", sent)
    for again in (sent, sent | {"decline": "1"}, {}):
        cache.clear()
        assert wizard.browser.send(f"{wizard.base}summary", again)["Location"] == first["Location"]
    assert wizard.page("summary")["Location"] == f"{wizard.base}done"
    assert f'href="{first["Location"]}"'.replace("&", "&amp;") in wizard.page("done").content.decode()
    assert len(given()) == 1


@pytest.mark.parametrize("result", ["granted", "declined"])
def test_a_host_that_is_withdrawn_meanwhile_is_not_led_to(house: Any, result: str) -> None:
    wizard = followed(state="s", showBackButton="true")
    wizard.places(house.eic)
    sent = filled(wizard.page("summary"))
    withdraw_redirect_host(participant=supplier(), host=HOST)
    # Whoever opens the page now can still do both.
    page = wizard.page("summary")
    assert ">Decline<" in page.content.decode() and HOST not in page.content.decode()
    assert HOST not in page["Content-Security-Policy"]
    answer = wizard.browser.send(f"{wizard.base}summary", sent) if result == "granted" else decline(wizard, "summary")
    assert answer["Location"] == f"{wizard.base}done"
    assert len(given()) == (result == "granted")
    done = wizard.page("done")
    assert "You cannot be led back" in said(done) and HOST not in done.content.decode()
    assert wizard.browser.send(f"{wizard.base}summary", sent)["Location"] == f"{wizard.base}done"


def test_a_host_that_went_to_another_company_is_not_led_to(house: Any) -> None:
    wizard = followed()
    wizard.places(house.eic)
    RedirectHost.objects.update(participant=adviser())
    assert wizard.confirm()["Location"] == f"{wizard.base}done"
    assert "You cannot be led back" in said(wizard.page("done"))


def test_a_company_whose_role_ends_meanwhile_gets_nothing_and_is_told_so(house: Any) -> None:
    wizard = followed(state="s")
    wizard.places(house.eic)
    sent = filled(wizard.page("summary"))
    end_role(supplier(), NOW)
    answer = wizard.browser.send(f"{wizard.base}summary", sent)
    assert answer["Location"] == f"{wizard.base}places" and not given()
    page = wizard.page("places").content.decode()
    assert (
        "cannot be given access any more" in page
        and ">Continue<" not in page
        and ">Decline<" in page
        and "If you agree" not in page
    )
    assert wizard.places(house.eic).status_code == 200
    assert led(decline(wizard))[1] == [("result", "declined"), ("state", "s")]


def test_forms_of_a_link_lead_to_its_host_and_those_of_other_pages_nowhere(house: Any) -> None:
    register_redirect_host(participant=adviser(), host="nou.example.ee")
    wizard = followed(eicCode=ADVICE, redirectUrl="https://NOU.example.ee/", showBackButton="true")
    wizard.places(house.eic)
    wizard.terms()

    def forms_lead_to(page: Any) -> list[str]:
        (found,) = re.findall(r"form-action ([^;]*)", page["Content-Security-Policy"])
        return str(found).split()

    for step in ("places", "terms", "summary"):
        page = wizard.page(step)
        assert page.status_code == 200
        assert sorted(forms_lead_to(page)) == ["'self'", "https://nou.example.ee"], step
        assert page["Content-Security-Policy"].count("https:") == 1
    refused = wizard.browser.send(f"{wizard.base}terms", TERMS | {"purpose": ""})
    assert refused.status_code == 200 and "https://nou.example.ee" in forms_lead_to(refused)
    wizard.confirm()
    own = Wizard(wizard.browser)
    own.kind()
    others = [wizard.page("done"), own.page("kind"), own.page("companies"), wizard.browser.get(address(state="\ufffd"))]
    others += [wizard.browser.get(path) for path in ("/portal/", "/portal/authorizations", "/portal/details")]
    assert {tuple(forms_lead_to(page)) for page in others} == {("'self'",)}
