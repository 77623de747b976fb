"""What is asked of the OpenID provider: where to sign in, who has signed in there, where to sign out of it.

The code flow with PKCE, state and nonce is Authlib's; what the provider says is believed only if its token is signed
with a key of its own, for this client, for this very attempt, and not expired. Source: `5-web.md`, "Signing in";
OpenID Connect Core 1.0, 3.1.3.7.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import OAuth
from authlib.integrations.django_client.apps import DjangoOAuth2App
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from joserfc.errors import JoseError

logger = logging.getLogger(__name__)

NAME = "openid"
# How long somebody may take at the provider.
_PATIENCE = timedelta(minutes=15)
# How far the provider's clock may be from ours.
_CLOCK_SECONDS = 60
_TIMEOUT_SECONDS = 5
# What the provider publishes of itself is asked for anew after so long.
_KEPT_SECONDS = 600
# A token that is signed with a secret shared by both, or not at all, proves nothing.
_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
# What the provider says when the person, or it itself, would not go on; and when it cannot just now.
_DECLINED = frozenset({"access_denied", "user_cancel", "interaction_required", "login_required", "consent_required"})
_AWAY = frozenset({"temporarily_unavailable", "server_error"})
_SESSION_KEY = "openid"


class Why(StrEnum):
    """Why nobody was signed in."""

    DECLINED = "declined"
    EXPIRED = "expired"
    AWAY = "away"
    NOT_BELIEVED = "not-believed"


class NotSignedInError(Exception):
    """The provider has not said, or not credibly, who the person is."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Person:
    """Who has signed in at the provider, where she goes on to, and what signs her out there again."""

    subject: str
    first_name: str
    last_name: str
    next_path: str | None
    sign_out: dict[str, str]


def is_set_up() -> bool:
    """Tell whether the settings name a provider."""
    return bool(settings.SIGN_IN_OPENID_ISSUER and settings.SIGN_IN_OPENID_CLIENT_ID)


@lru_cache(maxsize=1)
def _made(issuer: str, client_id: str, client_secret: str, scopes: str, _: int) -> DjangoOAuth2App:
    app: DjangoOAuth2App = OAuth().register(
        NAME,
        client_id=client_id,
        client_secret=client_secret,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": scopes,
            "code_challenge_method": "S256",
            "default_timeout": _TIMEOUT_SECONDS,
        },
    )
    return app


def _provider() -> DjangoOAuth2App:
    """Give the provider with what it publishes of itself; raises NotSignedInError if it does not, or as another."""
    issuer = settings.SIGN_IN_OPENID_ISSUER
    scopes = " ".join(dict.fromkeys(["openid", *settings.SIGN_IN_OPENID_SCOPES]))
    age = int(time.monotonic() // _KEPT_SECONDS)
    found = _made(issuer, settings.SIGN_IN_OPENID_CLIENT_ID, settings.SIGN_IN_OPENID_CLIENT_SECRET, scopes, age)
    try:
        published = found.load_server_metadata()
    except (requests.RequestException, ValueError) as error:
        logger.warning("The OpenID provider does not say what it is: %s", error)
        raise NotSignedInError(Why.AWAY) from error
    if published.get("issuer") != issuer:
        _made.cache_clear()
        logger.error("The OpenID provider calls itself %r and not %r", published.get("issuer"), issuer)
        raise NotSignedInError(Why.NOT_BELIEVED)
    offered = published.get("id_token_signing_alg_values_supported", ["RS256"])
    published["id_token_signing_alg_values_supported"] = [name for name in offered if name in _ALGORITHMS]
    return found


def begin(request: HttpRequest, *, next_path: str | None, now: datetime) -> HttpResponse:
    """Send somebody to the provider; what belongs to the attempt is kept in her session.

    Raises NotSignedInError if the provider cannot be reached.
    """
    app = _provider()
    back = settings.PUBLIC_URL.rstrip("/") + reverse("openid-callback")
    asked = app.create_authorization_url(back, ui_locales=get_language())
    app.save_authorize_data(request, redirect_uri=back, begun=now.timestamp(), next=next_path, **asked)
    return HttpResponse(status=302, headers={"Location": asked["url"]})


def finish(request: HttpRequest, *, now: datetime) -> Person:
    """Give the person who comes back from the provider.

    Raises NotSignedInError for an attempt that this session has not begun, or too long ago; for what the provider
    refuses; for a token that is not about this attempt.
    """
    if request.GET.get("state", "") == "":
        raise NotSignedInError(Why.EXPIRED)
    app = _provider()
    state = request.GET["state"]
    begun = app.framework.get_state_data(request.session, state)
    if begun is None:
        raise NotSignedInError(Why.EXPIRED)
    if now.timestamp() - begun["begun"] > _PATIENCE.total_seconds():
        app.framework.clear_state_data(request.session, state)
        raise NotSignedInError(Why.EXPIRED)
    error = request.GET.get("error")
    if error:
        app.framework.clear_state_data(request.session, state)
        logger.info("The OpenID provider refuses: %r", error[:100])
        if error in _DECLINED:
            raise NotSignedInError(Why.DECLINED)
        raise NotSignedInError(Why.AWAY if error in _AWAY else Why.NOT_BELIEVED)
    try:
        token = app.authorize_access_token(
            request,
            leeway=_CLOCK_SECONDS,
            claims_options={
                "iss": {"essential": True, "value": settings.SIGN_IN_OPENID_ISSUER},
                "aud": {"essential": True, "value": settings.SIGN_IN_OPENID_CLIENT_ID},
                "sub": {"essential": True},
            },
        )
    except requests.RequestException as failed:
        logger.warning("The OpenID provider does not answer: %s", failed)
        raise NotSignedInError(Why.AWAY) from failed
    except (AuthlibBaseError, JoseError, ValueError) as failed:
        logger.warning("What the OpenID provider says is not believed: %s", failed)
        raise NotSignedInError(Why.NOT_BELIEVED) from failed
    claims = token.get("userinfo")
    if not claims or not isinstance(claims["sub"], str):
        logger.warning("The OpenID provider gave no token that says who signed in")
        raise NotSignedInError(Why.NOT_BELIEVED)
    # The national gateway gives the names in a claim of its own.
    named: Any = claims.get("profile_attributes")
    named = {**(named if isinstance(named, dict) else {}), **claims}
    return Person(
        subject=claims["sub"],
        first_name=_text(named.get("given_name")),
        last_name=_text(named.get("family_name")),
        next_path=begun.get("next"),
        sign_out=_sign_out(app, token["id_token"]),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _sign_out(app: DjangoOAuth2App, id_token: str) -> dict[str, str]:
    if not app.server_metadata.get("end_session_endpoint"):
        return {}
    made = app.create_logout_url(
        post_logout_redirect_uri=settings.PUBLIC_URL.rstrip("/") + reverse("landing"),
        id_token_hint=id_token,
        client_id=settings.SIGN_IN_OPENID_CLIENT_ID,
        ui_locales=get_language(),
    )
    return {"url": made["url"]}


def remember(request: HttpRequest, person: Person) -> None:
    """Keep in her session what signs a person out at the provider too."""
    if person.sign_out:
        request.session[_SESSION_KEY] = person.sign_out


def sign_out_url(request: HttpRequest) -> str | None:
    """Give where the session's person signs out at the provider too, None if that is not possible."""
    kept = request.session.get(_SESSION_KEY)
    return None if kept is None else str(kept["url"])
