"""Writing a page of messages: contents come as they stand in the answer and are only joined."""

from collections.abc import Iterator
from itertools import chain

from datahub.wire.paging import Pagination
from distribution.selectors.content import contents
from distribution.selectors.scan import Page

# A page whose contents are larger than this together, packed, is sent as it is read, so that memory stays bounded.
_JOINED_BYTES = 2 * 1024 * 1024


def _parts(page: Page, resource_type: str, pagination: Pagination) -> Iterator[list[bytes]]:
    """Give the answer in parts of some messages, each in pieces: its head and its content."""
    ids, created_times, reasons, *_ = page.messages
    heads = [
        f'{{"id":{number},"createdTime":"{time}","resourceType":"{resource_type}","reason":"{reason}","hasContent":'.encode()
        for number, time, reason in zip(ids, created_times, reasons, strict=True)
    ]
    before = b'{"dataDistributions":['
    written = 0
    for found in contents(page.messages):
        pieces: list[bytes] = []
        for head, content in zip(heads[written : written + len(found)], found, strict=True):
            if isinstance(content, bytes):
                pieces += (b'%b%btrue,"content":' % (before, head), content)
            else:
                pieces.append(b'%b%bfalse,"content":"","contentMissingReason":"%b"' % (before, head, content.encode()))
            before = b"},"
        written += len(found)
        yield pieces
    answer = pagination.answer(page.total)
    end = b'],"pagination":{"page":%d,"totalPages":%d}}' % (answer["page"], answer["totalPages"])
    yield [b"}" if written else before, end]


def encode_page(page: Page, *, resource_type: str, pagination: Pagination) -> bytes | Iterator[bytes]:
    """Write a page of messages, in pieces if it is large."""
    parts = _parts(page, resource_type, pagination)
    small = sum(page.messages.lengths) <= _JOINED_BYTES
    return b"".join(chain.from_iterable(parts)) if small else (b"".join(part) for part in parts)
