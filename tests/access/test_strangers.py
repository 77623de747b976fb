"""What is somebody else's is answered as what does not exist: the same words, status, headers, by the same statements.

Every service that takes a code or an id is asked for a stranger's and for nobody's. Source: `6-quality.md`, Isolation.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid5

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from connections.models import ConnectionRequest
from datahub.market import AgreementType, Role
from datahub.metering.models import MeteringPoint
from datahub.metering.services import documents
from datahub.parties import eic
from datahub.parties.models import Identity, MarketRole, Party
from datahub.parties.services import roles
from tests.access.filled import SPACE
from tests.access.giving import given
from tests.access.statements import statements_of
from tests.agreements import market
from tests.agreements.market import (
    AGGREGATION_POINT,
    BAKERY_POINT,
    BEGINNING,
    HOUSE,
    JAAN,
    MARI,
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
from tests.connections import sending
from tests.contracts.test_permissions import MATRIX
from tests.enquiries import asking
from tests.metering import messages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_lives")]
SUPPLIER, OPERATOR, ADVISER = Role.OPEN_SUPPLIER, Role.GRID_OPERATOR, Role.ENERGY_SERVICE_PROVIDER
# In the range of the northern operator, as the houses are; a customer's code and a personal code of nobody.
NO_POINT, OTHER_NO_POINT = "38ZGO-10000018-5", "38ZGO-10000009-6"
NO_PARTY, OTHER_ADVISER = eic.complete("38X-AVP-NOBODY-"), eic.complete("38X-DEMO-OTHER-")
NO_PERSON, MARIS_CODE = "38502030021", "47101010033"
NOBODYS = str(uuid5(SPACE, "nobody's"))
_NEW_IN_EACH = {"x-document-identification", "x-document-date-time", "x-trace-id", "x-original-document-identification"}


@dataclass(frozen=True)
class Asked:
    """Who asks a service for what: `fields` makes a body, and `path` the end of the path, from a code or an id."""

    fields: Callable[[str], dict[str, Any]]
    theirs: Callable[[], str]
    nobodys: str = NO_POINT
    who: str = WIND
    role: Role = SUPPLIER
    status: int = 200
    in_path: str = ""


# --- the market -------------------------------------------------------------------------------------------------------


@pytest.fixture
def _lives(built: None) -> Iterator[None]:
    """Mari's house and Jaan's bakery are the northern operator's, the sun sells to Mari; the wind has nothing there."""
    standing(
        fact(AgreementType.GRID, NORTH, MARI, HOUSE, day(2024, 1, 1), agreement_id="north 1"),
        fact(AgreementType.GRID, NORTH, JAAN, BAKERY_POINT, day(2024, 1, 1)),
        fact(AgreementType.SUPPLY, SUN, MARI, HOUSE, day(2024, 1, 1), agreement_id="sun 1"),
        fact(AgreementType.JOINT_INVOICE, SUN, NORTH, None, day(2024, 1, 1), customer_role=OPERATOR),
        fact(AgreementType.JOINT_INVOICE, WIND, NORTH, None, day(2024, 1, 1), customer_role=OPERATOR),
    )
    MeteringPoint.objects.update(resolution="PT15M")
    for owner, prefix in ((NORTH, "38ZGO-1"), (SOUTH, "38ZGO-2")):
        roles.give_code_range(participant=market.party(owner), prefix=prefix)
    Identity.objects.create(party=market.party(MARI), type="PERSONAL_ID", value=MARIS_CODE, country="EE")
    given(HOUSE)
    seller = Party.objects.create(eic=OTHER_ADVISER, type="MARKET_PARTICIPANT", name="another adviser")
    MarketRole.objects.create(participant=seller, role=ADVISER, commodity="ELECTRICITY", valid_from=BEGINNING)
    messages.make_room(NOW)
    with time_machine.travel(NOW, tick=False):
        yield


def _document() -> str:
    sent = messages.whole_day(HOUSE, read_at=None)
    document = messages.accept(sent, sender=market.party(NORTH), now=NOW - timedelta(minutes=1))
    return str(document.identification)


def _enquiry() -> str:
    """An enquiry of the sun to the northern operator, which has answered it."""
    asked = asking.ask(asking.request(meter_eic=HOUSE, customer_eic=MARI), now=NOW)
    return str(asked.pk)


