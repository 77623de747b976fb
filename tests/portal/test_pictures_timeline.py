"""The time line: bars lie inside and keep their order, whatever the periods; days are the market's."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from datahub import market_time
from datahub.market import Commodity
from portal.pictures.axis import MOST_MARKS, Mark, MarkUnit, Window, marks
from portal.pictures.timeline import AXIS_HEIGHT, ROW_HEIGHT, AxisMark, Span, SpanState, timeline

NOW = datetime(2026, 10, 24, 12, tzinfo=UTC)
GAS = Commodity.NATURAL_GAS


def start(*day: int) -> datetime:
    return market_time.day_start(date(*day))


def span(begin: datetime, end: datetime | None, lane: str = "SUPPLY", **more: object) -> Span:
    return Span(lane, lane.title(), "Päikese Energia AS", begin, end, **more)


days = st.dates(date(1971, 1, 1), date(2090, 1, 1))
lengths = st.one_of(st.none(), st.integers(1, 4), st.integers(1, 60 * 366))
spans = st.builds(
    lambda day, length, lane: span(
        market_time.day_start(day), length and market_time.day_start(day + timedelta(days=length)), lane
    ),
    days,
    lengths,
    st.sampled_from(["GRID", "SUPPLY", "GENERAL_SERVICE"]),
)


@given(st.lists(spans, max_size=12), st.dates(date(1990, 1, 1), date(2060, 1, 1)))
def test_bars_lie_inside_and_keep_their_order(some: list[Span], today: date) -> None:
    drawn = timeline(some, now=market_time.day_start(today), id="t")
    assert 0 <= drawn.now <= 1
    assert sum(len(lane.bars) for lane in drawn.lanes) == len(some) == len(drawn.spans)
    top = AXIS_HEIGHT
    for lane in drawn.lanes:
        assert lane.top == top
        top += lane.height
        starts = [bar.span.start for bar in lane.bars]
        assert starts == sorted(starts)
        for bar in lane.bars:
            assert bar.left >= 0
            assert bar.width > 0
            assert bar.left + bar.width <= 1 + 1e-9
            assert lane.top < bar.top
            assert bar.top + ROW_HEIGHT <= lane.top + lane.height
            assert -1e-9 <= bar.label_left <= bar.label_left + bar.label_width <= 1 + 1e-9
    assert top <= drawn.height


@given(st.lists(spans, min_size=2, max_size=12))
def test_bars_of_a_row_overlap_only_where_they_are_too_short_to_be_seen(some: list[Span]) -> None:
    for lane in timeline(some, now=NOW, id="t").lanes:
        for one in lane.bars:
            for other in lane.bars:
                if one is not other and one.top == other.top and one.span.start <= other.span.start:
                    assert one.span.end is not None
                    assert one.span.end <= other.span.start
                    assert one.label_left + one.label_width <= other.label_left + 1e-9 or one.width <= 0.0041


@given(days, st.integers(1, 120 * 366))
def test_an_axis_has_a_few_marks_inside_and_in_order(first: date, length: int) -> None:
    window = Window(market_time.day_start(first), market_time.day_start(first + timedelta(days=length)))
    found = marks(window)
    assert len(found) <= MOST_MARKS + 2
    assert [mark.place for mark in found] == sorted(mark.place for mark in found)
    assert all(0 <= mark.place <= 1 for mark in found)
    assert sum(mark.is_sparse for mark in found) <= 3
    if length >= 2:
        assert found


@pytest.mark.parametrize(
    ("end", "unit"),
    [((2026, 1, 9), MarkUnit.DAY), ((2026, 12, 1), MarkUnit.MONTH), ((2034, 1, 1), MarkUnit.YEAR)],
)
def test_marks_are_named_by_what_fits_the_span(end: tuple[int, int, int], unit: MarkUnit) -> None:
    assert {mark.unit for mark in marks(Window(start(2026, 1, 1), start(*end)))} == {unit}


# The clock changes in the night; that belongs to the gas day before.
@pytest.mark.parametrize(
    ("commodity", "day"),
    [
        (Commodity.ELECTRICITY, date(2026, 3, 29)),
        (Commodity.ELECTRICITY, date(2026, 10, 25)),
        (GAS, date(2026, 3, 28)),
        (GAS, date(2026, 10, 24)),
    ],
)
def test_a_period_of_the_day_of_a_clock_change_begins_and_ends_on_it(commodity: Commodity, day: date) -> None:
    begin = market_time.day_start(day, commodity)
    end = market_time.day_start(day + timedelta(days=1), commodity)
    assert end - begin in (timedelta(hours=23), timedelta(hours=25))
    (drawn,) = timeline([span(begin, end)], now=NOW, id="t", commodity=commodity).spans
    assert (drawn.first_day, drawn.last_day) == (day, day)


def test_a_gas_day_is_named_by_the_day_it_begins_on() -> None:
    begin, end = market_time.day_start(date(2026, 1, 1), GAS), market_time.day_start(date(2026, 2, 1), GAS)
    (drawn,) = timeline([span(begin, end)], now=NOW, id="t", commodity=GAS).spans
    assert (drawn.first_day, drawn.last_day) == (date(2026, 1, 1), date(2026, 1, 31))


def test_neighbours_share_a_row_and_what_overlaps_does_not() -> None:
    spring, summer = start(2026, 4, 1), start(2026, 7, 1)
    (lane,) = timeline(
        [span(start(2026, 1, 1), spring), span(spring, summer), span(start(2026, 6, 1), None)], now=NOW, id="t"
    ).lanes
    first, second, third = lane.bars
    assert first.top == second.top < third.top
    assert first.left + first.width == pytest.approx(second.left)
    assert (second.open_at_end, third.open_at_end) == (False, True)
    assert third.left + third.width == pytest.approx(1)


def _share(written: str) -> float:
    return float(written.removesuffix("%")) / 100


def test_what_has_no_end_fades_neither_before_the_present_nor_before_it_has_begun() -> None:
    past = timeline([span(start(2020, 1, 1), None)], now=NOW, id="t")
    assert _share(past.fades_from) == pytest.approx(past.now, abs=1e-4)
    assert past.now > 0.9
    future = timeline([span(start(2026, 1, 1), None), span(start(2028, 1, 1), None)], now=NOW, id="t")
    assert _share(future.fades_from) == pytest.approx(future.lanes[0].bars[1].left, abs=1e-4)
    assert future.lanes[0].bars[1].left > future.now
    long = timeline([span(start(2020, 1, 1), None), span(start(2020, 1, 1), start(2040, 1, 1))], now=NOW, id="t")
    assert _share(long.fades_from) == 0.8


@pytest.mark.parametrize(
    ("unit", "place", "anchor", "is_late"),
    [
        (MarkUnit.YEAR, 0.88, "start", False),
        (MarkUnit.YEAR, 0.94, "start", True),
        (MarkUnit.YEAR, 0.96, "end", False),
        (MarkUnit.MONTH, 0.9, "start", True),
        (MarkUnit.MONTH, 0.92, "end", False),
        (MarkUnit.DAY, 0.92, "start", True),
        (MarkUnit.DAY, 0.94, "end", False),
    ],
)
def test_a_marks_name_is_written_to_the_left_only_where_it_would_not_fit(
    unit: MarkUnit, place: float, anchor: str, is_late: bool
) -> None:
    mark = AxisMark(Mark(date(2026, 1, 1), unit, place, is_sparse=True))
    assert (mark.anchor, mark.is_late) == (anchor, is_late)


def test_lanes_stand_in_the_order_asked_for() -> None:
    some = [span(NOW, None, lane) for lane in ("SUPPLY", "AGGREGATION", "GRID")]
    assert [lane.code for lane in timeline(some, now=NOW, id="t", lane_order=["GRID", "SUPPLY"]).lanes] == [
        "GRID",
        "SUPPLY",
        "AGGREGATION",
    ]


def test_the_drawing_has_no_style_of_its_own_and_escapes_names() -> None:
    evil = Span(
        "GRID",
        "Grid",
        '"><script>alert(1)</script>',
        NOW,
        None,
        url='/x"onclick="y',
        state=SpanState.DELETED,
        note="<b>",
    )
    html = render_to_string("portal/pictures/timeline.html", {"timeline": timeline([evil], now=NOW, id="t")})
    assert "<script" not in html
    assert "style=" not in html
    assert '"onclick="' not in html
    assert "<b>" not in html
    assert html.count("&lt;script&gt;") >= 3


def test_without_agreements_it_says_so() -> None:
    html = render_to_string("portal/pictures/timeline.html", {"timeline": timeline([], now=NOW, id="t")})
    assert "<svg" not in html
    assert "No agreements to show." in html
