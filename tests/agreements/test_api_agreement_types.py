"""`POST`, `PUT /agreement` and `POST /agreement/delete` of aggregations and of agreements between parties."""

from datetime import datetime
from typing import Any

import pytest
import time_machine

from datahub.agreements.models import Agreement, FollowUp
from datahub.market import AgreementType, Role
from datahub.outbox.models import Unit
from tests.agreements.market import (
    AGGREGATION_POINT,
    AGGREGATOR,
    BAKERY,
    BAKERY_POINT,
    BALANCE,
    BORDER,
    GAS,
    HOUSE,
    LINE,
    MARI,
    NAMED,
    NORTH,
    NOW,
    SOUTH,
    SUN,
    WIND,
    day,
    fact,
    standing,
)
from tests.api import api

pytestmark = pytest.mark.usefixtures("built")

PATH = "/api/v1/agreement"
A = AgreementType
GO = Role.GRID_OPERATOR


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def wire(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


JUNE, JULY = wire(day(2026, 6, 1)), wire(day(2026, 7, 1))
# Each type as its registrar sends it: type, provider, customer, point, start; who sends, in which role.
BODIES: dict[A, tuple[str, str, str | None, str]] = {
    A.AGGREGATION: (AGGREGATOR, BAKERY, AGGREGATION_POINT, wire(day(2026, 5, 5))),
    A.NAMED_SUPPLIER: (NAMED, NORTH, None, JUNE),
    A.JOINT_INVOICE: (SUN, NORTH, None, JUNE),
    A.PORTFOLIO_SUPPLIER: (BALANCE, NAMED, None, JUNE),
    A.BORDER_GRID: (NORTH, SOUTH, BORDER, wire(day(2026, 5, 1))),
}
SENDERS = {
    A.AGGREGATION: (AGGREGATOR, Role.AGGREGATOR),
    A.NAMED_SUPPLIER: (NORTH, GO),
    A.JOINT_INVOICE: (NORTH, GO),
    A.PORTFOLIO_SUPPLIER: (BALANCE, Role.OPEN_SUPPLIER),
    A.BORDER_GRID: (NORTH, GO),
}
TYPES = pytest.mark.parametrize("kind", BODIES)


def body(kind: A, **changes: Any) -> dict[str, Any]:
    provider, customer, point, start = BODIES[kind]
    fields = {
        "meterEic": point,
        "agreementType": kind,
        "serviceProviderEic": provider,
        "customerEic": customer,
        "commodityType": "ELECTRICITY",
        "validFrom": start,
    }
    return {name: value for name, value in {**fields, **changes}.items() if value is not None}


def send(method: str, kind: A, agreement: dict[str, Any], *, sender: str = "", role: str = "", **more: Any) -> Any:
    own_sender, own_role = SENDERS[kind]
    name = "agreementChange" if method == "PUT" else "agreement"
    path = f"{PATH}/delete" if method == "DELETE" else PATH
    system = api(sender or own_sender)
    return system.send("PUT" if method == "PUT" else "POST", path, {name: agreement}, role=role or own_role, **more)


def codes(response: Any) -> list[tuple[str, str]]:
    """Give the last parts of the codes with their first arguments, which are the paths."""
    cause = response.json()["cause"]
    return [(str(one["code"]).rpartition(".")[2], one["args"][0]) for one in (cause, *cause.get("others", ()))]


@pytest.fixture(autouse=True)
def _parents_grid(built: None) -> None:
    standing(fact(A.GRID, NORTH, BAKERY, BAKERY_POINT, day(2024, 1, 1)))


@TYPES
def test_each_type_is_registered_changed_and_deleted(kind: A) -> None:
    start = {} if kind != A.BORDER_GRID else {"validFrom": wire(day(2026, 5, 5))}
    response = send("POST", kind, body(kind, agreementId="N-1", **start))
    assert response.status_code == 201, response.content
    saved = response.json()["agreement"]
    assert saved == {**body(kind, agreementId="N-1", **start), "preliminaryTerminationFee": False}
    response = send("PUT", kind, body(kind, validTo=JULY, **start))
    assert (response.status_code, response.json()["agreement"]) == (200, {**saved, "validTo": JULY})
    response = send("DELETE", kind, body(kind, **start))
    assert (response.status_code, response.content) == (200, b"")
    assert codes(send("DELETE", kind, body(kind, **start)))[0][0] == "agreement-cannot-be-found"
    assert not Agreement.objects.filter(type=kind, agreement_id="N-1", deleted_at=None).exists()


@TYPES
def test_the_other_party_gets_no_further_than_its_role(kind: A) -> None:
    """Who is party to it but does not register it may neither save, nor change, nor delete it."""
    assert send("POST", kind, body(kind, validFrom=JUNE)).status_code == 201
    provider, customer, *_ = BODIES[kind]
    other = provider if kind in {A.NAMED_SUPPLIER, A.JOINT_INVOICE} else customer
    if other == BAKERY:
        return  # a customer without a market role has no system
    role = GO if other == SOUTH else Role.OPEN_SUPPLIER
    expected = {
        A.NAMED_SUPPLIER: "sender-type-error",
        A.JOINT_INVOICE: "sender-type-error",
    }.get(kind, "sender-and-service-provider-mismatch-error")
    for method in ("POST", "PUT", "DELETE"):
        response = send(method, kind, body(kind, validFrom=JUNE), sender=other, role=role)
        assert codes(response)[0][0] == expected, method
    assert Agreement.objects.filter(type=kind, valid_from=day(2026, 6, 1), deleted_at=None).count() == 1


@pytest.mark.parametrize(
    ("kind", "changes", "status", "expected"),
    [
        # Aggregations.
        (A.AGGREGATION, {"meterEic": None}, 400, ("missing", "agreement.meterEic")),
        (A.AGGREGATION, {"meterEic": BAKERY_POINT}, 404, ("metering-point-not-exists", "agreement.meterEic")),
        (A.AGGREGATION, {"meterEic": "38ZAG-10000001-X"}, 400, ("eic-syntax-error", "agreement.meterEic")),
        (A.AGGREGATION, {"customerEic": MARI}, 422, ("missing-grid-agreement", "agreement.validFrom")),
        (A.AGGREGATION, {"validFrom": wire(day(2026, 5, 4))}, 422, ("agreement-date-too-early", "agreement.validFrom")),
        (
            A.AGGREGATION,
            {"validFrom": "2026-05-06T00:00:00Z"},
            422,
            ("agreement-date-not-on-boundary", "agreement.validFrom"),
        ),
        (
            A.AGGREGATION,
            {"preliminaryTerminationFee": True},
            422,
            ("agreement-attribute-not-allowed", "agreement.preliminaryTerminationFee"),
        ),
        (
            A.AGGREGATION,
            {"serviceProviderEic": LINE},
            422,
            ("sender-and-service-provider-mismatch-error", "agreement.serviceProviderEic"),
        ),
        (
            A.AGGREGATION,
            {"commodityType": "NATURAL_GAS"},
            422,
            ("agreement-type-cannot-be-processed", "agreement.agreementType"),
        ),
        # Between parties: the dates.
        *(
            (kind, {"validFrom": wire(start)}, 422, (code, "agreement.validFrom"))
            for kind in (A.NAMED_SUPPLIER, A.JOINT_INVOICE, A.PORTFOLIO_SUPPLIER)
            for start, code in (
                (day(2026, 6, 2), "agreement-date-not-on-boundary"),
                (day(2026, 6, 1, GAS), "agreement-date-not-on-boundary"),
                (day(2026, 5, 1), "agreement-date-too-early"),
            )
        ),
        *(
            (kind, {"validTo": wire(day(2026, 6, 15))}, 422, ("agreement-date-not-on-boundary", "agreement.validTo"))
            for kind in (A.NAMED_SUPPLIER, A.JOINT_INVOICE, A.PORTFOLIO_SUPPLIER)
        ),
        # Between parties: the fields.
        *(
            (kind, {"meterEic": HOUSE}, 422, ("agreement-attribute-not-allowed", "agreement.meterEic"))
            for kind in (A.NAMED_SUPPLIER, A.JOINT_INVOICE, A.PORTFOLIO_SUPPLIER)
        ),
        *(
            (
                kind,
                {"preliminaryTerminationFee": True},
                422,
                ("agreement-attribute-not-allowed", "agreement.preliminaryTerminationFee"),
            )
            for kind in (A.NAMED_SUPPLIER, A.JOINT_INVOICE, A.PORTFOLIO_SUPPLIER, A.BORDER_GRID)
        ),
        # Between parties: the parties.
        *(
            (kind, {field: value}, status, (code, f"agreement.{field}"))
            for kind in (A.NAMED_SUPPLIER, A.JOINT_INVOICE)
            for field, value, status, code in (
                ("serviceProviderEic", AGGREGATOR, 422, "service-provider-type-error"),
                ("serviceProviderEic", MARI, 422, "service-provider-external-id-resolve-error"),
                ("serviceProviderEic", NORTH, 422, "agreement-parties-are-the-same"),
                ("serviceProviderEic", HOUSE, 400, "eic-syntax-error"),
                ("customerEic", SOUTH, 422, "sender-and-customer-mismatch-error"),
            )
        ),
        (A.PORTFOLIO_SUPPLIER, {"customerEic": MARI}, 422, ("customer-type-error", "agreement.customerEic")),
        (
            A.PORTFOLIO_SUPPLIER,
            {"customerEic": BALANCE},
            422,
            ("agreement-parties-are-the-same", "agreement.customerEic"),
        ),
        # At the border.
        (A.BORDER_GRID, {"customerEic": MARI}, 422, ("customer-type-error", "agreement.customerEic")),
        (A.BORDER_GRID, {"customerEic": NORTH}, 422, ("agreement-parties-are-the-same", "agreement.customerEic")),
        (A.BORDER_GRID, {"meterEic": HOUSE}, 422, ("agreement-metering-point-type-error", "agreement.meterEic")),
        (A.BORDER_GRID, {"meterEic": None}, 400, ("missing", "agreement.meterEic")),
    ],
)
def test_bad_input_is_refused_with_code_status_and_path(
    kind: A, changes: dict[str, Any], status: int, expected: tuple[str, str]
) -> None:
    before = Agreement.objects.count()
    response = send("POST", kind, body(kind, **changes))
    assert (response.status_code, codes(response)) == (status, [expected]), response.content
    assert (Agreement.objects.count(), Unit.objects.count(), FollowUp.objects.count()) == (before, 0, 0)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    ("kind", "provider", "customer", "point", "sender", "role"),
    [
        (A.GENERAL_SERVICE, NAMED, BAKERY, BAKERY_POINT, NAMED, Role.OPEN_SUPPLIER),
        (A.GENERAL_SERVICE, NORTH, BAKERY, BAKERY_POINT, NORTH, GO),
        (A.BORDER_SUPPLY, SUN, SOUTH, BORDER, SUN, Role.OPEN_SUPPLIER),
        (A.BORDER_SUPPLY, SUN, SOUTH, None, NORTH, GO),
    ],
)
def test_no_hand_touches_what_the_hub_makes(
    method: str, kind: A, provider: str, customer: str, point: str | None, sender: str, role: str
) -> None:
    agreement = body(
        A.NAMED_SUPPLIER, agreementType=kind, serviceProviderEic=provider, customerEic=customer, meterEic=point
    )
    response = send(method, A.NAMED_SUPPLIER, agreement, sender=sender, role=role)
    name = kind.lower().replace("_", "-")
    assert response.status_code == 422
    assert response.json()["cause"]["code"].endswith(f"{name}-cannot-be-created-modified-or-deleted-manually")


