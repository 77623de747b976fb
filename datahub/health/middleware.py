"""Requests of those who watch the hub, which come by other names than those of its clients."""

from typing import Any

from django.http import HttpRequest
from django.middleware.common import CommonMiddleware

WATCHED = frozenset({"/health/live", "/health/ready", "/health/serves", "/metrics"})


class KnownHosts(CommonMiddleware):
    """Django's, which refuses a request that names a host unknown to ALLOWED_HOSTS.

    Who watches asks each process by its own address, which is known to nobody beforehand; these answers name no host.
    """

    def process_request(self, request: HttpRequest) -> Any:
        """Look at the host that is asked for."""
        return None if request.path_info in WATCHED else super().process_request(request)
