"""`POST` and `PUT /meter` over the wire, as integrators and as those who try what they may not."""

import threading
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from datahub.market import Commodity, Permission, Role
from datahub.metering.models import MeteringPoint, MeteringPointVersion
from datahub.outbox.models import Unit
from tests import cast
from tests.api import api, technical_user
from tests.metering.points import AGGREGATION, ELECTRICITY, GAS, changed, register

pytestmark = pytest.mark.django_db
METER = "/api/v1/meter"
EIC = "38ZGO-10000018-5"
B, V = "opp.error.business.", "opp.error.validation."


def send(method: str, form: dict[str, Any], *, sender: str = cast.GRID_OPERATOR, **options: Any) -> Any:
    cast.participant(sender)
    return api(sender).send(method, METER, {"meterMetadata": form}, **options)


def change(**blocks: Any) -> dict[str, Any]:
    return {"meteringPoint": {"meterEic": EIC}, **blocks}


def codes_of(response: Any) -> list[str]:
    cause = response.json()["cause"]
    return [cause["code"], *(other["code"] for other in cause.get("others", []))]


def test_a_point_is_registered_and_answered_as_saved() -> None:
    response = send("POST", ELECTRICITY)
    assert response.status_code == 201, response.content
    assert response.json() == {"meterMetadata": ELECTRICITY}
    assert b"603.4," in response.content
    assert MeteringPoint.objects.get().eic == EIC


def test_gas_and_aggregation_points_are_registered() -> None:
    response = send("POST", GAS, commodity=Commodity.NATURAL_GAS)
    assert (response.status_code, response.json()) == (201, {"meterMetadata": GAS})
    register()
    response = send("POST", AGGREGATION, sender=cast.AGGREGATOR, role=Role.AGGREGATOR)
    assert (response.status_code, response.json()) == (201, {"meterMetadata": AGGREGATION})


def test_a_change_merges_and_is_answered_whole_without_the_type() -> None:
    register()
    response = send("PUT", change(electricityCharacteristics={"connectionState": "CONNECTED"}))
    assert response.status_code == 200, response.content
    expected = changed(ELECTRICITY, "electricityCharacteristics.connectionState", "CONNECTED")
    assert response.json() == {"meterMetadata": changed(expected, "meteringPoint.meteringPointType", ...)}


def test_a_repeat_is_answered_as_the_first_time_and_saves_nothing() -> None:
    identification = uuid4()
    first = send("POST", ELECTRICITY, identification=identification)
    again = send("POST", ELECTRICITY, identification=identification)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["x-document-replayed"] == "true"
    assert Unit.objects.count() == MeteringPointVersion.objects.count() == 1
    assert codes_of(send("POST", ELECTRICITY)) == [B + "already-exists"]


@pytest.mark.parametrize(
    ("path", "value", "status", "code"),
    [
        ("meteringPoint.meterEic", "38ZGO-10000018-4", 400, B + "eic-syntax-error"),
        ("meteringPoint.meterEic", "38X-EIN-GO-----0", 400, B + "eic-syntax-error"),
        ("meteringPoint.meterEic", "38ZGO-20000001-K", 422, B + "eic-range-error"),
        ("meteringPoint.meterEic", None, 400, V + "missing"),
        ("meteringPoint.meterEic", 38, 400, V + "invalid-pattern"),
        ("meteringPoint.meterEic", {"$ne": ""}, 400, V + "invalid-pattern"),
        ("meteringPoint.meteringPointType", "AGGREGATION", 403, B + "incorrect-market-participant-role"),
        ("meteringPoint.meteringPointType", "regular", 400, V + "invalid-enum"),
        ("meteringPoint.owner", cast.GRID_OPERATOR, 400, V + "missing-field"),
        ("meterLocation.adrId", 10**30, 400, V + "too-big"),
        ("meterLocation.comment", "õ" * 256, 400, V + "field-cannot-be-longer-than-x-characters"),
        ("meterLocation.comment", "a\x00b", 400, V + "invalid-pattern"),
        ("meterLocation.comment", "a\u202eb", 400, V + "invalid-pattern"),
        ("meterLocation.streetAddress", "a\nb", 400, V + "invalid-pattern"),
        ("meterLocation.coordinates", {"latitude": 59.4}, 400, V + "missing"),
        ("meterLocation.coordinates.latitude", 1e300, 400, V + "too-big"),
        ("meterLocation.coordinates.latitude", "6515113.24", 400, V + "invalid-pattern"),
        ("electricityCharacteristics.storageCapacity", -1, 400, V + "field-value-cannot-be-negative"),
        ("electricityCharacteristics.storageCapacity", 0.001, 400, V + "too-many-decimals"),
        ("electricityCharacteristics.storageCapacity", [], 400, V + "invalid-pattern"),
        ("electricityCharacteristics.productionSource", None, 400, V + "missing"),
        ("electricityCharacteristics.production", 1, 400, V + "invalid-pattern"),
        ("electricityCharacteristics", [], 400, V + "invalid-pattern"),
        ("electricityCharacteristics", None, 400, V + "missing"),
    ],
)
def test_bad_input_is_refused_with_its_code_and_path_and_nothing_is_saved(
    path: str, value: Any, status: int, code: str
) -> None:
    response = send("POST", changed(ELECTRICITY, path, value))
    assert (response.status_code, codes_of(response)[0]) == (status, code), response.content
    if status == 400:
        assert path in response.json()["cause"]["message"]
    assert not MeteringPoint.objects.exists()
    assert not Unit.objects.exists()


