"""A customer sees the readings of her own time at her own places, and nothing else."""

import re
from datetime import date
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.models import AccessLog
from tests import cast
from tests.metering import messages, points
from tests.metering.messages import GAS, quantity
from tests.portal.client.readings import (
    DATA,
    FILE,
    PAGE,
    another,
    browser_of,
    csv_of,
    every_day,
    grid,
    point_of,
    seen,
    send,
    send_intervals,
    table,
    text,
)
from tests.portal.people import Browser

pytestmark = pytest.mark.usefixtures("_market")


def test_of_a_point_that_changed_hands_each_sees_her_half() -> None:
    jaan = another()
    point = point_of(jaan, until=date(2026, 10, 16))
    grid(point, cast.mari(), date(2026, 10, 16))
    send(point, *every_day(date(2026, 10, 1), date(2026, 10, 31)), kwh=0.25)
    send(point, *every_day(date(2025, 10, 1), date(2025, 10, 31)), kwh=0.2)
    query = {"span": "month", "day": "2026-10-01", "former": "on"}
    page = seen(browser_of(), **query)
    rows = table(page)
    assert [row[0] for row in rows] == [f"{day} Oct 2026" for day in range(16, 32)]
    # She was not there a year before.
    assert {tuple(row[1:]) for row in rows} == {("24.000", "metered"), ("25.000", "metered")}
    assert "You see only the time" in text(page) and "16 Oct 2026" in text(page) and "A year before" not in text(page)
    page = seen(browser_of(jaan), **query)
    rows = table(page)
    assert [row[0] for row in rows] == [f"{day} Oct 2026" for day in range(1, 16)]
    assert {row[3] for row in rows} == {"19.200"}
    assert "A year before: 288 kWh (now 25% more)" in text(page)
    for browser, days in ((browser_of(), 16), (browser_of(jaan), 15)):
        data = browser.get(DATA, {**query, "unit": "HOUR"}).json()
        assert len(data["out"]["amounts"]) == days * 24 + (days == 16)
        rows = csv_of(browser.get(FILE, {**query, "form": "csv"}))
        assert len(rows) == days + 1


def test_of_a_former_year_that_was_half_hers_that_half_stands_beside() -> None:
    point = point_of(since=date(2025, 10, 16))
    send(point, *every_day(date(2026, 10, 1), date(2026, 10, 31)), kwh=0.25)
    send(point, *every_day(date(2025, 10, 1), date(2025, 10, 31)), kwh=0.25)
    rows = table(seen(browser_of(), span="month", day="2026-10-01", former="on"))
    assert [row[3] for row in rows] == [""] * 15 + ["24.000"] * 10 + ["25.000"] + ["24.000"] * 5
    # Half a month beside a whole one would say nothing.
    (row,) = table(seen(browser_of(), span="month", day="2026-10-01", former="on", unit="MONTH"))
    assert row == ["October 2026", "745.000", "metered"]


def test_time_between_two_of_hers_is_no_gap_and_holds_nothing() -> None:
    jaan = another()
    point = point_of(until=date(2026, 10, 5))
    grid(point, jaan, date(2026, 10, 5), date(2026, 10, 8))
    grid(point, cast.mari(), date(2026, 10, 8))
    send(point, *every_day(date(2026, 10, 1), date(2026, 10, 31)), kwh=0.25)
    page = seen(browser_of(), span="month", day="2026-10-01")
    kinds = [row[2] for row in table(page)]
    assert kinds == ["metered"] * 4 + ["not your time"] * 3 + ["metered"] * 24
    assert "A gap means" not in text(page) and "You see only the time" in text(page)
    data = browser_of().get(DATA, {"span": "month", "day": "2026-10-01"}).json()
    assert data["out"]["kinds"] == "m" * 4 + "x" * 3 + "m" * 24
    # In the sum of the month nothing of it is missing either.
    (row,) = table(seen(browser_of(), span="month", day="2026-10-01", unit="MONTH"))
    assert row[1:] == [f"{745 - 72}.000", "metered"]


def test_a_period_that_is_not_hers_says_so() -> None:
    jaan = another()
    point = point_of(since=date(2026, 10, 16))
    grid(point, jaan, date(2020, 1, 1), date(2026, 10, 16))
    send(point, date(2026, 9, 5))
    page = seen(browser_of(), span="month", day="2026-09-05")
    assert "This place was not yours in this period" in text(page) and "chart" not in page.context
    query = {"span": "month", "day": "2026-09-05"}
    assert browser_of().get(DATA, query).status_code == 404
    assert browser_of().get(FILE, {**query, "form": "csv"}).status_code == 302
    assert seen(browser_of(), span="month", day="2026-10-05").context["before"] is None


