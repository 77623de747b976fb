"""Messages read as tables are those read object by object: whatever is sent, both ways find the same in it."""

import json
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datahub.metering.readings import columns, decoding, plain
from datahub.metering.readings.columns import Columns
from tests.metering import points

EICS = points.codes("38ZGO-1", 3)
CONTEXT = {"marketParticipantIdentification": "38X-EIN-GO-----0", "commodityType": "ELECTRICITY"}
# What JSON allows between two signs; the same everywhere in a message.
BLANKS = st.sampled_from(["", " ", "\n", "\t\r "])
NUMBERS = st.one_of(
    st.sampled_from(["0", "0.0", "1", "10", "0.001", "999999999.999", "123456789012.12", "100000000000000"]),
    st.decimals(min_value=0, max_value=10**6, places=3).map(lambda number: format(number, "f")),
)
STARTS = ("2026-10-2{}T{:02d}:15:00+03:00", "2026-05-0{}T{:02d}:00:00Z", "2026-03-2{}T{:02d}:45:00.000+02:00")
READ = ("2026-11-19T01:45:5{}.00{:02d}12Z", "2026-11-1{}T{:02d}:45:58Z", "2026-11-1{}T{:02d}:45:58.123456789+02:00")


@pytest.fixture(autouse=True)
def _short_ones_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "_LONG_BYTES", 0)


def as_objects(body: bytes) -> Columns | None:
    """Read a message object by object, as the door does; None if its shape is not right."""
    message = decoding._message(body)
    return None if message is None else columns.make(message.meterData)


def assert_same(found: Columns, expected: Columns) -> None:
    assert found.eics == expected.eics
    for name in ("element", "period", "resolution", "start"):
        one, other = getattr(found, name), getattr(expected, name)
        assert one.dtype == other.dtype and one.tolist() == other.tolist(), name
    for direction in ("inward", "outward"):
        for name in ("present", "kwh", "m3", "kind", "time"):
            one, other = (getattr(getattr(side, direction), name) for side in (found, expected))
            assert one.dtype == other.dtype, name
            assert np.array_equal(one, other, equal_nan=one.dtype.kind == "f"), f"{direction}.{name}"


@st.composite
def uniform(draw: st.DrawFn) -> bytes:
    """Make a message whose intervals have the same names in the same order, the same blanks and forms of times."""
    blank, start, read = draw(BLANKS), draw(st.sampled_from(STARTS)), draw(st.sampled_from(READ))
    names = draw(st.permutations(["rType", "kwh", *draw(st.sampled_from([[], ["rTime"], ["m3"], ["m3", "rTime"]]))]))
    order = draw(st.permutations(["pS", *draw(st.sampled_from([["inQty"], ["outQty"], ["inQty", "outQty"]]))]))

    def pair(name: str, value: str) -> str:
        return f'{blank}"{name}"{blank}:{blank}{value}{blank}'

    def quantity() -> str:
        digits = draw(st.integers(0, 5)), draw(st.integers(10, 19))
        values = {
            "rTime": f'"{read.format(*digits)}"', "rType": draw(st.sampled_from(['"E"', '"M"'])),
            "kwh": draw(NUMBERS), "m3": draw(NUMBERS),
        }  # fmt: skip
        return "{" + ",".join(pair(name, values[name]) for name in names) + "}"

    def interval() -> str:
        shown = start.format(draw(st.integers(1, 9)), draw(st.integers(0, 23)))
        fields = [pair(name, f'"{shown}"' if name == "pS" else quantity()) for name in order]
        return "{" + ",".join(fields) + "}"

    def period() -> str:
        resolution = draw(st.sampled_from(["PT15M", "PT1H", "P1D"]))
        intervals = f"{blank},{blank}".join(interval() for _ in range(draw(st.integers(1, 4))))
        return "{" + pair("r", f'"{resolution}"') + "," + pair("aI", f"[{blank}{intervals}{blank}]") + "}"

    def element(eic: str) -> str:
        periods = ",".join(period() for _ in range(draw(st.integers(1, 2))))
        return "{" + pair("meterEic", f'"{eic}"') + "," + pair("periods", f"[{periods}]") + "}"

    elements = f"{blank},".join(element(eic) for eic in EICS[: draw(st.integers(1, 3))])
    fields = [pair("meterData", f"[{elements}{blank}]"), pair("marketParticipantContext", json.dumps(CONTEXT))]
    return ("{" + ",".join(draw(st.permutations(fields))) + "}").encode()


@given(body=uniform())
@settings(max_examples=150, deadline=None)
def test_a_uniform_message_is_read_as_tables(body: bytes) -> None:
    found, expected = decoding._read_plain(body), as_objects(body)
    assert found is not None and expected is not None
    assert_same(found[1], expected)
    assert json.loads(bytes(found[0].marketParticipantContext)) == CONTEXT


