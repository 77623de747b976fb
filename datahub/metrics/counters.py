"""What the processes count as they work. Every value of a label is one of few that the code knows.

Nothing that a participant chooses may stand in one: each new value is a new series for ever.
"""

import threading
from typing import Any

from django.http import HttpRequest
from prometheus_client import CollectorRegistry, Counter, Histogram, values
from prometheus_client.multiprocess import MultiProcessCollector

from datahub.errors import codes
from datahub.market import DocumentStatus
from datahub.metrics import places

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


# The library looks here for what keeps a value.
values.ValueClass = values.MultiProcessValue(places.name)  # type: ignore[no-untyped-call]
_of_one_process = CollectorRegistry()


def _counter(name: str, help_text: str, *labels: str) -> Counter:
    return Counter(f"datahub_{name}", help_text, labels, registry=_of_one_process)


def _histogram(name: str, help_text: str, *labels: str) -> Histogram:
    return Histogram(f"datahub_{name}", help_text, labels, buckets=_BUCKETS, registry=_of_one_process)


REQUESTS = _counter("requests", "Requests answered", "service", "method", "status")
REQUEST_SECONDS = _histogram("request_seconds", "Time until the answer is ready to be sent", "service", "method")
ERRORS = _counter("errors", "Requests to the API that were refused, by the code of the cause", "service", "code")
TASKS = _counter("tasks", "Tasks that workers have ended", "task", "outcome")
TASK_SECONDS = _histogram("task_seconds", "Time that a task took", "task")
DOCUMENTS = _counter("documents", "Documents of readings that reached a final status", "status")
DOCUMENT_ERRORS = _counter(
    "document_errors", "Documents of readings that ended as ERROR, once for each code among their faults", "code"
)
STORE_FAILURES = _counter("store_failures", "Calls to the content store that failed", "reason")

# The series that were counted before: looking one up in the library costs as much as counting.
_children: dict[tuple[Any, ...], Any] = {}
_making = threading.Lock()


def _child(metric: Counter | Histogram, *labels: str | int) -> Any:
    key = (metric, *labels)
    child = _children.get(key)
    if child is None:
        with _making:
            child = _children[key] = metric.labels(*map(str, labels))
    return child


def method_of(request: HttpRequest) -> str:
    """Name the method of a request, "other" for one of the client's own."""
    return str(request.method) if request.method in _METHODS else "other"


def begin() -> None:
    """Take a place among the processes that count, so that those who come later do not find nobody there.

    What alarms look for stands there from the beginning: a count that appears as 1 has not grown for Prometheus.
    """
    if places.has_one():
        for status in DocumentStatus.SUCCESSFUL, DocumentStatus.ERROR:
            _child(DOCUMENTS, status)
        _child(DOCUMENT_ERRORS, codes.GENERAL.name)
        _child(ERRORS, "/meter-data", codes.QUEUE_FULL.name)
        for reason in "refused", "unreachable":
            _child(STORE_FAILURES, reason)


def request_answered(*, service: str, method: str, status: int, seconds: float, code: str = "") -> None:
    """Count a request; `service` is one of the code's own names, `code` that of the error it was refused with."""
    if not places.has_one():
        return
    _child(REQUESTS, service, method, status).inc()
    _child(REQUEST_SECONDS, service, method).observe(seconds)
    if code:
        _child(ERRORS, service, code).inc()


def task_ended(*, task: str, outcome: str, seconds: float) -> None:
    """Count a task; the outcome is a state of Celery's, such as SUCCESS."""
    if places.has_one():
        _child(TASKS, task, outcome).inc()
        _child(TASK_SECONDS, task).observe(seconds)


def document_ended(*, status: str, found: set[str]) -> None:
    """Count a document of readings, and the codes that were found among its faults."""
    if places.has_one():
        _child(DOCUMENTS, status).inc()
        for code in found:
            _child(DOCUMENT_ERRORS, code).inc()


def store_failed(reason: str) -> None:
    """Count a call to the content store that failed: "refused" by it, or "unreachable"."""
    if places.has_one():
        _child(STORE_FAILURES, reason).inc()


class Totals(MultiProcessCollector):
    """What all processes that share the directory have counted."""

    def __init__(self) -> None:
        places.directory().mkdir(parents=True, exist_ok=True)
        super().__init__(None, path=str(places.directory()))  # type: ignore[no-untyped-call]
