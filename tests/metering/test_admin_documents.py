"""Staff see documents of readings with their faults."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from tests import cast
from tests.metering import messages, points

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


def test_a_document_is_found_and_shown_with_its_faults(staff: Client) -> None:
    day = (NOW - timedelta(days=2)).date()
    point = points.register()
    document = messages.send(messages.whole_day(point.eic, day, amount=lambda slot: -1), now=NOW)
    page = staff.get(reverse("admin:metering_meterdatadocument_change", args=[document.pk]))
    assert page.status_code == 200
    assert page.content.count(b"opp.error.validation.field-value-cannot-be-negative") == 96
    list_url = reverse("admin:metering_meterdatadocument_changelist")
    for query, rows in (
        ("", 1),
        (str(document.identification), 1),
        (str(uuid4()), 0),
        (cast.GRID_OPERATOR, 1),
        ("38X-DEMO-GO2---G", 0),
        ("no such thing", 0),
    ):
        found = staff.get(list_url, {"q": query})
        assert found.status_code == 200
        assert len(found.context["cl"].result_list) == rows, query


def test_nobody_changes_a_document(staff: Client) -> None:
    assert staff.get(reverse("admin:metering_meterdatadocument_changelist") + "add/").status_code in (302, 403)
