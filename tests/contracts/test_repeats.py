"""The same document sent many times at once is saved once, at every service that saves."""

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import httpx
import pytest

from tests.contracts import connections, enquiries, forms, readings
from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.product import Product, wait_until
from tests.contracts.saving import save
from tests.contracts.test_permissions import MATRIX
from tests.contracts.writers.customers import person

Clients = Callable[..., Client]
TIMES = 10
_codes = (forms.point_code(number) for number in count(870_000))
# What one save leaves behind, counted: units of a point, steps of an exchange, parties of an identity, documents.
_UNITS = (
    "SELECT count(*) FROM (SELECT lanes FROM outbox_unit UNION ALL SELECT lanes FROM outbox_processed_unit) u"
    " WHERE lanes @> ARRAY[%s]::varchar[]"
)
_ENQUIRY_STEPS = "SELECT count(*) FROM enquiries_step WHERE enquiry_id = %s"
_ENQUIRIES = "SELECT count(*) FROM enquiries WHERE request_comment = %s"
_CONNECTION_STEPS = "SELECT count(*) FROM connections_step WHERE request_id = %s"
_CONNECTIONS = "SELECT count(*) FROM connections WHERE meter_eic = %s"
_CUSTOMERS = "SELECT count(*) FROM parties_identity WHERE value = %s"
_DOCUMENTS = "SELECT count(*) FROM metering_document WHERE identification = %s::uuid"


@dataclass(frozen=True)
class Case:
    """A message that is to be saved once; `counted` counts, with `value`, what one save leaves behind."""

    participant: str
    path: str
    fields: dict[str, Any]
    counted: str
    value: str
    role: str = "GRID_OPERATOR"


class Prepared:
    """What must stand before a message can be saved; each case prepares what it needs anew."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.grid = Client.of(product.url, cast.NORTH_GRID, "GRID_OPERATOR")
        self.supplier = Client.of(product.url, cast.SUN, "OPEN_SUPPLIER")
        self.today = product.made_on
        self.later = self.today + timedelta(days=7)

    def point(self) -> str:
        """Register a point."""
        code = next(_codes)
        save(self.grid, "POST", "/meter", meterMetadata=forms.point(code, "once"))
        return code

    def agreement(self, code: str, own_id: str = "once") -> dict[str, Any]:
        """Describe a grid agreement at a point."""
        start = cast.local_midnight(self.today)
        return forms.agreement("GRID", cast.NORTH_GRID, cast.JAAN, start, code=code, own_id=own_id)

    def granted(self) -> str:
        """Register a point with a grid agreement and a supply from today on."""
        code = self.point()
        save(self.grid, "POST", "/agreement", agreement=self.agreement(code))
        start = cast.local_midnight(self.today)
        supply = forms.agreement("SUPPLY", cast.SUN, cast.JAAN, start, code=code)
        save(self.supplier, "POST", "/agreement", agreement=supply)
        return code

    def enquiry(self) -> str:
        """Send an enquiry; give its id."""
        asked = save(self.supplier, "POST", "/direct-messages", directMessageRequest=enquiries.request("once"))
        return str(asked.json())

    def answered_enquiry(self) -> tuple[str, str]:
        """Send an enquiry and answer it; give both ids."""
        enquiry = self.enquiry()
        response = {"messageRequestId": enquiry, "directMessageResponse": {"requestStatus": "OPEN"}}
        return enquiry, str(save(self.grid, "POST", "/direct-messages/response", **response).json())

    def connection(self) -> str:
        """Ask for a disconnection; give the request's id."""
        asked = connections.request(self.granted(), cast.JAAN, self.later)
        return str(save(self.supplier, "POST", "/connection-state", connectionStateRequest=asked).json())

    def planned(self) -> tuple[str, str]:
        """Ask for a disconnection and plan it; give both ids."""
        request = self.connection()
        plan = {"connectionStateRequestId": request, "connectionStateResponse": connections.plan(self.later)}
        return request, str(save(self.grid, "POST", "/connection-state/response", **plan).json())


def _new_point(at: Prepared) -> Case:
    code = next(_codes)
    return Case(cast.NORTH_GRID, "/meter", {"meterMetadata": forms.point(code, "once")}, _UNITS, code)


def _changed_point(at: Prepared) -> Case:
    code = at.point()
    return Case(cast.NORTH_GRID, "/meter", {"meterMetadata": forms.comment_change(code, "again")}, _UNITS, code)