def _request() -> str:
    """A request of the sun to the northern operator, of which there may be one at a time."""
    if there := ConnectionRequest.objects.first():
        return str(there.pk)
    answer = sending.ask()
    assert answer.status_code == 201, answer.content
    return str(answer.json())


def _is(value: str) -> Callable[[], str]:
    return lambda: value


def _agreement(kind: str, provider: str, customer: str) -> Callable[[str], dict[str, Any]]:
    return lambda code: {
        "meterEic": code,
        "agreementType": kind,
        "serviceProviderEic": provider,
        "customerEic": customer,
        "commodityType": "ELECTRICITY",
        "validFrom": messages.stamp(day(2026, 6, 1)),
    }


def _under(name: str, fields: Callable[[str], dict[str, Any]]) -> Callable[[str], dict[str, Any]]:
    return lambda code: {name: fields(code)}


_SUPPLY = _agreement("SUPPLY", WIND, JAAN)
_CHANGE = {"requestComment": "changed"}
_ANSWER: dict[str, Any] = {"requestStatus": "OPEN", "responseComment": "answer"}
_PLAN = {"responseConnectionState": "PLANNED", "estimatedDate": "2026-05-12"}
_POINT = {"meteringType": "REMOTE_READING", "meteringPointType": "REGULAR"}
_PLACE = {"county": "Harju maakond", "municipality": "Tallinn"}
_QUARTER = messages.period("PT15M", [(day(2026, 5, 3), None, messages.quantity(1))])


def _bill(code: str) -> dict[str, Any]:
    measured = {"direction": "OUT", "measurementUnit": "KWH", "total": 1}
    period = {"periodStart": messages.stamp(day(2026, 5, 1)), "periodEnd": messages.stamp(day(2026, 5, 2))}
    more = {"calculationTimestamp": messages.stamp(NOW), "containsCalculatedValues": False, "measurements": [measured]}
    return {"meterEic": code, "commodityType": "ELECTRICITY", "networkBillPeriod": {**period, **more}}


def _connection(code: str) -> dict[str, Any]:
    return sending.request(meterEic=code)


def _exchange(prefix: str, key: str, answer_key: str, change: str, answer: str, bodies: list[Any]) -> dict[Any, Any]:
    """Give the rows of a kind of exchange: the supplier's services for another supplier, the operator's for another."""
    made = _enquiry if prefix == "/direct-messages" else _request
    changed, answered = bodies
    refused = {"theirs": made, "nobodys": NOBODYS, "status": 404}
    operator = {**refused, "who": SOUTH, "role": OPERATOR}
    found = {"theirs": made, "nobodys": NOBODYS}
    attributes = "directMessageAttributes" if prefix == "/direct-messages" else "connectionStateAttributes"
    response = f"{prefix}/{{{key}}}/response"
    return {
        ("put", prefix): [Asked(lambda one: {key: one, change: changed}, **refused)],
        ("put", f"{prefix}/{{{key}}}"): [Asked(lambda _: {change: changed}, in_path=key, **refused)],
        ("post", f"{prefix}/response"): [Asked(lambda one: {key: one, answer: answered}, **operator)],
        ("put", f"{prefix}/response"): [Asked(lambda one: {key: one, f"{answer}Change": answered}, **operator)],
        ("post", response): [Asked(lambda _: {answer: answered}, in_path=key, **operator)],
        ("put", f"{response}/{{{answer_key}}}"): [
            Asked(lambda _: {f"{answer}Change": answered}, in_path=f"{key} {answer_key}", **operator)
        ],
        ("post", f"{prefix}/search"): [
            Asked(lambda one: {attributes: {key: one}}, **found),
            Asked(lambda code: {attributes: {"meterEic": code}}, theirs=lambda: (made(), HOUSE)[1]),
        ],
    }


