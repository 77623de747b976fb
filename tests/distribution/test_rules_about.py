"""Whose data a message tells and on which ground, row by row."""

from dataclasses import replace
from datetime import timedelta

import pytest

from datahub.agreements.facts import AgreementFact
from datahub.market import AgreementType, Role, SourceType
from datahub.periods import Period
from distribution.rules.about import (
    About,
    Part,
    about_agreement,
    about_customer,
    about_permission,
    about_point,
    about_times,
    customer_parts,
    grounds_of,
)
from distribution.rules.customers import Provider
from distribution.rules.facts import Facts, PointFact, Recipient
from distribution.rules.recipients import AgreementChange
from tests.distribution.market import (
    AGGREGATOR,
    AGR,
    BAKERY,
    BAKERY_POINT,
    BORDER,
    BORDER_POINT,
    BRP,
    FLEXIBLE,
    FLEXIBLE_POINT,
    GO,
    GO2,
    HOUSE,
    HOUSE_POINT,
    MARI,
    NOW,
    OS,
    OS2,
    agreement,
    day,
    facts,
    operator,
    supplier,
)

JAAN, ANU = "38X-AVP-JAAN----", "38X-AVP-ANU-----"
OWNERSHIP, AGREEMENT, BALANCE = SourceType.OWNERSHIP, SourceType.AGREEMENT, SourceType.BALANCE_STATE
MAY = Period(day("2026-05-01"), day("2026-06-01"))


def grid(customer: str, since: str = "2024-06-01", until: str | None = None, point: str = HOUSE) -> AgreementFact:
    return agreement("GRID", GO, customer, point, since, until, customer_role="")


def of_may(since: str, until: str) -> Period:
    return Period(day(f"2026-05-{since}"), day(f"2026-05-{until}"))


# --- whose it is --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agreements", "parts"),
    [
        # One customer has all of it, to the very instant.
        ([grid(MARI, "2026-05-01", "2026-06-01")], [Part(MARI, MAY)]),
        ([grid(MARI)], [Part(MARI, MAY)]),
        # One who left as the time begins, and one who comes as it ends, have nothing of it.
        ([grid(MARI, until="2026-05-01")], []),
        ([grid(MARI, "2026-06-01")], []),
        ([grid(MARI, until="2026-05-02")], [Part(MARI, of_may("01", "02"))]),
        # Two customers, with days between them that were nobody's.
        (
            [grid(MARI, until="2026-05-10"), grid(JAAN, "2026-05-20")],
            [Part(MARI, of_may("01", "10")), Part(JAAN, Period(day("2026-05-20"), MAY.end))],
        ),
        # Suppliers' agreements make nobody a point's customer, nor do those of other points.
        ([agreement("SUPPLY", OS2, point=HOUSE)], []),
        ([grid(MARI, point=BAKERY)], []),
    ],
)
def test_readings_and_bills_belong_to_the_customer_of_their_time(
    agreements: list[AgreementFact], parts: list[Part]
) -> None:
    assert customer_parts(facts(HOUSE_POINT, *agreements), [MAY]) == parts


@pytest.mark.parametrize(
    ("point", "standing", "customer"),
    [
        (BORDER_POINT, agreement("BORDER_GRID", GO, GO2, BORDER), GO2),
        (FLEXIBLE_POINT, agreement("AGGREGATION", AGR, ANU, FLEXIBLE, customer_role=""), ANU),
    ],
)
def test_at_a_border_and_under_a_point_too(point: PointFact, standing: AgreementFact, customer: str) -> None:
    assert customer_parts(facts(point, standing), [MAY]) == [Part(customer, MAY)]


def test_the_parents_customer_has_no_readings_of_an_aggregation_point_without_an_aggregation() -> None:
    assert customer_parts(facts(FLEXIBLE_POINT, grid(MARI, point=BAKERY)), [MAY]) == []


