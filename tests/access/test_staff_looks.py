"""What staff look at, in the log: of whom it is, at which time, in how many statements, and what the log refuses."""

import itertools
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import orjson
import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test.utils import CaptureQueriesContext

from datahub import partitions
from datahub.access import staff_looks
from datahub.access.models import ACCESS_LOG, AccessLog
from datahub.access.services.access_log import Read, log_looks_of_staff, log_read
from datahub.agreements.facts import AgreementFact
from datahub.agreements.models import Agreement
from datahub.market import AgreementType, ResourceType, Role
from datahub.metering.models import MeteringPoint
from datahub.outbox.changes import Change
from datahub.parties.models import User
from datahub.periods import Period
from datahub.staff.looks import Look, Of
from datahub.staff.saved import looks_at_changes, looks_at_lanes
from distribution.looks import looks_at_content
from distribution.rules import contents
from distribution.rules.recipients import View
from tests.agreements import market
from tests.agreements.market import (
    AGGREGATION_POINT,
    AGGREGATOR,
    BAKERY,
    BAKERY_POINT,
    BORDER,
    FLAT,
    HOUSE,
    JAAN,
    MARI,
    NORTH,
    NOW,
    SOUTH,
    SUN,
    day,
    fact,
    party,
    standing,
)

pytestmark = pytest.mark.usefixtures("built")
GRID = AgreementType.GRID


@pytest.fixture
def anu(built: None) -> User:
    """Give a member of staff; Jaan's house was Mari's until April."""
    standing(
        fact(GRID, NORTH, MARI, HOUSE, day(2024, 1, 1), day(2026, 4, 1)),
        fact(GRID, NORTH, JAAN, HOUSE, day(2026, 4, 1)),
        fact(GRID, NORTH, MARI, FLAT, day(2026, 6, 1)),
        fact(AgreementType.BORDER_GRID, NORTH, SOUTH, BORDER, day(2024, 1, 1)),
    )
    return User.objects.create_user("anu", is_staff=True)


def seen(by: User, *looks: Look) -> list[tuple[str, str, str, Any, Any]]:
    """Let staff look, at NOW; give what was logged: service, customer, point, from when, until when."""
    before = AccessLog.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    with time_machine.travel(NOW, tick=False):
        staff_looks.keep(by, looks)
    rows = AccessLog.objects.filter(pk__gt=before).order_by("pk")
    return list(rows.values_list("service", "customer_eic", "meter_eic", "period_from", "period_to"))


def test_a_point_is_of_its_customer_now(anu: User) -> None:
    assert seen(anu, Look(Of.POINTS, HOUSE)) == [(Of.POINTS, JAAN, HOUSE, None, None)]
    assert seen(anu, Look(Of.POINTS, BORDER)) == [(Of.POINTS, SOUTH, BORDER, None, None)]
    row = AccessLog.objects.latest("pk")
    assert (row.user, row.participant, row.read_at) == (anu, None, NOW)


def test_what_is_nobodys_is_not_logged(anu: User) -> None:
    # It will be Mari's; it is nobody's; no point has the code; no party has the code.
    nobodys = [Look(Of.POINTS, code) for code in (FLAT, BAKERY_POINT, "38ZGO-99999999-X", "nonsense")]
    assert seen(anu, *nobodys, Look(Of.EXCHANGES, customer_eic="38X-NOBODY", as_written=True)) == []
    assert seen(anu) == []


def test_a_deleted_agreement_names_nobody(anu: User) -> None:
    Agreement.objects.filter(customer=party(JAAN)).update(deleted_at=NOW)
    assert seen(anu, Look(Of.POINTS, HOUSE)) == []


