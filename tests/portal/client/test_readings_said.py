"""What a customer is told beside her numbers: what is missing, what is told so far, what is partly estimated."""

import io
import re
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest
import time_machine

from datahub.metering.models import MeteringPoint
from tests import cast
from tests.metering import messages
from tests.metering.messages import GAS, quantity
from tests.portal.client.readings import (
    AUTUMN,
    DATA,
    FILE,
    SPRING,
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
KIND = "Consumption: metered or estimated"


def lacks(page: Any) -> list[str]:
    """Give what is said below each number of what it lacks, "" where nothing is."""
    totals = page.content.decode().split('<div class="total">')[1:]
    found = [re.search(r'<p class="total-missing">(.*?)</p>', one, re.DOTALL) for one in totals]
    return ["" if one is None else one[1] for one in found]


def xlsx_of(browser: Browser, **query: str) -> list[tuple[Any, ...]]:
    """Read the workbook of an address."""
    answer: Any = browser.get(FILE, {**query, "form": "xlsx"})
    return list(openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.values)


def kinds(browser: Browser, **query: str) -> list[str]:
    """Give what both files say of each row's consumption; they say the same."""
    head, *rows = csv_of(browser.get(FILE, {**query, "form": "csv"}))
    in_csv = [row[head.index(KIND)] for row in rows]
    first, *lines = xlsx_of(browser, **query)
    assert [line[first.index(KIND)] for line in lines] == in_csv
    return in_csv


def is_over(page: Any) -> bool:
    """Tell whether nothing on a page is told so far: heading, rows, picture."""
    content = page.content.decode()
    return not re.search(r"<h2[^>]*>[^<]*so far|<th[^>]*>[^<]*so far|column-running", content)


def quarters(point: MeteringPoint, day: date, numbers: range, *, guessed: int = 0, fed: float | None = None) -> None:
    """Store some quarter-hours of a day, 0.1 kWh each; the first ones are estimated."""
    starts = messages.interval_starts(day)
    send_intervals(
        point,
        [
            (
                starts[number],
                None if fed is None else quantity(fed, read_at=None),
                quantity(0.1, read_at=None, kind="E" if place < guessed else "M"),
            )
            for place, number in enumerate(numbers)
        ],
        day=day,
    )


# --- what is missing ------------------------------------------------------------------------------------------------


def test_a_year_that_lacks_months_says_so_below_its_number() -> None:
    send(point_of(), *every_day(date(2025, 11, 23), date(2025, 12, 31)))
    page = seen(browser_of(), span="year", day="2025-05-05")
    assert "You used 936 kWh Readings are missing from 1 Jan 2025 to 22 Nov 2025: this is not the whole year." in text(
        page
    )
    page = seen(browser_of(language="et"), span="year", day="2025-05-05")
    assert lacks(page) == ["Puuduvad mõõteandmed ajast 01.01.2025 kuni 22.11.2025: see ei ole kogu aasta."]
    # What is there whole says nothing.
    assert lacks(seen(browser_of(), span="month", day="2025-12-05")) == [""]


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (range(23, 32), "Readings are missing from 1 Oct 2026 to 22 Oct 2026"),
        ([*range(1, 5), *range(6, 32)], "Readings of 5 Oct 2026 are missing"),
        ([*range(1, 5), *range(6, 30)], "Readings are missing on 3 days of 31"),
        (range(1, 31), "Readings of 31 Oct 2026 are missing"),
    ],
)
def test_a_month_says_which_days_it_lacks(days: list[int], said: str) -> None:
    send(point_of(), *(date(2026, 10, day) for day in days))
    assert lacks(seen(browser_of(), span="month", day="2026-10-05")) == [f"{said}: this is not the whole month."]


