"""Counts of messages by day equal the log: whatever was published, however often, on whichever side of midnight."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from importlib import import_module

import pytest
from django.db import DatabaseError, connection, transaction

from datahub import partitions
from datahub.market import Commodity, ResourceType, Role
from datahub.market_time import TALLINN
from distribution.models import MESSAGES, DailyCount, LogState, Message
from distribution.selectors.counts import told_by_day
from distribution.services import retention, sequencer
from distribution.services.tell import tell, tell_batch
from tests.distribution import market
from tests.distribution.market import BRP, GO, HOUSE, OS, OS2

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
SUPPLIED = market.agreement("SUPPLY", OS2, point=HOUSE)


def counted() -> dict[tuple[int, date, str], int]:
    return {
        (address, day, kind): messages
        for address, day, kind, messages in DailyCount.objects.values_list(
            "address_id", "day", "resource_type", "messages"
        )
    }


def in_the_log() -> dict[tuple[int, date, str], int]:
    return dict(
        Counter(
            (message.address_id, message.created_at.astimezone(TALLINN).date(), message.resource_type)
            for message in Message.objects.all()
        )
    )


def test_counts_equal_the_log_over_several_batches() -> None:
    market.make_market(SUPPLIED)
    for number in range(5):
        market.save_point(comment=str(number))
    tell_batch(now=NOW)
    assert counted() == {}
    assert sequencer.publish_batch(batch=1) == 3
    assert counted() == in_the_log()
    sequencer.publish()
    assert counted() == in_the_log()
    assert sorted(counted().values()) == [5, 5, 5]
    # Nothing is staged any more: nothing is counted again.
    sequencer.publish()
    tell(now=NOW, batches=10)
    assert sum(counted().values()) == 15


def test_what_is_not_published_is_not_counted() -> None:
    market.make_market(SUPPLIED)
    market.save_point(comment="one")
    tell_batch(now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        sequencer.publish_batch()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
    assert counted() == {}
    sequencer.publish()
    assert counted() == in_the_log() != {}


def test_a_batch_over_midnight_in_tallinn_counts_on_both_days() -> None:
    market.make_market(SUPPLIED)
    for number in range(4):
        market.save_point(comment=str(number))
    tell_batch(now=NOW)
    # The log's next message lies three microseconds before a midnight of Tallinn that is still to come.
    tomorrow = NOW.astimezone(TALLINN).date() + timedelta(days=1)
    midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=TALLINN).astimezone(UTC)
    partitions.ensure(MESSAGES, since=NOW.date(), until=midnight.date())
    LogState.objects.update(complete_until=midnight - timedelta(microseconds=3))
    sequencer.publish()
    by_day: Counter[date] = Counter()
    for (_, day, _), messages in counted().items():
        by_day[day] += messages
    assert by_day == {tomorrow - timedelta(days=1): 3, tomorrow: 9}
    assert counted() == in_the_log()


def test_a_participant_gets_the_counts_of_its_own_role_and_commodity_alone() -> None:
    market.make_market(SUPPLIED)
    market.save_point(comment="one")
    tell(now=NOW, batches=10)
    today = Message.objects.earliest("id").created_at.astimezone(TALLINN).date()
    week = {"first": today - timedelta(days=6), "last": today}

    def told(eic: str, role: Role, commodity: Commodity = Commodity.ELECTRICITY, **days: date) -> list[tuple]:  # type: ignore[type-arg]
        return [*map(tuple, told_by_day(participant_eic=eic, role=role, commodity=commodity, **(days or week)))]

    for eic in (OS2, OS, BRP):
        assert told(eic, Role.OPEN_SUPPLIER) == [(ResourceType.METERING_POINT, today, 1)]
    assert told(GO, Role.GRID_OPERATOR) == []
    assert told(OS2, Role.AGGREGATOR) == []
    assert told(OS2, Role.OPEN_SUPPLIER, Commodity.NATURAL_GAS) == []
    before = today - timedelta(days=1)
    assert told(OS2, Role.OPEN_SUPPLIER, first=before, last=before) == []


def test_the_migration_fills_what_the_log_has() -> None:
    market.make_market(SUPPLIED)
    for number in range(3):
        market.save_point(comment=str(number))
    tell(now=NOW, batches=10)
    kept = counted()
    DailyCount.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(import_module("distribution.migrations.0004_daily_counts").FILL)
    assert counted() == kept == in_the_log()


def test_counts_go_when_no_message_of_their_day_stands() -> None:
    market.make_market(SUPPLIED)
    market.save_point(comment="one")
    tell(now=NOW, batches=10)
    day = DailyCount.objects.values_list("day", flat=True)[0]
    assert retention.delete_old_counts(today=day + timedelta(days=8)) == 0
    assert retention.delete_old_counts(today=day + timedelta(days=9)) == 3
    assert counted() == {}
