"""`POST /direct-messages/search` over the wire: what is found by what, in which order, in which pages."""

from typing import Any
from uuid import uuid4

import pytest

from datahub.market import Role
from datahub.parties.models import MarketRole
from enquiries.models import Enquiry, EnquiryOpening
from tests import cast
from tests.enquiries import asking
from tests.enquiries.asking import (
    HOUSE,
    JAAN,
    MARI,
    NORTH,
    SOUTH,
    SOUTHERN_HOUSE,
    SUN,
    WIND,
    answered,
    asked,
    faults,
    search,
    send,
)

ATTRIBUTES = "directMessageAttributes"
BILL = {"referenceType": "INVOICE", "referenceValue": "2026-118"}


@pytest.fixture(autouse=True)
def _market(db: None) -> None:
    asking.market()


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [one["messageRequestId"] for one in found]


@pytest.fixture
def three() -> list[str]:
    """Three enquiries of a supplier: an open one, an answered one about an invoice, one to another operator."""
    first = asked(requestComment="Since FRIDAY 50% _less_?")
    second = asked(topic="INVOICE", reference=BILL, customerEic=MARI)
    third = asked(meterEic=SOUTHERN_HOUSE)
    answered(second, "CLOSE", "Paid.")
    return [first, second, third]


def test_those_saved_last_come_first(three: list[str]) -> None:
    first, second, third = three
    assert ids(search(who=SUN)) == [second, third, first]
    assert ids(search(who=NORTH)) == [second, first]
    assert ids(search(who=SOUTH)) == [third]
    assert search(who=WIND) == []


def test_each_attribute_finds_what_has_it(three: list[str]) -> None:
    first, second, third = three
    kept = Enquiry.objects.get(pk=second)
    stamp = kept.changed_at.isoformat()
    expected: list[tuple[dict[str, Any], list[str]]] = [
        ({"messageRequestId": first}, [first]),
        ({"messageRequestId": first.upper()}, [first]),
        ({"messageRequestId": str(uuid4())}, []),
        ({"messageResponseId": str(kept.response_id)}, [second]),
        ({"messageResponseId": first}, []),
        ({"timestamp": stamp}, [second]),
        ({"timestamp": kept.request_changed_at.isoformat()}, []),
        ({"senderEic": SUN}, [second, third, first]),
        ({"senderEic": WIND}, []),
        ({"senderEic": JAAN}, []),
        ({"receiverEic": NORTH}, [second, first]),
        ({"receiverEic": SOUTH}, [third]),
        ({"meterEic": HOUSE}, [second, first]),
        ({"meterEic": SOUTHERN_HOUSE}, [third]),
        ({"customerEic": JAAN}, [third, first]),
        ({"customerEic": MARI, "meterEic": HOUSE}, [second]),
        ({"topic": "INVOICE"}, [second]),
        ({"topic": "DATA"}, [third, first]),
        ({"requestStatus": "CLOSE"}, [second]),
        ({"requestStatus": "OPEN"}, [third, first]),
        ({"requestStatus": "CANCEL"}, []),
        ({"reference": BILL}, [second]),
        ({"reference": {"referenceType": "INVOICE"}}, [second]),
        ({"reference": {"referenceValue": "2026-118"}}, [second]),
        ({"reference": {"referenceValue": "2026"}}, []),
        ({"reference": {}}, [second, third, first]),
        ({"requestComment": "friday"}, [first]),
        ({"requestComment": "0% _l"}, [first]),
        # With its spaces, and what is no more than these.
        ({"requestComment": " 50% "}, [first]),
        ({"requestComment": "friday "}, [first]),
        ({"requestComment": " since"}, []),
        ({"requestComment": "  "}, []),
        ({"requestComment": " "}, [first]),
        ({"reference": {"referenceValue": " 2026-118"}}, []),
        # These are signs of the text, not of a pattern.
        ({"requestComment": "F%Y"}, []),
        ({"requestComment": "F____Y"}, []),
        ({"responseComment": "aid"}, [second]),
        ({"responseComment": "aid", "topic": "DATA"}, []),
        ({}, [second, third, first]),
    ]
    for attributes, found in expected:
        assert ids(search(attributes, who=SUN)) == found, attributes


def test_without_pages_the_answer_is_a_list_and_with_them_a_page(three: list[str]) -> None:
    first, second, third = three
    assert ids(send("POST", "/search", {}, who=SUN).json()) == [second, third, first]
    pages = [search(who=SUN, pagination={"page": page, "pageSize": 2}) for page in range(3)]
    assert [ids(page["directMessages"]) for page in pages] == [[second, third], [first], []]
    assert [page["pagination"] for page in pages] == [{"page": page, "totalPages": 2} for page in range(3)]
    assert search(who=WIND, pagination={}) == {"directMessages": [], "pagination": {"page": 0, "totalPages": 1}}
    assert len(search(who=SUN, pagination={})["directMessages"]) == 3


