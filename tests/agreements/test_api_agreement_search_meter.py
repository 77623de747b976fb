"""`POST /agreement/search/meter`: what a supplier learns before a new supply, and what nobody learns."""

from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.models import AccessLog
from datahub.agreements.models import Agreement
from datahub.market import AgreementType, Role
from tests.agreements.market import (
    AGGREGATION_POINT,
    AGGREGATOR,
    BAKERY,
    BAKERY_GAS,
    BAKERY_POINT,
    BORDER,
    FLAT,
    GAS,
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
    standing,
)
from tests.api import api

PATH = "/api/v1/agreement/search/meter"
UNKNOWN = "38ZGO-10000018-5"
A = AgreementType
SUPPLIER = Role.OPEN_SUPPLIER


@pytest.fixture(autouse=True)
def _now(built: None) -> Any:
    standing(
        fact(A.GRID, NORTH, JAAN, HOUSE, day(2022, 1, 1), day(2025, 12, 1), agreement_id="V-1"),
        fact(A.SUPPLY, WIND, JAAN, HOUSE, day(2022, 1, 1), day(2025, 12, 1)),
        fact(A.GRID, NORTH, MARI, HOUSE, day(2025, 12, 1), agreement_id="V-2"),
        fact(A.SUPPLY, WIND, MARI, HOUSE, day(2025, 12, 1), day(2026, 5, 1)),
        fact(A.SUPPLY, SUN, MARI, HOUSE, day(2026, 5, 1), day(2026, 9, 1), fee=True),
        fact(A.SUPPLY, WIND, MARI, HOUSE, day(2026, 10, 1)),
        fact(A.GENERAL_SERVICE, NAMED, MARI, HOUSE, day(2026, 9, 1), day(2026, 10, 1)),
    )
    with time_machine.travel(NOW, tick=False):
        yield


def ask(customer: str, *points: str, by: str = STRANGER, **more: Any) -> list[tuple[str, list[dict[str, Any]]]]:
    body = {"meterEic": list(points), "customerEic": customer}
    response = api(by).post(PATH, body, role=SUPPLIER, **more)
    assert response.status_code == 200, response.content
    return [(one["meterEic"], one["agreements"]) for one in response.json()["meteringPoints"]]


def kinds(agreements: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["agreementType"], one["validFrom"]) for one in agreements]


def test_a_supplier_that_serves_nobody_there_learns_periods_and_fees_and_no_names() -> None:
    grid = {"agreementType": "GRID", "commodityType": "ELECTRICITY", "preliminaryTerminationFee": False}
    supply = {**grid, "agreementType": "SUPPLY"}
    assert ask(MARI, HOUSE) == [
        (
            HOUSE,
            [
                {**grid, "validFrom": "2025-11-30T22:00:00Z"},
                {
                    **supply,
                    "validFrom": "2026-04-30T21:00:00Z",
                    "validTo": "2026-08-31T21:00:00Z",
                    "preliminaryTerminationFee": True,
                },
                {**supply, "validFrom": "2026-09-30T21:00:00Z"},
            ],
        )
    ]


def test_points_come_once_in_the_order_asked_and_a_stranger_customers_point_is_as_one_that_does_not_exist() -> None:
    standing(fact(A.GRID, NORTH, JAAN, FLAT, day(2024, 1, 1)))
    found = ask(JAAN, UNKNOWN, HOUSE, FLAT, HOUSE, UNKNOWN)
    # Jaan moved out of the house: of what stands there now nothing is told by his code.
    assert [(eic, len(agreements)) for eic, agreements in found] == [(UNKNOWN, 0), (HOUSE, 0), (FLAT, 1)]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (day(2024, 1, 1), NOW, 0),
        (day(2024, 1, 1), day(2026, 5, 5), 1),
        (day(2026, 5, 5), None, 1),
        (NOW, None, 1),
    ],
)
def test_point_and_customer_belong_together_now_or_later(start: datetime, end: datetime | None, expected: int) -> None:
    standing(fact(A.GRID, NORTH, BAKERY, FLAT, start, end))
    ((_, agreements),) = ask(BAKERY, FLAT)
    assert len(agreements) == expected


