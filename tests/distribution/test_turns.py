"""Small saves and documents of readings take turns, and the order within a point holds across both."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from datahub.market import ResourceType
from datahub.outbox.models import Unit
from distribution.models import Message
from distribution.services import queue
from distribution.services import tell as telling
from distribution.services.queue import Kind
from distribution.services.tell import tell, tell_batch
from distribution.services.work.waiting import Waiting
from tests.distribution import market
from tests.distribution.market import BAKERY, HOUSE, OS2
from tests.metering import messages

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _supplied_points() -> None:
    market.make_market(*(market.agreement("SUPPLY", OS2, point=point) for point in (HOUSE, BAKERY)))


def now() -> datetime:
    return datetime.now(UTC)


def told() -> list[str]:
    """Give the types of the messages of the first supplier, in their order."""
    return list(
        Message.objects.filter(address__participant_eic=OS2).order_by("id").values_list("resource_type", flat=True)
    )


def test_a_small_save_does_not_wait_behind_documents_nor_they_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "BATCH_LANES", {Kind.SMALL: 1, Kind.READINGS: 1})
    monkeypatch.setattr(telling, "_AT_A_TIME", 1)
    for _ in range(3):
        messages.send(messages.whole_day(HOUSE))
    for number in range(3):
        market.save_point(BAKERY, comment=str(number))
    for turn in (1, 2, 3):
        assert tell(now=now(), batches=1) == (turn < 3)
        assert told() == [ResourceType.METERING_POINT, ResourceType.METERING_DATA] * turn
    assert market.comments(OS2) == ["0", "1", "2"]


def test_each_kind_is_claimed_alone() -> None:
    messages.send(messages.whole_day(HOUSE))
    market.save_point(BAKERY)
    assert tell_batch(now=now(), kind=Kind.SMALL) == 1
    assert tell_batch(now=now(), kind=Kind.SMALL) == 0
    assert tell_batch(now=now(), kind=Kind.READINGS) == 1
    assert not Unit.objects.exists()


def test_a_document_and_the_saves_around_it_at_one_point_are_told_in_their_order() -> None:
    market.save_point(HOUSE, comment="before it")
    messages.send(messages.whole_day(HOUSE))
    market.save_point(HOUSE, comment="after it")
    messages.send(messages.whole_day(HOUSE))
    assert not tell(now=now(), batches=10)
    assert told() == [ResourceType.METERING_POINT, ResourceType.METERING_DATA] * 2
    assert market.comments(OS2) == ["before it", "after it"]


def test_a_batch_of_readings_is_one_large_document_or_some_small_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "BATCH_LANES", {Kind.SMALL: 100, Kind.READINGS: 3})
    for _ in range(2):
        messages.send(messages.whole_day(HOUSE), messages.whole_day(BAKERY))
    for _ in range(3):
        messages.send(messages.whole_day(HOUSE))
    assert tell_batch(now=now(), kind=Kind.READINGS) == 2
    assert tell_batch(now=now(), kind=Kind.READINGS) == 3


@pytest.mark.parametrize(("most", "batches"), [(1, [1, 1, 1]), (2.5, [2, 1]), (3.5, [3])])
def test_a_batch_holds_so_many_bytes_of_changes_and_at_least_one_unit(
    monkeypatch: pytest.MonkeyPatch, most: float, batches: list[int]
) -> None:
    for _ in range(3):
        messages.send(messages.whole_day(HOUSE))
    with connection.cursor() as cursor:
        cursor.execute("SELECT octet_length(changes::text) FROM outbox_unit")
        sizes = [size for (size,) in cursor.fetchall()]
    monkeypatch.setattr(telling, "CLAIM_BYTES", int(max(sizes) * most) - (most == 1))
    assert [tell_batch(now=now(), kind=Kind.READINGS) for _ in batches] == batches
    assert not Unit.objects.exists()


def test_bytes_are_counted_where_units_are_claimed() -> None:
    """What is guessed of the next units from those before need not hold: a small one may stand before large ones."""
    for size in (0, 1000, 3000, 0):
        market.save_point(BAKERY, comment="x" * size)
    Unit.objects.update(depends_on=[])
    waiting = {unit.id: unit.kept for unit in queue_all(most_bytes=1_000_000)}
    first, second, third, last = (len(kept) for kept in waiting.values())
    for most, count in ((first + second, 2), (first + second + third - 1, 2), (first + second + third + last, 4)):
        assert [unit.id for unit in queue_all(most_bytes=most)] == list(waiting)[:count]
    # The first is given however large it is, but not to one who has units already.
    assert [unit.id for unit in queue_all(most_bytes=1)] == list(waiting)[:1]
    assert queue_all(most_bytes=1, taken=[0]) == []


def queue_all(*, most_bytes: int, taken: Sequence[int] = ()) -> list[Waiting]:
    with transaction.atomic():
        return queue.claim(now=now(), kind=Kind.SMALL, limit=100, most_bytes=most_bytes, taken=taken)


def test_a_save_of_many_lanes_takes_its_turn_with_the_documents() -> None:
    unit = market.save_point(BAKERY)
    Unit.objects.filter(pk=unit).update(lanes=[BAKERY, *(f"38ZGO-{number:08}-X" for number in range(100))])
    assert tell_batch(now=now(), kind=Kind.SMALL) == 0
    assert tell_batch(now=now(), kind=Kind.READINGS) == 1
