"""Units become messages: exactly once, in order, all of a unit at once, and nothing without its content."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.storage import storages
from django.db import connection
from django.test import override_settings

from datahub.outbox import finished
from datahub.outbox.models import ProcessedUnit, Unit
from distribution import store
from distribution.models import Message, StagedMessage
from distribution.services import queue, sequencer
from distribution.services.tell import tell, tell_batch
from tests.distribution import market
from tests.distribution.market import BRP, GO, HOUSE, OS, OS2

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
SUPPLIED = market.agreement("SUPPLY", OS2, point=HOUSE)


def tell_all(now: datetime = NOW) -> None:
    assert not tell(now=now, batches=100)


def test_a_change_is_told_to_the_supplier_and_its_chain_and_to_nobody_else() -> None:
    market.make_market(SUPPLIED)
    unit = market.save_point(comment="one")
    tell_all()
    for eic in (OS2, OS, BRP):
        assert market.comments(eic) == ["one"]
    assert market.comments(GO, role="GRID_OPERATOR") == []
    assert market.comments(market.AGR, role="AGGREGATOR") == []
    assert ProcessedUnit.objects.get().id == unit
    assert not Unit.objects.exists()


def test_ids_have_no_gaps_and_times_grow_and_a_unit_worked_twice_is_told_once() -> None:
    market.make_market(SUPPLIED)
    for number in range(5):
        market.save_point(comment=str(number))
    tell_all()
    tell_all()
    rows = list(Message.objects.order_by("id").values_list("id", "created_at"))
    assert len(rows) == 15
    assert [row[0] for row in rows] == list(range(rows[0][0], rows[0][0] + 15))
    assert all(one[1] < other[1] for one, other in itertools.pairwise(rows))
    assert market.comments(OS2) == ["0", "1", "2", "3", "4"]


def test_what_was_staged_by_a_worker_that_died_is_published_once() -> None:
    market.make_market(SUPPLIED)
    market.save_point(comment="one")
    tell_batch(now=NOW)
    assert market.comments(OS2) == []
    tell_all()
    tell_all()
    assert market.comments(OS2) == ["one"]
    assert not StagedMessage.objects.exists()


def test_a_batch_never_cuts_a_unit() -> None:
    market.make_market(SUPPLIED)
    for number in range(3):
        market.save_point(comment=str(number))
    tell_batch(now=NOW)
    assert sequencer.publish_batch(batch=1) == 3
    assert sequencer.publish_batch(batch=4) == 6


def test_with_the_store_away_nothing_is_told_and_nothing_is_lost() -> None:
    market.make_market(SUPPLIED)
    unit = market.save_point(comment="one")
    with away(), pytest.raises(store.StoreUnavailable):
        tell(now=NOW, batches=1)
    waiting = Unit.objects.get()
    assert (waiting.id, waiting.attempts, waiting.set_aside_at) == (unit, 0, None)
    assert not StagedMessage.objects.exists()
    tell_all()
    assert market.comments(OS2) == ["one"]


def away() -> Any:
    options = storages["content"].__class__
    changed = {
        "content": {
            "BACKEND": f"{options.__module__}.{options.__name__}",
            "OPTIONS": {
                "bucket_name": "content",
                "endpoint_url": "http://127.0.0.1:9",
                "access_key": "x",
                "secret_key": "x",
                "region_name": "local",
            },
        }
    }
    from django.conf import settings

    return override_settings(STORAGES={**settings.STORAGES, **changed})


def test_a_lost_object_fails_no_page_and_says_why() -> None:
    from distribution.selectors import content

    market.make_market(SUPPLIED)
    market.save_point(comment="lost")
    tell_all()
    storages["content"].delete(Message.objects.first().pack)
    market.save_point(comment="there")
    tell_all()
    market.save_point(comment="unnamed")
    tell_all()
    Message.objects.filter(pk=Message.objects.order_by("-id").first().pk).update(pack=None)
    content._kept = content._Packs(0)
    by_eic = {eic: [message["content"] for message in market.scanned(eic)] for eic in (OS2, OS, BRP)}
    assert all(told[0] == "File not found at the specified path" for told in by_eic.values())
    assert all(told[1]["meterLocation"]["comment"] == "there" for told in by_eic.values())
    assert "The path value is null" in [told[2] for told in by_eic.values()]
    with away():
        assert market.scanned(OS2)[1]["content"] == "Unexpected error while getting file from MinIO"


def test_a_unit_that_keeps_failing_is_set_aside_and_holds_back_only_its_own_point() -> None:
    market.make_market(SUPPLIED, market.agreement("SUPPLY", OS2, point=market.BAKERY))
    bad = market.save_point(comment="bad")
    Unit.objects.filter(pk=bad).update(changes=[{"nonsense": 1}])
    market.save_point(comment="after it")
    market.save_point(market.BAKERY, comment="elsewhere")
    for attempt in range(queue.ATTEMPTS):
        tell_all(NOW + timedelta(hours=attempt))
    assert market.comments(OS2) == ["elsewhere"]
    unit = Unit.objects.get(pk=bad)
    assert unit.set_aside_at is not None
    assert "KeyError" in unit.last_error
    assert not queue.any_ready(now=NOW + timedelta(days=1))
    finished.drop([unit.pk], now=NOW)
    tell_all()
    assert market.comments(OS2) == ["elsewhere", "after it"]


def test_a_unit_that_is_mended_and_tried_again_is_told_before_what_it_held_back() -> None:
    market.make_market(SUPPLIED)
    bad = market.save_point(comment="first")
    kept = Unit.objects.get(pk=bad).changes
    Unit.objects.filter(pk=bad).update(changes=[{**kept[0], "object_key": "38ZGO-00000000-X"}])
    market.save_point(comment="second")
    for attempt in range(queue.ATTEMPTS):
        tell_all(NOW + timedelta(hours=attempt))
    unit = Unit.objects.get(pk=bad)
    Unit.objects.filter(pk=bad).update(changes=kept)
    finished.retry([unit.pk])
    tell_all()
    assert market.comments(OS2) == ["first", "second"]


def test_time_windows_become_final_while_nothing_is_saved() -> None:
    def complete_until() -> datetime:
        with connection.cursor() as cursor:
            cursor.execute("SELECT complete_until FROM distribution_log_state")
            return cursor.fetchone()[0]

    before = datetime.now(UTC)
    sequencer.close_time_windows()
    assert complete_until() >= before
    market.make_market(SUPPLIED)
    market.save_point()
    closed = complete_until()
    tell_all()
    assert Message.objects.order_by("id").first().created_at >= closed


def test_after_a_restore_ids_go_on_past_those_that_were_issued_since_the_dump() -> None:
    market.make_market(SUPPLIED)
    market.save_point(comment="dumped")
    tell_all()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE dump AS SELECT * FROM distribution_log_state")
    market.save_point(comment="saved since")
    tell_all()
    issued = Message.objects.order_by("-id").first().id
    with connection.cursor() as cursor:
        # As a dump brings it back: a table of its own with the rows as they were.
        cursor.execute("ALTER TABLE distribution_log_state RENAME TO lost")
        cursor.execute("CREATE TABLE distribution_log_state (LIKE lost INCLUDING ALL)")
        cursor.execute("INSERT INTO distribution_log_state SELECT * FROM dump")
    market.save_point(comment="after it")
    tell_batch(now=NOW)
    with away(), pytest.raises(store.StoreUnavailable):
        sequencer.publish()
    assert not Message.objects.filter(id__gt=issued).exists()
    tell_all()
    ids = list(Message.objects.filter(id__gt=issued).order_by("id").values_list("id", flat=True))
    assert len(ids) == 3
    market.save_point(comment="and on")
    tell_all()
    further = list(Message.objects.filter(id__gt=ids[-1]).order_by("id").values_list("id", flat=True))
    assert further == list(range(ids[-1] + 1, ids[-1] + 4))


def test_ids_are_lifted_past_what_the_store_knows_was_issued() -> None:
    market.make_market(SUPPLIED)
    market.save_point()
    tell_all()
    issued = Message.objects.order_by("-id").first().id
    with connection.cursor() as cursor:
        cursor.execute("UPDATE distribution_log_state SET last_id = 0, reserved_id = 0")
    assert sequencer.lift_ids() >= issued
    market.save_point()
    tell_all()
    assert Message.objects.order_by("-id").first().id > issued
    assert sequencer.lift_ids(past=10**12) == 10**12
