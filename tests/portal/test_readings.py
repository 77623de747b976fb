"""The readings of a point on their page: what may be seen of which time, exact, on odd days too, and logged."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import openpyxl
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.models import AccessLog
from datahub.agreements.models import Agreement
from datahub.market import AgreementType, Commodity, Permission, Role
from datahub.market_time import day_start
from datahub.metering.models import MeteringPoint
from tests import cast
from tests.metering import messages, points
from tests.metering.messages import GAS, quantity
from tests.portal.people import Browser, acting_for

PAGE = "/operator/readings/"
NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)
GO, OS, OS2 = cast.GRID_OPERATOR, cast.OPEN_SUPPLIER, cast.SECOND_SUPPLIER
# The day of 25 hours.
AUTUMN = date(2026, 10, 25)


@pytest.fixture(autouse=True)
def _market(db: None) -> Any:
    with time_machine.travel(NOW, tick=True):
        for eic in (GO, OS, OS2):
            cast.participant(eic)
        yield


def operator(*permissions: Permission, **more: Any) -> Browser:
    return acting_for(GO, Role.GRID_OPERATOR, *permissions, **{"name": "operator", **more})


def supplier(eic: str = OS, **more: Any) -> Browser:
    return acting_for(eic, Role.OPEN_SUPPLIER, name=eic, **more)


def text(answer: Any) -> str:
    return unescape(answer.content.decode())


def point_with(*days: date, kind: str = "M") -> MeteringPoint:
    point = MeteringPoint.objects.first() or points.register(now=NOW - timedelta(days=900))
    starts = [start for day in days for start in messages.interval_starts(day)]
    sent = messages.element(
        point.eic,
        messages.period("PT15M", [(start, None, quantity(0.001, read_at=None, kind=kind)) for start in starts]),
    )
    # As if it had been sent then: what is older than a year is not taken.
    at = NOW if days[0] > NOW.date() - timedelta(days=300) else NOW - timedelta(days=365)
    assert messages.send(sent, now=at).faults == []
    return point


def supply(point: MeteringPoint, provider: str, start: date, end: date | None = None) -> None:
    for kind, party, role in (
        (AgreementType.SUPPLY, provider, Role.OPEN_SUPPLIER),
        (AgreementType.GRID, GO, Role.GRID_OPERATOR),
    ):
        if kind == AgreementType.GRID and Agreement.objects.filter(point=point, type=kind).exists():
            continue
        Agreement.objects.create(
            type=kind,
            point=point,
            service_provider=cast.participant(party),
            service_provider_role=role,
            customer=cast.mari(),
            commodity=point.commodity,
            valid_from=day_start(start if kind == AgreementType.SUPPLY else date(2020, 1, 1)),
            valid_to=None if end is None or kind == AgreementType.GRID else day_start(end),
            created_at=NOW,
            changed_at=NOW,
        )


def table(answer: Any) -> list[list[str]]:
    """Give the rows of the page's table, their cells as text."""
    rows = re.findall(r"<tr><th scope=\"row\" class=\"is-date\">(.*?)</tr>", answer.content.decode(), re.DOTALL)
    return [
        [
            unescape(re.sub(r"<[^>]+>", "", cell)).strip()
            for cell in re.split(r"</th>|</td>", row)
            if "\n" not in cell.strip("\n ")
        ]
        for row in rows
    ]


def total(answer: Any) -> str:
    found = re.search(r"Consumption: <strong>(.*?) kWh", answer.content.decode())
    assert found is not None
    return found[1]


def test_without_a_point_the_first_ones_are_offered() -> None:
    point = points.register()
    page = operator().get(PAGE)
    assert f'href="?point={point.eic}"' in text(page)
    assert "You have no access to any readings yet" in text(supplier().get(PAGE))


def test_who_may_see_readings_alone_names_a_point_herself_and_is_shown_none() -> None:
    point = point_with(AUTUMN)
    reader = operator(Permission.VIEWER_METERING_DATA)
    page = text(reader.get(PAGE))
    assert point.eic not in page and str(point.street_address) not in page and "/metering-points/" not in page
    assert "Enter its EIC code above" in page
    assert not AccessLog.objects.exists()
    assert reader.get(PAGE, {"point": point.eic, "span": "day", "day": str(AUTUMN)}).context["chart"].points == 100
    both = operator(Permission.VIEWER_METERING_DATA, Permission.VIEWER_METERING_POINT, name="both")
    assert f'href="?point={point.eic}"' in text(both.get(PAGE))


