"""The log of tellings adds up by local day, loses and doubles nothing, and is never taken back."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from datahub import partitions
from datahub.market import ResourceType
from datahub.market_time import day_of, day_start
from datahub.outbox.models import PROCESSED_UNITS, Unit
from datahub.periods import Period
from distribution import store
from distribution.models import TOLD_OF_CUSTOMERS, Entitlement, Message, ToldOfCustomer
from distribution.rules.about import About
from distribution.rules.facts import Recipient
from distribution.services import told_log
from distribution.services.tell import tell, tell_batch
from distribution.services.work import readings as work
from distribution.services.work.waiting import Told
from tests.agreements import at_once
from tests.distribution import market
from tests.distribution.market import BRP, HOUSE, MARI, OS, OS2, day
from tests.distribution.test_readings import make_market
from tests.distribution.test_services import away
from tests.distribution.told import (
    NOW,
    as_told,
    covered,
    rows,
    supplied,
    tell_all,
)
from tests.metering import messages, points

pytestmark = pytest.mark.django_db


# --- the day, and adding up ---------------------------------------------------------------------------------------


def test_what_is_told_again_on_a_local_day_adds_up_and_the_next_day_begins_a_row() -> None:
    make_market(*supplied())
    midnight = day_start(day_of(NOW) + timedelta(days=1))
    moments = [NOW, midnight - timedelta(seconds=1), midnight]
    for moment in moments:
        market.save_point()
        tell_all(moment)
    by_day = {
        row.day: (row.messages, row.first_at, row.last_at)
        for row in ToldOfCustomer.objects.filter(entitlement__address__participant_eic=OS2)
    }
    assert by_day == {
        day_of(NOW): (2, NOW, midnight - timedelta(seconds=1)),
        day_of(midnight): (1, midnight, midnight),
    }


def test_the_day_of_25_hours_is_one_day() -> None:
    make_market(*supplied())
    autumn = date(2026, 10, 25)
    for table in (PROCESSED_UNITS, TOLD_OF_CUSTOMERS):
        partitions.ensure(table, since=autumn - timedelta(days=1), until=autumn + timedelta(days=1))
    start = day_start(autumn)
    for moment in (start, start + timedelta(hours=25) - timedelta(seconds=1), start + timedelta(hours=25)):
        market.save_point()
        tell_all(moment)
    counts = ToldOfCustomer.objects.filter(entitlement__address__participant_eic=OS2).values_list("day", "messages")
    assert dict(counts) == {autumn: 2, autumn + timedelta(days=1): 1}


def test_the_time_covered_widens_to_both_sides_and_a_late_batch_does_not_move_the_last_time_back() -> None:
    make_market(*supplied())
    noon = day_start(day_of(NOW)) + timedelta(hours=12)
    for number, moment in ((3, noon), (1, noon - timedelta(hours=1)), (5, noon)):
        messages.send(messages.whole_day(HOUSE, date(2026, 5, number)), now=messages.NOW + timedelta(days=3))
        tell_all(moment)
    assert rows() == as_told("METERING_DATA", messages=3)
    assert set(covered().values()) == {Period(day("2026-05-01"), day("2026-05-06"))}
    assert {(row.first_at, row.last_at) for row in ToldOfCustomer.objects.all()} == {(noon - timedelta(hours=1), noon)}


def test_kinds_grounds_and_roles_have_rows_of_their_own_under_one_entitlement_each() -> None:
    make_market(*supplied(), *supplied(points.codes("38ZGO-1", 4)[3]))
    for _ in range(2):
        market.save_point()
        messages.send(messages.whole_day(HOUSE))
        tell_all()
    assert rows() == sorted([*as_told("METERING_POINT", 2), *as_told("METERING_DATA", 2)], key=str)
    assert Entitlement.objects.count() == 6


# --- exactly once -------------------------------------------------------------------------------------------------


def test_a_batch_that_is_rolled_back_leaves_nothing() -> None:
    make_market(*supplied())
    market.save_point()
    with away(), pytest.raises(store.StoreUnavailable):
        tell(now=NOW, batches=1)
    assert rows() == []
    tell_all()
    assert rows() == as_told("METERING_POINT")


def test_a_log_that_cannot_be_written_leaves_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    make_market(*supplied())
    market.save_point()
    monkeypatch.setattr(told_log, "_KEEP", "SELECT 1/0")
    with pytest.raises(DatabaseError), transaction.atomic():
        tell_batch(now=NOW)
    monkeypatch.undo()
    assert Unit.objects.count() == 1
    tell_all()
    assert (Message.objects.count(), rows()) == (3, as_told("METERING_POINT"))


def test_a_poisoned_unit_beside_good_ones_is_counted_when_it_is_told_and_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = points.codes("38ZGO-1", 4)[3]
    make_market(*supplied(), *supplied(other))
    messages.send(messages.whole_day(HOUSE), messages.whole_day(other))
    market.save_point(other)
    about = work.about_times

    def fail_late(facts: Any, *args: Any) -> Any:
        if facts.point.eic == other:
            raise LookupError("poisoned")
        return about(facts, *args)

    monkeypatch.setattr(work, "about_times", fail_late)
    tell_all()
    # The document was split: what was worked of it before it failed is not logged twice.
    assert {row for row in rows() if row.kind == "METERING_DATA"} == set(as_told("METERING_DATA"))
    monkeypatch.undo()
    Unit.objects.update(not_before=None, set_aside_at=None, attempts=0)
    tell_all()
    tell_all()
    assert not Unit.objects.exists()
    assert rows() == sorted(
        [*as_told("METERING_DATA"), *as_told("METERING_DATA", point=other), *as_told("METERING_POINT", point=other)],
        key=str,
    )


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_lose_and_double_nothing() -> None:
    """Each batch touches the rows of all points, of which the other holds some."""
    make_market(*(one for eic in points.codes("38ZGO-1", 6) for one in supplied(eic)))
    eics, rounds = points.codes("38ZGO-1", 6), 15
    recipients = [Recipient(eic, "OPEN_SUPPLIER", "ELECTRICITY") for eic in (OS2, OS, BRP)]
    market.save_point()
    tell_all()
    ids = {
        Recipient(one.participant_eic, one.role, one.commodity): one.pk
        for one in Entitlement._meta.get_field("address").related_model.objects.all()
    }

    def batch(order: list[str]) -> list[Told]:
        grounds = dict.fromkeys(recipients, "AGREEMENT")
        about = [About(MARI, eic, grounds) for eic in order]  # type: ignore[arg-type]
        return [Told(ResourceType.AGREEMENT, "CREATE", b"", recipients, about)]

    def work_on(order: list[str]) -> None:
        for _ in range(rounds):
            with transaction.atomic():
                told_log.keep(batch(order), address_ids=ids, now=NOW)

    assert at_once.run(lambda: work_on(eics), lambda: work_on(eics[::-1])) == []
    counted = ToldOfCustomer.objects.filter(entitlement__resource_type="AGREEMENT")
    assert {row.messages for row in counted} == {2 * rounds}
    assert counted.count() == len(eics) * len(recipients)
    assert Entitlement.objects.filter(resource_type="AGREEMENT").count() == len(recipients)


# --- nothing is taken back ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM distribution_told",
        "UPDATE distribution_told SET messages = messages - 1",
        "UPDATE distribution_told SET messages = messages",
        "UPDATE distribution_told SET messages = messages + 1, first_at = first_at + interval '1 second'",
        "UPDATE distribution_told SET messages = messages + 1, last_at = last_at - interval '1 second'",
        "UPDATE distribution_told SET messages = messages + 1, covers_from = covers_from + interval '1 second'",
        "UPDATE distribution_told SET messages = messages + 1, covers_to = covers_to - interval '1 second'",
        "UPDATE distribution_told SET messages = messages + 1, covers_to = NULL",
        "UPDATE distribution_told SET messages = messages + 1, customer_id = customer_id + 1",
        "UPDATE distribution_told SET messages = messages + 1, point_id = NULL",
        "UPDATE distribution_told SET messages = messages + 1, entitlement_id = 0",
    ],
)
def test_what_was_told_stays_told(statement: str) -> None:
    make_market(*supplied())
    messages.send(messages.whole_day(HOUSE))
    tell_all()
    before = rows()
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="never taken back"), transaction.atomic():
        cursor.execute(statement)
    assert rows() == before


def test_the_log_and_its_partitions_are_never_emptied_and_leave_after_three_years() -> None:
    make_market(*supplied())
    market.save_point()
    tell_all()
    later = day_of(NOW).replace(day=1) + timedelta(days=800)
    partitions.ensure(TOLD_OF_CUSTOMERS, since=later, until=later)
    newest = TOLD_OF_CUSTOMERS.name(TOLD_OF_CUSTOMERS.first_day(later))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL datahub.keeps_logs = 'on'")
        for table in ("distribution_told", newest):
            with pytest.raises(DatabaseError, match="never emptied"), transaction.atomic():
                cursor.execute(f"TRUNCATE {table}")
    this_month = TOLD_OF_CUSTOMERS.first_day(NOW.date())
    assert this_month not in partitions.drop_expired(TOLD_OF_CUSTOMERS, today=NOW.date() + timedelta(days=3 * 365))
    dropped = partitions.drop_expired(TOLD_OF_CUSTOMERS, today=NOW.date() + timedelta(days=3 * 366 + 31))
    assert this_month in dropped
    assert rows() == []
