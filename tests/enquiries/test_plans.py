"""What a table of many enquiries is asked is answered by its indexes, and never by reading it whole."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.market import Commodity, Role
from datahub.parties.models import Party
from enquiries import reading, selectors, services
from enquiries.models import Enquiry
from tests import tables
from tests.enquiries import asking
from tests.enquiries.asking import NORTH, NOW, OPERATOR, SUN, SUPPLIER

ROWS = 100_000
# Most of them go to one operator from one supplier; each second one is answered and closed a minute later.
_FILL = """
INSERT INTO enquiries (id, response_id, commodity, sender_id, receiver_id, meter_eic, customer_eic, request_comment,
    response_comment, created_at, request_changed_at, response_changed_at, changed_at, topic, reference_type,
    reference_value, request_status, unread_by)
SELECT md5(n::text)::uuid, CASE WHEN n %% 2 = 0 THEN md5('r' || n)::uuid END, 'ELECTRICITY',
    CASE WHEN n %% 10 < 7 THEN %(sun)s ELSE %(wind)s END, CASE WHEN n %% 10 < 6 THEN %(north)s ELSE %(south)s END,
    '38ZGO-' || n %% 5000, '38X-AVP-' || n %% 7000, 'Question ' || n || md5(n::text),
    CASE WHEN n %% 2 = 0 THEN 'Answer ' || md5('a' || n) ELSE '' END, at, at,
    CASE WHEN n %% 2 = 0 THEN at + interval '1 minute' END,
    CASE WHEN n %% 2 = 0 THEN at + interval '1 minute' ELSE at END, CASE WHEN n %% 3 = 0 THEN 'INVOICE' ELSE 'DATA' END,
    CASE WHEN n %% 3 = 0 THEN 'INVOICE' ELSE '' END, CASE WHEN n %% 3 = 0 THEN '2026-' || n ELSE '' END,
    CASE WHEN n %% 2 = 0 THEN 'CLOSE' WHEN n %% 50 = 1 THEN 'OPEN' ELSE 'CANCEL' END,
    CASE WHEN n %% 400 = 1 THEN 'RECEIVER' WHEN n %% 400 = 2 THEN 'SENDER' ELSE '' END
FROM (SELECT n, %(now)s::timestamptz - (%(rows)s - n) * interval '20 minutes' + n * interval '1 microsecond' AS at
      FROM generate_series(1, %(rows)s) n) numbered
"""


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A table with many enquiries; it is emptied afterwards."""
    with django_db_blocker.unblock():
        asking.market()
        keys = dict(Party.objects.values_list("eic", "pk"))
        named = {"sun": SUN, "wind": asking.WIND, "north": NORTH, "south": asking.SOUTH}
        with connection.cursor() as cursor:
            cursor.execute(_FILL, {"rows": ROWS, "now": NOW, **{name: keys[eic] for name, eic in named.items()}})
            cursor.execute("VACUUM ANALYZE enquiries")
        yield
        tables.empty()


def search(attributes: dict[str, Any], *, who: str = NORTH, part: tuple[int, int] | None = None) -> list[Enquiry]:
    found, _ = reading.search_enquiries(
        participant=Party.objects.get(eic=who),
        role=OPERATOR if who == NORTH else SUPPLIER,
        commodity=Commodity.ELECTRICITY,
        attributes=attributes,
        part=part,
        now=NOW,
    )
    return found


def scan(who: str, role: Role, days: int) -> list[Enquiry]:
    return reading.scan_enquiries(
        participant=Party.objects.get(eic=who),
        role=role,
        commodity=Commodity.ELECTRICITY,
        since=NOW - timedelta(days=days),
        now=NOW,
    )


def plans_of(act: Callable[[], object]) -> str:
    """Give the plans of all that an act asks the table of enquiries."""
    with CaptureQueriesContext(connection) as queries:
        act()
    asked = [one["sql"] for one in queries if 'FROM "enquiries"' in one["sql"] and one["sql"].startswith("SELECT")]
    assert asked
    lines = []
    with connection.cursor() as cursor:
        for sql in asked:
            cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {sql}")
            lines += [line for (line,) in cursor.fetchall()]
    return "\n".join(lines)