def test_the_day_of_25_hours_has_a_hundred_quarter_hours_and_both_hours_say_which_they_are() -> None:
    point = point_with(AUTUMN)
    page = operator().get(PAGE, {"point": point.eic, "span": "day", "day": "2026-10-25"})
    assert page.status_code == 200
    assert page.context["chart"].points == 100
    assert total(page) == "0.100"
    said = text(page)
    assert "03:15 summer time" in said and "03:15 winter time" in said


def test_the_day_of_23_hours_has_92() -> None:
    point = points.register(now=NOW - timedelta(days=900))
    page = operator().get(PAGE, {"point": point.eic, "span": "day", "day": "2026-03-29"})
    assert page.context["chart"].points == 92


def test_a_month_by_days_with_gaps_and_estimates() -> None:
    point = point_with(date(2026, 10, 5), date(2026, 10, 7), kind="E")
    page = operator().get(PAGE, {"point": point.eic, "day": "2026-10-31"})
    chart = page.context["chart"]
    assert chart.points == 31
    assert [row.label for row in chart.rows if row.point.taken is not None] == ["5 Oct 2026", "7 Oct 2026"]
    assert chart.total_out.estimated == 192
    assert "estimated" in text(page)
    assert '"kinds": "....e.e' in text(page)


def test_the_former_year_stands_beside_it() -> None:
    point = point_with(date(2025, 10, 5), date(2025, 10, 6))
    point_with(date(2026, 10, 5))
    query = {"point": point.eic, "span": "own", "first": "2026-10-05", "last": "2026-10-06", "unit": "DAY"}
    assert not operator().get(PAGE, query).context["chart"].has_former
    chart = operator().get(PAGE, {**query, "former": "on"}).context["chart"]
    assert [str(row.former_out) for row in chart.rows] == ["0.096", "0.096"]


@pytest.mark.parametrize(
    ("query", "unit", "count"),
    [
        ({}, "DAY", 30),
        ({"span": "day"}, "QUARTER_HOUR", 96),
        ({"span": "year", "day": "2026-02-03"}, "MONTH", 12),
        ({"span": "own", "first": "2026-10-24", "last": "2026-10-26"}, "QUARTER_HOUR", 292),
        ({"span": "own", "first": "2026-10-24", "last": "2026-10-26", "unit": "HOUR"}, "HOUR", 73),
        ({"span": "own", "first": "2019-11-02", "last": "2026-11-01", "unit": "YEAR"}, "YEAR", 8),
    ],
)
def test_the_unit_suits_the_time_unless_it_is_chosen(query: dict[str, str], unit: str, count: int) -> None:
    point = points.register(now=NOW - timedelta(days=900))
    chart = operator().get(PAGE, {"point": point.eic, **query}).context["chart"]
    assert (chart.unit, chart.points) == (unit, count)


def test_one_goes_on_to_the_time_before_and_behind() -> None:
    point = points.register(now=NOW - timedelta(days=900))
    page = text(operator().get(PAGE, {"point": point.eic, "span": "month", "day": "2026-03-15"}))
    assert "day=2026-02-01" in page and "day=2026-04-01" in page
    own = {"point": point.eic, "span": "own", "first": "2026-03-01", "last": "2026-03-02"}
    assert 'rel="next"' not in text(operator().get(PAGE, own))


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ({"point": "38ZGO-10000003-X"}, "point", ""),
        ({"day": "31.02.2026"}, "day", "Enter a valid date"),
        ({"day": "1970-06-01"}, "day", "There are no readings for that day"),
        ({"day": "2199-06-01"}, "day", "There are no readings for that day"),
        ({"span": "own"}, "first", "Enter this day, or choose another period"),
        ({"span": "own", "first": "2026-05-02", "last": "2026-05-01"}, "last", "is before the first one"),
        ({"span": "own", "first": "2010-05-02", "last": "2026-05-01"}, "last", "At most 8 years"),
        ({"span": "week"}, "span", "Select a valid choice"),
        ({"unit": "MINUTE"}, "unit", "Select a valid choice"),
        (
            {"span": "own", "first": "2019-01-01", "last": "2026-01-01", "unit": "QUARTER_HOUR"},
            "unit",
            "too many points",
        ),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(query: dict[str, str], field: str, said: str) -> None:
    point = points.register(now=NOW - timedelta(days=900))
    before = AccessLog.objects.count()
    page = operator().get(PAGE, {"point": point.eic, **query})
    assert page.status_code == 200
    assert page.context["form"].errors[field], page.context["form"].errors
    assert said in " ".join(page.context["form"].errors[field])
    assert "chart" not in page.context
    if field != "unit":
        assert AccessLog.objects.count() == before


