"""The token endpoint, as any OpenID client asks it."""

import base64
import os
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client
from joserfc import jwt
from joserfc.jwk import KeySet

from datahub import limits
from datahub.parties.services import technical_users
from tests.api import SECRET, TOKEN_PATH, Api, ask_token
from tests.wire.conftest import GRID_OPERATOR
from tests.wire.tokens import CERTS, CLIENT, claims_of, show, show_with

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.wire.urls")]


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def test_a_token_has_what_rfc_9068_wants_and_lasts_five_minutes(operator: Api) -> None:
    response = ask_token(CLIENT, SECRET)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Type"] == "application/json"
    body = response.json()
    assert set(body) == {"access_token", "token_type", "expires_in", "scope"}
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 300, "openid")
    key_set = KeySet.import_key_set(Client().get(CERTS).json())
    token = jwt.decode(body["access_token"], key_set, algorithms=["RS256"])
    assert token.header["typ"] == "at+jwt"
    assert token.header["kid"] == key_set.keys[0].kid
    claims = token.claims
    assert claims["iss"] == "http://127.0.0.1:8000/realms/estfeed"
    assert claims["sub"] == claims["client_id"] == CLIENT
    assert claims["eic"] == GRID_OPERATOR
    assert claims["aud"] == "datahub"
    assert claims["exp"] - claims["iat"] == 300
    assert claims["jti"] != claims_of(ask_token(CLIENT, SECRET).json()["access_token"])["jti"]


def test_the_secret_may_stand_in_the_header_and_openid_may_be_asked_for(operator: Api) -> None:
    form = {"grant_type": "client_credentials", "scope": "openid"}
    response = Client().post(TOKEN_PATH, form, headers=basic(CLIENT, SECRET))
    assert response.status_code == 200
    assert show(operator, response.json()["access_token"]) == (200, "")


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_id": CLIENT, "client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody", "client_secret": SECRET}, 401, "invalid_client"),
        ({"client_id": CLIENT}, 401, "invalid_client"),
        ({"client_id": "a\x00b", "client_secret": "a\x00b"}, 401, "invalid_client"),
        ({"client_id": "x" * 10_000, "client_secret": "ÿ€"}, 401, "invalid_client"),
        ({}, 401, "invalid_client"),
        ({"client_id": CLIENT, "client_secret": SECRET, "grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_id": CLIENT, "client_secret": SECRET, "grant_type": 'õ"\\'}, 400, "unsupported_grant_type"),
        ({"client_id": CLIENT, "client_secret": SECRET, "grant_type": ""}, 400, "invalid_request"),
        ({"client_id": CLIENT, "client_secret": SECRET, "scope": "everything"}, 400, "invalid_scope"),
    ],
)
def test_errors_are_those_of_rfc_6749(operator: Api, form: dict[str, str], status: int, error: str) -> None:
    response = Client().post(TOKEN_PATH, {"grant_type": "client_credentials", **form})
    assert (response.status_code, response.json()["error"]) == (status, error)
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "value", ["Basic", "Basic ", "Basic !!!", "Basic /////w==", "Basic Og==", "Bearer x", "Basic \xff"]
)
def test_an_authorization_header_that_cannot_be_read_is_invalid_client(operator: Api, value: str) -> None:
    response = Client().post(TOKEN_PATH, {"grant_type": "client_credentials"}, headers={"authorization": value})
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert "WWW-Authenticate" in response


def test_an_unknown_and_a_known_client_are_refused_alike(operator: Api) -> None:
    wrong, unknown = ask_token(CLIENT, "wrong"), ask_token("38X-NOBODY-test", "wrong")
    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content)


def test_a_user_that_is_shut_out_gets_no_token_and_its_token_is_refused(operator: Api) -> None:
    token = operator.fresh_token()
    technical_users.set_active(technical_user=operator.user, is_active=False, by=None, now=datetime.now(UTC))
    assert ask_token(CLIENT, SECRET).status_code == 401
    assert show_with(operator, token) == (401, "authentication")


def test_two_secrets_are_good_while_they_overlap(operator: Api) -> None:
    now = datetime.now(UTC)
    new = technical_users.rotate_secret(technical_user=operator.user, by=None, now=now, overlap=timedelta(hours=1))
    assert [ask_token(CLIENT, secret).status_code for secret in (SECRET, new)] == [200, 200]
    with time_machine.travel(now + timedelta(hours=2)):
        assert [ask_token(CLIENT, secret).status_code for secret in (SECRET, new)] == [401, 200]


def test_a_form_that_is_too_large_is_413_and_not_read(operator: Api, caplog: pytest.LogCaptureFixture) -> None:
    response = ask_token(CLIENT, SECRET, filler="x" * 5_000_000)
    assert response.status_code == 413
    assert response.json() == {
        "error": "invalid_request",
        "error_description": "The form must have at most 65536 bytes.",
    }
    assert not [record for record in caplog.records if record.exc_info]
    assert ask_token(CLIENT, SECRET, filler="x" * 60_000).status_code == 200


