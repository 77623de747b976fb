"""Who sees which points, and which periods of their readings, as each kind of party."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from datahub.access import rules, selectors
from datahub.access.models import AccessLog
from datahub.access.services.access_log import Read, log_read
from datahub.market import AgreementType, Role, SourceType
from datahub.metering.models import MeteringPoint
from datahub.parties.models import User
from datahub.periods import BEGINNING
from tests.agreements import market
from tests.agreements.market import (
    AGGREGATION_POINT,
    AGGREGATOR,
    BAKERY,
    BAKERY_GAS,
    BAKERY_POINT,
    BALANCE,
    BORDER,
    ELECTRICITY,
    FLAT,
    GAS,
    HOUSE,
    JAAN,
    LINE,
    MARI,
    NAMED,
    NORTH,
    NOW,
    SOUTH,
    STRANGER,
    SUN,
    WIND,
    day,
    fact,
    standing,
)

pytestmark = pytest.mark.usefixtures("built")

GRID, SUPPLY, AGGREGATION = AgreementType.GRID, AgreementType.SUPPLY, AgreementType.AGGREGATION
OPERATOR, SUPPLIER = Role.GRID_OPERATOR, Role.OPEN_SUPPLIER
OWN, AGREED, BALANCE_STATE = [SourceType.OWNERSHIP], [SourceType.AGREEMENT], [SourceType.BALANCE_STATE]
SECOND = timedelta(seconds=1)


def known_customers(points: list[MeteringPoint], *reader: Any) -> dict[int, str]:
    return selectors.grid_customers_visible(points, *reader, naming=selectors.naming_now(points, reader[-1]))


def sees(eic: str, role: str = SUPPLIER, commodity: str = ELECTRICITY) -> dict[str, list[SourceType]]:
    """Give what a participant sees with the grounds; all ways of asking must agree."""
    reader = market.party(eic), role, commodity, NOW
    every = list(MeteringPoint.objects.all())
    grounds = selectors.grounds_for(every, *reader)
    seen = {point.eic: grounds[point.pk] for point in every if grounds.get(point.pk)}
    assert {point.eic for point in selectors.visible_points(*reader)} == set(seen)
    many = selectors.visible_points_of_many(*reader, tuple(SourceType), but_own=False, most_read=0)
    assert {point.eic for point in many.points} == set(seen)
    for ground in SourceType:
        of_ground = {point.eic for point in selectors.visible_points(*reader, [ground])}
        assert of_ground == {eic for eic, grounds in seen.items() if ground in grounds}
    return seen


def reads(point: str, eic: str, role: str = SUPPLIER) -> list[tuple[datetime, datetime | None, SourceType]]:
    where = MeteringPoint.objects.get(eic=point)
    found = selectors.reading_periods(where, market.party(eic), role, ELECTRICITY, NOW)
    return [(one.period.start, one.period.end, one.ground) for one in found]


def test_an_owner_sees_its_points_in_its_role_and_commodity_and_all_readings() -> None:
    assert sees(NORTH, OPERATOR) == dict.fromkeys([HOUSE, FLAT, BAKERY_POINT, BORDER, AGGREGATION_POINT], OWN)
    assert sees(NORTH, OPERATOR, GAS) == {BAKERY_GAS: OWN}
    assert sees(NORTH, Role.LINE_OPERATOR) == {}
    assert sees(AGGREGATOR, Role.AGGREGATOR) == {AGGREGATION_POINT: OWN}
    assert reads(HOUSE, NORTH, OPERATOR) == [(BEGINNING, None, SourceType.OWNERSHIP)]
    assert reads(AGGREGATION_POINT, NORTH, OPERATOR) == [(BEGINNING, None, SourceType.OWNERSHIP)]
    assert reads(HOUSE, SOUTH, OPERATOR) == []


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "sees_point", "reads_period"),
    [
        (day(2025, 1, 1), None, True, True),
        (day(2025, 1, 1), day(2026, 1, 1), True, True),
        (day(2024, 1, 1), rules.ground_since(NOW), True, True),
        (day(2024, 1, 1), rules.ground_since(NOW) - SECOND, False, False),
        (day(2026, 5, 5), None, True, False),
    ],
)
def test_a_supplier_sees_where_its_agreement_is_active_future_or_recent(
    valid_from: datetime, valid_to: datetime | None, sees_point: bool, reads_period: bool
) -> None:
    standing(fact(SUPPLY, WIND, MARI, HOUSE, valid_from, valid_to))
    expected = {HOUSE: AGREED} if sees_point else {}
    through = {HOUSE: BALANCE_STATE} if sees_point else {}
    assert sees(WIND) == expected
    assert sees(SUN) == through
    assert sees(BALANCE) == through
    assert sees(STRANGER) == sees(NAMED) == sees(WIND, Role.AGGREGATOR) == {}
    period = [(valid_from, valid_to)] if reads_period else []
    assert [(start, end) for start, end, _ in reads(HOUSE, WIND)] == period
    assert [(start, end) for start, end, _ in reads(HOUSE, BALANCE)] == period
    assert reads(HOUSE, STRANGER) == []
    assert reads(FLAT, WIND) == []


def test_an_active_supplier_reads_the_year_before_only_of_the_same_customer() -> None:
    moved_in = day(2025, 10, 1)
    standing(
        fact(GRID, NORTH, JAAN, HOUSE, day(2020, 1, 1), moved_in),
        fact(GRID, NORTH, MARI, HOUSE, moved_in),
        fact(SUPPLY, WIND, MARI, HOUSE, moved_in, day(2026, 3, 1)),
        fact(SUPPLY, SUN, MARI, HOUSE, day(2026, 3, 1)),
    )
    assert reads(HOUSE, SUN) == [
        (moved_in, None, SourceType.AGREEMENT),
        (moved_in, day(2026, 3, 1), SourceType.BALANCE_STATE),
    ]
    assert reads(HOUSE, WIND) == [(moved_in, day(2026, 3, 1), SourceType.AGREEMENT)]
    assert reads(HOUSE, BALANCE) == [(moved_in, None, SourceType.BALANCE_STATE)]


def test_a_portfolio_provider_reads_within_every_agreement_of_the_chain() -> None:
    standing(
        market.portfolio(BALANCE, STRANGER, day(2025, 1, 1), day(2026, 2, 1)),
        market.portfolio(SUN, STRANGER, day(2026, 2, 1)),
        market.portfolio(NAMED, BALANCE, day(2025, 11, 1), day(2026, 3, 1)),
        fact(SUPPLY, STRANGER, MARI, HOUSE, day(2025, 6, 1)),
    )
    assert reads(HOUSE, BALANCE) == [(day(2025, 6, 1), None, SourceType.BALANCE_STATE)]
    assert reads(HOUSE, SUN) == [(day(2026, 2, 1), None, SourceType.BALANCE_STATE)]
    assert reads(HOUSE, NAMED) == [(day(2025, 11, 1), day(2026, 3, 1), SourceType.BALANCE_STATE)]


def test_a_portfolio_provider_whose_turn_has_not_come_or_is_long_over_sees_nothing() -> None:
    standing(
        market.portfolio(BALANCE, STRANGER, day(2023, 1, 1), day(2025, 1, 1)),
        market.portfolio(NAMED, STRANGER, day(2026, 6, 1)),
        fact(SUPPLY, STRANGER, MARI, HOUSE, day(2023, 6, 1)),
        fact(SUPPLY, STRANGER, MARI, FLAT, day(2026, 7, 1)),
    )
    assert sees(BALANCE) == {}
    assert sees(NAMED) == {FLAT: BALANCE_STATE}
    assert reads(HOUSE, BALANCE) == reads(HOUSE, NAMED) == reads(FLAT, NAMED) == []


def test_an_aggregator_and_a_supplier_meet_at_the_aggregation_point_and_its_parent() -> None:
    standing(
        fact(GRID, NORTH, BAKERY, BAKERY_POINT, day(2024, 1, 1)),
        fact(SUPPLY, WIND, BAKERY, BAKERY_POINT, day(2025, 1, 1)),
        fact(AGGREGATION, AGGREGATOR, BAKERY, AGGREGATION_POINT, day(2026, 1, 1)),
    )
    assert sees(AGGREGATOR, Role.AGGREGATOR) == {
        BAKERY_POINT: AGREED,
        AGGREGATION_POINT: [SourceType.OWNERSHIP, SourceType.AGREEMENT],
    }
    assert sees(WIND) == {BAKERY_POINT: AGREED, AGGREGATION_POINT: AGREED}
    assert reads(BAKERY_POINT, AGGREGATOR, Role.AGGREGATOR) == [(day(2026, 1, 1), None, SourceType.AGREEMENT)]
    assert reads(AGGREGATION_POINT, WIND) == [(day(2025, 1, 1), None, SourceType.AGREEMENT)]
    above = list(MeteringPoint.objects.filter(eic=BAKERY_POINT))
    aggregator = market.party(AGGREGATOR), Role.AGGREGATOR, ELECTRICITY, NOW
    assert list(known_customers(above, *aggregator).values()) == [BAKERY]


def test_who_provides_the_general_service_sees_an_aggregation_point_and_not_its_readings() -> None:
    standing(fact(AgreementType.GENERAL_SERVICE, NAMED, BAKERY, BAKERY_POINT, day(2025, 1, 1)))
    assert sees(NAMED) == {BAKERY_POINT: AGREED, AGGREGATION_POINT: AGREED}
    assert reads(BAKERY_POINT, NAMED) == [(day(2025, 1, 1), None, SourceType.AGREEMENT)]
    assert reads(AGGREGATION_POINT, NAMED) == []


def test_portfolio_providers_of_an_operator_see_where_it_serves_and_not_whom() -> None:
    standing(
        fact(GRID, NORTH, MARI, HOUSE, day(2024, 1, 1)),
        fact(AgreementType.GENERAL_SERVICE, NORTH, MARI, HOUSE, day(2025, 1, 1), provider_role=OPERATOR),
    )
    house = list(MeteringPoint.objects.filter(eic=HOUSE))
    assert sees(BALANCE) == {HOUSE: BALANCE_STATE}
    assert reads(HOUSE, BALANCE) == [(day(2025, 1, 1), None, SourceType.BALANCE_STATE)]
    assert known_customers(house, market.party(BALANCE), SUPPLIER, ELECTRICITY, NOW) == {}


def test_of_a_general_service_that_has_not_started_its_provider_sees_the_point_alone() -> None:
    service = AgreementType.GENERAL_SERVICE
    standing(
        fact(service, NAMED, MARI, HOUSE, day(2026, 5, 5)),
        fact(service, NAMED, MARI, FLAT, day(2026, 5, 4)),
    )
    assert sees(NAMED) == {HOUSE: AGREED, FLAT: AGREED}
    assert reads(HOUSE, NAMED) == []
    house = [MeteringPoint.objects.get(eic=HOUSE)]
    assert known_customers(house, market.party(NAMED), SUPPLIER, ELECTRICITY, NOW) == {}


def test_a_customer_by_role_sees_its_own_point_and_period() -> None:
    border = AgreementType.BORDER_GRID
    standing(
        fact(border, NORTH, SOUTH, BORDER, day(2024, 1, 1), day(2025, 12, 1), customer_role=OPERATOR),
        fact(GRID, NORTH, LINE, HOUSE, day(2026, 1, 1)),
    )
    assert sees(SOUTH, OPERATOR)[BORDER] == AGREED
    assert sees(SOUTH, Role.CLOSED_DISTRIBUTION_NETWORK) == {}
    assert reads(BORDER, SOUTH, OPERATOR) == [(day(2024, 1, 1), day(2025, 12, 1), SourceType.AGREEMENT)]
    assert sees(LINE, Role.AGGREGATOR) == {HOUSE: AGREED}
    assert reads(HOUSE, LINE, Role.LINE_OPERATOR) == [(day(2026, 1, 1), None, SourceType.AGREEMENT)]


def test_who_may_know_the_customer() -> None:
    standing(
        fact(GRID, NORTH, MARI, HOUSE, day(2024, 1, 1)),
        fact(SUPPLY, WIND, JAAN, HOUSE, day(2024, 1, 1), day(2025, 12, 1)),
        fact(SUPPLY, SUN, MARI, HOUSE, day(2026, 1, 1)),
    )
    house = list(MeteringPoint.objects.filter(eic=HOUSE))

    def known(eic: str, role: str = SUPPLIER) -> list[str]:
        reader = market.party(eic), role, ELECTRICITY, NOW
        found = list(known_customers(house, *reader).values())
        assert selectors.points_of_customer(MARI, *reader).exists() is bool(found)
        return found

    assert known(NORTH, OPERATOR) == known(SUN) == known(BALANCE) == [MARI]
    assert known(WIND) == known(STRANGER) == known(SOUTH, OPERATOR) == []


def test_queries_do_not_grow_with_points() -> None:
    standing(fact(SUPPLY, WIND, MARI, HOUSE, day(2025, 1, 1)), fact(SUPPLY, WIND, MARI, FLAT, day(2025, 1, 1)))

    def queries(points: list[MeteringPoint]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            selectors.grounds_for(points, market_sun, SUPPLIER, ELECTRICITY, NOW)
            known_customers(points, market_sun, SUPPLIER, ELECTRICITY, NOW)
        return len(captured)

    market_sun = market.party(SUN)
    every = list(MeteringPoint.objects.all())
    assert queries(every[:1]) == queries(every)


def test_each_read_is_logged_in_one_statement() -> None:
    with CaptureQueriesContext(connection) as captured:
        log_read(
            participant=market.party(SUN),
            role=SUPPLIER,
            commodity=ELECTRICITY,
            service="meter-data/search",
            reads=[Read(MARI, HOUSE, day(2026, 1, 1), day(2026, 2, 1), SourceType.AGREEMENT), Read(JAAN, FLAT)],
            now=datetime.now(NOW.tzinfo),
            technical_user=f"{SUN}-test",
        )
    assert len([query for query in captured if "INSERT" in query["sql"]]) == 1
    first, second = AccessLog.objects.order_by("id")
    assert (first.customer_eic, first.meter_eic, first.ground) == (MARI, HOUSE, "AGREEMENT")
    assert (first.period_from, first.period_to) == (day(2026, 1, 1), day(2026, 2, 1))
    assert (second.customer_eic, second.ground, second.user) == (JAAN, "", None)


def test_a_log_entry_has_all_that_was_read_as_it_was_said() -> None:
    number, person = uuid4(), User.objects.create_user("reader")
    odd = '{a,"b\\c",NULL}'
    log_read(
        participant=market.party(SUN),
        role=SUPPLIER,
        commodity=ELECTRICITY,
        service="page:points",
        reads=[
            Read(MARI, HOUSE, day(2026, 1, 1), None, SourceType.PERMISSION, number),
            Read(JAAN, odd[:16]),
            Read("NULL", "", None, day(2026, 1, 1)),
        ],
        now=NOW,
        technical_user=odd,
        user=person,
    )
    columns = [field.attname for field in AccessLog._meta.concrete_fields if not field.primary_key]
    common = (NOW, market.party(SUN).pk, SUPPLIER, ELECTRICITY, odd, person.pk, "page:points")
    assert list(AccessLog.objects.order_by("id").values_list(*columns)) == [
        (*common, HOUSE, MARI, day(2026, 1, 1), None, "PERMISSION", number),
        (*common, odd[:16], JAAN, None, None, "", None),
        (*common, "", "NULL", None, day(2026, 1, 1), "", None),
    ]


def test_who_read_nothing_leaves_no_entry() -> None:
    log_read(participant=market.party(SUN), role=SUPPLIER, commodity=ELECTRICITY, service="x", reads=[], now=NOW)
    assert not AccessLog.objects.exists()


def test_the_log_only_grows() -> None:
    log_read(
        participant=market.party(SUN),
        role=SUPPLIER,
        commodity=ELECTRICITY,
        service="meter/search",
        reads=[Read(MARI, HOUSE)],
        now=datetime.now(NOW.tzinfo),
    )
    for statement in ("UPDATE access_log SET customer_eic = ''", "DELETE FROM access_log"):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert AccessLog.objects.get().customer_eic == MARI