def test_a_point_of_somebody_else_answers_as_one_that_does_not_exist() -> None:
    point = point_with(date(2026, 10, 5))
    supply(point, OS, date(2026, 10, 10))
    missing = points.codes("38ZGO-19", 1)[0]
    answers = {}
    for eic in (point.eic, missing):
        for path in ("", "file", "data"):
            answer = supplier(OS2).get(PAGE + path, {"point": eic, "day": "2026-10-05", "form": "csv"}, follow=True)
            assert answer.status_code == 404
            answers[eic, path] = re.sub(
                r'value="[A-Za-z0-9]{64}"|X-CSRFToken[^}]+', "", text(answer).replace(eic, "EIC")
            )
    for path in ("", "file", "data"):
        assert answers[point.eic, path] == answers[missing, path]
    assert not AccessLog.objects.filter(participant__eic=OS2).exists()


def test_of_a_point_that_may_be_seen_it_says_that_no_readings_of_the_time_may() -> None:
    point = point_with(date(2026, 10, 5))
    # From tomorrow on: the point may be seen now, and nothing of the time that is shown first.
    supply(point, OS, date(2026, 11, 3))
    assert supplier(OS).get(f"/operator/metering-points/{point.eic}").status_code == 200
    for path in ("", "file"):
        page = supplier(OS).get(PAGE + path, {"point": point.eic, "day": "2026-10-05", "form": "csv"}, follow=True)
        assert page.status_code == 200 and "chart" not in page.context and not page.context["form"].errors
        assert "You may not see this metering point’s readings for this period" in text(page)
    # To who may see no points there is none.
    other = acting_for(OS, Role.OPEN_SUPPLIER, Permission.VIEWER_METERING_DATA, name="other")
    assert other.get(PAGE, {"point": point.eic, "day": "2026-10-05"}).status_code == 404


def test_a_supplier_sees_its_own_time_alone_and_is_logged_by_name() -> None:
    point = point_with(*[date(2026, 10, day) for day in range(1, 11)])
    supply(point, OS, date(2026, 10, 4), date(2026, 10, 6))
    page = supplier().get(PAGE, {"point": point.eic, "day": "2026-10-01"})
    assert total(page) == "0.192"
    log = AccessLog.objects.get()
    assert (log.service, log.meter_eic, log.customer_eic) == ("meter-data/search", point.eic, cast.MARI)
    assert (log.period_from, log.period_to) == (day_start(date(2026, 10, 4)), day_start(date(2026, 10, 6)))
    assert log.user.username == OS


def test_the_points_to_choose_from_are_logged_as_a_list_of_points_and_no_readings() -> None:
    point = point_with(date(2026, 10, 5))
    supply(point, OS, date(2026, 10, 4))
    assert point.eic in text(supplier().get(PAGE))
    log = AccessLog.objects.get()
    assert (log.service, log.meter_eic, log.period_from, log.user.username) == ("page:points", point.eic, None, OS)


def test_without_the_permission_nothing_is_shown() -> None:
    point = point_with(date(2026, 10, 5))
    for path in ("", "file", "data"):
        answer = operator(Permission.VIEWER_AGREEMENT, Permission.EDITOR_NETWORK_BILL).get(
            PAGE + path, {"point": point.eic}
        )
        assert answer.status_code == 403
        assert Browser().get(PAGE + path).status_code == 302
    assert operator(Permission.VIEWER_METERING_DATA, name="v").get(PAGE, {"point": point.eic}).status_code == 200
    assert operator(name="a").send(PAGE, {}).status_code == 405


def test_many_points_are_fetched_by_themselves() -> None:
    point = point_with(date(2026, 10, 5))
    query = {"point": point.eic, "span": "year", "day": "2026-10-05", "unit": "QUARTER_HOUR"}
    page = operator().get(PAGE, query)
    assert 'data-url="/operator/readings/data?' in text(page)
    assert len(page.content) < 60_000
    data = operator().get(PAGE + "data", query).json()
    assert sum(amount or 0 for amount in data["out"]["amounts"]) == 96
    assert operator().get(PAGE + "data", {"point": "x"}).status_code == 400


