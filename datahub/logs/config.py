"""How the settings have logs written, in every process that reads them."""

import logging
import logging.config
import threading
from typing import Any

logger = logging.getLogger(__name__)

_ROUTINE = ("celery.beat", "celery.worker.strategy", "celery.app.trace")
# What these say in detail holds what was sent and signed.
_TALKATIVE = ("botocore", "boto3", "s3transfer", "urllib3", "authlib", "kombu", "amqp", "django.template")


def settings_of(level: str) -> dict[str, Any]:
    """Give what Django's LOGGING holds: all that is logged from a level on goes to the standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "trace": {"()": "datahub.wire.trace.TraceFilter"},
            "refusals": {"()": "datahub.wire.trace.RefusalFilter"},
        },
        "formatters": {"chosen": {"()": "datahub.logs.formats.formatter"}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "filters": ["trace", "refusals"], "formatter": "chosen"}
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # What Django does by itself only where DEBUG is on.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            # What granian says in its workers; the process above them has granian.json.
            "_granian": {"handlers": [], "level": "INFO", "propagate": True},
            # That a task was due, came and went well is three lines a second; /metrics counts them.
            **{name: {"level": "WARNING"} for name in _ROUTINE if level == "INFO"},
            **{name: {"level": "INFO"} for name in _TALKATIVE if level == "DEBUG"},
        },
    }


def configure(settings: dict[str, Any]) -> None:
    """Write logs as the settings say, and warnings and what ends a thread, too (Django's LOGGING_CONFIG)."""
    logging.config.dictConfig(settings)
    logging.captureWarnings(True)
    threading.excepthook = _thread_ended


def _thread_ended(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None and not isinstance(ended.exc_value, SystemExit):
        name = ended.thread.name if ended.thread else "?"
        stack = (ended.exc_type, ended.exc_value, ended.exc_traceback)
        logger.error("the thread %s ended by an error", name, exc_info=stack)
