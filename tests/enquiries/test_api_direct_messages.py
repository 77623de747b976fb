"""`POST`, `PUT /direct-messages` and `…/response` over the wire: shapes, ids, refusals."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.market import Permission
from enquiries.models import Enquiry, EnquiryStep
from tests.api import Api, technical_user
from tests.enquiries import asking
from tests.enquiries.asking import (
    JAAN,
    NORTH,
    NOWHERE,
    PATH,
    SOUTH,
    SOUTHERN_HOUSE,
    SUN,
    SUPPLIER,
    WIND,
    answered,
    asked,
    faults,
    form,
    send,
)

# What differs between two runs of the same statements: values, and the names of savepoints.
_KEYS = re.compile(r"'[^']*'|s\d+_x\d+|\s*-?\b\d+\b")
REQUEST, CHANGE = "directMessageRequest", "directMessageRequestChange"
RESPONSE, RESPONSE_CHANGE = "directMessageResponse", "directMessageResponseChange"


@pytest.fixture(autouse=True)
def _market(db: None) -> None:
    asking.market()


def post(fields: dict[str, Any], who: str = SUN, **more: Any) -> Any:
    return send("POST", "", {REQUEST: fields}, who=who, **more)


# --- POST /direct-messages ----------------------------------------------------------------------------------------


def test_the_id_is_answered_as_text() -> None:
    response = post(form())
    assert response.status_code == 201
    assert response.content.decode() == f'"{Enquiry.objects.get().pk}"'


def test_everything_that_is_sent_is_kept() -> None:
    reference = {"referenceType": "INVOICE", "referenceValue": "1234567890123456"}
    fields = form(topic="INVOICE", reference=reference, requestComment="õ" * 4000, receiverEic=SOUTH)
    asked(**fields)
    kept = Enquiry.objects.get()
    assert (kept.topic, kept.reference_type, kept.reference_value) == ("INVOICE", "INVOICE", "1234567890123456")
    assert (kept.request_comment, kept.receiver.eic) == ("õ" * 4000, SOUTH)
    step = EnquiryStep.objects.get()
    assert (step.technical_user, step.user) == (f"{SUN}-test", None)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        *((name, None, "missing") for name in ("meterEic", "customerEic", "topic", "requestStatus")),
        ("meterEic", JAAN, "eic-syntax-error"),
        ("meterEic", "38ZGO-10000003-P", "eic-syntax-error"),
        ("customerEic", SOUTHERN_HOUSE, "eic-syntax-error"),
        ("receiverEic", SOUTHERN_HOUSE, "eic-syntax-error"),
        ("topic", "BILL", "invalid-enum"),
        ("topic", "data", "invalid-enum"),
        ("requestStatus", "CLOSE", "invalid-enum"),
        ("requestStatus", "CANCEL", "invalid-enum"),
        ("requestComment", "õ" * 4001, "field-cannot-be-longer-than-x-characters"),
        ("requestComment", 5, "invalid-pattern"),
        ("requestComment", "a\x00b", "invalid-pattern"),
        ("requestComment", "a\u202eb", "invalid-pattern"),
        ("requestComment", "a\x07b", "invalid-pattern"),
        ("responseComment", "Mine.", "missing-field"),
        ("reference", "2026-118", "invalid-pattern"),
        ("commodityType", "ELECTRICITY", "missing-field"),
    ],
)
def test_a_wrong_field_is_named(field: str, value: Any, code: str) -> None:
    response = post(form(**{field: value}))
    assert (response.status_code, faults(response)) == (400, [(code, f"{REQUEST}.{field}")])
    assert not Enquiry.objects.exists()


@pytest.mark.parametrize(
    ("reference", "wrong"),
    [
        ({}, [("missing", "referenceType"), ("missing", "referenceValue")]),
        ({"referenceType": "INVOICE"}, [("missing", "referenceValue")]),
        ({"referenceValue": "1"}, [("missing", "referenceType")]),
        ({"referenceType": "METER", "referenceValue": "1"}, [("invalid-enum", "referenceType")]),
        ({"referenceType": "INVOICE", "referenceValue": ""}, [("missing", "referenceValue")]),
        (
            {"referenceType": "INVOICE", "referenceValue": "12345678901234567"},
            [("field-cannot-be-longer-than-x-characters", "referenceValue")],
        ),
        ({"referenceType": "INVOICE", "referenceValue": 118}, [("invalid-pattern", "referenceValue")]),
    ],
)
def test_a_reference_is_whole(reference: Any, wrong: list[tuple[str, str]]) -> None:
    expected = [(code, f"{REQUEST}.reference.{field}") for code, field in wrong]
    assert faults(post(form(reference=reference))) == expected


def test_all_faults_of_fields_are_told_at_once() -> None:
    response = post({"topic": "X", "requestStatus": "CLOSE", "requestComment": "x" * 4001})
    assert [field.rpartition(".")[2] for _, field in faults(response)] == [
        *("meterEic", "customerEic", "topic", "requestStatus", "requestComment"),
    ]


def test_a_point_in_no_range_asks_for_the_operator() -> None:
    response = post(form(meterEic=NOWHERE))
    assert response.status_code == 422
    assert faults(response) == [("service-provider-external-id-resolve-error", f"{REQUEST}.receiverEic")]
    assert "name the operator" in response.json()["cause"]["message"]


def test_a_repeat_is_answered_as_the_first_and_saves_nothing() -> None:
    identification = uuid4()
    first, second = (post(form(), identification=identification) for _ in range(2))
    assert first.content == second.content
    assert second["x-document-replayed"] == "true"
    assert Enquiry.objects.count() == 1


def test_who_may_not_save_is_refused() -> None:
    asked()
    viewer = Api(technical_user(SUN, Permission.VIEWER_DIRECT_MESSAGE, suffix="viewer"))
    assert viewer.post(PATH, {REQUEST: form()}, role=SUPPLIER).status_code == 403
    assert viewer.post(f"{PATH}/search", {}, role=SUPPLIER).status_code == 200
    editor = Api(technical_user(SUN, Permission.EDITOR_DIRECT_MESSAGE, suffix="editor"))
    assert editor.post(PATH, {REQUEST: form()}, role=SUPPLIER).status_code == 201
    assert editor.post(f"{PATH}/search", {}, role=SUPPLIER).status_code == 200
    response = post(form(), who=NORTH)
    assert (response.status_code, faults(response)) == (403, [("sender-type-error", "GRID_OPERATOR")])


# --- PUT /direct-messages -----------------------------------------------------------------------------------------


def test_a_change_is_answered_with_the_whole_enquiry() -> None:
    enquiry = asked(topic="INVOICE", reference={"referenceType": "INVOICE", "referenceValue": "1"}, requestComment="?")
    response = send("PUT", "", {"messageRequestId": enquiry, CHANGE: {"requestComment": "??"}}, who=SUN)
    assert response.status_code == 200
    kept = Enquiry.objects.get()
    assert response.json() == {
        "messageRequestId": enquiry,
        "timestamp": kept.changed_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "senderEic": SUN,
        "receiverEic": NORTH,
        "meterEic": kept.meter_eic,
        "customerEic": kept.customer_eic,
        "topic": "INVOICE",
        "reference": {"referenceType": "INVOICE", "referenceValue": "1"},
        "requestStatus": "OPEN",
        "requestComment": "??",
    }


def test_comments_are_emptied_by_an_empty_text() -> None:
    enquiry = asked(requestComment="?")
    emptied = send("PUT", "", {"messageRequestId": enquiry, CHANGE: {"requestComment": ""}}, who=SUN)
    assert (emptied.status_code, "requestComment" in emptied.json()) == (200, False)
    again = send("PUT", "", {"messageRequestId": enquiry, CHANGE: {"requestComment": ""}}, who=SUN)
    assert (again.status_code, faults(again)[0][0]) == (422, "no-change-received")
    assert again.json()["cause"]["args"] == ["it contains nothing that differs from the current data"]
    answered(enquiry)
    for expected in (200, 422):
        sent = {"messageRequestId": enquiry, RESPONSE_CHANGE: {"responseComment": ""}}
        emptied = send("PUT", "/response", sent, who=NORTH)
        assert emptied.status_code == expected
    assert emptied.json()["cause"]["args"] == ["it contains nothing that differs from the current data"]
    assert "responseComment" not in asking.search({"messageRequestId": enquiry}, who=SUN)[0]
    steps = EnquiryStep.objects.order_by("id").values_list("changes", flat=True)
    assert list(steps)[-1] == {"responseComment": ["Soon.", None]}


def test_an_empty_comment_of_a_new_enquiry_or_answer_is_none() -> None:
    enquiry = asked(requestComment="")
    answered(enquiry, comment="")
    (found,) = asking.search({"messageRequestId": enquiry}, who=SUN)
    assert not {"requestComment", "responseComment"} & found.keys()


@pytest.mark.parametrize("text", [" two spaces  ", "   ", "\u00a0\u2003"])
def test_text_comes_back_as_it_was_sent(text: str) -> None:
    reference = {"referenceType": "INVOICE", "referenceValue": text}
    lines = f"\n\t{text}lines\r\n"
    enquiry = asked(requestComment=lines, reference=reference)
    answered(enquiry, comment=lines)
    for attributes in ({"requestComment": lines}, {"responseComment": lines}, {"reference": {"referenceValue": text}}):
        (found,) = asking.search(attributes, who=SUN)
        assert (found["requestComment"], found["responseComment"], found["reference"]) == (lines, lines, reference)


def test_null_is_left_out() -> None:
    enquiry = asked(requestComment="?")
    nothing = {"requestComment": None, "reference": None, "receiverEic": None}
    response = send("PUT", "", {"messageRequestId": enquiry, CHANGE: {**nothing, "topic": "INVOICE"}}, who=SUN)
    assert response.json()["requestComment"] == "?"


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"requestStatus": "CLOSE"}, (400, "invalid-enum", "requestStatus")),
        (
            {"reference": {"referenceType": "INVOICE", "referenceValue": ""}},
            (400, "missing", "reference.referenceValue"),
        ),
        ({"requestComment": "x" * 4001}, (400, "field-cannot-be-longer-than-x-characters", "requestComment")),
        ({"responseComment": "Mine."}, (400, "missing-field", "responseComment")),
        ({"reference": {"referenceValue": "1"}}, (400, "missing", "reference.referenceType")),
        ({"meterEic": SOUTHERN_HOUSE}, (422, "enquiry-attribute-cannot-be-changed", "meterEic")),
        ({"customerEic": asking.MARI}, (422, "enquiry-attribute-cannot-be-changed", "customerEic")),
        ({"receiverEic": SOUTH}, (422, "enquiry-attribute-cannot-be-changed", "receiverEic")),
    ],
)
def test_a_wrong_change_is_named(changes: dict[str, Any], wrong: tuple[int, str, str]) -> None:
    enquiry = asked()
    response = send("PUT", "", {"messageRequestId": enquiry, CHANGE: changes}, who=SUN)
    status, code, field = wrong
    assert (response.status_code, faults(response)) == (status, [(code, f"{CHANGE}.{field}")])


def test_what_an_empty_change_lacks() -> None:
    assert faults(send("PUT", "", {}, who=SUN)) == [("missing", "messageRequestId"), ("missing", CHANGE)]
    response = send("PUT", "", {"messageRequestId": asked(), CHANGE: {}}, who=SUN)
    assert (response.status_code, faults(response)[0][0]) == (422, "no-change-received")


def test_an_id_that_is_none_is_told_as_such() -> None:
    response = send("PUT", "", {"messageRequestId": "x", CHANGE: {}}, who=SUN)
    assert faults(response) == [("invalid-pattern", "messageRequestId")]
    assert faults(send("PUT", "/x", {CHANGE: {}}, who=SUN)) == [("invalid-pattern", "messageRequestId")]


def test_a_cancelled_enquiry_says_when() -> None:
    enquiry = asked()
    cancelled = send("PUT", "", {"messageRequestId": enquiry, CHANGE: {"requestStatus": "CANCEL"}}, who=SUN)
    assert cancelled.json()["requestStatus"] == "CANCEL"
    again = send("PUT", "", {"messageRequestId": enquiry, CHANGE: {"requestComment": "?"}}, who=SUN)
    assert again.status_code == 422
    cause = again.json()["cause"]
    assert cause["code"] == "opp.error.business.enquiry-has-ended"
    assert cause["args"] == ["cancelled by the supplier", cancelled.json()["timestamp"]]


# --- …/response ---------------------------------------------------------------------------------------------------


def test_a_response_is_answered_with_its_own_id() -> None:
    enquiry = asked()
    response = answered(enquiry, "CLOSE", "Here.")
    kept = Enquiry.objects.get()
    assert (str(kept.response_id), kept.response_comment, kept.request_status) == (response, "Here.", "CLOSE")
    assert response != enquiry


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({}, [("missing", "requestStatus")]),
        ({"requestStatus": "CANCEL"}, [("invalid-enum", "requestStatus")]),
        (
            {"requestStatus": "OPEN", "responseComment": "x" * 4001},
            [("field-cannot-be-longer-than-x-characters", "responseComment")],
        ),
        ({"requestStatus": "OPEN", "requestComment": "x"}, [("missing-field", "requestComment")]),
    ],
)
def test_a_wrong_response_is_named(sent: dict[str, Any], wrong: list[tuple[str, str]]) -> None:
    response = send("POST", "/response", {"messageRequestId": asked(), RESPONSE: sent}, who=NORTH)
    assert (response.status_code, faults(response)) == (400, [(code, f"{RESPONSE}.{field}") for code, field in wrong])


def test_a_response_may_have_4000_characters_or_none() -> None:
    answered(asked(), comment="x" * 4000)
    enquiry = asked()
    sent = {"messageRequestId": enquiry, RESPONSE: {"requestStatus": "CLOSE"}}
    assert send("POST", "/response", sent, who=NORTH).status_code == 201
    (found,) = asking.search({"messageRequestId": enquiry}, who=SUN)
    assert "responseComment" not in found


def test_a_second_response_is_refused() -> None:
    enquiry = asked()
    answered(enquiry)
    sent = {"messageRequestId": enquiry, RESPONSE: {"requestStatus": "CLOSE"}}
    response = send("POST", "/response", sent, who=NORTH)
    assert (response.status_code, faults(response)) == (422, [("enquiry-is-answered", "messageRequestId")])
    assert "PUT" in response.json()["cause"]["message"]


def test_what_is_not_answered_has_no_response_to_change() -> None:
    sent = {"messageRequestId": asked(), RESPONSE_CHANGE: {"requestStatus": "CLOSE"}}
    response = send("PUT", "/response", sent, who=NORTH)
    assert (response.status_code, faults(response)) == (422, [("enquiry-is-not-answered", "messageRequestId")])


def test_a_response_is_named_by_either_id_or_both() -> None:
    enquiry = asked()
    response = answered(enquiry)
    ids = {"messageRequestId": enquiry, "messageResponseId": response}
    for number, named in enumerate([["messageRequestId"], ["messageResponseId"], list(ids)]):
        sent = {**{name: ids[name] for name in named}, RESPONSE_CHANGE: {"responseComment": str(number)}}
        changed = send("PUT", "/response", sent, who=NORTH)
        assert (changed.status_code, changed.json()["responseComment"]) == (200, str(number))
        assert {name: changed.json()[name] for name in ids} == ids


def test_no_id_at_all_is_told_with_what_else_is_wrong() -> None:
    response = send("PUT", "/response", {}, who=NORTH)
    assert faults(response) == [("missing", RESPONSE_CHANGE), ("missing", "messageRequestId or messageResponseId")]
    response = send("PUT", "/response", {RESPONSE_CHANGE: {"requestStatus": "CANCEL"}}, who=NORTH)
    assert [code for code, _ in faults(response)] == ["invalid-enum", "missing"]


# --- ids in the path ----------------------------------------------------------------------------------------------


def test_ids_may_stand_in_the_path() -> None:
    enquiry = asked()
    changed = send("PUT", f"/{enquiry}", {CHANGE: {"requestComment": "?"}}, who=SUN)
    assert (changed.status_code, changed.json()["requestComment"]) == (200, "?")
    sent = {RESPONSE: {"requestStatus": "OPEN"}}
    response = send("POST", f"/{enquiry}/response", sent, who=NORTH)
    assert response.status_code == 201
    sent = {RESPONSE_CHANGE: {"requestStatus": "CLOSE"}}
    closed = send("PUT", f"/{enquiry}/response/{response.json()}", sent, who=NORTH)
    assert (closed.status_code, closed.json()["requestStatus"]) == (200, "CLOSE")


def test_ids_in_path_and_body_agree() -> None:
    enquiry = asked()
    sent = {"messageRequestId": enquiry.upper(), CHANGE: {"requestComment": "?"}}
    assert send("PUT", f"/{enquiry}", sent, who=SUN).status_code == 200
    response = send("PUT", f"/{enquiry}", {**sent, "messageRequestId": str(uuid4())}, who=SUN)
    assert (response.status_code, faults(response)) == (400, [("path-and-body-differ", "messageRequestId")])


def test_ids_of_two_enquiries_in_a_path_are_as_ids_that_do_not_exist() -> None:
    one, other = asked(), asked()
    answered(one)
    of_other = answered(other)
    sent = {RESPONSE_CHANGE: {"requestStatus": "CLOSE"}}
    mixed = send("PUT", f"/{one}/response/{of_other}", sent, who=NORTH)
    unknown = send("PUT", f"/{one}/response/{uuid4()}", sent, who=NORTH)
    assert mixed.status_code == unknown.status_code == 404
    assert faults(mixed) == faults(unknown) == [("enquiry-cannot-be-found", "messageRequestId, messageResponseId")]


def test_what_is_not_there_to_be_done_at_a_path() -> None:
    assert send("POST", f"/{uuid4()}", {}, who=SUN).status_code == 405
    assert send("PUT", "/search", {}, who=SUN).status_code == 405


# --- strangers ----------------------------------------------------------------------------------------------------


def test_a_stranger_s_answers_are_those_of_what_does_not_exist() -> None:
    """Word for word but for the id that was asked for and what is new with each answer; the database is asked alike."""
    enquiry = asked()
    response = answered(enquiry)
    acts = [
        ("PUT", "", "messageRequestId", {CHANGE: {"requestStatus": "CANCEL"}}, WIND),
        ("POST", "/response", "messageRequestId", {RESPONSE: {"requestStatus": "CLOSE"}}, SOUTH),
        ("PUT", "/response", "messageRequestId", {RESPONSE_CHANGE: {"requestStatus": "CLOSE"}}, SOUTH),
        ("PUT", "/response", "messageResponseId", {RESPONSE_CHANGE: {"requestStatus": "CLOSE"}}, SOUTH),
    ]
    for method, path, name, fields, who in acts:
        said, asked_of_database = [], []
        for key in (response if name == "messageResponseId" else enquiry, str(uuid4())):
            send(method, path, {name: str(uuid4()), **fields}, who=who)
            with CaptureQueriesContext(connection) as captured:
                refusal = send(method, path, {name: key, **fields}, who=who)
            asked_of_database.append([_KEYS.sub("…", one["sql"] or "") for one in captured])
            cause = refusal.json()["cause"]
            said.append((refusal.status_code, cause["code"], cause["message"].replace(key, "…"), cause["args"][0]))
            assert refusal.status_code == 404
        assert said[0] == said[1]
        assert asked_of_database[0] == asked_of_database[1]
    assert Enquiry.objects.get().request_status == "OPEN"