def test_files_have_every_digit_and_say_what_is_missing() -> None:
    point = points.register(now=NOW - timedelta(days=900))
    day = date(2026, 10, 25)
    starts = messages.interval_starts(day)
    sent = messages.element(
        point.eic,
        messages.period(
            "PT15M",
            [(start, quantity(0.1, read_at=None), quantity(1234.567, read_at=None, kind="E")) for start in starts[:99]],
        ),
    )
    assert messages.send(sent, now=NOW).faults == []
    query = {"point": point.eic, "span": "day", "day": "2026-10-25"}
    answer = operator(language="et").get(PAGE + "file", {**query, "form": "csv"})
    assert answer["Content-Disposition"].startswith(f'attachment; filename="{point.eic} 2026-10-25')
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 101
    assert rows[1][0] == point.eic
    assert rows[1][3] == "1234,567"
    assert len({row[1] for row in rows[1:]}) == 100
    assert rows[100][3] == ""
    book = openpyxl.load_workbook(
        io.BytesIO(b"".join(operator().get(PAGE + "file", {**query, "form": "xlsx"}).streaming_content))
    )
    cells = list(book.active.values)
    assert len(cells) == 101
    assert cells[1][3] == 1234.567 and cells[1][4] == 0.1
    assert cells[1][5] == "estimated" and cells[100][5] == "no reading"
    # An unknown form is no file.
    assert operator().get(PAGE + "file", {**query, "form": "exe"}).status_code == 302


@pytest.mark.parametrize(
    ("query", "shown", "wrong"),
    [
        ({"point": "38ZGO-1", "form": "csv"}, "?point=38ZGO-1", {"point"}),
        ({"form": "csv"}, "", set()),
        ({"point": points.codes("38ZGO-19", 1)[0], "form": "xlsx"}, None, {"point"}),
    ],
)
def test_why_there_is_no_file_is_said_at_the_address_of_the_page(
    query: dict[str, str], shown: str | None, wrong: set[str]
) -> None:
    page = operator().get(PAGE + "file", query, follow=True)
    place = PAGE + (f"?point={query['point']}" if shown is None else shown)
    assert page.redirect_chain == [(place, 302)]
    assert set(page.context["form"].errors) == wrong
    assert f'action="{PAGE}"' in text(page) and "readings/file" not in text(page)


def test_gas_has_no_quarter_hours() -> None:
    point = points.register(points.GAS, now=NOW - timedelta(days=900), commodity=GAS)
    gas = operator(commodity=GAS)
    assert "Quarter-hour" not in text(gas.get(PAGE, {"point": point.eic}))
    assert "unit" in gas.get(PAGE, {"point": point.eic, "unit": "QUARTER_HOUR"}).context["form"].errors
    assert "Quarter-hour" in text(operator().get(PAGE))


def test_gas_days_begin_at_seven() -> None:
    point = points.register(points.GAS, now=NOW - timedelta(days=900), commodity=GAS)
    sent = messages.element(
        point.eic,
        messages.period(
            "P1D",
            [
                (start, None, quantity(10, read_at=None, m3=1.5))
                for start in messages.interval_starts(date(2026, 10, 24), "P1D", GAS)
            ],
        ),
    )
    assert messages.send(sent, now=NOW, commodity=GAS).faults == []
    browser = operator(commodity=Commodity.NATURAL_GAS)
    page = browser.get(PAGE, {"point": point.eic, "day": "2026-10-24"})
    chart = page.context["chart"]
    held = [row for row in chart.rows if row.point.taken is not None]
    assert [(row.label, str(row.point.taken.m3)) for row in held] == [("24 Oct 2026", "1.500")]
    assert held[0].point.start == datetime(2026, 10, 24, 4, tzinfo=UTC)
    # Twenty-five hours: until seven o'clock of winter time.
    assert held[0].point.end == datetime(2026, 10, 25, 5, tzinfo=UTC)
    # The same code in the other commodity is a point that does not exist.
    assert operator(name="e").get(PAGE, {"point": point.eic}).status_code == 404


def test_it_asks_the_same_of_the_database_however_long_the_time() -> None:
    point = point_with(*[date(2026, 10, day) for day in range(1, 29)])
    supply(point, OS, date(2025, 10, 4))
    browser = supplier()

    def queries(**query: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(PAGE, {"point": point.eic, **query}).status_code == 200
        return len(captured)

    queries(span="day", day="2026-10-05")
    assert queries(span="year", day="2026-10-05") <= queries(span="day", day="2026-10-05")


def test_what_others_wrote_stands_as_text() -> None:
    point = points.register()
    MeteringPoint.objects.filter(pk=point.pk).update(street_address="<script>alert(1)</script>")
    page = operator().get(PAGE)
    assert b"<script>alert" not in page.content and b"&lt;script&gt;alert" in page.content
    page = operator().get(PAGE, {"point": "<script>alert(1)</script>"})
    assert b"<script>alert" not in page.content
