"""Celery's processes log as all others do, and each task has a trace id of its own."""

import logging
from typing import Any

from celery.signals import beat_init, celeryd_init, setup_logging, task_postrun, task_prerun
from django.conf import settings

from datahub.logs import config
from datahub.wire import trace

logger = logging.getLogger(__name__)


@celeryd_init.connect(weak=False, dispatch_uid="datahub.logs.init")
def worker_begins(**_: Any) -> None:
    """Log as the settings say from the beginning: Celery warns of some things before it looks at how to log."""
    config.configure(settings.LOGGING)


@setup_logging.connect(weak=False, dispatch_uid="datahub.logs.setup")
def configure(**_: Any) -> None:
    """Keep Celery from logging in its own way."""
    config.configure(settings.LOGGING)


@beat_init.connect(weak=False, dispatch_uid="datahub.logs.beat")
def beat_begins(**_: Any) -> None:
    """Say that beat has started: what it says by itself is not logged."""
    logger.info("beat has started")


@task_prerun.connect(weak=False, dispatch_uid="datahub.logs.prerun")
def task_begins(task: Any, **_: Any) -> None:
    """Begin the trace of a task."""
    trace.begin()
    trace.note(task=task.name)


@task_postrun.connect(weak=False, dispatch_uid="datahub.logs.postrun")
def task_ends(**_: Any) -> None:
    """End it: what a worker says between two tasks belongs to none."""
    trace.end()
