"""Saving network bills: all of a message or none, corrections, what is kept, and what is recorded to be told."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from datahub import partitions
from datahub.bills import services
from datahub.bills.models import NETWORK_BILLS, NetworkBill
from datahub.errors import DomainError
from datahub.market import AgreementType, Role
from datahub.outbox.models import Unit
from tests.agreements import market
from tests.agreements.market import (
    BAKERY_GAS,
    BORDER,
    FLAT,
    GAS,
    HOUSE,
    JAAN,
    MARI,
    NORTH,
    NOW,
    SOUTH,
    SOUTHERN_HOUSE,
    SUN,
    day,
    fact,
    standing,
)
from tests.bills.messages import APRIL, CALCULATED, MAY, bill, later, save

pytestmark = pytest.mark.usefixtures("built")
UNKNOWN = "38ZGO-10000099-7"


@pytest.fixture(autouse=True)
def _agreements(built: None) -> None:
    standing(
        fact(AgreementType.GRID, NORTH, MARI, HOUSE, day(2026, 1, 1)),
        fact(AgreementType.GRID, NORTH, JAAN, FLAT, day(2026, 1, 1), day(2026, 4, 15)),
        fact(AgreementType.GRID, SOUTH, MARI, SOUTHERN_HOUSE, day(2026, 1, 1)),
    )


def refused(*bills: Any, **sender: Any) -> list[tuple[str, str]]:
    """Give the code and the path of each fault of a message that is refused."""
    with pytest.raises(DomainError) as refusal, transaction.atomic():
        save(*bills, **sender)
    return [(fault.code.name.rpartition(".")[2], fault.args[0]) for fault in refusal.value.faults]


def kept() -> list[tuple[int, bool]]:
    rows = NetworkBill.objects.order_by("id")
    return [(row.version, row.replaced_at is None) for row in rows]


def told() -> list[tuple[list[str], str, str, list[str]]]:
    return [
        (unit.lanes, change["reason"], change["object_key"], [one["bill"] for one in change["after"]["bills"]])
        for unit in Unit.objects.order_by("id")
        for change in unit.changes
    ]


def test_a_bill_is_saved_with_what_it_says_and_one_change() -> None:
    sent = bill()
    save(sent)
    row = NetworkBill.objects.get()
    assert (row.point.eic, row.period_start, row.period_end, row.calculated_at) == (HOUSE, APRIL, MAY, CALCULATED)
    assert (row.sender.eic, row.saved_at, row.directions, row.body) == (NORTH, NOW, ["OUT"], sent.written())
    assert told() == [([HOUSE], "CREATE", HOUSE, [sent.written()])]


def test_a_later_calculation_replaces_and_what_it_replaced_is_kept() -> None:
    save(bill())
    save(later())
    assert kept() == [(1, False), (2, True)]
    assert NetworkBill.objects.get(version=1).replaced_at == NOW
    assert refused(later()) == [("no-change-received", _message(later()))]
    assert refused(bill()) != []
    assert kept() == [(1, False), (2, True)]
    assert len(told()) == 2


def _message(sent: Any) -> str:
    stamp = sent.calculated_at.astimezone(NOW.tzinfo).isoformat().replace("+00:00", "Z")
    field = "bills[0].networkBillPeriod.calculationTimestamp"
    return f"{field} is {stamp}, but the current bill for this period is of {stamp}"


def test_the_same_instants_are_the_same_period_whatever_their_offset() -> None:
    save(bill())
    same = later(start=APRIL.astimezone(CALCULATED.tzinfo), end=MAY.astimezone(CALCULATED.tzinfo))
    save(same)
    assert kept() == [(1, False), (2, True)]


def test_bills_of_other_periods_stand_beside_each_other() -> None:
    parts = bill(end=day(2026, 4, 10)), bill(start=day(2026, 4, 10))
    save(bill())
    save(*parts)
    assert kept() == [(1, True)] * 3


def test_a_message_of_several_points_makes_a_unit_for_each() -> None:
    half = bill(end=day(2026, 4, 15), point=FLAT)
    march = bill(start=day(2026, 3, 1), end=APRIL)
    save(bill(), half, march)
    assert sorted(told()) == [
        ([HOUSE], "CREATE", HOUSE, [bill().written(), march.written()]),
        ([FLAT], "CREATE", FLAT, [half.written()]),
    ]


def test_a_message_is_taken_whole_or_not_at_all_and_all_faults_are_found() -> None:
    save(bill())
    found = refused(
        bill(start=day(2026, 3, 1), end=APRIL),
        bill(),
        bill(point=FLAT),
        bill(start=MAY, end=APRIL),
        bill(point=UNKNOWN),
        bill(start=day(2026, 3, 1), end=APRIL),
        bill(start=day(2025, 12, 1), end=day(2026, 1, 1)),
    )
    assert [code for code, _ in found] == [
        "no-change-received",
        "period-is-not-covered-by-agreement",
        "from-field-cannot-be-equal-to-or-after-to-field",
        "metering-point-not-exists",
        "network-bill-is-duplicated",
        "missing-agreement-for-period",
    ]
    assert [path for _, path in found][1:] == [
        "bills[2].networkBillPeriod",
        "bills[3].networkBillPeriod.periodStart",
        "bills[4].meterEic",
        "bills[5].networkBillPeriod",
        "bills[6].networkBillPeriod",
    ]
    assert len(kept()) == len(told()) == 1


def test_faults_are_bounded() -> None:
    assert len(refused(*(bill(point=UNKNOWN, end=MAY - timedelta(seconds=n)) for n in range(1200)))) == 1000


@pytest.mark.parametrize(
    "role", [role for role in Role if role not in ("GRID_OPERATOR", "CLOSED_DISTRIBUTION_NETWORK")]
)
def test_other_roles_send_none(role: Role) -> None:
    assert refused(bill(), role=role)[0][0] == "sender-type-error"


@pytest.mark.parametrize(
    ("point", "sender", "role"),
    [
        (UNKNOWN, NORTH, Role.GRID_OPERATOR),
        (SOUTHERN_HOUSE, NORTH, Role.GRID_OPERATOR),
        # Its own, but not in this role.
        (SOUTHERN_HOUSE, SOUTH, Role.CLOSED_DISTRIBUTION_NETWORK),
        # Its own, but of the other commodity.
        (BAKERY_GAS, NORTH, Role.GRID_OPERATOR),
    ],
)
def test_another_ones_point_is_as_one_that_does_not_exist(point: str, sender: str, role: Role) -> None:
    with CaptureQueriesContext(connection) as queries:
        found = refused(bill(point=point), sender=sender, role=role)
    assert found == [("metering-point-not-exists", "bills[0].meterEic")]
    with CaptureQueriesContext(connection) as of_none:
        refused(bill(point=UNKNOWN), sender=sender, role=role)
    assert len(queries) == len(of_none)


def test_a_closed_network_bills_its_own_points() -> None:
    point = market.point("38ZGO-20000002-H", owner=SOUTH, owner_role=Role.CLOSED_DISTRIBUTION_NETWORK)
    closed = Role.CLOSED_DISTRIBUTION_NETWORK
    standing(fact(AgreementType.GRID, SOUTH, JAAN, point.eic, day(2026, 1, 1), provider_role=closed))
    save(bill(point=point.eic), sender=SOUTH, role=closed)
    assert kept() == [(1, True)]


def test_a_border_points_agreement_is_no_grid_agreement() -> None:
    standing(fact(AgreementType.BORDER_GRID, NORTH, SOUTH, BORDER, day(2026, 1, 1), customer_role="GRID_OPERATOR"))
    assert refused(bill(point=BORDER)) == [("missing-agreement-for-period", "bills[0].networkBillPeriod")]


def test_a_grid_agreement_of_another_provider_is_none() -> None:
    standing(fact(AgreementType.SUPPLY, SUN, MARI, HOUSE, day(2025, 1, 1)))
    found = refused(bill(start=day(2025, 12, 1), end=day(2026, 1, 1)))
    assert found == [("missing-agreement-for-period", "bills[0].networkBillPeriod")]


def test_gas_is_billed_by_the_gas_day() -> None:
    standing(
        fact(AgreementType.GRID, NORTH, MARI, BAKERY_GAS, day(2026, 4, 1, GAS), day(2026, 5, 1, GAS), commodity=GAS)
    )
    month = bill(day(2026, 4, 1, GAS), day(2026, 5, 1, GAS), point=BAKERY_GAS, commodity=GAS)
    early = replace(month, start=day(2026, 4, 1), end=day(2026, 4, 1, GAS))
    assert refused(early) == [("missing-agreement-for-period", "bills[0].networkBillPeriod")]
    save(month)
    assert kept() == [(1, True)]


def test_no_more_queries_for_many_bills() -> None:
    def queries(month: int, count: int) -> int:
        start = day(2026, month, 1)
        bills = [bill(start=start, end=start + timedelta(hours=n + 1)) for n in range(count)]
        save(*bills)
        with CaptureQueriesContext(connection) as captured:
            save(*(later(start=one.start, end=one.end) for one in bills))
        return len(captured)

    assert queries(2, 1) == queries(3, 200)


def test_the_database_lets_no_two_stand_for_one_period() -> None:
    save(bill())
    row = NetworkBill.objects.get()
    row.pk, row.version = None, 2
    with pytest.raises(IntegrityError, match="network_bill"), transaction.atomic():
        row.save(force_insert=True)
    row.version = 1
    row.replaced_at = NOW
    with pytest.raises(IntegrityError, match="network_bill"), transaction.atomic():
        row.save(force_insert=True)


def test_what_the_database_refuses_is_the_same_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    save(bill())
    monkeypatch.setattr(services, "_standing", lambda points, bills: {})
    assert [code for code, _ in refused(later())] == ["no-change-received"]


def test_bills_that_are_taken_over_are_told_to_nobody() -> None:
    services.take_over_bills(sender=market.party(NORTH), bills=[bill(), bill(point=FLAT)], now=NOW)
    assert kept() == [(1, True)] * 2
    assert not Unit.objects.exists()
    save(later())
    assert kept() == [(1, False), (1, True), (2, True)]


def test_bills_are_kept_for_seven_years_in_months() -> None:
    save(bill(), bill(start=day(2026, 3, 31), end=APRIL))
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text, count(*) FROM network_bill GROUP BY 1 ORDER BY 1")
        # The month's first hours in Tallinn are the last ones of the UTC month before.
        assert cursor.fetchall() == [("network_bill_202603", 2)]
    with transaction.atomic():
        assert date(2026, 3, 1) not in partitions.drop_expired(NETWORK_BILLS, today=date(2033, 3, 31))
        assert date(2026, 3, 1) in partitions.drop_expired(NETWORK_BILLS, today=date(2033, 4, 10))


def test_every_period_that_may_be_sent_has_its_partition() -> None:
    standing(fact(AgreementType.GRID, NORTH, MARI, "38ZGO-1000000A-3", day(2019, 1, 1)))
    first = NOW.replace(year=2019)
    for start in (first, NOW + timedelta(days=45)):
        save(bill(start, start + timedelta(hours=1), point="38ZGO-1000000A-3"))
    assert kept() == [(1, True)] * 2
