"""The table of recipients, row by row, with the cast's chains: OS2 → OS → BRP, GO → BRP, GO2 → OS, AGR → OS."""

from dataclasses import replace

import pytest

from datahub.agreements.facts import AgreementFact
from datahub.market import Role
from distribution.rules.facts import Facts, Recipient
from distribution.rules.portfolios import Portfolios
from distribution.rules.recipients import FULL, AgreementChange, View, told_of_agreement, told_of_point
from tests.distribution.market import (
    AGGREGATOR,
    AGR,
    BAKERY,
    BAKERY_POINT,
    BORDER,
    BORDER_POINT,
    BRP,
    CHAINS,
    FLEXIBLE,
    FLEXIBLE_POINT,
    GO,
    GO2,
    HOUSE,
    HOUSE_POINT,
    MARI,
    NOW,
    NS,
    OS,
    OS2,
    STRANGER,
    agreement,
    day,
    facts,
    operator,
    supplier,
)

NOBODY: set[Recipient] = set()
PARTIAL = View(customer=False, provider=False)
GRID = agreement("GRID", GO, point=HOUSE)
SUPPLY = agreement("SUPPLY", OS2, point=HOUSE)
PAST = agreement("SUPPLY", STRANGER, point=HOUSE, since="2024-01-01", until="2024-06-01")
LATER = agreement("SUPPLY", NS, point=HOUSE, since="2026-07-01")
SERVICE = agreement("GENERAL_SERVICE", NS, point=HOUSE)
OWN_SERVICE = agreement("GENERAL_SERVICE", GO, point=HOUSE, service_provider_role=Role.GRID_OPERATOR)
BORDER_GRID = agreement("BORDER_GRID", GO, GO2, point=BORDER)
BAKERY_SUPPLY = agreement("SUPPLY", OS2, point=BAKERY)
AGGREGATION = agreement("AGGREGATION", AGR, point=FLEXIBLE)


# --- metering points ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("point", "agreements", "told"),
    [
        (HOUSE_POINT, [GRID], NOBODY),
        (HOUSE_POINT, [GRID, PAST], NOBODY),
        (HOUSE_POINT, [GRID, SUPPLY], {supplier(OS2), supplier(OS), supplier(BRP)}),
        (HOUSE_POINT, [PAST, LATER], {supplier(NS)}),
        (HOUSE_POINT, [SERVICE], {supplier(NS)}),
        # A grid operator that provides the general service is the sender; its portfolio provider is told.
        (HOUSE_POINT, [OWN_SERVICE], {supplier(BRP)}),
        (BAKERY_POINT, [AGGREGATION], {AGGREGATOR, supplier(OS), supplier(BRP)}),
        (BORDER_POINT, [BORDER_GRID], {operator(GO2)}),
        (BORDER_POINT, [replace(BORDER_GRID, valid_to=day("2026-01-01"))], NOBODY),
        (FLEXIBLE_POINT, [AGGREGATION, BAKERY_SUPPLY], {supplier(OS2), supplier(OS), supplier(BRP)}),
    ],
)
def test_a_metering_point_is_told(point, agreements: list[AgreementFact], told: set[Recipient]) -> None:
    assert told_of_point(facts(point, *agreements), sender_eic=point.owner_eic) == told


def test_the_sender_is_left_out_in_all_its_roles() -> None:
    own = agreement("SUPPLY", GO, point=HOUSE)
    assert told_of_point(facts(HOUSE_POINT, own), sender_eic=GO) == {supplier(BRP)}


def test_a_portfolio_provider_whose_turn_is_over_or_has_not_come_is_not_told() -> None:
    chains = [
        agreement("PORTFOLIO_SUPPLIER", STRANGER, OS2, since="2024-01-01", until="2026-05-01"),
        agreement("PORTFOLIO_SUPPLIER", OS, OS2, since="2026-05-01", until="2026-06-01"),
        agreement("PORTFOLIO_SUPPLIER", BRP, OS2, since="2026-06-01"),
    ]
    assert told_of_point(facts(HOUSE_POINT, SUPPLY, chains=chains), sender_eic=GO) == {supplier(OS2), supplier(OS)}
    later = agreement("SUPPLY", OS2, point=HOUSE, since="2026-07-01")
    assert told_of_point(facts(HOUSE_POINT, later, chains=chains), sender_eic=GO) == {supplier(OS2), supplier(BRP)}


