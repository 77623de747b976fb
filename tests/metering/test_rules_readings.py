"""Each rule of readings broken by itself in a message as big as one can be. Source: `1-market.md`, "Readings"."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from datahub.market import Commodity
from datahub.metering.readings import decoding
from datahub.metering.readings.calendar import window_at
from datahub.metering.rules import readings as rules
from tests.metering import messages, points
from tests.metering.messages import DAY, NOW, element, period, quantity

SENDER = "38X-EIN-GO-----0"
EICS = points.codes("38ZGO-1", 366)
Change = Callable[[list[dict[str, Any]]], None]


def message(
    elements: list[dict[str, Any]], commodity: Commodity = Commodity.ELECTRICITY, **numbers: str
) -> rules.Message:
    """Make a message; `numbers` stand in it, as they are written, in place of texts of their names."""
    body = messages.body(*elements)
    for name, number in numbers.items():
        body = body.replace(f'"{name}"'.encode(), number.encode())
    decoded = decoding.read(body)
    made = decoded.columns
    own = {
        eic: rules.OwnPoint(number, eic, commodity, (eic,)) for number, eic in enumerate(EICS[:365]) if eic in made.eics
    }
    return rules.Message(made, rules.Sender(SENDER, commodity), own, window_at(NOW, commodity), texts=decoded.texts)


def found(elements: list[dict[str, Any]], commodity: Commodity = Commodity.ELECTRICITY) -> list[tuple[Any, str]]:
    return [
        (None if one.start is None else rules.show_start(one.start), one.fault.code.name.rpartition(".")[2])
        for one in rules.faults_of(message(elements, commodity))
    ]


def interval(elements: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the interval that is broken: of the 200th point, at 10:00 local time."""
    return elements[199]["periods"][0]["aI"][40]


def start(text: str) -> Change:
    return lambda elements: interval(elements).update(pS=text)


def amount(value: float, direction: str = "outQty", **more: Any) -> Change:
    return lambda elements: interval(elements).update({direction: quantity(value, **more)})


def one_hour(elements: list[dict[str, Any]]) -> None:
    intervals = elements[199]["periods"][0]["aI"]
    elements[199]["periods"].append({"r": "PT1H", "aI": [intervals.pop(40)]})
    del intervals[40:43]


def another_resolution(elements: list[dict[str, Any]]) -> None:
    elements[199]["periods"][0].update(r="P1D", aI=[elements[199]["periods"][0]["aI"][0]])


TEN = "2026-05-03T07:00:00Z"
BROKEN: dict[str, tuple[Change, list[tuple[str | None, str]]]] = {
    "a quarter-hour at minute 7": (start("2026-05-03T07:07:00Z"), [
        ("2026-05-03T07:07:00Z", "timestamp-of-quarterly-resolution-wrong-format")]),
    "a start with seconds": (start("2026-05-03T07:00:01Z"), [
        ("2026-05-03T07:00:01Z", "timestamp-of-quarterly-resolution-wrong-format")]),
    "a start with a fraction": (start("2026-05-03T07:00:00.5Z"), [
        ("2026-05-03T07:00:00.500000Z", "timestamp-of-quarterly-resolution-wrong-format")]),
    "a start a nanosecond late": (start("2026-05-03T07:00:00.000000001Z"), [
        ("2026-05-03T07:00:00.000001Z", "timestamp-of-quarterly-resolution-wrong-format")]),
    "46 days ahead": (start("2026-06-18T22:00:00Z"), [("2026-06-18T22:00:00Z", "period-start-too-far-in-future")]),
    "13 months back": (start("2025-04-01T22:00:00Z"), [("2025-04-01T22:00:00Z", "period-start-too-far-in-past")]),
    "negative": (amount(-0.001), [(TEN, "field-value-cannot-be-negative")]),
    "negative in": (amount(-5, "inQty"), [(TEN, "field-value-cannot-be-negative")]),
    "four decimals": (amount(1.2345), [(TEN, "too-many-decimals")]),
    "four decimals by a hair": (amount(0.0001), [(TEN, "too-many-decimals")]),
    "too big": (amount(1e12), [(TEN, "too-big")]),
    "far too big": (amount(1e308), [(TEN, "too-big")]),
    "m3 in electricity": (amount(1, m3=2.5), [(TEN, "wrong-measurement-value")]),
    "an interval twice": (start("2026-05-03T06:45:00Z"), [("2026-05-03T06:45:00Z", "metering-data-is-duplicated")]),
    "an hour among quarter-hours": (one_hour, [(TEN, "wrong-resolution")]),
    "a resolution that electricity lacks": (another_resolution, [("2026-05-02T21:00:00Z", "wrong-resolution")]),
    "a reading time in the year 2099": (amount(1, read_at="2099-05-03T00:00:00Z"), [
        (TEN, "period-start-too-far-in-future")]),
    "a point of somebody else": (lambda e: e[199].update(meterEic=EICS[365]), [
        (None, "market-participant-mismatch-error")]),
    "the same point in two elements": (lambda e: e[199].update(meterEic=e[198]["meterEic"]), [
        (messages.stamp(one), "metering-data-is-duplicated") for one in messages.interval_starts(DAY)]),
}  # fmt: skip


