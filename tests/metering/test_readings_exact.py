"""Numbers that a double does not hold are found wherever they stand, and read as they were sent."""

from decimal import Context, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datahub.metering.readings import exact
from tests.metering import messages
from tests.metering.messages import element, period, quantity

EIC = "38ZGO-10000003-O"
NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,2})?", fullmatch=True)


@given(number=NUMBERS)
@settings(max_examples=500, deadline=None)
def test_sign_and_decimals_are_those_of_the_decimal(number: str) -> None:
    value = Decimal(number)
    exponent = value.normalize(_EXACT).as_tuple().exponent
    assert isinstance(exponent, int)
    sign = (value > 0) - (value < 0)
    assert exact.sign_and_decimals(number) == (sign, max(-exponent, 0) if sign else 0)


@given(number=NUMBERS)
@settings(max_examples=500, deadline=None)
def test_what_is_not_looked_at_is_held_exactly(number: str) -> None:
    found = exact.texts_of(_body(number))
    assert found in ({}, {"inQty.kwh": {1: number}})
    if not found:
        assert Decimal(repr(float(number))) == Decimal(number)


@pytest.mark.parametrize("number", ["1E-400", "0.12345678901234567", "12345678901234567"])
def test_a_number_is_found_wherever_it_stands(number: str) -> None:
    start = _body(number).index(number.encode())
    for at in (*range(exact._PIECE - 40, exact._PIECE + 5), *range(2 * exact._PIECE - 40, 2 * exact._PIECE + 5)):
        body = _body(number, filler=at - start)
        assert body.index(number.encode()) == at
        assert exact.texts_of(body) == {"inQty.kwh": {1: number}}


@pytest.mark.parametrize("space", [" ", "\t", "\r\n", ""])
def test_space_around_a_number_is_none_of_it(space: str) -> None:
    assert exact.texts_of(_body(f"{space}2E-7{space}")) == {"inQty.kwh": {1: "2E-7"}}


@pytest.mark.parametrize("number", ["0", "0.0", "1.417", "999999999.999", "123456789012345", "0.0000000000001"])
def test_short_numbers_and_codes_cost_no_second_look(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "_decoder", None)
    for code in (EIC, "38Z1E1-2E2E-3E4O", "38Z-------1E10-O"):
        assert exact.texts_of(_body(number).replace(EIC.encode(), code.encode())) == {}


_EXACT = Context(prec=100)


def _body(number: str, filler: int = 0) -> bytes:
    sent = {"rType": "M", "kwh": "it"}
    intervals = [("2026-05-03T06:45:00Z", None, quantity(1)), ("2026-05-03T07:00:00Z", sent, None)]
    body = messages.body(element(EIC, period("PT15M", intervals)))
    return body.replace(b'{"meterData"', b"{" + b" " * filler + b'"meterData"').replace(b'"it"', number.encode())
