"""Reading enquiries: what comes out counts as opened by who reads it. Source: `4-exchanges.md` (`search`, `change`)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from datahub.exchanges import selectors as exchanges
from datahub.exchanges.rules import Side, side_in
from datahub.market import Commodity, Role
from datahub.parties.models import Party
from enquiries.filters import filter_enquiries
from enquiries.models import Enquiry

# One statement for a thousand: a scan brings as many that nobody has opened yet. Nothing is opened before it was
# written, though its save may have been given a later instant than the request that reads it has.
_MARK = """
INSERT INTO enquiries_opening (enquiry_id, side, opened_at)
SELECT enquiry_id, %s, greatest(%s, written_at)
FROM unnest(%s::uuid[], %s::timestamptz[]) AS read (enquiry_id, written_at)
WHERE NOT EXISTS (SELECT FROM enquiries_opening known WHERE known.enquiry_id = read.enquiry_id AND known.side = %s)
ORDER BY enquiry_id
ON CONFLICT DO NOTHING
"""


def search_enquiries(
    *,
    participant: Party,
    role: Role,
    commodity: Commodity,
    attributes: Mapping[str, Any],
    part: tuple[int, int] | None,
    now: datetime,
) -> tuple[list[Enquiry], int | None]:
    """Give a participant's enquiries that match validated attributes, those saved last first, and how many there are.

    `part`: behind how many, and how many of them; None for the first of all, which are not counted then.
    """
    rows = filter_enquiries(Enquiry.objects.of(participant, role, commodity), attributes)
    found, total = (
        (exchanges.newest(rows), None) if part is None else exchanges.page(rows, offset=part[0], size=part[1])
    )
    mark_opened(found, role=role, now=now)
    return found, total


def scan_enquiries(
    *, participant: Party, role: Role, commodity: Commodity, since: datetime, now: datetime
) -> list[Enquiry]:
    """Give what the other side saved after an instant: a supplier the answers, an operator what was asked of it.

    Raises update-period-max-days for an instant more than 31 days back.
    """
    rows = Enquiry.objects.of(participant, role, commodity)
    found: list[Enquiry] = exchanges.scan(rows, role=role, since=since, now=now)
    mark_opened(found, role=role, now=now)
    return found


def mark_opened(enquiries: Iterable[Enquiry], *, role: Role, now: datetime) -> None:
    """Keep when a side first got what the other one wrote: an operator the enquiry, a supplier the answer.

    Rows are only added, in the order of their keys, so that readers wait for no writer and never for each other in a
    circle; a second reader's is left away.
    """
    side = side_in(role)
    if side is None:
        return
    written = {
        enquiry.pk: enquiry.created_at if side is Side.RECEIVER else enquiry.response_changed_at
        for enquiry in enquiries
        if side is Side.RECEIVER or enquiry.is_answered
    }
    if written:
        with connection.cursor() as cursor:
            cursor.execute(_MARK, [side, now, list(written), list(written.values()), side])
