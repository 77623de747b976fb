"""What a table of many connection requests is asked is answered by its indexes, and never by reading it whole."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from connections import selectors
from connections.models import ConnectionRequest
from connections.services import retention
from datahub.market import Commodity, Role
from tests import tables
from tests.agreements import market
from tests.agreements.market import NORTH, SUN, party
from tests.connections import many
from tests.connections.acting import NOW

ROWS = 100_000
# md5 of "2", and of "r2".
KEY, ANSWER_KEY = UUID("c81e728d-9d4c-2f63-6f06-7f89cc14862c"), UUID("8c1d1a9d-4a3b-2b6d-5c83-7a9c1d7d4a13")
PERIOD = {"requestPeriodStart": NOW - timedelta(days=700), "requestPeriodEnd": NOW - timedelta(days=690)}
ANSWERED = {"responsePeriodStart": NOW - timedelta(days=700), "responsePeriodEnd": NOW - timedelta(days=690)}


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A table with many requests; it is emptied afterwards."""
    with django_db_blocker.unblock():
        market.build()
        many.fill(ROWS, now=NOW)
        yield
        tables.empty()


def search(attributes: dict[str, Any], *, who: str = NORTH, part: tuple[int, int] | None = None) -> int:
    offset, size = part or (0, None)
    role = Role.GRID_OPERATOR if who == NORTH else Role.OPEN_SUPPLIER
    found, _ = selectors.search(
        participant=party(who),
        role=role,
        commodity=Commodity.ELECTRICITY,
        attributes=attributes,
        offset=offset,
        size=size,
    )
    return len(found)


def scan(who: str, days: int) -> int:
    role = Role.GRID_OPERATOR if who == NORTH else Role.OPEN_SUPPLIER
    since = NOW - timedelta(days=days)
    return len(selectors.scan(participant=party(who), role=role, commodity=Commodity.ELECTRICITY, since=since, now=NOW))


def plans_of(act: Callable[[], object]) -> list[str]:
    """Give the plan of each query that an act asks the table of."""
    with CaptureQueriesContext(connection) as queries:
        act()
    asked = [one["sql"] for one in queries if 'FROM "connections"' in one["sql"] and one["sql"].startswith("SELECT")]
    assert asked
    plans = []
    with connection.cursor() as cursor:
        for sql in asked:
            cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {sql}")
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
    return plans


PAGE = (0, 500)
ASKED: dict[str, tuple[Callable[[], int], str]] = {
    "an operator's scan": (lambda: scan(NORTH, 31), "connections_to_scan"),
    "an operator's scan of a day": (lambda: scan(NORTH, 1), "connections_to_scan"),
    "a supplier's scan": (lambda: scan(SUN, 31), "connections_answers_to_scan"),
    "what an operator received": (lambda: search({}), "connections_received"),
    "what a supplier sent": (lambda: search({}, who=SUN), "connections_sent"),
    "a page": (lambda: search({}, part=PAGE), "connections_received"),
    "a page far behind": (lambda: search({}, part=(39_000, 500)), "connections_received"),
    "a supplier's page": (lambda: search({}, who=SUN, part=PAGE), "connections_sent"),
    "at a point": (lambda: search({"meterEic": "38ZGO-7"}), "connections_by_point"),
    "a page at a point": (lambda: search({"meterEic": "38ZGO-7"}, part=PAGE), "connections_by_point"),
    "of a customer": (lambda: search({"customerEic": "38X-AVP-4"}), "connections_by_customer"),
    "by its id": (lambda: search({"connectionStateRequestId": KEY}), "connections_pkey"),
    "by its answer's id": (lambda: search({"connectionStateResponseId": ANSWER_KEY}), "connections_response_id"),
    "by its timestamp": (lambda: search({"timestamp": NOW}), "connections_"),
    "by a part of the request": (lambda: search({"requestComment": "quest 77772 "}), "connections_by_request_text"),
    "by a part of the answer": (lambda: search({"responseComment": "swer 77772 "}), "connections_by_answer_text"),
    "what is refused": (
        lambda: search({"responseConnectionState": "REFUSED"}, part=PAGE),
        "connections_received_by_",
    ),
    "what is planned": (
        lambda: search({"responseConnectionState": "PLANNED"}, who=SUN, part=PAGE),
        "connections_sent_by_",
    ),
    "what was cancelled": (
        lambda: search({"requestedConnectionState": "CANCELLED"}, part=PAGE),
        "connections_received_by_",
    ),
    "by its reason": (lambda: search({"requestReason": "NEW_AGREEMENT"}, part=PAGE), "connections_received_by_reason"),
    "by the reason of a refusal": (lambda: search({"responseReason": "FAULT"}), "connections_received_refused"),
    "by its preferred date": (
        lambda: search({"preferredDate": (NOW - timedelta(days=500)).date()}),
        "connections_received_for",
    ),
    "by its estimated date": (
        lambda: search({"estimatedDate": (NOW - timedelta(days=500)).date()}),
        "connections_by_estimated_date",
    ),
    "of a period": (lambda: search(PERIOD), "connections_"),
    "of a period, by the supplier": (lambda: search(PERIOD, who=SUN), "connections_"),
    "answered in a period": (lambda: search(ANSWERED), "connections_"),
    "answered in a period, by the supplier": (lambda: search(ANSWERED, who=SUN, part=PAGE), "connections_"),
}