def test_all_faults_come_in_one_answer_each_with_its_path() -> None:
    asked = body(A.NAMED_SUPPLIER, serviceProviderEic=AGGREGATOR, preliminaryTerminationFee=True)
    response = send("POST", A.NAMED_SUPPLIER, {**asked, "validFrom": wire(day(2026, 5, 3)), "validTo": JUNE})
    assert codes(response) == [
        ("agreement-attribute-not-allowed", "agreement.preliminaryTerminationFee"),
        ("service-provider-type-error", "agreement.serviceProviderEic"),
        ("agreement-date-not-on-boundary", "agreement.validFrom"),
        ("agreement-date-too-early", "agreement.validFrom"),
    ]


def test_a_second_named_supplier_and_a_circle_of_portfolios_are_refused() -> None:
    assert send("POST", A.NAMED_SUPPLIER, body(A.NAMED_SUPPLIER)).status_code == 201
    second = send("POST", A.NAMED_SUPPLIER, body(A.NAMED_SUPPLIER, serviceProviderEic=SUN, validFrom=JULY))
    assert (second.status_code, codes(second)) == (422, [("overlapping-agreements", "agreement.validFrom")])
    circle = body(A.PORTFOLIO_SUPPLIER, serviceProviderEic=WIND, customerEic=BALANCE)
    response = send("POST", A.PORTFOLIO_SUPPLIER, circle, sender=WIND)
    assert codes(response)[0] == ("portfolio-cycle", "agreement.customerEic")


