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
    )
    if isinstance(content, Missing):
        return f'{head}false,"content":"","contentMissingReason":"{content}"}}'.encode()
    return b'%btrue,"content":%b}' % (head.encode(), content)


def _parts(page: Page, resource_type: str, pagination: Pagination) -> Iterator[bytes]:
    yield b'{"dataDistributions":['
    first = True
    for message, content in zip(page.messages, contents(page.messages), strict=True):
        if not first:
            yield b","
        yield _message(message, resource_type, content)
        first = False
    answer = pagination.answer(page.total)
    yield b'],"pagination":{"page":%d,"totalPages":%d}}' % (answer["page"], answer["totalPages"])


def encode_page(page: Page, *, resource_type: str, pagination: Pagination) -> bytes | Iterator[bytes]:
    """Write a page of messages, in pieces if it is large."""
    parts = _parts(page, resource_type, pagination)
    small = sum(message.length for message in page.messages) <= _JOINED_BYTES
    return b"".join(parts) if small else parts
