"""Tokens as any OpenID client asks for them, and what the API takes for one."""

import base64
import hmac
import json
import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from datahub.market import Role
from datahub.parties.services import technical_users
from datahub.wire.checks import check_tokens
from datahub.wire.tokens import keys
from tests.api import SECRET, TOKEN_PATH, Api, ask_token, technical_user
from tests.wire.conftest import GRID_OPERATOR

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.wire.urls")]

CLIENT = f"{GRID_OPERATOR}-test"
THING = {"thing": {"meterEic": "38ZGO-10000001-U"}}
CERTS = "/realms/estfeed/protocol/openid-connect/certs"


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def show(caller: Api, token: str) -> Any:
    """Send a good message with a token; give the status and the error's code."""
    whole = {"marketParticipantContext": caller.context(Role.GRID_OPERATOR), **THING}
    headers = {**caller.headers(), "authorization": f"Bearer {token}"}
    caller.token = ""
    response = caller.send_bytes("POST", "/api/v1/show", json.dumps(whole).encode(), headers=headers)
    return response.status_code, response.json().get("cause", {}).get("code", "").rsplit(".", 1)[-1]


def show_with(caller: Api, token: str) -> Any:
    caller.token = "unused"
    return show(caller, token)


def claims_of(token: str) -> dict[str, Any]:
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


# --- the endpoint --------------------------------------------------------------------------------------------------
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
    technical_users.set_active(technical_user=operator.user, is_active=False)
    assert ask_token(CLIENT, SECRET).status_code == 401
    assert show_with(operator, token) == (401, "authentication")


def test_two_secrets_are_good_while_they_overlap(operator: Api) -> None:
    now = datetime.now(UTC)
    new = technical_users.rotate_secret(technical_user=operator.user, now=now, overlap=timedelta(hours=1))
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


# --- attempts ------------------------------------------------------------------------------------------------------
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


# --- what the API takes for a token --------------------------------------------------------------------------------
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


def forge(claims: dict[str, Any], key: Any = None, **header: Any) -> str:
    good = {
        "iss": "http://127.0.0.1:8000/realms/estfeed",
        "aud": "datahub",
        "sub": CLIENT,
        "client_id": CLIENT,
        "iat": int(time.time()),
        "exp": int(time.time()) + 60,
    }
    whole = {name: value for name, value in {**good, **claims}.items() if value is not None}
    key = key or keys.signing_keys().keys[0]
    return jwt.encode(
        {"alg": "RS256", "typ": "at+jwt", "kid": keys.signing_keys().keys[0].kid, **header},
        whole,
        key,
        algorithms=["RS256", "RS512"],
    )


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


# --- keys ----------------------------------------------------------------------------------------------------------
def test_keys_are_changed_without_a_pause(operator: Api, settings: Any) -> None:
    old, new = (RSAKey.generate_key(2048).as_pem(private=True).decode() for _ in range(2))
    settings.DATAHUB_TOKEN_KEY = old
    token = operator.fresh_token()
    settings.DATAHUB_TOKEN_KEY = (new + old).replace("\n", "\\n")
    assert show(operator, token) == (200, "")
    assert show(operator, operator.fresh_token()) == (200, "")
    assert len(Client().get(CERTS).json()["keys"]) == 2
    settings.DATAHUB_TOKEN_KEY = new
    assert show(operator, token) == (401, "authentication")


def test_the_kept_key_is_made_once_by_many_at_once(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "token.pem"
    read: list[str] = []
    start = threading.Barrier(4)

    def make() -> None:
        start.wait()
        # Past the cache: another process has its own.
        read.append(keys._kept_key.__wrapped__(str(tmp_path)))

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read) == 4
    assert len(set(read)) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["token.pem"]


def test_in_production_no_key_is_made_up(settings: Any) -> None:
    settings.TOKEN_KEY_MAY_BE_MADE = False
    with pytest.raises(ImproperlyConfigured):
        keys.signing_keys()
    assert [error.id for error in check_tokens()] == ["wire.E002"]
    settings.DATAHUB_TOKEN_KEY = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"
    assert [error.id for error in check_tokens()] == ["wire.E002"]
    settings.OIDC_ISSUER = "https://login.example"
    assert [error.id for error in check_tokens()] == ["wire.E001"]
    settings.OIDC_JWKS_URL = "https://login.example/certs"
    assert check_tokens() == []


# --- an outside provider -------------------------------------------------------------------------------------------
class Provider(HTTPServer):
    """Gives out keys as an OpenID provider does, counting how often."""

    def __init__(self) -> None:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked += 1
                body = json.dumps(KeySet(provider.keys).as_dict(private=False)).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        super().__init__(("127.0.0.1", 0), Handler)
        self.keys = [RSAKey.generate_key(2048, {"kid": "one"})]
        self.asked = 0


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    server = Provider()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.OIDC_ISSUER = "https://login.example/realms/market"
    settings.OIDC_JWKS_URL = f"http://127.0.0.1:{server.server_port}/certs"
    keys.remote_keys.cache_clear()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_outside_providers_tokens_are_checked_with_its_keys(operator: Api, provider: Provider) -> None:
    operator.token = "unused"
    theirs = {"iss": "https://login.example/realms/market", "aud": "account", "client_id": None, "azp": CLIENT}
    token = forge({**theirs, "typ": "Bearer"}, provider.keys[0], kid="one", typ="JWT")
    for _ in range(3):
        assert show(operator, token) == (200, "")
        operator.token = "unused"
    assert provider.asked == 1
    assert show(operator, forge({**theirs, "typ": "ID"}, provider.keys[0], kid="one", typ="JWT"))[0] == 401
    operator.token = "unused"
    assert show(operator, forge({})) == (401, "authentication")
    assert provider.asked == 1, "an unknown key id does not make every request ask the provider"
    assert Client().post(TOKEN_PATH).status_code == 404


def test_a_providers_new_key_is_found_and_its_keys_last_while_it_is_away(operator: Api, provider: Provider) -> None:
    operator.token = "unused"
    theirs = {"iss": "https://login.example/realms/market", "azp": CLIENT}
    first = provider.keys[0]
    assert show(operator, forge(theirs, first, kid="one"))[0] == 200
    holder = keys.remote_keys(f"http://127.0.0.1:{provider.server_port}/certs")
    holder.again_seconds = 0
    provider.keys.append(RSAKey.generate_key(2048, {"kid": "two"}))
    operator.token = "unused"
    assert show(operator, forge(theirs, provider.keys[1], kid="two"))[0] == 200
    holder.url = "http://127.0.0.1:1/certs"
    holder.keep_seconds = 0
    operator.token = "unused"
    assert show(operator, forge(theirs, first, kid="one"))[0] == 200


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
    technical_users.rotate_secret(technical_user=operator.user, now=datetime.now(UTC))
    two = cost(CLIENT)
    technical_users.set_active(technical_user=operator.user, is_active=False)
    assert one == two == cost(CLIENT) == cost("nobody") == 2
