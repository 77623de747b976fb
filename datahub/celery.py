"""The Celery application: it only wakes workers, what waits to be done stands in the database."""

import ctypes
import os
import signal
import sys
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

from datahub import broker

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
