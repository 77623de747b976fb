"""A metering point of which readings are sent."""

from datetime import timedelta

import pytest

from datahub.metering.models import MeteringPoint
from tests import cast
from tests.metering import messages, points
from tests.portal.documents.workbooks import GO, GO2, NOW, OS


@pytest.fixture(autouse=True)
def _market(db: None) -> None:
    for eic in (GO, GO2, OS):
        cast.participant(eic)
    messages.make_room(NOW)


@pytest.fixture
def point() -> MeteringPoint:
    return points.register(now=NOW - timedelta(days=400))