def test_a_list_has_the_first_thousand() -> None:
    one = asked()
    rows = list(Enquiry.objects.all()) * 1000
    made = []
    for number, row in enumerate(rows):
        at = row.changed_at.replace(year=2025, microsecond=number)
        fields = {f.attname: getattr(row, f.attname) for f in Enquiry._meta.concrete_fields}
        made.append(Enquiry(**{**fields, "id": uuid4(), "changed_at": at, "request_changed_at": at, "created_at": at}))
    Enquiry.objects.bulk_create(made)
    found = search(who=NORTH)
    assert (len(found), found[0]["messageRequestId"]) == (1000, one)
    assert found[-1]["messageRequestId"] == str(made[1].pk)
    assert search(who=NORTH, pagination={"page": 2, "pageSize": 500})["pagination"]["totalPages"] == 3


@pytest.mark.parametrize("role", Role)
def test_a_role_that_takes_no_part_finds_nothing(three: list[str], role: Role) -> None:
    """A participant in all roles, to which one was sent: it is found in the two in which it is answered."""
    for participant in (SUN, NORTH):
        MarketRole.objects.get_or_create(
            participant=cast.participant(participant),
            role=role,
            commodity="ELECTRICITY",
            defaults={"valid_from": cast.BEGINNING},
        )
    answers = role in {Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK}
    assert len(search(who=NORTH, role=role)) == (2 if answers else 0)
    assert len(search(who=SUN, role=role)) == (3 if role is Role.OPEN_SUPPLIER else 0)


def test_another_commodity_finds_nothing(three: list[str]) -> None:
    found = send("POST", "/search", {}, who=NORTH, commodity="NATURAL_GAS")
    assert found.json() == []


@pytest.mark.parametrize(
    ("attributes", "wrong"),
    [
        ({"messageRequestId": "x"}, ("invalid-pattern", "messageRequestId")),
        ({"timestamp": "2026-05-04T10:00"}, ("invalid-pattern", "timestamp")),
        ({"senderEic": HOUSE}, ("eic-syntax-error", "senderEic")),
        ({"meterEic": JAAN}, ("eic-syntax-error", "meterEic")),
        ({"topic": "BILL"}, ("invalid-enum", "topic")),
        ({"requestStatus": "DONE"}, ("invalid-enum", "requestStatus")),
        ({"reference": {"referenceType": "X"}}, ("invalid-enum", "reference.referenceType")),
        (
            {"reference": {"referenceValue": "x" * 17}},
            ("field-cannot-be-longer-than-x-characters", "reference.referenceValue"),
        ),
        ({"requestComment": ""}, ("missing", "requestComment")),
        ({"requestComment": "x" * 4001}, ("field-cannot-be-longer-than-x-characters", "requestComment")),
        ({"comment": "x"}, ("missing-field", "comment")),
    ],
)
def test_a_wrong_attribute_is_named(attributes: dict[str, Any], wrong: tuple[str, str]) -> None:
    response = send("POST", "/search", {ATTRIBUTES: attributes}, who=SUN)
    assert response.status_code == 400
    assert faults(response) == [(wrong[0], f"{ATTRIBUTES}.{wrong[1]}")]


@pytest.mark.parametrize("pagination", [{"page": -1}, {"pageSize": 0}, {"pageSize": 501}])
def test_pages_have_bounds(pagination: dict[str, int]) -> None:
    assert send("POST", "/search", {"pagination": pagination}, who=SUN).status_code == 400


def test_what_is_found_counts_as_opened_by_who_reads_it(three: list[str]) -> None:
    first, second, third = three

    def opened() -> set[tuple[str, str]]:
        return {(str(key), side) for key, side in EnquiryOpening.objects.values_list("enquiry_id", "side")}

    # The supplier opens answers: there is one.
    search(who=SUN)
    assert opened() == {(second, "SENDER")}
    search(who=WIND)
    search({"topic": "DATA"}, who=NORTH)
    assert opened() == {(second, "SENDER"), (first, "RECEIVER")}
    search(who=NORTH, pagination={"page": 0, "pageSize": 1})
    search(who=SOUTH)
    assert opened() == {(second, "SENDER"), *((one, "RECEIVER") for one in (first, second, third))}
    stood = set(EnquiryOpening.objects.values_list("opened_at"))
    for who in (SUN, NORTH, SOUTH):
        search(who=who)
    assert set(EnquiryOpening.objects.values_list("opened_at")) == stood
