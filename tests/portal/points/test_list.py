"""The list of metering points: who sees which, filters, orders, what is logged."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.models import AccessLog
from datahub.market import Commodity, Role
from datahub.metering.models import MeteringPoint
from tests.agreements import market
from tests.agreements.market import (
    AGGREGATION_POINT,
    BAKERY_POINT,
    FLAT,
    HOUSE,
    JAAN,
    MARI,
    NORTH,
    SOUTHERN_HOUSE,
)
from tests.metering import points as bodies
from tests.portal.people import Browser, acting_for
from tests.portal.points.market import AREA, LIST, codes, page

pytestmark = pytest.mark.django_db


def test_each_sees_the_points_that_a_ground_opens(owner: Browser, supplier: Browser) -> None:
    assert {HOUSE, FLAT, BAKERY_POINT} <= set(codes(owner))
    assert SOUTHERN_HOUSE not in codes(owner)
    assert codes(supplier) == [HOUSE]
    assert MARI in page(supplier)


def test_a_list_of_nothing_says_what_to_do() -> None:
    stranger = acting_for(market.STRANGER, Role.OPEN_SUPPLIER, name="stranger")
    assert "You have no access to any metering points yet" in page(stranger)
    filtered = page(stranger, municipality="Tartu")
    assert "No metering point matches the filters" in filtered


@pytest.mark.parametrize(
    ("attribute", "value", "query"),
    [
        ("connection_state", "DISCONNECTED", {"connection_state": "DISCONNECTED"}),
        ("municipality", "Kehtna vald", {"municipality": "kehtna VALD"}),
        ("county", "Hiiu maakond", {"county": "hiiu maakond"}),
        ("adr_id", 3182855, {"adr_id": "3182855"}),
        ("metering_type", "VIRTUAL", {"metering_type": "VIRTUAL"}),
        ("customer_type", "MICRO", {"customer_type": "MICRO"}),
        ("consumption_scale", "LARGE", {"consumption_scale": "LARGE"}),
        ("resolution", "PT1H", {"resolution": "PT1H"}),
        ("production", True, {"production": "yes"}),
        ("production_source", "SOLAR", {"production_source": "SOLAR"}),
        ("transmission_network_eic", AREA, {"transmission_network_eic": AREA}),
        ("apartment_association", True, {"apartment_association": "yes"}),
        ("isolated_metering_point", True, {"isolated_metering_point": "yes"}),
        ("electrical_heating", True, {"electrical_heating": "yes"}),
        ("charging_point", True, {"charging_point": "yes"}),
        ("production_capacity", "12.5", {"production_capacity": "12,5"}),
        ("production_capacity", "12.5", {"production_capacity": "12.4", "production_capacity_is": "GREATER_THAN"}),
        ("production_capacity", "12.5", {"production_capacity": "12.5", "production_capacity_is": "EQUALS"}),
        ("storage_energy", "3", {"storage_energy": "4", "storage_energy_is": "LESS_THAN"}),
        ("storage_capacity", "3", {"storage_capacity": "3", "storage_capacity_is": "LESS_THAN_OR_EQUALS"}),
        ("transmission_capacity", "7", {"transmission_capacity": "7"}),
    ],
)
def test_points_are_found_by_each_attribute(owner: Browser, attribute: str, value: Any, query: dict[str, str]) -> None:
    MeteringPoint.objects.filter(eic=FLAT).update(**{attribute: value})
    assert codes(owner, **query) == [FLAT]


def test_points_are_found_by_code_type_owner_ground_customer_and_parent(owner: Browser) -> None:
    assert codes(owner, eic=f" {HOUSE.lower()} ") == [HOUSE]
    assert codes(owner, eic=SOUTHERN_HOUSE) == []
    assert codes(owner, type="BORDER") == [market.BORDER]
    assert codes(owner, customer=MARI) == [HOUSE, FLAT]
    assert codes(owner, customer=JAAN) == []
    assert codes(owner, parent=BAKERY_POINT) == [AGGREGATION_POINT]
    assert codes(owner, owner_role="AGGREGATOR") == [AGGREGATION_POINT]
    assert codes(owner, ground="AGREEMENT") == []
    assert HOUSE in codes(owner, ground="OWNERSHIP")


def test_points_are_found_by_words_of_their_address_and_by_the_beginning_of_their_code(owner: Browser) -> None:
    address = {"street_address": "Tamme tn 5-12", "locality": "Järlepa küla", "municipality": "Juuru vald"}
    MeteringPoint.objects.filter(eic=FLAT).update(county="Rapla maakond", postcode="79201", **address)
    for text in ("Tamme 5", "5 TAMME", "järlepa", "79201", "Juuru vald", "tamm rapl", "Tamme tn 5-12, Järlepa küla"):
        assert codes(owner, address=text) == [FLAT], text
    assert FLAT not in codes(owner, address="Tallinn") and HOUSE in codes(owner, address="Tallinn")
    assert codes(owner, address="Tamme 5", type="BORDER") == codes(owner, address="Tamme 6") == []
    assert codes(owner, eic="38zgo-1000 0002") == codes(owner, eic=FLAT[:15]) == [FLAT]
    assert set(codes(owner, eic=HOUSE[:8])) == {code for code in codes(owner) if code.startswith(HOUSE[:8])}
    assert codes(owner, eic=SOUTHERN_HOUSE[:12]) == []
    assert '?eic=38ZGO-10"' in page(owner, address="Tamme  5", eic="38ZGO-10")
    assert "<strong>Tamme  5</strong>" in page(owner, address="Tamme  5")


def test_a_supplier_finds_nobody_elses_points_by_address(supplier: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    MeteringPoint.objects.update(street_address="Tamme tn 5")
    for most in (20_000, 0):
        monkeypatch.setattr("datahub.access.point_lists._MOST_READ", most)
        monkeypatch.setattr("datahub.access.selectors.points._FEW", most)
        assert codes(supplier, address="Tamme 5") == [HOUSE]
        assert codes(supplier, eic=HOUSE[:8]) == [HOUSE]
        assert codes(supplier, eic=SOUTHERN_HOUSE[:12]) == []


def test_where_not_all_could_be_looked_at_the_list_says_so(supplier: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    MeteringPoint.objects.exclude(eic=HOUSE).update(street_address="Tamme tn 5")
    MeteringPoint.objects.filter(eic=HOUSE).update(street_address="Tamme tn 6")
    monkeypatch.setattr("datahub.access.point_lists._MOST_READ", 0)
    monkeypatch.setattr("datahub.access.selectors.points._FEW", 0)
    assert "There may be more" not in page(supplier, address="Tamme")
    for most, text in ((0, "was found yet"), (MeteringPoint.objects.count() - 2, "only the first of them")):
        monkeypatch.setattr("datahub.access.point_lists._MOST_ASKED", most)
        assert text in page(supplier, address="Tamme")
        answer = supplier.get(f"{LIST}export", {"address": "Tamme"})
        assert answer.status_code == 302 and "address=Tamme" in answer["Location"]
    assert codes(supplier, address="Tamme 6") == [HOUSE]


@pytest.mark.parametrize(
    "text", ["Tamme' 5", "Tamme & | 5", "!Tamme <-> 5:*", "tamme:A 5", "(tamme) \\5", "tamme % 5", '"tamme" --5']
)
def test_signs_in_an_address_are_harmless(owner: Browser, text: str) -> None:
    MeteringPoint.objects.filter(eic=FLAT).update(street_address="Tamme tn 5 a")
    assert codes(owner, address=text) == [FLAT]


def test_chosen_filters_stand_as_chips_that_go_away_one_by_one(owner: Browser) -> None:
    text = page(
        owner, type="REGULAR", production_capacity="5", production_capacity_is="LESS_THAN", sort="-eic", page="1"
    )
    assert "Type of metering point" not in text or "Regular" in text
    links = re.findall(r'<a class="chip" href="([^"]*)"', text)
    assert len(links) == 2
    assert "type=" not in links[0] and "production_capacity=5" in links[0] and "sort=-eic" in links[0]
    assert "production_capacity" not in links[1] and "type=REGULAR" in links[1]
    assert "less than 5" in text


@pytest.mark.parametrize(
    "query",
    [{"eic": "nonsense"}, {"eic": "38ZGO-1"}, {"eic": "38XGO-10"}, {"eic": "38ZGO-1_"}, {"customer": HOUSE},
     {"address": "!, : -"}, {"address": " ".join(map(str, range(21)))}, {"address": "x" * 256}, {"address": "\x00"},
     {"type": "X"}, {"production_capacity": "much"}, {"adr_id": "0"}, {"production_capacity": "-1"},
     {"connection_state": "\x00"}, {"municipality": "x" * 256}],
)  # fmt: skip
def test_a_filter_that_cannot_be_understood_says_so_and_finds_nothing(owner: Browser, query: dict[str, str]) -> None:
    answer = owner.get(LIST, query)
    assert answer.status_code == 200
    assert set(answer.context["form"].errors) == set(query)
    assert not answer.context["list"].rows


@pytest.mark.parametrize("sort", ["eic", "-eic", "address", "-address", "type", "state", "-changed", "nonsense"])
def test_the_list_is_put_in_order(owner: Browser, sort: str) -> None:
    answer = owner.get(LIST, {"sort": sort})
    found = [row.point for row in answer.context["list"].rows]
    assert len(found) >= 4
    if sort in ("eic", "nonsense"):
        assert [point.eic for point in found] == sorted(point.eic for point in found)
    if sort == "-eic":
        assert [point.eic for point in found] == sorted((point.eic for point in found), reverse=True)


def test_too_many_points_are_counted_to_a_bound_and_put_in_order_by_code_alone(
    owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.operator.points.listing.COUNTED", 3)
    monkeypatch.setattr("portal.operator.points.listing.PAGE_SIZE", 2)
    answer = owner.get(LIST, {"sort": "address"})
    listed = answer.context["list"]
    assert listed.total is None and listed.sort == "eic" and listed.has_next
    assert [row.point.eic for row in listed.rows] == sorted(codes(owner))[:2]
    assert b"more than" in answer.content
    assert 'class="sort" href="?sort=-eic"' in answer.content.decode()
    assert answer.content.count(b'class="sort"') == 1


def test_gas_has_its_own_filters() -> None:
    gas = acting_for(NORTH, Role.GRID_OPERATOR, commodity=Commodity.NATURAL_GAS, name="gas")
    text = page(gas)
    assert 'name="storage_energy"' not in text and 'name="customer_type"' in text
    assert codes(gas) == [market.BAKERY_GAS]
    assert codes(gas, type="REGULAR", resolution="P1D", ground="OWNERSHIP") == []


def test_reads_are_logged_for_the_person_on_the_page_and_her_participant(supplier: Browser) -> None:
    codes(supplier)
    logged = AccessLog.objects.get()
    assert (logged.customer_eic, logged.meter_eic, logged.ground) == (MARI, HOUSE, "AGREEMENT")
    assert (logged.user, logged.technical_user, logged.role) == (supplier.user, "", "OPEN_SUPPLIER")
    assert logged.service == "page:points"


def test_the_list_asks_no_more_for_many_points_than_for_one(owner: Browser) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            owner.get(LIST)
        return len(queries)

    owner.get(LIST)
    few = asked()
    for code in bodies.codes("38ZGO-1Q", 40):
        market.point(code, owner=NORTH)
    assert asked() == few
    assert few <= 20
