"""Scanning the log: gapless and without repeats, whatever the hub does meanwhile."""

import json
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from datahub_client import (
    ContentAway,
    ContentLost,
    FilePosition,
    Forbidden,
    Gap,
    Hub,
    MemoryPosition,
    Message,
    PositionError,
    Scan,
    Unavailable,
    UnexpectedAnswer,
)
from datahub_client.scanning import log
from datahub_client.scanning.log import LogPlace, LogSource
from fake_hub import FAILED, KEPT, LOST, START, FakeHub, fault, ids, instant


class Clock:
    """Time that passes only while a scan waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def wait(self, scan: Scan[Message]) -> Scan[Message]:
        """Let a scan wait by this clock."""

        def wait(seconds: float) -> None:
            self.now += seconds
            self.waits.append(seconds)
            self.meanwhile()

        scan._wait = wait  # type: ignore[method-assign]
        scan._clock = lambda: self.now  # type: ignore[method-assign]
        source = scan._source
        assert isinstance(source, LogSource)
        source._clock = lambda: self.now
        return scan


def _scan(fake: FakeHub, **options: Any) -> Scan[Message]:
    given: dict[str, Any] = {"position": None, "start": 1, **options}
    return fake.hub().scan("AGREEMENT", **given)


def test_a_scan_gives_all_messages_in_their_order() -> None:
    fake = FakeHub()
    told = []
    for size in (1, 700, 9_000, 40_000, 3):
        told += [fake.tell() for _ in range(120)]
        fake.skip(size)
    messages = list(_scan(fake))
    assert ids(messages) == told
    assert messages[0].content == [{"agreementId": "1"}]
    assert instant(messages[0].created_time) == fake.messages[0]["createdTime"]
    assert all(json.loads(one.content)["pagination"]["page"] == 0 for one in fake.requests)


@pytest.mark.parametrize("seed", range(10))
def test_nothing_is_missed_or_given_twice_beside_writers(seed: int) -> None:
    """Messages of ours and of others appear between any two requests, in small and large steps."""
    fake, chance = FakeHub(), random.Random(seed)  # noqa: S311 - a repeatable choice
    told: list[int] = []

    def others_write() -> None:
        for _ in range(chance.randrange(4)):
            if chance.random() < 0.3:
                fake.skip(chance.choice([1, 9_998, 9_999, 10_000, 10_001, 30_000]))
            if len(told) < 300:
                told.extend(fake.tell() for _ in range(chance.randrange(12)))

    others_write()
    fake.on_scan = others_write
    got: list[int] = []
    memory = MemoryPosition()
    while len(told) < 300:
        for message in _scan(fake, position=memory, page_size=chance.choice([1, 2, 7, 500])):
            got.append(message.id)
            if chance.random() < 0.02:
                # It ends before the message is acknowledged: it comes again.
                got.pop()
                break
    fake.on_scan = lambda: None
    got += ids(list(_scan(fake, position=memory)))
    assert got == told


def test_what_becomes_too_old_between_two_pages_moves_nothing_up() -> None:
    """Pages by number would leave out as many messages as left the front of the window."""
    fake = FakeHub()
    told = [fake.tell(after=timedelta(hours=1)) for _ in range(20)]
    fake.now = START + KEPT - timedelta(minutes=30)
    got = []
    for message in _scan(fake, page_size=5):
        got.append(message.id)
        if message.id == 3:
            fake.now += timedelta(hours=4)
    assert got == told


# --- where it begins --------------------------------------------------------------------------------------------------


def test_a_scan_begins_where_it_is_told_to() -> None:
    fake = FakeHub()
    for hour in range(60):
        fake.tell(after=timedelta(hours=1))
        fake.skip(100_000 if hour == 30 else 5)
    fake.pass_time(timedelta(hours=50))
    everything = [message["id"] for message in fake.messages]
    assert ids(list(_scan(fake, start="oldest"))) == everything
    assert ids(list(_scan(fake, start=1))) == everything
    assert ids(list(_scan(fake, start=everything[40]))) == everything[40:]
    assert ids(list(_scan(fake, start=everything[40] + 1))) == everything[41:]
    at = START + timedelta(hours=20)
    assert ids(list(_scan(fake, start=at))) == everything[19:]
    assert ids(list(_scan(fake, start=at + timedelta(microseconds=1)))) == everything[20:]
    assert ids(list(_scan(fake, start="now"))) == []
    fake.requests.clear()
    assert ids(list(_scan(fake, start=START + timedelta(hours=61)))) == []
    assert len(fake.requests) < 8


def test_what_comes_after_now_is_given(tmp_path: Path) -> None:
    fake, position = FakeHub(), FilePosition(tmp_path / "p")
    for _ in range(5):
        fake.tell()
    assert list(_scan(fake, start="now", position=position)) == []
    told = [fake.tell() for _ in range(3)]
    assert ids(list(_scan(fake, start="now", position=position))) == told
    assert list(_scan(fake, start="oldest", position=position)) == [], "where to begin counts the first time only"


def test_only_what_is_kept_is_given_and_found_fast() -> None:
    fake = FakeHub()
    told = [fake.tell(after=timedelta(hours=3)) for _ in range(80)]
    fake.skip(5_000_000)
    told += [fake.tell(after=timedelta(hours=1)) for _ in range(3)]
    kept = [one["id"] for one in fake.messages if one["createdTime"] >= instant(fake.now - KEPT)]
    assert kept == told[-len(kept) :]
    assert ids(list(_scan(fake, start="oldest"))) == kept
    fake.requests.clear()
    place = LogPlace(kept[0], fake.now - KEPT + timedelta(minutes=1))
    memory = MemoryPosition()
    memory.place = place.text
    assert ids(list(_scan(fake, position=memory))) == kept[1:]
    assert len(fake.requests) < 20, "five million ids of others are passed by time"


def test_a_start_that_cannot_be_is_refused() -> None:
    fake = FakeHub()
    fake.tell()
    with pytest.raises(PositionError, match="still to come"):
        list(_scan(fake, start=fake.now + timedelta(hours=1)))
    with pytest.raises(Gap):
        list(_scan(fake, start=fake.now - timedelta(days=8)))
    assert ids(list(_scan(fake, start=fake.now - timedelta(days=8), on_gap="skip"))) == [1]
    with pytest.raises(ValueError, match="no time zone"):
        _scan(fake, start=START.replace(tzinfo=None))
    for bad in ("", "{}", "[]", "7", '{"after":-1,"at":null}', '{"after":true,"at":null}', '{"after":1,"at":"x"}'):
        memory = MemoryPosition()
        memory.place = bad or "nothing"
        with pytest.raises(PositionError):
            list(_scan(fake, position=memory))


# --- gaps -------------------------------------------------------------------------------------------------------------


def test_messages_that_may_have_been_missed_are_said_to_be() -> None:
    fake, memory = FakeHub(), MemoryPosition()
    fake.tell()
    assert ids(list(_scan(fake, position=memory))) == [1]
    fake.pass_time(timedelta(hours=1))
    missed = fake.tell()
    fake.pass_time(KEPT + timedelta(hours=2))
    kept = fake.tell()
    with pytest.raises(Gap) as gap:
        list(_scan(fake, position=memory))
    assert gap.value.since <= START + timedelta(hours=1) < gap.value.until
    with pytest.raises(Gap):
        list(_scan(fake, position=memory))
    assert missed < kept
    assert ids(list(_scan(fake, position=memory, on_gap="skip"))) == [kept]
    assert ids(list(_scan(fake, position=memory))) == []


def test_who_looks_often_enough_has_no_gap_however_quiet_it_is() -> None:
    fake, memory = FakeHub(), MemoryPosition()
    fake.tell()
    got = []
    for day in range(40):
        got += ids(list(_scan(fake, position=memory)))
        fake.pass_time(timedelta(days=6, hours=23))
        if day == 30:
            fake.skip(200_000)
            fake.tell()
    assert got == [1, 200_002]


def test_a_scan_from_the_oldest_on_is_never_too_slow() -> None:
    """What leaves the hub before it was read belongs to what is asked for as far as it is there."""
    fake = FakeHub()
    for _ in range(30):
        fake.tell(after=timedelta(hours=6))
    got = []
    for message in _scan(fake, start="oldest", page_size=1):
        got.append(message.id)
        fake.pass_time(timedelta(hours=3))
    assert got[-1] == 30
    assert got == sorted(set(got))


def test_a_hub_that_was_restored_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    fake, memory = FakeHub(), MemoryPosition()
    for _ in range(20):
        fake.tell()
    assert len(list(_scan(fake, position=memory))) == 20
    fake.highest_id, fake.messages = 12, fake.messages[:12]
    assert list(_scan(fake, position=memory)) == []
    assert "restored from a backup" in caplog.text
    fake.highest_id = 1_000_000
    assert ids(list(_scan(fake, position=memory))) == []
    told = fake.tell()
    assert ids(list(_scan(fake, position=memory))) == [told]


# --- contents that are missing ----------------------------------------------------------------------------------------


def test_a_content_that_is_away_is_waited_for_and_nothing_overtakes_it() -> None:
    fake, clock = FakeHub(), Clock()
    told = [fake.tell() for _ in range(4)]
    fake.lose(2, FAILED)
    fake.lose(3, FAILED)

    def comes_back() -> None:
        if len(clock.waits) == 3:
            fake.find(2)
        if len(clock.waits) == 5:
            fake.find(3)

    clock.meanwhile = comes_back
    assert ids(list(clock.wait(_scan(fake)))) == told
    assert len(clock.waits) == 5
    assert clock.waits[0] < clock.waits[2]
    sizes = [json.loads(one.content)["pagination"]["pageSize"] for one in fake.requests]
    assert sizes[1] == 1, "while one is away, only that one is asked for"


def test_a_content_that_stays_away_ends_the_scan_where_it_is() -> None:
    fake, clock, memory = FakeHub(), Clock(), MemoryPosition()
    for _ in range(3):
        fake.tell()
    fake.lose(2, FAILED)
    got = []
    with pytest.raises(ContentAway) as away:
        got += [message.id for message in clock.wait(_scan(fake, position=memory, content_patience=60))]
    assert (away.value.message_id, away.value.reason) == (2, FAILED)
    assert 60 <= sum(clock.waits) < 62
    assert memory.place is not None
    assert json.loads(memory.place)["after"] == 1
    fake.find(2)
    assert ids(list(_scan(fake, position=memory))) == [2, 3]


def test_a_lost_content_needs_a_decision() -> None:
    fake, memory = FakeHub(), MemoryPosition()
    for _ in range(6):
        fake.tell()
    for number in (2, 3, 5):
        fake.lose(number, "The path value is null" if number == 3 else LOST)
    clock = Clock()
    scan = clock.wait(_scan(fake, position=memory))
    assert next(scan).id == 1
    with pytest.raises(ContentLost, match="the content of message 2 is lost: File not found"):
        next(scan)
    assert 30 <= sum(clock.waits) < 32, "a store may not show a new object yet"
    scan.close()
    clock = Clock()
    messages = list(clock.wait(_scan(fake, position=memory, on_lost="give")))
    assert ids(messages) == [2, 3, 4, 5, 6]
    assert [message.content is None for message in messages] == [True, True, False, True, False]
    assert messages[0].content_missing_reason == LOST
    assert sum(clock.waits) < 32, "what was found lost together is waited for together"


def test_an_unknown_reason_is_waited_for() -> None:
    fake, clock = FakeHub(), Clock()
    fake.tell()
    fake.lose(1, "A new reason")
    with pytest.raises(ContentAway):
        list(clock.wait(_scan(fake, on_lost="give", content_patience=5)))


# --- following, outages -----------------------------------------------------------------------------------------------


def test_following_waits_for_news_and_through_outages() -> None:
    fake, clock = FakeHub(), Clock()
    told = [fake.tell()]
    scan = clock.wait(_scan(fake, follow=True, every=10))

    def meanwhile() -> None:
        if len(clock.waits) == 2:
            fake.faults = [httpx.ConnectError("refused")] * 30
        if len(clock.waits) == 5:
            told.append(fake.tell())
        if len(clock.waits) == 9:
            scan.stop()

    clock.meanwhile = meanwhile
    assert ids(list(scan)) == told == [1, 2]
    assert 9 <= clock.waits[0] <= 11


def test_without_following_an_outage_is_raised_and_the_scan_can_go_on() -> None:
    fake, memory = FakeHub(), MemoryPosition()
    told = [fake.tell() for _ in range(3)]
    scan = _scan(fake, position=memory, page_size=1)
    assert next(scan).id == 1
    fake.faults = [fault(503, "x", {"Retry-After": "9999"})]
    with pytest.raises(Unavailable):
        next(scan)
    assert ids(list(scan)) == told[1:]


def test_a_permission_that_was_withdrawn_ends_following() -> None:
    fake = FakeHub()
    fake.tell()
    scan = _scan(fake, follow=True, every=0)
    next(scan)
    fake.faults = [fault(403, "x")]
    with pytest.raises(Forbidden):
        next(scan)


def test_a_hub_that_breaks_its_promises_is_not_believed() -> None:
    fake = FakeHub()
    for _ in range(3):
        fake.tell()
    fake.messages.reverse()
    with pytest.raises(UnexpectedAnswer, match="stands behind"):
        list(_scan(fake))
    fake.messages.reverse()
    fake.highest_id = 2
    with pytest.raises(UnexpectedAnswer, match="stands behind"):
        list(_scan(fake))


def test_pages_are_as_large_as_memory_bears(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message of readings may be as large as a page of others."""
    monkeypatch.setattr(log, "_ANSWER_BYTES", 100_000)
    fake = FakeHub()
    for _ in range(30):
        fake.tell()
    for _ in range(60):
        fake.tell(content=json.dumps(["x" * 10_000]))
    for _ in range(60):
        fake.tell()
    hub = fake.hub()
    assert len(list(hub.scan("METERING_DATA", position=None, start=1))) == 150
    sizes = [json.loads(one.content)["pagination"]["pageSize"] for one in fake.requests]
    assert sizes[:3] == [10, 20, 40]
    assert sizes[3:6] == [9, 9, 9]
    assert sizes[-1] > 20


def test_a_scan_is_one_of_a_participant_in_a_role(tmp_path: Path) -> None:
    fake = FakeHub()
    fake.tell()
    hub: Hub = fake.hub()
    path = tmp_path / "agreements"
    assert len(list(hub.scan("AGREEMENT", position=path))) == 1
    for other in (hub.acting(role="AGGREGATOR"), hub.acting(commodity="NATURAL_GAS")):
        with pytest.raises(PositionError, match="is the position of AGREEMENT-38X-EIN-OS-----J-OPEN_SUPPLIER"):
            list(other.scan("AGREEMENT", position=path))
    with pytest.raises(PositionError, match="not of METERING_POINT"):
        list(hub.scan("METERING_POINT", position=path))
    assert len(list(hub.scan("AGREEMENT", position=path))) == 0