def test_who_moves_in_later_opens_nothing_of_who_lives_there_now() -> None:
    standing(
        fact(A.GRID, NORTH, JAAN, FLAT, day(2024, 1, 1), day(2026, 7, 1)),
        fact(A.SUPPLY, WIND, JAAN, FLAT, day(2024, 1, 1), day(2026, 7, 1), fee=True),
        fact(A.GRID, NORTH, MARI, FLAT, day(2026, 7, 1)),
    )
    ((_, maris),) = ask(MARI, FLAT)
    assert kinds(maris) == [("GRID", "2026-06-30T21:00:00Z")]
    ((_, jaans),) = ask(JAAN, FLAT)
    assert kinds(jaans) == [("GRID", "2023-12-31T22:00:00Z"), ("SUPPLY", "2023-12-31T22:00:00Z")]


def test_deleted_agreements_other_types_and_points_without_a_grid_agreement_are_not_told() -> None:
    standing(
        fact(A.BORDER_GRID, NORTH, SOUTH, BORDER, day(2024, 1, 1), customer_role=Role.GRID_OPERATOR),
        fact(A.GRID, NORTH, BAKERY, BAKERY_POINT, day(2024, 1, 1)),
        fact(A.AGGREGATION, AGGREGATOR, BAKERY, AGGREGATION_POINT, day(2026, 1, 1), parent=BAKERY_POINT),
        fact(A.SUPPLY, SUN, JAAN, FLAT, day(2024, 1, 1)),
    )
    Agreement.objects.filter(type=A.SUPPLY, point__eic=HOUSE).update(deleted_at=NOW)
    assert ask(SOUTH, BORDER) == [(BORDER, [])]
    ((_, bakery), aggregation) = ask(BAKERY, BAKERY_POINT, AGGREGATION_POINT)
    assert kinds(bakery) == [("GRID", "2023-12-31T22:00:00Z")]
    assert aggregation == (AGGREGATION_POINT, [])
    assert ask(JAAN, FLAT) == [(FLAT, [])]
    ((_, house),) = ask(MARI, HOUSE)
    assert kinds(house) == [("GRID", "2025-11-30T22:00:00Z")]


def test_a_commodity_knows_nothing_of_the_other() -> None:
    standing(fact(A.GRID, NORTH, BAKERY, BAKERY_GAS, day(2024, 1, 1, GAS), commodity=GAS))
    assert ask(BAKERY, BAKERY_GAS) == [(BAKERY_GAS, [])]
    ((_, agreements),) = ask(BAKERY, BAKERY_GAS, by=SUN, commodity=GAS)
    assert [(one["commodityType"], one["validFrom"]) for one in agreements] == [("NATURAL_GAS", "2024-01-01T05:00:00Z")]


@pytest.mark.parametrize(
    ("eic", "role"),
    [(NORTH, Role.GRID_OPERATOR), (AGGREGATOR, Role.AGGREGATOR), (SOUTH, "CLOSED_DISTRIBUTION_NETWORK")],
)
def test_only_open_suppliers_may_ask(eic: str, role: str) -> None:
    response = api(eic).post(PATH, {"meterEic": [HOUSE], "customerEic": MARI}, role=role)
    assert response.status_code == 403
    assert response.json()["cause"]["code"] == "opp.error.business.sender-type-error"
    assert not AccessLog.objects.exists()


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"meterEic": None}, "missing", "meterEic"),
        ({"meterEic": []}, "list-can-not-be-empty", "meterEic"),
        ({"meterEic": HOUSE}, "invalid-pattern", "meterEic"),
        ({"meterEic": {"0": HOUSE}}, "invalid-pattern", "meterEic"),
        ({"meterEic": [HOUSE] * 501}, "too-many-entries", "meterEic"),
        ({"meterEic": [HOUSE, None]}, "missing", "meterEic[1]"),
        ({"meterEic": [HOUSE, 7]}, "invalid-pattern", "meterEic[1]"),
        ({"meterEic": [HOUSE, [HOUSE]]}, "invalid-pattern", "meterEic[1]"),
        ({"meterEic": [HOUSE, MARI]}, "eic-syntax-error", "meterEic[1]"),
        ({"meterEic": ["38ZGO-10000001-X"]}, "eic-syntax-error", "meterEic[0]"),
        ({"meterEic": [HOUSE.lower()]}, "eic-syntax-error", "meterEic[0]"),
        ({"meterEic": [f" {HOUSE}"]}, "eic-syntax-error", "meterEic[0]"),
        ({"meterEic": [""]}, "missing", "meterEic[0]"),
        ({"customerEic": None}, "missing", "customerEic"),
        ({"customerEic": HOUSE}, "eic-syntax-error", "customerEic"),
        ({"customerEic": "38X-AVP-ZW6700C5"}, "eic-syntax-error", "customerEic"),
        ({"customerEic": [MARI]}, "invalid-pattern", "customerEic"),
        ({"pagination": {"page": 0}}, "missing-field", "pagination"),
        ({"meterEics": [HOUSE]}, "missing-field", "meterEics"),
    ],
)
def test_bad_questions(change: dict[str, Any], code: str, path: str) -> None:
    body = {"meterEic": [HOUSE], "customerEic": MARI, **change}
    body = {name: value for name, value in body.items() if value is not None}
    response = api(STRANGER).post(PATH, body, role=SUPPLIER)
    cause = response.json()["cause"]
    assert (response.status_code, cause["code"].rpartition(".")[2], cause["args"][0]) == (400, code, path)
    assert not AccessLog.objects.exists()