@pytest.mark.parametrize(
    ("point", "agreements", "customers"),
    [
        (HOUSE_POINT, [grid(MARI)], [MARI]),
        (HOUSE_POINT, [grid(MARI, until="2026-05-15"), grid(JAAN, "2026-05-15")], [JAAN]),
        # One that has left and one to come are not its customers at the save.
        (HOUSE_POINT, [grid(MARI, until="2026-05-15"), grid(JAAN, "2026-05-16")], []),
        (BORDER_POINT, [agreement("BORDER_GRID", GO, GO2, BORDER)], [GO2]),
        (FLEXIBLE_POINT, [agreement("AGGREGATION", AGR, ANU, FLEXIBLE), grid(MARI, point=BAKERY)], [ANU]),
        (FLEXIBLE_POINT, [grid(MARI, point=BAKERY)], [MARI]),
        (FLEXIBLE_POINT, [], []),
    ],
)
def test_a_point_belongs_to_its_customer_at_the_save(
    point: PointFact, agreements: list[AgreementFact], customers: list[str]
) -> None:
    told = about_point(facts(point, *agreements), [supplier(OS)])
    assert [about.customer_eic for about in told] == customers
    assert {(about.point_eic, about.covers) for about in told} <= {(point.eic, None)}


# --- on which ground ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("owning", "agreed", "ground"),
    [
        ([], [], BALANCE),
        ([], [supplier(OS)], AGREEMENT),
        ([supplier(OS)], [], OWNERSHIP),
        ([supplier(OS)], [supplier(OS)], OWNERSHIP),
        ([operator(OS)], [Recipient(OS, Role.OPEN_SUPPLIER, "NATURAL_GAS"), supplier(OS2)], BALANCE),
    ],
)
def test_of_several_grounds_the_widest_counts_in_the_very_role_and_commodity(
    owning: list[Recipient], agreed: list[Recipient], ground: SourceType
) -> None:
    assert grounds_of([supplier(OS)], owning=owning, agreed=agreed) == {supplier(OS): ground}


def times(known: Facts, *told: Part) -> dict[str, tuple[Period | None, dict[str, SourceType]]]:
    recipients = [supplier(OS2), supplier(OS), supplier(BRP)]
    return {
        about.customer_eic: (about.covers, {one.participant_eic: ground for one, ground in about.grounds.items()})
        for about in about_times(known, told, recipients)
    }


def test_a_supplier_is_told_of_readings_by_agreement_and_its_chain_by_its_portfolio() -> None:
    known = facts(HOUSE_POINT, grid(MARI), agreement("SUPPLY", OS2, point=HOUSE))
    assert times(known, Part(MARI, MAY)) == {MARI: (MAY, {OS2: AGREEMENT, OS: BALANCE, BRP: BALANCE})}


def test_the_ground_is_that_of_each_customers_own_time() -> None:
    """OS supplies Mari, and Jaan only through its portfolio."""
    known = facts(
        HOUSE_POINT,
        grid(MARI, until="2026-05-10"),
        grid(JAAN, "2026-05-10"),
        agreement("SUPPLY", OS, MARI, HOUSE, until="2026-05-10"),
        agreement("SUPPLY", OS2, JAAN, HOUSE, since="2026-05-10", customer_role=""),
    )
    first, last = of_may("01", "10"), Period(day("2026-05-10"), MAY.end)
    assert times(known, Part(MARI, first), Part(JAAN, last)) == {
        MARI: (first, {OS2: BALANCE, OS: AGREEMENT, BRP: BALANCE}),
        JAAN: (last, {OS2: AGREEMENT, OS: BALANCE, BRP: BALANCE}),
    }


def test_several_parts_of_one_customers_time_make_one_from_the_first_to_the_last() -> None:
    known = facts(HOUSE_POINT, grid(MARI))
    told = times(known, Part(MARI, of_may("20", "21")), Part(MARI, of_may("02", "04")), Part(MARI, of_may("03", "05")))
    assert told[MARI][0] == of_may("02", "21")


