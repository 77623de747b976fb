"""Calling the API in tests as a participant's system does: a token of the real endpoint, headers, context.

    api("38X-EIN-GO-----0").post("/api/v1/meter", {...}, role=Role.GRID_OPERATOR)

The participant must stand in the database with its roles; a technical user with all permissions is made where it has
none, unless one is given. The answer is Django's test response; `.json()` reads it.
"""

import json
import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.test import Client

from datahub.market import Commodity, Permission, Role
from datahub.parties.models import Party, TechnicalUser
from datahub.parties.services import technical_users

TOKEN_PATH = "/realms/estfeed/protocol/openid-connect/token"
START = datetime(2020, 1, 1, tzinfo=UTC)
SECRET = "a-secret-of-the-tests"


def technical_user(
    participant_eic: str, *permissions: Permission, suffix: str = "test", allowed_networks: tuple[str, ...] = ()
) -> TechnicalUser:
    """Give a participant's technical user with SECRET, made if it is missing; without permissions named: ADMIN."""
    found = TechnicalUser.objects.filter(client_id=f"{participant_eic}-{suffix}").first()
    if found is None:
        found, _ = technical_users.register_technical_user(
            participant=Party.objects.get(eic=participant_eic),
            suffix=suffix,
            permissions=permissions or (Permission.ADMIN,),
            allowed_networks=allowed_networks,
            secret=SECRET,
            by=None,
            now=START,
        )
    return found


def ask_token(client_id: str, secret: str, **more: str) -> Any:
    """Ask the token endpoint; give its response."""
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, **more}
    return Client().post(TOKEN_PATH, form)


# Tokens that the endpoint has given, by id and secret, until when they may be used again; a token names no row of a
# database, so that one serves all tests of its minutes.
_given: dict[tuple[str, str], tuple[str, float]] = {}
_USED_SECONDS = 200


class Api:
    """A technical user at the API. A token is asked for once and again when it is refused."""

    def __init__(self, user: TechnicalUser, secret: str = SECRET) -> None:
        self.user = user
        self.secret = secret
        self.token = ""
        # A crash is an answer too: the frame's 500, not the exception in the test.
        self.client = Client(raise_request_exception=False)

    def context(self, role: str, commodity: str = Commodity.ELECTRICITY) -> dict[str, str]:
        """Give the context of a message in a role."""
        return {
            "marketParticipantIdentification": self.user.participant.eic,
            "marketParticipantRole": str(role),
            "commodityType": str(commodity),
        }

    def fresh_token(self) -> str:
        """Ask for a token."""
        response = ask_token(self.user.client_id, self.secret)
        assert response.status_code == 200, response.content
        token = str(response.json()["access_token"])
        _given[self.user.client_id, self.secret] = token, time.monotonic() + _USED_SECONDS
        return token

    def _token(self) -> str:
        token, until = _given.get((self.user.client_id, self.secret), ("", 0.0))
        return token if time.monotonic() < until else self.fresh_token()

    def headers(self, identification: object | None = None) -> dict[str, str]:
        """Give the headers of a message."""
        self.token = self.token or self._token()
        return {
            "authorization": f"Bearer {self.token}",
            "x-document-identification": str(identification or uuid4()),
            "x-document-date-time": datetime.now(UTC).isoformat(),
        }

    def post(self, path: str, body: dict[str, Any], **options: Any) -> Any:
        """Send a message by POST; see `send`."""
        return self.send("POST", path, body, **options)

    def put(self, path: str, body: dict[str, Any], **options: Any) -> Any:
        """Send a message by PUT; see `send`."""
        return self.send("PUT", path, body, **options)

    def send(
        self,
        method: str,
        path: str,
        body: dict[str, Any],
        *,
        role: str = Role.GRID_OPERATOR,
        commodity: str = Commodity.ELECTRICITY,
        identification: object | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        """Send a body with the context of a role added to it, and give the response."""
        whole = {"marketParticipantContext": self.context(role, commodity), **body}
        return self.send_bytes(
            method, path, json.dumps(whole).encode(), headers={**self.headers(identification), **(headers or {})}
        )

    def send_bytes(self, method: str, path: str, body: bytes, *, headers: dict[str, str]) -> Any:
        """Send bytes as they are."""
        response = self.client.generic(method, path, body, content_type="application/json", headers=headers)
        if response.status_code == 401 and self.token and headers.get("authorization") == f"Bearer {self.token}":
            # Time may have been moved past the token's end.
            self.token = self.fresh_token()
            headers = {**headers, "authorization": f"Bearer {self.token}"}
            response = self.client.generic(method, path, body, content_type="application/json", headers=headers)
        return response


def api(user: str | TechnicalUser, *permissions: Permission) -> Api:
    """Give a participant's system (by EIC, with the permissions named or else ADMIN), or a technical user's."""
    return Api(technical_user(user, *permissions) if isinstance(user, str) else user)


__all__ = ["SECRET", "Api", "api", "ask_token", "technical_user"]
