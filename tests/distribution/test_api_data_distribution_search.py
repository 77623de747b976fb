"""`POST /data-distribution/search` on the wire."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from datahub import partitions
from datahub.market import Permission, Role
from distribution.models import MESSAGES, Address, LogState, Message
from distribution.services.tell import tell
from tests.api import api
from tests.distribution import market
from tests.distribution.market import BRP, GO, HOUSE, OS, OS2

pytestmark = pytest.mark.django_db
PATH = "/api/v1/data-distribution/search"


@pytest.fixture
def told() -> None:
    market.make_market(market.agreement("SUPPLY", OS2, point=HOUSE))
    for number in range(5):
        market.save_point(comment=f'"õ" \\ {number}')
    tell(now=datetime.now(UTC), batches=10)


def search(eic: str, *, pagination: dict[str, int] | None = None, role: str = Role.OPEN_SUPPLIER, **attributes: Any):
    body: dict[str, Any] = {"dataDistributionAttributes": {"resourceType": "METERING_POINT", **attributes}}
    if pagination is not None:
        body["pagination"] = pagination
    return api(eic).post(PATH, body, role=role)


def last_hour() -> dict[str, str]:
    now = datetime.now(UTC)
    return {
        "createdTimeFrom": (now - timedelta(minutes=30)).isoformat(),
        "createdTimeTo": (now + timedelta(minutes=5)).isoformat(),
    }


def all_ids() -> dict[str, int]:
    first = Message.objects.order_by("id").first()
    assert first is not None
    return {"idFrom": first.id, "idTo": first.id + 10_000}


def test_a_message_looks_as_the_seed_says(told: None) -> None:
    response = search(OS2, **last_hour())
    assert response.status_code == 200
    answer = response.json()
    assert answer["pagination"] == {"page": 0, "totalPages": 1}
    message = answer["dataDistributions"][0]
    row = Message.objects.get(pk=message["id"])
    assert message == {
        "id": row.id,
        "createdTime": row.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "resourceType": "METERING_POINT",
        "reason": "UPDATE",
        "hasContent": True,
        "content": message["content"],
    }
    content = json.loads(message["content"])
    assert list(content) == ["meteringPoint", "meterLocation", "electricityCharacteristics"]
    assert list(content["meteringPoint"]) == ["meterEic", "meteringType"]
    assert content["meteringPoint"] == {"meterEic": HOUSE, "meteringType": "REMOTE_READING"}
    assert content["meterLocation"]["comment"] == '"õ" \\ 0'
    last = Message.objects.order_by("-id").first()
    assert last is not None
    assert int(response["x-highest-id"]) == last.id
    assert datetime.fromisoformat(response["x-complete-until"]) > last.created_at


def test_ids_are_closed_and_times_half_open_and_both_apply_together(told: None) -> None:
    rows = list(Message.objects.filter(address__participant_eic=OS2).order_by("id"))

    def found(**window: Any) -> list[int]:
        return [message["id"] for message in search(OS2, **window).json()["dataDistributions"]]

    ids = [row.id for row in rows]
    assert found(idFrom=ids[1], idTo=ids[3]) == ids[1:4]
    times = {
        "createdTimeFrom": rows[1].created_at.isoformat(),
        "createdTimeTo": rows[3].created_at.isoformat(),
    }
    assert found(**times) == ids[1:3]
    assert found(**times, idFrom=ids[2], idTo=ids[4]) == [ids[2]]
    assert found(idFrom=ids[4] + 100, idTo=ids[4] + 200) == []


def test_pages_hold_every_message_once_by_id(told: None) -> None:
    pages = [search(OS2, pagination={"page": page, "pageSize": 2}, **all_ids()).json() for page in range(4)]
    assert [len(page["dataDistributions"]) for page in pages] == [2, 2, 1, 0]
    assert {page["pagination"]["totalPages"] for page in pages} == {3}
    ids = [message["id"] for page in pages for message in page["dataDistributions"]]
    assert ids == sorted(set(ids))
    assert len(ids) == 5


@pytest.mark.parametrize("window", [last_hour, all_ids])
def test_no_page_holds_what_came_after_the_end_that_it_names(told: None, window: Callable[[], dict[str, Any]]) -> None:
    rows = list(Message.objects.filter(address__participant_eic=OS2).order_by("id"))
    # As a scan sees the log whose end it read just before the last two messages appeared.
    LogState.objects.update(last_id=rows[3].id - 1, complete_until=rows[3].created_at)
    response = search(OS2, pagination={"page": 0, "pageSize": 2}, **window())
    second = search(OS2, pagination={"page": 1, "pageSize": 2}, **window())
    assert response["x-highest-id"] == str(rows[3].id - 1)
    assert response.json()["pagination"] == {"page": 0, "totalPages": 2}
    found = [message["id"] for page in (response, second) for message in page.json()["dataDistributions"]]
    assert found == [row.id for row in rows[:3]]


@pytest.mark.parametrize(
    ("eic", "role", "count"),
    [(OS2, Role.OPEN_SUPPLIER, 5), (OS, Role.OPEN_SUPPLIER, 5), (BRP, Role.OPEN_SUPPLIER, 5), (GO, "GRID_OPERATOR", 0)],
)
def test_each_scans_its_own_role_alone(told: None, eic: str, role: str, count: int) -> None:
    response = search(eic, role=role, **last_hour())
    assert (response.status_code, len(response.json()["dataDistributions"])) == (200, count)
    assert "x-highest-id" in response


def test_another_type_and_another_commodity_are_empty(told: None) -> None:
    assert search(OS2, resourceType="AGREEMENT", **last_hour()).json()["dataDistributions"] == []


@pytest.mark.parametrize(("age", "count"), [(timedelta(days=7, seconds=5), 0), (timedelta(days=6, hours=23), 5)])
def test_nothing_older_than_seven_days_comes_back(told: None, age: timedelta, count: int) -> None:
    created = datetime.now(UTC) - age
    partitions.ensure(MESSAGES, since=created.date(), until=created.date())
    ids = all_ids()
    Message.objects.update(created_at=created)
    assert len(search(OS2, **ids).json()["dataDistributions"]) == count
    window = {"createdTimeFrom": created.isoformat(), "createdTimeTo": (created + timedelta(hours=1)).isoformat()}
    assert len(search(OS2, **window).json()["dataDistributions"]) == count


def test_a_window_of_ids_over_midnight_holds_the_messages_of_both_days(told: None) -> None:
    rows = list(Message.objects.filter(address__participant_eic=OS2).order_by("id"))
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    # The third was given its id in the last batch of the day, and a time some microseconds into the next.
    moments = [-60_000_000, -1, 2, 1_000_000, 2_000_000]
    for row, moment in zip(rows, moments, strict=True):
        Message.objects.filter(pk=row.pk).update(created_at=midnight + timedelta(microseconds=moment))

    def found(first: int, last: int) -> list[int]:
        window = {"idFrom": rows[first].id, "idTo": rows[last].id}
        return [message["id"] for message in search(OS2, **window).json()["dataDistributions"]]

    for first, last in [(0, 4), (0, 2), (2, 2), (2, 3), (3, 4)]:
        assert found(first, last) == [row.id for row in rows[first : last + 1]]


def test_what_is_told_on_a_new_day_is_found_by_who_remembers_the_day_before(told: None) -> None:
    rows = list(Message.objects.filter(address__participant_eic=OS2).order_by("id"))
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    ids, first = all_ids(), rows[:3]
    Message.objects.all().delete()

    def tell_at(moment: datetime, messages: list[Message]) -> list[int]:
        for number, message in enumerate(messages):
            message.created_at = moment + timedelta(microseconds=number)
        Message.objects.bulk_create(messages)
        LogState.objects.update(last_id=messages[-1].id, complete_until=message.created_at + timedelta(microseconds=1))
        return [message["id"] for message in search(OS2, **ids).json()["dataDistributions"]]

    assert tell_at(midnight - timedelta(seconds=1), first) == [row.id for row in first]
    assert tell_at(midnight, rows[3:]) == [row.id for row in rows]


def test_the_first_message_to_an_address_is_found_by_who_looked_before(told: None) -> None:
    ids = {**all_ids(), "resourceType": "METERING_POINT"}
    before = search(GO, role="GRID_OPERATOR", **ids)
    assert before.json()["dataDistributions"] == []
    row = Message.objects.filter(address__participant_eic=OS2).order_by("id").last()
    assert row is not None
    row.address = Address.objects.create(participant_eic=GO, role="GRID_OPERATOR", commodity="ELECTRICITY")
    row.save()
    assert [one["id"] for one in search(GO, role="GRID_OPERATOR", **ids).json()["dataDistributions"]] == [row.id]


def test_a_missing_content_is_told_with_its_reason(told: None) -> None:
    first = Message.objects.filter(address__participant_eic=OS2).order_by("id").first()
    assert first is not None
    Message.objects.filter(pk=first.pk).update(pack=None)
    message = search(OS2, **last_hour()).json()["dataDistributions"][0]
    assert (message["hasContent"], message["content"]) == (False, "")
    assert message["contentMissingReason"] == "The path value is null"


def test_a_large_page_is_sent_in_pieces_and_is_the_same(told: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from distribution.api import encode

    whole = search(OS2, **all_ids()).json()
    monkeypatch.setattr(encode, "_JOINED_BYTES", 0)
    response = search(OS2, **all_ids())
    assert response.streaming
    assert json.loads(response.getvalue()) == whole


@pytest.mark.parametrize(
    ("attributes", "status", "code"),
    [
        ({}, 400, "dd.error.validation.data-distribution-id-range-or-time-interval-is-required"),
        ({"idFrom": -1, "idTo": 5}, 400, "dd.error.validation.data-distribution-id-can-not-be-negative-number"),
        ({"idFrom": 1}, 400, "dd.error.validation.data-distribution-provide-from-and-to-params-together"),
        ({"idFrom": "1", "idTo": 2}, 400, "opp.error.validation.invalid-pattern"),
        ({"idFrom": 1, "idTo": 2**64}, 400, "opp.error.validation.too-big"),
        ({"resourceType": "BILL", "idFrom": 1, "idTo": 2}, 400, "opp.error.validation.invalid-enum"),
        ({"resourceType": None, "idFrom": 1, "idTo": 2}, 400, "opp.error.validation.missing"),
        ({"createdTimeFrom": "2026-05-01T00:00", "createdTimeTo": "2026-05-01T00:00Z"}, 400, "opp.error.validation."),
        ({"unknown": 1, "idFrom": 1, "idTo": 2}, 400, "opp.error.validation.missing-field"),
    ],
)
def test_what_is_wrong_is_named_by_its_code(attributes: dict[str, Any], status: int, code: str) -> None:
    market.make_market()
    response = search(OS2, **attributes)
    assert response.status_code == status
    assert response.json()["cause"]["code"].startswith(code)


def test_it_needs_its_permission() -> None:
    market.make_market()
    response = api(OS2, Permission.VIEWER_AGREEMENT).post(
        PATH,
        {"dataDistributionAttributes": {"resourceType": "AGREEMENT", "idFrom": 1, "idTo": 2}},
        role="OPEN_SUPPLIER",
    )
    assert response.status_code == 403