@pytest.fixture(scope="module")
def day_of_365_points() -> list[dict[str, Any]]:
    return [messages.whole_day(eic) for eic in EICS[:365]]


def test_a_right_message_has_no_faults(day_of_365_points: list[dict[str, Any]]) -> None:
    assert len(day_of_365_points) * 96 == 35_040
    assert found(day_of_365_points) == []


@pytest.mark.parametrize("name", BROKEN)
def test_a_rule_broken_by_itself_is_found_and_nothing_else(name: str, day_of_365_points: list[dict[str, Any]]) -> None:
    change, expected = BROKEN[name]
    elements = list(day_of_365_points)
    elements[199] = messages.whole_day(EICS[199])
    change(elements)
    assert found(elements) == expected


def test_all_that_is_wrong_is_found_in_the_order_of_the_message(day_of_365_points: list[dict[str, Any]]) -> None:
    elements = [
        messages.whole_day(EICS[0], amount=lambda slot: -1),
        *day_of_365_points[1:364],
        messages.whole_day(EICS[364], DAY + timedelta(days=100)),
    ]
    assert found(elements) == [
        *[(messages.stamp(one), "field-value-cannot-be-negative") for one in messages.interval_starts(DAY)],
        *[
            (messages.stamp(one), "period-start-too-far-in-future")
            for one in messages.interval_starts(DAY + timedelta(days=100))
        ],
    ]


def test_a_fault_names_path_value_and_what_would_be_right(day_of_365_points: list[dict[str, Any]]) -> None:
    elements = [*day_of_365_points[:2], messages.whole_day(EICS[2], amount=lambda slot: -1.5 if slot == 17 else 1)]
    (one,) = rules.faults_of(message(elements))
    assert one.eic == EICS[2]
    assert one.fault.message == "meterData[2].periods[0].aI[17].outQty.kwh is -1.5, but cannot be negative"


# 10:00 UTC on 4 May is 13:00 in Tallinn.
@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("2026-06-18T10:00:00Z", []),
        ("2026-06-18T10:15:00Z", ["period-start-too-far-in-future"]),
        ("2025-05-04T10:00:00Z", []),
        ("2025-05-04T09:45:00Z", ["period-start-too-far-in-past"]),
        ("2026-05-03T00:00:00+03:00", []),
        ("2026-05-03T00:00+03:00", []),
        ("2026-05-03T02:30:00+05:45", []),
    ],
)
def test_the_window_is_counted_by_the_wall_clock_from_the_arrival(first: str, expected: list[str]) -> None:
    elements = [element(EICS[0], period("PT15M", [(first, None, quantity(1))]))]
    assert [code for _, code in found(elements)] == expected


def test_the_window_reaches_over_a_clock_change_to_the_same_time_of_day() -> None:
    window = window_at(datetime(2026, 2, 20, 10, tzinfo=UTC), Commodity.ELECTRICITY)
    assert datetime.fromtimestamp(window.latest / 1e6, UTC) == datetime(2026, 4, 6, 9, tzinfo=UTC)
    leap = window_at(datetime(2028, 2, 29, 10, tzinfo=UTC), Commodity.ELECTRICITY)
    assert datetime.fromtimestamp(leap.earliest / 1e6, UTC) == datetime(2027, 2, 28, 10, tzinfo=UTC)