ASKED: dict[tuple[str, str], list[Asked]] = {
    ("post", "/meter"): [
        Asked(
            lambda code: {"meterMetadata": {"meteringPoint": {"meterEic": code, **_POINT}, "meterLocation": _PLACE}},
            _is(HOUSE),
            who=SOUTH,
            role=OPERATOR,
            status=422,
        )
    ],
    ("put", "/meter"): [
        Asked(
            lambda code: {"meterMetadata": {"meteringPoint": {"meterEic": code}, "meterLocation": _PLACE}},
            _is(HOUSE),
            who=SOUTH,
            role=OPERATOR,
            status=404,
        )
    ],
    ("post", "/meter/search"): [
        Asked(lambda code: {"meterAttributes": {"meterCommon": {"meterEic": code}}}, _is(HOUSE)),
        Asked(lambda code: {"meterAttributes": {"customerEic": code}}, _is(MARI), NO_PARTY),
        Asked(
            lambda code: {"meterAttributes": {"aggregatorCharacteristics": {"parentMeterEic": code}}}, _is(BAKERY_POINT)
        ),
    ],
    ("put", "/customer"): [
        Asked(
            lambda value, kind=kind: {  # type: ignore[misc]
                "customer": {
                    "customerIdentity": {"identityType": kind, "identityValue": value},
                    "customerMetadata": [{"metadataType": "PHONE", "metadataValue": "+3725"}],
                }
            },
            _is(theirs),
            nobodys,
            who=SOUTH,
            role=OPERATOR,
            status=422,
        )
        for kind, theirs, nobodys in (("EIC", MARI, NO_PARTY), ("PERSONAL_ID", MARIS_CODE, NO_PERSON))
    ],
    ("post", "/agreement"): [
        Asked(_under("agreement", _SUPPLY), _is(HOUSE), status=422),
        Asked(_under("agreement", _agreement("GRID", SOUTH, JAAN)), _is(HOUSE), who=SOUTH, role=OPERATOR, status=404),
    ],
    ("put", "/agreement"): [
        Asked(_under("agreementChange", _SUPPLY), _is(HOUSE), status=404),
        Asked(_under("agreementChange", _agreement("SUPPLY", SUN, MARI)), _is(HOUSE), status=422),
    ],
    ("post", "/agreement/delete"): [
        Asked(_under("agreement", _SUPPLY), _is(HOUSE), status=404),
        Asked(_under("agreement", _agreement("SUPPLY", SUN, MARI)), _is(HOUSE), status=422),
    ],
    ("post", "/agreement/search"): [
        Asked(lambda code, name=name: {"agreementAttributes": {name: code}}, _is(theirs), nobodys)  # type: ignore[misc]
        for name, theirs, nobodys in (
            ("meterEic", HOUSE, NO_POINT),
            ("customerEic", MARI, NO_PARTY),
            ("serviceProviderEic", NORTH, NO_PARTY),
            ("agreementId", "north 1", "north 2"),
        )
    ],
    ("post", "/agreement/search/meter"): [
        Asked(lambda code: {"meterEic": [code], "customerEic": JAAN}, _is(HOUSE)),
        Asked(lambda code: {"meterEic": [HOUSE], "customerEic": code}, _is(JAAN), NO_PARTY),
    ],
    ("post", "/meter-data"): [
        Asked(
            lambda code: {"meterData": [messages.element(code, _QUARTER)]},
            _is(HOUSE),
            who=SOUTH,
            role=OPERATOR,
            status=202,
        )
    ],
    ("post", "/meter-data/search"): [
        Asked(
            lambda code: {
                "meterEic": code,
                "periodStart": messages.stamp(day(2026, 5, 1)),
                "periodEnd": messages.stamp(day(2026, 5, 4)),
            },
            _is(HOUSE),
            status=404,
        )
    ],
    ("post", "/meter-data/status"): [
        Asked(
            lambda one: {"meterDataStatusAttributes": {"originalDocumentIdentification": one}},
            _document,
            NOBODYS,
            who=SOUTH,
            role=OPERATOR,
        )
    ],
    ("post", "/network-bill"): [
        Asked(lambda code: {"networkBillTimeSeries": _bill(code)}, _is(HOUSE), who=SOUTH, role=OPERATOR, status=404)
    ],
    ("post", "/network-bill/search"): [
        Asked(lambda code: {"networkBillAttributes": {"meterEic": code}}, _is(HOUSE), status=404)
    ],
    ("post", "/direct-messages"): [
        Asked(
            lambda code: {
                "directMessageRequest": {
                    "meterEic": code,
                    "customerEic": JAAN,
                    "topic": "DATA",
                    "requestStatus": "OPEN",
                }
            },
            _is(HOUSE),
            status=201,
        )
    ],
    ("post", "/connection-state"): [
        Asked(_under("connectionStateRequest", _connection), _is(HOUSE), status=422),
        Asked(
            lambda code: {"connectionStateRequest": sending.request(customerEic=code)}, _is(JAAN), NO_PARTY, status=422
        ),
    ],
    **{
        ("post", path): [
            Asked(lambda code: {"meterEic": [code]}, _is(HOUSE), who=OTHER_ADVISER, role=ADVISER),
            Asked(lambda code: {"customerEic": [code]}, _is(MARI), NO_PARTY, who=OTHER_ADVISER, role=ADVISER),
        ]
        for path in ("/customer-authorization", "/customer-authorization/search")
    },
    **_exchange(
        "/direct-messages",
        "messageRequestId",
        "messageResponseId",
        "directMessageRequestChange",
        "directMessageResponse",
        [_CHANGE, _ANSWER],
    ),
    **_exchange(
        "/connection-state",
        "connectionStateRequestId",
        "connectionStateResponseId",
        "connectionStateRequestChange",
        "connectionStateResponse",
        [_CHANGE, _PLAN],
    ),
}
# Services that name nothing of anybody's; and those in which a code that one must have says by design that it is known
# (`docs/decisions/0012-customers.md`).
NAMING_NOTHING = {
    ("post", "/data-distribution/search"),
    ("post", "/direct-messages/change"),
    ("post", "/connection-state/change"),
}
KNOWN_BY_DESIGN = {("post", "/customer"), ("post", "/customer/search")}


