"""When agreements may start and end: each rule at both edges. Local days in Europe/Tallinn, gas days from 07:00."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from datahub.agreements.facts import AgreementFact
from datahub.agreements.rules import dates
from datahub.agreements.rules.dates import Surroundings
from datahub.market import AgreementType, Commodity
from tests.agreements.market import BALANCE, ELECTRICITY, GAS, HOUSE, MARI, NORTH, SUN, day, fact

GRID, SUPPLY, PORTFOLIO = AgreementType.GRID, AgreementType.SUPPLY, AgreementType.PORTFOLIO_SUPPLIER
OK: list[str] = []
BOUNDARY, EARLY = ["agreement-date-not-on-boundary"], ["agreement-date-too-early"]
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def local(text: str) -> datetime:
    """Read "2026-05-04 13:00 +3": a moment with its offset from UTC."""
    moment, offset = text.rsplit(" ", 1)
    return (datetime.fromisoformat(moment) - timedelta(hours=int(offset))).replace(tzinfo=UTC)


def made(kind: AgreementType, start: datetime, end: datetime | None, commodity: Commodity) -> AgreementFact:
    provider, customer, point = {
        GRID: (NORTH, MARI, HOUSE),
        SUPPLY: (SUN, MARI, HOUSE),
        PORTFOLIO: (BALANCE, SUN, None),
    }[kind]
    return fact(kind, provider, customer, point, start, end, commodity=commodity)


def names(faults: Any) -> list[str]:
    return [fault.code.name.rpartition(".")[2] for fault in faults]


def starts(
    kind: AgreementType, start: datetime, now: datetime, around: Surroundings, commodity: Commodity = ELECTRICITY
) -> list[str]:
    asked = made(kind, start, None, commodity)
    return names(dates.start_faults(asked, around, now=now, path="agreement"))


def ends(
    kind: AgreementType, end: datetime, now: datetime, around: Surroundings, commodity: Commodity = ELECTRICITY
) -> list[str]:
    asked = made(kind, day(2020, 1, 1, commodity), end, commodity)
    return names(dates.end_faults(asked, around, now=now, path="agreement"))


def grid(start: datetime, end: datetime | None = None, commodity: Commodity = ELECTRICITY) -> Surroundings:
    return Surroundings(grid=made(GRID, start, end, commodity))


ALONE = Surroundings()
NOON = local("2026-05-04 12:00 +3")
JUST_BEFORE_MIDNIGHT = local("2026-05-04 23:59 +3")
LONG = grid(day(2024, 1, 1))
TAKING_OVER = Surroundings(grid=made(GRID, day(2024, 1, 1), None, ELECTRICITY), another_then=True)


@pytest.mark.parametrize(
    ("start", "now", "around", "expected"),
    [
        # Next day or later, however late today is.
        (day(2026, 5, 5), NOON, LONG, OK),
        (day(2026, 5, 5), JUST_BEFORE_MIDNIGHT, LONG, OK),
        (day(2026, 5, 5), day(2026, 5, 5), LONG, EARLY),
        (day(2026, 5, 4), NOON, LONG, EARLY),
        # Fourteen days ahead where another supply is active then.
        (day(2026, 5, 18), JUST_BEFORE_MIDNIGHT, TAKING_OVER, OK),
        (day(2026, 5, 17), NOON, TAKING_OVER, EARLY),
        # Over the clock changes, in both directions, calendar days count.
        (day(2026, 4, 5), local("2026-03-22 23:59 +2"), TAKING_OVER, OK),
        (day(2026, 4, 4), local("2026-03-22 00:00 +2"), TAKING_OVER, EARLY),
        (day(2026, 11, 8), local("2026-10-25 23:59 +2"), TAKING_OVER, OK),
        (day(2026, 11, 7), local("2026-10-25 00:00 +3"), TAKING_OVER, EARLY),
        # Over a leap day.
        (day(2028, 3, 1), local("2028-02-16 12:00 +2"), TAKING_OVER, OK),
        (day(2028, 2, 29), local("2028-02-16 12:00 +2"), TAKING_OVER, EARLY),
        (day(2028, 2, 29), local("2028-02-28 12:00 +2"), LONG, OK),
        # With the GRID agreement, up to 48 hours back.
        (day(2026, 5, 4), NOON, grid(day(2026, 5, 4)), OK),
        (day(2026, 5, 3), day(2026, 5, 5), grid(day(2026, 5, 3)), OK),
        (day(2026, 5, 3), day(2026, 5, 5) + SECOND, grid(day(2026, 5, 3)), EARLY),
        (day(2026, 5, 3), day(2026, 5, 5), grid(day(2026, 5, 2)), EARLY),
        # Back over a clock change 48 hours are 48 hours.
        (day(2026, 3, 28), local("2026-03-30 01:00 +3"), grid(day(2026, 3, 28)), OK),
        (day(2026, 3, 28), local("2026-03-30 01:00 +3") + SECOND, grid(day(2026, 3, 28)), EARLY),
        # Starting with the GRID agreement does not help against another supply that starts there.
        (
            day(2026, 5, 10),
            NOON,
            Surroundings(grid=made(GRID, day(2026, 5, 10), None, ELECTRICITY), another_then=True),
            EARLY,
        ),
        # Day boundaries, on a day of 23 hours too.
        (day(2026, 5, 6) + HOUR, NOON, LONG, BOUNDARY),
        (local("2026-05-06 00:00 +0"), NOON, LONG, BOUNDARY),
        (day(2026, 3, 30), local("2026-03-29 12:00 +3"), LONG, OK),
        (day(2026, 3, 30) + HOUR, local("2026-03-29 12:00 +3"), LONG, BOUNDARY),
        (day(2026, 5, 4) + SECOND, NOON, LONG, [*BOUNDARY, *EARLY]),
    ],
)
def test_start_of_a_supply(start: datetime, now: datetime, around: Surroundings, expected: list[str]) -> None:
    assert starts(SUPPLY, start, now, around) == expected


@pytest.mark.parametrize(
    ("start", "now", "around", "expected"),
    [
        (day(2026, 6, 1, GAS), NOON, grid(day(2024, 1, 1, GAS), None, GAS), OK),
        (day(2026, 6, 1), NOON, grid(day(2024, 1, 1, GAS), None, GAS), BOUNDARY),
        (day(2026, 6, 2, GAS), NOON, grid(day(2024, 1, 1, GAS), None, GAS), BOUNDARY),
        (day(2026, 6, 2, GAS), NOON, grid(day(2026, 6, 2, GAS), None, GAS), OK),
        (day(2026, 6, 2), NOON, grid(day(2026, 6, 2), None, GAS), BOUNDARY),
        # The next gas day counts by its date, also in the small hours.
        (day(2026, 6, 1, GAS), local("2026-05-31 23:59 +3"), grid(day(2024, 1, 1, GAS), None, GAS), OK),
        (day(2026, 6, 1, GAS), local("2026-06-01 00:00 +3"), grid(day(2024, 1, 1, GAS), None, GAS), EARLY),
    ],
)
def test_start_of_a_gas_supply(start: datetime, now: datetime, around: Surroundings, expected: list[str]) -> None:
    assert starts(SUPPLY, start, now, around, GAS) == expected


@pytest.mark.parametrize(
    ("commodity", "start", "now", "expected"),
    [
        (ELECTRICITY, day(2026, 6, 1), local("2026-05-25 23:59 +3"), OK),
        (ELECTRICITY, day(2026, 6, 1), local("2026-05-26 00:00 +3"), EARLY),
        (ELECTRICITY, day(2026, 6, 2), NOON, BOUNDARY),
        (ELECTRICITY, day(2026, 6, 1, GAS), NOON, BOUNDARY),
        # The clocks change in between.
        (ELECTRICITY, day(2026, 11, 1), local("2026-10-25 23:59 +2"), OK),
        (ELECTRICITY, day(2026, 4, 1), local("2026-03-25 23:59 +2"), OK),
        (ELECTRICITY, day(2026, 4, 1), local("2026-03-26 00:00 +2"), EARLY),
        (GAS, day(2026, 6, 1, GAS), local("2026-05-18 23:59 +3"), OK),
        (GAS, day(2026, 6, 1, GAS), local("2026-05-19 00:00 +3"), EARLY),
        (GAS, day(2026, 6, 1), NOON, BOUNDARY),
    ],
)
def test_both_ends_of_a_portfolio_agreement(
    commodity: Commodity, start: datetime, now: datetime, expected: list[str]
) -> None:
    assert starts(PORTFOLIO, start, now, ALONE, commodity) == expected
    assert ends(PORTFOLIO, start, now, ALONE, commodity) == expected


@pytest.mark.parametrize("start", [day(1999, 1, 1), day(2026, 5, 4), day(2030, 2, 28)])
def test_a_grid_agreement_starts_on_any_day(start: datetime) -> None:
    assert starts(GRID, start, NOON, ALONE) == OK
    assert starts(GRID, start + HOUR, NOON, ALONE) == BOUNDARY


STOOD_ON = Surroundings(stands_on_it=True)


@pytest.mark.parametrize(
    ("end", "now", "around", "expected"),
    [
        (day(2026, 5, 4), NOON, ALONE, OK),
        (day(2026, 5, 4), JUST_BEFORE_MIDNIGHT, ALONE, OK),
        (day(2026, 5, 3), NOON, ALONE, EARLY),
        (day(2026, 5, 5), JUST_BEFORE_MIDNIGHT, STOOD_ON, OK),
        (day(2026, 5, 4), NOON, STOOD_ON, EARLY),
        (day(2026, 5, 5) + HOUR, NOON, ALONE, BOUNDARY),
    ],
)
def test_end_of_a_grid_agreement(end: datetime, now: datetime, around: Surroundings, expected: list[str]) -> None:
    assert ends(GRID, end, now, around) == expected


@pytest.mark.parametrize(
    ("end", "now", "around", "commodity", "expected"),
    [
        (day(2026, 5, 5), JUST_BEFORE_MIDNIGHT, LONG, ELECTRICITY, OK),
        (day(2026, 5, 4), NOON, LONG, ELECTRICITY, EARLY),
        (day(2026, 6, 1, GAS), NOON, grid(day(2024, 1, 1, GAS), None, GAS), GAS, OK),
        (day(2026, 6, 2, GAS), NOON, grid(day(2024, 1, 1, GAS), None, GAS), GAS, BOUNDARY),
        (day(2026, 6, 2, GAS), NOON, grid(day(2024, 1, 1, GAS), day(2026, 6, 2, GAS), GAS), GAS, OK),
    ],
)
def test_end_of_a_supply(
    end: datetime, now: datetime, around: Surroundings, commodity: Commodity, expected: list[str]
) -> None:
    assert ends(SUPPLY, end, now, around, commodity) == expected


def test_an_agreement_of_one_day_is_one_and_of_none_is_not() -> None:
    def faults(end: datetime) -> list[str]:
        asked = made(SUPPLY, day(2026, 5, 6), end, ELECTRICITY)
        return names(dates.end_faults(asked, LONG, now=NOON, path="agreement"))

    assert faults(day(2026, 5, 7)) == OK
    assert faults(day(2026, 5, 6)) == ["from-field-cannot-be-equal-to-or-after-to-field"]
    assert faults(day(2026, 5, 5)) == ["from-field-cannot-be-equal-to-or-after-to-field"]


def test_a_message_names_the_field_the_value_and_what_would_be_right() -> None:
    asked = made(SUPPLY, day(2026, 5, 17), None, ELECTRICITY)
    fault = dates.start_faults(asked, TAKING_OVER, now=NOON, path="agreement")[0]
    assert fault.message == (
        "agreement.validFrom is 2026-05-16T21:00:00Z, but may be 2026-05-17T21:00:00Z at the earliest: "
        "14 days ahead, since another SUPPLY agreement is valid then"
    )


@pytest.mark.parametrize(("now", "expired"), [(day(2026, 5, 4) - SECOND, False), (day(2026, 5, 4), True)])
def test_an_expired_agreement_cannot_change(now: datetime, expired: bool) -> None:
    ended = made(GRID, day(2024, 1, 1), day(2026, 5, 4), ELECTRICITY)
    assert names(dates.change_faults(ended, now=now)) == (["agreement-has-expired"] if expired else OK)


@pytest.mark.parametrize(("now", "started"), [(day(2026, 5, 4) - SECOND, False), (day(2026, 5, 4), True)])
def test_a_started_agreement_cannot_be_deleted(now: datetime, started: bool) -> None:
    agreement = made(GRID, day(2026, 5, 4), None, ELECTRICITY)
    assert names(dates.delete_faults(agreement, now=now)) == (["agreement-has-started"] if started else OK)
