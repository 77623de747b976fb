"""A unit that was set aside holds back later units of its point and nothing else: of a document that point's part."""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from datahub.market import ResourceType
from datahub.outbox import finished
from datahub.outbox.models import ProcessedUnit, Unit
from distribution import tasks
from distribution.services import queue
from distribution.services.tell import tell
from tests.distribution import market
from tests.distribution.market import OS2
from tests.metering import messages, points

pytestmark = pytest.mark.django_db
POISONED, SECOND, THIRD = sorted(points.codes("38ZGO-1", 3))


@pytest.fixture(autouse=True)
def _supplied_points() -> None:
    market.make_market(*(market.agreement("SUPPLY", OS2, point=eic) for eic in (POISONED, SECOND, THIRD)))


def set_aside() -> Unit:
    """Save a change at the poisoned point that nobody can read, and set it aside."""
    number = market.save_point(POISONED, comment="poisoned")
    unit = Unit.objects.get(pk=number)
    Unit.objects.filter(pk=number).update(attempts=5, set_aside_at=datetime.now(UTC), changes=[{"resource_type": "?"}])
    return unit


def free() -> None:
    """Do what is done every ten seconds, and tell what can be told then."""
    tasks.free()
    while tell(now=datetime.now(UTC), batches=10):
        pass


def told() -> list[str]:
    """Give the points of whose readings the supplier was told, in the order of its messages."""
    return [
        element["meterEic"]
        for message in market.scanned(OS2, ResourceType.METERING_DATA)
        for element in message["content"]
    ]


def test_the_other_points_of_a_document_are_told() -> None:
    aside = set_aside()
    messages.send(*(messages.whole_day(eic) for eic in (POISONED, SECOND, THIRD)))
    tell(now=datetime.now(UTC), batches=10)
    assert told() == []
    free()
    assert sorted(told()) == sorted([SECOND, THIRD])
    (waiting,) = Unit.objects.exclude(pk=aside.pk)
    assert (waiting.lanes, waiting.depends_on) == ([POISONED], [aside.pk])
    assert ProcessedUnit.objects.filter(outcome=finished.SPLIT).count() == 1


def test_documents_that_follow_and_what_follows_them_go_on_in_their_order() -> None:
    aside = set_aside()
    for number in range(3):
        messages.send(messages.whole_day(POISONED), messages.whole_day(SECOND))
        market.save_point(SECOND, comment=f"after {number}")
        market.save_point(POISONED, comment=f"held {number}")
    free()
    assert told() == [SECOND] * 3
    assert market.comments(OS2) == ["after 0", "after 1", "after 2"]
    assert {tuple(unit.lanes) for unit in Unit.objects.all()} == {(POISONED,)}
    # One after the other, as they were saved.
    waiting = list(Unit.objects.exclude(pk=aside.pk).order_by("known_at").values_list("pk", "depends_on"))
    assert [before for _, before in waiting] == [[aside.pk], *([number] for number, _ in waiting[:-1])]


def test_what_was_held_back_is_told_in_its_order_when_the_unit_is_mended() -> None:
    aside = set_aside()
    messages.send(messages.whole_day(POISONED), messages.whole_day(SECOND))
    market.save_point(POISONED, comment="behind it")
    free()
    Unit.objects.filter(pk=aside.pk).update(changes=aside.changes)
    finished.retry([aside.pk])
    free()
    assert not Unit.objects.exists()
    assert market.comments(OS2) == ["poisoned", "behind it"]
    assert told() == [SECOND, POISONED]


def test_a_document_of_one_point_is_not_split_and_those_behind_it_are_found() -> None:
    """A point under another touches both their lanes, and is one point all the same."""
    set_aside()
    messages.send(messages.whole_day(POISONED))
    messages.send(messages.whole_day(POISONED), messages.whole_day(SECOND))
    free()
    assert told() == [SECOND]
    assert ProcessedUnit.objects.filter(outcome=finished.SPLIT).count() == 1


def test_nothing_is_split_while_nothing_is_set_aside() -> None:
    messages.send(messages.whole_day(POISONED), messages.whole_day(SECOND))
    assert queue.free_held_back(now=datetime.now(UTC)) == 0
    assert Unit.objects.count() == 1


def test_what_only_failed_for_now_holds_documents_back_whole_until_it_is_tried_again() -> None:
    number = market.save_point(POISONED, comment="poisoned")
    Unit.objects.filter(pk=number).update(attempts=2, not_before=datetime.now(UTC).replace(year=2200))
    messages.send(messages.whole_day(POISONED), messages.whole_day(SECOND))
    assert queue.free_held_back(now=datetime.now(UTC)) == 0


def test_a_document_that_cannot_be_read_at_all_stops_nobody() -> None:
    set_aside()
    messages.send(messages.whole_day(POISONED), messages.whole_day(SECOND))
    document = Unit.objects.latest("id")
    for after in ({"points": "none"}, None, {"points": [1, None, []]}):
        changes = [{**document.changes[0], "after": after}]
        with transaction.atomic():
            Unit.objects.filter(pk=document.pk).update(changes=changes)
            assert queue.free_held_back(now=datetime.now(UTC)) == 0
