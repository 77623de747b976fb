"""What is done for every request before and after its service."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from datahub.wire.service import ServiceView


def answer(view: "ServiceView", request: HttpRequest, arguments: Mapping[str, object]) -> HttpResponse:
    """Answer one request to a service."""
    raise NotImplementedError
