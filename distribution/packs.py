"""Contents packed into objects of the store: one object a batch, each content a zstd frame of its own.

A frame holds the content as it stands in an answer, a JSON string with its quotes, so that a page only joins frames.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
import zstandard

from distribution import store

# A pack is fetched and kept in memory as a whole by those who scan.
PACK_BYTES = 2 * 1024 * 1024


class _Codec(threading.local):
    """A compressor and a decompressor for each thread: neither may be used by two at once."""

    def __init__(self) -> None:
        # Written once and read by each recipient, for days: this level takes a fifth more space than the next and
        # half of its time to read.
        self.compressor = zstandard.ZstdCompressor(level=-1)
        self.decompressor = zstandard.ZstdDecompressor()


_codec = _Codec()


def frame(content: bytes) -> bytes:
    """Compress a content (UTF-8 JSON text) in the form in which it stands in an answer."""
    return _codec.compressor.compress(msgspec.json.encode(content.decode()))


def unframe_all(pack: bytes, places: Iterable[tuple[int, int]]) -> list[bytes]:
    """Give the JSON strings of the frames at (offset, length); raises zstandard.ZstdError if one is no frame."""
    decompress = _codec.decompressor.decompress
    return [decompress(pack[offset : offset + length]) for offset, length in places]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a content lies in the store."""

    pack: str
    offset: int
    length: int


@dataclass
class Packer:
    """Fills packs with frames and puts each into the store when it is full or the batch ends."""

    now: datetime
    _path: str = ""
    _frames: list[bytes] = field(default_factory=list)
    _size: int = 0

    def add(self, packed: bytes) -> Place:
        """Give a frame its place; raises StoreUnavailable when a full pack cannot be put."""
        if self._frames and self._size + len(packed) > PACK_BYTES:
            self.finish()
        if not self._frames:
            self._path = store.new_path(self.now)
        place = Place(self._path, self._size, len(packed))
        self._frames.append(packed)
        self._size += len(packed)
        return place

    def finish(self) -> None:
        """Put what is not in the store yet; raises StoreUnavailable."""
        if self._frames:
            store.put(self._path, b"".join(self._frames))
            self._frames, self._size = [], 0
