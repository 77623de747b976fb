"""Scanning enquiries and connection requests by timestamp."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from datahub_client import Gap, MemoryPosition, PositionError, UnexpectedAnswer
from fake_hub import START, FakeHub, instant


def _numbers(found: Any) -> list[int]:
    return [int(one["messageRequestId"]) for one in found]


def test_changes_come_in_the_order_of_saving_as_they_stand() -> None:
    fake, memory = FakeHub(), MemoryPosition()
    for number in (1, 2, 3, 1):
        fake.save_change(number)
    hub = fake.hub()
    assert _numbers(hub.scan_enquiries(position=memory)) == [2, 3, 1]
    assert _numbers(hub.scan_enquiries(position=memory)) == []
    fake.save_change(2)
    assert _numbers(hub.scan_enquiries(position=memory)) == [2]
    assert [str(one.url.path) for one in fake.requests][-1] == "/api/v1/direct-messages/change"
    assert len(list(hub.scan_connection_requests(position=None))) == 3
    assert [str(one.url.path) for one in fake.requests][-1] == "/api/v1/connection-state/change"


def test_more_than_a_list_holds_comes_in_parts() -> None:
    fake = FakeHub()
    for number in range(2_500):
        fake.save_change(number)
    assert _numbers(fake.hub().scan_enquiries(position=None)) == list(range(2_500))


def test_a_change_is_acknowledged_when_the_next_one_is_asked_for() -> None:
    fake, memory = FakeHub(), MemoryPosition()
    for number in range(5):
        fake.save_change(number)
    hub = fake.hub()
    with hub.scan_enquiries(position=memory) as scan:
        assert _numbers([next(scan), next(scan)]) == [0, 1]
    assert _numbers(hub.scan_enquiries(position=memory)) == [1, 2, 3, 4]


def test_changes_begin_where_they_are_told_to() -> None:
    fake = FakeHub()
    fake.now = datetime.now(UTC) - timedelta(days=40)
    for day in range(40):
        fake.save_change(day, after=timedelta(days=1))
    hub = fake.hub()
    assert _numbers(hub.scan_enquiries(position=None)) == list(range(9, 40))
    assert _numbers(hub.scan_enquiries(position=None, start=fake.now - timedelta(days=2))) == [38, 39]
    assert _numbers(hub.scan_enquiries(position=None, start="now")) == []
    with pytest.raises(Gap):
        list(hub.scan_enquiries(position=None, start=fake.now - timedelta(days=33)))
    since = fake.now - timedelta(days=33)
    assert _numbers(hub.scan_enquiries(position=None, start=since, on_gap="skip")) == list(range(9, 40))
    with pytest.raises(ValueError, match="no time zone"):
        hub.scan_enquiries(position=None, start=START.replace(tzinfo=None))


def test_a_place_does_not_fall_behind_while_nobody_saves() -> None:
    fake, memory = FakeHub(), MemoryPosition()
    fake.now = datetime.now(UTC) - timedelta(days=400)
    fake.save_change(1)
    hub = fake.hub()
    assert _numbers(hub.scan_enquiries(position=memory, start=fake.now - timedelta(days=1))) == [1]
    for _ in range(12):
        fake.now += timedelta(days=29)
        assert _numbers(hub.scan_enquiries(position=memory)) == []
    # A save may take its timestamp long before it is seen.
    fake.changes.append({"messageRequestId": "2", "timestamp": instant(fake.now - timedelta(hours=23))})
    assert _numbers(hub.scan_enquiries(position=memory)) == [2]


def test_what_cannot_be_is_not_believed() -> None:
    fake, memory = FakeHub(), MemoryPosition()
    fake.save_change(1)
    fake.save_change(2)
    fake.changes.reverse()
    with pytest.raises(UnexpectedAnswer, match="stands behind"):
        list(fake.hub().scan_enquiries(position=None))
    fake.changes = [{"messageRequestId": "1", "timestamp": "soon"}]
    with pytest.raises((UnexpectedAnswer, ValueError)):
        list(fake.hub().scan_enquiries(position=None))
    memory.place = "yesterday"
    with pytest.raises(PositionError):
        list(fake.hub().scan_enquiries(position=memory))
