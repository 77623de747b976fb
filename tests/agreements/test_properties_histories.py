"""After every step of random histories the agreements of the market are as `1-market.md` has them.

What should stand is worked out here anew, slowly and instant by instant; of the project's rules only the acts are used.
"""

import random
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from datahub.agreements.facts import AgreementFact
from datahub.agreements.rules import consequences
from datahub.market import AgreementType
from tests.agreements import histories
from tests.agreements.asking import BORDERS, REGULAR
from tests.agreements.histories import AUTUMN, SPRING, Done, Market, Step, told
from tests.agreements.holding import (
    FOREVER,
    check_border_supply,
    check_general_service,
    check_nothing_overlaps,
    check_quiet,
    ends,
)

A = AgreementType

NUMBERS = st.integers(0, 59)
STEPS = st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS)


class OwnEnds:
    """The end that each supply and aggregation has of itself, as its registrar or a later supply gave it."""

    def __init__(self) -> None:
        self.of: dict[int, datetime | None] = {}

    def learn(self, done: Done) -> None:
        for effect in done.effects:
            one = effect.after
            if one is None or one.type not in {A.SUPPLY, A.AGGREGATION}:
                continue
            if effect is done.direct and effect.before is not None:
                self.of[one.id] = one.valid_to
            elif done.cause == "SUPPLY_CREATE" and effect.before is not None:
                assert done.direct is not None
                self.of[one.id] = done.direct.subject.valid_from
        for one in done.after:
            if one.type in {A.SUPPLY, A.AGGREGATION}:
                self.of.setdefault(one.id, one.valid_to)

    def check(self, market: Market) -> None:
        """What stands on a GRID agreement ends where it would of itself, or with the grid if that ends earlier."""
        for one in market.standing.values():
            if one.type not in {A.SUPPLY, A.AGGREGATION}:
                continue
            point = one.point_eic if one.type == A.SUPPLY else one.parent_point_eic
            (grid,) = [
                a
                for a in market.standing.values()
                if a.type == A.GRID and a.point_eic == point and a.valid_at(one.valid_from)
            ]
            assert grid.customer_eic == one.customer_eic
            assert ends(one)[1] == min(self.of[one.id] or FOREVER, ends(grid)[1]), (told(one), told(grid))


def check_effects(done: Done, market: Market) -> None:
    """Every effect names its cause, a general service is never updated, and its deletes come before its creates."""
    made_anew = False
    for effect in done.effects:
        if effect is done.direct:
            assert effect.reason == effect.action
            assert effect is done.effects[0]
        else:
            assert effect.reason == f"{effect.action}_BC_{done.cause}"
        assert effect.before is None or effect.before in done.before
        assert effect.before != effect.after
        if effect.subject.type == A.GENERAL_SERVICE:
            assert effect.action != "UPDATE"
            assert not (made_anew and effect.action == "DELETE")
            made_anew |= effect.action == "CREATE"
            if effect.before is None:
                assert effect.subject.quiet == (effect.subject.valid_from > market.now)
    subjects = [effect.subject.id for effect in done.effects if effect.before is not None]
    assert len(subjects) == len(set(subjects)), "an agreement is touched once"


def check_untouched(done: Done) -> None:
    """What no effect names stands as it stood, and nothing is deleted only to be made again."""
    named = {effect.subject.id for effect in done.effects}
    assert {a for a in done.before if a.id not in named} <= set(done.after)
    anew = [effect for effect in done.effects if effect.subject.type in {A.GENERAL_SERVICE, A.BORDER_SUPPLY}]
    gone = {_alike(e.before) for e in anew if e.before is not None and e.after is None}
    made = {_alike(e.after) for e in anew if e.after is not None and e.before is None}
    assert not gone & made


def _alike(one: AgreementFact | None) -> AgreementFact:
    assert one is not None
    return replace(one, id=0, quiet=False)


def check_supply(done: Done) -> None:
    """A new supply ends the one active at its start and deletes those that start inside it, and no others."""
    if done.direct is None or done.cause != "SUPPLY_CREATE":
        return
    first, last = ends(done.direct.subject)
    others = {e.subject.id: e for e in done.effects[1:] if e.subject.type == A.SUPPLY}
    for one in done.before:
        if one.type != A.SUPPLY:
            assert one.id not in others
        elif first <= one.valid_from < last:
            assert others.pop(one.id).after is None
        elif one.valid_from < first < ends(one)[1]:
            assert others.pop(one.id).after == replace(one, valid_to=first, original_valid_to=first)
        else:
            assert one in done.after
    assert not others


def check_grid(done: Done, market: Market) -> None:
    """What starts on a GRID agreement after its new end is deleted; shortening and extending back restores the rest."""
    direct = done.direct
    if direct is None or direct.subject.type != A.GRID or direct.before is None:
        return
    grid, changed = direct.before, direct.after
    on_grid = [a for a in done.before if a.type in {A.SUPPLY, A.AGGREGATION} and a.valid_from in grid.period]
    gone = {a.id for a in on_grid} - {a.id for a in done.after}
    last = grid.valid_from if changed is None else ends(changed)[1]
    assert gone == {a.id for a in on_grid if a.valid_from >= last}
    if changed is None or ends(changed)[1] >= ends(grid)[1]:
        return
    named = market.between(grid.service_provider_eic, A.NAMED_SUPPLIER, grid.commodity)
    back = consequences.act(done.after, consequences.updated(changed, grid), between=named, now=market.now)
    stood = {_alike(a) for a in done.before if a.id not in gone and a.type != A.GENERAL_SERVICE}
    assert {_alike(a) for a in back.after if a.type != A.GENERAL_SERVICE} == stood
    if not gone and not market.waiting:
        services = {_alike(a) for a in done.before if a.type == A.GENERAL_SERVICE}
        assert {_alike(a) for a in back.after if a.type == A.GENERAL_SERVICE} == services


