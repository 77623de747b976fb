"""Lists of agreements, their filters and the export."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.models import AccessLog
from datahub.market import Permission
from datahub.parties.models import Metadata, Party
from portal.operator.agreements import sheet, views
from tests.agreements.acting import delete, register
from tests.agreements.market import FLAT, HOUSE, JAAN, MARI, NORTH, NOW, SUN, WIND, day
from tests.portal.agreements.asking import LIST, OPERATOR, SUPPLIER, A, grid, supply, text
from tests.portal.people import acting_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("built")]


def rows_of(answer: Any) -> list[tuple[Any, ...]]:
    assert answer.status_code == 200
    workbook = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content)))
    return list(workbook.active.iter_rows(values_only=True))  # type: ignore[union-attr]


def test_the_list_has_ones_own_first_and_nothing_of_strangers() -> None:
    grid(), supply()
    mine = text(acting_for(SUN, SUPPLIER).get(LIST))
    assert mine.count("<tbody>") == 1
    assert "Supply agreement</a>" in mine
    assert "Grid agreement</a>" not in mine
    other = text(acting_for(WIND, SUPPLIER, name="other").get(f"{LIST}?point={HOUSE}"))
    assert "Nothing matches the filters" in other


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=ACTIVE", {"GRID", "GENERAL_SERVICE"}),
        ("state=FUTURE", set()),
        ("state=ENDED", set()),
        ("type=GRID", {"GRID"}),
        ("type=GENERAL_SERVICE", {"GENERAL_SERVICE"}),
        ("type=SUPPLY", set()),
        (f"type=SUPPLY&point={HOUSE}", {"SUPPLY"}),
        (f"point={HOUSE}", {"GRID", "GENERAL_SERVICE", "SUPPLY"}),
        (f"point={HOUSE}&state=FUTURE", {"SUPPLY"}),
        (f"customer={MARI}&whose=PROVIDER", {"GRID", "GENERAL_SERVICE"}),
        (f"provider={SUN}", {"SUPPLY"}),
        (f"point={HOUSE}&valid_to=2026-05-04", {"GRID", "GENERAL_SERVICE"}),
        (f"point={HOUSE}&valid_from=2026-05-05", {"GRID", "SUPPLY"}),
        ("whose=CUSTOMER", {"PORTFOLIO_SUPPLIER"}),
        ("agreement_id=nothing", set()),
        (f"point={HOUSE}&fee=yes", {"SUPPLY"}),
        ("fee=yes", set()),
        (f"provider={SUN}&whose=PROVIDER", set()),
    ],
)
def test_filters(query: str, found: set[str]) -> None:
    grid(), supply(preliminary_termination_fee=True)
    answer = acting_for(NORTH, OPERATOR).get(f"{LIST}?{query}")
    assert {row.agreement.type for row in answer.context["rows"]} == found
    assert text(answer)


def test_it_says_which_are_found_if_none_are_chosen() -> None:
    shown = text(acting_for(NORTH, OPERATOR).get(LIST))
    assert "Without a code or number those that you provide, with one all that you may see." in shown


def test_all_are_searched_from_something_and_wrong_filters_say_so() -> None:
    grid()
    browser = acting_for(NORTH, OPERATOR)
    assert "To search all agreements, enter a metering point" in text(browser.get(f"{LIST}?whose=ALL"))
    assert "The last day is before the first day." in text(
        browser.get(f"{LIST}?valid_from=2026-06-01&valid_to=2026-05-01")
    )
    assert "No search was made" in text(browser.get(f"{LIST}?point=38ZGO-WRONG"))
    assert "or a later day" in text(browser.get(f"{LIST}?valid_from=0001-01-01"))


def named(eic: str, *, first: str, last: str) -> None:
    party = Party.objects.get(eic=eic)
    for kind, value in (("FIRST_NAME", first), ("LAST_NAME", last)):
        Metadata.objects.create(party=party, type=kind, value=value, valid_from=NOW - timedelta(days=1))


def test_customers_stand_with_their_names_where_these_may_be_known() -> None:
    grid(), supply()
    named(MARI, first="Mari", last="Maasikas")
    operator = acting_for(NORTH, OPERATOR)
    # The operator knows her by its grid agreement, beside a supply that is not its own too.
    for query in ("", f"?point={HOUSE}&type=SUPPLY"):
        assert "Mari Maasikas<br>" in text(operator.get(LIST + query))
    reads = AccessLog.objects.filter(service="page:agreements", customer_eic=MARI, meter_eic="", user__isnull=False)
    assert reads.count() == 2
    # A supply that has not begun opens no name yet, as in a search of customers.
    assert "Maasikas" not in text(acting_for(SUN, SUPPLIER, name="supplier").get(LIST))
    with time_machine.travel(day(2026, 5, 6), tick=False):
        assert "Mari Maasikas" in text(acting_for(SUN, SUPPLIER, name="later").get(LIST))
    viewer = acting_for(NORTH, OPERATOR, Permission.VIEWER_AGREEMENT, name="viewer")
    shown = text(viewer.get(LIST))
    assert MARI in shown and "Maasikas" not in shown
    assert reads.count() == 3


def test_names_ask_the_same_of_the_database_for_many_customers() -> None:
    grid()
    browser = acting_for(NORTH, OPERATOR)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(LIST).status_code == 200
        return len(captured)

    queries()
    one = queries()
    register(A.GRID, NORTH, JAAN, FLAT, day(2026, 5, 1))
    named(MARI, first="Mari", last="Maasikas"), named(JAAN, first="Jaan", last="Tamm")
    assert queries() <= one
    shown = text(browser.get(LIST))
    assert "Jaan Tamm" in shown and "Mari Maasikas" in shown


def test_any_order_at_a_point_and_elsewhere_those_that_an_index_has() -> None:
    grid()
    first = supply()
    supply(WIND, day(2026, 8, 1))
    browser = acting_for(NORTH, OPERATOR)
    by_end = browser.get(f"{LIST}?point={HOUSE}&type=SUPPLY&sort=end")
    assert by_end.context["rows"][0].agreement.pk == first.id
    assert {"start", "end"} == set(by_end.context["sorts"])
    for state, sorts in (("", ["start"]), ("ENDED", ["end"]), ("ENDING", ["end"]), ("DELETED", ["deleted"])):
        assert browser.get(f"{LIST}?state={state}").context["sorts"] == sorts


def test_an_export_of_too_many_is_refused_and_one_of_as_many_as_may_be_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    grid(), supply(), supply(WIND, day(2026, 8, 1))
    browser = acting_for(NORTH, OPERATOR)
    query = f"?point={HOUSE}&type=SUPPLY"
    monkeypatch.setattr(sheet, "MOST_ROWS", 1)
    refused = browser.get(f"{LIST}export{query}")
    assert (refused.status_code, refused["Location"]) == (302, f"{LIST}{query}")
    assert "You can download at most 1 agreements at once." in text(browser.get(f"{LIST}{query}"))
    assert not AccessLog.objects.filter(service="page:agreements/export").exists()
    monkeypatch.setattr(sheet, "MOST_ROWS", 2)
    assert len(rows_of(browser.get(f"{LIST}export{query}"))) == 3


def test_an_export_is_read_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_AT_ONCE", 1)
    grid(), supply(), supply(WIND, day(2026, 8, 1))
    browser = acting_for(NORTH, OPERATOR)
    answer = browser.get(f"{LIST}export?point={HOUSE}&type=SUPPLY")
    assert answer.streaming
    with CaptureQueriesContext(connection) as captured:
        sent = rows_of(answer)
    assert len(sent) == 3
    # Nothing was read of the rows before they were sent, and each part by itself.
    logged = [one for one in captured.captured_queries if "INSERT INTO access_log" in one["sql"]]
    assert len(logged) == 2


def test_what_was_deleted_is_exported_apart_with_the_day() -> None:
    connected = register(A.GRID, NORTH, MARI, HOUSE, day(2026, 6, 1))
    delete(connected)
    browser = acting_for(NORTH, OPERATOR)
    assert len(rows_of(browser.get(f"{LIST}export"))) == 1
    head, row = rows_of(browser.get(f"{LIST}export?state=DELETED"))
    assert row[head.index("Deleted on")].date() == NOW.date()


def test_pages_and_order_stand_in_the_url() -> None:
    grid(), supply(), supply(WIND, day(2026, 8, 1))
    browser = acting_for(NORTH, OPERATOR)
    by_start = [row.agreement.valid_from for row in browser.get(f"{LIST}?point={HOUSE}&sort=start").context["rows"]]
    assert by_start == sorted(by_start)
    turned = [row.agreement.valid_from for row in browser.get(f"{LIST}?point={HOUSE}").context["rows"]]
    assert turned == sorted(turned, reverse=True)


def test_the_export_is_what_the_filters_find_and_is_logged() -> None:
    grid(agreement_id="=1+1"), supply()
    answer = acting_for(NORTH, OPERATOR).get(f"{LIST}export?point={HOUSE}&type=GRID")
    workbook = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content)))
    rows = list(workbook.active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert len(rows) == 2
    assert rows[1][0] == "=1+1"
    assert HOUSE in rows[1]
    assert workbook.active["A2"].data_type == "s"  # type: ignore[index]
    assert AccessLog.objects.filter(service="page:agreements/export", customer_eic=MARI, user__isnull=False).exists()
