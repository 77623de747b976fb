"""An OpenID provider that listens on a port, and that can be made to lie."""

import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import flask
import httpx
import werkzeug.serving
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from joserfc.jws import JWSRegistry

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import oidc_provider_mock

CLIENT_ID, CLIENT_SECRET = "datahub-pages", "provider-secret-of-the-tests"
Claims = dict[str, Any]


class Provider:
    """The provider. `claims` changes what its next tokens say; `forge` makes the whole token."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.claims: Callable[[Claims], Claims] = dict
        self.forge: Callable[[Claims], str] | None = None
        self.published: Claims = {}
        self.asked: list[Claims] = []
        self.fails = False
        # Made once: it reads all certificates of the machine, which nobody asks for here.
        self.http = httpx.Client(trust_env=False, verify=False)  # noqa: S501 - there is no TLS on this machine's own port
        app = oidc_provider_mock.app()
        app.after_request(self._answer)
        self.server = werkzeug.serving.make_server("127.0.0.1", 0, app, threaded=True)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"

    def sign(self, claims: Claims, key: RSAKey | None = None) -> str:
        """Make a token of claims."""
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key or self.key)

    def _answer(self, response: flask.Response) -> flask.Response:
        if self.fails:
            return flask.Response("away", status=503)
        path = flask.request.path
        if path == "/jwks":
            return flask.jsonify({"keys": [self.key.as_dict(private=False)]})
        if path == "/.well-known/openid-configuration":
            return flask.jsonify({**response.get_json(), **self.published})
        if path == "/oauth2/token":
            self.asked.append(flask.request.form.to_dict())
            said = response.get_json()
            if "id_token" in said:
                claims = self.claims(_claims_of(said["id_token"]))
                said["id_token"] = self.forge(claims) if self.forge else self.sign(claims)
                return flask.jsonify({name: value for name, value in said.items() if value})
        return response

    def person(self, subject: str, **claims: str) -> None:
        """Let the provider know somebody."""
        assert self.http.put(f"{self.issuer}/users/{subject}", json=claims).status_code == 204

    def consent(self, url: str, subject: str | None) -> str:
        """Do what a person does there: sign in as a subject, or decline; give where she is sent back to."""
        sent = {"sub": subject} if subject else {"action": "deny"}
        answer = self.http.post(url, data=sent)
        assert answer.status_code == 302, answer.text[:500]
        back = str(answer.headers["location"])
        # The mock forgets the state of who declines.
        state = str(httpx.URL(url).params["state"])
        return back if subject else f"{back}&state={state}"


def _claims_of(token: str) -> Claims:
    """Read a token of the mock's own key; it is signed anew afterwards."""
    import base64
    import json

    body = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))


def signed_with_the_client_secret(claims: Claims) -> str:
    """Make a token that whoever knows the client's secret could make."""
    return jwt.encode(
        {"alg": "HS256"}, claims, OctKey.import_key(CLIENT_SECRET), registry=JWSRegistry(algorithms=["HS256"])
    )


def unsigned(claims: Claims) -> str:
    """Make a token that anybody could make."""
    return jwt.encode({"alg": "none"}, claims, OctKey.import_key("x" * 32), registry=JWSRegistry(algorithms=["none"]))


@contextmanager
def running() -> Iterator[Provider]:
    """Run a provider."""
    provider = Provider()
    thread = threading.Thread(target=provider.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        provider.http.close()
        provider.server.shutdown()
        thread.join(5)
        provider.server.server_close()
