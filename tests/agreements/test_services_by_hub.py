"""What the hub itself makes as participants act: general service and border supply, on a real database."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from datahub.agreements.facts import AgreementFact
from datahub.agreements.models import Agreement, AgreementVersion
from datahub.agreements.services import follow_ups
from datahub.errors import DomainError
from datahub.market import AgreementType, Role
from datahub.outbox.models import Unit
from tests.agreements import market
from tests.agreements.acting import change, delete, reasons, recorded, refused, register, services_at, standing_at
from tests.agreements.market import (
    BAKERY_GAS,
    BALANCE,
    BORDER,
    FLAT,
    GAS,
    HOUSE,
    JAAN,
    LINE,
    MARI,
    NAMED,
    NORTH,
    NOW,
    SOUTH,
    SUN,
    WIND,
    day,
    fact,
    standing,
)

pytestmark = pytest.mark.usefixtures("built")

A = AgreementType
GS, BS = A.GENERAL_SERVICE, A.BORDER_SUPPLY
LONG_AGO, TOMORROW, SOON = day(2024, 1, 1), day(2026, 5, 5), day(2026, 5, 20)


def grid(start: datetime = LONG_AGO, end: datetime | None = None, **more: Any) -> AgreementFact:
    return register(A.GRID, NORTH, MARI, HOUSE, start, end, **more)


def supply(start: datetime, end: datetime | None = None, **more: Any) -> AgreementFact:
    return register(A.SUPPLY, SUN, MARI, HOUSE, start, end, **more)


def work() -> None:
    """Work out all follow-ups."""
    while follow_ups.work_batch(now=NOW, points=50):
        pass


def known_versions(agreement_type: A) -> list[tuple[int, bool]]:
    """Give of each version of a type: its number, and whether it is still known."""
    found = AgreementVersion.objects.filter(type=agreement_type).order_by("current", "version")
    return [(version.version, version.known_to is None) for version in found]


# --- general service --------------------------------------------------------------------------------------------------


def test_a_grid_agreement_that_has_begun_begins_with_general_service_and_tells_of_it() -> None:
    grid()
    assert services_at(HOUSE) == [(NORTH, LONG_AGO, None, False)]
    assert reasons() == [("CREATE", "GRID"), ("CREATE_BC_GRID_CREATE", "GENERAL_SERVICE")]
    assert known_versions(GS) == [(1, True)]


@pytest.mark.parametrize(("start", "quiet"), [(day(2026, 5, 4), False), (TOMORROW, True)])
def test_a_general_service_that_has_not_started_is_saved_and_not_told(start: datetime, quiet: bool) -> None:
    grid(start)
    assert services_at(HOUSE) == [(NORTH, start, None, quiet)]
    assert reasons()[1:] == ([] if quiet else [("CREATE_BC_GRID_CREATE", "GENERAL_SERVICE")])


def test_a_supply_inside_it_leaves_a_part_before_and_a_quiet_part_after() -> None:
    grid()
    supply(SOON, day(2026, 6, 20))
    assert services_at(HOUSE) == [(NORTH, LONG_AGO, SOON, False), (NORTH, day(2026, 6, 20), None, True)]
    assert reasons() == [
        ("CREATE", "SUPPLY"),
        ("DELETE_BC_SUPPLY_CREATE", "GENERAL_SERVICE"),
        ("CREATE_BC_SUPPLY_CREATE", "GENERAL_SERVICE"),
    ]
    # The old one is gone for good, and is known no longer from that save on.
    unit = Unit.objects.latest("id").id
    assert set(AgreementVersion.objects.filter(type=GS).values_list("known_from", "known_to")) >= {(unit, None)}
    assert known_versions(GS) == [(1, False), (1, True), (1, True)]
    assert Agreement.objects.filter(type=GS, deleted_at=NOW).count() == 1


def test_a_supply_that_covers_the_whole_grid_agreement_leaves_none() -> None:
    grid(TOMORROW, day(2026, 8, 1))
    supply(TOMORROW, day(2026, 8, 1))
    assert services_at(HOUSE) == []
    # What had not been told when it was deleted is never told.
    assert reasons() == [("CREATE", "SUPPLY")]


def test_a_supply_ended_extended_and_deleted_moves_it_along() -> None:
    grid()
    saved = supply(SOON, day(2026, 6, 20))
    saved = change(saved, day(2026, 6, 10))
    assert services_at(HOUSE)[1:] == [(NORTH, day(2026, 6, 10), None, True)]
    assert reasons() == [("UPDATE", "SUPPLY")]
    saved = change(saved, None)
    assert services_at(HOUSE) == [(NORTH, LONG_AGO, SOON, False)]
    delete(saved)
    assert services_at(HOUSE) == [(NORTH, LONG_AGO, None, False)]
    assert reasons() == [
        ("DELETE", "SUPPLY"),
        ("DELETE_BC_SUPPLY_DELETE", "GENERAL_SERVICE"),
        ("CREATE_BC_SUPPLY_DELETE", "GENERAL_SERVICE"),
    ]


def test_a_supply_that_takes_over_leaves_the_general_service_around_it_as_it_is() -> None:
    grid()
    supply(SOON)
    register(A.SUPPLY, WIND, MARI, HOUSE, day(2026, 6, 20))
    assert reasons() == [("CREATE", "SUPPLY"), ("UPDATE_BC_SUPPLY_CREATE", "SUPPLY")]
    assert services_at(HOUSE) == [(NORTH, LONG_AGO, SOON, False)]


def test_a_gap_that_a_new_supply_leaves_by_deleting_a_later_one_is_general_service() -> None:
    grid()
    supply(day(2026, 6, 1))
    # Up to July, over one that would have gone on for ever.
    register(A.SUPPLY, WIND, MARI, HOUSE, SOON, day(2026, 7, 1))
    assert [reason for reason, kind in reasons() if kind == "SUPPLY"] == ["CREATE", "DELETE_BC_SUPPLY_CREATE"]
    assert services_at(HOUSE) == [(NORTH, LONG_AGO, SOON, False), (NORTH, day(2026, 7, 1), None, True)]


def test_it_moves_with_its_grid_agreement() -> None:
    saved = grid()
    saved = change(saved, SOON)
    assert services_at(HOUSE) == [(NORTH, LONG_AGO, SOON, False)]
    assert reasons() == [
        ("UPDATE", "GRID"),
        ("DELETE_BC_GRID_UPDATE", "GENERAL_SERVICE"),
        ("CREATE_BC_GRID_UPDATE", "GENERAL_SERVICE"),
    ]
    # The operator's own id is none of its business.
    change(saved, SOON, agreement_id="V-7")
    assert reasons() == [("UPDATE", "GRID")]


def test_the_next_customers_general_service_stands_beside_the_formers() -> None:
    grid(LONG_AGO, SOON)
    register(A.GRID, NORTH, JAAN, HOUSE, SOON)
    services = standing_at(HOUSE, GS)
    assert [(one.customer_eic, one.valid_from, one.valid_to, one.quiet) for one in services] == [
        (MARI, LONG_AGO, SOON, False),
        (JAAN, SOON, None, True),
    ]
    assert reasons() == [("CREATE", "GRID")]


def test_a_deleted_grid_agreement_takes_it_along_untold() -> None:
    delete(grid(TOMORROW))
    assert services_at(HOUSE) == []
    assert reasons() == [("DELETE", "GRID")]


def test_a_line_operators_point_has_none() -> None:
    market.point("38ZGO-1T000001-1", owner=LINE, owner_role=Role.LINE_OPERATOR)
    register(A.GRID, LINE, MARI, "38ZGO-1T000001-1", LONG_AGO, role=Role.LINE_OPERATOR)
    assert reasons() == [("CREATE", "GRID")]
    assert services_at("38ZGO-1T000001-1") == []


def test_it_is_cut_at_once_where_a_named_supplier_already_stands() -> None:
    march, june = day(2026, 3, 1), day(2026, 6, 1)
    standing(fact(A.NAMED_SUPPLIER, NAMED, NORTH, None, march, june, customer_role=Role.GRID_OPERATOR))
    grid()
    assert services_at(HOUSE) == [
        (NORTH, LONG_AGO, march, False),
        (NAMED, march, june, False),
        (NORTH, june, None, True),
    ]
    provider = {one.service_provider_eic: one.service_provider_role for one in standing_at(HOUSE, GS)}
    assert provider == {NORTH: Role.GRID_OPERATOR, NAMED: Role.OPEN_SUPPLIER}


def test_a_named_supplier_splits_it_afterwards_and_its_end_makes_it_whole() -> None:
    grid()
    register(A.GRID, NORTH, JAAN, FLAT, day(2026, 7, 1))
    june, august = day(2026, 6, 1), day(2026, 8, 1)
    named = register(A.NAMED_SUPPLIER, NAMED, NORTH, None, june)
    assert reasons() == [("CREATE", "NAMED_SUPPLIER")]
    assert services_at(HOUSE) == [(NORTH, LONG_AGO, None, False)], "saved at once, worked out afterwards"
    work()
    assert services_at(HOUSE) == [(NORTH, LONG_AGO, june, False), (NAMED, june, None, True)]
    assert services_at(FLAT) == [(NAMED, day(2026, 7, 1), None, True)]
    assert reasons(recorded(Unit.objects.filter(lanes=[HOUSE]).latest("id"))) == [
        ("DELETE_BC_NAMED_SUPPLIER_CREATE", "GENERAL_SERVICE"),
        ("CREATE_BC_NAMED_SUPPLIER_CREATE", "GENERAL_SERVICE"),
    ]
    named = change(named, august)
    work()
    assert services_at(HOUSE)[1:] == [(NAMED, june, august, True), (NORTH, august, None, True)]
    delete(named)
    work()
    assert services_at(HOUSE) == [(NORTH, LONG_AGO, None, False)]
    assert services_at(FLAT) == [(NORTH, day(2026, 7, 1), None, True)]


def test_a_named_supplier_of_one_commodity_cuts_nothing_of_the_other() -> None:
    grid()
    gas_start = day(2024, 1, 1, GAS)
    register(A.GRID, NORTH, MARI, BAKERY_GAS, gas_start, commodity=GAS)
    assert services_at(BAKERY_GAS) == [(NORTH, gas_start, None, False)]
    market.MarketRole.objects.create(
        participant=market.party(NAMED), role=Role.OPEN_SUPPLIER, commodity=GAS, valid_from=market.BEGINNING
    )
    register(A.NAMED_SUPPLIER, NAMED, NORTH, None, day(2026, 6, 1, GAS), commodity=GAS)
    work()
    assert services_at(HOUSE) == [(NORTH, LONG_AGO, None, False)]
    split = day(2026, 6, 1, GAS)
    assert services_at(BAKERY_GAS) == [(NORTH, gas_start, split, False), (NAMED, split, None, True)]


def test_what_the_hub_makes_is_found_by_nobody_to_change_or_delete() -> None:
    grid(TOMORROW)
    (service,) = standing_at(HOUSE, GS)
    for act in (lambda: change(service, SOON), lambda: delete(service)):
        with pytest.raises(DomainError) as error:
            act()
        assert refused(error) == ["general-service-cannot-be-created-modified-or-deleted-manually"]


# --- border supply ----------------------------------------------------------------------------------------------------


def border(start: datetime = LONG_AGO, end: datetime | None = None) -> AgreementFact:
    return register(A.BORDER_GRID, NORTH, SOUTH, BORDER, start, end)


def supplies() -> list[tuple[str, datetime, datetime | None]]:
    return [(one.service_provider_eic, one.valid_from, one.valid_to) for one in standing_at(BORDER, BS)]


def portfolio(start: datetime, end: datetime | None = None, provider: str = SUN) -> AgreementFact:
    return market.portfolio(provider, SOUTH, start, end, customer_role=Role.GRID_OPERATOR)


def test_it_stands_for_what_border_and_portfolio_share() -> None:
    june = day(2026, 6, 1)
    standing(portfolio(LONG_AGO, june), portfolio(june, provider=BALANCE))
    saved = border(day(2025, 1, 1), day(2026, 9, 1))
    assert supplies() == [(SUN, day(2025, 1, 1), june), (BALANCE, june, day(2026, 9, 1))]
    assert reasons() == [("CREATE", "BORDER_GRID"), *[("CREATE_BC_BORDER_GRID_CREATE", "BORDER_SUPPLY")] * 2]
    made = standing_at(BORDER, BS)[0]
    assert (made.customer_eic, made.customer_role, made.service_provider_role) == (
        SOUTH,
        "GRID_OPERATOR",
        "OPEN_SUPPLIER",
    )
    saved = change(saved, day(2026, 7, 1))
    assert supplies()[1:] == [(BALANCE, june, day(2026, 7, 1))]
    assert reasons() == [("UPDATE", "BORDER_GRID"), ("UPDATE_BC_BORDER_GRID_UPDATE", "BORDER_SUPPLY")]
    saved = change(saved, SOON)
    assert supplies() == [(SUN, day(2025, 1, 1), SOON)]
    assert sorted(reasons()[1:]) == [
        ("DELETE_BC_BORDER_GRID_UPDATE", "BORDER_SUPPLY"),
        ("UPDATE_BC_BORDER_GRID_UPDATE", "BORDER_SUPPLY"),
    ]
    change(saved, None)
    assert supplies() == [(SUN, day(2025, 1, 1), june), (BALANCE, june, None)]


def test_a_deleted_border_agreement_takes_it_along() -> None:
    standing(portfolio(LONG_AGO))
    delete(border(TOMORROW))
    assert supplies() == []
    assert reasons() == [("DELETE", "BORDER_GRID"), ("DELETE_BC_BORDER_GRID_DELETE", "BORDER_SUPPLY")]


def test_it_follows_the_portfolio_agreement() -> None:
    border()
    june, july, august = day(2026, 6, 1), day(2026, 7, 1), day(2026, 8, 1)
    saved = register(A.PORTFOLIO_SUPPLIER, BALANCE, SOUTH, None, june)
    assert supplies() == [], "saved at once, worked out afterwards"
    for act, cause, expected in (
        (None, "CREATE_BC_PORTFOLIO_SUPPLIER_CREATE", [(BALANCE, june, None)]),
        (august, "UPDATE_BC_PORTFOLIO_SUPPLIER_UPDATE", [(BALANCE, june, august)]),
        (july, "UPDATE_BC_PORTFOLIO_SUPPLIER_UPDATE", [(BALANCE, june, july)]),
    ):
        saved = saved if act is None else change(saved, act)
        work()
        assert reasons() == [(cause, "BORDER_SUPPLY")]
        assert supplies() == expected
    delete(saved)
    work()
    assert reasons() == [("DELETE_BC_PORTFOLIO_SUPPLIER_DELETE", "BORDER_SUPPLY")]
    assert supplies() == []


def test_a_portfolio_agreement_that_ends_before_the_border_begins_takes_it_away() -> None:
    border(day(2026, 9, 1))
    saved = register(A.PORTFOLIO_SUPPLIER, BALANCE, SOUTH, None, day(2026, 6, 1))
    work()
    assert supplies() == [(BALANCE, day(2026, 9, 1), None)]
    change(saved, day(2026, 9, 1))
    work()
    assert reasons() == [("DELETE_BC_PORTFOLIO_SUPPLIER_UPDATE", "BORDER_SUPPLY")]
    assert supplies() == []


def test_a_portfolio_with_a_supplier_makes_nothing_at_borders() -> None:
    border()
    units = Unit.objects.count()
    register(A.PORTFOLIO_SUPPLIER, BALANCE, NAMED, None, day(2026, 6, 1))
    work()
    assert (supplies(), Unit.objects.count()) == ([], units + 1)


def test_a_clock_change_moves_no_midnight_of_a_general_service() -> None:
    """29 March has 23 hours, 25 October 25: each day of a supply there has general service up to it and after it."""
    grid(end=day(2027, 1, 1))
    for month, number in ((3, 29), (10, 25)):
        start, end = day(2026, month, number), day(2026, month, number) + timedelta(hours=23 if month == 3 else 25)
        assert end == day(2026, month, number + 1)
        now = day(2026, month, number) - timedelta(days=2)
        saved = supply(start, end, now=now)
        gaps = [(a, b) for _, a, b, _ in services_at(HOUSE)]
        assert (LONG_AGO, start) in gaps
        assert (end, day(2027, 1, 1)) in gaps
        delete(saved, now=now)


def test_a_gas_supply_with_the_grids_own_ends_leaves_no_general_service_and_a_month_leaves_the_rest() -> None:
    start, june, july, end = (day(2026, m, n, GAS) for m, n in ((5, 13), (6, 1), (7, 1), (7, 20)))
    gas: dict[str, Any] = {"commodity": GAS}
    register(A.GRID, NORTH, MARI, BAKERY_GAS, start, end, **gas)
    whole = register(A.SUPPLY, SUN, MARI, BAKERY_GAS, start, end, **gas)
    assert services_at(BAKERY_GAS) == []
    delete(whole)
    with pytest.raises(DomainError) as error:
        register(A.SUPPLY, SUN, MARI, BAKERY_GAS, start, day(2026, 6, 15, GAS), **gas)
    assert refused(error) == ["agreement-date-not-on-boundary"]
    register(A.SUPPLY, SUN, MARI, BAKERY_GAS, june, july, **gas)
    assert services_at(BAKERY_GAS) == [(NORTH, start, june, True), (NORTH, july, end, True)]
