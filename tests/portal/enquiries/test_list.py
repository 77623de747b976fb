"""The list of enquiries."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enquiries.models import Enquiry
from enquiries.rules import Status, Topic
from tests.enquiries import asking
from tests.enquiries.asking import HOUSE, JAAN, NORTH, SOUTH, SUN, WIND, answer, ask, change, request
from tests.portal.enquiries.asking import LIST, page, rows
from tests.portal.people import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def several() -> dict[str, Enquiry]:
    now = datetime(2026, 5, 4, 20, 59, tzinfo=UTC)
    found = {
        "data": ask(request(comment="Where are the READINGS of May?"), now=now),
        "bill": ask(
            request(topic=Topic.INVOICE, meter_eic="38ZGO-10000001-U", comment="Why?"), now=now + timedelta(minutes=1)
        ),
        "wind": ask(request(), sender=WIND, now=now + timedelta(days=1)),
        "south": ask(request(meter_eic=asking.SOUTHERN_HOUSE), now=now + timedelta(days=2)),
    }
    found["bill"] = answer(found["bill"].pk, Status.CLOSE, "It is for the fuse.", now=now + timedelta(days=3))
    return found


@pytest.mark.usefixtures("several")
def test_each_link_says_which_enquiry_it_leads_to(operator: Browser) -> None:
    links = re.findall(r'<th scope="row"><a [^>]*>(.*?)</a>', page(operator))
    said = [re.sub(r"<[^>]+>", "", link) for link in links]
    assert f"Data, {HOUSE}: Where are the READINGS of May?" in said
    assert len(set(said)) == len(said) == 3


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["bill", "wind", "data"]),
        ({"sort": "changed"}, ["data", "wind", "bill"]),
        ({"sort": "status"}, ["bill", "wind", "data"]),
        ({"sort": "-status"}, ["data", "wind", "bill"]),
        ({"sort": "sender__name"}, ["bill", "wind", "data"]),
        ({"status": "OPEN"}, ["wind", "data"]),
        ({"status": "CANCEL"}, []),
        ({"topic": "INVOICE"}, ["bill"]),
        ({"counterpart": WIND}, ["wind"]),
        ({"point": f" {HOUSE.lower()} "}, ["wind", "data"]),
        ({"text": "readings OF"}, ["data"]),
        ({"text": "the fuse"}, ["bill"]),
        ({"text": "100%_"}, []),
        # NOW is 23:59 of 4 May in Tallinn, and the next one midnight.
        ({"changed_to": "2026-05-04"}, ["data"]),
        ({"changed_from": "2026-05-05"}, ["bill", "wind"]),
        ({"changed_from": "2026-05-05", "changed_to": "2026-05-05", "status": "OPEN"}, ["wind"]),
        ({"unread": "yes"}, ["wind", "data"]),
        ({"unread": "yes", "topic": "INVOICE"}, []),
        ({"page": "2"}, ["bill", "wind", "data"]),
        ({"status": "open"}, []),
        ({"counterpart": NORTH}, []),
        ({"text": "ab"}, []),
        ({"point": JAAN}, []),
        ({"customer": JAAN}, ["bill", "wind", "data"]),
        ({"customer": NORTH}, []),
        ({"changed_from": "2026-05-05", "changed_to": "2026-05-04"}, []),
        ({"changed_from": "soon"}, []),
    ],
)
def test_an_operator_finds_what_it_received(
    operator: Browser, several: dict[str, Enquiry], query: dict[str, str], names: list[str]
) -> None:
    assert rows(operator, **query) == [several[name] for name in names]


@pytest.mark.usefixtures("several")
def test_of_what_has_a_text_no_more_is_counted_than_people_look_through(
    operator: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.operator.enquiries.views._MOST_WITH_TEXT", 1)
    assert "Rows 1–2 of more than 1." in page(operator, text="the")
    assert "Rows 1–3 of 3" in page(operator)


def test_a_supplier_finds_what_it_sent(supplier: Browser, several: dict[str, Enquiry]) -> None:
    assert rows(supplier) == [several[name] for name in ("bill", "south", "data")]
    assert rows(supplier, counterpart=SOUTH) == [several["south"]]
    assert rows(supplier, unread="yes") == [several["bill"]]
    assert "Lõunavõrk OÜ · 38X-DEMO-GO2---G" in page(supplier)


def test_a_filter_that_is_wrong_says_so(operator: Browser) -> None:
    ask()
    shown = page(operator, text="ab", point="x", changed_from="2026-05-05", changed_to="2026-05-04")
    assert "One filter is not valid" in shown and "This day is before the first one." in shown


@pytest.mark.parametrize(
    ("who", "said"), [("supplier", "You have not sent any enquiries yet"), ("operator", "No enquiries yet")]
)
def test_an_empty_list_says_what_to_do(request: pytest.FixtureRequest, who: str, said: str) -> None:
    browser: Browser = request.getfixturevalue(who)
    assert said in page(browser)
    assert "Nothing matches the filters" in page(browser, status="OPEN")


def test_a_list_asks_as_much_of_one_row_as_of_fifty(operator: Browser, supplier: Browser) -> None:
    def queries(browser: Browser, path: str = LIST) -> int:
        with CaptureQueriesContext(connection) as asked:
            page(browser, path)
        return len(asked)

    first = ask()
    counts = [queries(operator), queries(supplier)]
    for number in range(55):
        ask(request(comment=str(number)), sender=WIND if number % 2 else SUN)
    # With a second page the rows are counted.
    assert [queries(operator), queries(supplier)] == [counts[0] + 1, counts[1]]
    assert counts[0] <= 8
    path = f"{LIST}{first.pk}"
    queries(operator, path)
    before = queries(operator, path)
    for number in range(5):
        change(first.pk, comment=f"{number}")
    queries(operator, path)
    assert queries(operator, path) == before <= 10
