"""Sums of readings: exact, by the market's days, with what is estimated and missing counted."""

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datahub.market import Commodity
from datahub.market_time import day_start
from datahub.metering.readings.channels import CHANNELS
from datahub.metering.readings.values import Values
from datahub.periods import Period
from portal.pictures.series import Series, TooManyPoints, Unit, Void, period_of, series

E, G = Commodity.ELECTRICITY, Commodity.NATURAL_GAS
LATER = datetime(2030, 1, 1, tzinfo=UTC)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
Given = tuple[datetime, timedelta, int | None, str]


def values(out: Sequence[Given], commodity: Commodity = E) -> Values:
    """Make readings of consumption: start, length, thousandths (None: there is production alone) and E or M."""
    codes = CHANNELS[commodity]
    shape = (len(codes), len(out))
    made = Values(
        codes,
        np.array([int(start.timestamp()) for start, *_ in out], np.int64),
        np.array([int((start + length).timestamp()) for start, length, *_ in out], np.int64),
        np.zeros(shape, np.int64),
        np.zeros(shape, np.uint8),
        np.zeros(shape, np.bool_),
    )
    for number, (_, _, amount, kind) in enumerate(out):
        channel = 0 if amount is None else 1
        made.amounts[channel, number] = 7 if amount is None else amount
        made.kinds[channel, number] = ord(kind)
        made.present[channel, number] = True
    return made


def steps(start: datetime, end: datetime, minutes: int, amount: int = 1, kind: str = "M") -> list[Given]:
    length = timedelta(minutes=minutes)
    return [(start + length * number, length, amount, kind) for number in range((end - start) // length)]


def summed(out: Sequence[Given], unit: Unit, asked: Period, commodity: Commodity = E, now: datetime = LATER) -> Series:
    return series(values(out, commodity), unit=unit, asked=asked, commodity=commodity, now=now)


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (date(2026, 6, 1), 24), (AUTUMN, 25)])
def test_days_of_23_24_and_25_hours_lose_nothing(day: date, hours: int) -> None:
    asked = period_of(Unit.DAY, day, E)
    assert asked.end is not None
    readings = steps(asked.start, asked.end, 15, amount=250)
    by_quarter, by_hour, by_day = (summed(readings, u, asked) for u in (Unit.QUARTER_HOUR, Unit.HOUR, Unit.DAY))
    assert (len(by_quarter), len(by_hour), len(by_day)) == (hours * 4, hours, 1)
    assert {point.taken and point.taken.kwh for point in by_hour.points()} == {Decimal("1.000")}
    (whole,) = by_day.points()
    assert whole.taken is not None
    assert whole.taken.kwh == hours
    assert (whole.taken.metered, whole.taken.estimated, whole.taken.missing) == (hours * 4, 0, timedelta(0))
    assert whole.given is None


def test_a_gas_day_runs_from_seven_and_takes_in_the_clock_change_of_the_night() -> None:
    asked = period_of(Unit.DAY, date(2026, 10, 24), G)
    assert asked.end is not None
    assert asked.end - asked.start == timedelta(hours=25)
    (whole,) = summed([(asked.start, timedelta(hours=25), 12_345, "M")], Unit.DAY, asked, G).points()
    assert whole.taken is not None
    assert (whole.taken.kwh, whole.taken.m3, whole.taken.missing) == (Decimal("12.345"), Decimal(0), timedelta(0))


def test_a_reading_that_is_coarser_than_the_unit_is_not_divided() -> None:
    asked = period_of(Unit.DAY, date(2026, 6, 1), E)
    hour = timedelta(hours=1)
    found = summed([(asked.start, hour, 1000, "M"), (asked.start + 2 * hour, hour, 500, "E")], Unit.QUARTER_HOUR, asked)
    first, *gap, second = list(found.points(0, 6))
    assert (first.end - first.start, second.end - second.start) == (hour, hour)
    assert first.taken is not None
    assert second.taken is not None
    assert (first.taken.kwh, second.taken.kwh, second.taken.is_estimated) == (1, Decimal("0.5"), True)
    assert [point.taken for point in gap] == [None] * 4
    assert found.ends[-1] == int(asked.end.timestamp())  # type: ignore[union-attr]
    assert len(found) == 2 + 22 * 4


def test_a_gap_is_a_point_without_a_sum_and_a_day_with_a_gap_says_so() -> None:
    asked = period_of(Unit.MONTH, date(2026, 6, 15), E)
    assert asked.end is not None
    readings = steps(asked.start, asked.start + timedelta(days=2, hours=6), 60, amount=1, kind="E")
    found = list(summed(readings, Unit.DAY, asked).points())
    assert len(found) == 30
    assert [point.taken is None for point in found] == [False] * 3 + [True] * 27
    third = found[2].taken
    assert third is not None
    assert (third.estimated, third.missing, third.is_partial) == (6, timedelta(hours=18), True)


def test_what_is_to_come_is_not_missing() -> None:
    asked = period_of(Unit.DAY, date(2026, 6, 1), E)
    noon = asked.start + timedelta(hours=12)
    (day,) = summed(steps(asked.start, noon, 60), Unit.DAY, asked, now=noon + timedelta(hours=1)).points()
    assert day.taken is not None
    assert day.taken.missing == timedelta(hours=1)


