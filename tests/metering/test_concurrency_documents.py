"""Documents are each worked on once, whatever works on them at once and whatever is killed meanwhile."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from datahub.market import DocumentStatus
from datahub.metering.models import MeterDataDocument
from datahub.metering.services import documents
from datahub.outbox.models import Unit
from tests.metering import messages, points
from tests.metering.messages import NOW, READ_AT

pytestmark = pytest.mark.django_db(transaction=True)

WORKER = """
import os, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "datahub.settings.test"
import django
django.setup()
from django.db import connection, transaction
connection.settings_dict["NAME"] = sys.argv[1]
from datahub.metering.readings import storage
from datahub.metering.services import documents
from tests.metering.messages import NOW
write = storage.write_days
def write_and_wait(days):
    write(days)
    print("written", flush=True)
    time.sleep(60)
storage.write_days = write_and_wait
documents.work_next_document(now=NOW)
"""


def work_all() -> None:
    try:
        while documents.work_next_document(now=NOW):
            pass
    finally:
        connection.close()


def test_workers_at_once_work_each_document_once_and_the_newest_reading_wins() -> None:
    point, other = messages.register_points(2)
    for number in range(12):
        sent = [
            messages.whole_day(
                eic, amount=lambda slot, number=number: number, read_at=READ_AT + timedelta(seconds=number * 5 % 12)
            )
            for eic in (point.eic, other.eic)[:: 1 if number % 2 else -1]
        ]
        messages.accept(*sent)
    units = Unit.objects.count()
    threads = [threading.Thread(target=work_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert set(MeterDataDocument.objects.values_list("status", "attempts")) <= {
        (DocumentStatus.SUCCESSFUL, attempts) for attempts in (1, 2, 3, 4)
    }
    assert Unit.objects.count() == units + 12
    newest = max(range(12), key=lambda number: number * 5 % 12)
    for eic in (point, other):
        assert {amount for amount, _, _ in messages.stored(eic)["OUT"].values()} == {newest * 1000}


def test_of_equal_reading_times_the_last_accepted_counts_though_it_is_done_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    point = points.register()
    first, second = (
        messages.accept(messages.whole_day(point.eic, amount=lambda _, kwh=kwh: kwh)) for kwh in (1.0, 2.0)
    )
    work, others_are_done = documents._work, threading.Event()
    begun: list[int] = []

    def work_slowly(document: MeterDataDocument, now: datetime) -> None:
        begun.append(document.pk)
        if document.pk == first.pk:
            assert others_are_done.wait(10)
        work(document, now)

    monkeypatch.setattr(documents, "_work", work_slowly)
    slow = threading.Thread(target=work_all)
    slow.start()
    while first.pk not in begun:
        time.sleep(0.01)
    work_all()
    second.refresh_from_db()
    assert second.status == DocumentStatus.SUCCESSFUL
    others_are_done.set()
    slow.join(10)
    first.refresh_from_db()
    assert (first.status, begun) == (DocumentStatus.SUCCESSFUL, [first.pk, second.pk])
    assert {amount for amount, _, _ in messages.stored(point)["OUT"].values()} == {2000}


def test_a_document_that_another_worker_only_looks_at_is_worked_on_without_a_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = messages.accept(messages.whole_day(points.register().eic))
    begin, is_held = documents._begin_attempt, threading.Event()

    def look() -> None:
        """Hold the row for a moment, as one does who finds that it was taken meanwhile."""
        try:
            with transaction.atomic():
                MeterDataDocument.objects.select_for_update().get(pk=document.pk)
                is_held.set()
                time.sleep(0.3)
        finally:
            connection.close()

    looker = threading.Thread(target=look)

    def begin_and_be_looked_at(now: datetime) -> Any:
        begun = begin(now)
        looker.start()
        is_held.wait(10)
        return begun

    monkeypatch.setattr(documents, "_begin_attempt", begin_and_be_looked_at)
    documents.work_next_document(now=NOW)
    looker.join(10)
    document.refresh_from_db()
    assert (document.status, document.attempts) == (DocumentStatus.SUCCESSFUL, 1)


def test_a_document_whose_worker_is_killed_is_taken_again() -> None:
    point = points.register()
    document = messages.accept(messages.whole_day(point.eic))
    units = Unit.objects.count()
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, connection.settings_dict["NAME"]],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        env={**os.environ},
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"written\n"
    # Nobody else takes it while it is at work, even after the pause between two attempts.
    documents.work_next_document(now=NOW + timedelta(minutes=1))
    document.refresh_from_db()
    assert (document.status, messages.stored(point)) == (DocumentStatus.PROCESSING, {})
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)
    deadline = time.monotonic() + 10
    while document.status == DocumentStatus.PROCESSING and time.monotonic() < deadline:
        documents.work_next_document(now=NOW + timedelta(minutes=2))
        document.refresh_from_db()
    assert document.status == DocumentStatus.SUCCESSFUL
    assert len(messages.stored(point)["OUT"]) == 96
    assert Unit.objects.count() == units + 1
