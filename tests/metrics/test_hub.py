"""What /metrics tells of the hub's state is what stands in its tables."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from prometheus_client import CollectorRegistry, generate_latest

from datahub import partitions
from datahub.agreements.models import Agreement, FollowUp
from datahub.metering.models import MeterDataDocument
from datahub.metrics import hub
from datahub.outbox.models import Unit
from datahub.parties.models import Party, User
from distribution.models import MESSAGES, Address, LogState, StagedMessage
from portal.jobs.models import Job
from tests.admin_rows import one_of_each
from tests.metering import messages
from tests.metrics.test_view import samples

pytestmark = pytest.mark.django_db


class _Read:
    def __init__(self, state: hub.State) -> None:
        self.state = state

    def collect(self) -> Any:
        return hub._of_database(self.state)


def read() -> dict[str, float]:
    """Give the figures as they are told, read in the test's own transaction."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Read(hub.read_database()))
    return {name.removeprefix("datahub_"): value for name, value in samples(generate_latest(registry).decode()).items()}


@pytest.fixture
def rows() -> dict[str, Any]:
    """A market with a row of everything; what it says waits are a unit set aside and a follow-up that failed."""
    return one_of_each(by=User.objects.create_superuser("staff"))


def test_an_empty_hub_has_nothing_waiting() -> None:
    for model in (Unit, StagedMessage, LogState):
        model.objects.all().delete()
    found = read()
    waiting = [name for name in found if name.endswith(("_waiting", "_waiting_bytes", "_oldest_seconds", "_staged"))]
    assert len(waiting) == 11
    assert {found[name] for name in waiting} == {0}
    assert found["messages_total"] == found["log_complete_age_seconds"] == found["outbox_set_aside"] == 0


@pytest.mark.usefixtures("rows")
def test_documents_that_wait() -> None:
    now = datetime.now(UTC)
    MeterDataDocument.objects.all().delete()
    day = messages.whole_day("38ZGO-10000003-O", (now - timedelta(days=1)).date(), read_at=None)
    sizes = [
        messages.accept(day, now=now - timedelta(minutes=age), sender=Party.objects.get(eic="38X-EIN-GO-----0"))
        for age in (7, 90, 3)
    ]
    found = read()
    assert found["documents_waiting"] == 3
    assert found["documents_waiting_bytes"] == sum(document.body_bytes for document in sizes)
    # The one that was taken first, which is the first to be worked on; that its clock was behind is another matter.
    assert 7 * 60 <= found["documents_oldest_seconds"] < 7 * 60 + 30
    MeterDataDocument.objects.filter(pk=sizes[0].pk).update(status="SUCCESSFUL")
    found = read()
    assert found["documents_waiting"] == 2
    assert 90 * 60 <= found["documents_oldest_seconds"] < 90 * 60 + 30


def _unit(number: int, *, age: timedelta, **more: Any) -> None:
    now = datetime.now(UTC)
    Unit.objects.create(id=number, known_at=number, saved_at=now - age, lanes=["a"], changes=[], **more)


def test_units_that_wait_those_set_aside_and_what_these_hold_back() -> None:
    Unit.objects.all().delete()
    now = datetime.now(UTC)
    _unit(1, age=timedelta(hours=5), set_aside_at=now, attempts=5)
    _unit(2, age=timedelta(hours=4), depends_on=[1])
    _unit(3, age=timedelta(hours=3), not_before=now + timedelta(minutes=1), attempts=1)
    _unit(4, age=timedelta(minutes=30), depends_on=[-1])
    _unit(5, age=timedelta(minutes=1))
    found = read()
    assert found["outbox_waiting"] == 5
    assert found["outbox_set_aside"] == 1
    assert 4 * 3600 <= found["outbox_oldest_seconds"] < 4 * 3600 + 30
    # What is held back by the one set aside, or is to be tried again later, is not what workers are behind with.
    assert 30 * 60 <= found["outbox_ready_oldest_seconds"] < 30 * 60 + 30


def test_counts_stop_at_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "MOST_COUNTED", 3)
    Unit.objects.all().delete()
    for number in range(1, 6):
        _unit(number, age=timedelta(minutes=number))
    assert read()["outbox_waiting"] == 3


