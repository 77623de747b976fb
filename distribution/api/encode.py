"""Writing a page of messages: contents come as they stand in the answer and are only joined."""

from collections.abc import Iterator

from datahub.wire.paging import Pagination
from distribution.selectors.content import Missing, contents
from distribution.selectors.scan import Found, Page

# A page whose contents are larger than this together, packed, is sent as it is read, so that memory stays bounded.
_JOINED_BYTES = 2 * 1024 * 1024


def _message(message: Found, resource_type: str, content: bytes | Missing) -> bytes:
    head = (
        f'{{"id":{message.id},"createdTime":"{message.created_time}","resourceType":"{resource_type}",'
        f'"reason":"{message.reason}","hasContent":'
    ).encode()
    if isinstance(content, Missing):
        return b'%bfalse,"content":"","contentMissingReason":"%b"}' % (head, content.encode())
    return b'%btrue,"content":%b}' % (head, content)


def _parts(page: Page, resource_type: str, pagination: Pagination) -> Iterator[bytes]:
    between = b'{"dataDistributions":['
    for run, found in contents(page.messages):
        yield between
        yield b",".join([_message(message, resource_type, content) for message, content in zip(run, found, strict=True)])
        between = b","
    if not page.messages:
        yield between
    answer = pagination.answer(page.total)
    yield b'],"pagination":{"page":%d,"totalPages":%d}}' % (answer["page"], answer["totalPages"])


def encode_page(page: Page, *, resource_type: str, pagination: Pagination) -> bytes | Iterator[bytes]:
    """Write a page of messages, in pieces if it is large."""
    parts = _parts(page, resource_type, pagination)
    small = sum(message.length for message in page.messages) <= _JOINED_BYTES
    return b"".join(parts) if small else parts