def test_what_has_a_time_is_of_whose_the_point_was_then_each_with_her_part(anu: User) -> None:
    start, moved, end = day(2026, 3, 31), day(2026, 4, 1), day(2026, 4, 2)
    assert seen(anu, Look(Of.READINGS, HOUSE, period=Period(start, end))) == [
        (Of.READINGS, MARI, HOUSE, start, moved),
        (Of.READINGS, JAAN, HOUSE, moved, end),
    ]
    assert seen(anu, Look(Of.READINGS, HOUSE, period=Period(start, moved))) == [
        (Of.READINGS, MARI, HOUSE, start, moved)
    ]
    # Each look by its own time, though they are asked of together.
    assert seen(
        anu, Look(Of.POINTS, HOUSE), Look(Of.BILLS, HOUSE, period=Period(day(2025, 1, 1), day(2025, 2, 1)))
    ) == [
        (Of.POINTS, JAAN, HOUSE, None, None),
        (Of.BILLS, MARI, HOUSE, day(2025, 1, 1), day(2025, 2, 1)),
    ]
    assert seen(anu, Look(Of.BILLS, HOUSE, period=Period(day(2020, 1, 1), day(2020, 2, 1)))) == []


def test_the_hour_that_october_repeats_is_hers_who_moved_out_then(anu: User) -> None:
    whole = Period(day(2025, 10, 26), day(2025, 10, 27))
    assert whole.end is not None and whole.end - whole.start == timedelta(hours=25)
    assert seen(anu, Look(Of.READINGS, HOUSE, period=whole)) == [(Of.READINGS, MARI, HOUSE, whole.start, whole.end)]


def test_an_aggregation_point_is_of_its_own_customer_else_of_who_has_the_point_above(anu: User) -> None:
    standing(fact(GRID, NORTH, BAKERY, BAKERY_POINT, day(2024, 1, 1)))
    assert seen(anu, Look(Of.POINTS, AGGREGATION_POINT)) == [(Of.POINTS, BAKERY, AGGREGATION_POINT, None, None)]
    standing(fact(AgreementType.AGGREGATION, AGGREGATOR, JAAN, AGGREGATION_POINT, day(2026, 5, 1), parent=BAKERY_POINT))
    assert seen(anu, Look(Of.POINTS, AGGREGATION_POINT)) == [(Of.POINTS, JAAN, AGGREGATION_POINT, None, None)]
    assert seen(anu, Look(Of.POINTS, BAKERY_POINT)) == [(Of.POINTS, BAKERY, BAKERY_POINT, None, None)]


def test_whom_a_supplier_names_is_not_told_of_a_point_that_is_not_hers(anu: User) -> None:
    """Who writes a customer's code beside a stranger's point would have that one's address in her tracker."""

    def asked(customer: str) -> Iterable[Look]:
        return Look(Of.EXCHANGES, HOUSE), Look(Of.EXCHANGES, customer_eic=customer, as_written=True)

    assert seen(anu, *asked(MARI)) == [
        (Of.EXCHANGES, JAAN, HOUSE, None, None),
        (Of.EXCHANGES, MARI, "", None, None),
    ]
    assert seen(anu, *asked(JAAN)) == [(Of.EXCHANGES, JAAN, HOUSE, None, None)]


def test_the_same_is_logged_once_a_page(anu: User) -> None:
    look = Look(Of.AGREEMENTS, HOUSE, JAAN)
    assert len(seen(anu, look, look, Look(Of.AGREEMENTS, HOUSE, MARI))) == 2


def test_a_page_of_rows_costs_three_statements(anu: User) -> None:
    def statements(number: int) -> int:
        looks = [Look(Of.POINTS, HOUSE, period=Period(day(2025, 1, 1 + n), day(2025, 1, 2 + n))) for n in range(number)]
        with CaptureQueriesContext(connection) as captured:
            found = seen(anu, *looks, Look(Of.EXCHANGES, customer_eic=JAAN, as_written=True))
        assert len(found) == number + 1
        # Two are of this test.
        return len(captured) - 2

    assert statements(1) == statements(25) == 3


# --- what a page says ---------------------------------------------------------------------------------------------


def agreement(point: str | None = HOUSE) -> AgreementFact:
    return fact(GRID, NORTH, JAAN, point, day(2026, 4, 1), id=7)


