"""`POST /network-bill` over the wire."""

import json
from typing import Any

import pytest
import time_machine

from datahub.bills.models import NetworkBill
from datahub.market import AgreementType, Permission, Role
from tests.agreements.market import BAKERY_GAS, FLAT, GAS, HOUSE, JAAN, MARI, NORTH, NOW, SUN, day, fact, standing
from tests.api import api, technical_user
from tests.bills.messages import form

pytestmark = pytest.mark.usefixtures("built")
PATH = "/api/v1/network-bill"
NAME = "networkBillTimeSeries"


@pytest.fixture(autouse=True)
def _now(built: None) -> Any:
    standing(
        fact(AgreementType.GRID, NORTH, MARI, HOUSE, day(2026, 1, 1)),
        fact(AgreementType.GRID, NORTH, JAAN, FLAT, day(2026, 1, 1)),
        fact(AgreementType.GRID, NORTH, MARI, BAKERY_GAS, day(2026, 1, 1, GAS), commodity=GAS),
    )
    with time_machine.travel(NOW, tick=False):
        yield


def post(sent: Any, sender: str = NORTH, role: str = Role.GRID_OPERATOR, **more: Any) -> Any:
    return api(sender).post(PATH, {NAME: sent}, role=role, **more)


def faults(response: Any) -> list[tuple[str, str]]:
    """Give the code's last word and the first argument of each fault."""
    cause = response.json()["cause"]
    return [(one["code"].rpartition(".")[2], one["args"][0]) for one in [cause, *cause.get("others", [])]]


def told(sent: dict[str, Any]) -> dict[str, Any]:
    """Give a bill as it is answered: as sent, its times in UTC."""
    times = {
        "calculationTimestamp": "2026-05-02T14:23:07.648663Z",
        "periodEnd": "2026-04-30T21:00:00Z",
        "periodStart": "2026-03-31T21:00:00Z",
    }
    return {**sent, "networkBillPeriod": {**sent["networkBillPeriod"], **times}}


def test_one_bill_is_answered_as_one() -> None:
    response = post(form())
    assert response.status_code == 201
    assert response.json() == {NAME: told(form())}


def test_a_list_is_answered_as_a_list() -> None:
    response = post([form(), form(meterEic=FLAT)])
    assert response.status_code == 201
    assert response.json() == {NAME: [told(form()), told(form(meterEic=FLAT))]}
    assert post([form(calculationTimestamp="2026-05-03T00:00Z")]).json()[NAME][0]["meterEic"] == HOUSE
    assert NetworkBill.objects.standing().count() == 2


def test_quantities_come_back_with_the_digits_that_were_sent() -> None:
    text = json.dumps(form()).replace('"total": 40', '"total": 123456789012.340').replace("20.125", "2.5E1")
    whole = '{"marketParticipantContext": %s, "networkBillTimeSeries": %s}'
    one = api(NORTH)
    body = (whole % (json.dumps(one.context(Role.GRID_OPERATOR)), text)).encode()
    response = one.send_bytes("POST", PATH, body, headers=one.headers())
    assert response.status_code == 201, response.content
    assert b'"day":25,"direction":"OUT","measurementUnit":"KWH","total":123456789012.340' in response.content


def test_a_correction_replaces_and_a_repeat_is_refused() -> None:
    assert post(form()).status_code == 201
    again = post(form())
    assert (again.status_code, again.json()["cause"]["code"]) == (422, "opp.error.business.no-change-received")
    assert "2026-05-02T14:23:07.648663Z" in again.json()["cause"]["message"]
    assert post(form(calculationTimestamp="2026-05-02T17:23:07.648664+03:00")).status_code == 201


def test_the_same_message_again_is_answered_as_it_was() -> None:
    identification = "5f0e4f9e-4f0b-4d55-9f6e-0c5b2c1c7a10"
    first = post(form(), identification=identification)
    second = post(form(), identification=identification)
    assert (second.status_code, second.json(), second["x-document-replayed"]) == (201, first.json(), "true")
    assert NetworkBill.objects.count() == 1


def test_gas_is_measured_in_cubic_metres_too() -> None:
    measured = [{"day": 1, "direction": "OUT", "measurementUnit": unit, "total": 1} for unit in ("KWH", "M3")]
    gas = form(
        meterEic=BAKERY_GAS,
        commodityType="NATURAL_GAS",
        measurements=measured,
        periodStart="2026-04-01T07:00+03:00",
        periodEnd="2026-05-01T07:00+03:00",
    )
    assert post(gas, commodity=GAS).status_code == 201
    too_long = {**gas, "networkBillPeriod": {**gas["networkBillPeriod"], "periodEnd": "2026-05-01T07:00:01+03:00"}}
    assert faults(post(too_long, commodity=GAS)) == [
        ("period-is-not-within-calendar-month", f"{NAME}.networkBillPeriod.periodEnd")
    ]