def test_all_that_is_wrong_is_told_in_one_pass() -> None:
    response = api(STRANGER).post(PATH, {"meterEic": [MARI, HOUSE, "?"], "customerEic": HOUSE}, role=SUPPLIER)
    cause = response.json()["cause"]
    assert [fault["args"][0] for fault in (cause, *cause["others"])] == ["meterEic[0]", "meterEic[2]", "customerEic"]


def test_five_hundred_points_may_be_asked_about() -> None:
    assert len(ask(MARI, *[HOUSE] * 500)) == 1


def test_what_was_shown_is_logged_a_row_a_point_and_nothing_else() -> None:
    standing(
        fact(A.GRID, NORTH, MARI, FLAT, day(2024, 1, 1), day(2026, 8, 1)),
        fact(A.SUPPLY, WIND, MARI, FLAT, day(2025, 1, 1), day(2026, 7, 1)),
    )
    ask(MARI, FLAT, UNKNOWN, BAKERY_POINT, HOUSE)
    ask(JAAN, HOUSE)
    logged = AccessLog.objects.order_by("id").values_list("customer_eic", "meter_eic", "period_from", "period_to")
    assert list(logged) == [
        (MARI, FLAT, day(2024, 1, 1), day(2026, 8, 1)),
        (MARI, HOUSE, day(2025, 12, 1), None),
    ]
    row = AccessLog.objects.earliest("id")
    assert (row.participant.eic, row.role, row.commodity, row.technical_user) == (
        STRANGER,
        SUPPLIER,
        "ELECTRICITY",
        f"{STRANGER}-test",
    )
    assert (row.service, row.ground, row.read_at) == ("agreement/search/meter", "", NOW)


def test_a_customer_that_asks_about_its_own_point_is_not_logged() -> None:
    standing(fact(A.GRID, NORTH, SUN, FLAT, day(2024, 1, 1)))
    ((_, agreements),) = ask(SUN, FLAT, by=SUN)
    assert len(agreements) == 1
    assert not AccessLog.objects.exists()


def test_nobodys_point_and_a_strangers_are_asked_about_by_the_same_queries() -> None:
    caller = api(STRANGER)

    def queries(customer: str, *points: str) -> list[str]:
        body = {"meterEic": list(points), "customerEic": customer}
        caller.post(PATH, body, role=SUPPLIER)
        with CaptureQueriesContext(connection) as captured:
            caller.post(PATH, body, role=SUPPLIER)
        return [str(query["sql"]).partition(" WHERE ")[0] for query in captured]

    nothing = queries(JAAN, UNKNOWN)
    # Who asks; then the points, the customer, and what stands there.
    assert len(nothing) == 4
    assert nothing == queries(JAAN, HOUSE) == queries("38X-AVP-FIRM01-C", UNKNOWN, HOUSE, FLAT)
    assert len(queries(MARI, HOUSE, FLAT)) == len(nothing) + 1
    standing(fact(A.GRID, NORTH, MARI, FLAT, day(2024, 1, 1)))
    assert len(queries(MARI, HOUSE, FLAT)) == len(nothing) + 1
