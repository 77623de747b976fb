"""Stories of the general service: what an operator hears as supplies and named suppliers come and go, and when."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from datahub.agreements import recording
from datahub.agreements.facts import AgreementFact
from datahub.agreements.services import follow_ups, general_services
from datahub.market import AgreementType, Role
from tests.agreements import market
from tests.agreements.acting import delete, register, services_at
from tests.agreements.market import BALANCE, HOUSE, MARI, NAMED, NORTH, SUN, day, fact, portfolio, standing
from tests.stories.hearing import Heard, Market

pytestmark = pytest.mark.usefixtures("built")

GRID, SUPPLY, NAMED_SUPPLIER = AgreementType.GRID, AgreementType.SUPPLY, AgreementType.NAMED_SUPPLIER
SERVICE = "GENERAL_SERVICE"
LONG_AGO, JUNE, JULY = day(2024, 1, 1), day(2026, 6, 1), day(2026, 7, 1)


def services(heard: list[Heard]) -> list[Heard]:
    """Keep what was heard of general services."""
    return [one for one in heard if one.type == SERVICE]


def named_supplier(start: datetime = JUNE, **more: Any) -> AgreementFact:
    """Register a named supplier of the operator and work out what that does at its points."""
    saved = register(NAMED_SUPPLIER, NAMED, NORTH, None, start, **more)
    work_out()
    return saved


def work_out() -> None:
    """Work out what acts between parties do at the points."""
    while follow_ups.work_batch(now=market.NOW, points=50):
        pass


def tell_started(now: datetime) -> int:
    """Do as the task does that tells of what starts."""
    return general_services.tell_started(now=now, most=50)


# --- a new supply -----------------------------------------------------------------------------------------------------


def test_a_new_supply_in_the_future_gives_the_operator_delete_then_create_of_the_general_service() -> None:
    hub = Market()
    register(GRID, NORTH, MARI, HOUSE, LONG_AGO)
    created = hub.told()
    assert created[NORTH] == [Heard("CREATE_BC_GRID_CREATE", SERVICE, LONG_AGO, None)]
    # The operator's portfolio provider hears of its agreements.
    assert services(created[BALANCE]) == created[NORTH]

    start, end = day(2026, 5, 20), JUNE
    register(SUPPLY, SUN, MARI, HOUSE, start, end)
    told = hub.told()
    assert told[NORTH] == [
        Heard("DELETE_BC_SUPPLY_CREATE", SERVICE, LONG_AGO, None),
        Heard("CREATE", "SUPPLY", start, end),
        Heard("CREATE_BC_SUPPLY_CREATE", SERVICE, LONG_AGO, start),
    ]
    assert services(told[BALANCE]) == services(told[NORTH])
    assert set(told) == {NORTH, BALANCE}, "the supplier saved it itself, and has no part in the general service"

    # What comes after the supply is heard of when it has started.
    assert tell_started(end - timedelta(seconds=1)) == 0
    assert tell_started(end) == 1
    assert hub.told()[NORTH] == [Heard("CREATE", SERVICE, end, None)]


def test_a_new_supply_in_the_past_gives_the_operator_delete_and_when_it_ends_create() -> None:
    hub = Market()
    start, end, now = day(2026, 5, 3), day(2026, 5, 6), day(2026, 5, 5) - timedelta(seconds=1)
    register(GRID, NORTH, MARI, HOUSE, start, now=start)
    assert hub.told()[NORTH] == [Heard("CREATE_BC_GRID_CREATE", SERVICE, start, None)]
    register(SUPPLY, SUN, MARI, HOUSE, start, end, now=now)
    assert services(hub.told()[NORTH]) == [Heard("DELETE_BC_SUPPLY_CREATE", SERVICE, start, None)]
    tell_started(end)
    assert hub.told()[NORTH] == [Heard("CREATE", SERVICE, end, None)]


def test_under_a_named_supplier_it_hears_the_same_and_so_does_its_chain() -> None:
    standing(
        fact(NAMED_SUPPLIER, NAMED, NORTH, None, LONG_AGO, customer_role=Role.GRID_OPERATOR),
        portfolio(SUN, NAMED),
    )
    hub = Market()
    register(GRID, NORTH, MARI, HOUSE, LONG_AGO)
    hub.told()
    start = day(2026, 5, 20)
    register(SUPPLY, SUN, MARI, HOUSE, start)
    told = hub.told()
    expected = [
        Heard("DELETE_BC_SUPPLY_CREATE", SERVICE, LONG_AGO, None),
        Heard("CREATE_BC_SUPPLY_CREATE", SERVICE, LONG_AGO, start),
    ]
    # SUN set it off, and is entitled as the portfolio provider of the named supplier.
    for eic in (NORTH, NAMED, SUN, BALANCE):
        assert services(told[eic]) == expected, eic
    assert set(told) == {NORTH, NAMED, SUN, BALANCE}


# --- a named supplier -------------------------------------------------------------------------------------------------


@pytest.fixture
def hub(built: None) -> Market:
    """Give the ears of a market in which a general service stands that was told."""
    register(GRID, NORTH, MARI, HOUSE, LONG_AGO)
    listening = Market()
    listening.told()
    return listening


def test_a_named_supplier_agreement_splits_the_general_service_and_the_future_part_stays_quiet_until_it_starts(
    hub: Market,
) -> None:
    named_supplier()
    told = hub.told()
    assert told[NORTH] == [
        Heard("DELETE_BC_NAMED_SUPPLIER_CREATE", SERVICE, LONG_AGO, None),
        Heard("CREATE_BC_NAMED_SUPPLIER_CREATE", SERVICE, LONG_AGO, JUNE),
    ]
    assert told[NAMED] == [Heard("CREATE", "NAMED_SUPPLIER", JUNE, None)]
    assert services_at(HOUSE) == [(NORTH, LONG_AGO, JUNE, False), (NAMED, JUNE, None, True)]

    assert tell_started(JUNE - timedelta(seconds=1)) == 0
    assert hub.told() == {}
    assert tell_started(JUNE) == 1
    told = hub.told()
    assert told == {NORTH: [Heard("CREATE", SERVICE, JUNE, None)], NAMED: [Heard("CREATE", SERVICE, JUNE, None)]}
    assert tell_started(JUNE + timedelta(seconds=10)) == 0
    assert hub.told() == {}


def test_after_an_outage_over_midnight_the_part_that_started_meanwhile_is_told_once(hub: Market) -> None:
    named_supplier()
    hub.told()
    back = JUNE + timedelta(hours=9, minutes=17)
    assert [tell_started(back), tell_started(back)] == [1, 0]
    assert hub.told()[NAMED] == [Heard("CREATE", SERVICE, JUNE, None)]


def test_a_task_that_dies_in_between_leaves_the_part_to_the_next_which_tells_it_once(
    hub: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    named_supplier()
    hub.told()
    record = recording.record

    def dies(*rest: Any, **more: Any) -> None:
        record(*rest, **more)
        raise SystemExit

    monkeypatch.setattr(recording, "record", dies)
    with pytest.raises(SystemExit):
        tell_started(JUNE)
    monkeypatch.undo()
    assert hub.told() == {}
    assert tell_started(JUNE) == 1
    assert hub.told()[NAMED] == [Heard("CREATE", SERVICE, JUNE, None)]


def test_a_part_deleted_before_it_started_is_never_heard_of(hub: Market) -> None:
    saved = named_supplier()
    hub.told()
    delete(saved)
    work_out()
    told = hub.told()
    # The named supplier hears that its agreement is gone, and nothing of a general service that never began.
    assert told[NAMED] == [Heard("DELETE", "NAMED_SUPPLIER", JUNE, None)]
    assert told[NORTH] == [
        Heard("DELETE_BC_NAMED_SUPPLIER_DELETE", SERVICE, LONG_AGO, JUNE),
        Heard("CREATE_BC_NAMED_SUPPLIER_DELETE", SERVICE, LONG_AGO, None),
    ]
    assert tell_started(JULY) == 0
    assert hub.told() == {}


def test_a_supply_that_takes_the_place_of_a_quiet_part_is_all_that_is_heard_of(hub: Market) -> None:
    named_supplier()
    hub.told()
    register(SUPPLY, SUN, MARI, HOUSE, JUNE)
    told = hub.told()
    assert told[NORTH] == [Heard("CREATE", "SUPPLY", JUNE, None)]
    assert NAMED not in told
    assert tell_started(JULY) == 0


def test_worked_late_the_messages_are_those_of_the_moment_of_the_save(hub: Market) -> None:
    """The worker sleeps through a split, the start of its second part, and a supply that then deletes that part."""
    named_supplier()
    tell_started(JUNE)
    register(SUPPLY, SUN, MARI, HOUSE, JULY, now=JUNE + timedelta(days=1))
    late = hub.told()
    assert late[NORTH] == [
        Heard("DELETE_BC_NAMED_SUPPLIER_CREATE", SERVICE, LONG_AGO, None),
        Heard("CREATE_BC_NAMED_SUPPLIER_CREATE", SERVICE, LONG_AGO, JUNE),
        Heard("CREATE", SERVICE, JUNE, None),
        Heard("DELETE_BC_SUPPLY_CREATE", SERVICE, JUNE, None),
        Heard("CREATE", "SUPPLY", JULY, None),
        Heard("CREATE_BC_SUPPLY_CREATE", SERVICE, JUNE, JULY),
    ]
    assert services(late[NAMED]) == services(late[NORTH])[2:]
