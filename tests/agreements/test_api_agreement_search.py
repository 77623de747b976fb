"""`POST /agreement/search`: what each kind of party finds and sees of it, and what nobody may learn."""

from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.models import AccessLog
from datahub.market import AgreementType, Role
from tests.agreements.market import (
    AGGREGATION_POINT,
    AGGREGATOR,
    BAKERY,
    BAKERY_POINT,
    BALANCE,
    BORDER,
    HOUSE,
    JAAN,
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
    portfolio,
    standing,
)
from tests.api import api

PATH = "/api/v1/agreement/search"
GRID, SUPPLY, AGGREGATION = AgreementType.GRID, AgreementType.SUPPLY, AgreementType.AGGREGATION
OPERATOR, SUPPLIER = Role.GRID_OPERATOR, Role.OPEN_SUPPLIER

FIRST_GRID = fact(GRID, NORTH, JAAN, HOUSE, day(2022, 1, 1), day(2025, 12, 1), agreement_id="V-1")
SECOND_GRID = fact(GRID, NORTH, MARI, HOUSE, day(2025, 12, 1), agreement_id="V-2")
JAANS_SUPPLY = fact(SUPPLY, WIND, JAAN, HOUSE, day(2022, 1, 1), day(2025, 12, 1), fee=True)
MARIS_SUPPLY = fact(SUPPLY, SUN, MARI, HOUSE, day(2025, 12, 1), agreement_id="S-2")


@pytest.fixture(autouse=True)
def _now(built: None) -> Any:
    standing(FIRST_GRID, SECOND_GRID, JAANS_SUPPLY, MARIS_SUPPLY)
    with time_machine.travel(NOW, tick=False):
        yield


def search(eic: str, role: str = SUPPLIER, **attributes: Any) -> list[dict[str, Any]]:
    response = api(eic).post(PATH, {"agreementAttributes": attributes}, role=role)
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()["agreements"]
    return found


def brief(found: list[dict[str, Any]]) -> list[tuple[str, str | None, str | None]]:
    """Give type, provider and customer of each."""
    return [(one["agreementType"], one.get("serviceProviderEic"), one.get("customerEic")) for one in found]


def test_the_owner_sees_everything_at_its_point_by_start_then_id() -> None:
    found = search(NORTH, OPERATOR, meterEic=HOUSE)
    assert brief(found) == [
        ("GRID", NORTH, JAAN),
        ("SUPPLY", WIND, JAAN),
        ("GRID", NORTH, MARI),
        ("SUPPLY", SUN, MARI),
    ]
    assert found[1] == {
        "meterEic": HOUSE,
        "agreementType": "SUPPLY",
        "serviceProviderEic": WIND,
        "customerEic": JAAN,
        "preliminaryTerminationFee": True,
        "commodityType": "ELECTRICITY",
        "validFrom": "2021-12-31T22:00:00Z",
        "validTo": "2025-11-30T22:00:00Z",
        "version": 1,
    }


def test_a_supplier_sees_its_own_and_the_grid_agreement_beside_it() -> None:
    assert brief(search(SUN, meterEic=HOUSE)) == [
        # Through its portfolio it sees WIND's supply whole, and of the grid agreement beside that no names.
        ("GRID", None, None),
        ("SUPPLY", WIND, JAAN),
        ("GRID", NORTH, MARI),
        ("SUPPLY", SUN, MARI),
    ]
    assert brief(search(WIND, meterEic=HOUSE)) == [("GRID", None, None), ("SUPPLY", WIND, JAAN)]


def test_a_portfolio_provider_sees_supplies_whole_and_no_names_of_the_grid_agreements() -> None:
    assert brief(search(BALANCE, meterEic=HOUSE)) == [
        ("GRID", None, None),
        ("SUPPLY", WIND, JAAN),
        ("GRID", None, None),
        ("SUPPLY", SUN, MARI),
    ]


@pytest.mark.parametrize(
    ("eic", "role"), [(STRANGER, SUPPLIER), (NAMED, SUPPLIER), (SOUTH, OPERATOR), (AGGREGATOR, Role.AGGREGATOR)]
)
def test_everyone_else_finds_nothing_by_any_name(eic: str, role: str) -> None:
    for attributes in (
        {"meterEic": HOUSE},
        {"customerEic": MARI},
        {"serviceProviderEic": SUN, "agreementTypes": ["SUPPLY"]},
        {"serviceProviderEic": NORTH},
        {"agreementId": "V-2"},
    ):
        assert search(eic, role, **attributes) == []


def test_what_is_not_seen_cannot_be_searched_by() -> None:
    assert brief(search(WIND, serviceProviderEic=NORTH)) == []
    assert brief(search(WIND, meterEic=HOUSE, customerEic=JAAN)) == [("SUPPLY", WIND, JAAN)]
    assert brief(search(SUN, customerEic=MARI)) == [("GRID", NORTH, MARI), ("SUPPLY", SUN, MARI)]
    assert brief(search(BALANCE, customerEic=MARI)) == [("SUPPLY", SUN, MARI)]


