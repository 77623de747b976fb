"""What the processes of workers measure; where they share no directory with a web server, they tell it themselves."""

import logging
import threading
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from celery.signals import task_postrun, task_prerun, worker_init, worker_process_init
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.exposition import ThreadingWSGIServer

from datahub.metrics import counters
from datahub.metrics.build import Build
from datahub.metrics.readers import may_read

logger = logging.getLogger(__name__)

# When the task at work was begun: a process of a worker works on one at a time.
_began = threading.local()


@worker_process_init.connect(weak=False, dispatch_uid="datahub.metrics.begin")
def begin(**_: Any) -> None:
    """Take a place among the processes that count."""
    counters.begin()


@task_prerun.connect(weak=False, dispatch_uid="datahub.metrics.prerun")
def task_begins(**_: Any) -> None:
    """Note when a task begins."""
    _began.at = perf_counter()


@task_postrun.connect(weak=False, dispatch_uid="datahub.metrics.postrun")
def task_ends(task: Any, state: str | None, **_: Any) -> None:
    """Count a task; without a state it was ended in the middle."""
    seconds = perf_counter() - getattr(_began, "at", perf_counter())
    counters.task_ended(task=task.name, outcome=state or "LOST", seconds=seconds)


class _Handler(WSGIRequestHandler):
    # For a client that says nothing.
    timeout = 10

    def log_message(self, *_: Any) -> None:
        """Log no line for each time that somebody looks."""


def _answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer GET /metrics with what the processes of this directory have counted."""
    if environ["PATH_INFO"] != "/metrics" or environ["REQUEST_METHOD"] != "GET" or not may_read(WSGIRequest(environ)):
        start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
        return [b"There is nothing here.\n"]
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Build())
    registry.register(counters.Totals())
    start_response("200 OK", [("Content-Type", CONTENT_TYPE_LATEST)])
    return [generate_latest(registry)]


@worker_init.connect(weak=False, dispatch_uid="datahub.metrics.serve")
def serve(**_: Any) -> None:
    """Answer on WORKER_METRICS_PORT, if one is named, in a thread of the process above those that work."""
    if settings.WORKER_METRICS_PORT:
        listen(settings.WORKER_METRICS_PORT)


def listen(port: int) -> ThreadingWSGIServer:
    """Answer on a port, in a thread."""
    # Who may read is asked of each request.
    server = make_server("0.0.0.0", port, _answer, ThreadingWSGIServer, _Handler)  # noqa: S104
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    logger.info("metrics of this worker are on port %s", server.server_port)
    return server
