"""Readings are cut to the periods of each recipient's own agreements, and along every chain."""

from datetime import datetime, timedelta

import pytest

from datahub.periods import Period
from distribution.rules.readings import Share, entitled_to_readings, share_out
from tests.distribution.market import (
    AGGREGATOR,
    AGR,
    BAKERY,
    BAKERY_POINT,
    BRP,
    FLEXIBLE,
    FLEXIBLE_POINT,
    GO,
    HOUSE,
    HOUSE_POINT,
    OS,
    OS2,
    STRANGER,
    agreement,
    day,
    facts,
    operator,
    supplier,
)

FIRST, SECOND = "2026-05-10", "2026-05-11"


def span(since: str, until: str) -> Period:
    return Period(day(since), day(until))


def noon(text: str) -> datetime:
    return day(text) + timedelta(hours=12)


def test_with_one_supplier_all_of_its_chain_sees_the_whole_span() -> None:
    whole = span(FIRST, SECOND)
    seen = entitled_to_readings(facts(HOUSE_POINT, agreement("SUPPLY", OS2, point=HOUSE)), whole, sender_eic=GO)
    assert seen == dict.fromkeys([supplier(OS2), supplier(OS), supplier(BRP)], (whole,))


@pytest.mark.parametrize("changed", ["2026-05-10", "2026-03-29", "2026-10-25"])
def test_a_supplier_change_inside_the_span_cuts_it_and_the_common_provider_sees_all(changed: str) -> None:
    start, end = day(changed) - timedelta(days=1), day(changed) + timedelta(days=2)
    suppliers = [
        agreement("SUPPLY", OS2, point=HOUSE, until=changed),
        agreement("SUPPLY", OS, point=HOUSE, since=changed),
    ]
    seen = entitled_to_readings(facts(HOUSE_POINT, *suppliers), Period(start, end), sender_eic=GO)
    assert seen == {
        supplier(OS2): (Period(start, day(changed)),),
        # In whose portfolio OS2 stands: its own turn, and that of OS2 through the chain.
        supplier(OS): (Period(start, end),),
        supplier(BRP): (Period(start, end),),
    }


def test_a_chain_gives_the_intersection_of_all_its_periods_and_several_grounds_their_union() -> None:
    supply = agreement("SUPPLY", OS2, point=HOUSE, since="2026-05-02", until="2026-05-20")
    chains = [
        agreement("PORTFOLIO_SUPPLIER", OS, OS2, since="2026-05-04", until="2026-05-06"),
        agreement("PORTFOLIO_SUPPLIER", OS, OS2, since="2026-05-10"),
        agreement("PORTFOLIO_SUPPLIER", BRP, OS, since="2026-05-05", until="2026-05-12"),
    ]
    seen = entitled_to_readings(
        facts(HOUSE_POINT, supply, chains=chains), span("2026-05-01", "2026-05-31"), sender_eic=GO
    )
    assert seen == {
        supplier(OS2): (span("2026-05-02", "2026-05-20"),),
        supplier(OS): (span("2026-05-04", "2026-05-06"), span("2026-05-10", "2026-05-20")),
        supplier(BRP): (span("2026-05-05", "2026-05-06"), span("2026-05-10", "2026-05-12")),
    }


def test_who_has_nothing_in_the_span_and_who_sent_it_is_not_told() -> None:
    past = agreement("SUPPLY", STRANGER, point=HOUSE, since="2024-01-01", until=FIRST)
    own = agreement("GENERAL_SERVICE", GO, point=HOUSE, since=FIRST, service_provider_role="GRID_OPERATOR")
    seen = entitled_to_readings(facts(HOUSE_POINT, past, own), span(FIRST, SECOND), sender_eic=GO)
    assert seen == {supplier(BRP): (span(FIRST, SECOND),)}
    assert operator(GO) not in seen


def test_aggregators_see_the_parent_and_the_parents_supplier_sees_the_aggregation_point() -> None:
    known = [agreement("AGGREGATION", AGR, point=FLEXIBLE, until=SECOND), agreement("SUPPLY", BRP, point=BAKERY)]
    days = span(FIRST, "2026-05-12")
    on_parent = entitled_to_readings(facts(BAKERY_POINT, *known), days, sender_eic=GO)
    assert on_parent[AGGREGATOR] == (span(FIRST, SECOND),)
    assert on_parent[supplier(BRP)] == (days,)
    below = entitled_to_readings(facts(FLEXIBLE_POINT, *known), days, sender_eic=AGR)
    assert below == {supplier(BRP): (days,)}


def test_shares_are_sorted_by_who_sees_exactly_what() -> None:
    whole, half = span(FIRST, SECOND), Period(day(FIRST), noon(FIRST))
    groups = share_out(
        [
            (0, whole, {supplier(OS): (whole,), supplier(BRP): (whole,)}),
            (1, whole, {supplier(OS): (half,), supplier(BRP): (whole,)}),
            (2, whole, {supplier(OS): (whole,), supplier(BRP): (whole,)}),
        ]
    )
    assert dict(groups) == {
        frozenset({supplier(OS), supplier(BRP)}): [Share(0, None), Share(2, None)],
        frozenset({supplier(OS)}): [Share(1, (half,))],
        frozenset({supplier(BRP)}): [Share(1, None)],
    }