def test_an_aggregator_and_the_parents_operator_are_no_portfolio() -> None:
    below = agreement("AGGREGATION", AGR, MARI, FLEXIBLE)
    known = facts(BAKERY_POINT, grid(MARI, point=BAKERY), below)
    (about,) = about_times(known, [Part(MARI, MAY)], [AGGREGATOR, supplier(OS)])
    assert about.grounds == {AGGREGATOR: AGREEMENT, supplier(OS): BALANCE}
    saved = AgreementChange("CREATE", False, None, below)
    (about,) = about_agreement(saved, facts(FLEXIBLE_POINT, below), [operator(GO), AGGREGATOR, supplier(OS)])
    assert about == About(MARI, FLEXIBLE, {operator(GO): OWNERSHIP, AGGREGATOR: OWNERSHIP, supplier(OS): BALANCE}, None)


def test_an_agreement_is_about_its_own_customer() -> None:
    """Whoever has or had an agreement beside it is told by agreement; the customer at the point now has no part."""
    deleted = agreement("SUPPLY", OS2, JAAN, HOUSE, until="2026-05-01", customer_role="")
    known = facts(HOUSE_POINT, grid(MARI, "2026-05-02"), agreement("SUPPLY", OS, MARI, HOUSE, since="2026-06-01"))
    change = AgreementChange("DELETE", True, deleted, None)
    (about,) = about_agreement(change, known, [operator(GO), supplier(OS2), supplier(OS), supplier(BRP)])
    assert (about.customer_eic, about.point_eic) == (JAAN, HOUSE)
    assert about.grounds == {
        operator(GO): OWNERSHIP,
        supplier(OS2): AGREEMENT,
        supplier(OS): AGREEMENT,
        supplier(BRP): BALANCE,
    }


def test_one_that_had_an_agreement_there_long_ago_is_told_by_its_portfolio() -> None:
    known = facts(HOUSE_POINT, grid(MARI), agreement("SUPPLY", OS, point=HOUSE, until="2025-01-01"))
    new = agreement("SUPPLY", OS2, point=HOUSE, since="2026-06-01")
    (about,) = about_agreement(AgreementChange("CREATE", False, None, new), known, [supplier(OS)])
    assert about.grounds == {supplier(OS): BALANCE}
    (about,) = about_point(known, [supplier(OS)])
    assert about.grounds == {supplier(OS): BALANCE}


@pytest.mark.parametrize("kind", ["PORTFOLIO_SUPPLIER", "NAMED_SUPPLIER", "JOINT_INVOICE"])
def test_an_agreement_without_a_point_is_of_no_customers_data(kind: str) -> None:
    change = AgreementChange("CREATE", False, None, agreement(kind, BRP, GO))
    assert about_agreement(change, facts(None), [operator(GO)]) == []


def test_an_operator_in_an_agreement_at_the_border_is_told_as_a_party_of_it() -> None:
    border = agreement("BORDER_SUPPLY", OS, GO2, BORDER)
    known = facts(BORDER_POINT, agreement("BORDER_GRID", GO, GO2, BORDER), border)
    (about,) = about_agreement(AgreementChange("CREATE", True, None, border), known, [operator(GO2), operator(GO)])
    assert (about.customer_eic, about.grounds) == (GO2, {operator(GO2): AGREEMENT, operator(GO): OWNERSHIP})


def test_a_customers_own_data_is_of_no_point() -> None:
    until = NOW + timedelta(days=1)
    providers = [
        Provider(AgreementType.GRID, operator(GO), None),
        Provider(AgreementType.SUPPLY, supplier(OS), until),
        Provider(AgreementType.GENERAL_SERVICE, supplier(OS2), None),
    ]
    (about,) = about_customer(MARI, iter(providers), [operator(GO), supplier(OS), supplier(OS2)])
    assert about == About(
        MARI, None, {operator(GO): OWNERSHIP, supplier(OS): AGREEMENT, supplier(OS2): AGREEMENT}, None
    )


def test_an_authorization_is_told_on_its_own_ground() -> None:
    (about,) = about_permission(MARI, HOUSE, "an id", [supplier(OS)])
    assert about == About(MARI, HOUSE, {supplier(OS): SourceType.PERMISSION}, None, "an id")


def test_an_open_agreement_and_a_closed_one_differ_at_the_end_alone() -> None:
    closed = replace(grid(MARI), valid_to=MAY.end)
    assert customer_parts(facts(HOUSE_POINT, closed), [Period(MAY.start, None)]) == [Part(MARI, MAY)]
