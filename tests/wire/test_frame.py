"""What the frame does for every service, in its order."""

import re
from uuid import uuid4

import pytest

from tests.api import Api

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.wire.urls")]

SHOW = "/api/v1/show"
POINT = "38ZGO-10000001-U"
THING = {"thing": {"meterEic": POINT}}


def code(response: object) -> str:
    return response.json()["cause"]["code"]


def test_a_good_request_passes(operator: Api) -> None:
    identification = uuid4()
    response = operator.post(SHOW, THING, identification=identification)
    assert response.status_code == 200, response.content
    body = response.json()
    assert body["thing"] == {"meterEic": POINT}
    assert body["page"] == [0, 500]
    assert (body["participant"], body["role"]) == ("38X-EIN-GO-----0", "GRID_OPERATOR")
    assert body["user"] == "38X-EIN-GO-----0-test"
    assert body["identification"] == str(identification)
    assert response["x-original-document-identification"] == str(identification)
    assert response["x-document-identification"] != str(identification)
    assert response["x-document-date-time"].endswith("Z")
    assert re.fullmatch("[0-9a-f]{32}", response["x-trace-id"])
    assert response["x-highest-id"] == "7"
    assert response["Content-Type"] == "application/json"