def test_chains_of_any_depth_that_even_go_round() -> None:
    chains = [agreement("PORTFOLIO_SUPPLIER", f"38X-P{n + 1:011}", f"38X-P{n:011}") for n in range(30)]
    chains.append(agreement("PORTFOLIO_SUPPLIER", "38X-P00000000000", "38X-P00000000030"))
    above = Portfolios(chains).above_at("38X-P00000000000", "ELECTRICITY", NOW)
    assert {eic for eic, _ in above} == {f"38X-P{n:011}" for n in range(1, 31)}


def test_a_chain_is_valid_only_while_every_part_of_it_is() -> None:
    chains = [
        agreement("PORTFOLIO_SUPPLIER", OS, OS2, since="2026-01-01", until="2026-03-01"),
        agreement("PORTFOLIO_SUPPLIER", BRP, OS, since="2026-02-01"),
    ]
    (direct, indirect) = Portfolios(chains).above(OS2, "ELECTRICITY")
    assert direct == (OS, Role.OPEN_SUPPLIER, (day("2026-01-01"), day("2026-03-01")))
    assert indirect == (BRP, Role.OPEN_SUPPLIER, (day("2026-02-01"), day("2026-03-01")))


# --- agreements ---------------------------------------------------------------------------------------------------


def told(
    reason: str, fact: AgreementFact, known: Facts, *, sender: str, before: AgreementFact | None = None
) -> dict[Recipient, View]:
    what, _, because = reason.partition("_BC_")
    after = None if what == "DELETE" else fact
    change = AgreementChange(what, bool(because), before or (None if what == "CREATE" else fact), after)
    return told_of_agreement(change, known, sender_eic=sender)