def _new_agreement(at: Prepared) -> Case:
    code = at.point()
    return Case(cast.NORTH_GRID, "/agreement", {"agreement": at.agreement(code)}, _UNITS, code)


def _changed_agreement(at: Prepared) -> Case:
    code = at.granted()
    return Case(cast.NORTH_GRID, "/agreement", {"agreementChange": at.agreement(code, "again")}, _UNITS, code)


def _deleted_agreement(at: Prepared) -> Case:
    code = at.point()
    agreement = {**at.agreement(code), "validFrom": readings.iso(cast.local_midnight(at.later))}
    save(at.grid, "POST", "/agreement", agreement=agreement)
    reference = {name: agreement[name] for name in agreement.keys() - {"preliminaryTerminationFee", "agreementId"}}
    return Case(cast.NORTH_GRID, "/agreement/delete", {"agreement": reference}, _UNITS, code)


def _new_customer(at: Prepared) -> Case:
    customer = person(8_700_000 + at.today.toordinal() % 1_000)
    code = customer["customerIdentities"][0]["identityValue"]
    return Case(cast.NORTH_GRID, "/customer", {"customer": customer}, _CUSTOMERS, code)


def _changed_customer(at: Prepared) -> Case:
    mari = cast.CAST["customers"][0]["eic"]
    phone = f"+372{uuid.uuid4().int % 10**8:08d}"
    return Case(cast.NORTH_GRID, "/customer", {"customer": forms.customer_change(mari, phone)}, _UNITS, mari)


def _readings(at: Prepared) -> Case:
    day = at.today - timedelta(days=70)
    sent = readings.message(readings.made(cast.EMBASSY, readings.intervals(day, day), seed=21))
    return Case(cast.NORTH_GRID, "/meter-data", {"meterData": sent}, _DOCUMENTS, "{identification}")


def _bill(at: Prepared) -> Case:
    bill = forms.network_bill(cast.EMBASSY, cast.local_midnight(at.today - timedelta(days=71)))
    return Case(cast.NORTH_GRID, "/network-bill", {"networkBillTimeSeries": bill}, _UNITS, cast.EMBASSY)


def _new_enquiry(at: Prepared) -> Case:
    comment = str(uuid.uuid4())
    fields = {"directMessageRequest": enquiries.request(comment)}
    return Case(cast.SUN, "/direct-messages", fields, _ENQUIRIES, comment, "OPEN_SUPPLIER")


def _changed_enquiry(at: Prepared, *, in_path: bool = False) -> Case:
    number = at.enquiry()
    change = {"directMessageRequestChange": {"requestComment": "again"}}
    path, fields = (f"/{number}", change) if in_path else ("", {**change, "messageRequestId": number})
    return Case(cast.SUN, f"/direct-messages{path}", fields, _ENQUIRY_STEPS, number, "OPEN_SUPPLIER")


def _answered_enquiry(at: Prepared, *, in_path: bool = False) -> Case:
    number = at.enquiry()
    answer = {"directMessageResponse": {"requestStatus": "OPEN", "responseComment": "once"}}
    path, fields = (f"/{number}", answer) if in_path else ("", {**answer, "messageRequestId": number})
    return Case(cast.NORTH_GRID, f"/direct-messages{path}/response", fields, _ENQUIRY_STEPS, number)


def _changed_answer(at: Prepared, *, in_path: bool = False) -> Case:
    number, response = at.answered_enquiry()
    change = {"directMessageResponseChange": {"requestStatus": "OPEN", "responseComment": "again"}}
    path = f"/direct-messages/{number}/response/{response}" if in_path else "/direct-messages/response"
    fields = change if in_path else {**change, "messageRequestId": number}
    return Case(cast.NORTH_GRID, path, fields, _ENQUIRY_STEPS, number)


def _new_connection(at: Prepared) -> Case:
    code = at.granted()
    fields = {"connectionStateRequest": connections.request(code, cast.JAAN, at.later)}
    return Case(cast.SUN, "/connection-state", fields, _CONNECTIONS, code, "OPEN_SUPPLIER")


def _changed_connection(at: Prepared, *, in_path: bool = False) -> Case:
    number = at.connection()
    change = {"connectionStateRequestChange": {"requestComment": "again"}}
    path, fields = (f"/{number}", change) if in_path else ("", {**change, "connectionStateRequestId": number})
    return Case(cast.SUN, f"/connection-state{path}", fields, _CONNECTION_STEPS, number, "OPEN_SUPPLIER")


