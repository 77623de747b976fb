"""`POST /direct-messages/change` over the wire: what the other side saved, behind an instant, in its order."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from datahub.market import Role
from datahub.parties.models import MarketRole
from enquiries.models import Enquiry, EnquiryOpening
from tests import cast
from tests.enquiries import asking
from tests.enquiries.asking import NORTH, SOUTH, SOUTHERN_HOUSE, SUN, WIND, answered, asked, faults, scan, send


@pytest.fixture(autouse=True)
def _market(db: None) -> None:
    asking.market()


@pytest.fixture
def started() -> str:
    return (timezone.now() - timedelta(minutes=1)).isoformat()


def seen(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["messageRequestId"], one["requestStatus"]) for one in found]


def test_an_operator_gets_what_suppliers_saved(started: str) -> None:
    first, second, _ = asked(), asked(who=WIND), asked(meterEic=SOUTHERN_HOUSE)
    found = scan(started, who=NORTH)
    assert seen(found) == [(first, "OPEN"), (second, "OPEN")]
    # Behind the first one the second is left; a change brings the first one behind it.
    cancel = {"messageRequestId": first, "directMessageRequestChange": {"requestStatus": "CANCEL"}}
    assert send("PUT", "", cancel, who=SUN).status_code == 200
    found = scan(found[0]["timestamp"], who=NORTH)
    assert seen(found) == [(second, "OPEN"), (first, "CANCEL")]
    assert seen(scan(found[0]["timestamp"], who=NORTH)) == [(first, "CANCEL")]
    assert scan(found[1]["timestamp"], who=NORTH) == []


def test_its_own_answer_brings_nothing_back_to_an_operator(started: str) -> None:
    enquiry = asked()
    (found,) = scan(started, who=NORTH)
    answered(enquiry)
    assert scan(found["timestamp"], who=NORTH) == []
    (again,) = scan(started, who=NORTH)
    assert again["timestamp"] == found["timestamp"]
    assert again["responseComment"] == "Soon."


def test_a_supplier_gets_answers_alone(started: str) -> None:
    first, second = asked(), asked()
    assert scan(started, who=SUN) == []
    answered(second, "CLOSE")
    answered(first)
    found = scan(started, who=SUN)
    assert seen(found) == [(second, "CLOSE"), (first, "OPEN")]
    assert [one["timestamp"] for one in found] == [
        Enquiry.objects.get(pk=one).response_changed_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") for one in (second, first)
    ]
    # Its own change afterwards brings nothing back.
    sent = {"messageRequestId": first, "directMessageRequestChange": {"requestComment": "?"}}
    assert send("PUT", "", sent, who=SUN).status_code == 200
    assert scan(found[1]["timestamp"], who=SUN) == []
    assert scan(started, who=WIND) == []


@pytest.mark.parametrize("role", Role)
def test_a_role_that_takes_no_part_gets_an_empty_list(started: str, role: Role) -> None:
    answered(asked())
    for participant in (SUN, NORTH):
        MarketRole.objects.get_or_create(
            participant=cast.participant(participant),
            role=role,
            commodity="ELECTRICITY",
            defaults={"valid_from": cast.BEGINNING},
        )
    answers = role in {Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK}
    assert len(scan(started, who=NORTH, role=role)) == int(answers)
    assert len(scan(started, who=SUN, role=role)) == int(role is Role.OPEN_SUPPLIER)


def test_a_scan_goes_back_31_days() -> None:
    now = timezone.now()
    for days, status in ((30.99, 200), (31.01, 400)):
        since = (now - timedelta(days=days)).isoformat()
        assert send("POST", "/change", {"updatePeriodStart": since}, who=SUN).status_code == status
    response = send("POST", "/change", {"updatePeriodStart": "2020-01-01T00:00Z"}, who=SUN)
    assert faults(response) == [("update-period-max-days", "updatePeriodStart")]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, [("missing", "updatePeriodStart")]),
        ({"updatePeriodStart": None}, [("missing", "updatePeriodStart")]),
        ({"updatePeriodStart": "2026-05-04"}, [("invalid-pattern", "updatePeriodStart")]),
        ({"updatePeriodStart": "2026-05-04T10:00"}, [("invalid-pattern", "updatePeriodStart")]),
    ],
)
def test_the_start_is_needed(body: dict[str, Any], wrong: list[tuple[str, str]]) -> None:
    response = send("POST", "/change", body, who=SUN)
    assert (response.status_code, faults(response)) == (400, wrong)


def test_a_microsecond_decides(started: str) -> None:
    enquiry = asked()
    at = Enquiry.objects.get(pk=enquiry).request_changed_at
    assert scan(at.isoformat(), who=NORTH) == []
    before = at - timedelta(microseconds=1)
    assert seen(scan(before.isoformat(), who=NORTH)) == [(enquiry, "OPEN")]
    # The same instant by the clock in Tallinn.
    assert len(scan(timezone.localtime(before).isoformat(), who=NORTH)) == 1


def test_what_is_scanned_counts_as_opened(started: str) -> None:
    enquiry = asked()
    answered(enquiry)
    for who in (SOUTH, WIND):
        scan(started, who=who)
    assert not EnquiryOpening.objects.exists()
    for who, side in ((NORTH, "RECEIVER"), (SUN, "SENDER")):
        scan(started, who=who)
        assert EnquiryOpening.objects.filter(enquiry=enquiry, side=side).count() == 1
    assert EnquiryOpening.objects.count() == 2