def test_a_role_sees_nothing_of_another_and_a_commodity_nothing_of_the_other() -> None:
    response = api(NORTH).post(
        PATH, {"agreementAttributes": {"meterEic": HOUSE}}, role=OPERATOR, commodity="NATURAL_GAS"
    )
    assert response.json()["agreements"] == []


def test_an_aggregator_and_a_supplier_do_not_see_each_others_names() -> None:
    standing(
        fact(GRID, NORTH, BAKERY, BAKERY_POINT, day(2024, 1, 1)),
        fact(SUPPLY, WIND, BAKERY, BAKERY_POINT, day(2025, 1, 1)),
        fact(AGGREGATION, AGGREGATOR, BAKERY, AGGREGATION_POINT, day(2026, 1, 1)),
    )
    assert brief(search(WIND, meterEic=AGGREGATION_POINT)) == [("AGGREGATION", None, BAKERY)]
    assert brief(search(AGGREGATOR, Role.AGGREGATOR, meterEic=AGGREGATION_POINT)) == [
        ("AGGREGATION", AGGREGATOR, BAKERY)
    ]
    # Of the point above its own it knows the customer that it serves, and so whose grid agreement it is.
    assert brief(search(AGGREGATOR, Role.AGGREGATOR, meterEic=BAKERY_POINT)) == [("GRID", NORTH, BAKERY)]
    assert brief(search(NORTH, OPERATOR, meterEic=AGGREGATION_POINT)) == [("AGGREGATION", AGGREGATOR, BAKERY)]


def test_portfolio_providers_of_an_operator_see_its_general_service_and_grid_agreement_without_names() -> None:
    standing(
        fact(GRID, NORTH, BAKERY, BAKERY_POINT, day(2024, 1, 1)),
        fact(AgreementType.GENERAL_SERVICE, NORTH, BAKERY, BAKERY_POINT, day(2024, 1, 1), provider_role=OPERATOR),
    )
    assert brief(search(BALANCE, meterEic=BAKERY_POINT)) == [("GRID", None, None), ("GENERAL_SERVICE", None, None)]
    assert search(BALANCE, customerEic=BAKERY) == search(BALANCE, serviceProviderEic=NORTH, meterEic=BAKERY_POINT) == []


def test_a_portfolio_provider_sees_beside_a_supply_only_what_its_own_time_shares() -> None:
    standing(
        portfolio(NAMED, STRANGER, day(2026, 2, 1)),
        fact(GRID, NORTH, BAKERY, BAKERY_POINT, day(2024, 1, 1)),
        fact(SUPPLY, STRANGER, BAKERY, BAKERY_POINT, day(2024, 1, 1)),
        fact(AGGREGATION, AGGREGATOR, BAKERY, AGGREGATION_POINT, day(2024, 1, 1), day(2026, 2, 1)),
        fact(AGGREGATION, AGGREGATOR, BAKERY, AGGREGATION_POINT, day(2026, 3, 1)),
    )
    assert len(search(STRANGER, meterEic=AGGREGATION_POINT)) == 2
    assert [one["validFrom"] for one in search(NAMED, meterEic=AGGREGATION_POINT)] == ["2026-02-28T22:00:00Z"]


def test_parties_of_agreements_without_a_point_see_them() -> None:
    standing(portfolio(BALANCE, SOUTH, customer_role=OPERATOR))
    assert brief(search(SOUTH, OPERATOR, serviceProviderEic=BALANCE)) == [("PORTFOLIO_SUPPLIER", BALANCE, SOUTH)]
    assert search(SOUTH, Role.CLOSED_DISTRIBUTION_NETWORK, serviceProviderEic=BALANCE) == []
    assert ("PORTFOLIO_SUPPLIER", SUN, WIND) in brief(search(BALANCE, serviceProviderEic=SUN))
    assert brief(search(WIND, serviceProviderEic=BALANCE)) == []


def test_a_customer_by_role_sees_its_own() -> None:
    standing(fact(AgreementType.BORDER_GRID, NORTH, SOUTH, BORDER, day(2024, 1, 1), customer_role=OPERATOR))
    assert brief(search(SOUTH, OPERATOR, meterEic=BORDER)) == [("BORDER_GRID", NORTH, SOUTH)]


