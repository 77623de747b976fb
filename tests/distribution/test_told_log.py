"""The log of whose data was told to whom: each message of a customer's data once, and no other."""

from datetime import date, timedelta

import pytest

from datahub.agreements.services import customers
from datahub.market import AgreementType, MetadataType
from datahub.market_time import day_of, day_start
from datahub.parties.models import Party
from datahub.periods import Period
from distribution.models import Message, ToldOfCustomer
from tests.access.giving import ADVICE, ADVISER, given
from tests.agreements import acting
from tests.agreements import market as power
from tests.distribution import market, test_bills
from tests.distribution.market import BRP, GO, HOUSE, MARI, OS, OS2, day
from tests.distribution.test_readings import make_market
from tests.distribution.told import (
    AGREEMENT,
    BALANCE,
    JAAN,
    NOW,
    OWNERSHIP,
    Row,
    as_told,
    covered,
    jaan,
    rows,
    supplied,
    tell_all,
)
from tests.metering import messages
from tests.parties.customers import build, tie

pytestmark = pytest.mark.django_db


# --- each kind ----------------------------------------------------------------------------------------------------


def test_a_saved_point_is_logged_for_its_supplier_and_the_whole_chain_and_not_for_its_sender() -> None:
    make_market(*supplied())
    market.save_point()
    tell_all()
    assert rows() == as_told("METERING_POINT")
    for row in ToldOfCustomer.objects.all():
        assert (row.day, row.first_at, row.last_at) == (day_of(NOW), NOW, NOW)
        assert (row.covers_from, row.covers_to) == (None, None)


def test_a_point_without_a_customer_at_the_save_is_told_and_nobodys() -> None:
    market.make_market(market.agreement("SUPPLY", OS2, point=HOUSE))
    market.save_point()
    tell_all()
    assert Message.objects.count() == 3
    assert rows() == []


def test_readings_are_logged_with_the_time_that_was_told() -> None:
    make_market(*supplied())
    messages.send(messages.whole_day(HOUSE, messages.DAY))
    tell_all()
    assert rows() == as_told("METERING_DATA")
    whole = Period(day_start(messages.DAY), day_start(messages.DAY + timedelta(days=1)))
    assert set(covered().values()) == {whole}


def test_the_25_hour_day_is_covered_whole() -> None:
    make_market(*supplied())
    now = day_start(date(2025, 10, 27)) + timedelta(hours=12)
    messages.send(messages.whole_day(HOUSE, date(2025, 10, 25), read_at=now), now=now)
    messages.send(messages.whole_day(HOUSE, date(2025, 10, 26), read_at=now), now=now)
    tell_all()
    assert rows() == as_told("METERING_DATA", messages=2)
    (covers,) = set(covered().values())
    assert covers == Period(day_start(date(2025, 10, 25)), day_start(date(2025, 10, 27)))
    assert covers.end is not None
    assert covers.end - covers.start == timedelta(hours=49)


def test_two_customers_of_a_point_in_one_document_each_have_a_row_of_their_own_time() -> None:
    jaan()
    make_market(
        market.agreement("GRID", GO, point=HOUSE, until="2026-05-02"),
        market.agreement("GRID", GO, JAAN, HOUSE, since="2026-05-02", customer_role=""),
        market.agreement("SUPPLY", OS2, point=HOUSE, until="2026-05-02"),
        market.agreement("SUPPLY", OS, JAAN, HOUSE, since="2026-05-02", customer_role=""),
    )
    days = [messages.whole_day(HOUSE, date(2026, 5, number))["periods"][0] for number in (1, 2)]
    messages.send(messages.element(HOUSE, *days))
    tell_all()
    first, second = Period(day("2026-05-01"), day("2026-05-02")), Period(day("2026-05-02"), day("2026-05-03"))
    assert covered() == {
        (MARI, OS2): first,
        (MARI, OS): first,
        (MARI, BRP): first,
        (JAAN, OS): second,
        (JAAN, BRP): second,
    }
    kind = "METERING_DATA"
    assert rows() == sorted(
        [
            *as_told(kind),
            Row(JAAN, HOUSE, OS, kind, AGREEMENT),
            Row(JAAN, HOUSE, BRP, kind, BALANCE),
        ],
        key=str,
    )