def _measured(**changes: Any) -> dict[str, Any]:
    one = {"day": 1, "direction": "OUT", "measurementUnit": "KWH", "night": 1, "total": 2, **changes}
    return {"measurements": [{name: value for name, value in one.items() if value != "left out"}]}


PERIOD = "networkBillPeriod"
MEASURED = f"{PERIOD}.measurements[0]"


@pytest.mark.parametrize(
    ("changes", "status", "code", "path"),
    [
        ({"meterEic": "38ZGO-10000001-X"}, 400, "eic-syntax-error", "meterEic"),
        ({"meterEic": NORTH}, 400, "eic-syntax-error", "meterEic"),
        ({"meterEic": None}, 400, "missing", "meterEic"),
        ({"meterEic": "38ZGO-20000001-K"}, 404, "metering-point-not-exists", "meterEic"),
        ({"commodityType": "WATER"}, 400, "invalid-enum", "commodityType"),
        ({"commodityType": "NATURAL_GAS"}, 422, "commodity-type-mismatch-error", "commodityType"),
        ({"periodStart": None}, 400, "missing", f"{PERIOD}.periodStart"),
        ({"periodStart": "2026-04-01"}, 400, "invalid-pattern", f"{PERIOD}.periodStart"),
        ({"periodStart": "2026-04-01T00:00"}, 400, "invalid-pattern", f"{PERIOD}.periodStart"),
        (
            {"periodStart": "2026-05-01T00:00+03:00"},
            400,
            "from-field-cannot-be-equal-to-or-after-to-field",
            f"{PERIOD}.periodStart",
        ),
        ({"periodEnd": "2026-05-01T00:00Z"}, 400, "period-is-not-within-calendar-month", f"{PERIOD}.periodEnd"),
        (
            {"periodStart": "2025-12-01T00:00+02:00", "periodEnd": "2026-01-01T00:00+02:00"},
            422,
            "missing-agreement-for-period",
            PERIOD,
        ),
        (
            {"periodStart": "2019-04-01T00:00+03:00", "periodEnd": "2019-05-01T00:00+03:00"},
            422,
            "period-start-too-far-in-past",
            f"{PERIOD}.periodStart",
        ),
        (
            {"periodStart": "2199-04-01T00:00+03:00", "periodEnd": "2199-05-01T00:00+03:00"},
            422,
            "period-start-too-far-in-future",
            f"{PERIOD}.periodStart",
        ),
        ({"calculationTimestamp": "2027-01-01T00:00Z"}, 400, "too-big", f"{PERIOD}.calculationTimestamp"),
        ({"calculationTimestamp": 5}, 400, "invalid-pattern", f"{PERIOD}.calculationTimestamp"),
        ({"containsCalculatedValues": "true"}, 400, "invalid-pattern", f"{PERIOD}.containsCalculatedValues"),
        ({"containsCalculatedValues": None}, 400, "missing", f"{PERIOD}.containsCalculatedValues"),
        ({"measurements": []}, 400, "list-can-not-be-empty", f"{PERIOD}.measurements"),
        ({"measurements": {}}, 400, "invalid-pattern", f"{PERIOD}.measurements"),
        (_measured(measurementUnit="M3"), 400, "invalid-measurement-type", f"{MEASURED}.measurementUnit"),
        (_measured(measurementUnit="MWH"), 400, "invalid-enum", f"{MEASURED}.measurementUnit"),
        (_measured(direction="in"), 400, "invalid-enum", f"{MEASURED}.direction"),
        (_measured(day=-1), 400, "field-value-cannot-be-negative", f"{MEASURED}.day"),
        (_measured(total=0.0001), 400, "too-many-decimals", f"{MEASURED}.total"),
        (_measured(total=1e12), 400, "too-big", f"{MEASURED}.total"),
        (_measured(total="2"), 400, "invalid-pattern", f"{MEASURED}.total"),
        (_measured(total="left out"), 400, "missing", f"{MEASURED}.total"),
        (_measured(sum=2), 400, "missing-field", f"{MEASURED}.sum"),
        (
            {"measurements": _measured()["measurements"] * 2},
            400,
            "duplicate-measurement-unit-by-direction",
            f"{PERIOD}.measurements[1].measurementUnit",
        ),
        ({"measurements": _measured()["measurements"] * 11}, 400, "too-many-entries", f"{PERIOD}.measurements"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(changes: dict[str, Any], status: int, code: str, path: str) -> None:
    sent = form(**changes)
    if sent["meterEic"] is None:
        del sent["meterEic"]
    for body, where in ((sent, NAME), ([form(meterEic=FLAT), sent], f"{NAME}[1]")):
        response = post(body)
        assert (response.status_code, faults(response)[0]) == (status, (code, f"{where}.{path}"))
    assert not NetworkBill.objects.exists()


def test_who_pays_one_tariff_has_a_total_alone() -> None:
    saved = post(form(**_measured(day="left out", night=None))).json()[NAME]["networkBillPeriod"]["measurements"]
    assert saved == [{"direction": "OUT", "measurementUnit": "KWH", "total": 2}]


def test_night_may_be_left_out_or_null() -> None:
    assert post(form(**_measured(night="left out"))).status_code == 201
    assert post(form(meterEic=FLAT, **_measured(night=None))).json()[NAME]["networkBillPeriod"]["measurements"] == [
        {"day": 1, "direction": "OUT", "measurementUnit": "KWH", "total": 2}
    ]


@pytest.mark.parametrize(
    ("sent", "code", "path"),
    [
        ([], "list-can-not-be-empty", NAME),
        (None, "missing", NAME),
        ("a bill", "invalid-pattern", NAME),
        ([[]], "invalid-pattern", f"{NAME}[0]"),
        ([form()] * 1001, "too-many-entries", NAME),
    ],
)
def test_one_object_or_a_list_of_them(sent: Any, code: str, path: str) -> None:
    response = post(sent)
    assert response.status_code == 400
    assert faults(response) == [(code, path)]


def test_all_faults_are_found_in_one_pass() -> None:
    bad = form(calculationTimestamp="2027-01-01T00:00Z", meterEic="38ZGO-20000001-K")
    found = faults(post([bad, form(), form()]))
    assert [code for code, _ in found] == [
        "too-big",
        "metering-point-not-exists",
        "network-bill-is-duplicated",
    ]
    assert found[-1][1] == f"{NAME}[2].networkBillPeriod"


def test_what_is_wrong_in_one_period_is_said_beside_the_faults_of_its_shape() -> None:
    thrice = _measured()["measurements"] * 3
    bad = [
        {**form(periodEnd="2026-05-01T00:00Z", containsCalculatedValues=1), "extra": 1},
        form(periodEnd="2026-04-01T00:00+03:00", calculationTimestamp="soon"),
        form(measurements=[*thrice, *_measured(measurementUnit="M3", total="2")["measurements"]]),
        form(meterEic=NORTH, **_measured(measurementUnit="M3")),
    ]
    found = faults(post(bad))
    period = [f"{NAME}[{place}].{PERIOD}" for place in range(4)]
    assert found == [
        ("invalid-pattern", f"{period[0]}.containsCalculatedValues"),
        ("missing-field", f"{NAME}[0].extra"),
        ("period-is-not-within-calendar-month", f"{period[0]}.periodEnd"),
        ("invalid-pattern", f"{period[1]}.calculationTimestamp"),
        ("from-field-cannot-be-equal-to-or-after-to-field", f"{period[1]}.periodStart"),
        ("invalid-pattern", f"{period[2]}.measurements[3].total"),
        ("duplicate-measurement-unit-by-direction", f"{period[2]}.measurements[1].measurementUnit"),
        ("duplicate-measurement-unit-by-direction", f"{period[2]}.measurements[2].measurementUnit"),
        ("invalid-measurement-type", f"{period[2]}.measurements[3].measurementUnit"),
        ("eic-syntax-error", f"{NAME}[3].meterEic"),
        ("invalid-measurement-type", f"{period[3]}.measurements[0].measurementUnit"),
    ]
    assert not NetworkBill.objects.exists()


@pytest.mark.parametrize(("sender", "role"), [(SUN, Role.OPEN_SUPPLIER), ("38X-EIN-ALL----B", Role.LINE_OPERATOR)])
def test_who_is_no_grid_operator_is_told_so(sender: str, role: Role) -> None:
    response = post(form(), sender, role)
    assert (response.status_code, response.json()["cause"]["code"]) == (403, "opp.error.business.sender-type-error")


def test_the_permission_is_asked_for() -> None:
    viewer = api(technical_user(NORTH, Permission.EDITOR_METERING_DATA, suffix="other"))
    assert viewer.post(PATH, {NAME: form()}).status_code == 403
    editor = api(technical_user(NORTH, Permission.EDITOR_NETWORK_BILL, suffix="bills"))
    assert editor.post(PATH, {NAME: form()}).status_code == 201
