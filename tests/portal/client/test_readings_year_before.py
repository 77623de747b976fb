"""The year before beside a customer's readings: like compared with like."""

import re
from datetime import UTC, date, datetime

import pytest
import time_machine

from tests.metering import messages
from tests.metering.messages import quantity
from tests.portal.client.readings import browser_of, every_day, point_of, seen, send, send_intervals, table, text

pytestmark = pytest.mark.usefixtures("_market")


def test_who_has_chosen_nothing_sees_the_running_month_beside_that_of_the_year_before() -> None:
    point = point_of()
    # On the second of November the first is the last day with readings.
    send(point, date(2026, 11, 1), kwh=0.25)
    send(point, date(2025, 11, 1), date(2025, 11, 2), kwh=0.2)
    page = seen(browser_of())
    rows = table(page)
    assert len(rows) == 30
    assert rows[0] == ["1 Nov 2026", "24.000", "metered", "19.200"]
    assert rows[1] == ["2 Nov 2026", "", "still to come", "19.200"]
    form = page.context["form"]
    assert form["former"].value() and form["span"].value() == "month"
    # What went without saying is said by the links, which lead to the same.
    (before,) = re.findall(r'rel="prev" href="([^"]+)"', page.content.decode())
    assert "former=on" in before and "span=month" in before and "day=2026-10-01" in before
    # Who unticks it sees none.
    assert not seen(browser_of(), span="month", day="2026-11-01").context["chart"].has_former
    # A link that names a place alone has chosen nothing.
    assert seen(browser_of(), point=point.eic).context["chart"].has_former


def test_like_is_compared_with_like() -> None:
    point = point_of()
    october = every_day(date(2026, 10, 1), date(2026, 10, 31))
    send(point, *october, kwh=0.27)
    send(point, *every_day(date(2025, 10, 1), date(2025, 10, 31)), kwh=0.25)
    page = seen(browser_of(), span="month", day="2026-10-05", former="on")
    # 745 hours each, since both Octobers have the day of 25 hours.
    assert "You used 805 kWh" in text(page) and "A year before: 745 kWh (now 8% more)" in text(page)
    # Of a year that has only begun those days are compared that are there in both.
    page = seen(browser_of(), span="year", day="2026-10-05", former="on")
    said = text(page)
    assert "On the 31 days of which all readings are there in both years: 805 kWh, a year before 745 kWh" in said
    assert "A year before:" not in said


def test_what_is_missing_in_either_year_is_compared_in_neither() -> None:
    point = point_of()
    send(point, *every_day(date(2026, 10, 1), date(2026, 10, 3)), kwh=0.1)
    send(point, date(2025, 10, 2), date(2025, 10, 4), kwh=0.2)
    # Half of the third.
    half = messages.interval_starts(date(2025, 10, 3))[:48]
    send_intervals(point, [(s, None, quantity(9, read_at=None)) for s in half], day=date(2025, 10, 3))
    page = seen(browser_of(), span="month", day="2026-10-05", former="on")
    assert (
        "On the one day of which all readings are there in both years: 9.6 kWh, a year before 19.2 kWh (now 50% less)"
        in text(page)
    )


def test_a_month_with_a_29th_of_february_beside_one_without() -> None:
    with time_machine.travel(datetime(2028, 3, 5, 10, tzinfo=UTC), tick=True):
        point = point_of()
        february = every_day(date(2028, 2, 1), date(2028, 2, 29))
        sent = [(s, None, quantity(0.25, read_at=None)) for day in february for s in messages.interval_starts(day)]
        now = datetime(2028, 3, 4, tzinfo=UTC)
        assert messages.send(messages.element(point.eic, messages.period("PT15M", sent)), now=now).faults == []
        before = every_day(date(2027, 2, 1), date(2027, 2, 28))
        sent = [(s, None, quantity(0.25, read_at=None)) for day in before for s in messages.interval_starts(day)]
        now = datetime(2027, 3, 4, tzinfo=UTC)
        assert messages.send(messages.element(point.eic, messages.period("PT15M", sent)), now=now).faults == []
        page = seen(browser_of(), span="month", day="2028-02-01", former="on")
        rows = table(page)
        assert len(rows) == 29
        assert rows[27] == ["28 Feb 2028", "24.000", "metered", "24.000"]
        assert rows[28] == ["29 Feb 2028", "24.000", "metered", ""]
        # Whole months are compared as such.
        assert "You used 696 kWh" in text(page) and "A year before: 672 kWh (now 4% more)" in text(page)
    with time_machine.travel(datetime(2029, 3, 5, 10, tzinfo=UTC), tick=True):
        # And the other way round: the month before it has 29 days.
        page = seen(browser_of(), span="month", day="2029-02-01", former="on", unit="MONTH")
        assert table(page) == [["February 2029", "", "no reading", "696.000"]]
