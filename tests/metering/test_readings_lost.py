"""Quantities in runs are the same quantities, and those of a long time are few runs."""

from hypothesis import given
from hypothesis import strategies as st

from datahub.metering.readings.lost import from_runs, to_runs

DIRECTIONS = st.sampled_from(["IN", "OUT"])


@given(st.sets(st.tuples(st.integers(0, 60).map(lambda slot: slot * 900), DIRECTIONS)))
def test_runs_hold_the_same_quantities(quantities: set[tuple[int, str]]) -> None:
    assert from_runs(to_runs(quantities)) == quantities


def test_equal_steps_are_one_run() -> None:
    year = {(slot * 900, direction) for slot in range(35_040) for direction in ("IN", "OUT")}
    assert to_runs(year) == [["IN", 0, 900, 35_040], ["OUT", 0, 900, 35_040]]
    with_a_gap = sorted(quantity for quantity in year if quantity[0] != 9_000)
    assert to_runs(with_a_gap) == [
        ["IN", 0, 900, 10], ["IN", 9_900, 900, 35_029], ["OUT", 0, 900, 10], ["OUT", 9_900, 900, 35_029],
    ]  # fmt: skip
    assert to_runs([]) == []
