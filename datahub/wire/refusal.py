"""The error body that everything under /api/ answers with. Source: `2-wire.md`, "Errors"."""

from uuid import uuid4

from django.http import HttpResponse

from datahub.errors import DomainError, Fault
from datahub.wire import trace
from datahub.wire.encode import dumps

# Enough of a value to find it again; what a client sent is never given back at length.
_LONGEST_ARGUMENT = 1000


class Refusal(HttpResponse):
    """An answer that refuses; `code` is that of its cause, by which refusals are counted."""

    code = ""


def _plain(text: str) -> str:
    """Make text that can stand in UTF-8, whatever a client put in it."""
    text = text if len(text) <= _LONGEST_ARGUMENT else text[: _LONGEST_ARGUMENT - 1] + "…"
    return text.encode("utf-8", "backslashreplace").decode()


def _body(fault: Fault) -> dict[str, object]:
    shown = Fault(fault.code, tuple(_plain(arg) for arg in fault.args))
    return {
        "message": shown.message,
        "code": shown.code.name,
        "traceId": trace.current(),
        "args": list(shown.args),
    }


def render(error: DomainError) -> Refusal:
    """Make the answer for a refused request: the status and headers of its cause, the other faults in cause.others."""
    cause = _body(error.cause)
    if error.others:
        cause["others"] = [_body(other) for other in error.others]
    response = Refusal(
        dumps({"id": str(uuid4()), "cause": cause}), status=error.cause.code.status, content_type="application/json"
    )
    response.code = error.cause.code.name
    if error.retry_after is not None:
        response["Retry-After"] = str(error.retry_after)
    if response.status_code == 401:
        response["WWW-Authenticate"] = 'Bearer realm="datahub", error="invalid_token"'
    return response
