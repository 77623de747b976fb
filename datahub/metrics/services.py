"""The names under which requests are counted: few, and none of them anything that a client has sent."""

import re
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

# Services for systems, each counted by itself; pages are counted by the part of the web that they belong to.
_SYSTEMS = ("api/", "realms/")
_API = "api/v1"
_CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")
STATIC, UNKNOWN = "/static/*", "unknown"


def service_of(request: HttpRequest) -> str:
    """Name the service that answered a request: `/meter/search`, `/operator/*`; `unknown` where there is none."""
    match = request.resolver_match
    if match is not None:
        return _of_route(match.route)
    return STATIC if request.path_info.startswith(settings.STATIC_URL) else UNKNOWN


# There are as many as the code has routes.
@lru_cache(maxsize=1024)
def _of_route(route: str) -> str:
    if route.startswith(_SYSTEMS):
        return "/" + _CONVERTER.sub(r"{\1}", route).removeprefix(f"{_API}/")
    first, more, _ = route.lstrip("^").partition("/")
    return f"/{first}/*" if more else f"/{first}"
