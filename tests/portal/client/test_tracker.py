"""The data tracker: who has seen a customer's data, in words; what the filters and the file say; nobody else's rows."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub import partitions
from datahub.access.models import ACCESS_LOG, CustomerAuthorization
from datahub.market import PartyType, ResourceType, Role, SourceType
from datahub.market_time import day_start
from datahub.parties.models import Party, Representation, User
from datahub.periods import Period
from distribution.selectors import tracker
from distribution.selectors.tracker import What
from portal.client.tracker import forms, sheet
from tests import cast
from tests.distribution import market, test_tracker
from tests.distribution.market import BRP, GO, HOUSE, MARI, OS2
from tests.distribution.test_tracker import FLAT, read, send
from tests.metering import points
from tests.portal.people import Browser

PAGE, ENTRY, FILE = "/portal/tracker/", "/portal/tracker/entry", "/portal/tracker/file"
NOW = datetime(2026, 10, 26, 12, 0, tzinfo=UTC)
PERMISSION = SourceType.PERMISSION

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("parties")]
parties = test_tracker.parties


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def customer(eic: str = MARI, *, language: str = "en", name: str = "customer") -> Browser:
    party = Party.objects.get(eic=eic)
    user, _ = User.objects.get_or_create(username=name, defaults={"party": party})
    return Browser(user, language=language).act_as(f"customer:{eic}")


def text(answer: Any) -> str:
    """Give what a page says, without its markup and with single blanks."""
    content = re.sub(r"(?s).*<main|</main>.*", "", answer.content.decode())
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", content)).split())


def companies(answer: Any) -> list[str]:
    return [one.entry.participant_eic for one in answer.context["list"].rows]


def whole(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def table(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(whole(answer).decode("utf-8-sig")), delimiter=";"))


# --- the list -----------------------------------------------------------------------------------------------------


def test_an_entry_says_who_what_where_of_which_time_how_often_and_why() -> None:
    start = day_start(date(2026, 10, 20))
    for hour in range(24):
        span = {"period_from": start + timedelta(hours=hour), "period_to": start + timedelta(hours=hour + 1)}
        read(f"10-25T{hour:02}:05", **span)
    read("10-26T14:05", period_from=start, period_to=start + timedelta(days=1))
    page = customer().get(PAGE)
    said = text(page)
    assert "Tuule Energia AS Energy supplier 38X-DEMO-OS2---A" in said
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
    said = text(customer(language="et").get(PAGE))
    assert "Kes on minu andmeid näinud" in said
    assert "eile 14:05" in said


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


def test_of_more_than_one_access_each_stands_at_its_day(allowed: CustomerAuthorization) -> None:
    read("10-26T09:00", ground=PERMISSION, authorization=uuid4())
    browser = customer()
    page = browser.get(PAGE)
    assert "You gave it access 2 times. See when" in text(page)
    (url, *_) = re.findall(rf'href="({ENTRY}[^"]*)"', page.content.decode())
    assert "14:05 14:05 given on 25 Oct 2026" in text(browser.get(unescape(url)))


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


# --- filters and pages --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, [BRP, OS2, GO]),
        ({"company": OS2}, [OS2]),
        ({"company": "38X-NOBODY"}, []),
        ({"what": "READINGS"}, [OS2]),
        ({"place": FLAT}, [GO]),
        ({"first": "2026-10-22"}, [BRP]),
        ({"last": "2026-10-20"}, [GO]),
        ({"first": "2026-10-21", "last": "2026-10-21"}, [OS2]),
        ({"first": "21.10.2026"}, [BRP, OS2]),
        ({"first": "1970-01-01", "last": "2199-12-31"}, [BRP, OS2, GO]),
        ({"page": "99"}, [BRP, OS2, GO]),
        ({"page": "x", "unknown": "y"}, [BRP, OS2, GO]),
    ],
)
def test_filters_in_the_url(filters: dict[str, str], found: list[str]) -> None:
    read("10-20T10:00", by=GO, service="meter/search", point=FLAT)
    read("10-21T10:00")
    send("10-22T10:00", to=BRP, kind=ResourceType.AGREEMENT)
    browser = customer()
    assert companies(browser.get(PAGE, filters)) == found
    rows = table(browser.get(FILE, {**filters, "form": "csv"}))
    assert [row["Company (EIC)"] for row in rows] == found


@pytest.mark.parametrize(
    "filters",
    [
        {"what": "NOTHING"},
        {"first": "yesterday"},
        {"first": "2026-10-21", "last": "2026-10-20"},
        {"first": "0001-01-01"},
    ],
)
def test_nonsense_in_the_url_is_said_at_the_field_and_nothing_is_looked_for(filters: dict[str, str]) -> None:
    read("10-21T10:00")
    page = customer().get(PAGE, filters)
    assert page.status_code == 200
    assert page.context["list"] is None
    assert "field-errors" in page.content.decode()
    assert customer().get(FILE, {**filters, "form": "csv"}).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"way": "READ"},
        {"way": "READ", "by": OS2, "kind": "X"},
        {"way": "READ", "by": OS2, "kind": "BILLS", "role": "OPEN_SUPPLIER", "ground": "AGREEMENT"},
        {"way": "READ", "by": "' OR 1=1", "kind": "READINGS"},
        {"way": "READ", "by": OS2, "kind": "READINGS", "role": "KING"},
    ],
)
def test_an_entry_that_does_not_exist_is_not_found(query: dict[str, str]) -> None:
    read("10-21T10:00")
    assert customer().get(ENTRY, query).status_code == 404


@pytest.mark.parametrize("name", ["company", "place", "authorization"])
@pytest.mark.parametrize("code", ["1", "x" * 17, "\x00", "Ä", "00000000-0000-0000-0000-000000000000"])
def test_what_can_be_no_code_finds_nothing_as_a_code_that_no_one_has(name: str, code: str) -> None:
    read("10-25T14:05")
    page = customer().get(PAGE, {name: code})
    assert page.status_code == 200
    assert "Nothing matches the filters" in text(page)


def test_pages_follow_one_another() -> None:
    for number, what in enumerate(("meter/search", "customer/search", "network-bill/search")):
        for by in (OS2, BRP, GO):
            for role in (Role.OPEN_SUPPLIER, Role.AGGREGATOR, Role.GRID_OPERATOR):
                read(f"10-2{number}T10:00", by=by, role=role, service=what)
    browser = customer()
    pages = [browser.get(PAGE, {"page": number}) for number in (1, 2, 3)]
    assert [len(companies(page)) for page in pages] == [25, 2, 2]
    assert "Rows 26–27 of 27" in text(pages[1])
    assert [page.context["list"].number for page in pages] == [1, 2, 2]


def test_the_choices_of_the_filters_are_those_of_the_days_and_keep_what_was_chosen() -> None:
    read("10-21T10:00")
    page = customer().get(PAGE, {"company": GO, "first": "2026-10-01"}).content.decode()
    assert 'value="38X-DEMO-OS2---A">Tuule Energia AS<' in page
    assert f'value="{GO}" selected>' in page


def test_who_is_seen_very_often_is_shown_a_week_unless_she_asks_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "_MOST_USUAL", 2)
    for when in ("08-01T10:00", "10-21T10:00", "10-22T10:00"):
        partitions.ensure(ACCESS_LOG, since=date(2026, 8, 1), until=date(2026, 8, 1))
        read(when)
    browser = customer()
    assert "From 20 Oct 2026 to 26 Oct 2026" in text(browser.get(PAGE))
    assert "last 22 Oct 2026 10:00" in text(browser.get(PAGE))
    assert "3 times" in text(browser.get(PAGE, {"first": "2026-07-01"}))
    monkeypatch.setattr(forms, "_MOST_USUAL", 3)
    assert "3 times" in text(browser.get(PAGE))


def test_queries_are_as_many_whatever_is_found() -> None:
    browser = customer()

    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(path).status_code == 200
        return len(captured)

    read("10-20T10:00")
    queries(PAGE)
    one = queries(PAGE)
    for number, by in enumerate((OS2, BRP, GO)):
        for point in (HOUSE, FLAT):
            read(f"10-2{number}T10:00", by=by, point=point)
            send(f"10-2{number}T11:00", to=by, point=point)
    assert queries(PAGE) == one


# --- an entry -----------------------------------------------------------------------------------------------------


def test_an_entry_by_day_and_place_and_back_to_the_same_list() -> None:
    read("10-20T10:00")
    read("10-20T12:30")
    read("10-21T23:59", point=FLAT)
    read("10-21T10:00", by=BRP)
    browser = customer()
    listed = browser.get(PAGE, {"first": "2026-10-01"}).content.decode()
    url = next(unescape(one) for one in re.findall(rf'href="({ENTRY}[^"]*)"', listed) if OS2 in one)
    page = browser.get(url)
    said = text(page)
    assert f"21 Oct 2026 {FLAT} 1 23:59 23:59" in said
    assert f"20 Oct 2026 {HOUSE} 2 10:00 12:30" in said
    assert "Bilansihaldur" not in said
    assert f'href="{PAGE}?first=2026-10-01"' in page.content.decode()
    rows = table(browser.get(url.replace(ENTRY, FILE) + "&form=csv"))
    assert [row["Time"] for row in rows] == ["2026-10-21 23:59", "2026-10-20 12:30", "2026-10-20 10:00"]


# --- the file -----------------------------------------------------------------------------------------------------


def test_the_file_has_each_read_and_each_day_of_what_was_sent() -> None:
    covers = Period(day_start(date(2026, 10, 1)), day_start(date(2026, 10, 3)))
    number = uuid4()
    read("10-20T10:00", ground=PERMISSION, authorization=number, period_from=covers.start, period_to=covers.end)
    send("10-20T11:00", covers=covers)
    send("10-20T12:00", covers=covers)
    told, one = table(customer().get(FILE, {"form": "csv"}))
    assert told == {
        "Time": "2026-10-20 12:00",
        "First time that day": "2026-10-20 11:00",
        "Times": "2",
        "Company": "Tuule Energia AS",
        "Company (EIC)": OS2,
        "Role": "Energy supplier",
        "How it saw it": "The hub sent it",
        "What was seen": "Your readings of consumption and production",
        "Address": "",
        "Metering point (EIC)": HOUSE,
        "Data from": "2026-10-01 00:00",
        "Data until": "2026-10-03 00:00",
        "Reason": "It has or had an agreement there",
        "Your authorization": "",
    }
    assert (one["Reason"], one["Your authorization"], one["Times"]) == ("You gave it access", str(number), "1")
    assert (one["First time that day"], one["How it saw it"]) == ("", "It looked itself")


def test_a_name_that_is_like_a_formula_is_none_in_the_file() -> None:
    Party.objects.filter(eic=OS2).update(name='=HYPERLINK("http://x")')
    read("10-20T10:00")
    browser = customer()
    assert table(browser.get(FILE, {"form": "csv"}))[0]["Company"] == '\'=HYPERLINK("http://x")'
    book = ZipFile(io.BytesIO(whole(browser.get(FILE, {"form": "xlsx"}))))
    cells = book.read("xl/worksheets/sheet1.xml").decode()
    assert "=HYPERLINK" in cells and "<f>" not in cells
    assert "<script" not in browser.get(PAGE).content.decode().split("<main")[1]


def test_the_file_is_in_the_readers_language_also_as_it_streams() -> None:
    read("10-20T10:00")
    answer = customer(language="et").get(FILE, {"form": "csv"})
    assert "attachment" in answer["Content-Disposition"]
    content = whole(answer).decode("utf-8-sig")
    assert "20.10.2026 10:00" in content
    assert "Energiamüüja" in content


def test_a_file_of_too_many_rows_asks_for_fewer_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "MOST_ROWS", 1)
    read("10-20T10:00")
    browser = customer()
    assert browser.get(FILE, {"form": "csv"}).status_code == 200
    send("10-20T10:00")
    answer = browser.get(FILE, {"form": "csv", "first": "2026-10-01"})
    assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}?first=2026-10-01")
    assert "at most 1 rows at once" in text(browser.get(answer["Location"]))


@pytest.mark.parametrize("form", ["", "pdf", "../../etc"])
def test_no_file_in_another_form(form: str) -> None:
    assert customer().get(FILE, {"form": form}).status_code == 404


def test_the_file_needs_no_more_queries_for_more_rows() -> None:
    browser = customer()
    for number in range(3):
        read(f"10-2{number}T10:00")
        send(f"10-2{number}T10:00")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            whole(browser.get(FILE, {"form": "csv"}))
        return len(captured)

    few = queries()
    for number in range(3, 6):
        read(f"10-2{number}T10:00")
        send(f"10-2{number}T10:00")
    assert queries() == few
    assert (
        tracker.count_rows(
            tracker.Asked(customer=Party.objects.get(eic=MARI), first=date(2026, 10, 1), last=date(2026, 10, 26)),
            most=99,
        )
        == 12
    )
