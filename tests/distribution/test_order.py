"""Sixteen writers, two workers, scanners by id and by time: none missed, none twice, none out of order."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from datahub.market import ResourceType, Role
from datahub.outbox.models import Unit
from distribution.models import Message
from distribution.selectors.log import Messages, Window
from distribution.selectors.scan import scan
from distribution.services import sequencer
from distribution.services.tell import tell
from tests.distribution import market
from tests.distribution.market import OS2
from tests.metering import points

WRITERS, SAVES = 16, 30


def run(work: Callable[[], None], failures: list[BaseException]) -> threading.Thread:
    def body() -> None:
        try:
            work()
        # What a thread raises must fail the test, whatever it is.
        except BaseException as error:  # noqa: BLE001
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=body)
    thread.start()
    return thread


def page(window: Window) -> tuple[Messages, int, datetime]:
    found = scan(
        participant_eic=OS2,
        role=Role.OPEN_SUPPLIER,
        commodity=market.ELECTRICITY,
        resource_type=ResourceType.METERING_POINT,
        window=window,
        offset=0,
        limit=10_000,
        now=datetime.now(UTC),
    )
    return found.messages, found.end.highest_id, found.end.complete_until


@pytest.mark.django_db(transaction=True)
def test_no_scanner_misses_a_message_whatever_writers_and_workers_do() -> None:
    eics = points.codes("38ZGO-1", WRITERS)
    market.make_market(*(market.agreement("SUPPLY", OS2, point=eic) for eic in eics))
    failures: list[BaseException] = []
    written, told = threading.Event(), threading.Event()
    by_id: list[int] = []
    by_time: list[int] = []

    def write(eic: str) -> None:
        for number in range(SAVES):
            market.save_point(eic, comment=str(number))

    def work() -> None:
        while True:
            last = written.is_set()
            while tell(now=datetime.now(UTC), batches=5):
                pass
            if last and not Unit.objects.exists():
                return

    def follow_ids() -> None:
        next_id = 0
        while True:
            last = told.is_set()
            found, highest, _ = page(Window(id_from=next_id, id_to=next_id + 10_000))
            assert all(next_id <= number <= highest for number in found.ids)
            by_id.extend(found.ids)
            next_id = max(next_id, highest + 1)
            if last:
                return

    def follow_times() -> None:
        since = datetime.now(UTC) - timedelta(minutes=5)
        while True:
            last = told.is_set()
            if last:
                sequencer.close_time_windows()
            found, _, complete = page(Window(created_from=since, created_to=since + timedelta(hours=1)))
            assert all(datetime.fromisoformat(time) < complete for time in found.created_times)
            by_time.extend(found.ids)
            since = max(since, complete)
            if last:
                return

    scanners = [run(follow_ids, failures), run(follow_times, failures)]
    workers = [run(work, failures) for _ in range(2)]
    writers = [run(lambda eic=eic: write(eic), failures) for eic in eics]
    for thread in writers:
        thread.join()
    written.set()
    for thread in workers:
        thread.join()
    told.set()
    for thread in scanners:
        thread.join()
    assert not failures
    own = Message.objects.filter(address__participant_eic=OS2).order_by("id")
    expected = list(own.values_list("id", flat=True))
    assert len(expected) == WRITERS * SAVES
    assert by_id == expected
    assert by_time == expected
    everything = list(Message.objects.order_by("id").values_list("id", "created_at"))
    assert [row[0] for row in everything] == list(range(1, len(everything) + 1))
    assert [row[1] for row in everything] == sorted({row[1] for row in everything})
    told_comments: dict[str, list[int]] = {}
    for message in market.scanned(OS2):
        point = message["content"]
        told_comments.setdefault(point["meteringPoint"]["meterEic"], []).append(int(point["meterLocation"]["comment"]))
    assert told_comments == {eic: list(range(SAVES)) for eic in eics}
