"""Who registers which type of agreement, with whom, and with which fields: each rule at both edges."""

from collections.abc import Iterable
from typing import Any

import pytest

from datahub.agreements.facts import AgreementFact
from datahub.agreements.rules import one_point, parties, portfolio
from datahub.agreements.rules.parties import Named, Sender
from datahub.market import AgreementType, Commodity, Role
from tests.agreements.market import (
    AGGREGATION_POINT,
    AGGREGATOR,
    BAKERY,
    BALANCE,
    ELECTRICITY,
    GAS,
    HOUSE,
    LINE,
    NAMED,
    NORTH,
    NOW,
    SOUTH,
    SUN,
    WIND,
    day,
    fact,
)
from tests.agreements.market import portfolio as portfolio_fact

A = AgreementType
PATH = "agreement"
BY_HAND = [kind for kind in A if kind not in {A.GENERAL_SERVICE, A.BORDER_SUPPLY}]
BY_CUSTOMER = [A.NAMED_SUPPLIER, A.JOINT_INVOICE]
# `1-market.md`, the table of types: who registers each, for electricity and for gas.
GRID_ROLES = {
    *(Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK, Role.LINE_OPERATOR, Role.PRODUCER_OPERATOR),
    Role.CHARGING_POINT_OPERATOR,
}
REGISTRARS: dict[tuple[A, Commodity], set[Role]] = {
    (A.GRID, ELECTRICITY): GRID_ROLES,
    (A.GRID, GAS): {Role.GRID_OPERATOR, Role.PRODUCER_OPERATOR},
    (A.BORDER_GRID, ELECTRICITY): {Role.GRID_OPERATOR},
    (A.BORDER_GRID, GAS): {Role.GRID_OPERATOR},
    (A.SUPPLY, ELECTRICITY): {Role.OPEN_SUPPLIER},
    (A.SUPPLY, GAS): {Role.OPEN_SUPPLIER},
    (A.AGGREGATION, ELECTRICITY): {Role.AGGREGATOR},
    (A.AGGREGATION, GAS): set(),
    (A.PORTFOLIO_SUPPLIER, ELECTRICITY): {Role.OPEN_SUPPLIER},
    (A.PORTFOLIO_SUPPLIER, GAS): {Role.OPEN_SUPPLIER},
    (A.NAMED_SUPPLIER, ELECTRICITY): {Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK},
    (A.NAMED_SUPPLIER, GAS): {Role.GRID_OPERATOR},
    (A.JOINT_INVOICE, ELECTRICITY): {Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK},
    (A.JOINT_INVOICE, GAS): {Role.GRID_OPERATOR},
}


def names(faults: Iterable[Any]) -> list[str]:
    return [fault.code.name.rpartition(".")[2] for fault in faults]


def named(kind: A, commodity: Commodity = ELECTRICITY, **more: Any) -> Named:
    point = {A.AGGREGATION: AGGREGATION_POINT}.get(kind, HOUSE) if kind in parties.POINT_TYPES else None
    fields: dict[str, Any] = {"point_eic": point, "service_provider_eic": SUN, "customer_eic": NORTH}
    return Named(kind, commodity, **{**fields, **more})


@pytest.mark.parametrize("commodity", list(Commodity))
@pytest.mark.parametrize("kind", BY_HAND)
def test_each_type_is_registered_in_its_roles_and_in_no_other(kind: A, commodity: Commodity) -> None:
    asked, allowed = named(kind, commodity), REGISTRARS[kind, commodity]
    refused = parties.type_fault(asked, "created", path=PATH)
    assert (refused is None) == bool(allowed)
    if refused is not None:
        assert names([refused]) == ["agreement-type-cannot-be-processed"]
        return
    sender = NORTH if kind in BY_CUSTOMER else SUN
    for role in Role:
        expected = [] if role in allowed else ["sender-type-error"]
        assert names(parties.role_faults(asked, Sender(sender, role, commodity), path=PATH)) == expected, role


@pytest.mark.parametrize("doing", ["created", "changed", "deleted"])
@pytest.mark.parametrize("commodity", list(Commodity))
@pytest.mark.parametrize("kind", [A.GENERAL_SERVICE, A.BORDER_SUPPLY])
def test_no_hand_touches_what_the_hub_makes(kind: A, commodity: Commodity, doing: str) -> None:
    refused = parties.type_fault(named(kind, commodity), doing, path=PATH)
    assert refused is not None
    assert refused.code.name.endswith(
        f"{kind.lower().replace('_', '-')}-cannot-be-created-modified-or-deleted-manually"
    )


