"""What a path names stands for the body's field of that name; where both name it they must agree."""

from typing import Any

import pytest

from datahub.errors import codes
from datahub.market import Role
from tests.api import Api

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.wire.urls")]
ID = "0b7c1bd4-8f0f-4e62-9f52-2f4b6c1d5e3a"
OTHER = "7e1f9b0e-4a37-4f5c-8a2e-91b3f2f8f7d1"


def _put(operator: Api, in_path: str, **body: Any) -> tuple[int, Any]:
    answer = operator.put(f"/api/v1/things/{in_path}", body, role=Role.GRID_OPERATOR)
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    "body", [{}, {"thingId": ID}, {"thingId": ID.upper()}, {"thingId": ID.replace("-", "")}, {"thingId": None}]
)
def test_the_path_gives_the_field(operator: Api, body: dict[str, Any]) -> None:
    assert _put(operator, ID, **body) == (200, {"thingId": ID})


def test_two_that_differ_are_refused_with_the_other_faults(operator: Api) -> None:
    status, answer = _put(operator, ID, thingId=OTHER, unknown=1)
    assert (status, answer["cause"]["code"]) == (400, codes.PATH_AND_BODY_DIFFER.name)
    assert answer["cause"]["args"] == ["thingId", OTHER, ID]
    assert [other["code"] for other in answer["cause"]["others"]] == [codes.MISSING_FIELD.name]


@pytest.mark.parametrize(("in_path", "body"), [("nonsense", {}), (ID, {"thingId": 7}), (ID, {"thingId": ["x"]})])
def test_what_is_no_id_is_refused_as_the_field(operator: Api, in_path: str, body: dict[str, Any]) -> None:
    status, answer = _put(operator, in_path, **body)
    assert (status, answer["cause"]["code"], answer["cause"]["args"][0]) == (400, codes.INVALID_PATTERN.name, "thingId")


def test_answers_may_be_texts_and_lists(operator: Api) -> None:
    assert operator.post("/api/v1/things", {}).json() == [ID, "2026-03-29"]
    assert operator.post("/api/v1/things/text", {}).json() == ID