def test_an_aggregator_without_a_portfolio_provider_is_told_what_is_missing() -> None:
    Agreement.objects.filter(type=A.PORTFOLIO_SUPPLIER, customer__eic=AGGREGATOR).update(deleted_at=NOW)
    response = send("POST", A.AGGREGATION, body(A.AGGREGATION))
    assert codes(response) == [("missing-portfolio-provider", "agreement.serviceProviderEic")]


def test_a_named_supplier_of_gas_goes_by_the_gas_month_fourteen_days_ahead() -> None:
    asked = body(A.NAMED_SUPPLIER, serviceProviderEic=SUN, commodityType="NATURAL_GAS")
    gas: dict[str, Any] = {"commodity": GAS}
    response = send("POST", A.NAMED_SUPPLIER, asked, **gas)
    assert codes(response) == [("agreement-date-not-on-boundary", "agreement.validFrom")]
    asked["validFrom"] = wire(day(2026, 6, 1, GAS))
    with time_machine.travel(datetime.fromisoformat("2026-05-19T00:00:00+03:00"), tick=False):
        assert codes(send("POST", A.NAMED_SUPPLIER, asked, **gas)) == [
            ("agreement-date-too-early", "agreement.validFrom")
        ]
    with time_machine.travel(datetime.fromisoformat("2026-05-18T23:59:59+03:00"), tick=False):
        assert send("POST", A.NAMED_SUPPLIER, asked, **gas).status_code == 201


@TYPES
def test_a_change_names_its_fields_by_the_path_of_the_change_and_changes_nothing_else(kind: A) -> None:
    start = {"validFrom": JUNE}
    assert send("POST", kind, body(kind, **start)).status_code == 201
    wrong = send("PUT", kind, body(kind, validTo="2026-06-15T03:00:00Z", **start))
    assert codes(wrong)[0] == ("agreement-date-not-on-boundary", "agreementChange.validTo")
    fee = send("PUT", kind, body(kind, preliminaryTerminationFee=True, validTo=JULY, **start))
    assert codes(fee)[0] == (
        "agreement-attribute-cannot-be-changed",
        "agreementChange.preliminaryTerminationFee",
    )
    assert codes(send("PUT", kind, body(kind, **start)))[0][0] == "no-change-received"
    elsewhere = send("PUT", kind, body(kind, validFrom=JULY))
    assert (elsewhere.status_code, codes(elsewhere)[0][0]) == (404, "agreement-cannot-be-found")