def change(kind: ResourceType, key: str, **after: Any) -> dict[str, Any]:
    return Change(kind, "CREATE", key, after=after).as_json()


def test_what_a_unit_changed_names_its_customers() -> None:
    period = Period(day(2026, 4, 1), day(2026, 4, 2))
    assert period.end is not None
    span = [HOUSE, int(period.start.timestamp()), int(period.end.timestamp()), 0]
    bill = {"from": period.start.isoformat(), "to": period.end.isoformat(), "bill": "{}"}
    changes = [
        change(ResourceType.METERING_POINT, HOUSE, point={}),
        change(ResourceType.AGREEMENT, "7", **agreement().as_json()),
        # Between two participants.
        change(ResourceType.AGREEMENT, "8", **agreement(None).as_json()),
        change(ResourceType.METERING_DATA, "9", points=[span]),
        change(ResourceType.NETWORK_BILL, HOUSE, bills=[bill]),
        change(ResourceType.CUSTOMER_DATA, JAAN, type="PHYSICAL_PERSON"),
        change(ResourceType.PERMISSION, "x", point=HOUSE, customer=JAAN),
        # What could not be told since something is missing is what staff look at.
        change(ResourceType.AGREEMENT, "10", broken=True),
        {"resource_type": "SOMETHING", "object_key": "x", "before": None, "after": {"x": 1}},
    ]
    assert list(looks_at_changes(changes)) == [
        Look(Of.POINTS, HOUSE),
        Look(Of.AGREEMENTS, HOUSE, JAAN),
        Look(Of.READINGS, HOUSE, period=period),
        Look(Of.BILLS, HOUSE, period=period),
        Look(Of.CUSTOMERS, customer_eic=JAAN),
        Look(Of.AUTHORIZATIONS, HOUSE, JAAN),
    ]
    assert {one["resource_type"] for one in changes} > set(ResourceType)
    assert list(looks_at_lanes([HOUSE, JAAN, "agreement 5", ""])) == [
        Look(Of.POINTS, HOUSE),
        Look(Of.CUSTOMERS, customer_eic=JAAN, as_written=True),
    ]


def test_what_a_message_says_names_its_customers() -> None:
    period = Period(day(2026, 4, 1), day(2026, 4, 2))
    hours = [{"pS": "2026-03-31T21:00:00Z"}, {"pS": "2026-04-01T20:00:00Z"}]
    readings = {"meterEic": HOUSE, "periods": [{"r": "PT1H", "aI": hours}, {"r": "PT15M", "aI": []}]}
    of_bill = {"periodStart": "2026-03-31T21:00:00Z", "periodEnd": "2026-04-01T21:00:00Z"}
    bill = {"meterEic": HOUSE, "networkBillPeriod": of_bill}
    permission = {
        **dict.fromkeys(("participant", "role", "purpose"), "x"),
        **dict.fromkeys(("subject_from", "subject_to", "valid_from"), "2026-01-01T00:00:00+00:00"),
        "participant_type": "LEGAL_PERSON",
        "customer_type": "PHYSICAL_PERSON",
        "valid_to": None,
        "point": HOUSE,
        "customer": JAAN,
    }
    customer = contents.customer_content(JAAN, {"type": "PHYSICAL_PERSON", "metadata": []}, names_alone=True)
    whole, hidden = View(provider=True, customer=True), View(provider=True, customer=False)
    said = {
        ResourceType.METERING_POINT: (b'{"meteringPoint":{"meterEic":"%s"}}' % HOUSE.encode(), Look(Of.POINTS, HOUSE)),
        ResourceType.METERING_DATA: (orjson.dumps([readings]), Look(Of.READINGS, HOUSE, period=period)),
        ResourceType.NETWORK_BILL: (orjson.dumps(bill), Look(Of.BILLS, HOUSE, period=period)),
        ResourceType.CUSTOMER_DATA: (customer, Look(Of.CUSTOMERS, customer_eic=JAAN)),
        ResourceType.AGREEMENT: (contents.agreement_content(agreement(), whole), Look(Of.AGREEMENTS, HOUSE, JAAN)),
        ResourceType.PERMISSION: (contents.permission_content(permission), Look(Of.AUTHORIZATIONS, HOUSE, JAAN)),
    }
    assert said.keys() == set(ResourceType)
    for kind, (content, look) in said.items():
        assert list(looks_at_content(kind, content)) == [look], kind
    unnamed = contents.agreement_content(agreement(), hidden)
    assert list(looks_at_content(ResourceType.AGREEMENT, unnamed)) == [Look(Of.AGREEMENTS, HOUSE)]
    assert list(looks_at_content(ResourceType.AGREEMENT, contents.agreement_content(agreement(None), whole))) == []


