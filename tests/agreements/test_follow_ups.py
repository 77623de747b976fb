"""What an act between two parties does at many points: in batches, again after an interruption, around what fails."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from datahub.agreements import recording, tasks
from datahub.agreements.facts import AgreementFact
from datahub.agreements.models import FollowUp
from datahub.agreements.rules import consequences
from datahub.agreements.services import follow_ups
from datahub.market import AgreementType, MeteringPointType
from datahub.outbox.models import Unit
from tests.agreements import many_points
from tests.agreements.acting import change, delete, reasons, recorded, register
from tests.agreements.many_points import JUNE, SPLIT, WHOLE, providers, work
from tests.agreements.market import BALANCE, JAAN, NAMED, NORTH, NOW, SOUTH, SUN, WIND, day

pytestmark = pytest.mark.usefixtures("built")

A = AgreementType
COUNT = 120


def named(provider: str = NAMED, **more: Any) -> AgreementFact:
    return register(A.NAMED_SUPPLIER, provider, NORTH, None, more.pop("start", JUNE), **more)


def batch() -> bool:
    return follow_ups.work_batch(now=NOW, points=50)


def progress() -> tuple[int | None, int, int, bool]:
    """Give of the one follow-up: how many points in all, done and changed, and whether it is finished."""
    one = FollowUp.objects.get()
    return one.points_total, one.points_done, one.points_changed, one.finished_at is not None


def test_an_act_over_many_points_is_worked_in_batches_and_its_progress_shows() -> None:
    eics = many_points.points(COUNT)
    named()
    assert progress() == (None, 0, 0, False)
    assert providers() == dict.fromkeys(eics, WHOLE)
    seen = []
    while batch():
        seen.append(progress())
        reached = FollowUp.objects.get().reached
        assert providers() == {eic: SPLIT if eic <= reached else WHOLE for eic in eics}
    # Three points of the market stand before these; without GRID agreements they are only gone through.
    total = COUNT + 3
    assert seen == [
        (total, 50, 47, False),
        (total, 100, 97, False),
        (total, total, 120, False),
        (total, total, 120, True),
    ]


def test_each_point_has_a_unit_of_its_own() -> None:
    eics = many_points.points(3)
    act = named()
    work()
    units = list(Unit.objects.order_by("id"))[1:]
    assert [unit.lanes for unit in units] == [[eic] for eic in eics]
    for unit in units:
        assert (unit.sender_eic, unit.saved_at, unit.depends_on) == (NORTH, NOW, [])
        assert reasons(recorded(unit)) == [
            ("DELETE_BC_NAMED_SUPPLIER_CREATE", "GENERAL_SERVICE"),
            ("CREATE_BC_NAMED_SUPPLIER_CREATE", "GENERAL_SERVICE"),
        ]
    assert act.id not in {int(change.object_key) for unit in units for change in recorded(unit)}


def test_a_batch_asks_the_database_no_more_often_for_more_points() -> None:
    many_points.points(60)
    named()

    def queries(size: int) -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            follow_ups.work_batch(now=NOW, points=size)
        return len(asked)

    queries(5)
    assert queries(5) == queries(45)


def test_points_where_nothing_changes_are_told_to_nobody() -> None:
    eics = many_points.points(4)
    register(A.SUPPLY, SUN, "38X-AVP-ZW6700C6", eics[0], day(2026, 5, 5))
    register(A.SUPPLY, SUN, "38X-AVP-ZW6700C6", eics[1], day(2026, 5, 5), day(2026, 7, 1))
    before = Unit.objects.count()
    named()
    work()
    # Supplied for ever, nothing changes; where the part to come alone changes its provider, nobody was told of it yet.
    assert Unit.objects.count() == before + 1 + 2
    assert FollowUp.objects.get().points_changed == 3
    assert providers() == {eics[0]: WHOLE, eics[1]: SPLIT, eics[2]: SPLIT, eics[3]: SPLIT}
    assert [Unit.objects.filter(lanes=[eic]).count() for eic in eics] == [1, 1, 1, 1]


# --- interrupted, failing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", [OperationalError("gone"), KeyboardInterrupt(), SystemExit(1)])
def test_an_interrupted_batch_leaves_no_trace_and_is_worked_again(
    monkeypatch: pytest.MonkeyPatch, what: BaseException
) -> None:
    eics = many_points.points(COUNT)
    named()
    assert batch()
    before = progress(), providers(), Unit.objects.count()
    keep = recording.keep

    def interrupted(decided: Any, **more: Any) -> None:
        keep(decided, **more)
        raise what

    monkeypatch.setattr(recording, "keep", interrupted)
    with pytest.raises(type(what)):
        batch()
    monkeypatch.undo()
    assert (progress(), providers(), Unit.objects.count()) == before
    work()
    assert providers() == dict.fromkeys(eics, SPLIT)
    assert Unit.objects.count() == COUNT + 1


def failing(monkeypatch: pytest.MonkeyPatch, *bad: str) -> None:
    """Let what is due at some points be impossible to work out."""
    follow = consequences.follow

    def fails(standing: Sequence[AgreementFact], *rest: Any, **more: Any) -> Any:
        if any(one.point_eic in bad for one in standing):
            raise ValueError("a poisoned point")
        return follow(standing, *rest, **more)

    monkeypatch.setattr(consequences, "follow", fails)


def test_a_point_that_fails_is_kept_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    count = 24
    eics = many_points.points(count)
    named()
    bad = eics[0], eics[1], eics[-1]
    failing(monkeypatch, *bad)
    work(size=10)
    one = FollowUp.objects.get()
    assert one.failed == dict.fromkeys(bad, "ValueError: a poisoned point")
    assert (one.points_done, one.points_changed) == (count + 3, count - 3)
    assert one.finished_at == NOW
    assert providers() == {eic: WHOLE if eic in bad else SPLIT for eic in eics}

    # Once mended it begins anew: what was done already is as it is due.
    monkeypatch.undo()
    units = Unit.objects.count()
    assert follow_ups.begin_anew([one.pk]) == 1
    assert (progress(), FollowUp.objects.get().failed) == ((count + 3, 0, 0, False), {})
    work(size=10)
    assert (progress(), FollowUp.objects.get().failed) == ((count + 3, count + 3, 3, True), {})
    assert providers() == dict.fromkeys(eics, SPLIT)
    assert Unit.objects.count() == units + 3


def test_what_the_database_refuses_at_one_point_fails_there_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    eics = many_points.points(5)
    named()
    keep = recording.keep

    def twice(decided: Any, **more: Any) -> Any:
        """Save a point's effects once more, which its constraints refuse."""
        saved = keep(decided, **more)
        again = [
            (unit, [e for e in effects if e.before is None]) for unit, effects in decided if unit_at(unit, eics[2])
        ]
        return saved + keep(again, **more)

    def unit_at(unit: Any, eic: str) -> bool:
        return any((change.after or change.before or {})["point_eic"] == eic for change in unit.changes)

    monkeypatch.setattr(recording, "keep", twice)
    work()
    one = FollowUp.objects.get()
    assert list(one.failed) == [eics[2]]
    assert one.failed[eics[2]].startswith("IntegrityError: ")
    assert providers() == {eic: WHOLE if eic == eics[2] else SPLIT for eic in eics}


