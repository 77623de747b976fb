"""Who is told of a network bill: suppliers and general services of its period, their chains, never the sender."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datahub.market import Role
from datahub.periods import Period
from distribution.rules.bills import share_out, told_of_bill
from distribution.rules.facts import Recipient
from tests.distribution.market import (
    AGR,
    BAKERY,
    BAKERY_POINT,
    BRP,
    CHAINS,
    FLEXIBLE,
    GO,
    HOUSE,
    HOUSE_POINT,
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

APRIL = Period(day("2026-04-01"), day("2026-05-01"))
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("since", "until", "is_told"),
    [
        ("2026-04-01", "2026-05-01", True),
        ("2024-01-01", None, True),
        ("2026-04-10", "2026-04-11", True),
        ("2026-04-30", None, True),
        ("2026-05-01", None, False),
        ("2024-01-01", "2026-04-02", True),
        ("2024-01-01", "2026-04-01", False),
    ],
)
@pytest.mark.parametrize("kind", ["SUPPLY", "GENERAL_SERVICE"])
def test_the_provider_is_told_if_its_agreement_overlaps(
    kind: str, since: str, until: str | None, is_told: bool
) -> None:
    stood = agreement(kind, STRANGER, point=HOUSE, since=since, until=until)
    told = told_of_bill(facts(HOUSE_POINT, stood), APRIL, sender_eic=GO)
    assert told == ({supplier(STRANGER)} if is_told else set())


@pytest.mark.parametrize(("shift", "is_told"), [(SECOND, True), (timedelta(0), False)])
def test_the_overlap_is_exact(shift: timedelta, is_told: bool) -> None:
    stood = agreement("SUPPLY", STRANGER, point=HOUSE, until="2026-04-01", valid_to=APRIL.start + shift)
    assert bool(told_of_bill(facts(HOUSE_POINT, stood), APRIL, sender_eic=GO)) == is_told


@pytest.mark.parametrize("change", ["2026-04-10", "2026-03-29", "2025-10-26"])
def test_a_bill_over_a_change_of_supplier_goes_to_both(change: str) -> None:
    old = agreement("SUPPLY", STRANGER, point=HOUSE, until=change)
    new = agreement("SUPPLY", NS, point=HOUSE, since=change)
    at = day(change)
    over = told_of_bill(facts(HOUSE_POINT, old, new), Period(at - SECOND, at + SECOND), sender_eic=GO)
    assert over == {supplier(STRANGER), supplier(NS)}
    assert told_of_bill(facts(HOUSE_POINT, old, new), Period(at - SECOND, at), sender_eic=GO) == {supplier(STRANGER)}
    assert told_of_bill(facts(HOUSE_POINT, old, new), Period(at, at + SECOND), sender_eic=GO) == {supplier(NS)}


@pytest.mark.parametrize("kind", ["GRID", "BORDER_SUPPLY", "BORDER_GRID"])
def test_other_agreements_of_the_point_tell_nobody(kind: str) -> None:
    stood = agreement(kind, STRANGER, point=HOUSE)
    assert told_of_bill(facts(HOUSE_POINT, stood), APRIL, sender_eic=GO) == set()


def test_an_aggregator_is_told_of_no_bill() -> None:
    stood = agreement("AGGREGATION", AGR, point=FLEXIBLE)
    supply = agreement("SUPPLY", STRANGER, point=BAKERY)
    assert told_of_bill(facts(BAKERY_POINT, stood, supply), APRIL, sender_eic=GO) == {supplier(STRANGER)}


def test_every_level_of_a_chain_is_told() -> None:
    stood = agreement("SUPPLY", OS2, point=HOUSE)
    told = told_of_bill(facts(HOUSE_POINT, stood), APRIL, sender_eic=GO)
    assert told == {supplier(OS2), supplier(OS), supplier(BRP)}


@pytest.mark.parametrize(
    ("supply", "chain", "is_told"),
    [
        (("2024-01-01", None), ("2026-04-30", None), True),
        (("2024-01-01", None), ("2026-05-01", None), False),
        (("2024-01-01", None), ("2024-01-01", "2026-04-01"), False),
        (("2024-01-01", None), ("2024-01-01", "2026-04-02"), True),
        # The chain overlaps the bill, and the agreement too, but not each other.
        (("2026-04-10", None), ("2024-01-01", "2026-04-10"), False),
        (("2026-04-10", None), ("2024-01-01", "2026-04-11"), True),
        (("2024-01-01", "2026-04-10"), ("2026-04-10", None), False),
    ],
)
def test_a_chain_is_read_in_the_agreements_part_of_the_period(
    supply: tuple[str, str | None], chain: tuple[str, str | None], is_told: bool
) -> None:
    stood = agreement("SUPPLY", NS, point=HOUSE, since=supply[0], until=supply[1])
    above = agreement("PORTFOLIO_SUPPLIER", STRANGER, NS, since=chain[0], until=chain[1])
    told = told_of_bill(facts(HOUSE_POINT, stood, chains=[above]), APRIL, sender_eic=GO)
    assert (supplier(STRANGER) in told) == is_told


def test_a_chain_whose_links_never_hold_together_tells_nobody_above() -> None:
    stood = agreement("SUPPLY", OS2, point=HOUSE)
    chains = [
        agreement("PORTFOLIO_SUPPLIER", OS, OS2, until="2026-04-10"),
        agreement("PORTFOLIO_SUPPLIER", BRP, OS, since="2026-04-10"),
    ]
    assert told_of_bill(facts(HOUSE_POINT, stood, chains=chains), APRIL, sender_eic=GO) == {
        supplier(OS2),
        supplier(OS),
    }


def test_an_operator_that_provides_the_general_service_is_the_sender_and_its_chain_is_told() -> None:
    stood = agreement("GENERAL_SERVICE", GO, point=HOUSE, service_provider_role=Role.GRID_OPERATOR)
    assert told_of_bill(facts(HOUSE_POINT, stood), APRIL, sender_eic=GO) == {supplier(BRP)}
    # Another participant that saved it would tell the operator too.
    assert operator(GO) in told_of_bill(facts(HOUSE_POINT, stood), APRIL, sender_eic=OS2)


def test_the_sender_is_told_in_none_of_its_roles() -> None:
    stood = agreement("SUPPLY", OS2, point=HOUSE)
    assert told_of_bill(facts(HOUSE_POINT, stood), APRIL, sender_eic=OS) == {supplier(OS2), supplier(BRP)}


def test_bills_are_split_by_bill_and_who_gets_the_same_shares_one_content() -> None:
    old = agreement("SUPPLY", OS2, point=HOUSE, until="2026-04-10")
    new = agreement("SUPPLY", STRANGER, point=HOUSE, since="2026-04-10")
    march = Period(day("2026-03-01"), day("2026-04-01"))
    may = Period(day("2026-05-01"), day("2026-06-01"))
    shares = share_out(facts(HOUSE_POINT, old, new), [march, APRIL, may], sender_eic=GO)
    assert shares == [
        ([0, 1], sorted([supplier(OS2), supplier(OS), supplier(BRP)])),
        ([1, 2], [supplier(STRANGER)]),
    ]


def test_nobody_gets_an_empty_content() -> None:
    assert share_out(facts(HOUSE_POINT), [APRIL], sender_eic=GO) == []
    late = agreement("SUPPLY", OS2, point=HOUSE, since="2026-05-01")
    assert share_out(facts(HOUSE_POINT, late, chains=CHAINS), [APRIL], sender_eic=GO) == []


def test_a_recipient_stands_once_however_many_grounds_it_has() -> None:
    first = agreement("SUPPLY", OS, point=HOUSE, until="2026-04-10")
    then = agreement("SUPPLY", OS2, point=HOUSE, since="2026-04-10")
    ((places, recipients),) = share_out(facts(HOUSE_POINT, first, then), [APRIL], sender_eic=GO)
    assert places == [0]
    assert recipients == sorted({Recipient(*supplier(eic)) for eic in (OS, OS2, BRP)})


_NAMES = [OS, OS2, BRP, NS, STRANGER]
_SPANS = st.integers(1, 29).flatmap(lambda start: st.tuples(st.just(start), st.integers(start + 1, 30)))


def _days(span: tuple[int, int]) -> dict[str, str]:
    return {"since": f"2026-04-{span[0]:02}", "until": f"2026-04-{span[1]:02}"}


@settings(max_examples=200, deadline=None)
@given(
    supplies=st.lists(st.tuples(st.sampled_from(["SUPPLY", "GENERAL_SERVICE"]), st.sampled_from(_NAMES), _SPANS)),
    chains=st.lists(st.tuples(st.sampled_from(_NAMES), st.sampled_from(_NAMES), _SPANS), max_size=8),
    billed=_SPANS,
    sender=st.sampled_from(_NAMES),
)
def test_those_are_told_who_on_some_day_of_the_bill_supply_or_stand_above_who_does(
    supplies: list[Any], chains: list[Any], billed: tuple[int, int], sender: str
) -> None:
    """Chains of any form, circles among them; each day is looked at by itself, link by link."""
    stood = [agreement(kind, eic, point=HOUSE, **_days(span)) for kind, eic, span in supplies]
    links = [agreement("PORTFOLIO_SUPPLIER", above, below, **_days(span)) for above, below, span in chains]
    expected: set[str] = set()
    for number in range(*billed):
        reached = {eic for _, eic, span in supplies if span[0] <= number < span[1]}
        while True:
            more = {above for above, below, span in chains if below in reached and span[0] <= number < span[1]}
            if more <= reached:
                break
            reached |= more
        expected |= reached
    period = Period(*(day(text) for text in _days(billed).values()))
    told = told_of_bill(facts(HOUSE_POINT, *stood, chains=links), period, sender_eic=sender)
    assert told == {supplier(eic) for eic in expected - {sender}}
