"""The file of the tracker: each read and each day of what was sent, nobody else's, in either form."""

import io
from datetime import date
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.market_time import day_start
from datahub.parties.models import Party
from datahub.periods import Period
from distribution.selectors import tracker
from portal.client.tracker import sheet
from tests.distribution.market import HOUSE, MARI, OS2
from tests.distribution.seen import read, send
from tests.portal.client import tracker as tracker_pages
from tests.portal.client.tracker import FILE, PAGE, PERMISSION, customer, table, text, whole

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seen_market")]
seen_market = tracker_pages.seen_market


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
        "Looked on your behalf": "",
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
