"""Lists, pages and scans of exchanges. Source: `4-exchanges.md` (`search`, `change`)."""

from datetime import datetime
from typing import TypeVar

from datahub.database.keys import KeyIn
from datahub.errors import DomainError
from datahub.exchanges.models import Exchange, ExchangeQuerySet
from datahub.exchanges.rules import scan_faults
from datahub.parties.models import Party

# The most that a scan gives, and a search without pages.
MOST_LISTED = 1_000

Row = TypeVar("Row", bound=Exchange)


def newest(rows: ExchangeQuerySet[Row]) -> list[Row]:
    """Give the first of some exchanges, those saved last first."""
    return _part(rows, 0, MOST_LISTED)


def page(rows: ExchangeQuerySet[Row], *, offset: int, size: int) -> tuple[list[Row], int]:
    """Give a page of some exchanges, those saved last first, and how many there are in all."""
    total = rows.order_by().count()
    if offset >= total:
        return [], total
    return _part(rows, offset, size), total


def scan(rows: ExchangeQuerySet[Row], *, role: str, since: datetime, now: datetime) -> list[Row]:
    """Give what the other side saved after an instant, of a participant's exchanges in a role, in the order of saving.

    At most MOST_LISTED: who gets as many goes on from the last. Raises update-period-max-days for an instant more than
    31 days back.
    """
    if faults := scan_faults(since, now=now):
        raise DomainError(faults)
    return _with_parties(list(rows.saved_by_other_side(role, since)[:MOST_LISTED]))


def _part(rows: ExchangeQuerySet[Row], offset: int, size: int) -> list[Row]:
    """Give some exchanges, those saved last first.

    Which rows these are is read from a participant's own index alone: so a part far behind costs little more than the
    first, and one that saved nothing for long is not looked for among what all others saved since. One statement, so
    that each row is the one that matched, as it then was, whoever saves meanwhile.
    """
    keys = rows.order_by("-changed_at").values("pk")[offset : offset + size]
    return _with_parties(list(rows.model._default_manager.filter(KeyIn(keys)).order_by("-changed_at")))


def _with_parties(rows: list[Row]) -> list[Row]:
    """Give exchanges with their sender and receiver: a thousand have few of these, which are read once each."""
    parties = Party.objects.in_bulk({key for row in rows for key in (row.sender_id, row.receiver_id)})
    for row in rows:
        row.sender, row.receiver = parties[row.sender_id], parties[row.receiver_id]
    return rows
