"""`POST /meter-data/status`: how far one's own messages are. Source: `2-wire.md`."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from datahub.market import Commodity, Role
from datahub.metering import document_search
from datahub.metering.models import MeterDataDocument
from datahub.parties.models import MarketRole
from datahub.parties.services import roles
from tests import cast
from tests.api import api
from tests.metering import messages, points

pytestmark = pytest.mark.django_db
PATH = "/api/v1/meter-data/status"
NOW = datetime.now(UTC)
DAY = (NOW - timedelta(days=2)).date()
WRONG = {"amount": lambda slot: -1 if slot < 2 else 1}


def ask(who: str = cast.GRID_OPERATOR, pagination: dict[str, int] | None = None, **attributes: Any) -> Any:
    cast.participant(who)
    body: dict[str, Any] = {"meterDataStatusAttributes": attributes}
    return api(who).post(PATH, {**body, "pagination": pagination} if pagination else body)


def times(start: datetime, end: datetime) -> dict[str, str]:
    return {"createdTimeFrom": start.isoformat(), "createdTimeTo": end.isoformat()}


AROUND = times(NOW - timedelta(hours=1), NOW + timedelta(hours=1))


def found(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [one["originalDocumentIdentification"] for one in response.json()["meterDataStatuses"]]


def test_a_status_names_every_fault() -> None:
    point = points.register()
    right = messages.send(messages.whole_day(point.eic, DAY, read_at=None), now=NOW)
    wrong = messages.send(messages.whole_day(point.eic, DAY, read_at=None, **WRONG), now=NOW)
    waiting = messages.accept(messages.whole_day(point.eic, DAY), now=NOW)
    statuses = ask(**AROUND).json()["meterDataStatuses"]
    common = {"senderEic": cast.GRID_OPERATOR, "createdTime": NOW.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
    first, second = messages.interval_starts(DAY)[:2]
    code = "opp.error.validation.field-value-cannot-be-negative"
    path = "meterData[0].periods[0].aI[{}].outQty.kwh is -1.0, but cannot be negative"
    assert statuses == [
        {**common, "originalDocumentIdentification": str(right.identification), "status": "SUCCESSFUL",
         "statusMessage": "", "errors": []},
        {**common, "originalDocumentIdentification": str(wrong.identification), "status": "ERROR",
         "statusMessage": "2 faults; nothing was saved", "errors": [
             {"meterEic": point.eic, "pS": messages.stamp(first), "code": code, "message": path.format(0)},
             {"meterEic": point.eic, "pS": messages.stamp(second), "code": code, "message": path.format(1)}]},
        {**common, "originalDocumentIdentification": str(waiting.identification), "status": "PROCESSING",
         "statusMessage": "", "errors": []},
    ]  # fmt: skip


def test_a_status_counts_one_fault_as_one() -> None:
    one = {"amount": lambda slot: 1 if slot else -1}
    messages.send(messages.whole_day(points.register().eic, DAY, read_at=None, **one), now=NOW)
    assert ask(**AROUND).json()["meterDataStatuses"][0]["statusMessage"] == "1 fault; nothing was saved"


def test_documents_are_found_by_identification_time_and_status() -> None:
    point = points.register()
    sent = [
        messages.send(messages.whole_day(point.eic, DAY, read_at=None), now=NOW - timedelta(days=number))
        for number in range(3)
    ]
    names = [str(document.identification) for document in sent]
    assert found(ask(originalDocumentIdentification=names[2])) == [names[2]]
    assert found(ask(originalDocumentIdentification=str(uuid4()))) == []
    assert found(ask(**times(NOW - timedelta(days=3), NOW + timedelta(hours=1)))) == names[::-1]
    assert found(ask(**times(NOW - timedelta(days=1), NOW))) == [names[1]]
    assert found(ask(originalDocumentIdentification=names[2], **AROUND)) == []
    assert found(ask(status="ERROR", **AROUND)) == []
    assert found(ask(status="SUCCESSFUL", **AROUND)) == [names[0]]


def test_nobody_finds_what_another_has_sent() -> None:
    document = messages.send(messages.whole_day(points.register().eic, DAY, read_at=None), now=NOW)
    stranger = cast.SOUTHERN_GRID_OPERATOR
    assert found(ask(stranger, originalDocumentIdentification=str(document.identification))) == []
    assert found(ask(stranger, **AROUND)) == []


def test_what_was_sent_in_one_commodity_is_not_found_in_another() -> None:
    document = messages.send(messages.whole_day(points.register().eic, DAY, read_at=None), now=NOW)
    gas = {"role": Role.GRID_OPERATOR, "commodity": Commodity.NATURAL_GAS}
    party = cast.participant(cast.GRID_OPERATOR)
    if not MarketRole.objects.filter(participant=party, **gas).exists():
        roles.give_role(participant=party, **gas, valid_from=cast.BEGINNING)
    asked = {"meterDataStatusAttributes": {"originalDocumentIdentification": str(document.identification)}}
    assert found(api(cast.GRID_OPERATOR).post(PATH, asked, **gas)) == []
    assert found(api(cast.GRID_OPERATOR).post(PATH, asked)) == [str(document.identification)]


def test_pages_hold_each_document_once() -> None:
    point = points.register()
    sent = [messages.accept(messages.whole_day(point.eic, DAY), now=NOW) for _ in range(5)]
    pages = [ask(pagination={"page": number, "pageSize": 2}, **AROUND) for number in range(3)]
    assert [one for page in pages for one in found(page)] == [str(document.identification) for document in sent]
    assert pages[0].json()["pagination"] == {"page": 0, "totalPages": 3}


def test_a_page_has_room_for_so_many_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_search, "MAX_FAULTS_ON_A_PAGE", 3)
    point = points.register()
    sent = [messages.send(messages.whole_day(point.eic, DAY, read_at=None, **WRONG), now=NOW) for _ in range(3)]
    statuses = ask(**AROUND).json()["meterDataStatuses"]
    assert [len(one["errors"]) for one in statuses] == [2, 0, 0]
    assert "by its identification" in statuses[1]["statusMessage"]
    alone = ask(originalDocumentIdentification=str(sent[2].identification)).json()["meterDataStatuses"]
    assert [len(one["errors"]) for one in alone] == [2]


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({}, "missing"),
        ({"status": "ERROR"}, "missing"),
        ({"createdTimeFrom": NOW.isoformat()}, "missing"),
        ({"createdTimeTo": NOW.isoformat()}, "missing"),
        (times(NOW, NOW), "from-field-cannot-be-equal-to-or-after-to-field"),
        (times(NOW - timedelta(days=31), NOW), "meter-data-status-interval-max-length"),
        ({"originalDocumentIdentification": "x"}, "invalid-pattern"),
        ({"status": "DONE", **AROUND}, "invalid-enum"),
        ({"more": 1, **AROUND}, "missing-field"),
    ],
)
def test_a_wrong_question_is_refused(attributes: dict[str, Any], code: str) -> None:
    response = ask(**attributes)
    assert (response.status_code, response.json()["cause"]["code"].rpartition(".")[2]) == (400, code)


def test_thirty_days_may_be_asked_for() -> None:
    assert found(ask(**times(NOW - timedelta(days=30), NOW))) == []
    assert not MeterDataDocument.objects.exists()