def test_a_customer_in_whose_time_no_interval_lies_has_no_row() -> None:
    """The document spans three days, of whose second it has nothing."""
    jaan()
    make_market(
        market.agreement("GRID", GO, point=HOUSE, until="2026-05-02"),
        market.agreement("GRID", GO, JAAN, HOUSE, since="2026-05-02", until="2026-05-03", customer_role=""),
        market.agreement("GRID", GO, point=HOUSE, since="2026-05-03"),
        market.agreement("SUPPLY", OS2, point=HOUSE),
    )
    days = [messages.whole_day(HOUSE, date(2026, 5, number))["periods"][0] for number in (1, 3)]
    messages.send(messages.element(HOUSE, *days))
    tell_all()
    assert rows() == as_told("METERING_DATA")
    assert set(covered().values()) == {Period(day("2026-05-01"), day("2026-05-04"))}


def test_readings_before_the_customer_came_are_nobodys() -> None:
    make_market(
        market.agreement("GRID", GO, point=HOUSE, since="2026-05-03"), market.agreement("SUPPLY", OS2, point=HOUSE)
    )
    messages.send(messages.whole_day(HOUSE, date(2026, 5, 2)))
    tell_all()
    assert Message.objects.count() == 3
    assert rows() == []


def test_a_point_that_stands_twice_in_a_document_is_one_message() -> None:
    make_market(*supplied())
    one, other = (messages.whole_day(HOUSE, date(2026, 5, number)) for number in (1, 3))
    messages.send(one, other)
    tell_all()
    assert Message.objects.count() == 3
    assert rows() == as_told("METERING_DATA")
    assert set(covered().values()) == {Period(day("2026-05-01"), day("2026-05-04"))}


def test_bills_are_logged_with_their_time() -> None:
    make_market(*supplied())
    test_bills.send(test_bills.of_month(3), test_bills.of_month(4))
    tell_all()
    assert rows() == as_told("NETWORK_BILL")
    assert set(covered().values()) == {Period(day("2026-03-01"), day("2026-05-01"))}


def test_a_customers_data_is_of_no_point_and_told_to_its_operator_as_such() -> None:
    build(tie(AgreementType.GRID, GO), tie(AgreementType.SUPPLY, OS))
    party = Party.objects.get(eic=MARI)
    for name in ("Kask", "Kuusk"):
        customers.change_party(party=party, metadata={MetadataType.LAST_NAME: name}, now=market.NOW, sender_eic="")
    tell_all()
    kind = "CUSTOMER_DATA"
    told = {row for row in rows() if row.kind == kind}
    assert told == {Row(MARI, None, GO, kind, OWNERSHIP, 2), Row(MARI, None, OS, kind, AGREEMENT, 2)}


@pytest.fixture
def power_market() -> None:
    power.build()
    power.portfolios()
    power.standing(
        power.fact(AgreementType.GRID, power.NORTH, power.MARI, power.HOUSE, power.day(2024, 1, 1)),
        power.fact(AgreementType.GRID, power.NORTH, power.MARI, power.FLAT, power.day(2024, 1, 1)),
    )


@pytest.mark.usefixtures("power_market")
def test_each_authorization_is_logged_by_itself() -> None:
    """Of one point too: it may be given, revoked and given anew on one day."""
    one = given(power.HOUSE, to=ADVICE, role=ADVISER)
    other = given(power.HOUSE, to=ADVICE, role=ADVISER)
    given(power.FLAT, to=ADVICE, role=ADVISER)
    tell_all()
    found = ToldOfCustomer.objects.filter(point__eic=power.HOUSE)
    assert {row.entitlement.authorization_id: row.messages for row in found} == {one.pk: 1, other.pk: 1}
    assert rows() == [
        Row(power.MARI, eic, ADVICE, "PERMISSION", "PERMISSION")
        for eic in sorted([power.HOUSE, power.HOUSE, power.FLAT])
    ]


@pytest.mark.usefixtures("power_market")
def test_an_agreement_is_logged_for_its_customer_and_one_between_participants_for_nobody() -> None:
    since = power.day(2026, 7, 1)
    acting.register(AgreementType.SUPPLY, power.SUN, power.MARI, power.HOUSE, since)
    acting.register(AgreementType.PORTFOLIO_SUPPLIER, power.BALANCE, power.STRANGER, None, since)
    tell_all()
    assert Message.objects.filter(address__participant_eic=power.STRANGER).exists()
    assert {(row.customer, row.point, row.kind) for row in rows()} == {(power.MARI, power.HOUSE, "AGREEMENT")}
    assert {(row.participant, row.ground) for row in rows()} >= {
        (power.NORTH, OWNERSHIP),
        (power.BALANCE, BALANCE),
    }
