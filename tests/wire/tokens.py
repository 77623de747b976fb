"""A good message sent with whatever stands for a token."""

import base64
import json
import time
from typing import Any

from joserfc import jwt

from datahub.market import Role
from datahub.wire.tokens import keys
from tests.api import Api
from tests.wire.conftest import GRID_OPERATOR

CLIENT = f"{GRID_OPERATOR}-test"
THING = {"thing": {"meterEic": "38ZGO-10000001-U"}}
CERTS = "/realms/estfeed/protocol/openid-connect/certs"


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