def test_months_and_years_are_local() -> None:
    asked = Period(day_start(date(2025, 1, 1)), day_start(date(2027, 1, 1)))
    assert asked.end is not None
    readings = steps(asked.start, asked.end, 60)
    months = list(summed(readings, Unit.MONTH, asked).points())
    assert [point.start for point in months[:2]] == [day_start(date(2025, 1, 1)), day_start(date(2025, 2, 1))]
    assert len(months) == 24
    years = list(summed(readings, Unit.YEAR, asked).points())
    assert [point.taken and point.taken.kwh for point in years] == [Decimal("8.760"), Decimal("8.760")]


def test_a_period_that_begins_in_the_midst_cuts_its_first_and_last_unit() -> None:
    asked = Period(day_start(date(2026, 1, 31)) + timedelta(hours=5), day_start(date(2026, 3, 2)))
    found = list(summed([], Unit.MONTH, asked).points())
    assert [(point.start, point.end) for point in found] == [
        (asked.start, day_start(date(2026, 2, 1))),
        (day_start(date(2026, 2, 1)), day_start(date(2026, 3, 1))),
        (day_start(date(2026, 3, 1)), asked.end),
    ]


@given(
    st.lists(
        st.tuples(st.integers(0, 24 * 4 * 40), st.integers(0, 10**9), st.sampled_from("EM")), unique_by=lambda t: t[0]
    ),
    st.sampled_from(list(Unit)),
    st.sampled_from([date(2026, 3, 20), date(2026, 10, 10), date(2026, 12, 20)]),
)
def test_no_thousandth_is_lost_and_points_follow_each_other(
    some: list[tuple[int, int, str]], unit: Unit, first: date
) -> None:
    quarter = timedelta(minutes=15)
    asked = Period(day_start(first), day_start(first + timedelta(days=41)))
    readings = [(asked.start + quarter * slot, quarter, amount, kind) for slot, amount, kind in sorted(some)]
    found = summed(readings, unit, asked)
    assert found.total_out.kwh == sum((Decimal(amount) for _, amount, _ in some), Decimal(0)) / 1000
    assert found.total_out.estimated == sum(kind == "E" for *_, kind in some)
    assert found.starts[0] == asked.start.timestamp()
    assert found.starts[1:].tolist() == found.ends[:-1].tolist()
    assert (found.ends > found.starts).all()
    assert found.into.is_empty


def test_a_year_of_quarter_hours_takes_no_time() -> None:
    asked = period_of(Unit.YEAR, date(2025, 5, 5), E)
    assert asked.end is not None
    readings = values(steps(asked.start, asked.end, 15))
    began = time.perf_counter()
    found = series(readings, unit=Unit.QUARTER_HOUR, asked=asked, commodity=E, now=LATER)
    assert time.perf_counter() - began < 0.5
    assert len(found) == 35_040


def test_an_endless_number_of_points_is_refused() -> None:
    with pytest.raises(TooManyPoints):
        summed([], Unit.QUARTER_HOUR, Period(datetime(1990, 1, 1, tzinfo=UTC), LATER))


def test_what_holds_nothing_says_why() -> None:
    """Missing is only what should be there: what is past, and the reader's."""
    asked = Period(day_start(date(2026, 6, 1)), day_start(date(2026, 6, 6)))
    now = day_start(date(2026, 6, 5)) - timedelta(hours=6)
    seen = [
        Period(asked.start, day_start(date(2026, 6, 2))),
        Period(day_start(date(2026, 6, 3)) + timedelta(hours=12), None),
    ]
    made = series(values([]), unit=Unit.DAY, asked=asked, commodity=E, now=now, seen=seen)
    assert "".join(made.voids) == ".x..,"
    assert (made.out.missing // 3600).tolist() == [24, 0, 12, 18, 0]
    everything = series(values([]), unit=Unit.DAY, asked=asked, commodity=E, now=now)
    assert "".join(everything.voids) == "....,"
    assert [point.void for point in everything.points()] == [Void.MISSING] * 4 + [Void.TO_COME]


def test_what_is_behind_the_time_due_is_awaited_not_missing_and_only_what_is_held_in_part_runs() -> None:
    asked = period_of(Unit.DAY, date(2026, 6, 1), E)
    hour = timedelta(hours=1)
    due, clock = asked.start + hour, asked.start + 5 * hour
    # Half an hour, none, three quarters, a whole hour; then one that ends with the reader's time.
    readings = [
        *steps(asked.start, asked.start + hour / 2, 15),
        *steps(asked.start + 2 * hour, asked.start + 2.75 * hour, 15),
        *steps(asked.start + 3 * hour, asked.start + 4.5 * hour, 15),
    ]
    made = series(
        values(readings),
        unit=Unit.HOUR,
        asked=asked,
        commodity=E,
        now=due,
        clock=clock,
        seen=[Period(asked.start, asked.start + 4.5 * hour)],
    )
    assert np.flatnonzero(made.running).tolist() == [2]
    assert (made.out.missing[:6] // 60).tolist() == [30, 0, 0, 0, 0, 0]
    assert (made.out.awaited[:6] // 60).tolist() == [0, 60, 15, 0, 0, 0]
    # By the day that is not over: what came behind the time due fills no gap before it.
    (day,) = series(values(readings), unit=Unit.DAY, asked=asked, commodity=E, now=due, clock=clock).points()
    assert day.taken is not None
    assert (day.is_running, day.taken.missing) == (True, timedelta(minutes=30))
