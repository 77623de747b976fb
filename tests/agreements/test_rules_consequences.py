"""What one agreement does to others, as tables and as invariants over random markets."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datahub.agreements.facts import AgreementFact
from datahub.agreements.rules import consequences, one_point
from datahub.agreements.rules.consequences import Effect, Outcome, created, deleted, updated
from datahub.market import AgreementType
from tests.agreements.market import AGGREGATION_POINT, AGGREGATOR, HOUSE, MARI, NORTH, SUN, WIND, day, fact

GRID, SUPPLY, AGGREGATION = AgreementType.GRID, AgreementType.SUPPLY, AgreementType.AGGREGATION
GENERAL_SERVICE = AgreementType.GENERAL_SERVICE
D = [day(2026, 1, 1) + timedelta(days=n) for n in range(60)]
NOW = D[0]


def grid(start: int = 0, end: int | None = None, number: int = 1) -> AgreementFact:
    return fact(GRID, NORTH, MARI, HOUSE, D[start], None if end is None else D[end], id=number)


def supply(start: int, end: int | None, number: int, provider: str = SUN, original: int | None = -1) -> AgreementFact:
    made = fact(SUPPLY, provider, MARI, HOUSE, D[start], None if end is None else D[end], id=number)
    if original == -1:
        return made
    return replace(made, original_valid_to=None if original is None else D[original])


def aggregation(start: int, end: int | None, number: int) -> AgreementFact:
    last = None if end is None else D[end]
    return fact(AGGREGATION, AGGREGATOR, MARI, AGGREGATION_POINT, D[start], last, id=number, parent=HOUSE)


def act(market: Sequence[AgreementFact], direct: Effect) -> Outcome:
    """Act at a point whose operator has no named supplier; what comes of it but for the general service."""
    outcome = consequences.act(market, direct, now=NOW)
    return Outcome(
        tuple(a for a in outcome.after if a.type != GENERAL_SERVICE),
        tuple(e for e in outcome.effects if e.subject.type != GENERAL_SERVICE),
    )


def effects(outcome: Outcome) -> list[tuple[str, int, datetime | None]]:
    """Give the caused effects: reason, id, new end (None also for a delete)."""
    caused = []
    for effect in outcome.effects[1:]:
        assert effect.before is not None
        caused.append((effect.reason, effect.before.id, effect.after.valid_to if effect.after else None))
    return caused


def end(grid_before: AgreementFact, at: int | None) -> AgreementFact:
    last = None if at is None else D[at]
    return replace(grid_before, valid_to=last, original_valid_to=last)


def test_the_direct_change_comes_first_and_others_stay() -> None:
    outcome = act([grid()], created(supply(5, 9, 0)))
    assert outcome.effects[0].reason == "CREATE"
    assert outcome.after == (grid(), supply(5, 9, 0))


@pytest.mark.parametrize(
    ("standing", "start", "until", "expected"),
    [
        (supply(0, None, 2), 5, None, [("UPDATE_BC_SUPPLY_CREATE", 2, D[5])]),
        (supply(0, 9, 2), 5, 7, [("UPDATE_BC_SUPPLY_CREATE", 2, D[5])]),
        (supply(0, 5, 2), 5, None, []),
        (supply(0, 6, 2), 5, None, [("UPDATE_BC_SUPPLY_CREATE", 2, D[5])]),
        (supply(5, 9, 2), 5, 7, [("DELETE_BC_SUPPLY_CREATE", 2, None)]),
        (supply(6, 9, 2), 5, 7, [("DELETE_BC_SUPPLY_CREATE", 2, None)]),
        (supply(7, 9, 2), 5, 7, []),
        (supply(30, None, 2), 5, None, [("DELETE_BC_SUPPLY_CREATE", 2, None)]),
    ],
)
def test_a_new_supply(
    standing: AgreementFact, start: int, until: int | None, expected: list[tuple[str, int, datetime | None]]
) -> None:
    outcome = act([grid(), standing], created(supply(start, until, 0, WIND)))
    assert effects(outcome) == expected


def test_what_a_new_supply_ended_does_not_grow_back() -> None:
    market = act([grid(), supply(0, None, 2)], created(supply(5, None, 0, WIND))).after
    old = next(a for a in market if a.id == 2)
    assert old.original_valid_to == D[5]
    without_new = [a for a in market if a.id]
    shortened = act(without_new, updated(grid(), end(grid(), 3))).after
    whole = next(a for a in shortened if a.id == 1)
    grown = act(shortened, updated(whole, end(whole, None))).after
    assert next(a for a in grown if a.id == 2).valid_to == D[5]


@pytest.mark.parametrize(
    ("was", "becomes", "standing", "expected"),
    [
        # Shortened: what reaches beyond is shortened, what would start after is deleted.
        (None, 9, supply(0, None, 2), [("UPDATE_BC_GRID_UPDATE", 2, D[9])]),
        (None, 9, supply(0, 9, 2), []),
        (None, 9, supply(0, 8, 2), []),
        (None, 9, supply(8, 20, 2), [("UPDATE_BC_GRID_UPDATE", 2, D[9])]),
        (None, 9, supply(9, 20, 2), [("DELETE_BC_GRID_UPDATE", 2, None)]),
        (None, 9, aggregation(0, None, 2), [("UPDATE_BC_GRID_UPDATE", 2, D[9])]),
        (None, 9, aggregation(9, None, 2), [("DELETE_BC_GRID_UPDATE", 2, None)]),
        # Extended: what was shortened that way grows back, to the new or its own end.
        (9, None, supply(0, 9, 2, original=None), [("UPDATE_BC_GRID_UPDATE", 2, None)]),
        (9, 20, supply(0, 9, 2, original=None), [("UPDATE_BC_GRID_UPDATE", 2, D[20])]),
        (9, 20, supply(0, 9, 2, original=15), [("UPDATE_BC_GRID_UPDATE", 2, D[15])]),
        (9, None, supply(0, 9, 2), []),
        (9, None, supply(0, 8, 2), []),
    ],
)
def test_a_changed_grid_agreement(
    was: int | None,
    becomes: int | None,
    standing: AgreementFact,
    expected: list[tuple[str, int, datetime | None]],
) -> None:
    before = grid(0, was)
    outcome = act([before, standing], updated(before, end(before, becomes)))
    assert effects(outcome) == expected


def test_a_deleted_grid_agreement_takes_along_what_stands_on_it_and_nothing_else() -> None:
    first, second = grid(0, 10, 1), grid(10, None, 2)
    market = [first, second, supply(0, 10, 3), supply(10, None, 4), aggregation(10, 20, 5)]
    outcome = act(market, deleted(second))
    assert effects(outcome) == [("DELETE_BC_GRID_DELETE", 4, None), ("DELETE_BC_GRID_DELETE", 5, None)]
    assert outcome.after == (first, market[2])


# --- invariants -------------------------------------------------------------------------------------------------------
_Step = tuple[str, int, int | None]
_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["supply", "grid"]),
        st.integers(1, 58),
        st.one_of(st.none(), st.integers(1, 20)),
    ),
    max_size=8,
)


def _act(market: list[AgreementFact], step: _Step, number: int) -> list[AgreementFact]:
    """Do one act of a random market where the rules of places allow it."""
    what, start, length = step
    whole = next(a for a in market if a.type == GRID)
    if what == "grid":
        direct = updated(whole, end(whole, start))
    else:
        last = None if length is None else min(start + length, 59)
        new = supply(start, last, 0, WIND)
        if last == start or one_point.inside_grid_faults(new, whole, path=""):
            return market
        direct = created(new)
    return [replace(a, id=number) if a.id == 0 else a for a in act(market, direct).after]


@given(_STEPS)
def test_supplies_never_overlap_and_never_leave_their_grid_agreement(steps: list[_Step]) -> None:
    market = [grid()]
    for number, step in enumerate(steps, start=2):
        market = _act(market, step, number)
        whole = next(a for a in market if a.type == GRID)
        assert not any(
            one.period.overlaps(other.period)
            for one, other in combinations(market, 2)
            if one_point.excludes(one, other)
        )
        assert all(whole.period.covers(a.period) for a in market)
        assert all(a.valid_to is None or a.valid_from < a.valid_to for a in market)


@given(_STEPS, st.integers(1, 58))
def test_a_grid_agreement_shortened_and_extended_again_restores_all_but_what_was_deleted(
    steps: list[_Step], cut: int
) -> None:
    market = [grid()]
    for number, step in enumerate(steps, start=2):
        market = _act(market, step, number)
    whole = next(a for a in market if a.type == GRID)
    shorter = end(whole, cut)
    if whole.valid_to is not None and whole.valid_to <= D[cut]:
        return
    shortened = act(market, updated(whole, shorter)).after
    restored = act(shortened, updated(shorter, whole)).after
    kept = {a.id for a in restored}
    assert sorted(restored, key=lambda a: a.id) == sorted((a for a in market if a.id in kept), key=lambda a: a.id)
    assert {a.id for a in market} - kept == {a.id for a in market if a.valid_from >= D[cut]}
