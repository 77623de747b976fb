"""What is wrong is refused with its own code, path and status; nothing of it is saved and nobody is told."""

import json
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.contracts import market as cast
from tests.contracts import readings
from tests.contracts.client import Client
from tests.contracts.documents import final_status, send
from tests.contracts.product import Product

Clients = Callable[..., Client]
MEBIBYTE = 1024 * 1024
INTERVALS = 35_040
POINTS = (cast.HOUSE_OF_MARI, cast.HOUSE_OF_JAAN, cast.BAKERY, cast.EMBASSY)
_B, _V, _T = "opp.error.business.", "opp.error.validation.", "opp.error.technical."


def _year(product: Product) -> list[dict[str, Any]]:
    """Make a message of 35,040 quarter-hours over four points in which all is right."""
    first = product.made_on - timedelta(days=200)
    starts = readings.intervals(first, first + timedelta(days=92))[: INTERVALS // len(POINTS)]
    made = readings.message([r for point in POINTS for r in readings.made(point, starts, seed=9, both=False)])
    assert sum(len(element["periods"][0]["aI"]) for element in made) == INTERVALS
    return made


def _saved(product: Product) -> list[dict[str, Any]]:
    return product.rows(
        "SELECT count(*), md5(string_agg(md5(data), '' ORDER BY point_id, day)) FROM metering_reading_day"
    )


Expected = list[tuple[str, str | None, str]]
Break = Callable[[list[dict[str, Any]]], Expected]


def _at(message: list[dict[str, Any]], number: int) -> tuple[str, dict[str, Any]]:
    """Give the point and the interval that stand at a place counted over the whole message."""
    for element in message:
        found = element["periods"][0]["aI"]
        if number < len(found):
            return element["meterEic"], found[number]
        number -= len(found)
    raise IndexError(number)


# In the first and the last of the 35,040, and in between on both sides of a point's end.
PLACES = (0, 8_759, 8_760, 21_000, INTERVALS - 1)


def _quantity(field: str, value: Any, code: str) -> Break:
    def breaks(message: list[dict[str, Any]]) -> Expected:
        expected: Expected = []
        for place in PLACES:
            point, interval = _at(message, place)
            interval["outQty"][field] = value
            expected.append((point, interval["pS"], code))
        return expected

    return breaks


def _starts(change: Callable[[datetime], str], code: str) -> Break:
    def breaks(message: list[dict[str, Any]]) -> Expected:
        expected: Expected = []
        for place in PLACES:
            point, interval = _at(message, place)
            interval["pS"] = change(datetime.fromisoformat(interval["pS"]) + timedelta(seconds=place // 9_000))
            expected.append((point, interval["pS"], code))
        return expected

    return breaks


def _twice(message: list[dict[str, Any]]) -> Expected:
    point, interval = _at(message, 17)
    _, other = _at(message, 4_000)
    other["pS"] = interval["pS"]
    last_point, last = _at(message, INTERVALS - 1)
    _, before = _at(message, INTERVALS - 2)
    before["pS"] = last["pS"]
    return [(point, interval["pS"], _B + "metering-data-is-duplicated"),
            (last_point, last["pS"], _B + "metering-data-is-duplicated")]  # fmt: skip


def _point(code: str, fault: str) -> Break:
    def breaks(message: list[dict[str, Any]]) -> Expected:
        message[2]["meterEic"] = code
        return [(code, None, fault)]

    return breaks


def _resolution(resolution: str, fault: str) -> Break:
    def breaks(message: list[dict[str, Any]]) -> Expected:
        message[1]["periods"][0]["r"] = resolution
        return [(message[1]["meterEic"], message[1]["periods"][0]["aI"][0]["pS"], fault)]

    return breaks


def _two_resolutions_a_day(message: list[dict[str, Any]]) -> Expected:
    """The first day's last hour becomes one reading of an hour."""
    found = message[0]["periods"][0]["aI"]
    hour = found[92]
    message[0]["periods"][0]["aI"] = found[:92] + found[96:]
    message[0]["periods"].append({"r": "PT1H", "aI": [hour]})
    return [(message[0]["meterEic"], hour["pS"], _B + "wrong-resolution")]


def _far(days: int, code: str) -> Break:
    return _starts(
        lambda start: readings.iso(start.replace(second=0) + timedelta(days=days + start.second // 60)), code
    )


BREAKS: dict[str, Break] = {
    "negative": _quantity("kwh", -0.001, _V + "field-value-cannot-be-negative"),
    "four decimals": _quantity("kwh", 1.2345, _V + "too-many-decimals"),
    "gas in electricity": _quantity("m3", 1, _B + "wrong-measurement-value"),
    "not on the quarter": _starts(
        lambda start: readings.iso(start + timedelta(minutes=7)),
        _B + "timestamp-of-quarterly-resolution-wrong-format",
    ),
    "seconds": _starts(
        lambda start: readings.iso(start + timedelta(seconds=1)),
        _B + "timestamp-of-quarterly-resolution-wrong-format",
    ),
    "fractions": _starts(
        lambda start: (start.replace(second=0) + timedelta(microseconds=1000)).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        _B + "timestamp-of-quarterly-resolution-wrong-format",
    ),
    "too far ahead": _far(300, _B + "period-start-too-far-in-future"),
    "too far back": _far(-300, _B + "period-start-too-far-in-past"),
    "twice": _twice,
    "a stranger's point": _point(cast.HOUSE_OF_KADRI, _B + "market-participant-mismatch-error"),
    "no point": _point("38ZGO-10000018-5", _B + "market-participant-mismatch-error"),
    "a gas point": _point(cast.BAKERY_GAS, _B + "commodity-type-mismatch-error"),
    "a resolution of gas": _resolution("P1D", _B + "wrong-resolution"),
    "two resolutions a day": _two_resolutions_a_day,
}


def _faults(status: dict[str, Any]) -> list[tuple[str, str | None, str]]:
    return [(fault["meterEic"], fault.get("pS"), fault["code"]) for fault in status["errors"]]


@pytest.mark.parametrize("rule", BREAKS)
def test_each_broken_rule_of_readings_is_named_where_it_is_broken(product: Product, client: Clients, rule: str) -> None:
    grid = client(cast.NORTH_GRID, "GRID_OPERATOR")
    message = _year(product)
    expected = BREAKS[rule](message)
    saved, told = _saved(product), product.last_id()
    status = final_status(grid, send(grid, message))
    assert status["status"] == "ERROR"
    found = _faults(status)
    # P1D also puts each quarter-hour where no gas day starts: of that rule's faults only its own are looked for.
    found = [fault for fault in found if "timestamp" not in fault[2] or rule != "a resolution of gas"]
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert all(fault["message"] for fault in status["errors"])
    product.settle()
    assert (_saved(product), product.last_id()) == (saved, told)


def test_all_faults_of_a_message_stand_in_its_status(product: Product, client: Clients) -> None:
    """Every one of 35,040 intervals is wrong, some twice: none is left out, nothing is saved of any."""
    grid = client(cast.NORTH_GRID, "GRID_OPERATOR")
    message = _year(product)
    for element in message:
        for interval in element["periods"][0]["aI"]:
            interval["outQty"]["kwh"] = -1
    twice = _quantity("m3", 2, _B + "wrong-measurement-value")(message)
    saved, told = _saved(product), product.last_id()
    status = final_status(grid, send(grid, message))
    assert status["status"] == "ERROR"
    found = _faults(status)
    negative = [fault for fault in found if fault[2] == _V + "field-value-cannot-be-negative"]
    assert len(set(negative)) == len(negative) == INTERVALS
    assert sorted(set(found) - set(negative), key=str) == sorted(twice, key=str)
    product.settle()
    assert (_saved(product), product.last_id()) == (saved, told)


def test_a_gas_day_starts_at_seven(product: Product, client: Clients) -> None:
    grid = client(cast.NORTH_GRID, "GRID_OPERATOR", "NATURAL_GAS")
    midnight = readings.iso(cast.local_midnight(product.made_on - timedelta(days=60)))
    interval = {"pS": midnight, "outQty": {"rType": "M", "kwh": 10.5, "m3": 1}}
    message = [{"meterEic": cast.BAKERY_GAS, "periods": [{"r": "P1D", "aI": [interval]}]}]
    status = final_status(grid, send(grid, message))
    assert _faults(status) == [(cast.BAKERY_GAS, midnight, _B + "timestamp-of-daily-resolution-wrong-format")]


def test_another_resolution_must_cover_what_is_stored_of_the_day(product: Product, client: Clients) -> None:
    grid = client(cast.NORTH_GRID, "GRID_OPERATOR")
    day = product.made_on - timedelta(days=120)
    quarters = readings.made(cast.EMBASSY, readings.intervals(day, day), seed=4)
    hours = readings.made(cast.EMBASSY, readings.intervals(day, day, "PT1H"), seed=5)
    assert final_status(grid, send(grid, readings.message(quarters)))["status"] == "SUCCESSFUL"
    refused = final_status(grid, send(grid, readings.message(hours[:-2], "PT1H")))
    assert {fault["code"] for fault in refused["errors"]} == {_B + "wrong-resolution"}
    assert final_status(grid, send(grid, readings.message(hours, "PT1H")))["status"] == "SUCCESSFUL"


# --- at the door ------------------------------------------------------------------------------------------------------


def _small(product: Product) -> dict[str, Any]:
    day = product.made_on - timedelta(days=100)
    return {"meterData": readings.message(readings.made(cast.EMBASSY, readings.intervals(day, day)[:4]))}


def _check_error(
    answer: httpx.Response, status: int, code: str, path: str | None = None, *, others: int | None = None
) -> dict[str, Any]:
    assert answer.status_code == status, answer.text[:500]
    body = answer.json()
    assert set(body) == {"id", "cause"}
    uuid.UUID(body["id"])
    cause = body["cause"]
    assert cause["code"] == code, cause
    assert re.fullmatch(r"[0-9a-f]{32}", cause["traceId"])
    if path is not None:
        assert cause["args"][0] == path
        assert path in cause["message"]
    if others is not None:
        assert len(cause.get("others", [])) == others
    uuid.UUID(answer.headers["x-document-identification"])
    return dict(cause)


def _changed(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(body: dict[str, Any]) -> None:
        target: Any = body
        *way, last = [int(step) if step.isdigit() else step for step in re.findall(r"\w+", path)]
        for step in way:
            target = target[step]
        if value is None:
            del target[last]
        else:
            target[last] = value

    return change


_FIRST = "meterData[0].periods[0].aI[0]"
_CONTEXT = "marketParticipantContext"
SHAPES: list[tuple[str, Any, int, str]] = [
    (f"{_FIRST}.pS", "2026-05-01T00:00:00", 400, _V + "invalid-pattern"),
    (f"{_FIRST}.pS", "yesterday", 400, _V + "invalid-pattern"),
    (f"{_FIRST}.pS", None, 400, _V + "missing"),
    (f"{_FIRST}.inQty.rTime", "2026-05-01T00:00:00", 400, _V + "invalid-pattern"),
    (f"{_FIRST}.inQty.rType", "X", 400, _V + "invalid-enum"),
    (f"{_FIRST}.inQty.kwh", "1.5", 400, _V + "invalid-pattern"),
    (f"{_FIRST}.inQty.wh", 1, 400, _V + "missing-field"),
    ("meterData[0].periods[0].r", "PT5M", 400, _V + "invalid-enum"),
    ("meterData[0].owner", "x", 400, _V + "missing-field"),
    ("meterData", [], 400, _V + "list-can-not-be-empty"),
    ("meterdata", [], 400, _V + "missing-field"),
    (_CONTEXT, None, 400, _V + "missing"),
    (f"{_CONTEXT}.commodityType", "WATER", 400, _V + "invalid-enum"),
    (f"{_CONTEXT}.marketParticipantIdentification", "38X-EIN-GO-----1", 400, _B + "eic-syntax-error"),
    (f"{_CONTEXT}.marketParticipantIdentification", cast.SOUTH_GRID, 403,
     _T + "unprocessable-market-participant-context"),
    (f"{_CONTEXT}.marketParticipantRole", "OPEN_SUPPLIER", 403, _T + "unprocessable-market-participant-context"),
    (f"{_CONTEXT}.purpose", "x" * 51, 400, _V + "field-cannot-be-longer-than-x-characters"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "status", "code"), SHAPES)
def test_a_wrong_shape_is_refused_at_the_door(
    product: Product, client: Clients, path: str, value: Any, status: int, code: str
) -> None:
    grid = client(cast.NORTH_GRID, "GRID_OPERATOR")
    body: dict[str, Any] = {_CONTEXT: grid.context, **_small(product)}
    _changed(path, value)(body)
    (documents,) = product.rows("SELECT count(*) FROM metering_document")
    _check_error(grid.send("POST", "/meter-data", json.dumps(body).encode()), status, code, path)
    assert product.rows("SELECT count(*) FROM metering_document") == [documents]


def test_all_faults_of_a_shape_are_found_in_one_pass(product: Product, client: Clients) -> None:
    search = client(cast.NORTH_GRID, "GRID_OPERATOR").post(
        "/meter-data/search", meterEic="38ZGO-10000003-X", periodStart="2026-05-01T00:00", periodFinish="x"
    )
    cause = _check_error(search, 400, _B + "eic-syntax-error", "meterEic")
    found = {(fault["args"][0], fault["code"]) for fault in cause["others"]}
    assert found == {
        ("periodStart", _V + "invalid-pattern"),
        ("periodEnd", _V + "missing"),
        ("periodFinish", _V + "missing-field"),
    }


def test_what_cannot_be_a_message_is_refused(product: Product, client: Clients) -> None:
    grid = client(cast.NORTH_GRID, "GRID_OPERATOR")
    whole = grid.body(_small(product))
    _check_error(grid.send("POST", "/meter-data", whole[:-1]), 400, _V + "unparseable-object")
    _check_error(grid.send("POST", "/meter-data", b"\xff" + whole), 400, _V + "unparseable-object")
    _check_error(grid.send("POST", "/meter-data", b""), 400, _V + "unparseable-object")
    _check_error(grid.send("POST", "/meter/search", b"{" * 5_000), 400, _V + "unparseable-object")
    _check_error(grid.send("POST", "/meter-data", whole + b" " * (33 * MEBIBYTE)), 413, _T + "body-too-large")
    _check_error(grid.send("POST", "/meter/search", whole + b" " * (17 * MEBIBYTE)), 413, _T + "body-too-large")
    _check_error(grid.send("POST", "/nothing/here", whole), 404, _T + "not-found.resource")
    _check_error(grid.http.get("/api/"), 404, _T + "not-found.resource")
    _check_error(grid.send("DELETE", "/meter-data", whole), 405, _T + "method-not-allowed")


@pytest.mark.parametrize(
    ("change", "status", "code", "first"),
    [
        ({"Authorization": ""}, 401, _T + "jwt-format", None),
        ({"Authorization": "Basic eDp5"}, 401, _T + "jwt-format", None),
        ({"Authorization": "Bearer x.y"}, 401, _T + "jwt-format", None),
        ({"x-document-identification": ""}, 400, _T + "not-found.header", "x-document-identification"),
        ({"x-document-identification": "17"}, 400, _T + "not-found.header", "x-document-identification"),
        ({"x-document-date-time": ""}, 400, _T + "not-found.header", "x-document-date-time"),
        ({"x-document-date-time": "2026-05-01T00:00:00"}, 400, _T + "not-found.header", "x-document-date-time"),
        ({"Content-Type": "text/plain"}, 415, _T + "unsupported-media-type", None),
        ({"Content-Encoding": "gzip"}, 415, _T + "unsupported-media-type", None),
    ],
)
def test_headers_must_be_right(
    product: Product, client: Clients, change: dict[str, str], status: int, code: str, first: str | None
) -> None:
    grid = client(cast.NORTH_GRID, "GRID_OPERATOR")
    headers = {**grid.headers(), **change}
    headers = {name: value for name, value in headers.items() if value}
    answer = grid.http.post("/api/v1/meter-data", content=grid.body(_small(product)), headers=headers)
    cause = _check_error(answer, status, code)
    if first:
        assert cause["args"][0] == first
    if "x-document-identification" not in change:
        assert answer.headers["x-original-document-identification"] == headers["x-document-identification"]


def test_a_strangers_token_is_refused(product: Product, client: Clients) -> None:
    """Signed by somebody else, or changed on the way: neither is ours."""
    from joserfc import jwt
    from joserfc.jwk import RSAKey

    grid = client(cast.NORTH_GRID, "GRID_OPERATOR")
    head, payload, signature = grid.token().split(".")
    claims = {
        "iss": f"{product.url}/realms/estfeed",
        "client_id": grid.client_id,
        "aud": "datahub",
        "iat": int(datetime.now(UTC).timestamp()),
        "exp": int(datetime.now(UTC).timestamp()) + 300,
    }
    forged = jwt.encode({"alg": "RS256"}, claims, RSAKey.generate_key(2048))
    other = client(cast.STRANGER, "OPEN_SUPPLIER").token().split(".")[1]
    for token in (forged, f"{head}.{other}.{signature}", f"{head}.{payload}.{signature[:-8]}AAAAAAAA"):
        headers = {**grid.headers(), "Authorization": f"Bearer {token}"}
        answer = grid.http.post("/api/v1/meter-data", content=grid.body(_small(product)), headers=headers)
        _check_error(answer, 401, _T + "authentication")
