"""The data tracker: who has seen a customer's data, in words; what the filters and the file say; nobody else's rows."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest

from datahub.access.models import CustomerAuthorization
from datahub.market import PartyType, Role, SourceType
from datahub.market_time import day_start
from datahub.parties.models import Party, Representation, User
from datahub.periods import Period
from distribution.selectors.tracker import What
from tests import cast
from tests.distribution import market
from tests.distribution.market import BRP, GO, HOUSE, MARI, OS2
from tests.distribution.seen import FLAT, read, send
from tests.metering import points
from tests.portal.client import tracker as tracker_pages
from tests.portal.client.tracker import ENTRY, FILE, PAGE, PERMISSION, companies, customer, table, text
from tests.portal.people import Browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seen_market")]
seen_market = tracker_pages.seen_market


# --- the list -----------------------------------------------------------------------------------------------------


def test_an_entry_says_who_what_where_of_which_time_how_often_and_why() -> None:
    start = day_start(date(2026, 10, 20))
    for hour in range(24):
        span = {"period_from": start + timedelta(hours=hour), "period_to": start + timedelta(hours=hour + 1)}
        read(f"10-25T{hour:02}:05", **span)
    read("10-26T14:05", period_from=start, period_to=start + timedelta(days=1))
    page = customer().get(PAGE)
    said = text(page)
    assert "Tuule Energia AS Electricity or gas supplier 38X-DEMO-OS2---A" in said
    assert "Your readings of consumption and production" in said
    assert "Data of 20 Oct 2026" in said
    assert "It looked itself: 25 times, last today 14:05" in said
    assert "It sells you electricity, or its agreement starts later or ended less than a year ago." in said
    assert "From 27 Oct 2025 to 26 Oct 2026 , newest first." in said


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ({"by": GO, "role": Role.GRID_OPERATOR, "ground": SourceType.OWNERSHIP}, "It operates the network"),
        ({"by": BRP, "ground": SourceType.BALANCE_STATE}, "It is responsible for the energy balance"),
        ({"by": BRP, "ground": SourceType.BALANCE_STATE}, "another company that serves or served you."),
        ({"role": Role.AGGREGATOR}, "an agreement with you about flexible consumption"),
        ({"role": Role.AGGREGATOR, "ground": SourceType.OWNERSHIP}, "its own metering point there"),
        ({"role": Role.CHARGING_POINT_OPERATOR, "ground": SourceType.OWNERSHIP}, "The metering point belongs to it."),
        ({"ground": PERMISSION, "authorization": uuid4()}, "You gave it access."),
        ({"service": "agreement/search/meter", "ground": None}, "as when you ask it for an offer"),
        ({"service": "customer/search", "point": "", "ground": None}, "Only that you are a customer"),
        ({"service": "agreement/search", "ground": None}, "It is itself a party to the agreement."),
        ({"service": "something/new", "point": "", "ground": None}, "Other data about you"),
        ({"service": "something/new", "point": "", "ground": None}, "No reason was recorded."),
    ],
)
def test_every_reason_has_words(seen: dict[str, Any], words: str) -> None:
    read("10-25T14:05", **seen)
    said = text(customer().get(PAGE))
    assert words in said
    assert "once, yesterday 14:05" in said


def test_everything_that_may_be_seen_can_be_chosen() -> None:
    browser = customer()
    for what in What:
        assert browser.get(PAGE, {"what": what}).status_code == 200


def test_what_the_hub_sent_says_so_and_places_stand_by_their_addresses() -> None:
    point = market.make_point(HOUSE)
    point.street_address, point.municipality = "Kase 3", "Tallinn"
    point.save()
    covers = Period(day_start(date(2026, 10, 1)), day_start(date(2026, 10, 3)))
    send("10-26T08:00", covers=covers)
    send("10-26T09:00", point=FLAT, covers=covers)
    said = text(customer().get(PAGE))
    assert "The hub sent it: 2 times, last today 09:00" in said
    assert "Data of 1 Oct 2026 – 2 Oct 2026" in said
    assert "Kase 3, Tallinn" in said
    assert FLAT in said


def test_of_many_places_some_are_named_and_the_others_counted() -> None:
    for eic in points.codes("38ZGO-1", 8)[3:]:
        market.make_point(eic)
        read("10-25T14:05", point=eic)
    assert "and 2 more metering points" in text(customer().get(PAGE))


def test_who_has_not_been_seen_by_anybody_is_told_what_will_stand_there() -> None:
    said = text(customer().get(PAGE))
    assert "Nobody has seen your data yet" in said
    assert "Download" not in said
    assert "Nothing matches the filters" in text(customer().get(PAGE, {"what": "BILLS"}))


def test_in_estonian_too() -> None:
    read("10-25T14:05")
    read("10-25T14:00", by=BRP, ground=SourceType.BALANCE_STATE)
    said = text(customer(language="et").get(PAGE))
    assert "Kes on minu andmeid näinud" in said
    assert "eile 14:05" in said
    assert "teie müüja või muu teid teenindava või teenindanud ettevõtte energiabilansi eest" in said


# --- access that was given ----------------------------------------------------------------------------------------


@pytest.fixture
def allowed() -> CustomerAuthorization:
    """Mari's access for a supplier, which it has used."""
    given_at = datetime(2026, 10, 25, 6, tzinfo=UTC)
    party = Party.objects.get(eic=MARI)
    one = CustomerAuthorization.objects.create(
        customer=party,
        point=market.make_point(HOUSE),
        participant=Party.objects.get(eic=OS2),
        role=Role.OPEN_SUPPLIER,
        commodity="ELECTRICITY",
        purpose="ENERGY_SUPPLY_OFFER",
        valid_from=given_at,
        valid_to=given_at + timedelta(hours=48),
        subject_from=given_at - timedelta(days=365),
        subject_to=given_at,
        given_at=given_at,
        given_by=User.objects.create(username="giver", party=None),
    )
    read("10-25T14:05", ground=PERMISSION, authorization=one.pk)
    return one


