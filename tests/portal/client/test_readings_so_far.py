"""The newest readings stop in the midst of an hour: its row says so far; and how much of a total is estimated."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from tests.metering import messages
from tests.metering.messages import GAS, quantity
from tests.portal.client.readings import (
    AUTUMN,
    DATA,
    FILE,
    SPRING,
    browser_of,
    csv_of,
    every_day,
    point_of,
    seen,
    send,
    send_intervals,
    table,
    text,
)
from tests.portal.client.test_readings_said import is_over, kinds, quarters

pytestmark = pytest.mark.usefixtures("_market")
TODAY = date(2026, 11, 2)
# Ten past nine in the evening.
EVENING = datetime(2026, 11, 2, 19, 10, tzinfo=UTC)
HOURS = {"span": "day", "day": str(TODAY), "unit": "HOUR"}
MORE = "arrow above: so far, more is to come"


def test_the_hour_in_which_the_newest_readings_stop_is_told_so_far() -> None:
    point = point_of()
    quarters(point, TODAY, range(20 * 4 + 3))
    with time_machine.travel(EVENING, tick=True):
        page = seen(browser_of(), **HOURS)
        assert [row[1:] for row in table(page)[19:22]] == [
            ["0.400", "metered"],
            ["0.300", "metered"],
            ["", "still to come"],
        ]
        assert [number for number, row in enumerate(table(page)) if row[0].endswith(", so far")] == [20]
        # An arrow over its column, another in the legend; the heading says of the day what it always said.
        assert page.content.decode().count("column-running") == 2 and MORE in text(page)
        assert re.search(r'<h2 id="totals">2 Nov 2026, so far</h2>', page.content.decode())
        assert kinds(browser_of(), **HOURS)[19:22] == ["metered", "metered so far", "still to come"]
        data = browser_of().get(DATA, HOURS).json()
        assert data["running"] == [20] and data["out"]["kinds"][19:22] == "mm,"
        estonian = browser_of(language="et")
        assert table(seen(estonian, **HOURS))[20][0].endswith(", seni")
        assert csv_of(estonian.get(FILE, {**HOURS, "form": "csv"}))[21][5] == "seni mõõdetud"
        # By quarter-hours each row is there or still to come.
        assert browser_of().get(DATA, {**HOURS, "unit": "QUARTER_HOUR"}).json()["running"] == []
        # The whole hour is whole.
        quarters(point, TODAY, range(20 * 4 + 4))
        assert browser_of().get(DATA, HOURS).json()["running"] == []
    # When the day is over, what is not there is missing.
    other = point_of(number=1)
    quarters(other, TODAY, range(20 * 4 + 3))
    with time_machine.travel(EVENING + timedelta(days=1), tick=True):
        query = {**HOURS, "point": other.eic}
        assert is_over(seen(browser_of(), **query))
        assert kinds(browser_of(), **query)[19:22] == ["metered", "metered, some readings are missing", "no reading"]


def test_a_hole_in_the_day_that_is_not_over_is_told_so_far_too() -> None:
    point = point_of()
    for numbers, guessed in ((range(1, 3), 1), (range(5, 8), 0), (range(40, 43), 0)):
        quarters(point, TODAY, numbers, guessed=guessed)
    with time_machine.travel(EVENING, tick=True):
        assert browser_of().get(DATA, HOURS).json()["running"] == [0, 1, 10]
        assert kinds(browser_of(), **HOURS)[:3] == ["partly estimated so far", "metered so far", "still to come"]
        assert seen(browser_of(), **HOURS).content.decode().count("column-running") == 4


@pytest.mark.parametrize(
    ("day", "clock", "number"),
    [
        # Two whole hours, the third from 04:00 on summer time; the second of the two from 03:00 on winter time.
        (SPRING, datetime(2026, 3, 29, 2, 10, tzinfo=UTC), 3),
        (AUTUMN, datetime(2026, 10, 25, 2, 10, tzinfo=UTC), 4),
    ],
)
def test_on_the_days_of_the_clock_change_the_right_hour_is_told_so_far(day: date, clock: datetime, number: int) -> None:
    quarters(point_of(), day, range(number * 4 + 3))
    query = {"span": "day", "day": str(day), "unit": "HOUR"}
    with time_machine.travel(clock, tick=True):
        assert browser_of().get(DATA, query).json()["running"] == [number]
        rows = table(seen(browser_of(), **query))
        assert [row[0].endswith(", so far") for row in rows[number - 1 : number + 2]] == [False, True, False]
        assert "04:00" in rows[number][0] if day == SPRING else "03:00" in rows[number][0]
        assert kinds(browser_of(), **query)[number - 1 : number + 1] == ["metered", "metered so far"]
    # It ended long ago: nothing of it is still to come.
    assert is_over(seen(browser_of(), **query))
    assert kinds(browser_of(), **query)[number] == "metered, some readings are missing"


def test_an_hour_of_gas_that_has_come_is_whole() -> None:
    point = point_of(commodity=GAS)
    starts = messages.interval_starts(TODAY, "PT1H", GAS)
    readings = [(start, None, quantity(1, read_at=None, m3=0.1)) for start in starts[:3]]
    send_intervals(point, readings, day=TODAY, resolution="PT1H")
    with time_machine.travel(EVENING, tick=True):
        assert browser_of().get(DATA, HOURS).json()["running"] == []
        assert kinds(browser_of(), **HOURS)[2:4] == ["metered", "still to come"]
        assert browser_of().get(DATA, {**HOURS, "unit": "DAY"}).json()["running"] == [0]


def test_of_a_point_without_readings_no_hour_is_told_so_far() -> None:
    point_of()
    with time_machine.travel(EVENING, tick=True):
        assert is_over(seen(browser_of(), **{**HOURS, "day": "2026-11-01"}))
        assert set(kinds(browser_of(), **HOURS)) == {"still to come"}
        assert browser_of().get(DATA, HOURS).json()["running"] == []


def test_what_came_of_today_does_not_stand_for_what_is_missing_of_yesterday() -> None:
    point = point_of()
    quarters(point, date(2026, 11, 1), range(90))
    quarters(point, TODAY, range(40))
    with time_machine.travel(EVENING, tick=True):
        assert kinds(browser_of(), span="month", day=str(TODAY), unit="MONTH") == [
            "metered so far, some readings are missing"
        ]


def test_a_part_of_an_hour_is_not_what_the_next_year_is_compared_with() -> None:
    quarters(point_of(), TODAY, range(4, 11))
    with time_machine.travel(EVENING, tick=True):
        query = {"span": "day", "day": "2027-11-02", "unit": "HOUR", "former": "on"}
        assert browser_of().get(DATA, query).json()["out"]["former"][:4] == [None, 400, None, None]


# --- what of a total is estimated -----------------------------------------------------------------------------------


def beside(page: object) -> list[str]:
    """Give the quiet lines below the numbers."""
    return re.findall(r'<p class="total-beside">(.*?)</p>', page.content.decode())  # type: ignore[attr-defined]


def test_a_total_says_how_much_of_it_is_estimated() -> None:
    point = point_of()
    quarters(point, date(2026, 10, 5), range(96), guessed=4)
    quarters(point, date(2026, 10, 6), range(96), fed=0.2)
    query = {"span": "month", "day": "2026-10-05"}
    # What was fed in is metered, and says nothing.
    assert beside(seen(browser_of(), **query)) == ["of which estimated 0.400 kWh"]
    assert beside(seen(browser_of(language="et"), **query)) == ["sellest hinnanguline 0,400 kWh"]
    assert beside(seen(browser_of(), span="day", day="2026-10-06")) == []


def test_a_total_that_is_estimated_as_a_whole_and_one_whose_estimated_part_is_nothing() -> None:
    send(point_of(), *every_day(date(2026, 10, 5), date(2026, 10, 6)), kind="E")
    assert beside(seen(browser_of(), span="month", day="2026-10-05")) == ["all of it is estimated"]
    point = point_of(number=1)
    send(point, date(2026, 10, 5), kwh=0, kind="E")
    send(point, date(2026, 10, 6))
    query = {"point": point.eic, "span": "month", "day": "2026-10-05"}
    assert beside(seen(browser_of(), **query)) == ["partly estimated"]
    # The words are those of the table and the file.
    said = "partly estimated, some readings are missing"
    per_month = {**query, "unit": "MONTH"}
    assert table(seen(browser_of(), **per_month))[0][2] == said and kinds(browser_of(), **per_month) == [said]
