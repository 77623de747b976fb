"""What a network bill must be, as tables: the value that just passes and the one that just fails."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from datahub.bills import rules
from datahub.errors import Fault
from datahub.market import Direction, MeasurementUnit, Role
from datahub.periods import Period
from tests.agreements.market import ELECTRICITY, GAS, NOW, day
from tests.bills.messages import APRIL, CALCULATED, MAY, bill, measurement

SECOND = timedelta(seconds=1)
IN, OUT = Direction.IN, Direction.OUT
KWH, M3 = MeasurementUnit.KWH, MeasurementUnit.M3


def names(faults: list[Fault]) -> list[str]:
    return [fault.code.name.rpartition(".")[2] for fault in faults]


@pytest.mark.parametrize("role", Role)
def test_who_sends_bills(role: Role) -> None:
    assert (rules.sender_fault(role) is None) == (role in ("GRID_OPERATOR", "CLOSED_DISTRIBUTION_NETWORK"))


@pytest.mark.parametrize(
    ("start", "end", "commodity", "wrong"),
    [
        (day(2026, 4, 1), day(2026, 5, 1), ELECTRICITY, ""),
        (day(2026, 4, 1), day(2026, 5, 1) + SECOND, ELECTRICITY, "periodEnd"),
        (day(2026, 4, 1) - SECOND, day(2026, 5, 1), ELECTRICITY, "periodEnd"),
        (day(2026, 4, 10), day(2026, 4, 11), ELECTRICITY, ""),
        # A point whose meter was changed at noon.
        (day(2026, 4, 1), day(2026, 4, 10) + timedelta(hours=12), ELECTRICITY, ""),
        # The months of both clock changes: an hour shorter, an hour longer.
        (day(2026, 3, 1), day(2026, 4, 1), ELECTRICITY, ""),
        (day(2026, 3, 1), day(2026, 4, 1) + SECOND, ELECTRICITY, "periodEnd"),
        (day(2025, 10, 1), day(2025, 11, 1), ELECTRICITY, ""),
        (day(2025, 10, 1), day(2025, 11, 1) + SECOND, ELECTRICITY, "periodEnd"),
        (day(2026, 3, 29), day(2026, 3, 30), ELECTRICITY, ""),
        (day(2025, 10, 26), day(2025, 10, 27), ELECTRICITY, ""),
        (day(2024, 2, 1), day(2024, 3, 1), ELECTRICITY, ""),
        (day(2024, 2, 29), day(2024, 3, 1), ELECTRICITY, ""),
        (day(2024, 2, 29), day(2024, 3, 1) + SECOND, ELECTRICITY, "periodEnd"),
        (day(2025, 12, 31), day(2026, 1, 1), ELECTRICITY, ""),
        (day(2025, 12, 31), day(2026, 1, 2), ELECTRICITY, "periodEnd"),
        # A month of gas begins at 07:00 of its first day.
        (day(2026, 4, 1, GAS), day(2026, 5, 1, GAS), GAS, ""),
        (day(2026, 4, 1, GAS), day(2026, 5, 1, GAS) + SECOND, GAS, "periodEnd"),
        (day(2026, 4, 1, GAS) - SECOND, day(2026, 5, 1, GAS), GAS, "periodEnd"),
        (day(2026, 3, 1, GAS), day(2026, 4, 1, GAS), GAS, ""),
        (day(2025, 10, 1, GAS), day(2025, 11, 1, GAS), GAS, ""),
        (day(2024, 2, 29, GAS), day(2024, 3, 1, GAS), GAS, ""),
        (day(2026, 4, 1), day(2026, 5, 1), GAS, "periodEnd"),
        (day(2026, 4, 1), day(2026, 4, 1), ELECTRICITY, "periodStart"),
        (day(2026, 4, 2), day(2026, 4, 1), ELECTRICITY, "periodStart"),
        (day(2026, 4, 1), day(2026, 4, 1) + SECOND, ELECTRICITY, ""),
    ],
)
def test_a_period_lies_within_one_local_month(start: datetime, end: datetime, commodity: str, wrong: str) -> None:
    faults = rules.own_faults(bill(start, end, commodity=commodity), commodity=commodity, now=NOW, path="bill")
    assert [fault.args[0] for fault in faults] == ([f"bill.networkBillPeriod.{wrong}"] if wrong else [])


@pytest.mark.parametrize(
    ("start", "wrong"),
    [
        (datetime(2019, 5, 4, 10, tzinfo=UTC), []),
        (datetime(2019, 5, 4, 9, 59, 59, tzinfo=UTC), ["period-start-too-far-in-past"]),
        (NOW + timedelta(days=45), []),
        (NOW + timedelta(days=45, seconds=1), ["period-start-too-far-in-future"]),
    ],
)
def test_a_period_lies_within_what_is_kept(start: datetime, wrong: list[str]) -> None:
    found = rules.own_faults(bill(start, start + SECOND), commodity=ELECTRICITY, now=NOW, path="bill")
    assert names(found) == wrong


@pytest.mark.parametrize(
    ("ahead", "wrong"), [(timedelta(days=1), []), (timedelta(days=1, microseconds=1), ["too-big"])]
)
def test_a_bill_is_not_calculated_in_the_future(ahead: timedelta, wrong: list[str]) -> None:
    found = rules.own_faults(bill(calculated_at=NOW + ahead), commodity=ELECTRICITY, now=NOW, path="bill")
    assert names(found) == wrong


@pytest.mark.parametrize(
    ("commodity", "measured", "wrong"),
    [
        (ELECTRICITY, [(IN, KWH), (OUT, KWH)], {}),
        (ELECTRICITY, [(IN, M3), (OUT, KWH)], {0: "invalid-measurement-type"}),
        (GAS, [(IN, KWH), (IN, M3), (OUT, KWH), (OUT, M3)], {}),
        (ELECTRICITY, [(IN, KWH), (IN, KWH)], {1: "duplicate-measurement-unit-by-direction"}),
        (
            GAS,
            [(OUT, M3), (OUT, KWH), (OUT, M3), (OUT, M3)],
            dict.fromkeys((2, 3), "duplicate-measurement-unit-by-direction"),
        ),
    ],
)
def test_measurements(commodity: str, measured: list[tuple[Direction, MeasurementUnit]], wrong: dict[int, str]) -> None:
    asked = bill(
        day(2026, 4, 1, commodity),
        day(2026, 5, 1, commodity),
        commodity=commodity,
        measurements=tuple(measurement(direction, unit) for direction, unit in measured),
    )
    faults = rules.own_faults(asked, commodity=commodity, now=NOW, path="bill")
    assert names(faults) == list(wrong.values())
    fields = [f"bill.networkBillPeriod.measurements[{place}].measurementUnit" for place in wrong]
    assert [fault.args[0] for fault in faults] == fields


def test_a_bill_is_of_the_commodity_of_its_message() -> None:
    (found,) = rules.own_faults(bill(), commodity=GAS, now=NOW, path="bills[3]")
    assert found.code.name == "opp.error.business.commodity-type-mismatch-error"
    assert found.args == ("bills[3].commodityType", "ELECTRICITY", "NATURAL_GAS", "context")


def test_every_fault_is_found_at_once() -> None:
    asked = bill(
        APRIL,
        MAY + SECOND,
        calculated_at=NOW + timedelta(days=2),
        measurements=(measurement(unit=M3), measurement(unit=M3)),
    )
    assert names(rules.own_faults(asked, commodity=ELECTRICITY, now=NOW, path="bill")) == [
        "too-big",
        "period-is-not-within-calendar-month",
        *["invalid-measurement-type"] * 2,
        "duplicate-measurement-unit-by-direction",
    ]


@pytest.mark.parametrize(
    ("grids", "wrong"),
    [
        ([(APRIL, MAY)], []),
        ([(APRIL, None)], []),
        ([(APRIL + SECOND, None)], ["period-is-not-covered-by-agreement"]),
        ([(APRIL, MAY - SECOND)], ["period-is-not-covered-by-agreement"]),
        ([], ["missing-agreement-for-period"]),
        ([(MAY, None)], ["missing-agreement-for-period"]),
        ([(day(2025, 1, 1), APRIL)], ["missing-agreement-for-period"]),
        # Two that meet are of two customers.
        ([(day(2025, 1, 1), day(2026, 4, 10)), (day(2026, 4, 10), None)], ["period-is-not-covered-by-agreement"]),
        ([(day(2025, 1, 1), APRIL), (APRIL, MAY), (MAY, None)], []),
    ],
)
def test_a_period_lies_inside_one_grid_agreement(
    grids: list[tuple[datetime, datetime | None]], wrong: list[str]
) -> None:
    assert names(rules.agreement_faults(bill(), [Period(*grid) for grid in grids], path="bill")) == wrong


@pytest.mark.parametrize(
    ("ahead", "wrong"),
    [(timedelta(microseconds=1), []), (timedelta(0), ["no-change-received"]), (-SECOND, ["no-change-received"])],
)
def test_only_what_was_calculated_later_corrects(ahead: timedelta, wrong: list[str]) -> None:
    found = rules.correction_faults(bill(calculated_at=CALCULATED + ahead), CALCULATED, path="bill")
    assert names(found) == wrong
    assert rules.correction_faults(bill(), None, path="bill") == []


def test_a_period_stands_once_in_a_message() -> None:
    one, other = bill(), bill(end=MAY - SECOND)
    assert rules.repeated([one, other, bill(calculated_at=NOW), bill(point="38ZGO-10000002-R"), one]) == {2, 4}


@pytest.mark.parametrize("quantity", ["0", "10", "10.0", "0.001", "123456789012.345", "1E+2"])
def test_quantities_are_written_with_the_digits_that_were_sent(quantity: str) -> None:
    text = bill(measurements=(measurement(quantity=quantity, night=None),)).written()
    assert f'"day":{Decimal(quantity):f},"direction":"OUT","measurementUnit":"KWH","total":99.90' in text


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        ("2026-05-02T17:23:07.648663+03:00", "2026-05-02T14:23:07.648663Z"),
        ("2026-05-02T17:23+03:00", "2026-05-02T14:23:00Z"),
        ("2026-05-02T17:23:07.5Z", "2026-05-02T17:23:07.500000Z"),
    ],
)
def test_times_are_written_in_utc(sent: str, written: str) -> None:
    text = bill(calculated_at=datetime.fromisoformat(sent)).written()
    assert f'"calculationTimestamp":"{written}"' in text
    assert '"periodEnd":"2026-04-30T21:00:00Z","periodStart":"2026-03-31T21:00:00Z"' in text
