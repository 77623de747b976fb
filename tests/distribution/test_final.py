"""Who follows the log is answered from memory exactly as the database would, and only where the log is final."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from datahub import partitions
from distribution.models import MESSAGES, Address, LogState, Message
from distribution.selectors import final, log
from distribution.selectors.log import Window
from distribution.selectors.scan import Page, scan
from distribution.services.sequencer import begin_log

pytestmark = pytest.mark.django_db
# At noon, so that what is seven days old lies in a day that has others.
NOW = datetime.now(UTC).replace(hour=12)
TYPES = ["METERING_POINT", "AGREEMENT"]
EICS = ["38X-EIN-OS-----J", "38X-DEMO-OS2---A"]
DAYS = 4


@pytest.fixture(autouse=True)
def _small_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(final, "STRETCH", 16)
    begin_log()


def tell(number: int, *, since: timedelta = timedelta(days=DAYS)) -> None:
    """Tell messages of two types to two addresses, in an order of chance, evenly from some days ago to now."""
    addresses = [
        Address.objects.get_or_create(participant_eic=eic, role="OPEN_SUPPLIER", commodity="ELECTRICITY")[0]
        for eic in EICS
    ]
    chance = random.Random(number)  # noqa: S311 - a repeatable log, not a secret
    last_id = LogState.objects.get().last_id
    partitions.ensure(MESSAGES, since=(NOW - since).date(), until=NOW.date())
    Message.objects.bulk_create(
        Message(
            id=last_id + 1 + place,
            created_at=NOW - since + since * (place / number),
            unit_id=1,
            address=chance.choice(addresses),
            resource_type=chance.choice(TYPES),
            reason=chance.choice(["CREATE", "UPDATE"]),
            pack=chance.choice([None, "2026/a", "2026/b"]),
            pack_offset=place,
            pack_length=chance.randrange(900),
        )
        for place in range(number)
    )
    LogState.objects.update(last_id=last_id + number)
    log.memory.forget()


def page(first: int, last: int, *, offset: int = 0, limit: int = 10, now: datetime = NOW, **window: Any) -> Page:
    return scan(
        participant_eic=EICS[0], role="OPEN_SUPPLIER", commodity="ELECTRICITY", resource_type=TYPES[0],
        window=Window(id_from=first, id_to=last, **window), offset=offset, limit=limit, now=now,
    )  # fmt: skip


def statements(first: int, last: int, **more: Any) -> int:
    """Count what a page asks the database for the log's messages."""
    asked = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        page(first, last, **more)
    return sum("pack_offset" in sql for sql in asked)


def test_any_page_is_what_the_database_says() -> None:
    tell(400)
    chance = random.Random(1)  # noqa: S311 - repeatable windows
    asked = []
    for _ in range(150):
        first = chance.randrange(-5, 420)
        last, offset = first + chance.randrange(0, 60), chance.choice([0, 1, 3, 10, 40])
        asked.append((first, last, offset, chance.choice([1, 7, 50])))
    expected = []
    for first, last, offset, limit in asked:
        final.memory.forget()
        expected.append(page(first, last, offset=offset, limit=limit))
    for _ in range(2):
        for (first, last, offset, limit), known in zip(asked, expected, strict=True):
            found = page(first, last, offset=offset, limit=limit)
            assert (found.total, found.end) == (known.total, known.end)
            assert [list(column) for column in found.messages] == [list(column) for column in known.messages]
    assert sum(statements(first, last) == 0 for first, last, _, _ in asked) > 75, "most were answered from memory"


def test_who_follows_reads_each_stretch_once_and_who_asks_once_does_not() -> None:
    tell(400)
    assert [statements(17, 36), statements(18, 37), statements(19, 38)] == [1, 2, 0]
    assert statements(33, 50) == 1, "a stretch further on is read when the one before it is known"
    final.memory.forget()
    assert [statements(17, 36), statements(97, 116), statements(197, 216)] == [1, 1, 1]


def test_where_the_log_grows_each_page_is_fresh() -> None:
    tell(40)
    for _ in range(3):
        assert page(33, 1_000).total == page(33, 40).total
        assert page(33, 1_000).end.highest_id == 40
    before = page(33, 1_000).total
    tell(100, since=timedelta(minutes=1))
    after = page(33, 140)
    assert after.end.highest_id == 140 and after.total > before
    for _ in range(3):
        assert page(33, 140).total == after.total


def test_what_is_told_behind_a_kept_stretch_is_seen_at_once() -> None:
    tell(32)
    for _ in range(3):
        page(1, 31)
    known = page(1, 31).total
    tell(64, since=timedelta(minutes=1))
    assert page(1, 96).total > known
    assert page(1, 96).end.highest_id == 96


def test_the_end_that_an_answer_names_is_a_tenth_of_a_second_old_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [1_000.0]
    monkeypatch.setattr(final.time, "monotonic", lambda: moment[0])
    tell(64)
    for _ in range(3):
        assert page(17, 30).end.highest_id == 64
    LogState.objects.update(last_id=80)
    assert page(17, 30).end.highest_id == 64
    moment[0] += 0.11
    assert page(17, 30).end.highest_id == 80


def test_windows_of_times_and_of_days_that_end_are_asked_of_the_database() -> None:
    tell(400, since=timedelta(days=6, hours=23))
    for _ in range(3):
        assert statements(200, 220, created_from=NOW - timedelta(days=3)) == 1
        assert statements(1, 20) == 1, "the day that is kept no longer tomorrow"
    later = NOW + timedelta(days=4)
    found = [page(200, 220, now=later) for _ in range(3)]
    assert [one.total for one in found] == [0, 0, 0], "nothing older than seven days is in the log"


def test_after_some_seconds_all_is_read_anew() -> None:
    tell(64)
    for _ in range(3):
        page(17, 30)
    Message.objects.filter(id__gt=16).delete()
    assert page(17, 30).total > 0
    assert page(17, 30, now=NOW + log.KEPT).total == 0, "the database was replaced by another"


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(final, "_MOST_MESSAGES", 20)
    monkeypatch.setattr(final, "_MOST_ASKED", 5)
    tell(400)
    for first in range(1, 370):
        page(first, first + 20)
    kept = final.memory._stretches.values()
    assert sum(len(messages.ids) for messages, _ in kept) == final.memory._messages <= 20 + 16
    assert len(final.memory._asked) <= 5
