"""The list of connection requests and its export."""

import csv
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from connections.models import ConnectionRequest
from connections.rules.answers import Answer
from connections.rules.states import AnsweredState, RefusalReason
from datahub.market import Permission, Role
from portal.operator.connections import sheet
from tests.agreements.market import FLAT, HOUSE, JAAN, NORTH, SUN, WIND, day
from tests.connections.acting import NOW, PLANNED, answer, ask, cancel, change
from tests.portal.connections.asking import LIST, page, rows, text
from tests.portal.people import Browser, acting_for, opened

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lawful", "at_now")]


# --- the list -------------------------------------------------------------------------------------------------------


@pytest.fixture
def several() -> dict[str, ConnectionRequest]:
    """Of SUN: done, then refused; of WIND: planned for tomorrow."""
    done = answer(ask(now=NOW - timedelta(days=5)), Answer(AnsweredState.DISCONNECTED), now=NOW - timedelta(days=4))
    refused = answer(
        ask(preferred_date=date(2026, 5, 20), now=NOW - timedelta(days=3)),
        Answer(AnsweredState.REFUSED, reason=RefusalReason.FAULT),
        now=NOW - timedelta(days=2),
    )
    planned = answer(
        ask(sender=WIND, meter_eic=FLAT, customer_eic=JAAN, preferred_date=date(2026, 5, 9)),
        PLANNED,
        now=NOW - timedelta(days=1),
    )
    return {"done": done, "refused": refused, "planned": planned}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["planned", "refused", "done"]),
        ({"sort": "changed"}, ["done", "refused", "planned"]),
        ({"sort": "preferred"}, ["done", "planned", "refused"]),
        ({"sort": "-preferred"}, ["refused", "planned", "done"]),
        ({"which": "open"}, ["planned", "refused"]),
        ({"which": "waiting"}, []),
        ({"asked": "DISCONNECTED"}, ["planned", "refused", "done"]),
        ({"asked": "CONNECTED"}, []),
        ({"answer": "PLANNED"}, ["planned"]),
        ({"answer": "NONE"}, []),
        ({"answer": "DISCONNECTED", "which": "open"}, []),
        ({"counterpart": WIND}, ["planned"]),
        ({"point": HOUSE}, ["refused", "done"]),
        ({"customer": JAAN}, ["planned"]),
        ({"customer": JAAN, "point": HOUSE}, []),
        ({"reason": "DEBT"}, ["planned", "refused", "done"]),
        ({"reason": "DEBT_PAID"}, []),
        ({"reason": "BORED"}, []),
        ({"changed_from": "2026-05-02"}, ["planned", "refused"]),
        ({"changed_to": "2026-05-02"}, ["refused", "done"]),
        ({"which": "mine"}, []),
        ({"answer": "OPEN"}, []),
        ({"point": "nowhere"}, []),
    ],
)
def test_an_operator_finds_what_it_received(
    operator: Browser, several: dict[str, ConnectionRequest], query: dict[str, str], names: list[str]
) -> None:
    """Saves bear instants that only grow, so that what was answered last was changed last."""
    stamps = {name: NOW - timedelta(days=days) for name, days in (("done", 4), ("refused", 2), ("planned", 1))}
    for name, at in stamps.items():
        ConnectionRequest.objects.filter(pk=several[name].pk).update(
            changed_at=at, response_changed_at=at, request_changed_at=at - timedelta(hours=1)
        )
    assert rows(operator, **query) == [several[name] for name in names]


def test_what_waits_for_a_side(supplier: Browser, operator: Browser, at_now: Any) -> None:
    request = ask()

    def waiting() -> tuple[bool, bool]:
        return bool(rows(supplier, which="waiting")), bool(rows(operator, which="waiting"))

    assert waiting() == (False, True)
    answer(request, PLANNED)
    assert waiting() == (False, False)
    change(request, preferred_date=date(2026, 5, 9))
    assert waiting() == (False, True)
    page(operator, f"{LIST}{request.pk}")
    path = f"{LIST}{request.pk}/refuse"
    operator.send(path, opened(operator, path, reason="FAULT"))
    assert waiting() == (True, False)
    change(request, comment="Please look again")
    assert waiting() == (False, True)
    cancel(request)
    assert waiting() == (False, False)


def test_a_plan_whose_day_has_come_waits_for_the_operator(at_now: Any) -> None:
    request = ask()
    answer(request, PLANNED)
    # 00:00 of the planned day in Tallinn.
    for moment, found in ((day(2026, 5, 5) - timedelta(seconds=1), []), (day(2026, 5, 5), [request])):
        at_now.move_to(moment)
        assert rows(acting_for(NORTH, Role.GRID_OPERATOR), which="waiting") == found


