"""The same document sent many times at once is saved once."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.contracts import forms, readings
from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.product import Product, wait_until

Clients = Callable[..., Client]
TIMES = 10


def _tomorrow(product: Product) -> Any:
    return cast.local_midnight(product.made_on + timedelta(days=1))


def _meter(product: Product) -> tuple[str, str, dict[str, Any], str]:
    code = forms.point_code(7_000)
    return "POST", "/meter", {"meterMetadata": forms.point(code, "once")}, (
        f"SELECT count(*) FROM metering_point WHERE eic = '{code}'"  # noqa: S608 - our own code
    )  # fmt: skip


def _agreement(product: Product) -> tuple[str, str, dict[str, Any], str]:
    agreement = forms.agreement(
        "GRID", cast.NORTH_GRID, cast.JAAN, _tomorrow(product), code=forms.point_code(7_000), own_id="ten times"
    )
    return "POST", "/agreement", {"agreement": agreement}, (
        "SELECT count(*) FROM agreements_agreement WHERE agreement_id = 'ten times'"
    )  # fmt: skip


def _meter_data(product: Product) -> tuple[str, str, dict[str, Any], str]:
    day = product.made_on - timedelta(days=70)
    sent = readings.made(cast.EMBASSY, readings.intervals(day, day), seed=21)
    return "POST", "/meter-data", {"meterData": readings.message(sent)}, (
        "SELECT count(*) FROM metering_document WHERE identification = '{identification}'"
    )  # fmt: skip


@pytest.mark.parametrize("made", [_meter, _agreement, _meter_data])
def test_the_same_document_ten_times_at_once_is_saved_once(
    product: Product, client: Clients, made: Callable[[Product], tuple[str, str, dict[str, Any], str]]
) -> None:
    method, path, fields, counted = made(product)
    identification = uuid.uuid4()
    clients = [client(cast.NORTH_GRID, "GRID_OPERATOR") for _ in range(TIMES)]
    clients[0].token()
    body = clients[0].body(fields)
    answers: list[httpx.Response] = []
    together = threading.Barrier(TIMES)

    def send(one: Client) -> None:
        together.wait()
        answers.append(one.send(method, path, body, identification=identification))

    threads = [threading.Thread(target=send, args=[one]) for one in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == TIMES
    successes = [answer for answer in answers if answer.status_code < 300]
    assert sum("x-document-replayed" not in answer.headers for answer in successes) == 1
    first = next(answer for answer in successes if "x-document-replayed" not in answer.headers)
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["cause"]["code"] == "opp.error.technical.document-at-work"
            assert int(answer.headers["retry-after"]) >= 1
        else:
            assert _said(answer) == _said(first)
    again = clients[0].send(method, path, body, identification=identification)
    assert again.headers["x-document-replayed"] == "true"
    assert _said(again) == _said(first)
    assert product.rows(counted.format(identification=identification)) == [{"count": 1}]


def _said(answer: httpx.Response) -> tuple[int, bytes, str]:
    return answer.status_code, answer.content, answer.headers["x-document-identification"]


def test_an_identification_serves_one_message_of_one_participant(product: Product, client: Clients) -> None:
    """Used for another body or service it is refused; another participant's is its own; an error frees it."""
    grid, other = client(cast.NORTH_GRID, "GRID_OPERATOR"), client(cast.SOUTH_GRID, "GRID_OPERATOR")
    identification = uuid.uuid4()
    code = forms.point_code(7_001)
    wrong = forms.point(code, "wrong")
    wrong["electricityCharacteristics"]["production"] = True
    refused = grid.post("/meter", identification=identification, meterMetadata=wrong)
    assert refused.status_code in {400, 422}, refused.text
    saved = grid.post("/meter", identification=identification, meterMetadata=forms.point(code, "right"))
    assert saved.status_code == 201, saved.text
    for answer in (
        grid.post("/meter", identification=identification, meterMetadata=forms.point(code, "changed")),
        grid.put("/meter", identification=identification, meterMetadata=forms.point(code, "right")),
    ):
        assert answer.status_code == 409, answer.text
        assert answer.json()["cause"]["code"] == "opp.error.technical.document-identification-used"
        assert "retry-after" not in answer.headers
    strange = other.post(
        "/meter",
        identification=identification,
        meterMetadata=forms.point(forms.point_code(7_002, prefix="38ZGO-2"), "theirs"),
    )
    assert strange.status_code == 201, strange.text


def test_a_document_of_readings_that_is_sent_again_is_told_once(product: Product, client: Clients) -> None:
    grid = client(cast.NORTH_GRID, "GRID_OPERATOR")
    supplier = client(cast.SUN, "OPEN_SUPPLIER")
    day = product.made_on - timedelta(days=71)
    body = grid.body({"meterData": readings.message(readings.made(cast.EMBASSY, readings.intervals(day, day)))})
    identification, before = uuid.uuid4(), product.last_id()
    first = grid.send("POST", "/meter-data", body, identification=identification)
    wait_until(lambda: product.last_id() > before, seconds=20, what="the readings told")
    again = grid.send("POST", "/meter-data", body, identification=identification)
    assert _said(again) == _said(first)
    product.settle()
    assert len(supplier.scan("METERING_DATA", after=before)) == 1
