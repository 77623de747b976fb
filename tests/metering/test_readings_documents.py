"""Pieces of documents: whole elements as they came, others cut to what a recipient may see."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datahub.metering.readings import documents
from tests.metering import messages
from tests.metering.messages import DAY, NOW, element, period, quantity

EIC = "38ZGO-10000003-O"
STARTS = messages.interval_starts(DAY)
START = STARTS[0]
TEN = STARTS[40]
ALL = [(datetime(2020, 1, 1, tzinfo=UTC), None)]


def piece(made: dict[str, Any]) -> bytes:
    return json.dumps(made, separators=(",", ":")).encode()


def cut(made: dict[str, Any], **options: Any) -> Any:
    text = documents.cut_element(piece(made), **{"periods": ALL, "received_at": NOW, **options})
    return None if text is None else json.loads(text)


def test_elements_are_the_bytes_that_came() -> None:
    first, second = messages.whole_day(EIC), messages.whole_day(EIC, DAY + timedelta(days=1))
    context = b'{"marketParticipantContext":{"purpose":"x"},"meterData":['
    body = context + piece(first) + b" , " + piece(second) + b"]}"
    assert [bytes(raw) for raw in documents.split_elements(body)] == [piece(first), piece(second)]


def test_an_element_seen_whole_stays_as_it_was_sent() -> None:
    made = messages.whole_day(EIC)
    assert cut(made) == made


def test_starts_and_quantities_stay_letter_by_letter() -> None:
    sent = b'{"meterEic":"38ZGO-10000003-O","periods":[{"r":"PT15M","aI":[' \
        b'{"pS":"2026-05-03T10:00+03:00",' \
        b'"outQty":{"rTime":"2026-05-04T00:00:00.10+03:00","rType":"M","kwh":1.500e1}}]}]}'  # fmt: skip
    assert documents.cut_element(sent, periods=ALL, received_at=NOW) == sent


@given(first=st.integers(0, 96), length=st.integers(0, 96))
@settings(max_examples=60, deadline=None)
def test_no_interval_outside_the_period_is_left(first: int, length: int) -> None:
    begin = START + timedelta(minutes=15 * first)
    end = begin + timedelta(minutes=15 * length)
    left = cut(messages.whole_day(EIC), periods=[(begin, end)])
    kept = [] if left is None else [one["pS"] for one in left["periods"][0]["aI"]]
    assert kept == [messages.stamp(start) for start in STARTS if begin <= start < end]


@pytest.mark.parametrize(
    ("periods", "kept"),
    [
        ([(TEN, TEN + timedelta(hours=1))], True),
        ([(TEN, TEN + timedelta(minutes=59))], False),
        ([(TEN + timedelta(minutes=1), None)], False),
        ([(TEN + timedelta(minutes=30), None), (TEN - timedelta(days=1), TEN + timedelta(minutes=30))], True),
        ([(TEN - timedelta(days=1), TEN + timedelta(minutes=20)), (TEN + timedelta(minutes=30), None)], False),
        ([], False),
    ],
)
def test_an_interval_is_kept_if_all_of_it_lies_inside(periods: list[Any], kept: bool) -> None:
    hour = element(EIC, period("PT1H", [(TEN, quantity(1), None)]))
    assert (cut(hour, periods=periods) is not None) is kept


def test_a_gas_day_ends_when_the_next_begins() -> None:
    day = datetime(2025, 10, 25).date()  # noqa: DTZ001 - a date
    start = messages.day_start(day, messages.GAS)
    gas_day = element(EIC, period("P1D", [(start, quantity(1, m3=0.1), None)]))
    assert cut(gas_day, periods=[(start, start + timedelta(hours=25))]) == gas_day
    assert cut(gas_day, periods=[(start, start + timedelta(hours=24))]) is None


def test_what_was_lost_is_left_out() -> None:
    made = element(EIC, period("PT15M", [(TEN, quantity(1), quantity(2)), (STARTS[41], quantity(3), None)]))
    lost = {(int(TEN.timestamp()), "IN"), (int(STARTS[41].timestamp()), "IN")}
    assert cut(made, lost=lost) == element(EIC, period("PT15M", [(TEN, None, quantity(2))]))
    assert cut(made, lost={*lost, (int(TEN.timestamp()), "OUT")}) is None


def test_a_reading_time_left_out_becomes_the_arrival_and_null_goes() -> None:
    made = element(EIC, {"r": "PT15M", "aI": [
        {"pS": messages.stamp(TEN), "inQty": {"rType": "E", "kwh": 1, "m3": None, "rTime": None}, "outQty": None},
        {"pS": messages.stamp(STARTS[41]), "inQty": {"rType": "E", "kwh": 2}},
    ]})  # fmt: skip
    arrival = "2026-05-04T10:00:00.000000Z"
    assert cut(made) == element(EIC, {"r": "PT15M", "aI": [
        {"pS": messages.stamp(TEN), "inQty": {"rTime": arrival, "rType": "E", "kwh": 1}},
        {"pS": messages.stamp(STARTS[41]), "inQty": {"rTime": arrival, "rType": "E", "kwh": 2}},
    ]})  # fmt: skip


def test_periods_left_empty_go() -> None:
    made = element(EIC, period("PT15M", [(TEN, quantity(1), None)]), period("PT1H", [(START, quantity(1), None)]))
    assert [one["r"] for one in cut(made, periods=[(TEN, None)])["periods"]] == ["PT15M"]
