"""The file of the tracker: each read and each day of what was sent, nobody else's, in either form."""

import io
from datetime import date
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.services.access_log import Read
from datahub.market import Role, SourceType
from datahub.market_time import day_start
from datahub.parties.models import Party
from datahub.periods import Period
from distribution.selectors import tracker
from portal.client.tracker import sheet
from tests.distribution.market import GO, HOUSE, MARI, OS2
from tests.distribution.seen import at, look, read, send
from tests.portal.client import tracker as tracker_pages
from tests.portal.client.tracker import FILE, PAGE, PERMISSION, allow, customer, table, text, whole

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
        "Role": "Electricity or gas supplier",
        "Looked on your behalf": "",
        "How it saw it": "The hub sent it",
        "What was seen": "Your readings of consumption and production",
        "Address": "",
        "Metering point (EIC)": HOUSE,
        "Data from": "2026-10-01 00:00",
        "Data until": "2026-10-03 00:00",
        "Reason": "It sells you electricity, or its agreement starts later or ended less than a year ago.",
        "Access given": "",
        "Access is so that it can": "",
        "Your authorization": "",
    }
    assert (one["Reason"], one["Your authorization"], one["Times"]) == ("You gave it access.", str(number), "1")
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
    assert "Elektri või gaasi müüja" in content


@pytest.mark.parametrize(
    "seen",
    [
        {"by": GO, "role": Role.GRID_OPERATOR, "ground": SourceType.OWNERSHIP},
        {"ground": SourceType.BALANCE_STATE},
        {"service": "agreement/search/meter", "ground": None},
        {"service": "customer/search", "point": "", "ground": None},
        {"service": "agreement/search", "ground": None},
        {"service": "something/new", "point": "", "ground": None},
    ],
)
@pytest.mark.parametrize("language", ["en", "et"])
def test_why_is_said_in_the_words_of_the_page(seen: dict[str, Any], language: str) -> None:
    read("10-20T10:00", **seen)
    browser = customer(language=language)
    (row,) = table(browser.get(FILE, {"form": "csv"}))
    reason = row["Reason" if language == "en" else "Põhjus"]
    assert reason and reason in text(browser.get(PAGE))


def test_of_access_it_says_what_for_and_when_it_was_given() -> None:
    one, other = allow(given_at=at("10-01T09:00")), allow(given_at=at("10-02T09:00"), purpose="RESEARCH")
    stranger = uuid4()
    numbers = [one.pk, other.pk, stranger]
    look("10-20T10:00", *(Read(MARI, HOUSE, ground=PERMISSION, authorization=number) for number in reversed(numbers)))
    (row,) = table(customer().get(FILE, {"form": "csv"}))
    assert row["Access given"] == "1 Oct 2026, 2 Oct 2026"
    assert row["Access is so that it can"] == "manage your energy use, do research"
    assert row["Your authorization"] == ", ".join(str(number) for number in numbers)
    # What is somebody else's is told nothing of, though the log names it.
    jaan = Party.objects.create(eic="38X-AVP-JAAN----", type="PHYSICAL_PERSON", name="Jaan")
    read("10-21T10:00", customer=jaan.eic, ground=PERMISSION, authorization=one.pk)
    (row,) = table(customer(jaan.eic, name="jaan").get(FILE, {"form": "csv"}))
    assert (row["Access given"], row["Access is so that it can"]) == ("", "")


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
