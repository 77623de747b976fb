"""Staff see metering points with their versions and change nothing."""

import re
from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from datahub.metering import selectors
from datahub.metering.models import MeteringPoint, MeteringPointVersion
from datahub.metering.point_form import saved_form
from tests import cast
from tests.metering.points import ELECTRICITY, changed, codes, register

pytestmark = pytest.mark.django_db
LIST = "admin:metering_meteringpoint_changelist"


def test_a_point_is_shown_with_its_versions_and_cannot_be_changed(staff: Client) -> None:
    point = register()
    change = reverse("admin:metering_meteringpoint_change", args=[point.pk])
    page = staff.get(change)
    assert page.status_code == 200
    assert "Rapla maakond" in page.content.decode()
    assert staff.post(change, {"county": "Harju maakond"}).status_code == 403
    assert staff.post(reverse("admin:metering_meteringpoint_delete", args=[point.pk])).status_code == 403
    assert staff.get(reverse("admin:metering_meteringpoint_add")).status_code == 403
    assert MeteringPoint.objects.get().county == "Rapla maakond"


def test_a_version_says_in_words_what_it_changed(staff: Client) -> None:
    point = register()
    fact = selectors.point_fact(point)
    first, second = point.versions.get(), saved_form(replace(fact, county="Harju maakond", production=False))
    MeteringPointVersion.objects.create(point=point, version=2, known_from=2, saved_at=first.saved_at, data=second)
    staff.cookies["django_language"] = "et"
    page = staff.get(reverse("admin:metering_meteringpoint_change", args=[point.pk])).content.decode()
    assert re.search("<dt>Maakond</dt>\\s*<dd><del>.*Rapla maakond</del>.*<ins>.*Harju maakond</ins>", page)
    assert re.search("<del>.*Jah</del>.*<ins>.*Ei</ins>", page)
    # Of the first one all that it says.
    assert re.search("<dd><ins>Päike", page)
    assert "meterLocation" not in page


@pytest.mark.parametrize(
    ("term", "count"), [("", 3), ("38ZGO-1", 3), (cast.GRID_OPERATOR, 3), (cast.OPEN_SUPPLIER, 0), ("38ZGO-2", 0)]
)
def test_points_are_searched_by_their_code_and_their_owners(staff: Client, term: str, count: int) -> None:
    for eic in codes("38ZGO-1", 3):
        register(changed(ELECTRICITY, "meteringPoint.meterEic", eic))
    with CaptureQueriesContext(connection) as queries:
        response = staff.get(reverse(LIST), {"q": term})
    assert len(response.context["cl"].result_list) == count
    assert all("LIMIT" in query["sql"] for query in queries if "COUNT(" in query["sql"])
