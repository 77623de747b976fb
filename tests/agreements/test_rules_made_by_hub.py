"""What the hub itself makes of the agreements of a point: general service and border supply."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from datahub.agreements.facts import AgreementFact
from datahub.agreements.rules import consequences
from datahub.agreements.rules.consequences import created, deleted, updated
from datahub.market import AgreementType, Role
from tests.agreements.market import BALANCE, BORDER, HOUSE, MARI, NAMED, NORTH, SOUTH, SUN, WIND, day, fact, portfolio

GRID, SUPPLY, GENERAL_SERVICE = AgreementType.GRID, AgreementType.SUPPLY, AgreementType.GENERAL_SERVICE
NAMED_SUPPLIER, BORDER_GRID = AgreementType.NAMED_SUPPLIER, AgreementType.BORDER_GRID
D = [day(2026, 1, 1) + timedelta(days=n) for n in range(60)]
NOW = D[10] + timedelta(hours=9)

Told = tuple[str, str, datetime, datetime | None, bool]


def at(days: int | None) -> datetime | None:
    return None if days is None else D[days]


def grid(start: int = 0, end: int | None = None, number: int = 1, role: str = Role.GRID_OPERATOR) -> AgreementFact:
    return fact(GRID, NORTH, MARI, HOUSE, D[start], at(end), id=number, provider_role=role)


def supply(start: int, end: int | None = None, number: int = 0, provider: str = SUN) -> AgreementFact:
    return fact(SUPPLY, provider, MARI, HOUSE, D[start], at(end), id=number)


def service(start: int, end: int | None = None, number: int = 0, provider: str = NORTH) -> AgreementFact:
    role = Role.GRID_OPERATOR if provider == NORTH else Role.OPEN_SUPPLIER
    made = fact(GENERAL_SERVICE, provider, MARI, HOUSE, D[start], at(end), id=number, provider_role=role)
    return made if start <= 10 else AgreementFact(**{**_fields(made), "quiet": True})


def _fields(made: AgreementFact) -> dict[str, object]:
    return {name: getattr(made, name) for name in AgreementFact.__dataclass_fields__}


def named(start: int, end: int | None = None, provider: str = NAMED) -> AgreementFact:
    return fact(
        NAMED_SUPPLIER, provider, NORTH, None, D[start], at(end), customer_role=Role.GRID_OPERATOR, id=90 + start
    )


def told(effects: Sequence[consequences.Effect]) -> list[Told]:
    """Give what happens to what the hub makes: reason, provider, start, end, whether it is quiet."""
    by_hub = {GENERAL_SERVICE, AgreementType.BORDER_SUPPLY}
    return [
        (e.reason, e.subject.service_provider_eic, e.subject.valid_from, e.subject.valid_to, e.subject.quiet)
        for e in effects
        if e.subject.type in by_hub
    ]


def test_a_new_grid_agreement_begins_with_general_service() -> None:
    outcome = consequences.act([], created(grid(3, 20, 0)), now=NOW)
    assert told(outcome.effects) == [("CREATE_BC_GRID_CREATE", NORTH, D[3], D[20], False)]
    made = outcome.after[-1]
    assert (made.customer_eic, made.point_eic, made.service_provider_role) == (MARI, HOUSE, Role.GRID_OPERATOR)
    assert (made.agreement_id, made.preliminary_termination_fee, made.id) == ("", False, 0)


@pytest.mark.parametrize("role", [Role.LINE_OPERATOR, Role.PRODUCER_OPERATOR, Role.CHARGING_POINT_OPERATOR])
def test_at_points_of_other_operators_there_is_none(role: Role) -> None:
    assert told(consequences.act([], created(grid(role=role, number=0)), now=NOW).effects) == []


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        # In the future: what stands is deleted, then made up to the supply; what comes after it stays quiet.
        (
            15,
            30,
            [
                ("DELETE_BC_SUPPLY_CREATE", NORTH, D[0], None, False),
                ("CREATE_BC_SUPPLY_CREATE", NORTH, D[0], D[15], False),
                ("CREATE_BC_SUPPLY_CREATE", NORTH, D[30], None, True),
            ],
        ),
        (
            15,
            None,
            [
                ("DELETE_BC_SUPPLY_CREATE", NORTH, D[0], None, False),
                ("CREATE_BC_SUPPLY_CREATE", NORTH, D[0], D[15], False),
            ],
        ),
        # In the past, from the grid agreement's own start: nothing is left before it.
        (0, None, [("DELETE_BC_SUPPLY_CREATE", NORTH, D[0], None, False)]),
        (
            0,
            5,
            [
                ("DELETE_BC_SUPPLY_CREATE", NORTH, D[0], None, False),
                ("CREATE_BC_SUPPLY_CREATE", NORTH, D[5], None, False),
            ],
        ),
    ],
)
def test_a_new_supply_deletes_the_general_service_and_makes_what_is_left(
    start: int, end: int | None, expected: list[Told]
) -> None:
    outcome = consequences.act([grid(), service(0, None, 2)], created(supply(start, end)), now=NOW)
    assert told(outcome.effects) == expected


def test_a_supply_changed_or_deleted_moves_it_too() -> None:
    standing = [grid(), service(0, 15, 2), supply(15, 30, 3), service(30, None, 4)]
    ended = consequences.act(standing, updated(standing[2], supply(15, 20, 3)), now=NOW)
    assert told(ended.effects) == [
        ("DELETE_BC_SUPPLY_UPDATE", NORTH, D[30], None, True),
        ("CREATE_BC_SUPPLY_UPDATE", NORTH, D[20], None, True),
    ]
    gone = consequences.act(standing, deleted(standing[2]), now=NOW)
    assert told(gone.effects) == [
        ("DELETE_BC_SUPPLY_DELETE", NORTH, D[0], D[15], False),
        ("DELETE_BC_SUPPLY_DELETE", NORTH, D[30], None, True),
        ("CREATE_BC_SUPPLY_DELETE", NORTH, D[0], None, False),
    ]


def test_a_grid_agreement_that_is_ended_ends_it_and_one_that_is_deleted_takes_it_along() -> None:
    standing = [grid(), service(0, None, 2)]
    ended = consequences.act(standing, updated(standing[0], grid(0, 20)), now=NOW)
    assert told(ended.effects) == [
        ("DELETE_BC_GRID_UPDATE", NORTH, D[0], None, False),
        ("CREATE_BC_GRID_UPDATE", NORTH, D[0], D[20], False),
    ]
    gone = consequences.act(standing, deleted(standing[0]), now=NOW)
    assert told(gone.effects) == [("DELETE_BC_GRID_DELETE", NORTH, D[0], None, False)]


def test_a_supply_that_takes_over_from_another_leaves_the_general_service_around_both_alone() -> None:
    standing = [grid(), service(0, 5, 2), supply(5, None, 3)]
    outcome = consequences.act(standing, created(supply(25, None, 0, WIND)), now=NOW)
    assert told(outcome.effects) == []


@pytest.mark.parametrize(
    ("suppliers", "expected"),
    [
        ([], [(NORTH, 0, None)]),
        ([named(0)], [(NAMED, 0, None)]),
        # Cut where an agreement starts or ends, also between two with the same supplier.
        ([named(20)], [(NORTH, 0, 20), (NAMED, 20, None)]),
        ([named(0, 20)], [(NAMED, 0, 20), (NORTH, 20, None)]),
        ([named(0, 20), named(20)], [(NAMED, 0, 20), (NAMED, 20, None)]),
        ([named(0, 20), named(30, 40, WIND)], [(NAMED, 0, 20), (NORTH, 20, 30), (WIND, 30, 40), (NORTH, 40, None)]),
    ],
)
def test_the_named_supplier_provides_it_while_its_agreement_lasts(
    suppliers: list[AgreementFact], expected: list[tuple[str, int, int | None]]
) -> None:
    outcome = consequences.act([], created(grid(number=0)), between=suppliers, now=NOW)
    made = [(a.service_provider_eic, a.valid_from, a.valid_to) for a in outcome.after if a.type == GENERAL_SERVICE]
    assert made == [(provider, D[start], at(end)) for provider, start, end in expected]


def test_another_operators_named_supplier_is_no_matter_here() -> None:
    others = fact(NAMED_SUPPLIER, NAMED, SOUTH, None, D[0], customer_role=Role.GRID_OPERATOR)
    outcome = consequences.act([], created(grid(number=0)), between=[others], now=NOW)
    assert [effect[1] for effect in told(outcome.effects)] == [NORTH]


def test_a_new_named_supplier_splits_it_and_the_part_to_come_stays_quiet() -> None:
    standing = [grid(), service(0, None, 2)]
    effects = consequences.follow(standing, NAMED_SUPPLIER, "NAMED_SUPPLIER_CREATE", between=[named(31)], now=NOW)
    assert told(effects) == [
        ("DELETE_BC_NAMED_SUPPLIER_CREATE", NORTH, D[0], None, False),
        ("CREATE_BC_NAMED_SUPPLIER_CREATE", NORTH, D[0], D[31], False),
        ("CREATE_BC_NAMED_SUPPLIER_CREATE", NAMED, D[31], None, True),
    ]


def test_what_is_as_it_is_due_is_not_touched() -> None:
    standing = [grid(), service(0, 31, 2), service(31, None, 3, NAMED)]
    assert consequences.follow(standing, NAMED_SUPPLIER, "NAMED_SUPPLIER_CREATE", between=[named(31)], now=NOW) == []


# --- border supply ----------------------------------------------------------------------------------------------------


def border(start: int, end: int | None = None, number: int = 1) -> AgreementFact:
    return fact(BORDER_GRID, NORTH, SOUTH, BORDER, D[start], at(end), customer_role=Role.GRID_OPERATOR, id=number)


def in_portfolio(provider: str, start: int, end: int | None = None) -> AgreementFact:
    return portfolio(provider, SOUTH, D[start], at(end), customer_role=Role.GRID_OPERATOR)


def test_it_stands_for_the_overlap_of_border_grid_and_portfolio() -> None:
    portfolios = [in_portfolio(SUN, 0, 20), in_portfolio(BALANCE, 20)]
    outcome = consequences.act([], created(border(10, 40, 0)), between=portfolios, now=NOW)
    assert told(outcome.effects) == [
        ("CREATE_BC_BORDER_GRID_CREATE", SUN, D[10], D[20], False),
        ("CREATE_BC_BORDER_GRID_CREATE", BALANCE, D[20], D[40], False),
    ]
    made = outcome.after[-1]
    assert (made.customer_eic, made.customer_role, made.point_eic) == (SOUTH, Role.GRID_OPERATOR, BORDER)


def test_it_is_made_moved_and_deleted_as_the_border_grid_changes() -> None:
    portfolios = [in_portfolio(SUN, 0, 20), in_portfolio(BALANCE, 20)]
    first = consequences.act([], created(border(10, 40, 0)), between=portfolios, now=NOW).after
    standing = [AgreementFact(**{**_fields(a), "id": number}) for number, a in enumerate(first, start=1)]

    shorter = consequences.act(standing, updated(standing[0], border(10, 30)), between=portfolios, now=NOW)
    assert told(shorter.effects) == [("UPDATE_BC_BORDER_GRID_UPDATE", BALANCE, D[20], D[30], False)]
    shortest = consequences.act(standing, updated(standing[0], border(10, 15)), between=portfolios, now=NOW)
    assert told(shortest.effects) == [
        ("DELETE_BC_BORDER_GRID_UPDATE", BALANCE, D[20], D[40], False),
        ("UPDATE_BC_BORDER_GRID_UPDATE", SUN, D[10], D[15], False),
    ]
    longer = consequences.act(shortest.after, updated(border(10, 15), border(10)), between=portfolios, now=NOW)
    assert told(longer.effects) == [
        ("UPDATE_BC_BORDER_GRID_UPDATE", SUN, D[10], D[20], False),
        ("CREATE_BC_BORDER_GRID_UPDATE", BALANCE, D[20], None, False),
    ]
    gone = consequences.act(standing, deleted(standing[0]), between=portfolios, now=NOW)
    assert [reason for reason, *_ in told(gone.effects)] == ["DELETE_BC_BORDER_GRID_DELETE"] * 2


def test_it_follows_the_portfolio() -> None:
    standing = [border(0)]
    cause = "PORTFOLIO_SUPPLIER_CREATE"
    made = consequences.follow(
        standing, AgreementType.PORTFOLIO_SUPPLIER, cause, between=[in_portfolio(SUN, 31)], now=NOW
    )
    assert told(made) == [("CREATE_BC_PORTFOLIO_SUPPLIER_CREATE", SUN, D[31], None, False)]
