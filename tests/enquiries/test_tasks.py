"""Enquiries leave by themselves after seven years."""

from datetime import UTC, datetime

import pytest
from django.conf import settings

from datahub.parties.models import MarketRole
from enquiries import tasks
from enquiries.models import Enquiry
from enquiries.rules import Status
from tests.enquiries import asking
from tests.enquiries.asking import answer, ask


@pytest.mark.django_db
def test_all_that_were_kept_long_enough_leave_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asking.market()
    monkeypatch.setattr(tasks, "_AT_A_TIME", 2)
    long_ago = datetime(2019, 1, 1, tzinfo=UTC)
    MarketRole.objects.update(valid_from=datetime(2018, 1, 1, tzinfo=UTC))
    for _ in range(5):
        answer(ask(now=long_ago).pk, Status.CLOSE, now=long_ago)
    kept = [ask(now=long_ago).pk, answer(ask().pk, Status.CLOSE).pk]
    tasks.retain()
    assert set(Enquiry.objects.values_list("pk", flat=True)) == set(kept)


def test_it_is_done_every_hour_by_the_workers_of_documents() -> None:
    (entry,) = [one for one in settings.CELERY_BEAT_SCHEDULE.values() if one["task"] == tasks.retain.name]
    assert entry["schedule"] == 3600
    assert settings.CELERY_TASK_ROUTES["enquiries.tasks.*"] == {"queue": "documents"}
