"""Whatever stands in a body: it is read, or refused in words that can be sent."""

import contextlib
import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datahub.errors import DomainError
from datahub.wire import json_body, reading, refusal
from tests.wire.urls import ShowRequest, Thing

NAMES = [*Thing().fields, "thing", "things", "pagination", "page", "pageSize"]
texts = st.text(st.characters(exclude_categories=[]), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | texts, inner, max_size=6),
    max_leaves=20,
)
things = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, values)).map(
    lambda thing: {"meterEic": "38ZGO-10000001-U", **thing}
)


def read(body: bytes) -> None:
    """Read a body as the frame does; the refusal must be a whole error body in UTF-8."""
    try:
        reading.read(ShowRequest, json_body.decode(body))
    except DomainError as error:
        assert all(fault.code.status == 400 for fault in error.faults)
        answer = orjson.loads(refusal.render(error).content)
        assert answer["cause"]["message"]
        assert len(answer["cause"].get("others", [])) == len(error.others)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES) | texts, values, max_size=5))
def test_any_object_is_read_or_refused(body: dict[str, Any]) -> None:
    read(json.dumps(body).encode())


@settings(max_examples=300, deadline=None)
@given(things, values)
def test_any_value_of_a_known_field_is_read_or_refused(thing: dict[str, Any], pagination: Any) -> None:
    read(json.dumps({"thing": thing, "things": [thing], "pagination": pagination}).encode())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\u0d8e1-+.tfn ', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    read(body)


def test_a_name_of_half_a_character_is_refused_in_words_that_can_be_sent() -> None:
    body = b'{"\\ud800": 1, "thing": {"meterEic": "\\udfff", "name": "\\u0000"}}'
    read(body)
    with pytest.raises(DomainError):
        reading.read(ShowRequest, json_body.decode(body))


def test_a_very_long_value_is_not_sent_back_whole() -> None:
    body = {"thing": {"meterEic": "x" * 1_000_000, "y" * 1_000_000: 1}}
    with contextlib.suppress(DomainError):
        reading.read(ShowRequest, body)
        raise AssertionError("read")
    try:
        reading.read(ShowRequest, body)
    except DomainError as error:
        assert len(refusal.render(error).content) < 5000