# --- the table ----------------------------------------------------------------------------------------------------


def row(**values: Any) -> AccessLog:
    given: dict[str, Any] = {"read_at": NOW, "service": "x", "customer_eic": MARI, "meter_eic": HOUSE}
    return AccessLog(**{**given, **values})


def test_the_log_asks_for_a_reader_and_lets_staff_have_no_role_and_no_ground(anu: User) -> None:
    wrong: dict[str, Any] = {"role": "OPEN_SUPPLIER", "commodity": "GAS", "technical_user": "x", "ground": "AGREEMENT"}
    refused: list[dict[str, Any]] = [{}, *({"user": anu, name: value} for name, value in wrong.items())]
    for values in refused:
        with pytest.raises(IntegrityError, match="access_log_reader"), transaction.atomic():
            row(**values).save()
    row(user=anu).save()
    row(participant=party(SUN), **wrong).save()
    assert AccessLog.objects.count() == 2


def test_what_staff_looked_at_is_never_changed_either(anu: User) -> None:
    seen(anu, Look(Of.POINTS, HOUSE))
    for act in ("UPDATE access_log SET customer_eic = 'x'", "DELETE FROM access_log"):
        with pytest.raises(DatabaseError, match="never"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(act)


def migrate(name: str) -> None:
    MigrationExecutor(connection).migrate([("access", name)])


def nullable(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT NOT attnotnull FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'participant_id'",
            [table],
        )
        return bool(cursor.fetchone()[0])


def test_the_migration_goes_forward_over_what_is_there_and_back_where_no_staff_have_looked(anu: User) -> None:
    partitions.ensure(ACCESS_LOG, since=NOW.date(), until=NOW.date())
    part = f"access_log_{NOW:%Y%m}"
    log_read(participant=party(SUN), role=Role.OPEN_SUPPLIER, commodity="", service="x", reads=[Read(MARI)], now=NOW)
    with connection.cursor() as cursor:
        # As at the end of a transaction: tables are not altered while rows wait to be checked.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    migrate("0009_first_of_customer")
    assert not nullable("access_log") and not nullable(part)
    with pytest.raises(IntegrityError), transaction.atomic():
        log_looks_of_staff(user=anu, looks=[("staff/points", Read(MARI))], now=NOW)
    migrate("0010_looks_of_staff")
    assert nullable("access_log") and nullable(part)
    log_looks_of_staff(user=anu, looks=[("staff/points", Read(MARI))], now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        row().save()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="null"), transaction.atomic():
        migrate("0009_first_of_customer")
    assert AccessLog.objects.count() == 2


def test_many_looks_are_one_statement(anu: User) -> None:
    looks = [(of.value, Read(MARI, point.eic)) for of, point in itertools.product(Of, MeteringPoint.objects.all())]
    with CaptureQueriesContext(connection) as captured:
        log_looks_of_staff(user=anu, looks=looks, now=NOW)
        log_looks_of_staff(user=anu, looks=[], now=NOW)
    assert len(captured) == 1
    assert AccessLog.objects.filter(participant=None, user=anu).count() == len(looks) > 50
    assert market.party(MARI).pk not in AccessLog.objects.values_list("participant", flat=True)
