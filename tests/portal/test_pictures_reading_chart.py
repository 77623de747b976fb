"""The reading chart: the server's picture, the table, what the browser is sent, and the year before beside it."""

import json
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from datahub.market import Commodity
from datahub.market_time import day_start
from datahub.periods import Period
from portal.pictures.columns import columns
from portal.pictures.reading_chart import ReadingChart, chart_data, reading_chart
from portal.pictures.series import Quantity, SeriesPoint, Unit, period_of
from tests.portal.test_pictures_series import Given, steps, summed

E = Commodity.ELECTRICITY
AUTUMN = date(2026, 10, 25)
START = datetime(2026, 6, 1, tzinfo=UTC)


def of_day(day: date, minutes: int = 60, unit: Unit = Unit.HOUR) -> tuple[list[Given], Period, Unit]:
    asked = period_of(Unit.DAY, day, E)
    assert asked.end is not None
    return steps(asked.start, asked.end, minutes), asked, unit


def chart(readings: list[Given], asked: Period, unit: Unit, **more: object) -> ReadingChart:
    return reading_chart(summed(readings, unit, asked), id="c", caption="Readings", **more)  # type: ignore[arg-type]


def html(shown: ReadingChart) -> str:
    return render_to_string("portal/pictures/reading_chart.html", {"chart": shown})


def quantity(kwh: int, *, estimated: int = 0) -> Quantity:
    return Quantity(Decimal(kwh).scaleb(-3), None, estimated, 1, timedelta(0))


@given(
    st.lists(
        st.tuples(
            st.none() | st.integers(0, 10**9), st.none() | st.integers(0, 10**9), st.none() | st.integers(0, 10**9)
        ),
        max_size=100,
    )
)
def test_columns_stand_on_the_ground_inside_the_picture(some: list[tuple[int | None, int | None, int | None]]) -> None:
    points = [
        SeriesPoint(
            START,
            START,
            None if out is None else quantity(out, estimated=out % 2),
            None if into is None else quantity(into),
        )
        for out, into, _ in some
    ]
    former = [None if one is None else Decimal(one).scaleb(-3) for *_, one in some]
    drawn = columns(points, former_out=former)
    assert len(drawn.columns) == sum((out is not None) + (into is not None) for out, into, _ in some)
    for one in drawn.columns:
        assert 0 <= one.left < one.left + one.width <= 1 + 1e-9
        assert one.top + one.height == drawn.base
        assert one.top >= 0
    for mark in drawn.former:
        assert 0 <= mark.y <= drawn.base
    by_amount = sorted((one for one in drawn.columns if one.kind == "out"), key=lambda one: points[one.point].taken.kwh)  # type: ignore[union-attr]
    assert [one.height for one in by_amount] == sorted(one.height for one in by_amount)
    assert 2 <= len(drawn.levels) <= 6


def test_both_hours_of_the_clock_change_stand_in_the_table_and_are_told_apart() -> None:
    shown = chart(*of_day(AUTUMN))
    with translation.override("en"):
        labels = [row.label for row in chart(*of_day(AUTUMN)).rows]
    assert len(shown.rows) == 25
    assert labels[2:6] == [
        f"25 Oct 2026 {clock}" for clock in ("02:00", "03:00 summer time", "03:00 winter time", "04:00")
    ]
    assert len(set(labels)) == 25


def test_the_hour_that_is_left_out_in_spring_is_not_there() -> None:
    labels = [row.label[-5:] for row in chart(*of_day(date(2026, 3, 29))).rows]
    assert len(labels) == 23
    assert labels[2:5] == ["02:00", "04:00", "05:00"]


def test_the_year_before_stands_at_the_same_local_time() -> None:
    readings, asked, unit = of_day(AUTUMN)
    before, asked_before, _ = of_day(date(2025, 10, 25))
    before = [(start, length, number, "M") for number, (start, length, _, _) in enumerate(before)]
    rows = chart(readings, asked, unit, former=summed(before, unit, asked_before)).rows
    former = [row.former_out and int(row.former_out * 1000) for row in rows]
    # The year before had no second 03:00 on that date.
    assert former == [0, 1, 2, 3, None, *range(4, 24)]


def test_the_29th_of_february_has_no_year_before() -> None:
    asked = period_of(Unit.MONTH, date(2028, 2, 1), E)
    before = period_of(Unit.MONTH, date(2027, 2, 1), E)
    assert before.end is not None
    rows = chart([], asked, Unit.DAY, former=summed(steps(before.start, before.end, 60), Unit.DAY, before)).rows
    assert [row.former_out for row in rows] == [Decimal("0.024")] * 28 + [None]


def test_what_the_browser_is_sent_says_gaps_and_kinds() -> None:
    asked = period_of(Unit.DAY, AUTUMN, E)
    hour = timedelta(hours=1)
    readings: list[Given] = [
        (asked.start, hour, 1500, "M"),
        (asked.start + 2 * hour, hour, 0, "E"),
        (asked.start + 3 * hour, hour / 4, 7, "E"),
    ]
    data = chart_data(summed(readings, Unit.HOUR, asked))
    assert data["runs"] == [(int(asked.start.timestamp()), 3600, 25)]
    assert data["out"]["amounts"][:5] == [1500, None, 0, 7, None]
    assert data["out"]["kinds"][:5] == "m.eE."
    assert data["out"]["former"] is None
    assert data["in"] is None
    json.dumps(data)


