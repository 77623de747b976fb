"""General services that start: each is told once, by whoever comes first, after an outage over midnight too."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from datahub.agreements import recording, tasks
from datahub.agreements.facts import AgreementFact
from datahub.agreements.models import Agreement, AgreementVersion
from datahub.agreements.services import general_services, take_over
from datahub.market import AgreementType
from datahub.outbox.models import Unit
from tests.agreements import at_once, market
from tests.agreements.acting import change, delete, reasons, recorded, register, services_at, standing_at
from tests.agreements.market import FLAT, HOUSE, JAAN, MARI, NORTH, SUN, day, fact

A = AgreementType
TOMORROW, NEXT = day(2026, 5, 5), day(2026, 5, 6)
SECOND = timedelta(seconds=1)


@pytest.fixture
def _market(built: None) -> None:
    """Two customers' agreements that start tomorrow and the day after."""
    register(A.GRID, NORTH, MARI, HOUSE, TOMORROW)
    register(A.GRID, NORTH, JAAN, FLAT, NEXT)


def tell(now: datetime, most: int = 50) -> int:
    return general_services.tell_started(now=now, most=most)


def told() -> list[tuple[str, str, datetime]]:
    """Give what was recorded of general services by the hub itself: reason, point and start, in the order of units."""
    found = []
    for unit in Unit.objects.filter(sender_eic="").order_by("id"):
        for one in recorded(unit):
            after = AgreementFact.from_json(one.after or {})
            found.append((one.reason, str(after.point_eic), after.valid_from))
    return found


@pytest.mark.usefixtures("_market")
def test_it_is_told_when_it_has_started_and_not_a_second_earlier() -> None:
    assert tell(TOMORROW - SECOND) == 0
    assert told() == []
    assert tell(TOMORROW) == 1
    assert told() == [("CREATE", HOUSE, TOMORROW)]
    unit = Unit.objects.latest("id")
    assert (unit.lanes, unit.saved_at, unit.sender_eic) == ([HOUSE], TOMORROW, "")
    (one,) = recorded()
    assert one.before is None
    assert one.after == standing_at(HOUSE, A.GENERAL_SERVICE)[0].as_json()
    assert one.after["quiet"] is False


@pytest.mark.usefixtures("_market")
def test_it_is_told_once() -> None:
    assert [tell(TOMORROW), tell(TOMORROW), tell(NEXT), tell(NEXT), tell(NEXT + timedelta(days=400))] == [1, 0, 1, 0, 0]
    assert told() == [("CREATE", HOUSE, TOMORROW), ("CREATE", FLAT, NEXT)]
    # Being told is no change of the agreement.
    assert list(AgreementVersion.objects.filter(type=A.GENERAL_SERVICE).values_list("version", "known_to")) == [
        (1, None),
        (1, None),
    ]


@pytest.mark.usefixtures("_market")
def test_after_an_outage_over_several_midnights_all_are_told_by_their_start() -> None:
    assert tell(day(2026, 5, 20), most=1) == 1
    assert told() == [("CREATE", HOUSE, TOMORROW)]
    assert tell(day(2026, 5, 20), most=1) == 1
    assert told()[1:] == [("CREATE", FLAT, NEXT)]


@pytest.mark.usefixtures("_market")
def test_several_parts_of_one_point_that_started_are_told_in_the_order_of_their_starts() -> None:
    register(A.SUPPLY, SUN, MARI, HOUSE, NEXT, day(2026, 5, 8))
    assert [quiet for *_, quiet in services_at(HOUSE)] == [True, True]
    assert tell(day(2026, 5, 20)) == 3
    unit = Unit.objects.filter(lanes=[HOUSE]).latest("id")
    assert [AgreementFact.from_json(one.after or {}).valid_from for one in recorded(unit)] == [
        TOMORROW,
        day(2026, 5, 8),
    ]


@pytest.mark.usefixtures("_market")
def test_what_was_deleted_before_it_started_or_before_it_was_told_is_never_told() -> None:
    delete(standing_at(HOUSE, A.GRID)[0])
    assert tell(TOMORROW) == 0
    # This one starts, but is deleted before the task comes to it: and its deletion is told to nobody either.
    flat = standing_at(FLAT, A.GRID)[0]
    change(flat, day(2026, 6, 1), now=NEXT + SECOND)
    assert reasons() == [("UPDATE", "GRID"), ("CREATE_BC_GRID_UPDATE", "GENERAL_SERVICE")]
    assert tell(NEXT + SECOND) == 0
    assert services_at(FLAT) == [(NORTH, NEXT, day(2026, 6, 1), False)]