def _planned_connection(at: Prepared, *, in_path: bool = False) -> Case:
    number = at.connection()
    plan = {"connectionStateResponse": connections.plan(at.later)}
    path, fields = (f"/{number}", plan) if in_path else ("", {**plan, "connectionStateRequestId": number})
    return Case(cast.NORTH_GRID, f"/connection-state{path}/response", fields, _CONNECTION_STEPS, number)


def _changed_plan(at: Prepared, *, in_path: bool = False) -> Case:
    number, response = at.planned()
    change = {"connectionStateResponseChange": {"responseComment": "again"}}
    path = f"/connection-state/{number}/response/{response}" if in_path else "/connection-state/response"
    fields = change if in_path else {**change, "connectionStateRequestId": number}
    return Case(cast.NORTH_GRID, path, fields, _CONNECTION_STEPS, number)


_ENQUIRY, _CONNECTION = "/direct-messages", "/connection-state"
CASES: dict[tuple[str, str], Callable[[Prepared], Case]] = {
    ("post", "/meter"): _new_point,
    ("put", "/meter"): _changed_point,
    ("post", "/customer"): _new_customer,
    ("put", "/customer"): _changed_customer,
    ("post", "/agreement"): _new_agreement,
    ("put", "/agreement"): _changed_agreement,
    ("post", "/agreement/delete"): _deleted_agreement,
    ("post", "/meter-data"): _readings,
    ("post", "/network-bill"): _bill,
    ("post", _ENQUIRY): _new_enquiry,
    ("put", _ENQUIRY): _changed_enquiry,
    ("put", f"{_ENQUIRY}/{{messageRequestId}}"): partial(_changed_enquiry, in_path=True),
    ("post", f"{_ENQUIRY}/response"): _answered_enquiry,
    ("post", f"{_ENQUIRY}/{{messageRequestId}}/response"): partial(_answered_enquiry, in_path=True),
    ("put", f"{_ENQUIRY}/response"): _changed_answer,
    ("put", f"{_ENQUIRY}/{{messageRequestId}}/response/{{messageResponseId}}"): partial(_changed_answer, in_path=True),
    ("post", _CONNECTION): _new_connection,
    ("put", _CONNECTION): _changed_connection,
    ("put", f"{_CONNECTION}/{{connectionStateRequestId}}"): partial(_changed_connection, in_path=True),
    ("post", f"{_CONNECTION}/response"): _planned_connection,
    ("post", f"{_CONNECTION}/{{connectionStateRequestId}}/response"): partial(_planned_connection, in_path=True),
    ("put", f"{_CONNECTION}/response"): _changed_plan,
    ("put", f"{_CONNECTION}/{{connectionStateRequestId}}/response/{{connectionStateResponseId}}"): partial(
        _changed_plan, in_path=True
    ),
}


def test_every_service_that_saves_is_tried_so() -> None:
    assert set(CASES) == {service for service, permission in MATRIX.items() if permission.startswith("EDITOR_")}


@pytest.mark.parametrize("service", CASES, ids=" ".join)
def test_the_same_document_ten_times_at_once_is_saved_once(
    product: Product, client: Clients, service: tuple[str, str]
) -> None:
    method, case = service[0].upper(), CASES[service](Prepared(product))
    identification = uuid.uuid4()
    value = case.value.format(identification=identification)

    def counted() -> int:
        return int(product.rows(case.counted, value)[0]["count"])

    clients = [client(case.participant, case.role) for _ in range(TIMES)]
    clients[0].token()
    body = clients[0].body(case.fields)
    answers: list[httpx.Response] = []
    together = threading.Barrier(TIMES)
    before = counted()

    def send(one: Client) -> None:
        together.wait()
        answers.append(one.send(method, case.path, body, identification=identification))

    threads = [threading.Thread(target=send, args=[one]) for one in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == TIMES
    successes = [answer for answer in answers if answer.status_code < 300]
    assert sum("x-document-replayed" not in answer.headers for answer in successes) == 1, answers[0].text
    first = next(answer for answer in successes if "x-document-replayed" not in answer.headers)
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["cause"]["code"] == "opp.error.technical.document-at-work"
            assert int(answer.headers["retry-after"]) >= 1
        else:
            assert _said(answer) == _said(first)
    again = clients[0].send(method, case.path, body, identification=identification)
    assert again.headers["x-document-replayed"] == "true"
    assert _said(again) == _said(first)
    assert counted() == before + 1


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
