"""Writing a page of messages: contents come as they stand in the answer and are only joined."""

from collections.abc import Iterator

from datahub.wire.paging import Pagination
from distribution.selectors.content import Missing, contents
from distribution.selectors.scan import Page

# A page whose contents are larger than this together, packed, is sent as it is read, so that memory stays bounded.
_JOINED_BYTES = 2 * 1024 * 1024


def _missing(reason: Missing) -> bytes:
    return b'false,"content":"","contentMissingReason":"%b"' % reason.encode()


def _parts(page: Page, resource_type: str, pagination: Pagination) -> Iterator[bytes]:
    ids, created_times, reasons, *_ = page.messages
    heads = [
        f'{{"id":{number},"createdTime":"{time}","resourceType":"{resource_type}","reason":"{reason}","hasContent":'.encode()
        for number, time, reason in zip(ids, created_times, reasons, strict=True)
    ]
    between = b'{"dataDistributions":['
    written = 0
    for found in contents(page.messages):
        run = heads[written : written + len(found)]
        written += len(found)
        yield between
        yield b"},".join(
            [
                b'%btrue,"content":%b' % (head, content) if isinstance(content, bytes) else head + _missing(content)
                for head, content in zip(run, found, strict=True)
            ]
        )
        between = b"},"
    yield b"}" if written else between
    answer = pagination.answer(page.total)
    yield b'],"pagination":{"page":%d,"totalPages":%d}}' % (answer["page"], answer["totalPages"])


def encode_page(page: Page, *, resource_type: str, pagination: Pagination) -> bytes | Iterator[bytes]:
    """Write a page of messages, in pieces if it is large."""
    parts = _parts(page, resource_type, pagination)
    small = sum(page.messages.lengths) <= _JOINED_BYTES
    return b"".join(parts) if small else parts
