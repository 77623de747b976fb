"""The hub's own token endpoint: client credentials for a signed access token. Sources: RFC 6749, RFC 9068."""

import logging
import re
from datetime import datetime
from typing import Any

from authlib.integrations.django_oauth2 import AuthorizationServer
from authlib.integrations.django_oauth2.requests import DjangoOAuth2Payload
from authlib.oauth2.rfc6749 import ClientMixin, InvalidClientError, InvalidRequestError, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749.authenticate_client import authenticate_client_secret_basic
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6749.util import extract_basic_authorization
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from joserfc.jwk import KeySet

from datahub.addresses import address_of
from datahub.parties.models import TechnicalUser
from datahub.parties.services import technical_users
from datahub.sign_in_limits import Attempts
from datahub.wire import intake
from datahub.wire.tokens import keys, realms

logger = logging.getLogger(__name__)

GRANT_TYPE = "client_credentials"
AUTHENTICATION_METHODS = ["client_secret_basic", "client_secret_post"]
DEFAULT_SCOPE = "openid"
SCOPES = ["openid", "profile", "email"]
_CLIENT_ID = re.compile(r"\d{2}X[A-Z0-9-]{13}-[A-Za-z0-9._-]{1,40}")
# An id, a secret and a few words; nobody who knows neither may have the hub read more.
MAX_FORM_BYTES = 64 * 1024


class TooManyAttempts(OAuth2Error):  # type: ignore[misc]
    """Too many wrong secrets for a client from an address, or from the address for any clients."""

    error = "temporarily_unavailable"
    description = "Too many failed attempts; try again later."
    status_code = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after

    def get_headers(self) -> list[tuple[str, str]]:
        """Say when the next attempt is welcome."""
        return [*super().get_headers(), ("Retry-After", str(self.retry_after))]


class Client(ClientMixin):  # type: ignore[misc]
    """A client that asks for a token. Whether there is such a technical user shows only with its secret."""

    def __init__(self, client_id: str, address: str, now: datetime) -> None:
        self.client_id = client_id
        self.address = address
        self.now = now
        self.technical_user: TechnicalUser | None = None

    def get_client_id(self) -> str:
        """Give the id."""
        return self.client_id

    def get_allowed_scope(self, scope: str | None) -> str:
        """Give the scope asked for; the endpoint has refused others than those that it knows."""
        return scope or DEFAULT_SCOPE

    def check_client_secret(self, client_secret: str) -> bool:
        """Tell whether a secret is right, counting the wrong ones."""
        attempts = Attempts(self.client_id, self.address, self.now)
        if wait := attempts.wait():
            raise TooManyAttempts(wait)
        if "\x00" not in self.client_id + client_secret:
            self.technical_user = technical_users.verify_secret(
                client_id=self.client_id, secret=client_secret, now=self.now
            )
        if self.technical_user is None:
            attempts.add_failure()
            # What no client is called like may be a secret in the wrong field.
            named = self.client_id if _CLIENT_ID.fullmatch(self.client_id) else "of another form"
            logger.info("Wrong secret or unknown client %s from %s", named, self.address)
        return self.technical_user is not None

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Allow both ways to send the secret."""
        return method in AUTHENTICATION_METHODS

    def check_grant_type(self, grant_type: str) -> bool:
        """Allow client credentials."""
        return grant_type == GRANT_TYPE


class _Grant(ClientCredentialsGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = AUTHENTICATION_METHODS


class _TokenGenerator(JWTBearerTokenGenerator):  # type: ignore[misc]
    def get_jwks(self) -> KeySet:
        return KeySet(keys.signing_keys().keys[:1])

    def get_audiences(self, client: Client, user: object, scope: str) -> str:
        return str(settings.TOKEN_AUDIENCE)

    def get_extra_claims(self, client: Client, grant_type: str, user: object, scope: str) -> dict[str, Any]:
        assert client.technical_user is not None  # noqa: S101
        return {"eic": client.technical_user.participant.eic}


class _Request(OAuth2Request):  # type: ignore[misc]
    """A token request at the address that clients know: whether that is secure is not for a proxy's hop to say."""

    def __init__(self, request: HttpRequest, url: str) -> None:
        super().__init__(method=request.method, uri=url, headers=request.headers)
        self.payload = DjangoOAuth2Payload(request)
        self.sent = request.POST

    @property
    def form(self) -> Any:
        """Give the form's fields."""
        return self.sent


