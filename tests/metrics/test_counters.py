"""What is counted while work is done."""

from typing import Any

import pytest

from datahub.metrics import counters
from distribution import store
from distribution.store import StoreUnavailable
from tests.metering import messages, points


def totals() -> dict[str, float]:
    """Give the values of counters by name and labels."""
    return {
        "/".join([sample.name, *sample.labels.values()]): sample.value
        for metric in counters.Totals().collect()
        for sample in metric.samples
    }


def more(before: dict[str, float], name: str) -> float:
    """Tell by how much a counter has grown."""
    return totals().get(name, 0) - before.get(name, 0)


@pytest.mark.django_db
def test_documents_are_counted_when_they_have_ended_and_each_code_of_their_faults_once(
    django_capture_on_commit_callbacks: Any,
) -> None:
    point = points.register()
    before = totals()
    with django_capture_on_commit_callbacks() as waiting:
        good = messages.send(messages.whole_day(point.eic))
        bad = messages.send(messages.whole_day("38ZGO-10000009-6"), messages.whole_day("38ZGO-1000000A-3"))
    assert (good.status, bad.status) == ("SUCCESSFUL", "ERROR")
    code = bad.faults[0]["code"]
    assert len(bad.faults) >= 2
    assert more(before, "datahub_documents_total/SUCCESSFUL") == 0, "not before the transaction has ended"
    for callback in waiting:
        callback()
    assert more(before, "datahub_documents_total/SUCCESSFUL") == 1
    assert more(before, "datahub_documents_total/ERROR") == 1
    assert more(before, f"datahub_document_errors_total/{code}") == 1


def test_a_store_that_fails_is_counted_by_how_and_an_object_that_is_not_there_is_no_failure(settings: Any) -> None:
    before = totals()
    with pytest.raises(FileNotFoundError):
        store.get("2026/01/01/nothing")
    assert more(before, "datahub_store_failures_total/unreachable") == 0
    assert more(before, "datahub_store_failures_total/refused") == 0
    options = settings.STORAGES["content"]["OPTIONS"]
    for reason, wrong in (
        ("refused", {"secret_key": "wrong"}),
        ("unreachable", {"endpoint_url": "http://127.0.0.1:9"}),
    ):
        settings.STORAGES = {
            **settings.STORAGES,
            "content": {**settings.STORAGES["content"], "OPTIONS": {**options, **wrong}},
        }
        with pytest.raises(StoreUnavailable):
            store.get("2026/01/01/nothing")
        assert more(before, f"datahub_store_failures_total/{reason}") == 1


def test_what_alarms_look_for_stands_at_nothing_before_it_happens() -> None:
    counters.begin()
    found = totals()
    for name in (
        "documents_total/SUCCESSFUL",
        "documents_total/ERROR",
        "document_errors_total/opp.error.technical.general",
        "errors_total/opp.error.technical.queue-full//meter-data",
        "store_failures_total/refused",
        "store_failures_total/unreachable",
    ):
        assert f"datahub_{name}" in found, name