@pytest.mark.django_db
@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("name", ASKED)
def test_a_search_reads_an_index(name: str) -> None:
    act, index = ASKED[name]
    for plan in plans_of(act):
        assert "Seq Scan" not in plan, plan
    assert any(index in plan for plan in plans_of(act)), plans_of(act)


@pytest.mark.django_db
@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("who", [NORTH, SUN])
@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"responseConnectionState": "REFUSED"},
        {"requestedConnectionState": "CANCELLED"},
        {"requestReason": "NEW_AGREEMENT"},
        {"senderEic": SUN, "receiverEic": NORTH},
    ],
)
def test_pages_are_counted_and_found_from_an_index_alone(who: str, attributes: dict[str, Any]) -> None:
    count, keys, *_ = plans_of(lambda: search(attributes, who=who, part=(100, 100)))
    for plan in (count, keys):
        assert "Index Only Scan using connections_" in plan, plan


@pytest.mark.django_db
@pytest.mark.usefixtures("filled")
def test_what_is_found_is_what_was_asked_for() -> None:
    """The queries above find something, so that their plans are those of real answers."""
    assert scan(NORTH, 31) > 500
    assert scan(SUN, 31) > 300
    assert search({"connectionStateRequestId": KEY}) + search({"connectionStateRequestId": KEY}, who=SUN) > 0
    assert search({"responseConnectionState": "REFUSED"}) > 100
    assert search(PERIOD) > 100
    assert search(ANSWERED) > 50


@pytest.mark.django_db
@pytest.mark.usefixtures("filled")
def test_what_was_kept_long_enough_is_found_by_an_index() -> None:
    later = NOW.replace(year=NOW.year + 6)
    plans = plans_of(lambda: retention.drop_kept_enough(now=later, most=100))
    assert all("Seq Scan" not in plan for plan in plans), plans
    assert "connections_ended" in plans[0], plans


@pytest.mark.django_db
@pytest.mark.usefixtures("filled")
def test_a_request_that_is_open_is_found_by_the_index_of_the_open() -> None:
    row = ConnectionRequest.objects.open()[0]
    plans = plans_of(
        lambda: (
            ConnectionRequest.objects.open()
            .filter(meter_eic=row.meter_eic, customer_eic=row.customer_eic, receiver=row.receiver_id)
            .first()
        )
    )
    assert "Seq Scan" not in plans[0], plans


def listed(conditions: dict[str, Any], *, who: str = NORTH, order: str = "-changed_at", waiting: bool = False) -> int:
    """Read a page of a list, and count it as lists do."""
    orders = {"-changed_at": ("-changed_at",), "preferred": ("preferred_date", "-changed_at")}
    found = selectors.list_requests(
        party(who),
        Role.GRID_OPERATOR if who == NORTH else Role.OPEN_SUPPLIER,
        Commodity.ELECTRICITY,
        conditions=conditions,
        waiting_on=NOW.date() if waiting else None,
        order=orders[order],
    )
    keys = list(found.keys.values_list("pk", flat=True)[:51])
    assert found.keys.order_by().values("pk")[:10_001].count() >= len(keys)
    return len(found.rows.in_bulk(keys[:50]))


LISTED: dict[str, tuple[Callable[[], int], str]] = {
    "received": (lambda: listed({}), "connections_received"),
    "received, by the day": (lambda: listed({}, order="preferred"), "connections_received_for"),
    "sent, by the day": (lambda: listed({}, who=SUN, order="preferred"), "connections_sent_for"),
    "open": (lambda: listed({"is_open": True}), "connections_received_open"),
    "sent and open": (lambda: listed({"is_open": True}, who=SUN), "connections_sent_open"),
    "waiting for the operator": (lambda: listed({}, waiting=True), "connections_received_open"),
    "waiting for the supplier": (lambda: listed({}, who=SUN, waiting=True), "connections_sent_"),
    "for a reason": (lambda: listed({"reason": "DEBT_PAID"}), "connections_received_by_reason"),
    "sent for a reason": (lambda: listed({"reason": "DEBT_PAID"}, who=SUN), "connections_sent_by_reason"),
    "not answered": (lambda: listed({"unanswered": True}), "connections_received_by_answer"),
}


@pytest.mark.django_db
@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("name", LISTED)
def test_a_list_reads_an_index(name: str) -> None:
    act, index = LISTED[name]
    assert act() == 50
    plans = plans_of(act)
    assert any(index in plan for plan in plans), plans
    assert not any("Seq Scan on connections" in plan for plan in plans), plans
