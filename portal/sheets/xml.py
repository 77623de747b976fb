"""Reading a part of a workbook as it streams by: nothing is built of it but what the reader keeps.

A document type is refused at its first sign, so that there are no entities to grow or to fetch; depth and time are
bounded. `openpyxl` builds a tree of each part, and in its reading mode keeps what is left of every row: the
measurements are in `docs/decisions`.
"""

from collections.abc import Callable, Iterator
from time import monotonic
from typing import IO
from xml.parsers import expat

from portal.sheets import messages
from portal.sheets.faults import refuse
from portal.sheets.package import Limits, damaged, suspicious

_CHUNK = 64 * 1024
_MOST_DEPTH = 40
# A tag that does not end is kept whole by the parser. Texts are not: they come in pieces.
_LONGEST_TAG = 1024 * 1024

OnStart = Callable[[str, dict[str, str]], None]
OnEnd = Callable[[str], None]
OnText = Callable[[str], None]


class Clock:
    """How long the reading of a workbook has taken; what is done with its rows meanwhile does not count."""

    def __init__(self, limits: Limits) -> None:
        self._most = limits.seconds
        self._spent = 0.0

    def spend(self, since: float) -> None:
        """Count the seconds since a moment; raises SheetError when there are too many."""
        self._spent += monotonic() - since
        if self._spent > self._most:
            raise refuse(messages.TOO_SLOW, seconds=round(self._most))


def _refuse_document_type(*_: object) -> None:
    raise suspicious(messages.HAS_ENTITIES)


def stream(
    part: IO[bytes], clock: Clock, *, on_start: OnStart, on_end: OnEnd | None = None, on_text: OnText | None = None
) -> Iterator[None]:
    """Read a part, calling back with the local names of its elements; pauses after each piece of it.

    Raises SheetError for what is not well-formed, declares a document type, is nested too deep or takes too long.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.EntityDeclHandler = _refuse_document_type
    depth = given = 0
    names: dict[str, str] = {}

    def local(name: str) -> str:
        if name not in names:
            if len(names) > 1_000:
                names.clear()
            names[name] = name.rpartition(" ")[2]
        return names[name]

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MOST_DEPTH:
            raise suspicious(messages.TOO_DEEP)
        on_start(local(name), attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        if on_end is not None:
            on_end(local(name))

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    if on_text is not None:
        parser.CharacterDataHandler = on_text
    try:
        while piece := part.read(_CHUNK):
            since = monotonic()
            parser.Parse(piece, False)
            clock.spend(since)
            given += len(piece)
            if given - parser.CurrentByteIndex > _LONGEST_TAG:
                raise suspicious(messages.TOO_LONG_TAG)
            yield
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, UnicodeError) as error:
        raise damaged(messages.BAD_XML) from error
    yield


def read(part: IO[bytes], clock: Clock, *, on_start: OnStart) -> None:
    """Read a whole part of which only the elements' attributes matter."""
    for _ in stream(part, clock, on_start=on_start):
        pass
