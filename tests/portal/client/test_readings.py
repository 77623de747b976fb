"""A customer's own readings as the page shows them: exact on odd days too, gaps and estimates told apart."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.models import AccessLog
from datahub.market_time import day_start
from datahub.metering.models import MeteringPoint
from datahub.parties.services.representations import give_representation
from tests import cast
from tests.metering import messages, points
from tests.metering.messages import quantity
from tests.portal.client.readings import (
    AUTUMN,
    DATA,
    FILE,
    NOW,
    PAGE,
    SPRING,
    browser_of,
    company,
    every_day,
    grid,
    point_of,
    seen,
    send,
    send_intervals,
    table,
    text,
)
from tests.portal.people import Browser, person

pytestmark = pytest.mark.usefixtures("_market")


def test_a_day_by_quarter_hours_as_it_is_stored() -> None:
    point = point_of()
    day = date(2026, 10, 5)
    amounts = [Decimal(number) / 1000 for number in range(1, 97)]
    send_intervals(
        point,
        [
            (start, None, quantity(float(kwh), read_at=None))
            for start, kwh in zip(messages.interval_starts(day), amounts, strict=True)
        ],
        day=day,
    )
    page = seen(browser_of(), span="day", day=str(day))
    rows = table(page)
    assert [row[0] for row in rows[:3]] == ["5 Oct 2026 00:00", "5 Oct 2026 00:15", "5 Oct 2026 00:30"]
    assert [Decimal(row[1]) for row in rows] == amounts
    assert {row[2] for row in rows} == {"metered"}
    assert "You used 4.7 kWh" in text(page) and "5 Oct 2026" in text(page)
    assert "<h1>My consumption</h1>" in page.content.decode()


@pytest.mark.parametrize(("day", "quarters", "hours"), [(SPRING, 92, 23), (AUTUMN, 100, 25)])
@pytest.mark.parametrize("unit", ["QUARTER_HOUR", "HOUR", "DAY"])
def test_the_days_of_23_and_25_hours(day: date, quarters: int, hours: int, unit: str) -> None:
    send(point_of(), day)
    page = seen(browser_of(), span="day", day=str(day), unit=unit)
    rows = table(page)
    assert len(rows) == {"QUARTER_HOUR": quarters, "HOUR": hours, "DAY": 1}[unit]
    assert sum(Decimal(row[1]) for row in rows) == Decimal("0.25") * quarters
    assert len({row[0] for row in rows}) == len(rows)
    assert f"{day.day} {day:%b} 2026 has {hours} hours: the clocks were put" in text(page)
    at_three = [row[0][12:] for row in rows if row[0][12:].startswith("03:00")]
    if unit != "DAY":
        assert at_three == (["03:00 summer time", "03:00 winter time"] if day == AUTUMN else [])
    # In a month the sentence names the day; of a year there is none.
    assert f"has {hours} hours" in text(seen(browser_of(), span="month", day=str(day)))
    assert "hours:" not in text(seen(browser_of(), span="year", day=str(day)))
    assert "hours:" not in text(seen(browser_of(), span="day", day="2026-10-05"))


def test_a_month_by_days_with_gaps_estimates_and_production() -> None:
    point = point_of()
    send(point, date(2026, 10, 5), kwh=0.1, fed=0.02)
    send(point, date(2026, 10, 7), kwh=0.1, fed=0, kind="E")
    day = date(2026, 10, 9)
    some = messages.interval_starts(day)[:48]
    send_intervals(
        point,
        [
            (start, None, quantity(0.1, read_at=None, kind="E" if number < 4 else "M"))
            for number, start in enumerate(some)
        ],
        day=day,
    )
    page = seen(browser_of(), span="month", day="2026-10-31")
    rows = {row[0]: row[1:] for row in table(page)}
    assert len(rows) == 31
    assert rows["5 Oct 2026"] == ["9.600", "metered", "1.920", "metered"]
    assert rows["7 Oct 2026"] == ["9.600", "estimated", "0.000", "estimated"]
    assert rows["9 Oct 2026"] == ["4.800", "of which estimated 0.400 kWh, some readings are missing", "", "no reading"]
    assert rows["6 Oct 2026"] == rows["31 Oct 2026"] == ["", "no reading", "", "no reading"]
    said = text(page)
    assert "You used 24.0 kWh" in said and "You fed 1.9 kWh into the grid" in said
    assert "A gap means that your network operator has not sent" in said
    assert "Estimated: the meter could not be read in time" in said
    assert "<h1>Consumption and production</h1>" in page.content.decode()
    assert "The newest readings may still be missing" not in said
    assert page.context["table_open"]


def test_nothing_is_said_of_what_is_not_there() -> None:
    send(point_of(), *every_day(date(2026, 10, 1), date(2026, 10, 31)))
    said = text(seen(browser_of(), span="month", day="2026-10-31"))
    assert "A gap means" not in said and "Estimated:" not in said and "into the grid" not in said
    assert "You see only the time" not in said


def test_the_running_month_tells_what_is_missing_from_what_is_still_to_come() -> None:
    point = point_of()
    with time_machine.travel(datetime(2026, 11, 10, 10, tzinfo=UTC), tick=True):
        send(point, *every_day(date(2026, 11, 1), date(2026, 11, 7)))
        page = seen(browser_of(), span="month", day="2026-11-10")
    kinds = [row[2] for row in table(page)]
    # The eighth and ninth should be there; the tenth, which is today, arrives tomorrow.
    assert kinds == ["metered"] * 7 + ["no reading"] * 2 + ["still to come"] * 21
    assert "November 2026, so far" in text(page) and "The newest readings may still be missing" in text(page)
    assert page.context["behind"] is None and page.context["before"] == date(2026, 10, 1)


def test_today_alone_is_no_gap() -> None:
    point = point_of()
    day = NOW.date()
    # Some of today has been sent already.
    send_intervals(
        point,
        [(start, None, quantity(1, read_at=None)) for start in messages.interval_starts(day)[:8]],
        day=day,
    )
    page = seen(browser_of(), span="day", day=str(day), unit="DAY")
    assert table(page)[0][1:] == ["8.000", "metered"]
    assert "A gap means" not in text(page) and "The newest readings may still be missing" in text(page)


def test_a_year_by_months_and_years_beside_each_other() -> None:
    point = point_of()
    send(point, *every_day(date(2025, 12, 1), date(2026, 2, 28)), kwh=0.25)
    page = seen(browser_of(), span="year", day="2026-06-01")
    rows = table(page)
    assert [row[0] for row in rows[:2]] == ["January 2026", "February 2026"] and len(rows) == 12
    assert [row[1] for row in rows] == ["744.000", "672.000"] + [""] * 10
    assert "1 416.000 kWh" in text(page).replace("\u202f", " ").replace(",", " ")
    page = seen(browser_of(), span="own", first="2025-01-01", last="2026-12-31", unit="YEAR")
    assert table(page)[0][:2] == ["2025", "744.000"]


# --- what cannot be, what is many, who looked -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"span": "month", "day": "31.02.2026"}, "day"),
        ({"span": "month", "day": "1970-06-01"}, "day"),
        ({"span": "own"}, "first"),
        ({"span": "own", "first": "2026-05-02", "last": "2026-05-01"}, "last"),
        ({"span": "own", "first": "2010-05-02", "last": "2026-05-01"}, "last"),
        ({"span": "week"}, "span"),
        ({"span": "month", "unit": "MINUTE"}, "unit"),
        ({"span": "own", "first": "2021-01-01", "last": "2026-01-01", "unit": "QUARTER_HOUR"}, "unit"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(query: dict[str, str], field: str) -> None:
    point_of()
    page = seen(browser_of(), **query)
    assert page.context["form"].errors[field] and "chart" not in page.context
    assert browser_of().get(DATA, query).status_code == 400
    assert browser_of().get(FILE, {**query, "form": "csv"}).status_code == 302


def test_a_year_of_quarter_hours_is_fetched_by_itself() -> None:
    point = point_of()
    send(point, AUTUMN, kwh=0.25, fed=0.1)
    query = {"span": "year", "day": "2026-10-05", "unit": "QUARTER_HOUR", "former": "on"}
    page = seen(browser_of(), **query)
    (url,) = re.findall(r'data-url="([^"]+)"', page.content.decode())
    assert len(page.content) < 60_000
    data = browser_of().get(unescape(url)).json()
    assert len(data["out"]["amounts"]) == len(data["in"]["amounts"]) == 35_040
    assert sum(amount or 0 for amount in data["out"]["amounts"]) == 25_000
    assert data["runs"] == [[int(day_start(date(2026, 1, 1)).timestamp()), 900, 35_040]]
    # What is not there yet is no gap: from today on.
    past = (day_start(NOW.date()) - day_start(date(2026, 1, 1))) // timedelta(minutes=15)
    assert data["out"]["kinds"].count(".") == past - 100
    assert data["out"]["kinds"].endswith("," * (35_040 - past)) and data["out"]["kinds"].count("m") == 100


def test_the_looks_of_one_who_represents_a_company_are_logged_and_her_own_are_not() -> None:
    firm = company()
    her_own = point_of()
    point = point_of(firm, number=1, since=date(2026, 10, 16))
    send(point, *every_day(date(2026, 10, 1), date(2026, 10, 20)))
    user = person(cast.MARI, cast.mari())
    give_representation(person=user, customer=firm, valid_from=cast.BEGINNING)
    own = browser_of()
    for path in (PAGE, DATA, FILE):
        own.get(path, {"point": her_own.eic, "form": "csv"})
    assert not AccessLog.objects.exists()
    representative = Browser(user).act_as(f"customer:{firm.eic}")
    assert representative.get(PAGE, {"span": "month", "day": "2026-10-05"}).status_code == 200
    log = AccessLog.objects.get()
    assert (log.participant, log.customer_eic, log.meter_eic, log.user) == (firm, firm.eic, point.eic, user)
    assert log.service == "portal/readings"
    assert (log.period_from, log.period_to) == (day_start(date(2026, 10, 16)), day_start(date(2026, 11, 1)))
    # As the company she does not see her own place, nor as herself the company's.
    assert representative.get(PAGE, {"point": her_own.eic}).status_code == 404
    assert own.get(PAGE, {"point": point.eic}).status_code == 404
    for path in (DATA, FILE):
        list(
            getattr(
                representative.get(path, {"span": "month", "day": "2026-10-05", "form": "csv"}), "streaming_content", []
            )
        )
    assert AccessLog.objects.count() == 3


def test_it_asks_the_same_of_the_database_however_many_places_and_however_long_the_time() -> None:
    point = point_of()
    send(point, AUTUMN)
    browser = browser_of()

    def queries(**query: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            seen(browser, point=point.eic, **query)
        return len(captured)

    few = queries(span="day", day=str(AUTUMN), former="on")
    made = MeteringPoint.objects.get(pk=point.pk)
    for eic in points.codes("38ZGO-19", 199):
        made.pk, made.eic = None, eic
        made.save(force_insert=True)
        grid(made, cast.mari(), date(2020, 1, 1))
    assert queries(span="day", day=str(AUTUMN), former="on") == few
    assert queries(span="year", day="2026-10-05", former="on") == few
    assert len(browser.get(PAGE).context["form"].fields["point"].choices) == 200


def test_it_stands_in_the_navigation() -> None:
    point_of()
    (link,) = re.findall(r'<a[^>]*aria-current="page"[^>]*>', browser_of().get(PAGE).content.decode())[:1]
    assert f'href="{PAGE}"' in link


def test_where_there_is_nothing_it_says_why_and_what_to_do() -> None:
    point_of(since=date(2012, 1, 1))
    page = seen(browser_of(), span="month", day="2026-10-05")
    assert "There are no readings: October 2026" in text(page)
    assert "Your network operator has not sent readings of this time" in text(page)
    assert "Show the nearest readings" not in text(page) and "Download" not in text(page)
    assert b"chart-legend" not in page.content
    assert "The readings of a day arrive on the next day" in text(seen(browser_of(), span="day", day="2026-11-02"))
    assert "The hub keeps readings for seven years" in text(seen(browser_of(), span="year", day="2015-05-05"))


def test_where_there_is_nothing_but_the_year_before_that_is_shown() -> None:
    send(point_of(), date(2025, 10, 5))
    page = seen(browser_of(), span="month", day="2026-10-05", former="on")
    assert "There are no readings: October 2026" in text(page)
    rows = {row[0]: row[1:] for row in table(page)}
    assert rows["5 Oct 2026"] == ["", "no reading", "24.000"] and rows["6 Oct 2026"] == ["", "no reading", ""]
    assert "Consumption: no reading" in text(page)
