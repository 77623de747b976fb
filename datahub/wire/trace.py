"""The trace id of the request at work: in error bodies, on every answer under /api/ and in every line of the log."""

import logging
import re
import secrets
import time
from contextvars import ContextVar

_NOTHING = "0" * 32
_CURRENT: ContextVar[str] = ContextVar("trace_id", default=_NOTHING)
# W3C Trace Context: version, trace id, parent id, flags.
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def begin(traceparent: str = "") -> str:
    """Begin a trace: the caller's own, if it sent a W3C traceparent, else a new one. 32 hex digits."""
    match = _TRACEPARENT.fullmatch(traceparent)
    trace_id = match[1] if match and match[1] != _NOTHING else secrets.token_hex(16)
    _CURRENT.set(trace_id)
    return trace_id


def current() -> str:
    """Give the trace id of the request at work."""
    return _CURRENT.get()


class TraceFilter(logging.Filter):
    """Puts the trace id on every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add `trace_id` to a record and let it through."""
        record.trace_id = current()
        return True


class RefusalFilter(logging.Filter):
    """Leaves out where in the code a request was refused: that is for answers of 500 alone."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten a record of a refused request to its line and let it through."""
        status = getattr(record, "status_code", None)
        if isinstance(status, int) and status < 500:
            record.exc_info = record.exc_text = None
        return True


class UtcFormatter(logging.Formatter):
    """Writes the times of records as answers have them, in UTC with `Z`, so that the two can be held together."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"
