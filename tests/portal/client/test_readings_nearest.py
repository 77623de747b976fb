"""Where a customer's page of readings has nothing to show, or little: what it offers, and what leads there."""

import re
from datetime import date, timedelta

import pytest

from tests import cast
from tests.metering import messages
from tests.metering.messages import quantity
from tests.portal.client.readings import AUTUMN, another, browser_of, grid, point_of, seen, send, send_intervals, text

pytestmark = pytest.mark.usefixtures("_market")


@pytest.mark.parametrize(
    ("query", "said", "day"),
    [
        ({"span": "day", "day": "2026-03-01"}, "5 Mar 2026", "2026-03-05"),
        ({"span": "day", "day": "2026-07-01"}, "8 Aug 2026", "2026-08-08"),
        ({"span": "day", "day": "2026-04-01"}, "5 Mar 2026", "2026-03-05"),
        ({"span": "month", "day": "2026-10-01"}, "August 2026", "2026-08-08"),
        ({"span": "year", "day": "2025-10-01"}, "2026", "2026-03-05"),
        ({"span": "own", "first": "2026-01-01", "last": "2026-02-01"}, "March 2026", "2026-03-05"),
    ],
)
def test_where_there_are_no_readings_the_nearest_time_with_some_is_offered(
    query: dict[str, str], said: str, day: str
) -> None:
    send(point_of(), date(2026, 3, 5), date(2026, 8, 8))
    page = seen(browser_of(), **query)
    found = re.search(r'<a class="btn btn-primary" href="([^"]+)">(.*?)</a>', page.content.decode())
    assert found is not None and found[2] == f"Show the nearest readings: {said}"
    assert f"day={day}" in found[1] and "first=" not in found[1]
    led = browser_of().get("/portal/readings" + found[1].replace("&amp;", "&"))
    assert "You used" in text(led)


def test_readings_of_another_s_time_are_not_near() -> None:
    jaan = another()
    point = point_of(jaan, until=date(2026, 6, 1))
    grid(point, cast.mari(), date(2026, 6, 1))
    send(point, date(2026, 5, 31))
    page = seen(browser_of(), span="month", day="2026-06-05")
    assert "There are no readings: June 2026" in text(page) and "nearest" not in text(page)
    send(point, date(2026, 10, 1))
    assert "Show the nearest readings: October 2026" in text(seen(browser_of(), span="month", day="2026-06-05"))
    assert "Show the nearest readings: May 2026" in text(seen(browser_of(jaan), span="month", day="2026-04-05"))


def test_of_production_alone_of_which_none_was_fed_in_there_is_a_number() -> None:
    point = point_of()
    starts = messages.interval_starts(date(2026, 10, 5))
    send_intervals(point, [(start, quantity(0, read_at=None), None) for start in starts], day=date(2026, 10, 5))
    said = text(seen(browser_of(), span="day", day="2026-10-05"))
    assert "There are no readings" not in said and "You fed 0 kWh into the grid" in said


def test_one_day_is_said_as_one() -> None:
    send(point_of(), date(2026, 10, 5), date(2026, 10, 5) + timedelta(days=1))
    page = seen(browser_of(), span="own", first="2026-10-05", last="2026-10-05")
    assert "5 Oct 2026 – 5 Oct 2026" not in text(page) and '<h2 id="totals">5 Oct 2026</h2>' in page.content.decode()


def test_where_nothing_is_produced_the_button_that_leads_here_speaks_of_consumption() -> None:
    for number, production, said in ((0, None, "Consumption"), (1, True, "Consumption and production")):
        point = point_of(number=number, production=production)
        page = browser_of().get(f"/portal/metering-points/{point.eic}").content.decode()
        found = re.search(
            rf'<a class="btn btn-primary" href="[^"]*readings\?point={point.eic}">(.*?)</a>', page, re.DOTALL
        )
        assert found is not None and re.sub(r"<[^>]+>", "", found[1]).strip() == said


def test_the_day_of_25_hours_is_told_in_estonian() -> None:
    send(point_of(), AUTUMN)
    said = text(seen(browser_of(language="et"), span="day", day=str(AUTUMN)))
    assert "nii et tund alates kella 03:00-st kordus, kõigepealt suveaja, siis talveaja järgi" in said