def test_all_faults_of_the_fields_come_at_once() -> None:
    form = changed(ELECTRICITY, "meteringPoint.meteringType", "SMOKE")
    form = changed(form, "meterLocation.postcode", "7" * 51)
    form = changed(form, "electricityCharacteristics.resolution", ...)
    assert codes_of(send("POST", form)) == [
        V + "invalid-enum",
        V + "field-cannot-be-longer-than-x-characters",
        V + "missing",
    ]


def test_a_supplier_registers_no_points() -> None:
    response = send("POST", ELECTRICITY, sender=cast.OPEN_SUPPLIER, role=Role.OPEN_SUPPLIER)
    assert (response.status_code, codes_of(response)) == (403, [B + "sender-type-error"])


def test_a_role_that_is_not_held_is_refused() -> None:
    response = send("POST", ELECTRICITY, role=Role.LINE_OPERATOR)
    assert response.status_code == 403
    assert not MeteringPoint.objects.exists()


def test_a_viewer_saves_nothing() -> None:
    cast.participant(cast.GRID_OPERATOR)
    viewer = technical_user(cast.GRID_OPERATOR, Permission.VIEWER_METERING_POINT, suffix="viewer")
    assert api(viewer).post(METER, {"meterMetadata": ELECTRICITY}).status_code == 403
    assert not MeteringPoint.objects.exists()


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_strangers_point_is_answered_exactly_as_none(method: str) -> None:
    form = ELECTRICITY if method == "POST" else change(meterLocation={"comment": "mine now"})
    answers = []
    for _ in range(2):
        response = send(method, form, sender=cast.SOUTHERN_GRID_OPERATOR)
        cause = response.json()["cause"]
        cause.pop("traceId")
        answers.append((response.status_code, cause))
        if not MeteringPoint.objects.exists():
            register()
    assert answers[0] == answers[1]
    assert answers[0][0] == (422 if method == "POST" else 404)
    assert MeteringPoint.objects.get().location_comment == ELECTRICITY["meterLocation"]["comment"]


@pytest.mark.parametrize(
    ("blocks", "status", "code"),
    [
        ({}, 422, B + "no-change-received"),
        ({"meterLocation": {"county": "Rapla maakond"}}, 422, B + "no-change-received"),
        ({"naturalGasCharacteristics": {"production": False}}, 422, B + "incorrect-characteristics-type"),
        ({"electricityCharacteristics": {"productionSource": "COAL"}}, 400, V + "invalid-enum"),
        ({"electricityCharacteristics": {"storageEnergy": 1.234}}, 400, V + "too-many-decimals"),
        ({"meterLocation": {"adrId": None, "county": None}}, 400, V + "missing"),
    ],
)
def test_a_change_that_may_not_be(blocks: dict[str, Any], status: int, code: str) -> None:
    register()
    response = send("PUT", change(**blocks))
    assert (response.status_code, codes_of(response)[0]) == (status, code), response.content
    assert MeteringPoint.objects.get().version == 1


def test_the_type_cannot_be_updated() -> None:
    register()
    form = {"meteringPoint": {"meterEic": EIC, "meteringPointType": "INTERNAL"}}
    response = send("PUT", form)
    assert (response.status_code, codes_of(response)) == (422, [B + "metering-point-type-cannot-be-updated"])


@pytest.mark.django_db(transaction=True)
def test_of_two_that_post_one_code_at_once_one_stands() -> None:
    cast.participant(cast.GRID_OPERATOR)
    sender = api(cast.GRID_OPERATOR)
    sender.headers()  # takes the token before the race
    barrier = threading.Barrier(4)
    statuses: list[int] = []

    def run() -> None:
        barrier.wait()
        statuses.append(sender.post(METER, {"meterMetadata": ELECTRICITY}).status_code)
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, 409, 409, 409]
    assert MeteringPoint.objects.count() == Unit.objects.count() == 1