def test_messages_in_the_log_and_those_that_are_not_yet() -> None:
    LogState.objects.all().delete()
    complete_until = datetime.now(UTC) - timedelta(seconds=50)
    LogState.objects.create(last_id=4711, complete_until=complete_until, reserved_id=10**6)
    address = Address.objects.create(participant_eic="38X-EIN-OS-----J", role="OPEN_SUPPLIER", commodity="ELECTRICITY")
    for unit in (1, 2):
        StagedMessage.objects.create(
            unit_id=unit, address=address, resource_type="AGREEMENT", reason="CREATE", pack_offset=0, pack_length=0
        )
    found = read()
    assert (found["messages_total"], found["messages_staged"]) == (4711, 2)
    assert 50 <= found["log_complete_age_seconds"] < 80


@pytest.mark.usefixtures("rows")
def test_acts_that_are_worked_out_afterwards() -> None:
    now = datetime.now(UTC)
    found = read()
    assert (found["follow_ups_waiting"], found["follow_ups_failed"]) == (0, 1)
    FollowUp.objects.create(
        unit_id=-1,
        agreement=Agreement.objects.latest("pk"),
        cause="NAMED_SUPPLIER_CREATE",
        sender_eic="38X-EIN-GO-----0",
        saved_at=now - timedelta(minutes=20),
    )
    found = read()
    assert (found["follow_ups_waiting"], found["follow_ups_failed"]) == (1, 1)
    assert 20 * 60 <= found["follow_ups_oldest_seconds"] < 20 * 60 + 30


@pytest.mark.usefixtures("rows")
def test_imports_that_wait_or_run() -> None:
    now = datetime.now(UTC)
    own = {
        "kind": "POINTS_IMPORT",
        "user": User.objects.get(username="staff"),
        "participant": Party.objects.get(eic="38X-EIN-GO-----0"),
        "role": "GRID_OPERATOR",
        "commodity": "ELECTRICITY",
        "language": "en",
        "file_name": "points.xlsx",
    }
    for age, state in ((50, "DONE"), (40, "RUNNING"), (30, "WAITING"), (60, "FAILED")):
        Job.objects.create(created_at=now - timedelta(minutes=age), state=state, **own)
    found = read()
    assert found["jobs_waiting"] == 2
    assert 40 * 60 <= found["jobs_oldest_seconds"] < 40 * 60 + 30


def test_partitions_that_are_ahead_and_those_that_should_be_gone() -> None:
    now = datetime.now(UTC)
    partitions.maintain(now=now)
    found = read()
    for table in partitions.registered():
        days = found[f"partitions_ahead_seconds/{table.table}"] / 86_400
        # All of today's partition may be over, but those made ahead are all there.
        steps = table.ahead if table.step == "day" else table.ahead * 28
        assert steps <= days, table.table
        assert found[f"partitions_overdue_days/{table.table}"] == 0, table.table
    old = now.date() - timedelta(days=30)
    partitions.ensure(MESSAGES, since=old, until=old)
    found = read()
    assert found["partitions_overdue_days/distribution_message"] == 30 - MESSAGES.keep_days
    with connection.cursor() as cursor:
        for name in sorted(partitions._existing(cursor, "distribution_message")):
            cursor.execute(f'DROP TABLE "{name}"')
    found = read()
    assert found["partitions_ahead_seconds/distribution_message"] == 0
    assert found["partitions_overdue_days/distribution_message"] == 0
    assert set(found) >= {f"partitions_ahead_seconds/{table.table}" for table in partitions.registered()}


def test_the_first_day_of_a_partition_is_in_its_name() -> None:
    for table in partitions.registered():
        first = table.first_day(date(2024, 2, 29))
        assert table.first_day_of(table.name(first)) == first


def test_the_server_says_how_many_connections_it_has_and_how_large_the_database_is() -> None:
    found = read()
    assert 1 <= found["database_connections"] <= found["database_connections_max"]
    assert found["database_size_bytes"] > 1_000_000


def test_every_part_has_an_index_to_go_by_where_tables_grow_with_the_hub() -> None:
    """With sequential scans forbidden there is one only where nothing else could be done."""
    now = datetime.now(UTC)
    given = {
        "now": now,
        "oldest": now - timedelta(days=7),
        "youngest": now + timedelta(hours=1),
        "most": hub.MOST_COUNTED,
        "most_documents": hub.MOST_COUNTED,
        "looked_through": 10_000,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN (FORMAT JSON) " + hub._STATE, given)
        (whole,) = cursor.fetchone()
    scanned = {node["Relation Name"] for node in _nodes(whole[0]["Plan"]) if node["Node Type"] == "Seq Scan"}
    assert scanned == {"distribution_log_state", "pg_database"}
    assert any(node.get("Relation Name") == "agreements_follow_up" for node in _nodes(whole[0]["Plan"]))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)
