"""Production: everything that is secret or local comes from the environment; nothing has a default that could harm."""

from django.core.exceptions import ImproperlyConfigured

from datahub.settings.base import *  # noqa: F403
from datahub.settings.environment import env

if SIGN_IN_OPENID_ISSUER and not SIGN_IN_OPENID_ISSUER.startswith("https://"):  # noqa: F405
    raise ImproperlyConfigured("SIGN_IN_OPENID_ISSUER needs https: whoever answers for the provider is believed.")

if 0 < len(METRICS_TOKEN) < 16:  # noqa: F405
    raise ImproperlyConfigured(
        "METRICS_TOKEN needs 16 characters at least: it is all that keeps strangers from /metrics."
    )

DEBUG = False
# It stands in tokens, in what integrators are told, and in where the provider sends people back to.
PUBLIC_URL = env("PUBLIC_URL")
if not PUBLIC_URL.startswith(("https://", "http://")):
    raise ImproperlyConfigured("PUBLIC_URL needs the whole address of the hub, such as https://hub.example.")
SECRET_KEY = env("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_TLS_PROXY", default=False) else None
# Who watches the product asks beside the proxy, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