def run(steps: list[Step], now: datetime) -> Market:
    market, own_ends = histories.built(now), OwnEnds()
    told_of = {a.id for a in market.standing.values() if a.type == A.GENERAL_SERVICE and not a.quiet}
    try:
        for step in steps:
            before = dict(market.standing)
            done = market.take(step)
            if done is not None:
                check_effects(done, market)
                check_untouched(done)
                check_supply(done)
                check_grid(done, market)
                own_ends.learn(done)
                check_all(market, own_ends)
                # Only one that was told may be told to be gone.
                for effect in done.effects:
                    if effect.subject.type == A.GENERAL_SERVICE and effect.after is None:
                        assert (effect.subject.id in told_of) is not effect.subject.quiet
            newly = {a.id for a in market.standing.values() if a.type == A.GENERAL_SERVICE and not a.quiet} - told_of
            assert not {number for number in told_of if number in before and before[number].quiet}
            told_of |= newly
        settle(market, own_ends)
    finally:
        note("\n".join(market.log))
    return market


def settle(market: Market, own_ends: OwnEnds) -> None:
    """Work out what waits, in one order, and check that what stands is then what is due; again it changes nothing."""
    for follow_up in [*market.waiting]:
        for eic in follow_up.points:
            done = histories.follow_at(market, follow_up, eic)
            check_effects(done, market)
            check_untouched(done)
    again = [(w, eic) for w in market.waiting for eic in w.points]
    market.waiting.clear()
    check_all(market, own_ends)
    for follow_up, eic in again:
        assert histories.follow_at(market, follow_up, eic).effects == ()
    histories.tell_started(market)
    assert not any(a.quiet and a.valid_from <= market.now for a in market.standing.values())


def check_all(market: Market, own_ends: OwnEnds) -> None:
    check_nothing_overlaps(market)
    check_quiet(market)
    own_ends.check(market)
    unfinished = {(w.kind, eic) for w in market.waiting for eic in w.points}
    for eic in REGULAR:
        check_general_service(market, eic, followed=(A.NAMED_SUPPLIER, eic) not in unfinished)
    for eic in BORDERS:
        if (A.PORTFOLIO_SUPPLIER, eic) not in unfinished:
            check_border_supply(market, eic)


HISTORIES = st.lists(STEPS, min_size=200, max_size=250)
SETTINGS = settings(
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@pytest.mark.parametrize("now", [SPRING, AUTUMN], ids=["spring", "autumn"])
@given(steps=HISTORIES)
@settings(SETTINGS, max_examples=12)
def test_after_every_step_of_a_random_history_the_market_is_as_it_must_be(now: datetime, steps: list[Step]) -> None:
    run(steps, now)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("now", [SPRING, AUTUMN], ids=["spring", "autumn"])
@given(steps=HISTORIES)
@settings(SETTINGS, derandomize=False, max_examples=600)
def test_after_every_step_of_many_random_histories(now: datetime, steps: list[Step]) -> None:
    run(steps, now)


@given(steps=HISTORIES)
@settings(SETTINGS, max_examples=5)
def test_the_same_history_gives_the_same_market(steps: list[Step]) -> None:
    assert run(steps, SPRING).standing == run(steps, SPRING).standing


def test_random_histories_do_what_they_are_to_try() -> None:
    # Otherwise the properties above would hold of nothing.
    seen: set[str] = set()
    for seed in range(30):
        dice = random.Random(seed)  # noqa: S311
        market = histories.built(SPRING)
        for _ in range(400):
            done = market.take(tuple(dice.randrange(60) for _ in range(6)))  # type: ignore[arg-type]
            seen |= {f"{effect.reason} {effect.subject.type}" for effect in done.effects} if done else set()
    for expected in (
        "UPDATE_BC_SUPPLY_CREATE SUPPLY",
        "DELETE_BC_SUPPLY_CREATE SUPPLY",
        "UPDATE_BC_GRID_UPDATE SUPPLY",
        "DELETE_BC_GRID_UPDATE SUPPLY",
        "DELETE_BC_GRID_DELETE SUPPLY",
        "UPDATE_BC_GRID_UPDATE AGGREGATION",
        "DELETE_BC_NAMED_SUPPLIER_CREATE GENERAL_SERVICE",
        "CREATE_BC_NAMED_SUPPLIER_UPDATE GENERAL_SERVICE",
        "CREATE_BC_BORDER_GRID_CREATE BORDER_SUPPLY",
        "UPDATE_BC_BORDER_GRID_UPDATE BORDER_SUPPLY",
        "UPDATE_BC_PORTFOLIO_SUPPLIER_UPDATE BORDER_SUPPLY",
        "CREATE_BC_PORTFOLIO_SUPPLIER_CREATE BORDER_SUPPLY",
    ):
        assert expected in seen, sorted(seen)
