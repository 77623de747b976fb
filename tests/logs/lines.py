"""Looking at what the product logs, as its processes write it."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from datahub.logs import formats
from datahub.wire.trace import RefusalFilter, TraceFilter


class Written:
    """What was written, in both forms."""

    def __init__(self) -> None:
        self.json, self.line = io.StringIO(), io.StringIO()

    @property
    def text(self) -> str:
        """All of it."""
        return self.json.getvalue() + self.line.getvalue()

    @property
    def records(self) -> list[dict[str, Any]]:
        """The lines of JSON."""
        return [json.loads(line) for line in self.json.getvalue().splitlines()]


@contextmanager
def written(level: int = logging.INFO) -> Iterator[Written]:
    """Write all that is logged meanwhile as the settings have it written."""
    found = Written()
    root = logging.getLogger()
    handlers = []
    for stream, formatter in ((found.json, formats.Json()), (found.line, formats.Line())):
        handler = logging.StreamHandler(stream)
        handler.setFormatter(formatter)
        handler.addFilter(TraceFilter())
        handler.addFilter(RefusalFilter())
        handler.setLevel(level)
        handlers.append(handler)
        root.addHandler(handler)
    try:
        yield found
    finally:
        for handler in handlers:
            root.removeHandler(handler)
