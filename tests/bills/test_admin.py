"""Staff look at network bills and change none."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from datahub.bills.models import NetworkBill
from datahub.market import AgreementType
from tests.agreements.market import FLAT, HOUSE, MARI, NORTH, day, fact, standing
from tests.bills.messages import bill, later, save

pytestmark = pytest.mark.usefixtures("built")


@pytest.fixture
def staff(staff: Client) -> Client:
    standing(
        fact(AgreementType.GRID, NORTH, MARI, HOUSE, day(2026, 1, 1)),
        fact(AgreementType.GRID, NORTH, MARI, FLAT, day(2026, 1, 1)),
    )
    save(bill(), bill(point=FLAT))
    save(later())
    return staff


def test_bills_are_listed_by_point_with_what_was_replaced(staff: Client) -> None:
    path = reverse("admin:bills_networkbill_changelist")
    for term, rows in ((HOUSE, 2), (FLAT, 1), (HOUSE[:10], 0), ("", 3)):
        page = staff.get(path, {"q": term})
        assert page.status_code == 200
        assert len(page.context["cl"].result_list) == rows, term


def test_the_bills_of_a_point_are_found_by_an_index(staff: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        staff.get(reverse("admin:bills_networkbill_changelist"), {"q": HOUSE})
    asked = [one["sql"] for one in queries if 'FROM "network_bill"' in one["sql"]]
    assert asked
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in asked:
            condition = sql.partition(" WHERE ")[2].partition(" ORDER BY ")[0].partition(" LIMIT ")[0]
            cursor.execute(f"EXPLAIN SELECT FROM network_bill WHERE {condition}")
            plan = [line for (line,) in cursor.fetchall()]
            assert any("Index Cond" in line for line in plan)
            assert not any("Filter" in line for line in plan)


def test_a_bill_is_shown_and_changed_by_nobody(staff: Client) -> None:
    row = NetworkBill.objects.standing().get(point__eic=HOUSE)
    path = reverse("admin:bills_networkbill_change", args=[row.pk])
    page = staff.get(path).content.decode()
    assert "10.125" in page
    # By what it is known, and not by a number.
    assert f"{HOUSE}, 1 Apr 2026 00:00 – 1 May 2026 00:00" in page
    assert "Daytime: 10.125" in page
    assert "measurementUnit" not in page
    assert staff.post(path, {"body": "{}"}).status_code == 403
    assert staff.post(reverse("admin:bills_networkbill_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert staff.get(reverse("admin:bills_networkbill_add")).status_code == 403