@pytest.mark.parametrize(
    ("who", "said"), [("supplier", "You have not sent any requests yet"), ("operator", "No requests yet")]
)
def test_an_empty_list_says_what_to_do(request: pytest.FixtureRequest, who: str, said: str) -> None:
    browser: Browser = request.getfixturevalue(who)
    assert said in page(browser)
    assert "Nothing matches the filters" in page(browser, which="open")
    assert "One filter is not valid" in page(browser, point="x")


def test_a_list_asks_as_much_of_one_row_as_of_many(operator: Browser) -> None:
    def queries(path: str = LIST) -> int:
        with CaptureQueriesContext(connection) as asked:
            page(operator, path)
        return len(asked)

    request = ask()
    before, thread = queries(), queries(f"{LIST}{request.pk}")
    for _ in range(12):
        cancel(request)
        request = ask()
    assert queries() == before <= 8
    for number in range(5):
        change(request, comment=f"{number}")
    assert queries(f"{LIST}{request.pk}") == thread <= 8


# --- the export -----------------------------------------------------------------------------------------------------


def lines(browser: Browser, **query: str) -> list[str]:
    """Give the lines of an export as CSV."""
    answered = browser.get(f"{LIST}export", {"form": "csv", **query})
    assert answered.status_code == 200 and answered["Content-Type"] == "text/csv; charset=utf-8"
    return b"".join(answered.streaming_content).decode("utf-8-sig").splitlines()


def test_what_the_list_finds_is_downloaded_in_its_order(
    operator: Browser, several: dict[str, ConnectionRequest]
) -> None:
    """Of thirteen columns and more a few words; a text that could be a formula is marked as none."""
    ConnectionRequest.objects.filter(pk=several["refused"].pk).update(request_comment="=1+1")
    found = lines(operator, which="open", sort="preferred")
    shown = zip(("planned", "refused"), found[1:], strict=True)
    assert all(str(several[name].pk) in line for name, line in shown)
    assert len(found) == 3 and "'=1+1" in found[2]
    assert "Preferred date" in found[0] and "Disconnect" in found[1] and "Planned" in found[1]
    assert lines(acting_for(WIND, Role.OPEN_SUPPLIER))[1:] == found[1:2]
    assert len(lines(operator, point="38ZGO-1000000A-3")) == 1


def test_the_workbook_has_the_same_rows(operator: Browser, several: dict[str, ConnectionRequest]) -> None:
    answered = operator.get(f"{LIST}export", {"which": "open"})
    book = load_workbook(BytesIO(b"".join(answered.streaming_content)))
    found = list(book.active.iter_rows(values_only=True))
    assert [row[0] for row in found[1:]] == [str(several[name].pk) for name in ("planned", "refused")]
    disposition = answered["Content-Disposition"]
    assert disposition.startswith("attachment") and disposition.endswith('.xlsx"')
    shown = page(operator, which="open")
    assert "/export?which=open&form=xlsx" in shown and "/export?which=open&form=csv" in shown


def test_the_day_on_which_it_was_done_is_no_plan(operator: Browser) -> None:
    request = ask()
    path = f"{LIST}{request.pk}"
    operator.send(f"{path}/plan", opened(operator, f"{path}/plan", estimated_date="2026-05-06"))
    assert "Planned date" in page(operator, path) and "Date done" not in page(operator, path)
    head, row = csv.reader(lines(operator), delimiter=";")
    planned, done = head.index("Planned date"), head.index("Date done")
    assert row[planned] and not row[done]
    operator.send(f"{path}/done", opened(operator, f"{path}/done", estimated_date="2026-05-04"))
    shown = page(operator, path)
    assert shown.count("<dt>Date done</dt>") == 1
    _head, row = csv.reader(lines(operator), delimiter=";")
    assert row[done] and not row[planned]


def test_the_code_of_a_point_leads_to_its_page_where_it_may_be_seen(supplier: Browser) -> None:
    path, link = f"{LIST}{ask().pk}", f'href="/operator/metering-points/{HOUSE}"'
    assert link in page(supplier, path)
    shown = page(acting_for(SUN, Role.OPEN_SUPPLIER, Permission.VIEWER_CONNECTION_STATE, name="viktor"), path)
    assert HOUSE in shown and link not in shown


@pytest.mark.parametrize("query", [{"form": "exe"}, {"point": "x"}, {"form": "csv\r\nX: y"}])
def test_what_cannot_be_downloaded_leads_back_to_the_list(operator: Browser, query: dict[str, str]) -> None:
    answered = operator.get(f"{LIST}export", query)
    assert answered.status_code == 302 and answered["Location"].startswith(LIST)
    assert "form" not in answered["Location"]


def test_more_than_can_be_downloaded_asks_for_filters(operator: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    ask()
    monkeypatch.setattr(sheet, "MOST_ROWS", 0)
    shown = operator.get(f"{LIST}export", {"which": "open", "form": "csv"}, follow=True)
    assert shown.redirect_chain == [(f"{LIST}?which=open", 302)]
    assert "Choose filters that find fewer" in text(shown)