def test_every_service_is_asked() -> None:
    assert set(ASKED) | NAMING_NOTHING | KNOWN_BY_DESIGN == set(MATRIX)
    assert not set(ASKED) & (NAMING_NOTHING | KNOWN_BY_DESIGN)


# --- asking -----------------------------------------------------------------------------------------------------------


def _send(service: tuple[str, str], asked: Asked, one: str) -> tuple[Any, list[str]]:
    """Ask for one thing; give the answer and the statements that it took. Nothing stays saved."""
    method, path = service
    for name in asked.in_path.split():
        path = path.replace(f"{{{name}}}", one)
    system = api(asked.who)
    system.headers()
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        answer = system.send(method.upper(), f"/api/v1{path}", asked.fields(one), role=asked.role)
        transaction.set_rollback(True)
    return answer, statements_of(captured)


def _said(answer: Any, one: str) -> tuple[int, str, dict[str, str]]:
    """Give what an answer says, but for what it was asked for and what is new in each."""
    said = answer.content.decode().replace(one, "…")
    said = re.sub(r'"traceId": ?"\w+"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', "new", said)
    headers = {name: value for name, value in answer.headers.items() if name.lower() not in _NEW_IN_EACH}
    return answer.status_code, said, headers


AREAS = sorted({path.split("/")[1] for _, path in ASKED})


@pytest.mark.parametrize("area", AREAS)
def test_a_strangers_is_answered_as_nobodys(area: str) -> None:
    for service, every in ASKED.items():
        for asked in every if service[1].split("/")[1] == area else ():
            theirs, named = asked.theirs(), f"{service}: {asked.fields(asked.nobodys)}"
            # What a process remembers after it was asked for the first time.
            _send(service, asked, OTHER_NO_POINT if asked.nobodys == NO_POINT else asked.nobodys)
            nobodys, statements = _send(service, asked, asked.nobodys)
            found, statements_of_theirs = _send(service, asked, theirs)
            assert _said(found, theirs) == _said(nobodys, asked.nobodys), named
            assert found.status_code == asked.status, (named, found.content)
            assert "\n".join(statements_of_theirs) == "\n".join(statements), named


def test_readings_of_a_strangers_point_end_in_the_same_words() -> None:
    ended = []
    for code in (HOUSE, NO_POINT):
        message = messages.send(messages.element(code, _QUARTER), sender=market.party(SOUTH))
        assert not documents.has_waiting(now=NOW)
        ended.append(json.dumps([message.status, message.status_message, message.faults]).replace(code, "…"))
    assert ended[0] == ended[1] and "ERROR" in ended[0]


def test_an_aggregators_point_is_seen_by_who_owns_its_parent_and_by_no_other_operator() -> None:
    for who, shown in ((NORTH, True), (SOUTH, False)):
        fields = {"meterAttributes": {"meterCommon": {"meterEic": AGGREGATION_POINT}}}
        answer = api(who).post("/api/v1/meter/search", fields, role=OPERATOR)
        assert bool(answer.json()["meterMetadata"]) == shown, who
