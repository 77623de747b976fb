"""What the tracker is filtered by, its pages, and one of its entries by day and place."""

import re
from datetime import date
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub import partitions
from datahub.access.models import ACCESS_LOG
from datahub.market import ResourceType, Role
from portal.client.tracker import forms
from tests.distribution.market import BRP, GO, HOUSE, OS2
from tests.distribution.seen import FLAT, read, send
from tests.portal.client import tracker as tracker_pages
from tests.portal.client.tracker import ENTRY, FILE, PAGE, companies, customer, table, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seen_market")]
seen_market = tracker_pages.seen_market


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
