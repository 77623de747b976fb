"""Documents that fail are split with their points' lanes locked, in the one order in which every save locks them."""

import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from datahub.outbox.models import Unit
from distribution.services import queue
from distribution.services.tell import tell
from distribution.services.work import readings as work
from tests.distribution import market
from tests.metering import messages, points

pytestmark = pytest.mark.django_db(transaction=True)


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def test_two_documents_that_fail_at_once_and_a_save_at_points_of_both_do_not_wait_for_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    low, low_too, high, high_too = sorted(points.codes("38ZGO-1", 4))
    market.make_market(*(market.agreement("SUPPLY", market.OS2, point=eic) for eic in (low, low_too, high, high_too)))
    for eics in ((high, high_too), (low, low_too)):
        messages.send(*(messages.whole_day(eic) for eic in eics))

    def fail(*_: Any, **__: Any) -> None:
        raise LookupError("a poisoned point")

    failures: list[BaseException] = []

    def save_at_points_of_both() -> None:
        try:
            messages.send(messages.whole_day(low), messages.whole_day(high))
        # What a thread raises must fail the test, whatever it is.
        except BaseException as error:  # noqa: BLE001
            failures.append(error)
        finally:
            connection.close()

    saver = threading.Thread(target=save_at_points_of_both)
    create = Unit.objects.bulk_create

    def create_parts(parts: list[Unit]) -> list[Unit]:
        """Let the save begin after the first document is split, and go on when it waits for a lane."""
        made = create(parts)
        if saver.ident is None:
            saver.start()
            deadline = time.monotonic() + 10
            while not waits_for_a_lock() and time.monotonic() < deadline:
                time.sleep(0.01)
        return made

    monkeypatch.setattr(work, "entitled_to_readings", fail)
    monkeypatch.setattr(queue.Unit.objects, "bulk_create", create_parts)
    tell(now=datetime.now(UTC), batches=1)
    monkeypatch.undo()
    saver.join(20)
    assert failures == []
    assert not saver.is_alive()
    split_units = {tuple(unit.lanes): unit.id for unit in Unit.objects.all() if len(unit.lanes) == 1}
    (both,) = (unit for unit in Unit.objects.all() if len(unit.lanes) == 2)
    assert both.depends_on == sorted([split_units[low,], split_units[high,]])
