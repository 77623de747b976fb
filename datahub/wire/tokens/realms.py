"""The realms of the hub's own token endpoint and what its addresses are."""

from django.conf import settings


def issuer(realm: str) -> str:
    """Give the issuer of a realm's tokens, an address under PUBLIC_URL."""
    return f"{settings.PUBLIC_URL.rstrip('/')}/realms/{realm}"


def token_url(realm: str) -> str:
    """Give the address of a realm's token endpoint."""
    return f"{issuer(realm)}/protocol/openid-connect/token"


def jwks_url(realm: str) -> str:
    """Give the address of the keys of a realm."""
    return f"{issuer(realm)}/protocol/openid-connect/certs"


def is_served(realm: str) -> bool:
    """Tell whether the hub itself gives tokens for a realm: it is configured, and no outside provider is trusted."""
    return realm in settings.TOKEN_REALMS and not settings.OIDC_ISSUER
