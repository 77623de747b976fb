"""Staff look at enquiries with their history, and change none."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enquiries.models import Enquiry
from enquiries.reading import mark_opened
from enquiries.rules import Status
from tests import cast
from tests.enquiries import asking
from tests.enquiries.asking import (
    HOUSE,
    JAAN,
    MARI,
    NORTH,
    NOW,
    OPERATOR,
    SOUTH,
    SOUTHERN_HOUSE,
    SUN,
    answer,
    ask,
    request,
)

pytestmark = pytest.mark.django_db
LIST = "admin:enquiries_enquiry_changelist"


@pytest.fixture
def staff(staff: Client) -> Client:
    asking.market()
    cast.mari()
    ask(request(comment="Since Friday?"))
    ask(request(meter_eic=SOUTHERN_HOUSE, customer_eic=MARI))
    return staff


@pytest.mark.parametrize(
    ("term", "rows"),
    [
        (HOUSE, 1),
        (SOUTHERN_HOUSE, 1),
        (HOUSE[:10], 0),
        (JAAN, 1),
        (MARI, 1),
        (SUN, 2),
        (NORTH, 1),
        (SOUTH, 1),
        (cast.AGGREGATOR, 0),
        ("", 2),
        ("5b0c7d1e-4a52-4f6b-8a37-1c9f2d60e001", 0),
    ],
)
def test_enquiries_are_found_by_whole_codes(staff: Client, term: str, rows: int) -> None:
    page = staff.get(reverse(LIST), {"q": term})
    assert page.status_code == 200
    assert len(page.context["cl"].result_list) == rows


def test_enquiries_are_found_by_either_id(staff: Client) -> None:
    enquiry = answer(Enquiry.objects.get(meter_eic=HOUSE).pk)
    for key in (enquiry.pk, enquiry.response_id, str(enquiry.pk).upper(), enquiry.pk.hex):
        (found,) = staff.get(reverse(LIST), {"q": str(key)}).context["cl"].result_list
        assert found.pk == enquiry.pk


@pytest.mark.parametrize("term", [HOUSE, JAAN, SUN, "5b0c7d1e-4a52-4f6b-8a37-1c9f2d60e001"])
def test_what_is_searched_has_an_index(staff: Client, term: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        staff.get(reverse(LIST), {"q": term})
    asked = [one["sql"] for one in queries if 'FROM "enquiries"' in one["sql"]]
    assert asked
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in asked:
            condition = sql.partition(" WHERE ")[2].partition(" ORDER BY ")[0].partition(" LIMIT ")[0]
            cursor.execute(f"EXPLAIN SELECT FROM enquiries WHERE {condition}")
            plan = [line for (line,) in cursor.fetchall()]
            assert any("Index Cond" in line for line in plan)
            assert not any("Filter" in line for line in plan)


def test_an_enquiry_is_shown_with_its_history_and_changed_by_nobody(staff: Client) -> None:
    enquiry = answer(Enquiry.objects.get(meter_eic=HOUSE).pk, Status.CLOSE, "On Monday.")
    mark_opened([enquiry], role=OPERATOR, now=NOW)
    path = reverse("admin:enquiries_enquiry_change", args=[enquiry.pk])
    page = staff.get(path).content.decode()
    for text in ("Since Friday?", "On Monday.", f"{SUN}-test", f"{NORTH}-test", "First opened"):
        assert text.lower() in page.lower()
    assert str(enquiry.response_id) in page
    # What a step changed stands there in words.
    assert re.search(r"<dt>Status</dt>\s*<dd><del>.*Open</del>.*<ins>.*Closed</ins>", page)
    assert "responseComment" not in page
    # By what it is known, and not by a number.
    assert f"Data, {HOUSE}, 25 Oct 2026 03:30" in page
    assert staff.post(path, {"request_status": "OPEN"}).status_code == 403
    assert staff.post(reverse("admin:enquiries_enquiry_delete", args=[enquiry.pk]), {"post": "yes"}).status_code == 403
    assert staff.get(reverse("admin:enquiries_enquiry_add")).status_code == 403


def test_all_times_of_a_page_are_local_ones(staff: Client) -> None:
    """NOW is 03:30 of the night in which summer time ends, 00:30 in UTC."""
    enquiry = answer(Enquiry.objects.get(meter_eic=HOUSE).pk, Status.CLOSE, "On Monday.")
    mark_opened([enquiry], role=OPERATOR, now=NOW)
    page = staff.get(reverse("admin:enquiries_enquiry_change", args=[enquiry.pk])).content.decode()
    assert page.count("25 Oct 2026 03:30:00") >= 3
    assert "00:30:00" not in page