def test_access_that_was_given_is_named_with_a_link_to_it(allowed: CustomerAuthorization) -> None:
    page = customer().get(PAGE)
    assert "You gave it access on 25 Oct 2026 . See what you allowed" in text(page)
    assert f'/{allowed.pk}"' in page.content.decode()


def test_what_was_seen_through_one_access_can_be_shown_alone(allowed: CustomerAuthorization) -> None:
    read("10-25T15:05", by=BRP)
    page = customer().get(PAGE, {"authorization": str(allowed.pk)})
    assert companies(page) == [OS2]
    assert "Only what was seen through one access that you gave. Show all" in text(page)
    # It stays while other filters are set.
    assert f'name="authorization" value="{allowed.pk}"' in page.content.decode()


def test_the_access_that_another_customer_gave_is_not_named(allowed: CustomerAuthorization) -> None:
    jaan = Party.objects.create(eic="38X-AVP-JAAN----", type=PartyType.PHYSICAL_PERSON, name="Jaan")
    read("10-25T14:05", customer=jaan.eic, ground=PERMISSION, authorization=allowed.pk)
    page = customer(jaan.eic, name="jaan").get(PAGE)
    assert "You gave it access." in text(page)
    assert str(allowed.pk) not in page.content.decode()


# --- whose --------------------------------------------------------------------------------------------------------


def test_nobody_sees_anything_of_another_customer() -> None:
    jaan = Party.objects.create(eic="38X-AVP-JAAN----", type=PartyType.PHYSICAL_PERSON, name="Jaan")
    read("10-25T14:05", customer=jaan.eic)
    send("10-25T14:05", customer=jaan.eic)
    mine, his = customer(), customer(jaan.eic, name="jaan")
    assert len(companies(his.get(PAGE))) == 2
    (url, *_) = re.findall(rf'href="({ENTRY}[^"]*)"', his.get(PAGE).content.decode())
    assert his.get(unescape(url)).status_code == 200
    page = mine.get(PAGE)
    assert companies(page) == []
    assert "Tuule" not in text(page) and HOUSE not in page.content.decode()
    assert mine.get(unescape(url)).status_code == 404
    assert table(mine.get(unescape(url).replace(ENTRY, FILE) + "&form=csv")) == []
    # A code that is named in the URL is not told anything of.
    point = market.make_point(HOUSE)
    point.street_address = "Kase 3"
    point.save()
    assert "Kase 3" not in text(mine.get(PAGE, {"place": HOUSE}))


@pytest.mark.parametrize("path", [PAGE, ENTRY, FILE])
def test_only_a_customer_gets_in_and_nothing_can_be_sent_there(path: str) -> None:
    assert Browser().get(path).status_code == 302
    assert customer().send(path, {}).status_code == 405


def test_a_company_sees_who_looked_on_its_behalf_and_a_person_not_herself() -> None:
    company = Party.objects.create(eic="38X-AVP-COMPANY-", type=PartyType.LEGAL_PERSON, name="Leib OÜ")
    browser = customer()
    Representation.objects.create(person=browser.user, customer=company, valid_from=cast.BEGINNING)
    browser.user.first_name, browser.user.last_name = "Priit", "Pagar"
    browser.user.save()
    for eic in (company.eic, MARI):
        read("10-25T14:05", by=eic, customer=eic, role="", ground=None, service="portal/readings", user=browser.user)
    assert companies(browser.get(PAGE)) == []
    for_company = browser.act_as(f"customer:{company.eic}").get(PAGE)
    assert companies(for_company) == [company.eic]
    assert "Your readings of consumption and production" in text(for_company)
    assert "Looked on your behalf: Priit Pagar." in text(for_company)
    (row,) = table(browser.get(FILE, {"form": "csv"}))
    assert (row["Company"], row["Looked on your behalf"]) == ("Leib OÜ", "Priit Pagar")
