"""What may be scanned at once, and which code says what is wrong with a window."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from datahub.market import ResourceType
from distribution.rules.windows import window_faults

FROM = datetime(2026, 10, 25, tzinfo=UTC)


def faults(resource_type: str = "AGREEMENT", **fields: Any) -> list[str]:
    found = window_faults({"resourceType": ResourceType(resource_type), **fields}, path="attributes")
    return [one.code.name.removeprefix("dd.error.validation.data-distribution-") for one in found]


def times(**length: float) -> dict[str, datetime]:
    return {"createdTimeFrom": FROM, "createdTimeTo": FROM + timedelta(**length)}


@pytest.mark.parametrize(
    ("resource_type", "fields", "expected"),
    [
        ("AGREEMENT", {}, ["id-range-or-time-interval-is-required"]),
        ("AGREEMENT", times(hours=24), []),
        ("AGREEMENT", times(hours=24, microseconds=1), ["created-time-period-max-one-day"]),
        ("AGREEMENT", times(hours=25), ["created-time-period-max-one-day"]),
        ("METERING_DATA", times(hours=1), []),
        ("METERING_DATA", times(hours=1, microseconds=1), ["created-time-period-max-one-hour"]),
        ("AGREEMENT", times(), []),
        (
            "AGREEMENT",
            times(microseconds=-1),
            ["opp.error.validation.from-field-cannot-be-equal-to-or-after-to-field"],
        ),
        ("AGREEMENT", {"createdTimeFrom": FROM}, ["provide-from-and-to-params-together"]),
        ("AGREEMENT", {"createdTimeTo": FROM}, ["provide-from-and-to-params-together"]),
        ("AGREEMENT", {"idFrom": 1}, ["provide-from-and-to-params-together"]),
        ("AGREEMENT", {"idTo": 1}, ["provide-from-and-to-params-together"]),
        ("AGREEMENT", {"idFrom": 1, "idTo": 10_001}, []),
        ("AGREEMENT", {"idFrom": 1, "idTo": 10_002}, ["id-range-exceeds-max-number"]),
        ("AGREEMENT", {"idFrom": 0, "idTo": 0}, []),
        ("AGREEMENT", {"idFrom": 2, "idTo": 1}, ["id-from-can-not-be-bigger-than-id-to"]),
        ("AGREEMENT", {"idFrom": -1, "idTo": 1}, ["id-can-not-be-negative-number"]),
        ("AGREEMENT", {"idFrom": -2, "idTo": -1}, ["id-can-not-be-negative-number"] * 2),
        ("AGREEMENT", {**times(hours=1), "idFrom": 1, "idTo": 2}, []),
        ("AGREEMENT", {**times(hours=1), "idFrom": 1}, ["provide-from-and-to-params-together"]),
        (
            "METERING_DATA",
            {**times(hours=2), "idFrom": 5, "idTo": 2},
            ["created-time-period-max-one-hour", "id-from-can-not-be-bigger-than-id-to"],
        ),
    ],
)
def test_a_window_is_checked(resource_type: str, fields: dict[str, Any], expected: list[str]) -> None:
    assert faults(resource_type, **fields) == expected


def test_a_window_that_is_too_wide_is_named_by_its_fields_and_times() -> None:
    window = {"createdTimeFrom": FROM, "createdTimeTo": FROM + timedelta(hours=1, microseconds=1)}
    (found,) = window_faults({"resourceType": ResourceType.METERING_DATA, **window}, path="attributes")
    assert found.args == (
        "attributes.createdTimeFrom",
        "2026-10-25T00:00:00Z",
        "attributes.createdTimeTo",
        "2026-10-25T01:00:00.000001Z",
        "METERING_DATA",
    )
