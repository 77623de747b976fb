"""Checking a token: signature, issuer, audience and times, without looking anything up. Sources: RFC 7519, RFC 9068."""

import binascii
from typing import Any, NamedTuple

from django.conf import settings
from joserfc import jws, jwt
from joserfc.errors import DecodeError, JoseError
from joserfc.jwk import KeySet

from datahub.errors import codes, refuse
from datahub.wire.tokens.keys import remote_keys, signing_keys
from datahub.wire.tokens.realms import issuer

_LEEWAY_SECONDS = 10
_ACCEPTED_KEPT = 1_000
_TYPES = {None, "jwt", "at+jwt", "application/at+jwt"}


class _Accepted(NamedTuple):
    """A token that was found good, against what, and from when until when (epoch seconds) it is."""

    keys: KeySet
    terms: tuple[list[str], str, list[str]]
    claims: dict[str, Any]
    since: float
    until: float


# By token: a system sends the same one for minutes.
_accepted: dict[str, _Accepted] = {}


def _trust(token: str) -> tuple[KeySet, list[str], str, list[str]]:
    """Give the keys, issuers, audience ("" for any) and algorithms that a token is held against."""
    if settings.OIDC_ISSUER:
        keys = remote_keys(settings.OIDC_JWKS_URL).get(_head(token).get("kid"))
        return keys, [settings.OIDC_ISSUER], settings.OIDC_AUDIENCE, settings.OIDC_ALGORITHMS
    return signing_keys(), [issuer(realm) for realm in settings.TOKEN_REALMS], settings.TOKEN_AUDIENCE, ["RS256"]


def client_id_of(authorization: str | None, *, now: int) -> str:
    """Give the client id of an Authorization header's token.

    `now` in epoch seconds. Raises DomainError 401: jwt-format if it is no Bearer token in JWT form; authentication.
    """
    if not authorization:
        raise refuse(codes.JWT_FORMAT, "the header is missing")
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise refuse(codes.JWT_FORMAT, "it must read 'Bearer <token>'")
    if token.count(".") != 2 or not token.isascii():
        raise refuse(codes.JWT_FORMAT, "it must have three parts with dots between them")
    try:
        claims = _claims(token, now=now)
    except (DecodeError, binascii.Error, UnicodeDecodeError) as error:
        raise refuse(codes.JWT_FORMAT, "its parts cannot be decoded") from error
    except (JoseError, ValueError) as error:
        reason = error.description or error.error if isinstance(error, JoseError) else "it cannot be read"
        raise refuse(codes.AUTHENTICATION, reason.rstrip(".")) from error
    client_id = claims.get("client_id") or claims.get("azp")
    if not isinstance(client_id, str):
        raise refuse(codes.AUTHENTICATION, "it names no client_id")
    return client_id


def _head(token: str) -> dict[str, Any]:
    """Give a token's head; raise JoseError for one that the library stumbles over, and for any with `crit`."""
    head = jws.extract_compact(token.encode()).headers()
    if not isinstance(head, dict) or "crit" in head:
        raise JoseError("its head is not that of an access token")
    if not all(isinstance(head.get(name, ""), str) for name in ("alg", "typ", "kid")):
        raise JoseError("its head is not that of an access token")
    return head


def _claims(token: str, *, now: int) -> dict[str, Any]:
    keys, issuers, audience, algorithms = _trust(token)
    terms = issuers, audience, algorithms
    known = _accepted.get(token)
    if known is not None and known.keys is keys and known.terms == terms and known.since <= now < known.until:
        return known.claims
    kind = _head(token).get("typ")
    checked = jwt.decode(token, keys, algorithms=algorithms)
    if (None if kind is None else kind.lower()) not in _TYPES:
        raise JoseError("it is not an access token")
    claims = checked.claims
    # Keycloak marks what a token is for in a claim of its own.
    if claims.get("typ", "Bearer") != "Bearer":
        raise JoseError("it is not an access token")
    wanted: dict[str, jwt.ClaimsOption] = {
        "iss": {"essential": True, "values": list(issuers)},
        "exp": {"essential": True},
    }
    if audience:
        wanted["aud"] = {"essential": True, "value": audience}
    jwt.JWTClaimsRegistry(now, _LEEWAY_SECONDS, **wanted).validate(claims)
    if len(_accepted) >= _ACCEPTED_KEPT:
        _accepted.clear()
    since = max(claims.get("nbf", 0), claims.get("iat", 0)) - _LEEWAY_SECONDS
    _accepted[token] = _Accepted(keys, terms, claims, since, claims["exp"] + _LEEWAY_SECONDS)
    return claims