class RealmServer(AuthorizationServer):  # type: ignore[misc]
    """The authorization server of one realm, for one request. Tokens carry all they need: no table of them is kept."""

    def __init__(self, realm: str, request: HttpRequest, now: datetime) -> None:
        super().__init__(client_model=None, token_model=None)
        self.realm = realm
        self.address = address_of(request)
        self.now = now
        self.scopes_supported = SCOPES
        self.register_grant(_Grant)
        self.register_client_auth_method("client_secret_basic", _authenticate_basic)
        lifetime = settings.TOKEN_LIFETIME_SECONDS
        self.register_token_generator("default", _TokenGenerator(realms.issuer(realm), expires_generator=lifetime))

    def query_client(self, client_id: str) -> Client:
        """Give the client, whether there is one or not."""
        return Client(client_id, self.address, self.now)

    def create_oauth2_request(self, request: HttpRequest) -> OAuth2Request:
        """Give the library the request in its own form."""
        return _Request(request, realms.token_url(self.realm))

    def authenticate_client(self, request: Any, methods: list[str], endpoint: str = "token") -> Any:
        """Find the client that a request proves to be; all that do not are answered alike."""
        try:
            return super().authenticate_client(request, methods, endpoint)
        except InvalidClientError as error:
            raise InvalidClientError(status_code=401, description="Unknown client or wrong secret.") from error

    def save_token(self, token: dict[str, Any], request: object) -> None:
        """Keep nothing."""

    def get_token_grant(self, request: Any) -> Any:
        """Find the grant, asking for the one thing that every request must name."""
        if not request.payload.grant_type:
            raise InvalidRequestError("Missing form parameter: grant_type")
        return super().get_token_grant(request)

    def create_token_response(self, request: Any = None) -> HttpResponse:
        """Answer a token request, errors included."""
        try:
            response: HttpResponse = super().create_token_response(request)
        except OAuth2Error as error:
            response = self.handle_error_response(request, error)
        response["Cache-Control"] = "no-store"
        response["Pragma"] = "no-cache"
        return response


def _authenticate_basic(query_client: Any, request: Any) -> Any:
    # The library's reading of the header stumbles over what is neither base64 nor UTF-8.
    try:
        extract_basic_authorization(request.headers)
    except ValueError as error:
        raise InvalidClientError(status_code=401, description="unreadable") from error
    return authenticate_client_secret_basic(query_client, request)


def _require_realm(realm: str) -> None:
    if not realms.is_served(realm):
        raise Http404(realm)


def _refused(status: int, description: str, **headers: str) -> HttpResponse:
    body = {"error": "invalid_request", "error_description": description}
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store", **headers})


@csrf_exempt
def token(request: HttpRequest, realm: str) -> HttpResponse:
    """Give a token for a client's id and secret."""
    _require_realm(realm)
    if request.method != "POST":
        return _refused(405, "The method must be POST.", Allow="POST")
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > MAX_FORM_BYTES:
        intake.hear_out(request)
        return _refused(413, f"The form must have at most {MAX_FORM_BYTES} bytes.")
    return RealmServer(realm, request, timezone.now()).create_token_response(request)


@require_safe
@cache_control(public=True, max_age=300)
def certs(request: HttpRequest, realm: str) -> HttpResponse:
    """Give the keys to check tokens with."""
    _require_realm(realm)
    return JsonResponse(keys.signing_keys().as_dict(private=False))


@require_safe
@cache_control(public=True, max_age=300)
def openid_configuration(request: HttpRequest, realm: str) -> HttpResponse:
    """Say where everything of a realm is. Source: OpenID Connect Discovery 1.0."""
    _require_realm(realm)
    return JsonResponse(
        {
            "issuer": realms.issuer(realm),
            "token_endpoint": realms.token_url(realm),
            "jwks_uri": realms.jwks_url(realm),
            "grant_types_supported": [GRANT_TYPE],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "scopes_supported": SCOPES,
            "token_endpoint_auth_methods_supported": AUTHENTICATION_METHODS,
            "id_token_signing_alg_values_supported": ["RS256"],
            "claims_supported": ["iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope", "eic"],
        }
    )
