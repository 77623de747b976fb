"""The Celery application: it only wakes workers, what waits to be done stands in the database."""

import ctypes
import gc
import os
import signal
import sys
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

from datahub import broker
from datahub.logs import workers as _logs  # noqa: F401 - connects itself to Celery's signals, before any is sent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "datahub.settings.production")

broker.use()
app = Celery("datahub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect(weak=False, dispatch_uid="datahub.celery")
def _end_with_the_worker(**_: Any) -> None:
    """Let the kernel end a worker's process when the worker is killed: nobody would hear of what it still does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, int(signal.SIGKILL), 0, 0, 0)  # 1: PR_SET_PDEATHSIG


@worker_process_init.connect(weak=False, dispatch_uid="datahub.celery.garbage")
def _look_less_for_garbage(**_: Any) -> None:
    """Leave alone what is loaded, as `datahub.wsgi` does: looking through it takes a tenth of the work on readings."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
