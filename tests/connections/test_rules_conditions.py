"""The windows of the three agreements, to the second: both edges, clock changes, 29 February, ends of months."""

from datetime import UTC, datetime, timedelta

import pytest

from connections.rules.conditions import Asked, Condition, Standing, check, condition_faults
from datahub.market import AgreementType, Commodity
from datahub.market_time import TALLINN
from datahub.periods import Period

SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)
LONG_AGO = datetime(2015, 1, 1, tzinfo=UTC)
ASKED = Asked("supplier", "operator", "point", "customer", Commodity.ELECTRICITY)
ALL = [AgreementType.JOINT_INVOICE, AgreementType.SUPPLY, AgreementType.GRID]
NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)


def local(text: str) -> datetime:
    """Read a wall time of Tallinn."""
    return datetime.fromisoformat(text).replace(tzinfo=TALLINN).astimezone(UTC)


def standing(*kinds: AgreementType, start: datetime = LONG_AGO, end: datetime | None = None) -> list[Standing]:
    return [Standing(kind, Period(start, end)) for kind in kinds]


def missing(agreements: list[Standing], now: datetime = NOW) -> list[str]:
    return [one.condition for one in check(agreements, now=now) if not one.holds]


# The moment, and the wall time six months and twelve months before it, which is the earliest end that counts.
EDGES = [
    ("2026-05-04T13:00:00", "2025-11-04T13:00:00", "2025-05-04T13:00:00"),
    # Summer time began in between, or ended: the wall time counts, not the hours.
    ("2026-03-29T04:00:00", "2025-09-29T04:00:00", "2025-03-29T04:00:00"),
    ("2026-04-29T03:30:00", "2025-10-29T03:30:00", "2025-04-29T03:30:00"),
    ("2026-10-25T03:30:00", "2026-04-25T03:30:00", "2025-10-25T03:30:00"),
    ("2026-10-25T12:00:00", "2026-04-25T12:00:00", "2025-10-25T12:00:00"),
    ("2026-03-29T00:00:00", "2025-09-29T00:00:00", "2025-03-29T00:00:00"),
    # 29 February: a year before it is the 28th, and half a year behind its month's end is the 29th where there is one.
    ("2024-02-29T13:00:00", "2023-08-29T13:00:00", "2023-02-28T13:00:00"),
    ("2025-02-28T13:00:00", "2024-08-28T13:00:00", "2024-02-28T13:00:00"),
    ("2024-08-31T13:00:00", "2024-02-29T13:00:00", "2023-08-31T13:00:00"),
    # Ends of months: 31 August, 28 February.
    ("2026-08-31T13:00:00", "2026-02-28T13:00:00", "2025-08-31T13:00:00"),
    ("2026-08-31T00:00:00", "2026-02-28T00:00:00", "2025-08-31T00:00:00"),
    ("2027-02-28T13:00:00", "2026-08-28T13:00:00", "2026-02-28T13:00:00"),
    ("2026-12-31T23:59:59", "2026-06-30T23:59:59", "2025-12-31T23:59:59"),
    ("2026-05-31T13:00:00", "2025-11-30T13:00:00", "2025-05-31T13:00:00"),
]


@pytest.mark.parametrize(("now", "half_a_year", "a_year"), EDGES)
def test_an_end_counts_to_the_very_instant(now: str, half_a_year: str, a_year: str) -> None:
    moment = local(now)
    for kind, earliest in (
        (AgreementType.JOINT_INVOICE, local(half_a_year)),
        (AgreementType.SUPPLY, local(a_year)),
        (AgreementType.GRID, local(a_year)),
    ):
        others = standing(*(other for other in ALL if other != kind))
        for late, expected in ((timedelta(0), []), (SECOND, []), (-MICROSECOND, [kind]), (-SECOND, [kind])):
            # Without the supply the grid agreement is told as missing too.
            expected_too = [Condition.GRID] if expected == [AgreementType.SUPPLY] else []
            assert missing([*others, *standing(kind, end=earliest + late)], moment) == [*expected, *expected_too], late


def test_at_the_hour_that_comes_twice_an_end_counts_by_its_own_hour() -> None:
    """Of 25 October 2026 03:30 there are two; six months before both it was 03:30 once."""
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    end = local("2026-04-25T03:30:00")
    for now in (first, second):
        assert missing([*standing(*ALL[1:]), *standing(AgreementType.JOINT_INVOICE, end=end)], now) == []
        early = standing(AgreementType.JOINT_INVOICE, end=end - SECOND)
        assert missing([*standing(*ALL[1:]), *early], now) == [Condition.JOINT_INVOICE]


