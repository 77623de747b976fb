"""`POST /meter-data`: what the door takes and refuses. Source: `2-wire.md`, `1-market.md` "Readings"."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from datahub.market import DocumentStatus, Permission, Role
from datahub.metering.models import DocumentBody, MeterDataDocument
from datahub.metering.readings import documents
from datahub.metering.services import documents as services
from tests import cast
from tests.api import api
from tests.metering import messages, points

pytestmark = pytest.mark.django_db
PATH = "/api/v1/meter-data"


@pytest.fixture
def operator() -> Any:
    cast.participant(cast.GRID_OPERATOR)
    return api(cast.GRID_OPERATOR)


def yesterday() -> Any:
    return (datetime.now(UTC) - timedelta(days=2)).date()


def test_a_message_is_accepted_and_then_stored(operator: Any) -> None:
    point = points.register()
    day, identification = yesterday(), uuid4()
    sent = messages.whole_day(point.eic, day)
    response = operator.post(PATH, {"meterData": [sent]}, identification=identification)
    assert response.status_code == 202, response.content
    assert response.json() == {"originalDocumentIdentification": str(identification)}
    document = MeterDataDocument.objects.get(identification=identification)
    assert document.status == DocumentStatus.PROCESSING
    assert json.loads(documents.load_body(document.pk))["meterData"] == [sent]
    assert services.work_next_document(now=datetime.now(UTC))
    document.refresh_from_db()
    assert (document.status, document.faults) == (DocumentStatus.SUCCESSFUL, [])
    slots = len(messages.interval_starts(day))
    assert [amount for amount, _, _ in messages.stored(point, day)["OUT"].values()] == list(range(slots))


def test_a_repeat_is_answered_as_the_first_and_saved_once(operator: Any) -> None:
    identification, sent = uuid4(), {"meterData": [messages.whole_day(points.register().eic, yesterday())]}
    first = operator.post(PATH, sent, identification=identification)
    again = operator.post(PATH, sent, identification=identification)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again["x-document-replayed"] == "true"
    assert MeterDataDocument.objects.count() == DocumentBody.objects.count() == 1
