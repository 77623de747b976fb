"""Stories of supplies: who takes over from whom, how late is too late, and what happens at midnight."""

from datetime import datetime, timedelta

import pytest

from datahub.errors import DomainError
from datahub.market import AgreementType
from tests.agreements.acting import at, change, refused, register, standing_at
from tests.agreements.market import (
    BALANCE,
    HOUSE,
    JAAN,
    MARI,
    NORTH,
    STRANGER,
    SUN,
    WIND,
    day,
    fact,
    portfolio,
    standing,
)
from tests.stories.hearing import Heard, Market

pytestmark = pytest.mark.usefixtures("built")

GRID, SUPPLY = AgreementType.GRID, AgreementType.SUPPLY
LONG_AGO, C_START, B_START = day(2024, 1, 1), day(2026, 5, 18), day(2026, 7, 1)
HOUR = timedelta(hours=1)


@pytest.fixture
def _a_now_and_b_later(built: None) -> None:
    """Supplier A (SUN) supplies the house, supplier B (WIND) will; C (STRANGER) sells as well."""
    standing(
        portfolio(BALANCE, STRANGER),
        fact(GRID, NORTH, MARI, HOUSE, LONG_AGO),
        fact(SUPPLY, SUN, MARI, HOUSE, LONG_AGO, B_START),
        fact(SUPPLY, WIND, MARI, HOUSE, B_START),
    )


@pytest.mark.usefixtures("_a_now_and_b_later")
def test_supplier_c_with_an_end_before_supplier_bs_start_leaves_b_standing() -> None:
    june = day(2026, 6, 1)
    register(SUPPLY, STRANGER, MARI, HOUSE, C_START, june)
    assert at(HOUSE)[1:] == [(SUN, LONG_AGO, C_START), (STRANGER, C_START, june), (WIND, B_START, None)]
    told = Market().told()
    assert WIND not in told
    assert told[SUN] == [Heard("UPDATE_BC_SUPPLY_CREATE", "SUPPLY", LONG_AGO, C_START)]


@pytest.mark.usefixtures("_a_now_and_b_later")
def test_supplier_c_with_an_end_at_supplier_bs_start_leaves_b_standing() -> None:
    register(SUPPLY, STRANGER, MARI, HOUSE, C_START, B_START)
    assert at(HOUSE)[2:] == [(STRANGER, C_START, B_START), (WIND, B_START, None)]


@pytest.mark.usefixtures("_a_now_and_b_later")
@pytest.mark.parametrize("end", [None, B_START + timedelta(days=1)])
def test_supplier_c_without_an_end_or_with_a_later_one_cancels_b(end: datetime | None) -> None:
    register(SUPPLY, STRANGER, MARI, HOUSE, C_START, end)
    assert at(HOUSE)[1:] == [(SUN, LONG_AGO, C_START), (STRANGER, C_START, end)]
    told = Market().told()
    assert told[WIND] == [Heard("DELETE_BC_SUPPLY_CREATE", "SUPPLY", B_START, None)]
    # The operator hears of all three, what is gone first; C saved it itself, and the others' supplies are not its own.
    assert told[NORTH][:3] == [
        Heard("DELETE_BC_SUPPLY_CREATE", "SUPPLY", B_START, None),
        Heard("UPDATE_BC_SUPPLY_CREATE", "SUPPLY", LONG_AGO, C_START),
        Heard("CREATE", "SUPPLY", C_START, end),
    ]
    assert STRANGER not in told


@pytest.mark.parametrize(("hours", "stands"), [(47, True), (48, True), (49, False)])
def test_a_supply_registered_47_hours_late_with_the_grids_own_start_stands_and_49_hours_late_is_refused(
    hours: int, stands: bool
) -> None:
    start = day(2026, 5, 3)
    register(GRID, NORTH, MARI, HOUSE, start, now=start)
    late = start + hours * HOUR
    if stands:
        register(SUPPLY, SUN, MARI, HOUSE, start, now=late)
        assert at(HOUSE) == [(NORTH, start, None), (SUN, start, None)]
        assert Heard("CREATE", "SUPPLY", start, None) in Market().told()[NORTH]
    else:
        with pytest.raises(DomainError) as error:
            register(SUPPLY, SUN, MARI, HOUSE, start, now=late)
        assert refused(error) == ["agreement-date-too-early"]
        assert at(HOUSE) == [(NORTH, start, None)]


