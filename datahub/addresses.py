"""From where a request comes."""

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """Give the address that a request comes from.

    Behind TRUSTED_PROXIES proxies it is the one that the outermost of them saw; what a client adds to X-Forwarded-For
    itself stands further left and counts for nothing.
    """
    direct = str(request.META.get("REMOTE_ADDR", ""))
    proxies = settings.TRUSTED_PROXIES
    if not proxies:
        return direct
    passed = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",") if part.strip()]
    return passed[-proxies] if len(passed) >= proxies else direct
