"""What must be set before the API can give or check tokens."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, register
from django.core.exceptions import ImproperlyConfigured

from datahub.wire.tokens import keys


@register()
def check_tokens(**_: Any) -> list[Error]:
    """Find settings with which no token could be checked."""
    if settings.OIDC_ISSUER:
        if settings.OIDC_JWKS_URL.startswith(("https://", "http://")):
            return []
        return [Error("OIDC_ISSUER needs OIDC_JWKS_URL, the address of its keys.", id="wire.E001")]
    if not settings.DATAHUB_TOKEN_KEY and settings.TOKEN_KEY_MAY_BE_MADE:
        return []
    try:
        keys.signing_keys()
    except (ImproperlyConfigured, ValueError) as error:
        return [Error(str(error), id="wire.E002")]
    return []