@pytest.mark.usefixtures("_market")
def test_what_was_told_is_told_when_it_is_deleted() -> None:
    tell(TOMORROW)
    register(A.SUPPLY, SUN, MARI, HOUSE, NEXT, now=TOMORROW)
    assert reasons() == [
        ("CREATE", "SUPPLY"),
        ("DELETE_BC_SUPPLY_CREATE", "GENERAL_SERVICE"),
        ("CREATE_BC_SUPPLY_CREATE", "GENERAL_SERVICE"),
    ]
    assert services_at(HOUSE) == [(NORTH, TOMORROW, NEXT, False)]


@pytest.mark.usefixtures("_market")
def test_a_task_that_dies_after_it_recorded_leaves_all_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    record = recording.record

    def dies(*rest: Any, **more: Any) -> None:
        record(*rest, **more)
        raise KeyboardInterrupt

    monkeypatch.setattr(recording, "record", dies)
    with pytest.raises(KeyboardInterrupt):
        tell(TOMORROW)
    monkeypatch.undo()
    assert told() == []
    assert services_at(HOUSE) == [(NORTH, TOMORROW, None, True)]
    assert tell(TOMORROW) == 1
    assert len(told()) == 1


@pytest.mark.usefixtures("built")
def test_the_sweep_tells_all_that_have_started(monkeypatch: pytest.MonkeyPatch) -> None:
    register(A.GRID, NORTH, MARI, HOUSE, TOMORROW)
    register(A.GRID, NORTH, JAAN, FLAT, NEXT)
    monkeypatch.setattr(tasks, "_POINTS", 1)
    # Long after both days, by the machine's own clock.
    tasks.sweep()
    assert len(told()) == 2
    tasks.sweep()
    assert len(told()) == 2


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(("start", "quiet"), [(TOMORROW, False), (TOMORROW + SECOND, True)])
def test_one_that_is_taken_over_is_quiet_only_if_it_has_not_started(start: datetime, quiet: bool) -> None:
    taken = fact(A.GENERAL_SERVICE, NORTH, MARI, HOUSE, start, provider_role="GRID_OPERATOR")
    take_over.take_over_agreements(agreements=[taken], now=TOMORROW)
    assert services_at(HOUSE) == [(NORTH, start, None, quiet)]
    assert tell(day(2026, 6, 1)) == int(quiet)
    assert len(told()) == int(quiet)


@pytest.mark.usefixtures("built")
def test_only_general_services_are_ever_quiet() -> None:
    kinds = [fact(A.GRID, NORTH, MARI, HOUSE, TOMORROW), fact(A.SUPPLY, SUN, MARI, HOUSE, TOMORROW)]
    take_over.take_over_agreements(agreements=kinds, now=market.NOW)
    assert not Agreement.objects.filter(quiet=True).exists()


# --- two at once, with real transactions ------------------------------------------------------------------------------


@pytest.fixture
def _open_market(transactional_db: None, days_of_the_market: None) -> None:
    """The market, committed, so that several connections see it."""
    market.build()
    market.portfolios()
    register(A.GRID, NORTH, MARI, HOUSE, TOMORROW)
    register(A.GRID, NORTH, JAAN, FLAT, NEXT)


@pytest.mark.usefixtures("_open_market")
def test_two_tasks_at_once_tell_each_once() -> None:
    at_once.run(*[lambda: tell(NEXT)] * 4)
    assert sorted(told()) == sorted([("CREATE", HOUSE, TOMORROW), ("CREATE", FLAT, NEXT)])


@pytest.mark.usefixtures("_open_market")
def test_one_deleted_while_a_task_waits_for_its_point_is_not_told() -> None:
    grid = standing_at(HOUSE, A.GRID)[0]
    with transaction.atomic():
        # A second before it starts, by the clock of the one who deletes.
        delete(grid, now=TOMORROW - SECOND)
        task = at_once.Beside(lambda: tell(TOMORROW))
        at_once.wait_for(at_once.waits_for_a_lock)
    task.end()
    assert told() == []


@pytest.mark.usefixtures("_open_market")
def test_one_told_while_another_deletes_it_is_told_of_its_deletion() -> None:
    with transaction.atomic():
        assert tell(TOMORROW) == 1
        act = at_once.Beside(lambda: change(standing_at(HOUSE, A.GRID)[0], NEXT, now=TOMORROW + SECOND))
        at_once.wait_for(at_once.waits_for_a_lock)
    act.end()
    assert told() == [("CREATE", HOUSE, TOMORROW)]
    assert reasons(recorded(Unit.objects.filter(lanes=[HOUSE]).latest("id"))) == [
        ("UPDATE", "GRID"),
        ("DELETE_BC_GRID_UPDATE", "GENERAL_SERVICE"),
        ("CREATE_BC_GRID_UPDATE", "GENERAL_SERVICE"),
    ]