# --- among other acts -------------------------------------------------------------------------------------------------


def test_a_grid_and_a_supply_registered_meanwhile_at_points_not_yet_reached() -> None:
    eics = many_points.points(COUNT)
    named()
    batch()
    supplied, ended = eics[100], eics[110]
    register(A.SUPPLY, SUN, "38X-AVP-ZW6700C6", supplied, day(2026, 5, 20), day(2026, 7, 1))
    (grid,) = many_points.standing(A.GRID)[ended]
    change(grid, day(2026, 5, 20))
    register(A.GRID, NORTH, JAAN, ended, day(2026, 7, 1))
    # What is computed anew is cut at once.
    assert providers()[supplied] == SPLIT
    assert providers()[ended] == SPLIT
    units = Unit.objects.filter(lanes__overlap=[supplied, ended]).count()
    work()
    assert Unit.objects.filter(lanes__overlap=[supplied, ended]).count() == units, "as it is due already"
    assert providers() == dict.fromkeys(eics, SPLIT)
    assert FollowUp.objects.get().points_changed == COUNT - 2


def test_deleted_before_it_was_worked_out_it_does_nothing_anywhere() -> None:
    eics = many_points.points(60)
    delete(named())
    work(size=50)
    assert providers() == dict.fromkeys(eics, WHOLE)
    assert Unit.objects.count() == 2
    assert list(FollowUp.objects.values_list("points_changed", flat=True)) == [0, 0]


