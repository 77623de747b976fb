"""Signing in, choosing as whom to act, and what of it holds at each click. Source: `5-web.md`, "Signing in"."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from datahub.market import IdentityType, MetadataType, PartyType, Permission, Role
from datahub.parties.models import MarketRole, User, UserGrant
from datahub.parties.rules import IdentityFact
from datahub.parties.services import parties
from datahub.parties.services.representations import give_representation
from datahub.parties.services.roles import change_role_end
from tests import cast
from tests.portal.people import Browser, acting_for, grant, person

START = "/operator/"
ENQUIRIES = "/operator/enquiries/"


@pytest.fixture(autouse=True)
def _market(db: None) -> None:
    for eic in (cast.GRID_OPERATOR, cast.OPEN_SUPPLIER):
        cast.participant(eic)


def represents_firm(user: User) -> None:
    """Let a person act for a company that is a customer."""
    company = parties.register_party(
        eic="38X-AVP-FIRM01-C",
        party_type=PartyType.LEGAL_PERSON,
        identities=[IdentityFact(IdentityType.COMPANY_ID, "12345678", "EE")],
        metadata={MetadataType.COMPANY_NAME: "Leivatööstus OÜ"},
        now=cast.BEGINNING,
    )
    give_representation(person=user, customer=company, valid_from=cast.BEGINNING)


def test_who_has_not_signed_in_is_sent_to_do_so_and_comes_back() -> None:
    answer = Browser().get(f"{ENQUIRIES}?status=OPEN")
    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in?next=%2Foperator%2Fenquiries%2F%3Fstatus%3DOPEN"


def test_who_has_several_roles_chooses_one_and_comes_to_what_she_asked_for() -> None:
    user = person()
    grant(user, cast.GRID_OPERATOR, Role.GRID_OPERATOR)
    supplier = grant(user, cast.OPEN_SUPPLIER, Role.OPEN_SUPPLIER)
    browser = Browser(user)
    asked = browser.get(ENQUIRIES)
    assert asked["Location"] == "/role?next=%2Foperator%2Fenquiries%2F"
    page = browser.get(asked["Location"])
    assert b"P\xc3\xb5hjav\xc3\xb5rk O\xc3\x9c" in page.content and b"P\xc3\xa4ikese Energia AS" in page.content
    chosen = browser.send("/role", {"as": supplier, "next": ENQUIRIES})
    assert chosen["Location"] == ENQUIRIES
    assert browser.get(ENQUIRIES).status_code == 200


def test_who_can_act_as_none_whom_a_page_is_for_is_told_and_not_led_in_a_circle() -> None:
    user = person()
    browser = Browser(user)
    supplier = grant(user, cast.OPEN_SUPPLIER, Role.OPEN_SUPPLIER)
    asked = browser.act_as(supplier).get("/portal/grant?eicCode=x")["Location"]
    page = browser.get(asked)
    assert "The page that you asked for is for customers." in page.content.decode() and page.context["next"] is None
    assert browser.send("/role", {"as": supplier})["Location"] == START
    # Of somebody who may choose a role that the page is for nothing is said.
    represents_firm(user)
    page = browser.get(asked)
    assert "is for customers" not in page.content.decode() and page.context["next"].startswith("/portal/grant?")


def test_a_customer_who_was_sent_to_the_operators_pages_is_told_so() -> None:
    browser = Browser(person(cast.MARI, cast.mari())).act_as(f"customer:{cast.MARI}")
    page = browser.get(browser.get(ENQUIRIES)["Location"])
    assert "is for people who work for a market participant" in page.content.decode()
    assert page.context["next"] is None


@pytest.mark.parametrize(
    "key",
    [
        f"operator:{cast.GRID_OPERATOR}:GRID_OPERATOR:ELECTRICITY",
        f"operator:{cast.OPEN_SUPPLIER}:OPEN_SUPPLIER:NATURAL_GAS",
        f"customer:{cast.MARI}",
        "operator:",
        "",
        "\x00",
    ],
)
def test_nobody_acts_as_what_was_not_granted(key: str) -> None:
    cast.mari()
    browser = acting_for(cast.OPEN_SUPPLIER, Role.OPEN_SUPPLIER)
    answer = browser.send("/role", {"as": key})
    assert answer.status_code == 403
    # What was chosen before goes on.
    assert browser.get(START).context["acting"].participant.eic == cast.OPEN_SUPPLIER


def test_a_grant_that_is_withdrawn_ends_with_the_next_click() -> None:
    browser = acting_for(cast.OPEN_SUPPLIER, Role.OPEN_SUPPLIER)
    assert browser.get(ENQUIRIES).status_code == 200
    UserGrant.objects.all().delete()
    assert browser.get(ENQUIRIES)["Location"].startswith("/role?")


def test_a_role_that_ends_takes_its_people_along() -> None:
    browser = acting_for(cast.OPEN_SUPPLIER, Role.OPEN_SUPPLIER)
    held = MarketRole.objects.get(participant__eic=cast.OPEN_SUPPLIER)
    change_role_end(held=held, valid_to=datetime.now(UTC) + timedelta(hours=1))
    assert browser.get(START).status_code == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=20)):
        browser.get(START)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=45)):
        browser.get(START)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=61)):
        assert browser.get(START)["Location"].startswith("/role?")


def test_a_person_is_herself_and_whom_she_represents() -> None:
    mari = cast.mari()
    user = person("mari", mari)
    represents_firm(user)
    page = Browser(user).get("/role").content.decode()
    assert page.index("Mari Maasikas") < page.index("Leivatööstus OÜ")
    browser = Browser(user).act_as(f"customer:{cast.MARI}")
    # A customer is nobody in the operators' pages.
    assert browser.get(START)["Location"].startswith("/role?")


def test_a_form_that_was_opened_in_another_role_is_not_taken() -> None:
    user = person()
    grid = grant(user, cast.GRID_OPERATOR, Role.GRID_OPERATOR)
    supplier = grant(user, cast.OPEN_SUPPLIER, Role.OPEN_SUPPLIER)
    browser = Browser(user).act_as(supplier)
    answer = browser.send("/operator/enquiries/new", {"acting": grid, "meter_eic": "x"})
    assert answer.status_code == 409
    assert b"Nothing was saved" in answer.content
    assert browser.send("/operator/enquiries/new", {"acting": supplier, "meter_eic": "x"}).status_code == 200


def test_a_form_of_another_role_leads_back_to_that_role_and_the_form() -> None:
    user = person()
    grid = grant(user, cast.GRID_OPERATOR, Role.GRID_OPERATOR)
    supplier = grant(user, cast.OPEN_SUPPLIER, Role.OPEN_SUPPLIER)
    browser = Browser(user).act_as(grid)
    path = "/operator/enquiries/new?topic=DATA"
    page = browser.send(path, {"acting": supplier, "meter_eic": "x"})
    assert "You opened this form as " in (shown := page.content.decode())
    assert "(Open supplier, electricity), and have changed your role" in shown
    answer = browser.send("/role", {"as": supplier, "next": page.context["back"]})
    assert answer["Location"] == path
    assert browser.get(path).status_code == 200
    # What she may not act as is not named.
    strange = browser.send(path, {"acting": f"operator:{cast.OPEN_SUPPLIER}:AGGREGATOR:ELECTRICITY"})
    assert "can no longer act in" in strange.content.decode() and strange.status_code == 409


def test_what_a_form_asks_for_itself_says_in_it_that_the_role_has_changed() -> None:
    user = person()
    grid = grant(user, cast.GRID_OPERATOR, Role.GRID_OPERATOR)
    supplier = grant(user, cast.OPEN_SUPPLIER, Role.OPEN_SUPPLIER)
    browser = Browser(user).act_as(grid)
    page = browser.get("/operator/metering-points/new").content.decode()
    assert 'hx-include="#point-form [name=acting]"' in page and page.count("data-parts") == 1
    parts = {"headers": {"HX-Request": "true"}}
    code = "/operator/metering-points/new/code"
    assert b"missing before the check" in browser.get(code, {"eic": "38ZGO", "acting": grid}, **parts).content
    browser.act_as(supplier)
    for answer in (
        browser.get(code, {"eic": "38ZGO", "acting": grid}, **parts),
        browser.send("/operator/metering-points/new", {"redraw": "yes", "acting": grid}, **parts),
    ):
        # An error would be put nowhere.
        assert (answer.status_code, answer["HX-Retarget"]) == (200, "[data-parts]")
        assert "You have changed your role" in answer.content.decode()
        assert "(Grid operator, electricity)" in answer.content.decode()
    # Whoever never had the form's role is refused as ever.
    assert browser.get(code, {"eic": "38ZGO"}, **parts).status_code == 403


def test_the_session_gets_a_new_key_when_the_role_changes() -> None:
    user = person()
    grid = grant(user, cast.GRID_OPERATOR, Role.GRID_OPERATOR)
    supplier = grant(user, cast.OPEN_SUPPLIER, Role.OPEN_SUPPLIER)
    browser = Browser(user).act_as(supplier)
    before = browser.cookies["session"].value
    browser.act_as(grid)
    assert browser.cookies["session"].value != before


def test_permissions_hide_places_and_the_server_refuses_them() -> None:
    browser = acting_for(cast.OPEN_SUPPLIER, Role.OPEN_SUPPLIER, Permission.VIEWER_METERING_POINT)
    page = browser.get(START)
    assert ENQUIRIES.encode() not in page.content
    refused = browser.get(ENQUIRIES)
    assert refused.status_code == 403
    assert b"You may not open this page" in refused.content


def test_an_inactive_person_is_nobody() -> None:
    browser = acting_for(cast.OPEN_SUPPLIER, Role.OPEN_SUPPLIER)
    assert browser.user is not None
    browser.user.is_active = False
    browser.user.save()
    assert browser.get(START)["Location"].startswith("/sign-in")


def test_signing_out_ends_it() -> None:
    browser = acting_for(cast.OPEN_SUPPLIER, Role.OPEN_SUPPLIER)
    assert browser.get("/sign-out").status_code == 405
    assert browser.send("/sign-out", {})["Location"] == "/"
    assert browser.get(START)["Location"].startswith("/sign-in")


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "evil",
        "/\t/evil.example",
        "///evil.example?/",
        "//evil.example?" + "a" * 3_000,
        "/\\evil.example?" + "a" * 3_000,
        "/operator/?\r\nSet-Cookie: a=b",
        "/operator/?" + "a" * 9_000,
    ],
)
def test_nobody_is_led_away(target: str) -> None:
    browser = acting_for(cast.OPEN_SUPPLIER, Role.OPEN_SUPPLIER)
    for path, fields in (
        ("/language", {"language": "et"}),
        ("/theme", {"theme": "dark"}),
        ("/role", {"as": f"operator:{cast.OPEN_SUPPLIER}:OPEN_SUPPLIER:ELECTRICITY"}),
    ):
        answer = browser.send(path, {**fields, "next": target})
        assert answer.status_code == 302
        assert answer["Location"] in ("/", START)


def test_language_and_colours_stay_in_the_browser_and_with_the_person() -> None:
    browser = acting_for(cast.OPEN_SUPPLIER, Role.OPEN_SUPPLIER, name="supplier")
    browser.send("/language", {"language": "et", "next": START})
    browser.send("/theme", {"theme": "dark", "next": START})
    page = browser.get(START).content.decode()
    assert '<html lang="et"' in page
    assert 'data-bs-theme="dark"' in page
    browser.send("/language", {"language": "xx"})
    assert '<html lang="et"' in browser.get(START).content.decode()
    assert browser.user is not None
    browser.user.refresh_from_db()
    assert (browser.user.preference.language, browser.user.preference.theme) == ("et", "dark")
    # In another browser they are hers as soon as she has signed in.
    other = Browser()
    assert 'data-bs-theme="dark"' not in other.get("/sign-in").content.decode()
    assert other.send("/sign-in", {"username": browser.user.username}).status_code == 302
    page = other.get(START).content.decode()
    assert '<html lang="et"' in page and 'data-bs-theme="dark"' in page
