"""What the API takes for a token."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from joserfc.jwk import RSAKey

from datahub.wire.tokens import keys
from tests.api import Api, technical_user
from tests.wire.conftest import GRID_OPERATOR
from tests.wire.tokens import CLIENT, THING, claims_of, forge, show

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.wire.urls")]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic abc",
        "Bearer abc",
        "Bearer a.b",
        "Bearer a.b.c.d.e",
        "Bearer õ.ä.ö",
        "Bearer ..",
        "Bearer a.b.c",
    ],
)
def test_what_is_no_token_is_jwt_format(operator: Api, value: str) -> None:
    headers = {**operator.headers(), "authorization": value}
    response = operator.send_bytes("POST", "/api/v1/show", b"{}", headers=headers)
    assert response.status_code == 401
    assert response.json()["cause"]["code"] == "opp.error.technical.jwt-format"
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({}, 200),
        ({"aud": ["other", "datahub"]}, 200),
        ({"iss": "http://elsewhere/realms/estfeed"}, 401),
        ({"iss": None}, 401),
        ({"aud": "other"}, 401),
        ({"aud": None}, 401),
        ({"exp": 1}, 401),
        ({"exp": None}, 401),
        ({"exp": "tomorrow"}, 401),
        ({"nbf": 9_999_999_999}, 401),
        ({"client_id": "nobody"}, 401),
        ({"client_id": None}, 401),
        ({"client_id": None, "azp": CLIENT}, 200),
        ({"client_id": "a\x00b"}, 401),
        ({"client_id": 5}, 401),
        ({"typ": "ID"}, 401),
    ],
)
def test_claims_are_checked(operator: Api, claims: dict[str, Any], status: int) -> None:
    assert show(operator, forge(claims))[0] == status


def test_signatures_are_checked(operator: Api) -> None:
    stranger = RSAKey.generate_key(2048)
    assert show(operator, forge({}, stranger)) == (401, "authentication")
    good = forge({})
    head, body, signature = good.split(".")
    assert show(operator, f"{head}.{body}.{signature[:-6]}AAAAAA")[0] == 401
    other = base64.urlsafe_b64encode(json.dumps({**claims_of(good), "client_id": "x"}).encode()).decode().rstrip("=")
    assert show(operator, f"{head}.{other}.{signature}")[0] == 401
    nothing = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').decode().rstrip("=")
    assert show(operator, f"{nothing}.{body}.")[0] == 401
    # The public key taken for a shared secret.
    public = keys.signing_keys().keys[0].as_pem(private=False)
    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "typ": "at+jwt"}).encode()).decode().rstrip("=")
    digest = hmac.digest(public, f"{head}.{body}".encode(), "sha256")
    mixed = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert show(operator, f"{head}.{body}.{mixed}")[0] == 401
    unbound = RSAKey.import_key(keys.signing_keys().keys[0].as_pem(private=True))
    assert show(operator, forge({}, unbound, alg="RS512"))[0] == 401
    assert show(operator, forge({}, typ="logout+jwt"))[0] == 401


def test_a_token_ends_after_five_minutes(operator: Api) -> None:
    token = operator.fresh_token()
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=290)):
        assert show(operator, token) == (200, "")
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=315)):
        assert show(operator, token) == (401, "authentication")


@pytest.mark.parametrize(
    ("networks", "address", "allowed"),
    [
        (("192.0.2.0/24",), "192.0.2.77", True),
        (("192.0.2.0/24",), "198.51.100.1", False),
        (("192.0.2.0/24", "2001:db8::/32"), "2001:db8::1", True),
        (("192.0.2.0/24",), "::ffff:192.0.2.1", True),
        (("192.0.2.0/24",), "", False),
    ],
)
def test_networks_are_checked(operator: Api, networks: tuple[str, ...], address: str, allowed: bool) -> None:
    caller = Api(technical_user(GRID_OPERATOR, suffix="net", allowed_networks=networks))
    caller.headers()
    caller.client.defaults["REMOTE_ADDR"] = address
    response = caller.post("/api/v1/show", THING)
    assert response.status_code == (200 if allowed else 403)
    if not allowed:
        assert response.json()["cause"]["code"] == "opp.error.technical.ip-address-not-allowed"


def test_behind_proxies_the_address_is_the_one_that_they_saw(operator: Api, settings: Any) -> None:
    caller = Api(technical_user(GRID_OPERATOR, suffix="net", allowed_networks=("192.0.2.0/24",)))
    claimed = {"x-forwarded-for": "192.0.2.1"}
    assert caller.post("/api/v1/show", THING, headers=claimed).status_code == 403
    settings.TRUSTED_PROXIES = 1
    assert caller.post("/api/v1/show", THING, headers=claimed).status_code == 200
    spoofed = {"x-forwarded-for": "192.0.2.1, 198.51.100.7"}
    assert caller.post("/api/v1/show", THING, headers=spoofed).status_code == 403