def test_days_of_which_a_part_is_there_are_told_from_those_of_which_nothing_is() -> None:
    point = point_of()
    send(point, *every_day(date(2026, 10, 1), date(2026, 10, 4)), *every_day(date(2026, 10, 6), date(2026, 10, 31)))
    quarters(point, date(2026, 10, 5), range(3))
    assert lacks(seen(browser_of(), span="month", day="2026-10-05")) == [
        "Some readings of 5 Oct 2026 are missing: this is not the whole month."
    ]
    other = point_of(number=1)
    send(other, *every_day(date(2026, 10, 1), date(2026, 10, 28)))
    quarters(other, date(2026, 10, 30), range(3))
    page = seen(browser_of(), point=other.eic, span="month", day="2026-10-05")
    assert lacks(page) == ["Some or all readings are missing on 3 days of 31: this is not the whole month."]


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 10, 5), 24), (SPRING, 23), (AUTUMN, 25)])
def test_a_day_says_how_many_of_its_hours_it_lacks(day: date, hours: int) -> None:
    point = point_of()
    quarters(point, day, range(12))
    query = {"span": "day", "day": str(day)}
    assert lacks(seen(browser_of(), **query)) == [
        f"Readings are missing for {hours - 3} hours of the day’s {hours}: this is not the whole day."
    ]
    assert lacks(seen(browser_of(language="et"), **query)) == [
        f"Päeva {hours} tunnist puuduvad {hours - 3} tunni mõõteandmed: see ei ole kogu päev."
    ]
    quarters(point, day, range(12, hours * 4 - 4))
    (said,) = lacks(seen(browser_of(), **query))
    assert said.startswith(f"Readings are missing for 1 hour of the day’s {hours}:")
    quarters(point, day, range(hours * 4 - 4, hours * 4 - 1))
    (said,) = lacks(seen(browser_of(), **query))
    assert said.startswith(f"Readings are missing for 0 h 15 min of the day’s {hours} hours:")
    quarters(point, day, range(hours * 4 - 1, hours * 4))
    assert lacks(seen(browser_of(), **query)) == [""]


def test_each_direction_says_what_it_lacks_itself() -> None:
    point = point_of()
    send(point, *every_day(date(2026, 10, 1), date(2026, 10, 10)), fed=0.1)
    send(point, *every_day(date(2026, 10, 11), date(2026, 10, 31)))
    page = seen(browser_of(), span="month", day="2026-10-05")
    assert lacks(page) == [
        "",
        "Readings are missing from 11 Oct 2026 to 31 Oct 2026: this is not the whole month.",
    ]


def test_of_a_gas_day_its_own_hours_are_missing() -> None:
    point = point_of(commodity=GAS)
    starts = messages.interval_starts(date(2026, 10, 24), "PT1H", GAS)
    readings = [(start, None, quantity(1, read_at=None, m3=0.1)) for start in starts[:20]]
    send_intervals(point, readings, day=date(2026, 10, 24), resolution="PT1H")
    assert lacks(seen(browser_of(), span="day", day="2026-10-24")) == [
        "Readings are missing for 5 hours of the day’s 25: this is not the whole day."
    ]
    # The day to come of which it is the night before lacks nothing of it.
    page = seen(browser_of(), span="own", first="2026-10-24", last="2026-10-25")
    assert lacks(page) == ["Some or all readings are missing on 2 days of 2: they are not in this number."]


def test_what_is_still_to_come_or_another_s_is_not_missing() -> None:
    jaan = another()
    point = point_of(jaan, until=date(2026, 10, 16))
    grid(point, cast.mari(), date(2026, 10, 16))
    send(point, *every_day(date(2026, 10, 17), date(2026, 10, 31)))
    # Half of the month is hers, of which a day lacks: it would not be the whole month even with it.
    assert lacks(seen(browser_of(), span="month", day="2026-10-20")) == [
        "Readings of 16 Oct 2026 are missing: they are not in this number."
    ]
    other = point_of(number=1)
    with time_machine.travel(datetime(2026, 11, 10, 10, tzinfo=UTC), tick=True):
        send(other, *every_day(date(2026, 11, 1), date(2026, 11, 9)))
        assert lacks(seen(browser_of(), point=other.eic, span="month", day="2026-11-10")) == [""]
    with time_machine.travel(datetime(2026, 11, 12, 10, tzinfo=UTC), tick=True):
        assert lacks(seen(browser_of(), point=other.eic, span="month", day="2026-11-10")) == [
            "Readings are missing from 10 Nov 2026 to 11 Nov 2026: they are not in this number."
        ]


# --- what is told so far --------------------------------------------------------------------------------------------