def _message(kwh: Sequence[Any] = (0.125, 12.5, 0, 3.25)) -> bytes:
    intervals = [
        {
            "pS": f"2026-05-03T10:{n:02d}:00+03:00",
            "inQty": {"rTime": f"2026-05-04T01:45:58.{n:06d}Z", "rType": "M", "kwh": amount},
            "outQty": {"rTime": f"2026-05-04T01:45:59.{n:06d}Z", "rType": "E", "kwh": amount},
        }
        for n, amount in enumerate(kwh)
    ]
    elements = [{"meterEic": eic, "periods": [{"r": "PT1H", "aI": intervals}]} for eic in EICS]
    return json.dumps({"marketParticipantContext": CONTEXT, "meterData": elements}, separators=(",", ":")).encode()


def test_whatever_is_changed_in_a_message_both_ways_agree() -> None:
    """Thousands of messages with some bytes replaced, left out, put in, doubled or moved from elsewhere."""
    chance = random.Random(7)  # noqa: S311 - repeatable changes, not a secret
    body = _message()
    signs = b'{}[]",:\\ 0129.-+eEMTZ\n\x00\xff' + body[:20]
    as_tables = read_by_both = 0
    for _ in range(6_000):
        changed = bytearray(body)
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            at, length = chance.randrange(len(changed)), chance.choice((1, 1, 2, 10, 200))
            piece = bytes([chance.choice(signs)])
            if chance.random() < 0.3:
                origin = chance.randrange(len(changed))
                piece = bytes(changed[origin : origin + length])
            changed[at : at + chance.choice((0, len(piece), len(piece), length))] = piece
        found = decoding._read_plain(bytes(changed))
        if found is not None:
            as_tables += 1
            expected = as_objects(bytes(changed))
            assert expected is not None, bytes(changed)
            assert_same(found[1], expected)
            read_by_both += bytes(changed) != body
    assert as_tables > 100 and read_by_both > 50, "some of the changes leave a message right"


@pytest.mark.parametrize(
    "number",
    ["01", "00", "1.", ".5", "-1", "1e5", "1E-3", "0x1", "1..2", "1.2.3", "", "+1", "1234567890.123456", "١", "null"],
)
@pytest.mark.parametrize("everywhere", [True, False])
def test_other_numbers_are_left_to_the_decoder(number: str, everywhere: bool) -> None:
    body = _message().replace(b"12.5", number.encode(), -1 if everywhere else 1)
    assert plain.read(body) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"2026-05-03T10:01", b"2026-02-29T10:01"),
        (b"2026-05-03T10:01", b"1969-05-03T10:01"),
        (b"01:45:58.000001Z", b"01:45:60.000001Z"),
        (b'"M"', b'"X"'),
        (b"PT1H", b"PT2H"),
        (EICS[1].encode(), EICS[1][:-1].encode() + b"?"),
        (b'"inQty"', b'"outQty"'),
        (b'"rType"', b'"rTime"'),
        (b'"kwh":3.25', b'"kwh":3.25,"kwh":3.25'),
        (b'"inQty":{', b'"inQty":null,"x":{'),
        (b"]}]}]", b"]}]},]"),
        (b'"meterData":[', b'"meterData":[],"meterData":['),
        (b'"meterData":[', b'"meterData":[{"meterEic":"","periods":[]},'),
    ],
)
def test_what_is_wrong_is_not_read_as_tables(old: bytes, new: bytes) -> None:
    body = _message()
    assert old in body
    for changed in (body.replace(old, new), body.replace(old, new, 1)):
        assert decoding._read_plain(changed) is None
        assert as_objects(changed) is None


@pytest.mark.parametrize(
    "around", ['{"marketParticipantContext":%s,"meterData":[]}', '{"meterData":[],"marketParticipantContext":%s}']
)
def test_readings_inside_the_context_are_no_readings(around: str) -> None:
    inside = _message()
    assert decoding._read_plain(around.replace("%s", inside.decode()).encode()) is None
    for eic in ("", plain.ELEMENTS, "all\tthe elements"):
        beside = around.replace("[]", json.dumps([{"meterEic": eic, "periods": []}]))
        assert decoding._read_plain(beside.replace("%s", inside.decode()).encode()) is None


def test_long_messages_are_read_as_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way that most messages take is the one for which the door and the worker ask."""
    monkeypatch.undo()
    body = _message([n / 8 for n in range(60)])
    assert len(body) > decoding._LONG_BYTES
    monkeypatch.setattr(decoding, "DECODER", None)
    monkeypatch.setattr(decoding, "_read_plain", lambda body: (None, plain.read(body).columns))  # type: ignore[union-attr]
    assert len(decoding.read(body).columns.start) == 3 * 60