def test_other_methods_are_405_and_an_unknown_realm_is_404(operator: Api) -> None:
    got = Client().get(TOKEN_PATH)
    assert (got.status_code, got["Allow"], got.json()["error_description"]) == (405, "POST", "The method must be POST.")
    for name in ("protocol/openid-connect/token", "protocol/openid-connect/certs", ".well-known/openid-configuration"):
        response = Client().post(f"/realms/other/{name}") if "token" in name else Client().get(f"/realms/other/{name}")
        assert response.status_code == 404
        assert response.json()["error"]


def test_the_configuration_names_everything(operator: Api) -> None:
    found = Client().get("/realms/estfeed/.well-known/openid-configuration").json()
    assert found["issuer"] == claims_of(operator.fresh_token())["iss"]
    assert found["token_endpoint"].endswith(TOKEN_PATH)
    assert found["jwks_uri"].endswith(CERTS)
    certs = Client().get(CERTS).json()["keys"]
    assert {"kty", "n", "e", "kid", "use", "alg"} <= set(certs[0])
    assert "d" not in certs[0]


def test_wrong_secrets_are_limited_per_client_and_address(operator: Api, settings: Any) -> None:
    settings.SIGN_IN_FAILURES_PER_CLIENT = 3
    address = f"192.0.2.{os.getpid() % 250}"
    form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": "wrong"}
    # Away from a window's end, so that all attempts lie in one.
    with time_machine.travel(datetime.fromtimestamp((time.time() // 300) * 300 + 10, UTC)):
        statuses = [Client(REMOTE_ADDR=address).post(TOKEN_PATH, form).status_code for _ in range(5)]
        assert statuses == [401, 401, 401, 429, 429]
        right = Client(REMOTE_ADDR=address).post(TOKEN_PATH, {**form, "client_secret": SECRET})
        assert right.status_code == 429
        assert 1 <= int(right["Retry-After"]) <= 300
        assert right.json()["error"] == "temporarily_unavailable"
        elsewhere = Client(REMOTE_ADDR="192.0.2.251").post(TOKEN_PATH, {**form, "client_secret": SECRET})
        assert elsewhere.status_code == 200


def test_guessing_at_many_clients_from_one_address_is_limited(operator: Api, settings: Any) -> None:
    settings.SIGN_IN_FAILURES_PER_ADDRESS = 3
    client = Client(REMOTE_ADDR=f"198.51.100.{os.getpid() % 250}")
    with time_machine.travel(datetime.fromtimestamp((time.time() // 300) * 300 + 10, UTC)):
        forms = [
            {"grant_type": "client_credentials", "client_id": f"guess-{number}", "client_secret": "x"}
            for number in range(4)
        ]
        assert [client.post(TOKEN_PATH, form).status_code for form in forms] == [401, 401, 401, 429]


def test_tokens_are_given_without_redis(operator: Api, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert ask_token(CLIENT, SECRET).status_code == 200
    assert ask_token(CLIENT, "wrong").status_code == 401


def test_wrong_secrets_are_limited_without_redis_too(
    operator: Api, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_away_until", 0.0)
    monkeypatch.setattr(limits, "_alone", {})
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.SIGN_IN_FAILURES_PER_CLIENT = 3
    settings.SIGN_IN_WINDOW_SECONDS = 10**9
    assert [ask_token(CLIENT, "wrong").status_code for _ in range(5)] == [401, 401, 401, 429, 429]
    assert ask_token(CLIENT, SECRET).status_code == 429


def test_a_refusal_costs_the_same_for_known_and_unknown_clients(operator: Api, monkeypatch: Any) -> None:
    hashed: list[str] = []
    for name in ("check_password", "make_password"):
        real = getattr(technical_users, name)

        def counted(secret: str, *rest: str, real: Any = real) -> Any:
            hashed.append(secret)
            return real(secret, *rest)

        monkeypatch.setattr(technical_users, name, counted)

    def cost(client_id: str) -> int:
        hashed.clear()
        assert technical_users.verify_secret(client_id=client_id, secret="wrong", now=datetime.now(UTC)) is None
        return len(hashed)

    one = cost(CLIENT)
    technical_users.rotate_secret(technical_user=operator.user, by=None, now=datetime.now(UTC))
    two = cost(CLIENT)
    technical_users.set_active(technical_user=operator.user, is_active=False, by=None, now=datetime.now(UTC))
    assert one == two == cost(CLIENT) == cost("nobody") == 2


def test_while_the_database_is_away_no_token_is_given_and_nobody_is_called_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone(**_: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(technical_users, "verify_secret", gone)
    form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
    answer = Client(raise_request_exception=False).post(TOKEN_PATH, form)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["error"] == "temporarily_unavailable"