def test_a_day_that_is_not_over_is_told_so_far() -> None:
    point = point_of()
    send(point, date(2026, 11, 1))
    quarters(point, date(2026, 11, 2), range(20), guessed=2)
    query = {"span": "month", "day": "2026-11-02"}
    page = seen(browser_of(), **query)
    assert [row[0] for row in table(page)[:3]] == ["1 Nov 2026", "2 Nov 2026, so far", "3 Nov 2026"]
    assert "arrow above: so far, more is to come" in text(page)
    # An arrow over its column, another in the legend.
    assert page.content.decode().count("column-running") == 2
    assert browser_of().get(DATA, query).json()["running"] == [1]
    assert kinds(browser_of(), **query)[:3] == ["metered", "partly estimated so far", "still to come"]
    assert table(seen(browser_of(language="et"), **query))[1][0] == "02.11.2026, seni"
    assert csv_of(browser_of(language="et").get(FILE, {**query, "form": "csv"}))[2][5] == "seni osaliselt hinnanguline"


def test_a_month_and_a_year_that_are_not_over_are_told_so_far() -> None:
    point = point_of()
    send(point, *every_day(date(2026, 10, 1), date(2026, 11, 1)))
    page = seen(browser_of(), span="year", day="2026-11-02")
    rows = [row[0] for row in table(page)]
    assert rows[9:] == ["October 2026", "November 2026, so far", "December 2026"]
    assert kinds(browser_of(), span="year", day="2026-11-02")[9:] == ["metered", "metered so far", "still to come"]
    page = seen(browser_of(), span="own", first="2025-01-01", last="2026-12-31", unit="YEAR")
    assert [row[0] for row in table(page)] == ["2025", "2026, so far"]
    assert kinds(browser_of(), span="own", first="2025-01-01", last="2026-12-31", unit="YEAR") == [
        "no reading",
        "metered so far, some readings are missing",
    ]
    # A year later nothing of it is running, and of a day none of its hours that are over.
    with time_machine.travel(datetime(2027, 1, 2, 10, tzinfo=UTC), tick=True):
        page = seen(browser_of(), span="year", day="2026-11-02")
        assert is_over(page)


def test_a_day_of_which_nothing_has_come_is_still_to_come_and_her_time_that_has_ended_is_over() -> None:
    point = point_of(until=date(2026, 11, 2))
    send(point, *every_day(date(2026, 10, 1), date(2026, 11, 1)))
    page = seen(browser_of(), span="year", day="2026-11-01")
    assert table(page)[-1][:2] == ["November 2026", "24.000"] and is_over(page)
    other = point_of(number=1)
    send(other, date(2026, 11, 1))
    page = seen(browser_of(), point=other.eic, span="month", day="2026-11-02")
    assert table(page)[1] == ["2 Nov 2026", "", "still to come"]


def test_of_a_running_month_of_which_nothing_was_read_there_is_none_so_far() -> None:
    point = point_of()
    send(point, date(2026, 10, 5))
    with time_machine.travel(datetime(2026, 11, 5, 10, tzinfo=UTC), tick=True):
        page = seen(browser_of(), span="year", day="2026-11-01")
        assert table(page)[10] == ["November 2026, so far", "", "no reading"]
        assert kinds(browser_of(), span="year", day="2026-11-01")[10] == "no reading so far"


def test_a_gas_day_is_told_so_far_until_seven_in_the_morning() -> None:
    point = point_of(commodity=GAS)
    starts = messages.interval_starts(date(2026, 11, 2), "PT1H", GAS)
    readings = [(start, None, quantity(1, read_at=None, m3=0.1)) for start in starts[:3]]
    send_intervals(point, readings, day=date(2026, 11, 2), resolution="PT1H")
    query = {"span": "month", "day": "2026-11-02"}
    # At five of the next morning it is still that day, two hours later it is over and lacks the most of it.
    with time_machine.travel(datetime(2026, 11, 3, 3, tzinfo=UTC), tick=True):
        page = seen(browser_of(), **query)
        assert table(page)[1] == ["2 Nov 2026, so far", "3.000", "0.300", "metered"]
        assert kinds(browser_of(), **query)[1] == "metered so far"
    with time_machine.travel(datetime(2026, 11, 3, 5, tzinfo=UTC), tick=True):
        page = seen(browser_of(), **query)
        assert table(page)[1] == ["2 Nov 2026", "3.000", "0.300", "metered, some readings are missing"]
        assert kinds(browser_of(), **query)[1] == "metered, some readings are missing"


# --- what is partly estimated ---------------------------------------------------------------------------------------


