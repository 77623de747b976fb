"""Fetching the contents of a page: each object once, together, within a time limit, with bounded memory."""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from enum import StrEnum

from django.conf import settings
from zstandard import ZstdError

from distribution import store
from distribution.packs import unframe
from distribution.selectors.scan import Found


class Missing(StrEnum):
    """Why a content cannot be had. Source: seed 004, "Structure of the message"."""

    NO_PATH = "The path value is null"
    NOT_FOUND = "File not found at the specified path"
    FAILED = "Unexpected error while getting file from MinIO"


# Packs are read as wholes and those read last are kept, up to so many bytes a process; no more than so many at once.
_KEPT_BYTES = 48 * 1024 * 1024
_AT_ONCE = 8
# A page waits for a slow store for at most so many times CONTENT_STORE_TIMEOUT.
_IN_ALL = 5


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


def _fetch(path: str) -> bytes:
    data = store.get(path)
    _kept.keep(path, data)
    return data


class _Patience:
    """How long a page waits for the store: so many seconds since its last answer, and a few times that in all.

    A store that answers has not failed, however many objects a page needs. A client that reads slowly uses up nothing.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._left = seconds
        self._left_in_all = _IN_ALL * seconds

    def wait(self, asked: "Future[bytes] | bytes") -> bytes | Missing:
        """Give a pack when it is there, or why it cannot be had."""
        if isinstance(asked, bytes):
            return asked
        began = time.monotonic()
        has_answered = False
        try:
            pack = asked.result(timeout=max(0.0, min(self._left, self._left_in_all)))
            has_answered = True
        except FileNotFoundError:
            has_answered = True
            return Missing.NOT_FOUND
        except (store.StoreUnavailable, NotInTime):
            return Missing.FAILED
        finally:
            waited = time.monotonic() - began
            self._left = self._seconds if has_answered else self._left - waited
            self._left_in_all -= waited
        return pack


def contents(messages: Sequence[Found]) -> Iterator[bytes | Missing]:
    """Give for each message its content as a JSON string, or why it cannot be had.

    Objects are asked for a few ahead of their turn. A store that gives no answer for CONTENT_STORE_TIMEOUT seconds has
    failed for the rest of the page.
    """
    store.prepare()
    patience = _Patience(settings.CONTENT_STORE_TIMEOUT)
    paths = list(dict.fromkeys(message.pack for message in messages if message.pack is not None))
    last_use = {message.pack: place for place, message in enumerate(messages)}
    asked: dict[str, Future[bytes] | bytes] = {}
    packs: dict[str, bytes | Missing] = {}
    ahead = iter(paths)

    def ask() -> None:
        path = next(ahead, None)
        if path is not None:
            asked[path] = _kept.get(path) or _pool.submit(_fetch, path)

    for _ in range(_AT_ONCE):
        ask()
    for place, message in enumerate(messages):
        if message.pack is None:
            yield Missing.NO_PATH
            continue
        pack = packs.get(message.pack)
        while pack is None:
            path = next(iter(asked))
            packs[path] = patience.wait(asked.pop(path))
            ask()
            pack = packs.get(message.pack)
        if isinstance(pack, Missing):
            yield pack
        else:
            try:
                yield unframe(pack[message.offset : message.offset + message.length])
            except ZstdError:
                yield Missing.FAILED
        if last_use[message.pack] == place:
            del packs[message.pack]
