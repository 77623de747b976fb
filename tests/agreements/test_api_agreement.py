"""`POST`, `PUT /agreement` and `POST /agreement/delete` over the wire."""

from datetime import datetime
from typing import Any

import pytest
import time_machine

from datahub.agreements.models import Agreement
from datahub.market import AgreementType, Permission, Role
from datahub.outbox.models import Unit
from tests.agreements.market import (
    BAKERY_GAS,
    GAS,
    HOUSE,
    JAAN,
    MARI,
    NORTH,
    NOW,
    SOUTHERN_HOUSE,
    SUN,
    WIND,
    day,
    fact,
    standing,
)
from tests.api import api, technical_user

pytestmark = pytest.mark.usefixtures("built")

PATH = "/api/v1/agreement"


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def wire(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def grid(**changes: Any) -> dict[str, Any]:
    body = {
        "agreementId": "V-1",
        "meterEic": HOUSE,
        "agreementType": "GRID",
        "serviceProviderEic": NORTH,
        "customerEic": MARI,
        "commodityType": "ELECTRICITY",
        "validFrom": "2026-05-05T00:00+03:00",
        "validTo": "2026-12-31T22:00:00Z",
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


def supply(**changes: Any) -> dict[str, Any]:
    own: dict[str, Any] = {"agreementType": "SUPPLY", "serviceProviderEic": SUN, "agreementId": None, "validTo": None}
    return grid(**{**own, **changes})


def post(agreement: dict[str, Any], sender: str = NORTH, role: str = Role.GRID_OPERATOR, **more: Any) -> Any:
    return api(sender).post(PATH, {"agreement": agreement}, role=role, **more)


def post_supply(agreement: dict[str, Any], sender: str = SUN) -> Any:
    return post(agreement, sender, Role.OPEN_SUPPLIER)


def put(agreement: dict[str, Any], sender: str = NORTH, role: str = Role.GRID_OPERATOR) -> Any:
    return api(sender).put(PATH, {"agreementChange": agreement}, role=role)


def delete(agreement: dict[str, Any], sender: str = NORTH, role: str = Role.GRID_OPERATOR) -> Any:
    names = ("meterEic", "agreementType", "serviceProviderEic", "customerEic", "commodityType", "validFrom")
    body = {"agreement": {name: agreement[name] for name in names if name in agreement}}
    return api(sender).post(f"{PATH}/delete", body, role=role)


def code(response: Any) -> str:
    return str(response.json()["cause"]["code"]).rpartition(".")[2]


def test_an_agreement_is_registered_and_answered_as_saved() -> None:
    response = post(grid())
    assert (response.status_code, response.json()) == (
        201,
        {
            "agreement": {
                "agreementId": "V-1",
                "meterEic": HOUSE,
                "agreementType": "GRID",
                "serviceProviderEic": NORTH,
                "customerEic": MARI,
                "preliminaryTerminationFee": False,
                "commodityType": "ELECTRICITY",
                "validFrom": "2026-05-04T21:00:00Z",
                "validTo": "2026-12-31T22:00:00Z",
            }
        },
    )


def test_what_is_unset_is_left_out() -> None:
    standing(fact(AgreementType.GRID, NORTH, MARI, HOUSE, day(2024, 1, 1)))
    response = post_supply(supply(preliminaryTerminationFee=True))
    assert response.status_code == 201
    answer = response.json()["agreement"]
    assert answer["preliminaryTerminationFee"] is True
    assert answer.keys() & {"agreementId", "validTo"} == set()


def test_a_change_without_an_end_makes_it_open_ended_and_keeps_the_id() -> None:
    post(grid())
    response = put(grid(agreementId=None, validTo=None))
    assert response.status_code == 200
    answer = response.json()["agreement"]
    assert "validTo" not in answer
    assert answer["agreementId"] == "V-1"


def test_a_deleted_agreement_is_answered_with_nothing() -> None:
    post(grid())
    response = delete(grid())
    assert (response.status_code, response.content) == (200, b"")
    assert code(delete(grid())) == "agreement-cannot-be-found"


def test_a_repeat_saves_nothing() -> None:
    identification = "5f0c1d94-0000-4000-8000-000000000001"
    first = post(grid(), identification=identification)
    again = post(grid(), identification=identification)
    assert again["x-document-replayed"] == "true"
    assert again.content == first.content
    assert (Agreement.objects.filter(type="GRID").count(), Unit.objects.count()) == (1, 1)


def test_all_faults_come_in_one_answer_each_with_its_path() -> None:
    response = post(grid(validFrom="2026-05-05T01:00+03:00", validTo="2026-05-01T00:00+03:00"))
    assert response.status_code == 422
    cause = response.json()["cause"]
    messages = [cause["message"], *(other["message"] for other in cause["others"])]
    assert messages == [
        "agreement.validFrom is 2026-05-04T22:00:00Z, but must be 00:00 in Europe/Tallinn",
        "agreement.validFrom (2026-05-04T22:00:00Z) must be before agreement.validTo (2026-04-30T21:00:00Z)",
        "agreement.validTo is 2026-04-30T21:00:00Z, but may be 2026-05-03T21:00:00Z at the earliest: today",
    ]


@pytest.mark.parametrize(
    ("agreement", "status", "expected", "path"),
    [
        (grid(meterEic="38ZGO-10000001-X"), 400, "eic-syntax-error", "agreement.meterEic"),
        (grid(meterEic=NORTH), 400, "eic-syntax-error", "agreement.meterEic"),
        (grid(customerEic=HOUSE), 400, "eic-syntax-error", "agreement.customerEic"),
        (grid(validFrom="2026-05-05T00:00"), 400, "invalid-pattern", "agreement.validFrom"),
        (grid(validFrom=None), 400, "missing", "agreement.validFrom"),
        (grid(agreementType="LOAN"), 400, "invalid-enum", "agreement.agreementType"),
        (grid(agreementId="x" * 51), 400, "field-cannot-be-longer-than-x-characters", "agreement.agreementId"),
        (grid(colour="green"), 400, "missing-field", "agreement.colour"),
        (grid(meterEic=None), 400, "missing", "agreement.meterEic"),
        (grid(agreementType="NAMED_SUPPLIER"), 422, "sender-and-customer-mismatch-error", "agreement.customerEic"),
        (grid(commodityType="NATURAL_GAS"), 422, "commodity-type-mismatch-error", "agreement.commodityType"),
        (grid(agreementType="SUPPLY"), 403, "sender-type-error", "GRID_OPERATOR"),
        (
            grid(serviceProviderEic=SUN),
            422,
            "sender-and-service-provider-mismatch-error",
            "agreement.serviceProviderEic",
        ),
        (grid(meterEic=SOUTHERN_HOUSE), 404, "metering-point-not-exists", "agreement.meterEic"),
        (grid(meterEic="38ZGO-10000018-5"), 404, "metering-point-not-exists", "agreement.meterEic"),
        (grid(meterEic=BAKERY_GAS), 422, "commodity-type-mismatch-error", "agreement.commodityType"),
        (
            grid(preliminaryTerminationFee=True),
            422,
            "agreement-attribute-not-allowed",
            "agreement.preliminaryTerminationFee",
        ),
        (
            grid(validFrom="2026-05-05T00:00Z"),
            422,
            "agreement-date-not-on-boundary",
            "agreement.validFrom",
        ),
        (
            grid(validFrom=wire(day(2026, 12, 1)), validTo=wire(day(2026, 12, 1))),
            400,
            "from-field-cannot-be-equal-to-or-after-to-field",
            "agreement.validFrom",
        ),
    ],
)
def test_bad_input_is_refused_with_code_status_and_path(
    agreement: dict[str, Any], status: int, expected: str, path: str
) -> None:
    response = post(agreement)
    assert response.status_code == status, response.content
    assert code(response) == expected
    assert response.json()["cause"]["args"][0] == path
    assert not Agreement.objects.filter(type="GRID").exists()
    assert not Unit.objects.exists()


def test_a_guess_is_answered_alike_whether_the_point_exists_or_not() -> None:
    standing(fact(AgreementType.GRID, NORTH, MARI, HOUSE, day(2024, 1, 1)))
    standing(fact(AgreementType.SUPPLY, WIND, MARI, HOUSE, day(2024, 1, 1)))
    answers = []
    for point in (HOUSE, "38ZGO-10000018-5"):
        response = post_supply(supply(meterEic=point, customerEic=JAAN))
        body = response.json()
        text = str({**body, "id": "", "cause": {**body["cause"], "traceId": ""}}).replace(point, "…")
        answers.append((response.status_code, text))
    assert answers[0] == answers[1]
    assert answers[0][0] == 422


def test_a_supply_that_takes_over_needs_fourteen_days() -> None:
    standing(fact(AgreementType.GRID, NORTH, MARI, HOUSE, day(2024, 1, 1)))
    standing(fact(AgreementType.SUPPLY, WIND, MARI, HOUSE, day(2024, 1, 1)))
    early = post_supply(supply(validFrom=wire(day(2026, 5, 17))))
    assert (early.status_code, code(early)) == (422, "agreement-date-too-early")
    assert post_supply(supply(validFrom=wire(day(2026, 5, 18)))).status_code == 201


def test_gas_goes_by_the_gas_day() -> None:
    standing(
        fact(AgreementType.GRID, NORTH, MARI, BAKERY_GAS, day(2024, 1, 1, GAS), commodity=GAS),
    )
    asked = supply(meterEic=BAKERY_GAS, commodityType="NATURAL_GAS", validFrom=wire(day(2026, 6, 1)))
    response = post(asked, SUN, Role.OPEN_SUPPLIER, commodity=GAS)
    assert code(response) == "agreement-date-not-on-boundary"
    asked["validFrom"] = wire(day(2026, 6, 1, GAS))
    assert post(asked, SUN, Role.OPEN_SUPPLIER, commodity=GAS).status_code == 201


def test_a_change_names_its_fields_by_the_path_of_the_change() -> None:
    post(grid())
    response = put(grid(validTo="2026-05-20T01:00:00+03:00"))
    assert response.json()["cause"]["args"][0] == "agreementChange.validTo"
    assert code(put(grid(customerEic=JAAN))) == "agreement-cannot-be-found"
    assert put(grid(customerEic=JAAN)).status_code == 404
    assert code(put(grid())) == "no-change-received"


def test_an_editor_of_agreements_may_and_a_viewer_may_not() -> None:
    viewer = api(technical_user(NORTH, Permission.VIEWER_AGREEMENT, suffix="viewer"))
    editor = api(technical_user(NORTH, Permission.EDITOR_AGREEMENT, suffix="editor"))
    assert viewer.post(PATH, {"agreement": grid()}).status_code == 403
    assert editor.post(PATH, {"agreement": grid()}).status_code == 201
