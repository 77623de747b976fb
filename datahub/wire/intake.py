"""Taking a request's headers and body off the wire, within bounds. Source: `2-wire.md`, "Each request"."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol
from uuid import UUID

from django.http import HttpRequest
from django.http.request import UnreadablePostError

from datahub.errors import DomainError, codes, fault, refuse
from datahub.wire.fields import Wrong, parse_instant, shown
from datahub.wire.middleware import original_identification

_CHUNK = 256 * 1024
# A client that sends too much is heard out so far, so that it gets the answer and not a broken connection.
_HEARD_OUT = 128 * 1024 * 1024
# Bodies up to this size are read as they come. Larger ones share so much of a process' memory, each counted as large as
# it says, or as it may be where it does not say; a copy of it and what is made of it come on top.
_SMALL_BODY = 1024 * 1024
_ROOM = 36 * 1024 * 1024
_LONGEST_WAIT = 60.0
_RETRY_AFTER_SECONDS = 5


class _Stream(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


def identification_of(request: HttpRequest) -> UUID:
    """Give the request's x-document-identification, its headers having the right form; else raise DomainError 400."""
    faults = []
    identification = original_identification(request)
    if identification is None:
        faults.append(_header_fault(request, "x-document-identification", "it must be a UUID"))
    sent_at = request.META.get("HTTP_X_DOCUMENT_DATE_TIME")
    try:
        parse_instant(sent_at)
    except Wrong:
        reason = "it must be an ISO 8601 time with Z or an offset, like 2024-05-22T21:00:00Z"
        faults.append(_header_fault(request, "x-document-date-time", reason))
    if faults or identification is None:
        raise DomainError(faults)
    return UUID(identification)


def _header_fault(request: HttpRequest, name: str, reason: str):  # type: ignore[no-untyped-def]
    sent = request.headers.get(name)
    return fault(codes.NOT_FOUND_HEADER, name, reason if sent is None else f"{reason}, but is {shown(sent)}")


def check_type(request: HttpRequest) -> None:
    """Raise DomainError 415 unless the body is application/json in UTF-8, as it is and not packed."""
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    if encoding not in {"", "identity"}:
        raise refuse(codes.UNSUPPORTED_MEDIA_TYPE, f"packed as {shown(encoding)}")
    charset = (request.content_params or {}).get("charset", "utf-8").strip().strip("'\"").lower()
    if request.content_type != "application/json" or charset not in {"utf-8", "utf8"}:
        raise refuse(codes.UNSUPPORTED_MEDIA_TYPE, shown(request.headers.get("content-type") or "missing"))


def _declared_length(request: HttpRequest) -> int | None:
    try:
        return int(request.META.get("CONTENT_LENGTH") or "")
    except ValueError:
        return None


def _stream(request: HttpRequest) -> _Stream | None:
    """Give what the body is read from: Django's view of it ends at Content-Length, which a chunked body has not."""
    if _declared_length(request) is not None:
        return request
    return request.META["wsgi.input"] if request.META.get("wsgi.input_terminated") else None


class Room:
    """Memory that the large bodies of a process share: a body waits until there is enough left."""

    def __init__(self, size: int, *, longest_wait: float) -> None:
        self._left = self._size = size
        self._longest_wait = longest_wait
        self._changed = threading.Condition()

    @contextmanager
    def share(self) -> "Iterator[Share]":
        """Give a share, empty at first, that is given back at the end."""
        share = Share(self)
        try:
            yield share
        finally:
            self._give_back(share.size)

    def take(self, size: int) -> int:
        """Take that much, or all there is for what is larger, waiting for it; raise DomainError 503 in the end."""
        size = min(size, self._size)
        end = time.monotonic() + self._longest_wait
        with self._changed:
            while self._left < size:
                if not self._changed.wait(end - time.monotonic()):
                    raise refuse(codes.UNAVAILABLE, _RETRY_AFTER_SECONDS, retry_after=_RETRY_AFTER_SECONDS)
            self._left -= size
        return size

    def _give_back(self, size: int) -> None:
        if size:
            with self._changed:
                self._left += size
                self._changed.notify_all()


class Share:
    """What one request has of the room; it may take once, so that no two wait for each other."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.size = 0

    def take(self, size: int) -> None:
        """Take that much of the room."""
        assert not self.size, "a share is taken once"  # noqa: S101
        self.size = self._room.take(size)


room = Room(_ROOM, longest_wait=_LONGEST_WAIT)


def read_body(request: HttpRequest, share: Share, *, limit: int) -> bytes:
    """Give the whole body; raise DomainError 413 if it has more than `limit` bytes, 503 if there is no room for it."""
    declared = _declared_length(request)
    if declared is not None and declared > limit:
        raise refuse(codes.BODY_TOO_LARGE, limit)
    stream = _stream(request)
    if stream is None:
        return b""
    try:
        if declared is not None:
            if declared > _SMALL_BODY:
                share.take(declared)
            return request.read(declared)
        parts: list[bytes] = []
        left = limit + 1
        while left > 0 and (part := stream.read(min(_CHUNK, left))):
            parts.append(part)
            left -= len(part)
            if not share.size and limit + 1 - left > _SMALL_BODY:
                share.take(limit)
    except UnreadablePostError as error:
        raise refuse(codes.UNPARSEABLE_OBJECT, "it broke off") from error
    if left <= 0:
        raise refuse(codes.BODY_TOO_LARGE, limit)
    return b"".join(parts)


def hear_out(request: HttpRequest) -> None:
    """Read what is left of the body of a refused request and forget it, up to a bound."""
    declared = _declared_length(request)
    if declared is not None and declared > _HEARD_OUT:
        return
    stream = _stream(request)
    left = _HEARD_OUT
    try:
        while stream is not None and left > 0 and (part := stream.read(_CHUNK)):
            left -= len(part)
    except UnreadablePostError:
        return
