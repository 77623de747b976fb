"""Documents of readings: worked on whole or not at all, the newest reading time wins. Source: `1-market.md`, "Readings"."""

import pytest

from datahub.market import DocumentStatus
from datahub.outbox.changes import Change
from datahub.outbox.models import Unit
from tests import cast
from tests.metering import messages, points
from tests.metering.messages import NOW, READ_AT, quantity

pytestmark = pytest.mark.django_db


def test_a_day_is_stored_and_recorded_as_one_change() -> None:
    point = points.register()
    document = messages.send(messages.whole_day(point.eic))
    assert (document.status, document.faults) == (DocumentStatus.SUCCESSFUL, [])
    stored = messages.stored(point)
    assert [amount for amount, _, _ in stored["OUT"].values()] == list(range(96))
    assert {(time, kind) for _, time, kind in stored["IN"].values()} == {(READ_AT, "M")}
    unit = Unit.objects.order_by("-id").first()
    assert unit is not None and unit.lanes == [point.eic]
    change = Change.from_json(unit.changes[0])
    first = int(messages.day_start(messages.DAY).timestamp())
    assert (change.resource_type, change.reason, change.object_key) == ("METERING_DATA", "CREATE", str(document.pk))
    assert change.after == {
        "document": document.pk,
        "commodity": "ELECTRICITY",
        "received_at": NOW.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "points": [[point.eic, first, first + 86_400, 0]],
        "lost": {},
    }
