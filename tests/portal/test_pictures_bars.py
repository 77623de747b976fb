"""Counts by day and type: every type has its own scale, and the table has every number."""

from datetime import date, timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from portal.pictures.bars import DayCount, Kind, strips
from portal.templatetags.pictures import quantity, short_count

WEEK = [date(2026, 10, 20) + timedelta(days=number) for number in range(7)]
KINDS = [Kind("METERING_DATA", "Readings"), Kind("AGREEMENT", "Agreements", "/operator/distribution/?type=AGREEMENT")]


@given(st.lists(st.integers(0, 10**9), min_size=7, max_size=7), st.lists(st.integers(0, 3), min_size=7, max_size=7))
def test_bars_stand_on_the_ground_and_grow_with_the_count(many: list[int], few: list[int]) -> None:
    counts = [DayCount("METERING_DATA", day, count) for day, count in zip(WEEK, many, strict=True)]
    counts += [DayCount("AGREEMENT", day, count) for day, count in zip(WEEK, few, strict=True)]
    drawn = strips(counts, days=WEEK, kinds=KINDS, id="s")
    for strip in drawn.strips:
        assert strip.total == sum(bar.count for bar in strip.bars)
        for bar in strip.bars:
            assert bar.top + bar.height == drawn.base
            assert bar.count_baseline > 0
            assert 0 <= bar.left < bar.left + bar.width <= 1
            assert (bar.height == 0) == (bar.count == 0)
        by_count = sorted(strip.bars, key=lambda bar: bar.count)
        assert [bar.height for bar in by_count] == sorted(bar.height for bar in by_count)
    assert drawn.total == sum(many) + sum(few) == sum(drawn.day_totals)


def test_what_has_no_count_had_none_and_others_are_not_shown() -> None:
    counts = [
        DayCount("AGREEMENT", WEEK[0], 3),
        DayCount("AGREEMENT", date(2020, 1, 1), 9),
        DayCount("NETWORK_BILL", WEEK[0], 9),
    ]
    drawn = strips(counts, days=WEEK, kinds=KINDS, id="s")
    assert [strip.total for strip in drawn.strips] == [0, 3]
    assert drawn.day_totals == (3, 0, 0, 0, 0, 0, 0)


def test_a_week_without_anything_is_drawn_too() -> None:
    html = render_to_string("portal/pictures/strips.html", {"strips": strips([], days=WEEK, kinds=KINDS, id="s")})
    assert "style=" not in html
    assert html.count("<svg") == 2
    assert "/operator/distribution/?type=AGREEMENT" in html


@pytest.mark.parametrize(
    ("count", "english", "estonian"),
    [
        (0, "", ""),
        (9_999, "9\u202f999", "9\u202f999"),
        (10_000, "10k", "10\N{NO-BREAK SPACE}tuh"),
        (999_999, "999k", "999\N{NO-BREAK SPACE}tuh"),
        (1_250_000, "1.2M", "1,2\N{NO-BREAK SPACE}mln"),
    ],
)
def test_short_counts(count: int, english: str, estonian: str) -> None:
    with translation.override("en"):
        assert short_count(count) == english
    with translation.override("et"):
        assert short_count(count) == estonian


def test_quantities_have_the_decimals_of_the_language() -> None:
    with translation.override("et"):
        assert quantity(1234, 3) == "1\u202f234,000"
    assert quantity(None) == ""
