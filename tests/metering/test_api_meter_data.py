"""`POST /meter-data`: what the door takes and refuses. Source: `2-wire.md`; `1-market.md`, "Readings"."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings

from datahub.market import DocumentStatus, Permission, Role
from datahub.metering.models import DocumentBody, MeterDataDocument
from datahub.metering.readings import decoding, documents
from datahub.metering.services import documents as services
from tests import cast
from tests.api import Api, api
from tests.metering import messages, points

pytestmark = pytest.mark.django_db
PATH = "/api/v1/meter-data"
EIC = points.code("38ZGO-1", 1)
DAY = (datetime.now(UTC) - timedelta(days=2)).date()


@pytest.fixture
def operator() -> Api:
    cast.participant(cast.GRID_OPERATOR)
    return api(cast.GRID_OPERATOR)


def refusal(response: Any) -> tuple[int, str, str]:
    cause = response.json()["cause"]
    return response.status_code, cause["code"].rpartition(".")[2], cause["args"][0] if cause["args"] else ""


def test_a_message_is_accepted_and_then_stored(operator: Api) -> None:
    point, identification = points.register(), uuid4()
    sent = messages.whole_day(point.eic, DAY)
    response = operator.post(PATH, {"meterData": [sent]}, identification=identification)
    assert response.status_code == 202, response.content
    assert response.json() == {"originalDocumentIdentification": str(identification)}
    document = MeterDataDocument.objects.get(identification=identification)
    assert document.status == DocumentStatus.PROCESSING
    assert json.loads(documents.load_body(document.pk, document.received_at))["meterData"] == [sent]
    assert services.work_next_document(now=datetime.now(UTC))
    document.refresh_from_db()
    assert (document.status, document.faults) == (DocumentStatus.SUCCESSFUL, [])
    slots = len(messages.interval_starts(DAY))
    assert [amount for amount, _, _ in messages.stored(point, DAY)["OUT"].values()] == list(range(slots))


def test_a_repeat_is_answered_as_the_first_and_saved_once(operator: Api) -> None:
    identification, sent = uuid4(), {"meterData": [messages.whole_day(EIC, DAY)]}
    first = operator.post(PATH, sent, identification=identification)
    again = operator.post(PATH, sent, identification=identification)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again["x-document-replayed"] == "true"
    assert MeterDataDocument.objects.count() == DocumentBody.objects.count() == 1


def test_a_supplier_sends_no_readings() -> None:
    cast.participant(cast.OPEN_SUPPLIER)
    response = api(cast.OPEN_SUPPLIER).post(
        PATH, {"meterData": [messages.whole_day(EIC, DAY)]}, role=Role.OPEN_SUPPLIER
    )
    assert refusal(response)[:2] == (403, "sender-type-error")
    assert not MeterDataDocument.objects.exists()


def test_a_viewer_sends_no_readings() -> None:
    cast.participant(cast.GRID_OPERATOR)
    viewer = api(cast.GRID_OPERATOR, Permission.VIEWER_METERING_DATA)
    assert viewer.post(PATH, {"meterData": [messages.whole_day(EIC, DAY)]}).status_code == 403


def test_a_full_queue_asks_to_come_back(operator: Api, settings: LazySettings) -> None:
    settings.DOCUMENT_QUEUE_MAX_COUNT = 1
    sent = {"meterData": [messages.whole_day(EIC, DAY)]}
    assert operator.post(PATH, sent).status_code == 202
    response = operator.post(PATH, sent)
    assert (response.status_code, response["Retry-After"]) == (503, "300")


def interval(data: Any) -> Any:
    return data["meterData"][3]["periods"][0]["aI"][17]


AT = "meterData[3].periods[0].aI[17]"
WRONG: dict[str, tuple[Callable[[Any], Any], str, str]] = {
    "an unknown field of the message": (lambda d: d.update(x=1), "missing-field", "x"),
    "an unknown field of a point": (lambda d: d["meterData"][3].update(x=1), "missing-field", "meterData[3].x"),
    "an unknown field of an interval": (lambda d: interval(d).update(pE="2026"), "missing-field", f"{AT}.pE"),
    "an unknown field of a quantity": (
        lambda d: interval(d)["inQty"].update(mwh=1), "missing-field", f"{AT}.inQty.mwh"),
    "no points": (lambda d: d.update(meterData=[]), "list-can-not-be-empty", "meterData"),
    "no meterData": (lambda d: d.pop("meterData"), "missing", "meterData"),
    "no periods": (lambda d: d["meterData"][3].update(periods=[]), "list-can-not-be-empty", "meterData[3].periods"),
    "no intervals": (lambda d: d["meterData"][3]["periods"][0].update(aI=[]), "list-can-not-be-empty", AT[:-4]),
    "no code": (lambda d: d["meterData"][3].pop("meterEic"), "missing", "meterData[3].meterEic"),
    "a naive time": (lambda d: interval(d).update(pS="2026-05-03T10:00:00"), "invalid-pattern", f"{AT}.pS"),
    "a naive reading time": (
        lambda d: interval(d)["outQty"].update(rTime="2026-05-03T10:00"), "invalid-pattern", f"{AT}.outQty.rTime"),
    "a start with too many decimals": (
        lambda d: interval(d).update(pS="2026-05-03T07:00:00.0000000001Z"), "invalid-pattern", f"{AT}.pS"),
    "a reading time with too many decimals": (
        lambda d: interval(d)["inQty"].update(rTime="2026-05-04T03:00:00.1234567890Z"), "invalid-pattern",
        f"{AT}.inQty.rTime"),
    "no time": (lambda d: interval(d).update(pS="tomorrow"), "invalid-pattern", f"{AT}.pS"),
    "a time as a number": (lambda d: interval(d).update(pS=1777777777), "invalid-pattern", f"{AT}.pS"),
    "no start": (lambda d: interval(d).pop("pS"), "missing", f"{AT}.pS"),
    "no direction": (
        lambda d: (interval(d).pop("inQty"), interval(d).pop("outQty")), "missing", f"{AT}.inQty or {AT}.outQty"),
    "no kwh": (lambda d: interval(d)["inQty"].pop("kwh"), "missing", f"{AT}.inQty.kwh"),
    "null kwh": (lambda d: interval(d)["inQty"].update(kwh=None), "missing", f"{AT}.inQty.kwh"),
    "kwh as text": (lambda d: interval(d)["inQty"].update(kwh="1.5"), "invalid-pattern", f"{AT}.inQty.kwh"),
    "kwh as truth": (lambda d: interval(d)["inQty"].update(kwh=True), "invalid-pattern", f"{AT}.inQty.kwh"),
    "m3 as text": (lambda d: interval(d)["inQty"].update(m3="1"), "invalid-pattern", f"{AT}.inQty.m3"),
    "no type": (lambda d: interval(d)["inQty"].pop("rType"), "missing", f"{AT}.inQty.rType"),
    "an unknown type": (lambda d: interval(d)["inQty"].update(rType="X"), "invalid-enum", f"{AT}.inQty.rType"),
    "an unknown resolution": (
        lambda d: d["meterData"][3]["periods"][0].update(r="PT30M"), "invalid-enum", "meterData[3].periods[0].r"),
    "a wrong check character": (
        lambda d: d["meterData"][3].update(meterEic="38ZGO-10000003-P"), "eic-syntax-error", "meterData[3].meterEic"),
    "a party's code": (
        lambda d: d["meterData"][3].update(meterEic=cast.GRID_OPERATOR), "eic-syntax-error", "meterData[3].meterEic"),
    "a short code": (lambda d: d["meterData"][3].update(meterEic="38Z"), "eic-syntax-error", "meterData[3].meterEic"),
    "intervals as an object": (
        lambda d: d["meterData"][3]["periods"][0].update(aI={}), "invalid-pattern", "meterData[3].periods[0].aI"),
    "a point as a list": (lambda d: d["meterData"].__setitem__(3, []), "invalid-pattern", "meterData[3]"),
}  # fmt: skip
RIGHT = {"meterData": [messages.whole_day(EIC, DAY - timedelta(days=number)) for number in range(4)]}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_shape_is_refused_with_code_and_path(name: str, operator: Api) -> None:
    change, code, path = WRONG[name]
    data = deepcopy(RIGHT)
    change(data)
    assert refusal(operator.post(PATH, data)) == (400, code, path)
    assert not MeterDataDocument.objects.exists()


def test_all_that_is_wrong_is_named_at_once(operator: Api) -> None:
    data = deepcopy(RIGHT)
    interval(data)["inQty"].update(kwh="1", rType="X")
    data["meterData"][3]["meterEic"] = "38Z"
    cause = operator.post(PATH, data).json()["cause"]
    assert [cause["args"][0], *[other["args"][0] for other in cause["others"]]] == [
        "meterData[3].meterEic", f"{AT}.inQty.rType", f"{AT}.inQty.kwh",
    ]  # fmt: skip


def many(count: int) -> dict[str, Any]:
    quarter = {"outQty": {"rType": "M", "kwh": 1}}
    start = messages.day_start(DAY)
    intervals = [{"pS": messages.stamp(start - timedelta(minutes=15 * number)), **quarter} for number in range(count)]
    return {"meterData": [{"meterEic": EIC, "periods": [{"r": "PT15M", "aI": intervals}]}]}


def test_a_message_holds_36500_intervals_and_no_more(operator: Api) -> None:
    assert operator.post(PATH, many(36_500)).status_code == 202
    assert refusal(operator.post(PATH, many(36_501))) == (400, "too-many-entries", "meterData")
    assert refusal(operator.post(PATH, many(190_000))) == (400, "too-many-entries", "meterData")


BODY = (
    f'{{"marketParticipantContext":{{"marketParticipantIdentification":"{cast.GRID_OPERATOR}",'
    '"marketParticipantRole":"GRID_OPERATOR","commodityType":"ELECTRICITY"},'
    f'"meterData":[{{"meterEic":"{EIC}","periods":[{{"r":"PT15M","aI":['
    f'{{"pS":"{DAY}T10:00:00Z","outQty":{{"rType":"M","kwh":%s}}}}]}}]}}]}}'
)


def send_bytes(operator: Api, body: bytes) -> Any:
    return operator.send_bytes("POST", PATH, body, headers=operator.headers())


@pytest.mark.parametrize(
    ("kwh", "code"),
    [
        ("NaN", "unparseable-object"),
        ("Infinity", "unparseable-object"),
        ("-Infinity", "unparseable-object"),
        ("1e999", "too-big"),
        ("9" * 5000, "too-big"),
        ("1" + "0" * 400, "too-big"),
        ("01", "unparseable-object"),
        ("+1", "unparseable-object"),
        (".5", "unparseable-object"),
        ("0x10", "unparseable-object"),
        ('1,"kwh":2', "unparseable-object"),
        ('1,"kw\\u0068":2', "unparseable-object"),
        ("[" * 100_000 + "]" * 100_000, "unparseable-object"),
        ('"\ud800"', "unparseable-object"),
        ('"\\ud800"', "invalid-pattern"),
    ],
)
def test_hostile_numbers_are_refused(kwh: str, code: str, operator: Api) -> None:
    response = send_bytes(operator, (BODY % kwh).encode("utf-8", "surrogatepass"))
    assert (response.status_code, response.json()["cause"]["code"].rpartition(".")[2]) == (400, code)


@pytest.mark.parametrize("kwh", ["-0.0", "1E3", "1.5e-1", "0.100", "1e308", "-1", "12345678901234567890"])
def test_numbers_that_are_numbers_pass_the_door(kwh: str, operator: Api) -> None:
    assert send_bytes(operator, (BODY % kwh).encode()).status_code == 202


def test_escaped_names_and_other_layouts_pass_the_door(operator: Api) -> None:
    body = BODY % "1"
    for text in (body.replace('"kwh"', '"kw\\u0068"'), body.replace(",", " ,\n\t"), body.replace('"M"', '"\\u004d"')):
        assert send_bytes(operator, text.encode()).status_code == 202, text


@pytest.mark.parametrize("body", [b"null", b"[]", b"{", b'"x"', b"\xff\xfe", b"{}" * 2, b"[" * 1_000_000])
def test_what_is_no_message_is_refused(body: bytes, operator: Api) -> None:
    assert send_bytes(operator, body).status_code == 400


def test_a_name_twice_anywhere_is_refused(operator: Api) -> None:
    """The readers of a body would not agree on which of the two counts."""
    body = BODY % "1"
    for name in ("meterData", "meterEic", "periods", "r", "aI", "pS", "outQty", "rType"):
        text = body.replace(f'"{name}":', f'"{name}":null,"{name}":', 1)
        response = send_bytes(operator, text.encode())
        assert response.json()["cause"]["code"].endswith("unparseable-object"), name


def test_33_mebibytes_are_too_many(operator: Api) -> None:
    assert send_bytes(operator, (BODY % "1").encode() + b" " * (33 * 1024 * 1024)).status_code == 413


def test_the_fast_and_the_thorough_check_agree_on_what_is_right() -> None:
    body = json.dumps(RIGHT).encode()
    assert decoding.shape.faults_of(body, max_intervals=decoding.MAX_INTERVALS) == []
    assert decoding.check_shape(body) is None
    assert len(decoding.read(body).columns.eics) == 4