@pytest.mark.parametrize("kind", ALL)
def test_an_agreement_counts_from_its_very_start(kind: AgreementType) -> None:
    others = standing(*(other for other in ALL if other != kind))
    for start, holds in ((NOW, True), (NOW - MICROSECOND, True), (NOW + MICROSECOND, False), (NOW + SECOND, False)):
        found = missing([*others, *standing(kind, start=start)])
        assert (kind not in found) == holds


@pytest.mark.parametrize(
    ("there", "told"),
    [
        (ALL, []),
        ([AgreementType.SUPPLY, AgreementType.GRID], ["JOINT_INVOICE"]),
        ([AgreementType.JOINT_INVOICE, AgreementType.SUPPLY], ["GRID"]),
        # Whoever has no supply there learns nothing of the operator's agreement with the customer.
        ([AgreementType.JOINT_INVOICE, AgreementType.GRID], ["SUPPLY", "GRID"]),
        ([AgreementType.JOINT_INVOICE], ["SUPPLY", "GRID"]),
        ([AgreementType.GRID], ["JOINT_INVOICE", "SUPPLY", "GRID"]),
        ([AgreementType.SUPPLY], ["JOINT_INVOICE", "GRID"]),
        ([], ["JOINT_INVOICE", "SUPPLY", "GRID"]),
    ],
)
def test_all_that_are_missing_are_told_at_once(there: list[AgreementType], told: list[str]) -> None:
    held = check(standing(*there), now=NOW)
    assert [one.condition for one in held] == list(Condition)
    assert [one.condition for one in held if not one.holds] == told
    names = {
        "JOINT_INVOICE": "missing-agreement-between-go-and-os",
        "SUPPLY": "missing-agreement-between-os-and-cust",
        "GRID": "missing-agreement-between-go-and-cust",
    }
    faults = condition_faults(held, ASKED, path="asked")
    assert [found.code.name for found in faults] == [f"opp.error.business.{names[one]}" for one in told]
    fields = {"JOINT_INVOICE": "asked.serviceProviderEic", "SUPPLY": "asked.customerEic", "GRID": "asked.customerEic"}
    assert [found.args[0] for found in faults] == [fields[one] for one in told]


def test_the_words_of_a_missing_grid_agreement_do_not_tell_whether_there_is_one() -> None:
    hidden = condition_faults(check(standing(AgreementType.GRID), now=NOW), ASKED, path="asked")
    truly = condition_faults(check([], now=NOW), ASKED, path="asked")
    assert hidden == truly
    held = check(standing(AgreementType.GRID), now=NOW)[-1]
    assert (held.period, held.until) == (None, None)


@pytest.mark.parametrize(
    ("kind", "end", "until"),
    [
        (AgreementType.JOINT_INVOICE, "2026-03-01T00:00:00", "2026-09-01T00:00:00"),
        (AgreementType.JOINT_INVOICE, "2025-12-31T13:00:00", "2026-07-01T00:00:00"),
        # Six months behind 31 August there is no such day: all of February lies no more than six months behind it.
        (AgreementType.JOINT_INVOICE, "2026-08-31T00:00:00", "2027-03-01T00:00:00"),
        (AgreementType.SUPPLY, "2026-03-01T00:00:00", "2027-03-01T00:00:00"),
        (AgreementType.GRID, "2024-02-29T00:00:00", "2025-03-01T00:00:00"),
        (AgreementType.GRID, "2026-03-29T00:00:00", "2027-03-29T00:00:00"),
    ],
)
def test_until_when_an_agreement_that_ends_will_do(kind: AgreementType, end: str, until: str) -> None:
    others = standing(*(other for other in ALL if other != kind))
    agreements = [*others, *standing(kind, end=local(end))]
    (held,) = [one for one in check(agreements, now=local(end)) if one.condition == kind]
    assert (held.holds, held.until) == (True, local(until))
    assert missing(agreements, local(until) - SECOND) == []
    assert kind in missing(agreements, local(until) + SECOND)


def test_of_several_agreements_the_one_that_goes_on_longest_is_named() -> None:
    ends = [NOW - timedelta(days=100), NOW + timedelta(days=5), NOW - timedelta(days=9)]
    agreements = [one for end in ends for one in standing(AgreementType.SUPPLY, end=end)]
    (held,) = [one for one in check(agreements, now=NOW) if one.condition == Condition.SUPPLY]
    assert held.period == Period(LONG_AGO, ends[1])
    (held,) = [
        one
        for one in check([*agreements, *standing(AgreementType.SUPPLY)], now=NOW)
        if one.condition == Condition.SUPPLY
    ]
    assert (held.period, held.until) == (Period(LONG_AGO, None), None)
