"""Over random markets nobody sees more, or less, than the table "Who may see what" grants, told instant by instant."""

from typing import Any

import pytest

from datahub.access import meter_agreements, selectors
from datahub.access.agreement_search import read_agreements, search_agreements
from datahub.access.point_search import search_points
from datahub.agreements.models import Agreement
from datahub.market import AgreementType, Role, SourceType
from datahub.metering.models import MeteringPoint
from tests.access.built import Built, build
from tests.access.random_market import BOUNDS, CUSTOMERS, POINTS
from tests.agreements import market
from tests.agreements.market import MARI, NORTH, NOW, STRANGER, SUN

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 6))])
def built(request: pytest.FixtureRequest, days_of_the_market: None) -> Built:
    return build(request.param)


def test_points_are_seen_on_exactly_the_grounds_of_the_table(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    for reader, who in built.readers():
        expected = {eic: grounds for eic in POINTS if (grounds := reader.grounds(eic))}
        grounds = selectors.grounds_for(built.points.values(), *who, NOW)
        assert {eic: grounds[p.pk] for eic, p in built.points.items() if grounds.get(p.pk)} == expected, who
        for ground in SourceType:
            on_ground = {eic for eic, held in expected.items() if ground in held}
            seen = selectors.visible_points(*who, NOW, [ground])
            assert set(seen.values_list("eic", flat=True)) == on_ground, (who, ground)
        owned = MeteringPoint.objects.filter(owner=who[0], owner_role=who[1], commodity=who[2])
        own = set(owned.values_list("eic", flat=True))
        for few, most, but_own in ((0, 0, False), (1, 2, True)):
            monkeypatch.setattr("datahub.access.selectors.points._FEW", few)
            many = selectors.visible_points_of_many(*who, NOW, tuple(SourceType), but_own=but_own, most_read=most)
            seen_by_all = set(many.points.values_list("eic", flat=True))
            assert seen_by_all == set(expected) - (own if but_own else set()), (who, few, most, but_own)
            first = set(MeteringPoint.objects.filter(pk__in=many.first).values_list("eic", flat=True)) - own
            assert first <= seen_by_all, (who, few, most)
            assert not many.are_read or first == seen_by_all - own, (who, few, most)
        known = {eic: customer for eic in expected if (customer := reader.customer_of(eic)) is not None}
        points = [built.points[eic] for eic in expected]
        told = selectors.grid_customers_visible(points, *who, NOW, naming=selectors.naming_now(points, NOW))
        assert {eic: told[built.points[eic].pk] for eic in expected if built.points[eic].pk in told} == known, who
        for point in points[:1]:
            alone = selectors.grid_customers_visible([point], *who, NOW, naming=selectors.naming_now([point], NOW))
            assert alone == ({point.pk: known[point.eic]} if point.eic in known else {}), (who, point)
        for customer in CUSTOMERS:
            found = search_points(
                participant=who[0], role=who[1], commodity=who[2], attributes={"customerEic": customer}, now=NOW
            )
            of_customer = sorted(eic for eic, owner in known.items() if owner == customer)
            assert list(found.keys.values_list("eic", flat=True)) == of_customer, (who, customer)


def test_readings_are_seen_for_exactly_the_periods_of_the_table(built: Built) -> None:
    for reader, who in built.readers():
        for eic, point in built.points.items():
            periods = selectors.reading_periods(point, *who, NOW)
            seen = {
                ground: {t for t in BOUNDS for one in periods if one.ground == ground and t in one.period}
                for ground in {one.ground for one in periods}
            }
            assert seen == reader.readable(eic), (who, eic)


def test_agreements_are_found_by_whom_the_table_lets_see_them_and_by_what_is_seen_alone(built: Built) -> None:
    for reader, who in built.readers():
        sender: dict[str, Any] = {"participant": who[0], "role": who[1], "commodity": who[2], "now": NOW}
        expected = {a.id: (a, view) for a in reader.agreements if (view := reader.sees(a)) is not None}
        found, total = search_agreements(**sender, attributes={}).page(offset=0, size=500)
        read = read_agreements(**sender, agreements=found)
        assert {one.agreement.pk: (one.with_provider, one.with_customer) for one in read} == {
            pk: view for pk, (_, view) in expected.items()
        }, who
        assert [a.pk for a in found] == sorted(expected, key=lambda pk: (expected[pk][0].valid_from, pk))
        for attributes in ({}, {"serviceProviderEic": who[0].eic}, {"agreementTypes": ["SUPPLY"]}):
            searched = search_agreements(**sender, attributes=attributes)
            assert searched.sure is not None
            assert not searched.sure.difference(searched.keys.order_by()), (who, attributes)
        assert total == len(expected)
        for eic in (NORTH, SUN, MARI):
            by_provider = search_agreements(**sender, attributes={"serviceProviderEic": eic})
            assert set(by_provider.keys.values_list("pk", flat=True)) == {
                pk for pk, (a, view) in expected.items() if view[0] and a.service_provider_eic == eic
            }, (who, eic)
            by_customer = search_agreements(**sender, attributes={"customerEic": eic, "activeOnly": True})
            assert set(by_customer.keys.values_list("pk", flat=True)) == {
                pk for pk, (a, view) in expected.items() if view[1] and a.customer_eic == eic and a.valid_at(NOW)
            }, (who, eic)


def test_before_a_supply_the_right_customer_and_point_open_what_stands_there_and_nothing_more(built: Built) -> None:
    Agreement.objects.filter(pk=built.agreements[0].id).update(deleted_at=NOW)
    for customer in CUSTOMERS:
        found = meter_agreements.search_meter_agreements(
            participant=built.parties[STRANGER],
            role=Role.OPEN_SUPPLIER,
            commodity=market.ELECTRICITY,
            meter_eics=POINTS,
            customer_eic=customer,
            now=NOW,
            technical_user="",
        )
        assert [one.meter_eic for one in found] == list(POINTS)
        for one in found:
            standing = [
                a
                for a in built.agreements[1:]
                if (a.point_eic, a.customer_eic, a.commodity) == (one.meter_eic, customer, market.ELECTRICITY)
                and a.type in {AgreementType.GRID, AgreementType.SUPPLY}
                and a.valid_now_or_later(NOW)
            ]
            belongs = any(a.type == AgreementType.GRID for a in standing)
            shown = [(a.type, a.period) for a in one.agreements]
            assert shown == sorted(((a.type, a.period) for a in standing), key=lambda a: (a[1][0], a[0])) * belongs


def test_authorizations_are_among_what_opens_points_and_readings(built: Built) -> None:
    """The random markets have enough of them: else the tests above would say nothing of them."""
    permitted = [(reader, point) for reader, _ in built.readers() for point in POINTS if reader.grounds(point)]
    by_permission = [(one, at) for one, at in permitted if one.grounds(at) == [SourceType.PERMISSION]]
    assert len(by_permission) >= 3
    assert any(one.readable(at) for one, at in by_permission)
    assert sum(not given.is_valid() for given in built.given) > 10