@pytest.mark.parametrize("kind", BY_HAND)
def test_the_sender_is_the_party_that_registers_the_type(kind: A) -> None:
    role = sorted(REGISTRARS[kind, ELECTRICITY])[0]
    in_own_name = {"customer_eic": WIND} if kind in BY_CUSTOMER else {"service_provider_eic": WIND}
    in_anothers = {"service_provider_eic": WIND} if kind in BY_CUSTOMER else {"customer_eic": WIND}
    code = "customer" if kind in BY_CUSTOMER else "service-provider"
    sender = Sender(WIND, role, ELECTRICITY)
    assert parties.registrar_faults(named(kind, **in_own_name), sender, path=PATH) == []
    (refused,) = parties.registrar_faults(named(kind, **in_anothers), sender, path=PATH)
    assert names([refused]) == [f"sender-and-{code}-mismatch-error"]
    field = "customerEic" if kind in BY_CUSTOMER else "serviceProviderEic"
    assert refused.message.startswith(f"{PATH}.{field}")


def test_a_role_counts_for_its_own_commodity() -> None:
    sender = Sender(SUN, Role.OPEN_SUPPLIER, GAS)
    assert names(parties.role_faults(named(A.SUPPLY), sender, path=PATH)) == ["commodity-type-mismatch-error"]


@pytest.mark.parametrize("kind", BY_HAND)
def test_which_types_have_a_metering_point_and_a_termination_fee(kind: A) -> None:
    has_point = kind in {A.GRID, A.BORDER_GRID, A.SUPPLY, A.AGGREGATION}
    with_point = parties.field_faults(named(kind, point_eic=HOUSE), path=PATH)
    without_point = parties.field_faults(named(kind, point_eic=None), path=PATH)
    assert names(with_point) == ([] if has_point else ["agreement-attribute-not-allowed"])
    assert names(without_point) == (["missing"] if has_point else [])
    for fee, expected in (
        (None, []),
        (False, []),
        (True, [] if kind == A.SUPPLY else ["agreement-attribute-not-allowed"]),
    ):
        found = parties.field_faults(named(kind, preliminary_termination_fee=fee), path=PATH)
        assert names(found) == expected, fee


@pytest.mark.parametrize("kind", BY_CUSTOMER)
@pytest.mark.parametrize(
    ("provider", "held", "expected"),
    [
        (NAMED, {Role.OPEN_SUPPLIER}, []),
        (NAMED, {Role.OPEN_SUPPLIER, Role.AGGREGATOR}, []),
        # It held the role, or holds another: not an open supplier now.
        (NAMED, set(), ["service-provider-type-error"]),
        (NAMED, {Role.AGGREGATOR, Role.GRID_OPERATOR}, ["service-provider-type-error"]),
        (BAKERY, None, ["service-provider-external-id-resolve-error"]),
        # An operator that is an open supplier too is still not its own named supplier.
        (NORTH, {Role.OPEN_SUPPLIER, Role.GRID_OPERATOR}, ["agreement-parties-are-the-same"]),
    ],
)
def test_the_provider_that_another_registers(
    kind: A, provider: str, held: set[str] | None, expected: list[str]
) -> None:
    asked = named(kind, service_provider_eic=provider)
    assert names(parties.provider_faults(asked, held, path=PATH)) == expected


@pytest.mark.parametrize(
    ("kind", "held", "expected"),
    [
        (A.BORDER_GRID, {Role.GRID_OPERATOR}, []),
        (A.BORDER_GRID, {Role.CLOSED_DISTRIBUTION_NETWORK}, []),
        (A.BORDER_GRID, {Role.LINE_OPERATOR, Role.OPEN_SUPPLIER}, ["customer-type-error"]),
        (A.BORDER_GRID, set(), ["customer-type-error"]),
        (A.PORTFOLIO_SUPPLIER, {Role.GRID_OPERATOR}, []),
        (A.PORTFOLIO_SUPPLIER, {Role.OPEN_SUPPLIER}, []),
        (A.PORTFOLIO_SUPPLIER, {Role.AGGREGATOR}, []),
        (A.PORTFOLIO_SUPPLIER, {Role.LINE_OPERATOR}, ["customer-type-error"]),
        (A.PORTFOLIO_SUPPLIER, set(), ["customer-type-error"]),
        # Of these the customer is anyone, or the sender itself.
        (A.GRID, set(), []),
        (A.SUPPLY, set(), []),
        (A.AGGREGATION, set(), []),
        (A.NAMED_SUPPLIER, set(), []),
    ],
)
def test_the_roles_that_a_customer_needs(kind: A, held: set[str], expected: list[str]) -> None:
    assert names(parties.customer_faults(named(kind), held, path=PATH)) == expected


