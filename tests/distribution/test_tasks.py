"""What wakes a worker, what it does when the store is away, and what is removed when it is old."""

from datetime import UTC, date, datetime, timedelta

import pytest
from celery.signals import beat_init
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from datahub.outbox import wake
from datahub.outbox.models import Unit
from distribution import store, tasks
from distribution.services import retention
from tests.distribution import market
from tests.distribution.market import HOUSE, OS2
from tests.distribution.test_services import away

pytestmark = pytest.mark.django_db


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    monkeypatch.setattr(wake, "send", sent.append)
    return sent


def test_the_task_tells_what_was_saved(woken: list[str]) -> None:
    market.make_market(market.agreement("SUPPLY", OS2, point=HOUSE))
    market.save_point(comment="one")
    tasks.tell()
    assert market.comments(OS2) == ["one"]
    assert woken == []


def test_a_tick_finds_what_a_lost_wake_up_left(woken: list[str]) -> None:
    market.make_market(market.agreement("SUPPLY", OS2, point=HOUSE))
    tasks.tick()
    assert woken == []
    market.save_point()
    tasks.tick()
    assert woken == [tasks.TELL]


def test_with_the_store_away_the_task_ends_quietly_and_the_tick_tries_again(woken: list[str]) -> None:
    market.make_market(market.agreement("SUPPLY", OS2, point=HOUSE))
    market.save_point()
    with away():
        tasks.tell()
        tasks.tick()
    assert Unit.objects.get().attempts == 0
    assert woken == [tasks.TELL]


def test_after_days_of_standing_still_partitions_are_made_as_soon_as_beat_starts(woken: list[str]) -> None:
    market.make_market(market.agreement("SUPPLY", OS2, point=HOUSE))
    market.save_point(comment="one")
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'distribution_message'::regclass")
        for (partition,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE {partition}")
    with pytest.raises(IntegrityError), transaction.atomic():
        tasks.tell()
    beat_init.send(sender=None)
    assert woken == [tasks.RETAIN]
    tasks.retain()
    tasks.tell()
    assert market.comments(OS2) == ["one"]


def test_contents_go_with_their_day_and_one_day_later_than_its_messages() -> None:
    today = date(2031, 5, 20)
    kept, old = (datetime(2031, 5, day, 12, tzinfo=UTC) for day in (12, 11))
    paths = [store.new_path(moment) for moment in (kept, old, old)]
    for path in paths:
        store.put(path, b"content")
    assert retention.delete_old_contents(today=today) == 2
    assert store.get(paths[0]) == b"content"
    for path in paths[1:]:
        with pytest.raises(FileNotFoundError):
            store.get(path)
    assert retention.delete_old_contents(today=today + timedelta(days=1)) == 1


def test_ids_are_lifted_by_command(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("lift_message_ids", "--past", "5000000000")
    assert "The next message gets the id 5000000001." in capsys.readouterr().out
