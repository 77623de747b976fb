"""The keys that sign and check tokens: ours, and those of an outside provider."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from joserfc.jwk import KeySet, RSAKey

from datahub.wire.checks import check_tokens
from datahub.wire.tokens import keys
from tests.api import TOKEN_PATH, Api
from tests.wire.tokens import CERTS, CLIENT, forge, show

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.wire.urls")]


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
