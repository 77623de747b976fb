"""Staff look at connection requests with their history, and change none."""

import re
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from connections.models import ConnectionRequest
from tests.agreements.market import FLAT, HOUSE, JAAN, MARI, NAMED, NORTH, SOUTH, SUN, WIND
from tests.connections.acting import UNKNOWN, answer, ask, cancel

pytestmark = pytest.mark.usefixtures("lawful")
LIST = "admin:connections_connectionrequest_changelist"
KNOWN = UUID("c1a5e0d0-3c0f-4f3a-9a51-6f1d2b7e4009")


@pytest.fixture
def staff(staff: Client) -> Client:
    answer(ask(request_id=KNOWN), response_id=UUID(int=KNOWN.int + 1))
    cancel(ask(sender=WIND, meter_eic=FLAT, customer_eic=JAAN), sender=WIND)
    return staff


@pytest.mark.parametrize(
    ("term", "rows"),
    [
        (HOUSE, 1),
        (FLAT, 1),
        (HOUSE[:10], 0),
        (JAAN, 1),
        (MARI, 1),
        (SUN, 1),
        (NORTH, 2),
        (SOUTH, 0),
        (NAMED, 0),
        ("", 2),
        (str(KNOWN), 1),
        (str(KNOWN).upper(), 1),
        (KNOWN.hex, 1),
        (str(UUID(int=KNOWN.int + 1)), 1),
        (str(UNKNOWN), 0),
        ("38X", 0),
    ],
)
def test_requests_are_found_by_whole_codes_and_by_ids(staff: Client, term: str, rows: int) -> None:
    page = staff.get(reverse(LIST), {"q": term})
    assert page.status_code == 200
    assert len(page.context["cl"].result_list) == rows


@pytest.mark.parametrize("term", [HOUSE, JAAN, SUN, str(KNOWN)])
def test_what_is_searched_has_an_index(staff: Client, term: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        staff.get(reverse(LIST), {"q": term})
    asked = [one["sql"] for one in queries if 'FROM "connections"' in one["sql"]]
    assert asked
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in asked:
            condition = sql.partition(" WHERE ")[2].partition(" ORDER BY ")[0].partition(" LIMIT ")[0]
            cursor.execute(f"EXPLAIN SELECT FROM connections WHERE {condition}")
            plan = [line for (line,) in cursor.fetchall()]
            assert any("Index Cond" in line for line in plan), plan
            assert not any("Filter" in line for line in plan), plan


def test_a_request_is_shown_with_its_history_and_changed_by_nobody(staff: Client) -> None:
    request = ConnectionRequest.objects.get(meter_eic=FLAT)
    path = reverse("admin:connections_connectionrequest_change", args=[request.pk])
    page = staff.get(path).content.decode()
    assert f"Cancelled, {FLAT}, " in page
    # What was asked before stands in the history, in words.
    assert re.search("<del>.*Disconnect</del>.*<ins>.*Cancelled</ins>", page)
    assert "DISCONNECTED" not in page
    assert "38X-TEST" in page
    assert staff.post(path, {"requested_state": "CONNECTED"}).status_code == 403
    delete = reverse("admin:connections_connectionrequest_delete", args=[request.pk])
    assert staff.post(delete, {"post": "yes"}).status_code == 403
    assert staff.get(reverse("admin:connections_connectionrequest_add")).status_code == 403
    request.refresh_from_db()
    assert request.stage == "CANCELLED"


def test_the_response_s_id_is_shown_and_all_times_are_local_ones(staff: Client) -> None:
    """NOW is 13:00 in Tallinn, 10:00 in UTC."""
    page = staff.get(reverse("admin:connections_connectionrequest_change", args=[KNOWN])).content.decode()
    assert str(UUID(int=KNOWN.int + 1)) in page
    assert "4 May 2026 13:00:00" in page
    assert "10:00:00" not in page