KEY = "c4ca4238-a0b9-2382-0dcc-509a6f75849b"  # md5 of "1"
ASKED: dict[str, tuple[Callable[[], list[Enquiry]], str, int]] = {
    "an operator's scan": (lambda: scan(NORTH, OPERATOR, 31), "enquiries_to_scan", 1000),
    "an operator's scan of a day": (lambda: scan(NORTH, OPERATOR, 1), "enquiries_to_scan", 43),
    "a supplier's scan": (lambda: scan(SUN, SUPPLIER, 31), "enquiries_answers_to_scan", 893),
    "what an operator received": (lambda: search({}), "enquiries_received", 1000),
    "what a supplier sent": (lambda: search({}, who=SUN), "enquiries_sent", 1000),
    "a page": (lambda: search({}, part=(0, 100)), "enquiries_received", 100),
    "a page far behind": (lambda: search({}, part=(59_000, 100)), "enquiries_received", 100),
    "the open ones": (lambda: search({"requestStatus": "OPEN"}), "enquiries_received_by_status", 1000),
    "a page of the open ones": (
        lambda: search({"requestStatus": "OPEN", "topic": "DATA"}, part=(0, 500)),
        "enquiries_received_by_status",
        500,
    ),
    "a supplier's open ones": (
        lambda: search({"requestStatus": "OPEN"}, who=SUN, part=(0, 500)),
        "enquiries_sent_by_status",
        500,
    ),
    "sent to one operator": (lambda: search({"receiverEic": NORTH}, who=SUN), "enquiries_between", 1000),
    "a page of what was sent to one operator": (
        lambda: search({"receiverEic": NORTH, "requestStatus": "CLOSE"}, who=SUN, part=(0, 100)),
        "enquiries_between",
        100,
    ),
    "sent by one supplier": (lambda: search({"senderEic": asking.WIND}), "enquiries_between", 0),
    "at a point": (lambda: search({"meterEic": "38ZGO-1"}), "enquiries_by_point", 20),
    "a page at a point": (lambda: search({"meterEic": "38ZGO-1"}, part=(0, 10)), "enquiries_by_point", 10),
    "of a customer": (lambda: search({"customerEic": "38X-AVP-1"}), "enquiries_by_customer", 15),
    "by its id": (lambda: search({"messageRequestId": KEY}), "enquiries_pkey", 1),
    "by its response": (lambda: search({"messageResponseId": KEY}), "response_id", 0),
    "by its timestamp": (lambda: search({"timestamp": NOW}), "changed_at", 0),
    "by its invoice": (lambda: search({"reference": {"referenceValue": "2026-3"}}), "enquiries_by_reference", 1),
    "by a part of the request": (lambda: search({"requestComment": "stion 77771"}), "enquiries_by_request_text", 1),
    "by a part of the answer": (
        lambda: search({"responseComment": "answer 0cc175b"}),
        "enquiries_by_answer_text",
        0,
    ),
}


@pytest.mark.django_db
@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("name", ASKED)
def test_a_search_reads_an_index(name: str) -> None:
    act, index, count = ASKED[name]
    found: list[Enquiry] = []
    plans = plans_of(lambda: found.extend(act()))
    assert len(found) == count
    assert "Seq Scan" not in plans, plans
    assert index in plans, plans


def listed(conditions: dict[str, Any], *, who: str = NORTH, order: str = "-changed_at") -> list[Enquiry]:
    """Read a page of a list, and count it as lists do."""
    orders = {"-changed_at": ("-changed_at",), "status": ("request_status", "-changed_at")}
    found = selectors.list_enquiries(
        Party.objects.get(eic=who),
        OPERATOR if who == NORTH else SUPPLIER,
        Commodity.ELECTRICITY,
        conditions=conditions,
        order=orders[order],
    )
    keys = list(found.keys.values_list("pk", flat=True)[:51])
    assert found.keys.order_by().values("pk")[:10_001].count() >= len(keys)
    return list(found.rows.in_bulk(keys[:50]).values())


LISTED: dict[str, tuple[Callable[[], list[Enquiry]], str, int]] = {
    "received": (lambda: listed({}), "enquiries_received", 50),
    "received by status": (lambda: listed({}, order="status"), "enquiries_received_by_status", 50),
    "sent by status": (lambda: listed({}, who=SUN, order="status"), "enquiries_sent_by_status", 50),
    "by status, from one who has sent none": (
        lambda: listed({"sender_eic": asking.WIND}, order="status"),
        "enquiries_between_by_status",
        0,
    ),
    "unread": (lambda: listed({"unread_by": "RECEIVER"}), "enquiries_received_unread", 50),
    "unread by the supplier": (lambda: listed({"unread_by": "SENDER"}, who=SUN), "enquiries_sent_unread", 50),
    "unread and open": (
        lambda: listed({"unread_by": "RECEIVER", "request_status": "OPEN"}),
        "enquiries_received_unread",
        50,
    ),
    "of a month": (
        lambda: listed({"changed_from": NOW - timedelta(days=700), "changed_to": NOW - timedelta(days=670)}),
        "enquiries_received",
        50,
    ),
    "with a text": (lambda: listed({"text": "stion 77771"}), "enquiries_by_request_text", 1),
    "with a text in the answer": (lambda: listed({"text": "answer 0cc175b"}), "enquiries_by_answer_text", 0),
}


@pytest.mark.django_db
@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("name", LISTED)
def test_a_list_reads_an_index(name: str) -> None:
    act, index, count = LISTED[name]
    found: list[Enquiry] = []
    plans = plans_of(lambda: found.extend(act()))
    assert len(found) == count
    # Where most rows are the participant's the bounded count may read some from the table's start, never all.
    read = [int(rows) for rows in re.findall(r"Seq Scan on enquiries \(actual rows=(\d+)", plans)]
    assert max(read, default=0) <= 10_001 and "Sort Method: external" not in plans, plans
    assert index in plans, plans


@pytest.mark.django_db
@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"requestStatus": "OPEN"},
        {"requestStatus": "OPEN", "topic": "INVOICE", "reference": {"referenceType": "INVOICE"}},
    ],
)
def test_pages_are_counted_and_found_from_the_index_alone(attributes: dict[str, Any]) -> None:
    plans = plans_of(lambda: search(attributes, part=(0, 100)))
    assert plans.count("Index Only Scan") == 2, plans


@pytest.mark.django_db
@pytest.mark.usefixtures("filled")
def test_what_was_kept_long_enough_is_found_by_an_index() -> None:
    """By the index of what has ended, or where nearly all has, by that of all by their last save."""
    later = NOW.replace(year=NOW.year + 8)
    plans = plans_of(lambda: services.delete_ended(now=later, most=100))
    assert "Index Scan using enquiries_ended" in plans or "Index Scan using enquiries_changed_at" in plans, plans
    assert "Seq Scan" not in plans, plans
