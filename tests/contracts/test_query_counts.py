"""How many statements each search makes: few, known, and no more for many rows than for one."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from connections.models import ConnectionRequest
from datahub.access.models import CustomerAuthorization
from datahub.market import Role
from datahub.metering.models import MeterDataDocument
from datahub.parties.models import Metadata, Party
from distribution.models import Address, LogState, Message
from enquiries.models import Enquiry
from tests.api import Api, technical_user
from tests.contracts import market as cast

NOW = datetime.now(UTC)
MANY = 300
# The statements of each search: who asks (one), then the search's own and its line in the access log. A new one is
# worth a thought; one for each row is a mistake.
BASELINE = {
    "/meter/search": 8,
    "/agreement/search": 4,
    "/meter-data/search": 12,
    "/meter-data/status": 3,
    "/network-bill/search": 11,
    "/data-distribution/search": 2,
}


_GIVEN = [
    *("customer", "point", "participant", "role", "commodity", "purpose", "valid_from", "valid_to"),
    *("subject_from", "subject_to", "given_at", "given_by"),
]


def _bodies() -> dict[str, dict[str, Any]]:
    since, until = (NOW - timedelta(days=300)).isoformat(), NOW.isoformat()
    status = {"createdTimeFrom": (NOW - timedelta(hours=1)).isoformat(), "createdTimeTo": until}
    return {
        "/meter/search": {"meterAttributes": {"meterCommon": {"commodityType": "ELECTRICITY"}}},
        "/agreement/search": {"agreementAttributes": {"serviceProviderEic": cast.NORTH_GRID}},
        "/meter-data/search": {"meterEic": cast.HOUSE_OF_MARI, "periodStart": since, "periodEnd": until},
        "/meter-data/status": {"meterDataStatusAttributes": status},
        "/network-bill/search": {"networkBillAttributes": {"meterEic": cast.HOUSE_OF_MARI}},
        "/data-distribution/search": {
            "dataDistributionAttributes": {"resourceType": "METERING_POINT", "idFrom": 1, "idTo": 9_000}
        },
    }


def _make_documents() -> None:
    sender = Party.objects.get(eic=cast.NORTH_GRID)
    MeterDataDocument.objects.bulk_create(
        MeterDataDocument(
            received_at=NOW - timedelta(minutes=1),
            identification=uuid4(),
            sender=sender,
            sender_role=Role.GRID_OPERATOR,
            commodity="ELECTRICITY",
            status="SUCCESSFUL",
            body_bytes=1,
            finished_at=NOW,
        )
        for _ in range(MANY)
    )


def _make_messages() -> None:
    address = Address.objects.create(participant_eic=cast.NORTH_GRID, role=Role.GRID_OPERATOR, commodity="ELECTRICITY")
    Message.objects.bulk_create(
        Message(
            id=number,
            created_at=NOW - timedelta(minutes=1),
            unit_id=number,
            address=address,
            resource_type="METERING_POINT",
            reason="UPDATE",
            pack_offset=0,
            pack_length=0,
        )
        for number in range(1, MANY + 1)
    )
    LogState.objects.update(last_id=MANY, complete_until=NOW, reserved_id=MANY)


@pytest.mark.django_db
def test_searches_make_few_statements_and_no_more_for_many_rows() -> None:
    call_command("make_demo_market")
    _make_documents()
    _make_messages()
    api = Api(technical_user(cast.NORTH_GRID))
    counts = {}
    for path, fields in _bodies().items():
        sizes = {}
        for page_size in (1, 100):
            body = {**fields, "pagination": {"page": 0, "pageSize": page_size}}
            # The first time the process may learn what it then remembers.
            api.post(f"/api/v1{path}", body, role=Role.GRID_OPERATOR)
            with CaptureQueriesContext(connection) as captured:
                answer = api.post(f"/api/v1{path}", body, role=Role.GRID_OPERATOR)
                sizes[page_size] = len(answer.getvalue())
            counts[path, page_size] = len(captured)
        assert sizes[100] > 4 * sizes[1], f"{path}: the search finds many rows"
    assert {path: counts[path, 100] for path in BASELINE} == BASELINE
    for path in BASELINE:
        assert counts[path, 1] >= counts[path, 100] - 1, f"{path}: one statement more at most for a hundred rows"


# Who asks, the parties, what ties the sender to them, twice for its portfolio, what they gave it, their values and
# identities, the log.
CUSTOMERS_BASELINE = 9


@pytest.mark.django_db
def test_a_search_of_customers_makes_as_few_statements_for_many_as_for_one() -> None:
    call_command("make_demo_market")
    holders = Party.objects.bulk_create(
        Party(eic=f"38X-FIRM-{number:07d}", type="LEGAL_PERSON", name="Mets OÜ") for number in range(100)
    )
    Metadata.objects.bulk_create(
        Metadata(party=holder, type="COMPANY_NAME", value="Mets OÜ", valid_from=NOW) for holder in holders
    )
    api = Api(technical_user(cast.SUN))
    for name, found in (("Mets", 100), ("Leiva", 1)):
        body = {"searchCriteria": {"identityType": "NAME", "identityValue": name}}
        api.post("/api/v1/customer/search", body, role=Role.OPEN_SUPPLIER)
        with CaptureQueriesContext(connection) as captured:
            answer = api.post("/api/v1/customer/search", body, role=Role.OPEN_SUPPLIER)
        assert len(answer.json()["identities"]) == found
        assert len(captured) == CUSTOMERS_BASELINE


# Who asks, the rows, their parties, that they were opened; on a page also to count.
ENQUIRIES_BASELINE = {"list": 4, "page": 5, "change": 4}


@pytest.mark.django_db
def test_a_search_of_enquiries_makes_as_few_statements_for_many_as_for_one() -> None:
    call_command("make_demo_market")
    one = Enquiry.objects.filter(receiver__eic=cast.NORTH_GRID).earliest("created_at")
    fields = {field.attname: getattr(one, field.attname) for field in Enquiry._meta.concrete_fields}
    times = "created_at", "request_changed_at", "response_changed_at", "changed_at"
    rows = []
    for number in range(MANY):
        moved = {name: one.changed_at + timedelta(microseconds=number + 1) for name in times}
        rows.append(Enquiry(**{**fields, **moved, "id": uuid4(), "response_id": uuid4()}))
    Enquiry.objects.bulk_create(rows)
    since = {"updatePeriodStart": (one.created_at - timedelta(seconds=1)).isoformat()}
    point = {"directMessageAttributes": {"meterEic": one.meter_eic}}
    asked = {
        "list": ("search", {}, point),
        "page": ("search", {"pagination": {"pageSize": 1}}, {**point, "pagination": {}}),
        "change": ("change", {"updatePeriodStart": rows[-1].created_at.isoformat()}, since),
    }
    api = Api(technical_user(cast.NORTH_GRID))
    for name, (service, *bodies) in asked.items():
        for body in bodies:
            # The first time what is read is marked as opened.
            api.post(f"/api/v1/direct-messages/{service}", body, role=Role.GRID_OPERATOR)
            with CaptureQueriesContext(connection) as captured:
                answer = api.post(f"/api/v1/direct-messages/{service}", body, role=Role.GRID_OPERATOR)
            assert len(captured) == ENQUIRIES_BASELINE[name], (name, [one["sql"][:200] for one in captured])
        assert len(answer.getvalue()) > MANY * 300, f"{name}: many were found"


# Who asks, the rows, their parties; on a page also to count.
CONNECTIONS_BASELINE = {"list": 3, "page": 4, "change": 3}


@pytest.mark.django_db
def test_a_search_of_connection_requests_makes_as_few_statements_for_many_as_for_one() -> None:
    call_command("make_demo_market")
    one = ConnectionRequest.objects.filter(response_state="DISCONNECTED").earliest("created_at")
    fields = {field.attname: getattr(one, field.attname) for field in ConnectionRequest._meta.concrete_fields}
    times = "created_at", "request_changed_at", "response_changed_at", "changed_at", "ended_at"
    rows = []
    for number in range(MANY):
        moved = {name: one.changed_at + timedelta(microseconds=number + 1) for name in times}
        rows.append(ConnectionRequest(**{**fields, **moved, "id": uuid4(), "response_id": uuid4()}))
    ConnectionRequest.objects.bulk_create(rows)
    since = {"updatePeriodStart": (one.created_at - timedelta(seconds=1)).isoformat()}
    few = {"updatePeriodStart": rows[-1].created_at.isoformat()}
    asked = {
        "list": ("search", {"connectionStateAttributes": {"connectionStateRequestId": str(one.pk)}}, {}),
        "page": ("search", {"pagination": {"pageSize": 1}}, {"pagination": {}}),
        "change": ("change", few, since),
    }
    api = Api(technical_user(cast.NORTH_GRID))
    for name, (service, *bodies) in asked.items():
        for body in bodies:
            api.post(f"/api/v1/connection-state/{service}", body, role=Role.GRID_OPERATOR)
            with CaptureQueriesContext(connection) as captured:
                answer = api.post(f"/api/v1/connection-state/{service}", body, role=Role.GRID_OPERATOR)
            assert len(captured) == CONNECTIONS_BASELINE[name], (name, [one["sql"][:200] for one in captured])
        assert len(answer.getvalue()) > MANY * 300, f"{name}: many were found"


# Who asks, the keys, the rows, how many have no end, how many end later, the log, the names.
AUTHORIZATIONS_BASELINE = 7


@pytest.mark.django_db
def test_a_search_of_authorizations_makes_as_few_statements_for_many_as_for_one() -> None:
    call_command("make_demo_market")
    live = CustomerAuthorization.objects.get(purpose="ENERGY_MANAGEMENT")
    api = Api(technical_user(cast.ADVICE))
    for more in (0, MANY):
        CustomerAuthorization.objects.bulk_create(
            CustomerAuthorization(**{field: getattr(live, field) for field in _GIVEN}) for _ in range(more)
        )
        for fields in ({}, {"periodStart": (NOW - timedelta(days=1)).isoformat()}):
            api.post("/api/v1/customer-authorization", fields, role=Role.ENERGY_SERVICE_PROVIDER)
            with CaptureQueriesContext(connection) as captured:
                answer = api.post("/api/v1/customer-authorization", fields, role=Role.ENERGY_SERVICE_PROVIDER)
            assert len(answer.json()["customerAuthorizations"]) == 1 + more
            assert len(captured) == AUTHORIZATIONS_BASELINE
