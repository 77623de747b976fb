"""What comes with time for connection requests."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from connections.models import ConnectionRequest
from connections.tasks import retain
from tests.connections.acting import NOW, ask, cancel

pytestmark = pytest.mark.usefixtures("lawful")


def test_retention_is_done_each_hour_and_in_its_queue() -> None:
    tasks = {entry["task"]: entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert tasks[retain.name] == 3600.0
    assert settings.CELERY_TASK_ROUTES["connections.tasks.*"] == {"queue": "documents"}


def test_the_task_drops_what_ended_seven_years_ago(at_now: Any) -> None:
    cancel(ask())
    still_open = ask()
    retain()
    assert ConnectionRequest.objects.count() == 2
    at_now.move_to(NOW.replace(year=NOW.year + 7) + timedelta(minutes=1))
    retain()
    assert list(ConnectionRequest.objects.all()) == [still_open]
