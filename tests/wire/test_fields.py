"""Bodies are read strictly: every fault with its code, its path, the value and what would be right, in one pass."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from datahub.errors import DomainError
from datahub.wire import json_body, reading
from datahub.wire.encode import dumps
from tests.wire.urls import ShowRequest

POINT = "38ZGO-10000001-U"


def read(thing: dict[str, Any] | str, **more: Any) -> Any:
    body = {"thing": {"meterEic": POINT, **thing}, **more}
    return reading.read(ShowRequest, body)


def faults(body: Any) -> list[tuple[str, str]]:
    """What is wrong with a body: (the last part of the code, the path)."""
    with pytest.raises(DomainError) as refused:
        reading.read(ShowRequest, body)
    for fault in refused.value.faults:
        assert fault.args[0] in fault.message
    return [(fault.code.name.split(".", 3)[-1], fault.args[0]) for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("meterEic", "38ZGO-10000001-V", "eic-syntax-error"),
        ("meterEic", "38X-EIN-GO-----0", "eic-syntax-error"),
        ("meterEic", "38ZGO-10000001-u", "eic-syntax-error"),
        ("meterEic", " 38ZGO-10000001-U", "eic-syntax-error"),
        ("meterEic", "38ZGO-10000001-U\n", "eic-syntax-error"),
        ("meterEic", "٣٨ZGO-10000001-U", "eic-syntax-error"),
        ("day", "20260329", "invalid-pattern"),
        ("day", "2026-W13-7", "invalid-pattern"),
        ("day", "2026-02-29", "invalid-pattern"),
        ("day", "2026-03-29T00:00:00Z", "invalid-pattern"),
        ("day", "1969-12-31", "invalid-pattern"),
        ("meterEic", "", "missing"),
        ("meterEic", None, "missing"),
        ("meterEic", 38, "invalid-pattern"),
        ("colour", "GREEN", "invalid-enum"),
        ("colour", "red", "invalid-enum"),
        ("colour", 1, "invalid-pattern"),
        ("validFrom", "2024-05-22T21:00:00", "invalid-pattern"),
        ("validFrom", "2024-05-22", "invalid-pattern"),
        ("validFrom", "2024-05-22 21:00:00Z", "invalid-pattern"),
        ("validFrom", "2024-05-22T21:00:00z", "invalid-pattern"),
        ("validFrom", "2024-05-22T21Z", "invalid-pattern"),
        ("validFrom", "2024-05-22T24:00:00Z", "invalid-pattern"),
        ("validFrom", "2024-05-22T21:00:60Z", "invalid-pattern"),
        ("validFrom", "2024-02-30T21:00:00Z", "invalid-pattern"),
        ("validFrom", "0001-01-01T00:00:00+12:00", "invalid-pattern"),
        ("validFrom", "9999-12-31T23:59:59-12:00", "invalid-pattern"),
        ("validFrom", "2024-05-22T21:00:00+25:00", "invalid-pattern"),
        ("validFrom", "٢٠٢٤-05-22T21:00:00Z", "invalid-pattern"),
        ("validFrom", 1716411600, "invalid-pattern"),
        ("validFrom", True, "invalid-pattern"),
        ("quantity", "1.5", "invalid-pattern"),
        ("quantity", True, "invalid-pattern"),
        ("quantity", Decimal("1.0005"), "too-many-decimals"),
        ("quantity", Decimal("1e-400000000"), "too-many-decimals"),
        ("quantity", Decimal("1e999999999"), "too-big"),
        ("quantity", Decimal("-1e999999999"), "too-small"),
        ("quantity", 10**9, "too-big"),
        ("quantity", Decimal("-0.001"), "field-value-cannot-be-negative"),
        ("count", 0, "too-small"),
        ("count", 6, "too-big"),
        ("count", "3", "invalid-pattern"),
        ("count", Decimal("3.0"), "invalid-pattern"),
        ("count", False, "invalid-pattern"),
        ("wide", 2**63, "too-big"),
        ("flag", "true", "invalid-pattern"),
        ("flag", 1, "invalid-pattern"),
        ("name", "x" * 11, "field-cannot-be-longer-than-x-characters"),
        ("name", 5, "invalid-pattern"),
        ("name", "a\x00b", "invalid-pattern"),
        ("name", "\ud800", "invalid-pattern"),
        *(("name", f"a{sign}b", "invalid-pattern") for sign in "\u202e\u2066\u200b\ufeff\x07\x85\n\r\u2028"),
        ("name", "", "missing"),
        ("name", "bad", "invalid-pattern"),
        ("name", {}, "invalid-pattern"),
        ("mail", "nobody", "invalid-email"),
        ("day", "22.05.2024", "invalid-pattern"),
        ("day", "2024-02-30", "invalid-pattern"),
        ("tags", "abc", "invalid-pattern"),
        ("tags", ["a", "b", "c"], "too-many-entries"),
    ],
)
def test_a_wrong_value_is_told_by_code_and_path(name: str, value: Any, code: str) -> None:
    assert faults({"thing": {"meterEic": POINT, name: value}}) == [(code, f"thing.{name}")]


def test_blanks_and_what_belongs_to_writing_may_stand_in_a_text() -> None:
    for text in ("a\tb\u00a0c", "co\u00adop", "a\u200db"):
        assert read({"name": text})["thing"]["name"] == text
    # What is taken away at the ends hides nothing.
    assert read({"name": " ab\r\n"})["thing"]["name"] == "ab"


def test_what_turns_a_text_is_written_by_its_number_in_the_message() -> None:
    with pytest.raises(DomainError) as refused:
        read({"name": "a\u202eb"})
    assert "a\\u202eb, but must be text without control characters" in refused.value.cause.message


def test_the_value_and_what_would_be_right_stand_in_the_message() -> None:
    with pytest.raises(DomainError) as refused:
        reading.read(ShowRequest, {"thing": {"meterEic": POINT, "colour": "GREEN", "name": "x" * 11, "flag": "yes"}})
    colour, flag, name = refused.value.faults
    assert colour.args == ("thing.colour", "RED or BLUE", "GREEN")
    assert flag.message == "thing.flag is yes, but must be true or false"
    assert name.args == ("thing.name", "11", "10")


def test_all_faults_are_found_in_one_pass_in_the_order_of_the_fields() -> None:
    body = {
        "thing": {"colour": "x", "tags": ["ok", "long"], "surprise": 1},
        "things": [{"meterEic": POINT}, {"meterEic": "x"}, 5, {"meterEic": POINT, "more": {}}],
        "pagination": {"page": -1, "pageSize": 1001, "size": 1},
        "other": None,
    }
    assert faults(body) == [
        ("missing", "thing.meterEic"),
        ("invalid-enum", "thing.colour"),
        ("field-cannot-be-longer-than-x-characters", "thing.tags[1]"),
        ("missing-field", "thing.surprise"),
        ("eic-syntax-error", "things[1].meterEic"),
        ("invalid-pattern", "things[2]"),
        ("missing-field", "things[3].more"),
        ("field-value-cannot-be-negative", "pagination.page"),
        ("too-big", "pagination.pageSize"),
        ("missing-field", "pagination.size"),
        ("missing-field", "other"),
    ]


def test_a_list_must_not_be_empty_where_that_is_said() -> None:
    assert faults({"thing": {"meterEic": POINT}, "things": []}) == [("list-can-not-be-empty", "things")]


def test_faults_between_fields_come_after_those_of_fields() -> None:
    assert faults({"thing": {"meterEic": POINT, "count": 5}}) == [("agreement-attributes-required-one-of", "thing")]
    assert faults({"thing": {"meterEic": POINT, "count": 5, "name": 1}}) == [("invalid-pattern", "thing.name")]


def test_a_fields_own_check_runs_also_where_another_field_is_wrong() -> None:
    assert faults({"thing": {"meterEic": "x", "name": "bad"}}) == [
        ("eic-syntax-error", "thing.meterEic"),
        ("invalid-pattern", "thing.name"),
    ]


def test_null_is_left_out_unless_a_field_takes_it() -> None:
    assert read({"validFrom": None, "name": None})["thing"] == {"meterEic": POINT}
    assert read({"validTo": None})["thing"] == {"meterEic": POINT, "validTo": None}


@pytest.mark.parametrize(
    ("sent", "instant"),
    [
        ("2023-04-01T00:00Z", datetime(2023, 4, 1, tzinfo=UTC)),
        ("2023-04-01T00:00:00+03:00", datetime(2023, 3, 31, 21, tzinfo=UTC)),
        ("2023-04-01T00:00:00.5-01:30", datetime(2023, 4, 1, 1, 30, 0, 500_000, tzinfo=UTC)),
        ("2023-04-01T00:00:00.123456000Z", datetime(2023, 4, 1, 0, 0, 0, 123_456, tzinfo=UTC)),
        ("2023-04-01T00:00:00.000000001Z", datetime(2023, 4, 1, 0, 0, 0, 1, tzinfo=UTC)),
        ("2023-04-01T00:00:00.9999999Z", datetime(2023, 4, 1, 0, 0, 1, tzinfo=UTC)),
    ],
)
def test_times_become_instants_in_utc(sent: str, instant: datetime) -> None:
    value = read({"validFrom": sent})["thing"]["validFrom"]
    assert value == instant
    assert value.utcoffset().total_seconds() == 0


@pytest.mark.parametrize("text", ["0.1", "123456789.123", "0", "5", "1.500", "1E+2", "0.000", "1.5000000"])
def test_numbers_are_kept_exactly(text: str) -> None:
    sent = json_body.decode(b'{"quantity": %s}' % text.encode())["quantity"]
    value = read({"quantity": sent})["thing"]["quantity"]
    assert value == Decimal(text)
    assert Decimal(dumps({"q": value})[5:-1].decode()) == Decimal(text)


def test_pages_are_read_and_left_out() -> None:
    assert (read({})["pagination"].page, read({})["pagination"].page_size) == (0, 500)
    asked = read({}, pagination={"page": 3, "pageSize": 1000})["pagination"]
    assert (asked.page, asked.page_size, asked.offset) == (3, 1000, 3000)
    assert read({}, pagination={})["pagination"].page_size == 500


def test_a_body_of_many_faults_names_a_thousand_at_most() -> None:
    assert len(faults({"thing": {"meterEic": POINT, **{f"n{i}": 1 for i in range(5000)}}})) == 1000


def test_answers_are_written_in_utc_with_seconds() -> None:
    moment = datetime.fromisoformat("2024-05-23T00:00:00.250+03:00")
    assert dumps({"at": moment}) == b'{"at":"2024-05-22T21:00:00Z"}'
