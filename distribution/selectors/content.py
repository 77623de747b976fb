"""Fetching the contents of a page: each object once, together, within a time limit, with bounded memory."""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from enum import StrEnum
from itertools import groupby

from django.conf import settings
from zstandard import ZstdError

from distribution import store
from distribution.packs import unframe_all
from distribution.selectors.log import Messages


class Missing(StrEnum):
    """Why a content cannot be had. Source: seed 004, "Structure of the message"."""

    NO_PATH = "The path value is null"
    NOT_FOUND = "File not found at the specified path"
    FAILED = "Unexpected error while getting file from MinIO"


# Packs are read as wholes and those read last are kept, up to so many bytes a process; no more than so many at once.
_KEPT_BYTES = 24 * 1024 * 1024
_AT_ONCE = 8
# A page waits for a slow store for at most so many times CONTENT_STORE_TIMEOUT.
_IN_ALL = 5
# So many contents, of at most a megabyte or so each, are unpacked at a time.
_RUN = 25


class _Packs:
    """The packs read last, the oldest given up first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._packs: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, path: str) -> bytes | None:
        """Give a pack that is kept."""
        with self._lock:
            if path in self._packs:
                self._packs.move_to_end(path)
            return self._packs.get(path)

    def keep(self, path: str, data: bytes) -> None:
        """Keep a pack."""
        with self._lock:
            if path not in self._packs:
                self._size += len(data)
            self._packs[path] = data
            while self._size > self._limit and self._packs:
                self._size -= len(self._packs.popitem(last=False)[1])


_kept = _Packs(_KEPT_BYTES)
_pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="contents")


def _fetch(path: str) -> bytes | Missing:
    try:
        data = store.get(path)
    except FileNotFoundError:
        return Missing.NOT_FOUND
    except store.StoreUnavailable:
        return Missing.FAILED
    _kept.keep(path, data)
    return data


def _ask(path: str) -> "Future[bytes | Missing] | bytes | Missing":
    return _kept.get(path) or (_fetch(path) if store.is_near() else _pool.submit(_fetch, path))


class _Patience:
    """How long a page waits for the store: so many seconds since its last answer, and a few times that in all.

    A store that answers has not failed, however many objects a page needs. A client that reads slowly uses up nothing.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._left = seconds
        self._left_in_all = _IN_ALL * seconds

    def wait(self, asked: "Future[bytes | Missing] | bytes | Missing") -> bytes | Missing:
        """Give a pack when it is there, or why it cannot be had."""
        if not isinstance(asked, Future):
            return asked
        began = time.monotonic()
        try:
            found = asked.result(timeout=max(0.0, min(self._left, self._left_in_all)))
        except NotInTime:
            found = Missing.FAILED
        waited = time.monotonic() - began
        self._left = self._left - waited if found is Missing.FAILED else self._seconds
        self._left_in_all -= waited
        return found


def _runs(packs: Sequence[str | None]) -> Iterator[tuple[str | None, slice]]:
    """Give the places of messages that lie side by side in one pack, a few at a time."""
    start = 0
    for path, run in groupby(packs):
        end = start + len(list(run))
        for first in range(start, end, _RUN):
            yield path, slice(first, min(first + _RUN, end))
        start = end


def contents(messages: Messages) -> Iterator[Sequence[bytes | Missing]]:
    """Give the messages' contents as JSON strings, or why they cannot be had, in order and some at a time.

    Objects are asked for a few ahead of their turn. A store that gives no answer for CONTENT_STORE_TIMEOUT seconds has
    failed for the rest of the page.
    """
    store.prepare()
    patience = _Patience(settings.CONTENT_STORE_TIMEOUT)
    runs = list(_runs(messages.packs))
    last_use = {path: place for place, (path, _) in enumerate(runs)}
    asked: dict[str, Future[bytes | Missing] | bytes | Missing] = {}
    packs: dict[str, bytes | Missing] = {}
    ahead = (path for path in last_use if path is not None)

    def ask() -> None:
        path = next(ahead, None)
        if path is not None:
            asked[path] = _ask(path)

    for _ in range(_AT_ONCE):
        ask()
    for place, (path, run) in enumerate(runs):
        if path is None:
            yield [Missing.NO_PATH] * (run.stop - run.start)
            continue
        while path not in packs:
            first = next(iter(asked))
            packs[first] = patience.wait(asked.pop(first))
            ask()
        pack = packs[path]
        if isinstance(pack, bytes):
            yield _unframed(pack, [*zip(messages.offsets[run], messages.lengths[run], strict=True)])
        else:
            yield [pack] * (run.stop - run.start)
        if last_use[path] == place:
            del packs[path]


def _unframed(pack: bytes, places: Sequence[tuple[int, int]]) -> Sequence[bytes | Missing]:
    try:
        return unframe_all(pack, places)
    except ZstdError:
        # Only what is damaged is missing.
        return [Missing.FAILED] if len(places) == 1 else [_unframed(pack, [place])[0] for place in places]