def test_deleted_when_half_was_worked_out_the_other_half_never_hears_of_it() -> None:
    eics = many_points.points(60)
    act = named()
    batch()
    delete(act)
    work()
    assert providers() == dict.fromkeys(eics, WHOLE)
    touched = {unit.lanes[0] for unit in Unit.objects.all() if unit.lanes[0] in eics}
    assert touched == set(eics[:47])


def test_two_acts_pending_at_once_come_out_as_if_one_had_waited_for_the_other() -> None:
    eics = many_points.points(60)
    first = named(valid_to=day(2026, 8, 1))
    batch()
    named(WIND, start=day(2026, 8, 1))
    change(first, day(2026, 7, 1))
    work()
    expected = [(NORTH, False), (NAMED, True), (NORTH, True), (WIND, True)]
    assert providers() == dict.fromkeys(eics, expected)
    assert FollowUp.objects.filter(finished_at=NOW, failed={}).count() == 3
    # Where the first act was not yet worked out, one save was enough.
    assert Unit.objects.filter(lanes=[eics[-1]]).count() == 1


def test_border_supplies_of_many_points_follow_a_portfolio_agreement() -> None:
    eics = many_points.points(COUNT, MeteringPointType.BORDER)
    act = register(A.PORTFOLIO_SUPPLIER, BALANCE, SOUTH, None, JUNE)
    assert batch()
    assert progress() == (COUNT, 50, 50, False)
    work()
    assert progress() == (COUNT, COUNT, COUNT, True)
    assert list(many_points.standing(A.BORDER_SUPPLY)) == eics
    delete(act)
    work()
    assert many_points.standing(A.BORDER_SUPPLY) == {}
    assert reasons() == [("DELETE_BC_PORTFOLIO_SUPPLIER_DELETE", "BORDER_SUPPLY")]


# --- woken ------------------------------------------------------------------------------------------------------------


def test_an_act_wakes_a_worker_and_the_sweep_wakes_one_for_what_still_waits(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    woken: list[str] = []
    monkeypatch.setattr("datahub.outbox.wake.send", woken.append)
    with django_capture_on_commit_callbacks(execute=True):
        named()
    assert follow_ups.WORK_FOLLOW_UPS in woken
    woken.clear()
    tasks.sweep()
    assert woken == [follow_ups.WORK_FOLLOW_UPS]
    tasks.work_follow_ups()
    assert progress()[3]
    woken.clear()
    tasks.sweep()
    assert woken == []


def test_a_worker_makes_room_for_others_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    many_points.points(COUNT)
    named()
    woken: list[str] = []
    monkeypatch.setattr("datahub.outbox.wake.send", woken.append)
    monkeypatch.setattr(tasks, "_SECONDS_AT_A_STRETCH", 0.0)
    tasks.work_follow_ups()
    assert woken.count(follow_ups.WORK_FOLLOW_UPS) == 1
    assert progress()[1] == 50