@pytest.mark.parametrize(
    ("reason", "fact", "known", "sender", "expected"),
    [
        # GRID: nobody hears of a new one but the operator's portfolio provider, which does not see the customer.
        ("CREATE", GRID, facts(HOUSE_POINT, GRID), GO, {supplier(BRP): PARTIAL}),
        (
            "UPDATE",
            GRID,
            facts(HOUSE_POINT, GRID, SUPPLY, PAST),
            GO,
            {supplier(OS2): FULL, supplier(OS): PARTIAL, supplier(BRP): PARTIAL},
        ),
        ("DELETE", GRID, facts(HOUSE_POINT, GRID, LATER), GO, {supplier(NS): FULL, supplier(BRP): PARTIAL}),
        (
            "UPDATE",
            agreement("GRID", GO, point=BAKERY),
            facts(BAKERY_POINT, AGGREGATION),
            GO,
            {AGGREGATOR: FULL, supplier(OS): PARTIAL, supplier(BRP): PARTIAL},
        ),
        # At a border the supplier is the portfolio provider of the operator on the other side.
        (
            "UPDATE",
            BORDER_GRID,
            facts(BORDER_POINT, BORDER_GRID, agreement("BORDER_SUPPLY", OS, GO2, point=BORDER)),
            GO,
            {supplier(OS): FULL, supplier(BRP): PARTIAL},
        ),
        ("CREATE", BORDER_GRID, facts(BORDER_POINT, BORDER_GRID), GO, {supplier(BRP): PARTIAL}),
        # SUPPLY: the operator and the supplier's own chain, all of whom see everything; never back to the sender.
        (
            "CREATE",
            SUPPLY,
            facts(HOUSE_POINT, GRID, SUPPLY),
            OS2,
            {operator(GO): FULL, supplier(OS): FULL, supplier(BRP): FULL},
        ),
        # One that another supply moved: its own supplier too, and the one that set it off if it is entitled.
        (
            "UPDATE_BC_SUPPLY_CREATE",
            SUPPLY,
            facts(HOUSE_POINT, GRID, SUPPLY, LATER),
            OS,
            {operator(GO): FULL, supplier(OS2): FULL, supplier(OS): FULL, supplier(BRP): FULL},
        ),
        # An operator that shortens a GRID agreement hears which supplies that moved.
        (
            "UPDATE_BC_GRID_UPDATE",
            SUPPLY,
            facts(HOUSE_POINT, GRID, SUPPLY),
            GO,
            {operator(GO): FULL, supplier(OS2): FULL, supplier(OS): FULL, supplier(BRP): FULL},
        ),
        # AGGREGATION: told only where it overlaps a supply of the parent; the supplier does not see the aggregator.
        ("CREATE", AGGREGATION, facts(FLEXIBLE_POINT, AGGREGATION), AGR, {}),
        (
            "CREATE",
            AGGREGATION,
            facts(FLEXIBLE_POINT, AGGREGATION, replace(BAKERY_SUPPLY, valid_to=day("2024-06-01"))),
            AGR,
            {},
        ),
        (
            "CREATE",
            AGGREGATION,
            facts(FLEXIBLE_POINT, AGGREGATION, BAKERY_SUPPLY),
            AGR,
            {
                operator(GO): FULL,
                supplier(OS2): View(customer=True, provider=False),
                supplier(OS): FULL,
                supplier(BRP): FULL,
            },
        ),
        (
            "DELETE_BC_GRID_DELETE",
            AGGREGATION,
            facts(FLEXIBLE_POINT, AGGREGATION),
            GO,
            {AGGREGATOR: FULL, supplier(OS): FULL, supplier(BRP): FULL},
        ),
        # Between parties: the other party, and the provider's chain.
        ("CREATE", CHAINS[1], facts(None), OS, {supplier(OS2): FULL, supplier(BRP): FULL}),
        (
            "CREATE",
            agreement("NAMED_SUPPLIER", NS, GO),
            facts(None, chains=[agreement("PORTFOLIO_SUPPLIER", BRP, NS)]),
            GO,
            {supplier(NS): FULL, supplier(BRP): FULL},
        ),
        ("CREATE", agreement("JOINT_INVOICE", STRANGER, GO2), facts(None), GO2, {supplier(STRANGER): FULL}),
        # The hub's own: told to all who are entitled, the one who set them off among them.
        ("CREATE", SERVICE, facts(HOUSE_POINT, SERVICE), GO, {supplier(NS): FULL, operator(GO): FULL}),
        ("CREATE", OWN_SERVICE, facts(HOUSE_POINT, OWN_SERVICE), GO, {operator(GO): FULL, supplier(BRP): PARTIAL}),
        (
            "CREATE_BC_PORTFOLIO_SUPPLIER_CREATE",
            agreement("BORDER_SUPPLY", OS, GO2, point=BORDER),
            facts(BORDER_POINT),
            OS,
            {supplier(OS): FULL, supplier(BRP): FULL, operator(GO2): FULL, operator(GO): FULL},
        ),
    ],
)
def test_an_agreement_is_told(reason, fact, known, sender, expected) -> None:
    assert told(reason, fact, known, sender=sender) == expected


def test_another_supplier_with_the_same_customer_sees_the_customer_but_not_the_supplier() -> None:
    # The supplier's own portfolio provider also supplies the customer later: the widest view counts.
    later = agreement("SUPPLY", STRANGER, point=HOUSE, since="2026-07-01")
    grid = told("UPDATE", GRID, facts(HOUSE_POINT, GRID, SUPPLY, later), sender=GO)
    assert grid[supplier(STRANGER)] == FULL
    other_customer = replace(later, customer_eic="38X-AVP-ILS600CI")
    assert told("UPDATE", GRID, facts(HOUSE_POINT, GRID, other_customer), sender=GO)[supplier(STRANGER)] == PARTIAL


def test_customers_without_a_market_role_are_no_recipients() -> None:
    assert all(recipient.participant_eic != MARI for recipient in told("UPDATE", GRID, facts(HOUSE_POINT), sender=GO))