def test_a_stranger_s_point_a_missing_one_and_nonsense_answer_alike() -> None:
    point_of()
    strangers = point_of(another(), number=1)
    former = point_of(another(), number=2)
    send(strangers, date(2026, 10, 5))
    asked = (
        strangers.eic,
        former.eic,
        points.codes("38ZGO-19", 9)[-1],
        "nonsense",
        "\x00",
        "<b>",
        strangers.eic.lower(),
    )
    for path in (PAGE, DATA, FILE):
        answers = set()
        for eic in asked:
            answer = browser_of().get(path, {"point": eic, "span": "day", "day": "2026-10-05", "form": "csv"})
            assert answer.status_code == 404, (path, eic)
            # But for the address to come back to in another language, and the secrets of its forms.
            answers.add(
                re.sub(
                    r'name="next" value="[^"]*"|value="[A-Za-z0-9]{64}"|X-CSRFToken[^}]+',
                    "",
                    unescape(answer.content.decode()),
                )
            )
        assert len(answers) == 1
    assert not AccessLog.objects.exists()


def test_it_costs_as_many_queries_whether_it_is_a_stranger_s_or_does_not_exist() -> None:
    point_of()
    strangers = point_of(another(), number=1)
    browser = browser_of()

    def queries(eic: str) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(PAGE, {"point": eic}).status_code == 404
        return [one["sql"] for one in captured if "metering_point" in one["sql"]]

    assert queries(strangers.eic) == queries(points.codes("38ZGO-19", 9)[-1])


def test_who_has_no_point_is_told_what_to_do() -> None:
    page = seen(browser_of())
    assert "You have no metering point now" in text(page) and "form" not in page.context
    for path in (DATA, FILE):
        assert browser_of().get(path, {"form": "csv"}).status_code == 404


def test_only_customers_who_have_signed_in_open_it() -> None:
    point_of()
    for path in (PAGE, DATA, FILE):
        assert Browser().get(path).status_code == 302
        assert browser_of().send(path, {}).status_code == 405


# --- places ---------------------------------------------------------------------------------------------------------


def test_one_place_is_not_asked_for() -> None:
    point = point_of()
    page = seen(browser_of())
    assert f'<input type="hidden" name="point" value="{point.eic}"' in page.content.decode()
    assert '<select name="point"' not in page.content.decode()
    assert "Uus tn 20, Tartu linn" in text(page)


def test_of_several_the_first_that_is_hers_now_is_shown_and_each_is_told_from_the_others() -> None:
    former = point_of(until=date(2026, 1, 1), number=1, street_address="Aia 1")
    current = point_of(number=2, street_address="Kase 2")
    twin = point_of(number=3, street_address="Kase 2")
    coming = point_of(number=4, street_address="Aia 3", since=date(2026, 12, 1))
    gas = point_of(commodity=GAS, street_address="Saare 4")
    page = seen(browser_of())
    assert page.context["own"].point == current
    assert dict(page.context["form"].fields["point"].choices) == {
        current.eic: f"Kase 2, Tartu linn (electricity), {current.eic}",
        twin.eic: f"Kase 2, Tartu linn (electricity), {twin.eic}",
        gas.eic: "Saare 4, Tartu linn (natural gas)",
        coming.eic: "Aia 3, Tartu linn (electricity), from 1 Dec 2026",
        former.eic: "Aia 1, Tartu linn (electricity), until 31 Dec 2025",
    }
    # A former place is opened at the end of her time there, one to come at its beginning.
    assert seen(browser_of(), point=former.eic).context["look"].asked.last == date(2025, 12, 31)
    assert seen(browser_of(), point=coming.eic).context["look"].asked.first == date(2026, 12, 1)


def test_gas_by_gas_days_with_cubic_metres() -> None:
    point = point_of(commodity=GAS)
    (start,) = messages.interval_starts(date(2026, 10, 24), "P1D", GAS)
    send_intervals(point, [(start, None, quantity(10, read_at=None, m3=1.5))], day=date(2026, 10, 24), resolution="P1D")
    page = seen(browser_of(), span="month", day="2026-10-24")
    rows = {row[0]: row[1:] for row in table(page)}
    assert rows["24 Oct 2026"] == ["10.000", "1.500", "metered"]
    said = text(page)
    assert "You used 10.0 kWh (1.5 m³)" in said and "The gas day of 24 Oct 2026 has 25 hours" in said
    assert "A gas day lasts from 07:00" in said and "Quarter-hour" not in said
    # Whoever comes from electricity by quarter-hours goes on with hours; the reading of a day stays whole.
    page = seen(browser_of(), span="day", day="2026-10-24", unit="QUARTER_HOUR")
    assert [row[1] for row in table(page)] == ["10.000"]
    rows = csv_of(browser_of().get(FILE, {"span": "month", "day": "2026-10-24", "form": "csv"}))
    assert rows[0][4:6] == ["Consumption, kWh", "Consumption, m³"] and rows[24][4:6] == ["10", "1.5"]
