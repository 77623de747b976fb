"""Who may read the metrics: they tell nothing of anybody's data, but much of the hub."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from datahub.addresses import address_of


def may_read(request: HttpRequest) -> bool:
    """Tell whether a request carries METRICS_TOKEN, or comes straight from one of METRICS_NETWORKS."""
    if settings.METRICS_TOKEN:
        sent = request.headers.get("authorization", "")
        if constant_time_compare(sent, f"Bearer {settings.METRICS_TOKEN}"):
            return True
    # What has come through a proxy that nobody told us of is from anywhere, though its address is the proxy's.
    if not settings.TRUSTED_PROXIES and ("x-forwarded-for" in request.headers or "forwarded" in request.headers):
        return False
    try:
        address = ip_address(address_of(request).partition("%")[0])
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in settings.METRICS_NETWORKS)