def test_a_supply_registered_late_without_the_grids_own_start_is_refused() -> None:
    start = day(2026, 5, 3)
    register(GRID, NORTH, MARI, HOUSE, start - timedelta(days=1), now=start)
    with pytest.raises(DomainError) as error:
        register(SUPPLY, SUN, MARI, HOUSE, start, now=start + HOUR)
    assert refused(error) == ["agreement-date-too-early"]


def test_a_one_day_agreement() -> None:
    """One day is a whole agreement, of a grid as of a supply; none is not, nor is less than none."""
    start = day(2026, 5, 6)
    register(GRID, NORTH, MARI, HOUSE, start, start + timedelta(days=1))
    register(SUPPLY, SUN, MARI, HOUSE, start, start + timedelta(days=1))
    assert at(HOUSE) == [(NORTH, start, start + timedelta(days=1)), (SUN, start, start + timedelta(days=1))]
    told = Market().told()
    assert told[NORTH] == [Heard("CREATE", "SUPPLY", start, start + timedelta(days=1))]
    for end in (day(2026, 6, 6), day(2026, 6, 5)):
        with pytest.raises(DomainError) as error:
            register(GRID, NORTH, MARI, HOUSE, day(2026, 6, 6), end)
        assert refused(error) == ["from-field-cannot-be-equal-to-or-after-to-field"]


@pytest.mark.parametrize(("month", "number", "hours"), [(3, 29, 23), (10, 25, 25)])
@pytest.mark.parametrize("after", [False, True], ids=["its first midnight", "its last midnight"])
def test_two_agreements_meet_at_midnight_on_a_clock_change_day(
    month: int, number: int, hours: int, after: bool
) -> None:
    """The grid's customer changes at the very midnight, and so do the suppliers; an hour to either side is none."""
    begins = day(2026, month, number)
    assert day(2026, month, number + 1) - begins == hours * HOUR
    meeting = begins + hours * HOUR * after
    now = begins - timedelta(days=20)
    register(GRID, NORTH, MARI, HOUSE, begins - timedelta(days=40), meeting, now=now)
    register(SUPPLY, SUN, MARI, HOUSE, begins - timedelta(days=10), meeting, now=now)
    for wrong in (meeting - HOUR, meeting + HOUR):
        with pytest.raises(DomainError) as error:
            register(GRID, NORTH, JAAN, HOUSE, wrong, now=now)
        assert "agreement-date-not-on-boundary" in refused(error)
    with pytest.raises(DomainError) as error:
        register(GRID, NORTH, JAAN, HOUSE, begins - timedelta(days=1), now=now)
    assert refused(error) == ["overlapping-agreements"]
    register(GRID, NORTH, JAAN, HOUSE, meeting, now=now)
    register(SUPPLY, WIND, JAAN, HOUSE, meeting, now=now)
    assert [(start, end) for who, start, end in at(HOUSE) if who in {SUN, WIND}] == [
        (begins - timedelta(days=10), meeting),
        (meeting, None),
    ]
    assert [(start, end) for who, start, end in at(HOUSE) if who == NORTH][1:] == [(meeting, None)]


def test_extending_an_ended_supply_over_another_suppliers_is_refused() -> None:
    standing(
        fact(GRID, NORTH, MARI, HOUSE, LONG_AGO),
        fact(SUPPLY, SUN, MARI, HOUSE, LONG_AGO),
    )
    register(SUPPLY, WIND, MARI, HOUSE, C_START)
    market = Market()
    market.told()
    (ended,) = (one for one in standing_at(HOUSE, SUPPLY) if one.service_provider_eic == SUN)
    assert ended.valid_to == C_START
    for end in (None, C_START + timedelta(days=1)):
        with pytest.raises(DomainError) as error:
            change(ended, end)
        assert refused(error) == ["overlapping-agreements"]
    assert at(HOUSE)[1:] == [(SUN, LONG_AGO, C_START), (WIND, C_START, None)]
    assert market.told() == {}
    # Ending it earlier is its supplier's right, and the gap is general service.
    change(ended, day(2026, 5, 10))
    assert Heard("UPDATE", "SUPPLY", LONG_AGO, day(2026, 5, 10)) in market.told()[NORTH]