@pytest.mark.parametrize("kind", [A.BORDER_GRID, A.PORTFOLIO_SUPPLIER])
def test_nobody_agrees_with_itself(kind: A) -> None:
    asked = named(kind, customer_eic=SUN)
    held = {Role.GRID_OPERATOR, Role.OPEN_SUPPLIER}
    assert names(parties.customer_faults(asked, held, path=PATH)) == ["agreement-parties-are-the-same"]


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        (A.SUPPLY, Role.OPEN_SUPPLIER),
        (A.AGGREGATION, Role.AGGREGATOR),
        (A.GRID, Role.GRID_OPERATOR),
        (A.GRID, Role.CLOSED_DISTRIBUTION_NETWORK),
    ],
)
def test_the_portfolio_provider_must_stand_when_the_agreement_begins_to_count(kind: A, role: Role) -> None:
    start = day(2026, 6, 1)
    asked = fact(kind, AGGREGATOR, BAKERY, HOUSE, start, provider_role=role)
    missing = ["missing-portfolio-provider"]
    for standing, expected in (
        (portfolio_fact(BALANCE, AGGREGATOR, start), []),
        (portfolio_fact(BALANCE, AGGREGATOR, day(2026, 7, 1)), missing),
        (portfolio_fact(BALANCE, AGGREGATOR, day(2024, 1, 1), start), missing),
        (portfolio_fact(BALANCE, AGGREGATOR, commodity=GAS), missing),
        (portfolio_fact(AGGREGATOR, BALANCE), missing),
    ):
        assert names(portfolio.provider_faults(asked, [standing], now=NOW, path=PATH)) == expected, standing
    # An agreement that began long ago counts from now on.
    former = fact(kind, AGGREGATOR, BAKERY, HOUSE, day(2020, 1, 1), provider_role=role)
    assert portfolio.provider_faults(former, [portfolio_fact(BALANCE, AGGREGATOR, NOW)], now=NOW, path=PATH) == []


@pytest.mark.parametrize("kind", [A.BORDER_GRID, A.NAMED_SUPPLIER, A.JOINT_INVOICE, A.PORTFOLIO_SUPPLIER])
def test_these_need_no_portfolio_provider(kind: A) -> None:
    asked = fact(kind, SUN, NORTH, None, day(2026, 6, 1))
    assert portfolio.provider_faults(asked, [], now=NOW, path=PATH) == []


# --- what may stand at once -------------------------------------------------------------------------------------------


def between(kind: A, provider: str, customer: str, start: int, end: int | None = None, **more: Any) -> AgreementFact:
    return fact(kind, provider, customer, None, day(2026, start, 1), end and day(2026, end, 1), **more)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        # One named supplier an operator and commodity at a time, whoever it is.
        (between(A.NAMED_SUPPLIER, SUN, NORTH, 8), False),
        (between(A.NAMED_SUPPLIER, SUN, NORTH, 7), True),
        (between(A.NAMED_SUPPLIER, NAMED, NORTH, 7), True),
        (between(A.NAMED_SUPPLIER, SUN, NORTH, 5, 6), False),
        (between(A.NAMED_SUPPLIER, SUN, NORTH, 5, 7), True),
        (between(A.NAMED_SUPPLIER, SUN, SOUTH, 7), False),
        (between(A.NAMED_SUPPLIER, SUN, NORTH, 7, commodity=GAS), False),
        # One joint invoice a pair and commodity at a time.
        (between(A.JOINT_INVOICE, NAMED, NORTH, 7), True),
        (between(A.JOINT_INVOICE, NAMED, NORTH, 8), False),
        (between(A.JOINT_INVOICE, SUN, NORTH, 7), False),
        (between(A.JOINT_INVOICE, NAMED, SOUTH, 7), False),
        (between(A.JOINT_INVOICE, NAMED, NORTH, 7, commodity=GAS), False),
        # One portfolio provider a customer and commodity at a time.
        (between(A.PORTFOLIO_SUPPLIER, SUN, NORTH, 7), True),
        (between(A.PORTFOLIO_SUPPLIER, SUN, NORTH, 8), False),
        (between(A.PORTFOLIO_SUPPLIER, NAMED, SOUTH, 7), False),
    ],
)
def test_what_two_parties_may_agree_at_once(asked: AgreementFact, expected: bool) -> None:
    standing = [
        between(kind, NAMED, NORTH, 6, 8, id=number)
        for number, kind in enumerate((*BY_CUSTOMER, A.PORTFOLIO_SUPPLIER), start=1)
    ]
    found = names(one_point.overlap_faults(asked, standing, sender_eic=SUN, path=PATH))
    assert found == (["overlapping-agreements"] if expected else [])


@pytest.mark.parametrize(
    ("company", "point", "start", "expected"),
    [
        # Under one parent: the same company at another point at the same time, another one never.
        (AGGREGATOR, "38ZAG-10000002-A", 7, False),
        (LINE, "38ZAG-10000002-A", 7, True),
        (LINE, "38ZAG-10000002-A", 8, False),
        # At one aggregation point one at a time.
        (AGGREGATOR, AGGREGATION_POINT, 7, True),
        (AGGREGATOR, AGGREGATION_POINT, 8, False),
    ],
)
def test_aggregators_under_one_parent(company: str, point: str, start: int, expected: bool) -> None:
    standing = fact(
        A.AGGREGATION, AGGREGATOR, BAKERY, AGGREGATION_POINT, day(2026, 6, 1), day(2026, 8, 1), id=1, parent=HOUSE
    )
    asked = fact(A.AGGREGATION, company, BAKERY, point, day(2026, start, 1), parent=HOUSE)
    found = names(one_point.overlap_faults(asked, [standing], sender_eic=SUN, path=PATH))
    assert found == (["overlapping-agreements"] if expected else [])
