"""Repeats are safe: the same message again gets the first answer again. Source: `2-wire.md`, "Each request"."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from datahub.errors import codes, refuse
from datahub.wire.models import KEPT_DAYS, StoredAnswer

RETRY_AFTER_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Message:
    """What makes a message the same one again: who sent it, its identification, its service and its body's bytes."""

    participant_id: int
    identification: UUID
    service: str
    body: bytes

    def body_hash(self) -> bytes:
        """Give the SHA-256 of the body."""
        return hashlib.sha256(self.body).digest()

    def lock_keys(self) -> tuple[int, int]:
        """Give the two 32-bit keys of the lock that a message's identification takes."""
        name = f"{self.participant_id}:{self.identification}".encode()
        digest = hashlib.blake2b(name, digest_size=8).digest()
        return int.from_bytes(digest[:4], signed=True), int.from_bytes(digest[4:], signed=True)


def claim(message: Message, *, now: datetime) -> StoredAnswer | None:
    """Take a message's identification for this transaction; give the stored answer if it was answered before.

    Raises DomainError 409: it is at work in another transaction (with Retry-After), or it was used for another message.
    The lock is let go when the transaction ends, and by then the answer can be seen.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", message.lock_keys())
        if not cursor.fetchone()[0]:
            raise refuse(codes.DOCUMENT_AT_WORK, message.identification, retry_after=RETRY_AFTER_SECONDS)
    stored = (
        StoredAnswer.objects.filter(
            participant_id=message.participant_id,
            identification=message.identification,
            stored_at__gt=now - timedelta(days=KEPT_DAYS),
        )
        .order_by("-stored_at")
        .first()
    )
    if stored is not None and (stored.service != message.service or bytes(stored.body_hash) != message.body_hash()):
        raise refuse(codes.DOCUMENT_USED, message.identification)
    return stored


def keep(
    message: Message, *, now: datetime, identification: UUID, status: int, headers: dict[str, str], answer: bytes
) -> None:
    """Store the answer to a message in the transaction of its service."""
    StoredAnswer.objects.create(
        participant_id=message.participant_id,
        identification=message.identification,
        stored_at=now,
        service=message.service,
        body_hash=message.body_hash(),
        answer_identification=identification,
        status=status,
        headers=headers,
        answer=answer,
    )
