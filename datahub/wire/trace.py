"""The trace id of the request at work: in error bodies, on every answer under /api/ and in every line of the log."""

import logging
import re
import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType

_NOTHING = "0" * 32
_CURRENT: ContextVar[str] = ContextVar("trace_id", default=_NOTHING)
_NOTHING_KNOWN: Mapping[str, str] = MappingProxyType({})
_KNOWN: ContextVar[Mapping[str, str]] = ContextVar("known", default=_NOTHING_KNOWN)
# W3C Trace Context: version, trace id, parent id, flags.
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def begin(traceparent: str = "") -> str:
    """Begin a trace: the caller's own, if it sent a W3C traceparent, else a new one. 32 hex digits."""
    match = _TRACEPARENT.fullmatch(traceparent)
    trace_id = match[1] if match and match[1] != _NOTHING else secrets.token_hex(16)
    _CURRENT.set(trace_id)
    _KNOWN.set(_NOTHING_KNOWN)
    return trace_id


def end() -> None:
    """Be at work for nobody."""
    _CURRENT.set(_NOTHING)
    _KNOWN.set(_NOTHING_KNOWN)


def current() -> str:
    """Give the trace id of the request at work."""
    return _CURRENT.get()


def note(**known: str) -> None:
    """Have every line of the log from here to the end of the request or task say what is known of it."""
    _KNOWN.set({**_KNOWN.get(), **known})


class TraceFilter(logging.Filter):
    """Puts the trace id, and what else is known of the request or task at work, on every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add `trace_id` and the rest to a record and let it through."""
        record.trace_id = current()
        record.__dict__.update(_KNOWN.get())
        return True


class RefusalFilter(logging.Filter):
    """Leaves out what Django says of refused requests: their paths may hold anything, and they have lines of their own.

    Others who tell of a refusal do not say where in the code it was: that is for answers of 500 alone.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten a record of a refused request to its line, or leave it out."""
        status = getattr(record, "status_code", None)
        if not isinstance(status, int) or status >= 500:
            return True
        record.exc_info = record.exc_text = None
        return record.name != "django.request"
