"""The two forms of a line: one that people read, and JSON for what gathers the logs of many processes."""

import logging
import os
import time
from types import TracebackType
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from datahub.logs.masking import masked, without_rows

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

JSON, LINE = "json", "line"
_PRODUCTION = "datahub.settings.production"
# What a record may carry beside its message; whatever else a library hangs onto one stays out.
FIELDS = ("service", "method", "status", "code", "duration_ms", "address", "participant", "task")


def chosen() -> str:
    """Give the form that LOG_FORMAT names; without it JSON in production, and lines elsewhere."""
    is_production = os.environ.get("DJANGO_SETTINGS_MODULE", _PRODUCTION) == _PRODUCTION
    return os.environ.get("LOG_FORMAT") or (JSON if is_production else LINE)


def formatter() -> logging.Formatter:
    """Make a formatter of the form that was chosen."""
    form = chosen()
    if form not in (JSON, LINE):
        raise ValueError(f"LOG_FORMAT is {form!r}: use {JSON} or {LINE}")
    return Json() if form == JSON else Line()


def _moment(record: logging.LogRecord) -> str:
    """Give the time of a record as answers have theirs, in UTC with `Z`, so that the two can be held together."""
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    return f"{whole}.{int(record.msecs):03}Z"


def _error_of(record: logging.LogRecord) -> BaseException | None:
    """Give the error that a record is about: the one whose stack it carries, or one among what it says."""
    if record.exc_info and record.exc_info[1] is not None:
        return record.exc_info[1]
    args = record.args if isinstance(record.args, tuple) else ()
    return next((arg for arg in args if isinstance(arg, BaseException)), None)


class _Stacks(logging.Formatter):
    def formatException(self, ei: _ExcInfo) -> str:
        """Write a stack without the rows that an error of the database was about."""
        return masked(without_rows(super().formatException(ei), ei[1]))


class Line(_Stacks):
    """A readable line: time, level, logger, trace id, message; below it the stack of an error."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(trace_id)s] %(message)s", defaults={"trace_id": "-"})

    def format(self, record: logging.LogRecord) -> str:
        """Write a record; how another handler may have written its stack does not count."""
        written, record.exc_text = record.exc_text, None
        try:
            return super().format(record)
        finally:
            record.exc_text = written

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """Write the time of a record."""
        return _moment(record)

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Write a record's line, with what it carries beside its message."""
        more = "".join(f" {name}={record.__dict__[name]}" for name in FIELDS if record.__dict__.get(name) is not None)
        return masked(without_rows(super().formatMessage(record), _error_of(record)) + more)


class Json(_Stacks, JsonFormatter):
    """One line of JSON: time, level, logger, trace, process, message, what else is known, the stack in one field."""

    def __init__(self) -> None:
        JsonFormatter.__init__(
            self,
            ["levelname", "name", "trace_id", "process", "message"],
            rename_fields={"levelname": "level", "name": "logger", "trace_id": "trace", "exc_info": "exception"},
        )

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Gather what the line says."""
        found: dict[str, Any] = {}
        super().add_fields(found, record, message_dict)
        log_data["time"] = _moment(record)
        for name in ("level", "logger", "trace", "process"):
            log_data[name] = found[name]
        log_data["message"] = masked(without_rows(str(found["message"]), _error_of(record)))
        for name in (*FIELDS, "exception"):
            if found.get(name) is not None:
                log_data[name] = found[name]