def test_a_mixture_is_partly_estimated() -> None:
    point = point_of()
    quarters(point, date(2026, 10, 5), range(96), guessed=4)
    quarters(point, date(2026, 10, 6), range(50), guessed=4)
    send(point, date(2026, 10, 7), kind="E")
    send(point, date(2026, 10, 8))
    query = {"span": "own", "first": "2026-10-05", "last": "2026-10-08", "unit": "DAY"}
    assert kinds(browser_of(), **query) == [
        "partly estimated",
        "partly estimated, some readings are missing",
        "estimated",
        "metered",
    ]
    assert [row[2] for row in table(seen(browser_of(), **query))] == [
        "of which estimated 0.400 kWh",
        "of which estimated 0.400 kWh, some readings are missing",
        "estimated",
        "metered",
    ]
    data = browser_of().get(DATA, query).json()
    assert data["out"]["kinds"] == "pPem"
    # Of an hour the same is said, in the picture too.
    hours = {"span": "day", "day": "2026-10-05", "unit": "HOUR"}
    assert browser_of().get(DATA, hours).json()["out"]["estimated"] is None
    quarters(point, date(2026, 10, 5), range(6), guessed=6)
    data = browser_of().get(DATA, hours).json()["out"]
    assert data["kinds"][:3] == "epm" and data["estimated"][:3] == [400, 200, 0]
    assert table(seen(browser_of(), **hours))[1][2] == "of which estimated 0.200 kWh"


def test_of_a_mixture_whose_estimated_part_is_nothing_no_part_is_said() -> None:
    point = point_of()
    starts = messages.interval_starts(date(2026, 10, 5))
    readings = [
        (start, None, quantity(0 if number == 0 else 0.1, read_at=None, kind="M" if number else "E"))
        for number, start in enumerate(starts)
    ]
    send_intervals(point, readings, day=date(2026, 10, 5))
    query = {"span": "day", "day": "2026-10-05", "unit": "DAY"}
    page = seen(browser_of(), **query)
    assert table(page) == [["5 Oct 2026", "9.500", "partly estimated"]]
    data = browser_of().get(DATA, query).json()["out"]
    assert (data["kinds"], data["estimated"]) == ("p", [0])
    assert kinds(browser_of(), **query) == ["partly estimated"]


# --- the year before ------------------------------------------------------------------------------------------------


def test_a_column_of_the_year_before_that_would_be_empty_is_left_out_of_page_and_files() -> None:
    point = point_of()
    send(point, date(2026, 10, 5), kwh=0.25, fed=0.1)
    send(point, date(2025, 10, 5), kwh=0.25)
    query = {"span": "month", "day": "2026-10-05", "former": "on"}
    page = seen(browser_of(), **query)
    assert "Consumption a year before, kWh" in text(page) and "Production a year before" not in text(page)
    assert {len(row) for row in table(page)} == {6}
    head = csv_of(browser_of().get(FILE, {**query, "form": "csv"}))[0]
    assert [name for name in head if "before" in name] == ["Consumption a year before, kWh"]
    assert xlsx_of(browser_of(), **query)[0] == tuple(head)
    # A year before in which nothing was used was one, too.
    other = point_of(number=1)
    send(other, date(2026, 10, 5))
    send(other, date(2025, 10, 5), kwh=0)
    head = csv_of(browser_of().get(FILE, {**query, "point": other.eic, "form": "csv"}))[0]
    assert "Consumption a year before, kWh" in head


def test_where_nothing_is_there_to_compare_with_that_is_said_in_one_line() -> None:
    point = point_of()
    send(point, date(2026, 10, 5))
    line = "There are no readings of the year before to compare with."
    page = seen(browser_of(), span="month", day="2026-10-05", former="on")
    assert text(page).count(line) == 1 and "a year before, kWh" not in text(page)
    assert line not in text(seen(browser_of(), span="month", day="2026-10-05"))
    head = csv_of(browser_of().get(FILE, {"span": "month", "day": "2026-10-05", "former": "on", "form": "csv"}))[0]
    assert not [name for name in head if "before" in name]
    # By months there is no whole one to stand beside, but days there are.
    send(point, date(2025, 10, 5))
    page = seen(browser_of(), span="month", day="2026-10-05", former="on", unit="MONTH")
    assert line not in text(page) and "On the one day of which all readings are there in both years" in text(page)
