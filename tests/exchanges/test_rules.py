"""Sides, how far back is scanned, and what a step changed."""

from datetime import UTC, datetime, timedelta

import pytest

from datahub.errors import codes
from datahub.exchanges.rules import Side, changed, scan_faults, side_in
from datahub.market import Role

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize("role", Role)
def test_suppliers_ask_and_grid_operators_and_closed_networks_answer(role: Role) -> None:
    asks = {Role.OPEN_SUPPLIER: Side.SENDER}
    answers = {Role.GRID_OPERATOR: Side.RECEIVER, Role.CLOSED_DISTRIBUTION_NETWORK: Side.RECEIVER}
    assert side_in(role) == {**asks, **answers}.get(role)


@pytest.mark.parametrize(
    ("since", "is_refused"),
    [
        (NOW - timedelta(days=31), False),
        (NOW - timedelta(days=31, microseconds=1), True),
        (NOW, False),
        (NOW + timedelta(days=1), False),
    ],
)
def test_changes_are_scanned_for_31_days(since: datetime, is_refused: bool) -> None:
    found = scan_faults(since, now=NOW)
    assert [fault.code for fault in found] == ([codes.UPDATE_PERIOD_TOO_LONG] if is_refused else [])
    assert all("updatePeriodStart" in fault.message and "2026-10-21T12:00:00Z" in fault.message for fault in found)


def test_a_step_names_what_differs() -> None:
    assert changed({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}) == {"b": [2, 3], "c": [None, 4]}