@pytest.mark.parametrize("kwh", [0, -0.0, 0.001, 0.1, 0.29, 1.1, 12.803, 999_999_999.999, 1e3, 123456.789])
def test_numbers_of_three_decimals_are_right_and_exact(kwh: float) -> None:
    made = message([element(EICS[0], period("PT15M", [(TEN, None, quantity(kwh))]))])
    assert rules.faults_of(made) == []
    assert rules.thousandths(made.columns.outward)[0].tolist() == [round(kwh * 1000)]


NUMBERS = {
    "1E-400": "too-many-decimals",
    "1e-4": "too-many-decimals",
    "1e-3": None,
    "0.12E+2": None,
    "1230000000000000000E-21": "too-many-decimals",
    "12300000000000000000E-19": None,
    "0E-400": None,
    "-0E-400": None,
    "-1E-400": "field-value-cannot-be-negative",
    "0.1230000000000000001": "too-many-decimals",
    "0.12300000000000000000000000": None,
    "0.00000000000000000000000001": "too-many-decimals",
    "999999999.99900000001": "too-many-decimals",
    "999999999.99900000000": None,
    "1000000000.0000000000": "too-big",
    "1E30": "too-big",
    "1E-99999999999999999999": "too-many-decimals",
    "1E-00000000000000000003": None,
    "0." + "1" * 100_000: "too-many-decimals",
}


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("name", ["inQty.kwh", "outQty.kwh", "inQty.m3", "outQty.m3"])
def test_a_number_that_a_double_does_not_hold_is_checked_as_it_was_sent(name: str, number: str) -> None:
    direction, unit = name.split(".")
    right, suspected = quantity(1, m3=2), quantity(1, m3=2) | {unit: "it"}
    pair = (suspected, right) if direction == "inQty" else (right, suspected)
    intervals = [("2026-05-03T06:00:00Z", right, right), (TEN, *pair)]
    made = message([element(EICS[0], period("PT1H", intervals))], Commodity.NATURAL_GAS, it=number)
    found_faults = rules.faults_of(made)
    code = NUMBERS[number]
    assert [one.fault.code.name.rpartition(".")[2] for one in found_faults] == ([code] if code else [])
    if code:
        sent = number if len(number) < 100 else number[:99] + "…"
        assert found_faults[0].fault.message.startswith(f"meterData[0].periods[0].aI[1].{name} is {sent}, but ")


@pytest.mark.parametrize(
    ("resolution", "first", "code"),
    [
        ("PT1H", "2026-05-03T07:00:00Z", None),
        ("PT1H", "2026-05-03T07:15:00Z", "timestamp-of-hourly-resolution-wrong-format"),
        ("P1D", "2026-05-03T04:00:00Z", None),
        ("P1D", "2026-01-03T05:00:00Z", None),
        ("P1D", "2026-05-03T05:00:00Z", "timestamp-of-daily-resolution-wrong-format"),
        ("P1D", "2026-05-02T21:00:00Z", "timestamp-of-daily-resolution-wrong-format"),
        ("PT15M", "2026-05-03T07:00:00Z", "wrong-resolution"),
    ],
)
def test_gas_has_hours_and_gas_days(resolution: str, first: str, code: str | None) -> None:
    elements = [element(EICS[0], period(resolution, [(first, None, quantity(1, m3=0.1))]))]
    assert [name for _, name in found(elements, Commodity.NATURAL_GAS)] == ([] if code is None else [code])


@pytest.mark.parametrize(("volume", "code"), [(-1, "field-value-cannot-be-negative"), (0.0001, "too-many-decimals")])
def test_volumes_of_gas_are_checked_like_energies(volume: float, code: str) -> None:
    elements = [element(EICS[0], period("PT1H", [(TEN, quantity(1, m3=volume), None)]))]
    assert found(elements, Commodity.NATURAL_GAS) == [(TEN, code)]


@pytest.mark.parametrize(
    ("day", "slots"), [(date(2026, 3, 29), 92), (date(2025, 10, 26), 100), (date(2025, 12, 31), 96)]
)
def test_days_of_the_clock_changes_are_right_in_every_quarter_hour(day: date, slots: int) -> None:
    elements = [messages.whole_day(EICS[0], day)]
    assert len(elements[0]["periods"][0]["aI"]) == slots
    assert found(elements) == []
