"""The demo market stands whole, and once."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Q

from connections.models import ConnectionRequest, ConnectionStep
from datahub import partitions
from datahub.access.models import AccessLog, CustomerAuthorization
from datahub.agreements.models import Agreement
from datahub.bills.models import NetworkBill
from datahub.demo import cast, market
from datahub.demo.reads import DAYS
from datahub.market import AgreementType
from datahub.market_time import TALLINN, add_months
from datahub.metering.models import MeteringPoint
from datahub.metering.readings import packing, storage
from datahub.parties.models import Party, TechnicalUser, User
from datahub.parties.services.technical_users import verify_secret
from enquiries.models import Enquiry, EnquiryStep

NOW = datetime(2026, 11, 21, 7, 20, tzinfo=UTC)


@pytest.fixture
def made(db):
    partitions.make_ahead(now=NOW)
    return market.make_demo_market(now=NOW)


def standing(eic, kind):
    found = Agreement.objects.filter(point__eic=eic, type=kind).order_by("valid_from")
    return [
        (
            agreement.service_provider.eic,
            agreement.valid_from.isoformat(),
            agreement.valid_to and agreement.valid_to.isoformat(),
        )
        for agreement in found
    ]


def test_everybody_of_the_cast_is_there(made):
    everybody = {one["eic"] for kind in ("participants", "customers") for one in cast.load()[kind]}
    assert set(Party.objects.values_list("eic", flat=True)) == everybody
    assert made.points == MeteringPoint.objects.count() == len(cast.load()["meteringPoints"])
    assert User.objects.get(username="staff").check_password(cast.STAFF_PASSWORD)
    assert not User.objects.get(username="mari").has_usable_password()
    assert User.objects.get(username="all").grants.count() == 5
    assert {grant.commodity for grant in User.objects.get(username="grid").grants.all()} == {
        "ELECTRICITY",
        "NATURAL_GAS",
    }
    secret = cast.load()["technicalUsers"][0]["clientSecret"]
    assert verify_secret(client_id="38X-EIN-GO-----0-demo", secret=secret, now=NOW)
    assert TechnicalUser.objects.count() == len(cast.load()["technicalUsers"])


def test_months_are_counted_from_the_first_of_this_month(made):
    assert standing("38ZGO-10000003-O", AgreementType.SUPPLY) == [
        ("38X-DEMO-OS2---A", "2025-02-28T22:00:00+00:00", "2026-05-31T21:00:00+00:00"),
        ("38X-EIN-OS-----J", "2026-05-31T21:00:00+00:00", None),
    ]
    gas = standing("38ZGO-1G000001-Y", AgreementType.SUPPLY)
    assert gas == [("38X-EIN-OS-----J", "2025-11-01T05:00:00+00:00", None)]


def test_the_hub_has_made_its_own_agreements(made):
    named, operator = "38X-EIN-NS-----R", "38X-DEMO-GO2---G"
    assert standing("38ZGO-10000002-R", AgreementType.GENERAL_SERVICE) == [(named, "2024-10-31T22:00:00+00:00", None)]
    assert standing("38ZGO-1000000A-3", AgreementType.GENERAL_SERVICE) == [
        (named, "2024-10-31T22:00:00+00:00", "2025-10-31T22:00:00+00:00"),
        (named, "2027-10-31T22:00:00+00:00", None),
    ]
    assert standing("38ZGO-20000001-K", AgreementType.GENERAL_SERVICE) == [
        (operator, "2024-10-31T22:00:00+00:00", "2026-01-31T22:00:00+00:00"),
        (operator, "2026-08-31T21:00:00+00:00", None),
    ]
    assert standing("38ZGO-1B000001-5", AgreementType.BORDER_SUPPLY) == [
        ("38X-EIN-OS-----J", "2024-10-31T22:00:00+00:00", None)
    ]
    assert standing("38ZGO-1G000001-Y", AgreementType.GENERAL_SERVICE)[0][0] == "38X-EIN-GO-----0"


def test_readings_reach_up_to_now_and_were_read_soon_after(made):
    assert made.intervals > 9 * 30 * 24
    for point in MeteringPoint.objects.all():
        days = storage.read_point(point.pk, (NOW - timedelta(days=31)).date(), NOW.date())
        assert len(days) == 32, point.eic
        whole = packing.read_head(days[0][1])
        assert whole.intervals == whole.slots
        last = packing.read_head(days[-1][1])
        # 07:20 UTC is 09:20: 37 quarter-hours of the day are over; of the gas day that began at 07:00 two hours.
        assert last.intervals == (2 if point.commodity == "NATURAL_GAS" else 37)
        block = packing.unpack([days[-1][1]], (1, 2, 3, 4))
        started = block.present[0, 1].nonzero()[0]
        assert started.tolist() == list(range(last.intervals))
        ends = days_begin(point) + (started + 1) * (3_600_000_000 if last.slots < 30 else 900_000_000)
        delays = block.times[0, 1][started] - ends
        assert delays.min() > 0
        assert delays.max() <= 60_000_000


def days_begin(point):
    hour = 5 if point.commodity == "NATURAL_GAS" else -2
    return int(NOW.replace(hour=0, minute=0).timestamp() + hour * 3600) * 1_000_000


def test_days_of_clock_changes_are_whole(made):
    point = MeteringPoint.objects.get(eic="38ZGO-10000003-O")
    slots = {
        day.isoformat(): packing.read_head(data).intervals
        for day, data in storage.read_point(point.pk, date(2026, 3, 1), NOW.date())
    }
    assert (slots["2026-03-28"], slots["2026-03-29"], slots["2026-10-25"]) == (96, 92, 100)


def test_a_bill_of_each_month_says_what_its_readings_add_up_to(made):
    assert made.bills == NetworkBill.objects.count() == 7 * 11
    house = NetworkBill.objects.filter(point__eic="38ZGO-10000003-O").order_by("period_start")
    assert house[0].period_start.isoformat() == "2025-11-30T22:00:00+00:00"
    for bill in house:
        (measured,) = json.loads(bill.body)["networkBillPeriod"]["measurements"]
        first = bill.period_start.astimezone(TALLINN).date()
        days = storage.read_point(bill.point_id, first, add_months(first, 1) - timedelta(days=1))
        read = sum(packing.unpack([data], (1, 2)).values[0, 1].sum() for _, data in days)
        assert round(measured["total"] * 1000) == read > 0
        assert round((measured["day"] + measured["night"]) * 1000) == read
        assert measured["night"] > 0 < measured["day"]
    (gas,) = NetworkBill.objects.filter(point__eic="38ZGO-1G000001-Y", period_start="2026-03-01T05:00:00Z")
    assert gas.period_end.isoformat() == "2026-04-01T04:00:00+00:00"
    units = [one["measurementUnit"] for one in json.loads(gas.body)["networkBillPeriod"]["measurements"]]
    assert units == ["KWH", "M3"]


def test_nobody_is_told_of_what_was_taken_over(made):
    from datahub.outbox.models import Unit

    kinds = {change["resource_type"] for unit in Unit.objects.all() for change in unit.changes}
    assert kinds == {"METERING_POINT", "PERMISSION"}


def test_customers_have_given_and_revoked_authorizations(made):
    day, second = timedelta(days=1), timedelta(seconds=1)
    given = {one.purpose: one for one in CustomerAuthorization.objects.all()}
    assert made.authorizations == len(given) == 4
    live, ended, revoked, offer = (
        given[purpose] for purpose in ("ENERGY_MANAGEMENT", "RESEARCH", "CARBON_ACCOUNTING", "ENERGY_SUPPLY_OFFER")
    )
    assert (live.valid_from, live.valid_to) == (NOW - 30 * day, NOW + 335 * day)
    assert (live.subject_from, live.subject_to) == (NOW - 365 * day, NOW + 365 * day)
    assert (ended.valid_from, ended.valid_to, ended.revoked_at) == (NOW - 200 * day, NOW - 170 * day, None)
    assert (revoked.valid_from, revoked.valid_to, revoked.revoked_at) == (NOW - 60 * day, *[NOW - 10 * day] * 2)
    assert revoked.given_by.username == revoked.revoked_by.username == "bakery"
    assert (offer.valid_from, offer.valid_to) == (NOW, NOW + timedelta(hours=48))
    assert (offer.subject_from, offer.subject_to) == (datetime(2025, 11, 21, 7, 20, tzinfo=UTC), NOW)
    assert {one.purpose for one in CustomerAuthorization.objects.valid_at(NOW)} == {live.purpose, offer.purpose}
    assert not CustomerAuthorization.objects.valid_at(NOW - 200 * day - second).exists()


def test_a_database_with_parties_is_left_alone(made):
    assert market.make_demo_market(now=NOW + timedelta(days=1)) is None


def test_it_is_refused_outside_the_demo(db, settings, monkeypatch):
    monkeypatch.setenv("DATAHUB_ENV", "production")
    with pytest.raises(CommandError):
        call_command("make_demo_market")
    monkeypatch.delenv("DATAHUB_ENV")
    settings.IS_DEMO = False
    with pytest.raises(CommandError):
        call_command("make_demo_market")
    assert not Party.objects.exists()


def test_enquiries_are_there_in_every_status(made):
    assert made.enquiries == Enquiry.objects.count() == 6
    assert set(Enquiry.objects.values_list("request_status", flat=True)) == {"OPEN", "CLOSE", "CANCEL"}
    assert Enquiry.objects.filter(request_status="OPEN", response_id=None).count() == 3
    # In the order in which they were sent and answered, none later than now.
    saved = list(EnquiryStep.objects.order_by("id").values_list("at", flat=True))
    assert saved == sorted(saved)
    assert saved[-1] < NOW


def test_connection_requests_are_there_at_every_stage(made):
    assert made.connection_requests == ConnectionRequest.objects.count() == 5
    assert Counter(one.stage for one in ConnectionRequest.objects.all()) == {
        "OPEN": 1,
        "PLANNED": 1,
        "CANCELLED": 1,
        "CONNECTED": 1,
        "DISCONNECTED": 1,
    }
    saved = list(ConnectionStep.objects.order_by("id").values_list("at", flat=True))
    assert saved == sorted(saved)
    assert NOW - timedelta(days=31) < saved[0] <= saved[-1] < NOW
    # None of the times had to be moved behind another.
    assert {at.microsecond for at in saved} == {0}


def test_everybody_who_signs_in_to_the_portal_finds_who_read_her_data(made):
    assert made.reads == AccessLog.objects.count() > DAYS
    customers = {party.eic for party in Party.objects.filter(Q(users__isnull=False) | Q(representatives__isnull=False))}
    assert set(AccessLog.objects.values_list("customer_eic", flat=True)) == customers
    assert set(AccessLog.objects.values_list("ground", flat=True)) == {"OWNERSHIP", "AGREEMENT", "PERMISSION"}
    assert not AccessLog.objects.filter(read_at__gt=NOW).exists()
