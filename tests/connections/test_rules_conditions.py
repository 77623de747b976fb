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
    """Read a wall time of Tallinn, or an instant where one is written."""
    read = datetime.fromisoformat(text)
    return (read if read.tzinfo else read.replace(tzinfo=TALLINN)).astimezone(UTC)


def standing(*kinds: AgreementType, start: datetime = LONG_AGO, end: datetime | None = None) -> list[Standing]:
    return [Standing(kind, Period(start, end)) for kind in kinds]


def missing(agreements: list[Standing], now: datetime = NOW) -> list[str]:
    return [one.condition for one in check(agreements, now=now) if not one.holds]


# An end, and until when it counts: six months later and twelve months later.
WINDOWS = [
    ("2025-11-04T13:00:00", "2026-05-04T13:00:00", "2026-11-04T13:00:00"),
    ("2025-11-04T00:00:00", "2026-05-04T00:00:00", "2026-11-04T00:00:00"),
    # Summer time began in between, or ended: the wall time counts, not the hours.
    ("2025-09-29T00:00:00", "2026-03-29T00:00:00", "2026-09-29T00:00:00"),
    ("2025-09-29T02:59:59.999999", "2026-03-29T02:59:59.999999", "2026-09-29T02:59:59.999999"),
    ("2025-09-29T04:00:00", "2026-03-29T04:00:00", "2026-09-29T04:00:00"),
    ("2026-04-25T12:00:00", "2026-10-25T12:00:00", "2027-04-25T12:00:00"),
    ("2025-10-25T12:00:00", "2026-04-25T12:00:00", "2026-10-25T12:00:00"),
    # The half hour that 29 March 2026 does not have: it is as long behind three o'clock as it would have been.
    ("2025-09-29T03:30:00", "2026-03-29T01:30:00Z", "2026-09-29T03:30:00"),
    ("2025-03-29T03:30:00", "2025-09-29T03:30:00", "2026-03-29T01:30:00Z"),
    # Of 25 October 2026 03:30 there are two: it counts until the first. Both of 26 October 2025 count alike.
    ("2026-04-25T03:30:00", "2026-10-25T00:30:00Z", "2027-04-25T03:30:00"),
    ("2025-10-25T03:30:00", "2026-04-25T03:30:00", "2026-10-25T00:30:00Z"),
    ("2025-10-26T00:30:00Z", "2026-04-26T03:30:00", "2026-10-26T03:30:00"),
    ("2025-10-26T01:30:00Z", "2026-04-26T03:30:00", "2026-10-26T03:30:00"),
    # 29 February: as the end, and as the day until which one counts.
    ("2024-02-29T13:00:00", "2024-08-29T13:00:00", "2025-02-28T13:00:00"),
    ("2024-02-29T00:00:00", "2024-08-29T00:00:00", "2025-02-28T00:00:00"),
    ("2023-02-28T13:00:00", "2023-08-28T13:00:00", "2024-02-28T13:00:00"),
    ("2023-08-29T13:00:00", "2024-02-29T13:00:00", "2024-08-29T13:00:00"),
    ("2023-08-31T13:00:00", "2024-02-29T13:00:00", "2024-08-31T13:00:00"),
    # Ends of months.
    ("2026-08-31T00:00:00", "2027-02-28T00:00:00", "2027-08-31T00:00:00"),
    ("2026-08-28T13:00:00", "2027-02-28T13:00:00", "2027-08-28T13:00:00"),
    ("2026-02-28T13:00:00", "2026-08-28T13:00:00", "2027-02-28T13:00:00"),
    ("2025-12-31T23:59:59", "2026-06-30T23:59:59", "2026-12-31T23:59:59"),
    ("2026-03-01T00:00:00", "2026-09-01T00:00:00", "2027-03-01T00:00:00"),
]
# What a clock may show behind an edge: a moment, hours, the last days of a month, a clock change, a leap day.
BEHIND = [MICROSECOND, SECOND, *(timedelta(minutes=30 * number) for number in range(1, 6 * 48)), timedelta(days=366)]


@pytest.mark.parametrize(("end", "half_a_year", "a_year"), WINDOWS)
@pytest.mark.parametrize("kind", ALL)
def test_a_window_closes_to_the_very_instant_and_for_good(
    kind: AgreementType, end: str, half_a_year: str, a_year: str
) -> None:
    until = local(half_a_year if kind == AgreementType.JOINT_INVOICE else a_year)
    agreements = [*standing(*(other for other in ALL if other != kind)), *standing(kind, end=local(end))]
    # Without the supply the grid agreement is told as missing too.
    told = [kind, AgreementType.GRID] if kind == AgreementType.SUPPLY else [kind]
    for back in (timedelta(0), *BEHIND):
        if back <= until - local(end):
            assert missing(agreements, until - back) == [], back
    for late in BEHIND:
        assert missing(agreements, until + late) == told, late
    (held,) = [one for one in check(agreements, now=until) if one.condition == kind]
    assert (held.holds, held.until) == (True, until)


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


def test_an_end_earlier_in_august_may_count_longer_than_one_on_its_last_day() -> None:
    """Both count until 28 February, each to its own hour."""
    ends = [local("2026-08-31T00:00:00"), local("2026-08-29T07:00:00")]
    agreements = [one for end in ends for one in standing(AgreementType.JOINT_INVOICE, end=end)]
    held = check(agreements, now=local("2026-09-01T00:00:00"))[0]
    assert (held.period, held.until) == (Period(LONG_AGO, ends[1]), local("2027-02-28T07:00:00"))
    assert check(agreements, now=local("2027-02-28T07:00:00"))[0].holds
    assert not check(agreements, now=local("2027-02-28T07:00:00") + MICROSECOND)[0].holds
