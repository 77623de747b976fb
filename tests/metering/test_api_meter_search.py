"""`POST /meter/search`: who finds which points, on which grounds, by which attributes; what nobody may learn."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.models import AccessLog
from datahub.agreements.models import Agreement
from datahub.market import AgreementType, Commodity, Role
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party
from tests import cast
from tests.api import api
from tests.metering.points import AGGREGATION, ELECTRICITY, GAS, changed, codes, register

pytestmark = pytest.mark.django_db
SEARCH = "/api/v1/meter/search"
EIC = "38ZGO-10000018-5"
NOW = datetime.now(UTC)
DAY = timedelta(days=1)
SUPPLIER = Role.OPEN_SUPPLIER


def agree(
    kind: AgreementType,
    provider: str,
    customer: Party,
    point: MeteringPoint | None = None,
    *,
    start: datetime = NOW - 100 * DAY,
    end: datetime | None = None,
    role: Role = SUPPLIER,
) -> Agreement:
    customer_role = "" if customer.type != "MARKET_PARTICIPANT" else Role.OPEN_SUPPLIER
    return Agreement.objects.create(
        type=kind,
        point=point,
        parent_point=point.parent if point else None,
        service_provider=cast.participant(provider),
        service_provider_role=role,
        customer=customer,
        customer_role=customer_role,
        commodity=Commodity.ELECTRICITY,
        valid_from=start,
        valid_to=end,
        original_valid_to=end,
        created_at=start,
        changed_at=start,
    )


def grid(point: MeteringPoint, customer: Party, **period: Any) -> Agreement:
    return agree(AgreementType.GRID, cast.GRID_OPERATOR, customer, point, role=Role.GRID_OPERATOR, **period)


def supply(point: MeteringPoint, customer: Party, provider: str = cast.OPEN_SUPPLIER, **period: Any) -> Agreement:
    return agree(AgreementType.SUPPLY, provider, customer, point, **period)


def portfolio(provider: str, customer: str, **period: Any) -> Agreement:
    return agree(AgreementType.PORTFOLIO_SUPPLIER, provider, cast.participant(customer), **period)


def search(sender: str, attributes: dict[str, Any] | None = None, *, role: Role = SUPPLIER, **options: Any) -> Any:
    cast.participant(sender)
    body: dict[str, Any] = {} if attributes is None else {"meterAttributes": attributes}
    if "page" in options:
        body["pagination"] = {"page": options.pop("page"), "pageSize": options.pop("size")}
    return api(sender).post(SEARCH, body, role=role, **options)


def found(*args: Any, **options: Any) -> list[dict[str, Any]]:
    response = search(*args, **options)
    assert response.status_code == 200, response.content
    return list(response.json()["meterMetadata"])


def eics(*args: Any, **options: Any) -> list[str]:
    return [one["meteringPoint"]["meterEic"] for one in found(*args, **options)]


def own(attributes: dict[str, Any] | None = None, **options: Any) -> list[str]:
    return eics(cast.GRID_OPERATOR, attributes, role=Role.GRID_OPERATOR, **options)


def test_the_owner_finds_its_point_whole_with_its_customer() -> None:
    grid(register(), cast.mari())
    (one,) = found(cast.GRID_OPERATOR, role=Role.GRID_OPERATOR)
    point = {"commodityType": "ELECTRICITY", "sourceType": ["OWNERSHIP"], "version": 1}
    expected = {**ELECTRICITY, "meteringPoint": {**ELECTRICITY["meteringPoint"], **point}, "customerEic": cast.MARI}
    assert one == expected


def test_everyone_else_finds_nothing_not_even_that_it_exists() -> None:
    grid(register(), cast.mari())
    attributes = {"meterCommon": {"meterEic": EIC}}
    for sender, role in [(cast.SOUTHERN_GRID_OPERATOR, Role.GRID_OPERATOR), (cast.OPEN_SUPPLIER, SUPPLIER)]:
        response = search(sender, attributes, role=role)
        nothing = {"meterMetadata": [], "pagination": {"page": 0, "totalPages": 1}}
        assert (response.status_code, response.json()) == (200, nothing)


@pytest.mark.parametrize(
    ("start", "end", "sources", "customer"),
    [
        (NOW - 30 * DAY, None, ["AGREEMENT"], True),
        (NOW + 20 * DAY, None, ["AGREEMENT"], True),
        (NOW - 90 * DAY, NOW - 30 * DAY, ["AGREEMENT"], False),
        (NOW - 600 * DAY, NOW - 360 * DAY, ["AGREEMENT"], False),
        (NOW - 600 * DAY, NOW - 370 * DAY, None, False),
    ],
)
def test_a_supplier_finds_points_by_agreements_now_later_or_ended_within_a_year(
    start: datetime, end: datetime | None, sources: list[str] | None, customer: bool
) -> None:
    point, mari = register(), cast.mari()
    grid(point, mari, start=NOW - 700 * DAY)
    supply(point, mari, start=start, end=end)
    points = found(cast.OPEN_SUPPLIER)
    assert [one["meteringPoint"]["sourceType"] for one in points] == ([] if sources is None else [sources])
    assert [one.get("customerEic") for one in points] == ([] if sources is None else [cast.MARI if customer else None])


def test_a_former_customers_supplier_does_not_learn_who_lives_there_now() -> None:
    point, mari = register(), cast.mari()
    former = cast.participant(cast.SECOND_SUPPLIER)
    grid(point, former, end=NOW - 10 * DAY)
    supply(point, former, end=NOW - 10 * DAY)
    grid(point, mari, start=NOW - 10 * DAY)
    (one,) = found(cast.OPEN_SUPPLIER)
    assert "customerEic" not in one
    assert eics(cast.OPEN_SUPPLIER, {"customerEic": cast.MARI}) == []
    assert own({"customerEic": cast.MARI}) == [EIC]


def test_portfolio_providers_at_every_level_find_the_point() -> None:
    point, mari = register(), cast.mari()
    grid(point, mari)
    supply(point, mari, cast.SECOND_SUPPLIER)
    assert eics(cast.OPEN_SUPPLIER) == eics(cast.BALANCE_PROVIDER) == []
    portfolio(cast.OPEN_SUPPLIER, cast.SECOND_SUPPLIER)
    portfolio(cast.BALANCE_PROVIDER, cast.OPEN_SUPPLIER)
    for provider in (cast.OPEN_SUPPLIER, cast.BALANCE_PROVIDER):
        assert [one["meteringPoint"]["sourceType"] for one in found(provider)] == [["BALANCE_STATE"]]
        assert eics(provider, {"meterCommon": {"sourceType": ["AGREEMENT", "OWNERSHIP"]}}) == []
        assert eics(provider, {"meterCommon": {"sourceType": ["BALANCE_STATE"]}}) == [EIC]


def test_the_parents_owner_finds_the_aggregation_point() -> None:
    register()
    register(AGGREGATION, owner=cast.AGGREGATOR, role=Role.AGGREGATOR)
    assert own() == ["38ZAG-10000001-J", EIC]
    assert eics(cast.AGGREGATOR, role=Role.AGGREGATOR) == ["38ZAG-10000001-J"]
    assert own({"aggregatorCharacteristics": {"parentMeterEic": EIC}}) == ["38ZAG-10000001-J"]


def test_what_is_held_in_one_role_is_not_found_in_another() -> None:
    register()
    register(GAS, commodity=Commodity.NATURAL_GAS)
    assert own() == [EIC]
    assert own(commodity=Commodity.NATURAL_GAS) == ["38ZGO-1G000001-Y"]


E_ = "electricityCharacteristics"


@pytest.mark.parametrize(
    ("attributes", "match"),
    [
        ({}, True),
        ({"meterCommon": {"meterEic": EIC}}, True),
        ({"meterCommon": {"meterEic": "38ZGO-10000001-U"}}, False),
        ({"meterCommon": {"commodityType": "ELECTRICITY", "meteringPointType": "REGULAR"}}, True),
        ({"meterCommon": {"meteringPointType": "BORDER"}}, False),
        ({"meterCommon": {"meteringType": "NON_REMOTE_READING", "ownerMarketRole": "GRID_OPERATOR"}}, True),
        ({"meterCommon": {"ownerMarketRole": "LINE_OPERATOR"}}, False),
        ({"meterCommon": {"sourceType": ["OWNERSHIP"]}}, True),
        ({"meterCommon": {"sourceType": ["AGREEMENT", "PERMISSION"]}}, False),
        ({"meterLocation": {"adrId": 3182855}}, True),
        ({"meterLocation": {"adrId": 1}}, False),
        ({"meterLocation": {"county": "Rapla maakond", "municipality": "Kehtna vald"}}, True),
        ({"meterLocation": {"county": "Rapla"}}, False),
        ({E_: {"production": True, "productionSource": "SOLAR"}}, True),
        ({E_: {"production": False}}, False),
        ({E_: {"isolatedMeteringPoint": False, "electricalHeating": True, "chargingPoint": False}}, True),
        ({E_: {"chargingPoint": True}}, False),
        ({E_: {"customerType": "MICRO", "resolution": "PT15M", "consumptionScale": "SMALL"}}, True),
        ({E_: {"customerType": "CONSUMER"}}, False),
        ({E_: {"connectionState": "CONNECTED"}}, False),
        ({E_: {"transmissionNetworkEic": "38A-EE-98-4634-U"}}, True),
        ({E_: {"storageCapacity": {"filterValue": 603.4, "filterType": "EQUALS"}}}, True),
        ({E_: {"storageCapacity": {"filterValue": 603.41, "filterType": "EQUALS"}}}, False),
        ({E_: {"storageCapacity": {"filterValue": 603.4, "filterType": "GREATER_THAN"}}}, False),
        ({E_: {"storageCapacity": {"filterValue": 603.39, "filterType": "GREATER_THAN"}}}, True),
        ({E_: {"storageEnergy": {"filterValue": 636.83, "filterType": "GREATER_THAN_OR_EQUALS"}}}, True),
        ({E_: {"productionCapacity": {"filterValue": 580.39, "filterType": "LESS_THAN"}}}, False),
        ({E_: {"transmissionCapacity": {"filterValue": 440.17, "filterType": "LESS_THAN_OR_EQUALS"}}}, True),
        ({"naturalGasCharacteristics": {"resolution": "PT1H"}}, False),
        ({"customerEic": cast.MARI}, True),
        ({"customerEic": "38X-AVP-ILS600CI"}, False),
    ],
)
def test_every_attribute_filters(attributes: dict[str, Any], match: bool) -> None:
    grid(register(), cast.mari())
    assert own(attributes) == ([EIC] if match else [])


@pytest.mark.parametrize(
    ("attributes", "status", "code", "path"),
    [
        (
            {"meterCommon": {"commodityType": "NATURAL_GAS"}},
            422,
            "business.commodity-type-mismatch-error",
            "commodityType",
        ),
        ({"meterCommon": {"meterEic": "38ZGO%"}}, 400, "business.eic-syntax-error", "meterCommon.meterEic"),
        ({"customerEic": EIC}, 400, "business.eic-syntax-error", "meterAttributes.customerEic"),
        ({"meterCommon": {"sourceType": []}}, 400, "validation.list-can-not-be-empty", "sourceType"),
        ({"meterCommon": {"sourceType": ["HEARSAY"]}}, 400, "validation.invalid-enum", "sourceType[0]"),
        ({E_: {"storageCapacity": 603.4}}, 400, "validation.invalid-pattern", "storageCapacity"),
        ({E_: {"storageCapacity": {"filterValue": 1}}}, 400, "validation.missing", "storageCapacity.filterType"),
        (
            {E_: {"storageCapacity": {"filterValue": 1, "filterType": "LIKE"}}},
            400,
            "validation.invalid-enum",
            "storageCapacity.filterType",
        ),
        ({"owner__eic": "38X-EIN-GO-----0"}, 400, "validation.missing-field", "owner__eic"),
        ({"meterLocation": {"county": ["Rapla maakond"]}}, 400, "validation.invalid-pattern", "meterLocation.county"),
    ],
)
def test_a_bad_filter_is_refused(attributes: dict[str, Any], status: int, code: str, path: str) -> None:
    response = search(cast.GRID_OPERATOR, attributes, role=Role.GRID_OPERATOR)
    cause = response.json()["cause"]
    assert (response.status_code, cause["code"]) == (status, f"opp.error.{code}")
    assert path in cause["message"]


def many(count: int) -> list[str]:
    made = codes("38ZGO-1", count)
    mari = cast.mari()
    for eic in made:
        point = register(changed(ELECTRICITY, "meteringPoint.meterEic", eic))
        grid(point, mari)
        supply(point, mari)
    return made


def test_pages_follow_the_eic_no_row_twice_none_skipped() -> None:
    made = many(7)
    pages = [search(cast.OPEN_SUPPLIER, {}, page=page, size=3).json() for page in range(4)]
    assert [page["pagination"] for page in pages] == [{"page": page, "totalPages": 3} for page in range(4)]
    listed = [one["meteringPoint"]["meterEic"] for page in pages for one in page["meterMetadata"]]
    assert listed == sorted(made)


def test_the_number_of_queries_does_not_grow_with_rows() -> None:
    counts = []
    portfolio(cast.BALANCE_PROVIDER, cast.OPEN_SUPPLIER)
    sender = api(cast.BALANCE_PROVIDER)
    sender.headers()
    for number in (1, 9):
        Agreement.objects.exclude(point=None).delete()
        for eic in codes("38ZGO-1", 40)[10 * len(counts) :][:number]:
            point = register(changed(ELECTRICITY, "meteringPoint.meterEic", eic))
            grid(point, cast.mari())
            supply(point, cast.mari())
        with CaptureQueriesContext(connection) as queries:
            response = sender.post(SEARCH, {}, role=SUPPLIER)
        assert len(response.json()["meterMetadata"]) == number
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_read_of_a_customers_point_is_logged() -> None:
    point, mari = register(), cast.mari()
    grid(point, mari)
    supply(point, mari)
    found(cast.OPEN_SUPPLIER)
    found(cast.SECOND_SUPPLIER)
    row = AccessLog.objects.get()
    assert (row.participant.eic, row.role, row.service) == (cast.OPEN_SUPPLIER, "OPEN_SUPPLIER", "meter/search")
    assert (row.customer_eic, row.meter_eic, row.ground) == (cast.MARI, EIC, "AGREEMENT")
    assert row.technical_user == f"{cast.OPEN_SUPPLIER}-test"