def test_a_supplier_forgets_after_a_year_and_never_hears_of_a_general_service_to_come() -> None:
    service = AgreementType.GENERAL_SERVICE
    standing(
        fact(SUPPLY, STRANGER, BAKERY, BAKERY_POINT, day(2024, 1, 1), day(2025, 5, 1)),
        fact(service, NAMED, BAKERY, BAKERY_POINT, day(2026, 6, 1)),
    )
    assert search(STRANGER, meterEic=BAKERY_POINT) == []
    assert search(NAMED, meterEic=BAKERY_POINT) == []
    assert brief(search(NORTH, OPERATOR, meterEic=BAKERY_POINT)) == [("SUPPLY", STRANGER, BAKERY)]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"activeOnly": True}, ["V-2", "S-2"]),
        ({"activeOnly": False}, ["V-1", None, "V-2", "S-2"]),
        ({"agreementTypes": ["GRID"]}, ["V-1", "V-2"]),
        ({"agreementTypes": ["GRID", "SUPPLY"], "customerEic": MARI}, ["V-2", "S-2"]),
        ({"agreementId": "V-1"}, ["V-1"]),
        ({"preliminaryTerminationFee": True}, [None]),
        ({"preliminaryTerminationFee": False}, ["V-1", "V-2", "S-2"]),
        ({"serviceProviderEic": SUN}, ["S-2"]),
        # A period: what is valid at some time in it.
        ({"validFrom": "2025-11-30T22:00:00Z"}, ["V-2", "S-2"]),
        ({"validTo": "2025-11-30T22:00:00Z"}, ["V-1", None]),
        ({"validFrom": "2025-11-30T21:59:59Z", "validTo": "2025-11-30T22:00:01Z"}, ["V-1", None, "V-2", "S-2"]),
        ({"commodityType": "ELECTRICITY"}, ["V-1", None, "V-2", "S-2"]),
    ],
)
def test_filters(attributes: dict[str, Any], expected: list[str | None]) -> None:
    assert [one.get("agreementId") for one in search(NORTH, OPERATOR, meterEic=HOUSE, **attributes)] == expected


def test_pages_cover_everything_once() -> None:
    seen = []
    for page in (0, 1, 2):
        body = {"agreementAttributes": {"meterEic": HOUSE}, "pagination": {"page": page, "pageSize": 3}}
        answer = api(NORTH).post(PATH, body, role=OPERATOR).json()
        assert answer["pagination"] == {"page": page, "totalPages": 2}
        seen += brief(answer["agreements"])
    assert seen == brief(search(NORTH, OPERATOR, meterEic=HOUSE))


@pytest.mark.parametrize(
    ("body", "status", "expected", "path"),
    [
        ({"agreementAttributes": {}}, 400, "agreement-attributes-required-one-of", "agreementAttributes"),
        (
            {"agreementAttributes": {"agreementTypes": ["GRID"]}},
            400,
            "agreement-attributes-required-one-of",
            "agreementAttributes",
        ),
        ({}, 400, "missing", "agreementAttributes"),
        (
            {"agreementAttributes": {"meterEic": HOUSE, "agreementTypes": ["LOAN"]}},
            400,
            "invalid-enum",
            "agreementAttributes.agreementTypes[0]",
        ),
        (
            {
                "agreementAttributes": {
                    "meterEic": HOUSE,
                    "validFrom": "2026-01-01T00:00Z",
                    "validTo": "2026-01-01T00:00Z",
                }
            },
            400,
            "from-field-cannot-be-equal-to-or-after-to-field",
            "agreementAttributes.validFrom",
        ),
        (
            {"agreementAttributes": {"meterEic": HOUSE, "commodityType": "NATURAL_GAS"}},
            422,
            "commodity-type-mismatch-error",
            "agreementAttributes.commodityType",
        ),
        ({"agreementAttributes": {"meterEic": HOUSE}, "pagination": {"pageSize": 501}}, 400, "too-big", None),
    ],
)
def test_bad_searches(body: dict[str, Any], status: int, expected: str, path: str | None) -> None:
    response = api(NORTH).post(PATH, body, role=OPERATOR)
    cause = response.json()["cause"]
    assert (response.status_code, cause["code"].rpartition(".")[2]) == (status, expected)
    assert cause["args"][0] == (path or "pagination.pageSize")


def test_queries_do_not_grow_with_rows() -> None:
    caller = api(NORTH)

    def queries(size: int) -> int:
        body = {"agreementAttributes": {"meterEic": HOUSE}, "pagination": {"pageSize": size}}
        caller.post(PATH, body, role=OPERATOR)
        with CaptureQueriesContext(connection) as captured:
            assert len(caller.post(PATH, body, role=OPERATOR).json()["agreements"]) == size
        return len(captured)

    assert queries(1) == queries(4)


def test_each_read_of_a_customers_agreement_is_logged_with_its_ground() -> None:
    search(WIND, meterEic=HOUSE)
    search(NORTH, OPERATOR, meterEic=HOUSE, customerEic=MARI)
    search(BALANCE, customerEic=MARI)
    search(WIND, serviceProviderEic=SUN)
    logged = AccessLog.objects.order_by("id").values_list("participant__eic", "customer_eic", "meter_eic", "ground")
    assert list(logged) == [
        (WIND, JAAN, HOUSE, "AGREEMENT"),
        (WIND, JAAN, HOUSE, "AGREEMENT"),
        (NORTH, MARI, HOUSE, "OWNERSHIP"),
        (NORTH, MARI, HOUSE, "OWNERSHIP"),
        (BALANCE, MARI, HOUSE, "BALANCE_STATE"),
    ]
    row = AccessLog.objects.earliest("id")
    assert (row.service, row.role, row.technical_user, row.read_at) == (
        "agreement/search",
        SUPPLIER,
        f"{WIND}-test",
        NOW,
    )