def test_of_a_month_the_estimated_share_is_hatched_and_no_more() -> None:
    asked = period_of(Unit.YEAR, date(2026, 1, 1), E)
    quarter = timedelta(minutes=15)
    june = datetime(2026, 6, 1, tzinfo=UTC)
    shown = chart([(june, quarter, 3000, "M"), (june + quarter, quarter, 1000, "E")], asked, Unit.MONTH)
    assert shown.data is not None and shown.drawing is not None
    assert (shown.data["out"]["amounts"][5], shown.data["out"]["estimated"][5]) == (4000, 1000)
    (column,) = shown.drawing.columns
    assert column.hatched == round(column.height / 4)
    assert "of which estimated 1.000 kWh" in html(shown)


def test_what_is_missing_of_a_day_is_marked_under_it_as_long_as_it_is_and_the_same_is_sent_to_the_browser() -> None:
    asked = period_of(Unit.MONTH, date(2026, 6, 1), E)
    hour = timedelta(hours=1)
    # A whole day, a day of which a quarter-hour is missing, half a day.
    readings = [
        *steps(asked.start, asked.start + 48 * hour - hour / 4, 15),
        *steps(asked.start + 48 * hour, asked.start + 60 * hour, 15),
    ]
    shown = chart(readings, asked, Unit.DAY)
    assert shown.data is not None and shown.drawing is not None
    assert shown.data["out"]["missing"] == [0, 900, 12 * 3600, *[0] * 27]
    assert [one.missing for one in shown.drawing.columns] == [0, 0.15, 0.5]
    half = shown.drawing.columns[2]
    edges = [float(one.removesuffix("%")) / 100 for one in (half.missing_x, half.missing_across)]
    assert edges == pytest.approx([half.left + half.width / 2, half.width / 2], abs=1e-4)
    text = html(shown)
    # Two days, and the legend that says what it means.
    assert text.count("column-missing") == 3
    assert "marked below: some readings are missing" in text
    whole = chart(*of_day(AUTUMN))
    assert whole.data is not None and whole.data["out"]["missing"] is None
    assert "column-missing" not in html(whole)


def test_of_a_day_each_third_hour_is_named() -> None:
    asked = period_of(Unit.DAY, date(2026, 6, 1), E)
    assert asked.end is not None
    for unit, minutes in ((Unit.QUARTER_HOUR, 15), (Unit.HOUR, 60)):
        named = [label for _, label in chart(steps(asked.start, asked.end, minutes), asked, unit).axis]
        assert named == [f"{hour:02}:00" for hour in range(0, 24, 3)]


def test_months_differ_in_length_and_stand_in_runs() -> None:
    asked = period_of(Unit.YEAR, date(2026, 1, 1), E)
    runs = chart_data(summed([], Unit.MONTH, asked))["runs"]
    assert sum(count for *_, count in runs) == 12
    assert runs[0] == (int(day_start(date(2026, 1, 1)).timestamp()), 31 * 86_400, 1)
    ends = [start + step * count for start, step, count in runs]
    assert ends[:-1] == [start for start, *_ in runs[1:]]


def test_a_year_of_quarter_hours_is_sent_within_a_second_and_has_neither_table_nor_columns() -> None:
    asked = period_of(Unit.YEAR, date(2025, 1, 1), E)
    assert asked.end is not None
    readings = steps(asked.start, asked.end, 15, amount=123)
    whole = summed(readings, Unit.QUARTER_HOUR, asked)
    began = time.perf_counter()
    shown = reading_chart(whole, former=whole, id="c", caption="Readings")
    assert time.perf_counter() - began < 1
    assert (len(shown.rows), shown.drawing, shown.points) == (0, None, 35_040)
    assert "too many for a table" in html(shown)


def test_it_is_drawn_without_scripts_or_styles_of_its_own() -> None:
    text = html(chart(*of_day(AUTUMN)))
    assert text.count('<rect class="column is-out"') == 25 + 1
    assert "style=" not in text
    assert text.count("<script") == text.count('<script type="application/json">') == 2
    assert 'data-url="' not in text


@pytest.mark.parametrize("words", ["Zoom in", "Zoom out", "Show the whole period"])
def test_its_buttons_say_what_they_do_to_who_points_at_them(words: str) -> None:
    assert f'title="{words}"' in html(chart(*of_day(AUTUMN)))


def test_a_long_one_is_fetched() -> None:
    shown = chart(*of_day(AUTUMN), data_url="/operator/readings/x?unit=HOUR&year=2026")
    assert shown.data is None
    assert 'data-url="/operator/readings/x?unit=HOUR&amp;year=2026"' in html(shown)


def test_a_caption_cannot_leave_its_place() -> None:
    readings, asked, unit = of_day(AUTUMN)
    text = html(reading_chart(summed(readings, unit, asked), id="c", caption="</script><script>alert(1)</script>"))
    assert "<script>alert" not in text


@pytest.mark.parametrize(("language", "decimal"), [("en", "0.025"), ("et", "0,025")])
def test_numbers_have_the_form_of_the_language(language: str, decimal: str) -> None:
    with translation.override(language):
        assert f"{decimal} kWh" in html(chart(*of_day(AUTUMN)))


def test_without_readings_it_says_so() -> None:
    text = html(chart([], period_of(Unit.DAY, AUTUMN, E), Unit.HOUR))
    assert "There are no readings in this period." in text
    assert "chart-canvas" not in text
