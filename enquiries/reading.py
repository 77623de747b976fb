"""Reading enquiries: what comes out counts as opened by who reads it.

Source: `4-exchanges.md` (`search`, `change`); `5-web.md` (the page of a thread).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from datahub.exchanges import selectors as exchanges
from datahub.exchanges.rules import Side, side_in
from datahub.market import Commodity, Role
from datahub.parties.models import Party
from enquiries import selectors
from enquiries.filters import filter_enquiries
from enquiries.models import Enquiry, EnquiryStep

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


@dataclass(frozen=True, slots=True)
class Thread:
    """An enquiry with its answer and all its steps; when the other side first opened what this one wrote, or None."""

    enquiry: Enquiry
    steps: list[EnquiryStep]
    first_opened_at: datetime | None


def open_thread(
    *, participant: Party, role: Role, commodity: Commodity, enquiry_id: UUID, now: datetime
) -> Thread | None:
    """Open one of a participant's enquiries, which is read by its side from then on; None if it has no such one."""
    enquiry = selectors.enquiries_of(participant, role, commodity).filter(pk=enquiry_id).first()
    side = side_in(role)
    if enquiry is None or side is None:
        return None
    open_shown(enquiry, role=role, now=now)
    opened = selectors.opened_at_by_other_side([enquiry], side=side)
    return Thread(enquiry, selectors.steps_of(enquiry), opened.get(enquiry.pk))


def open_shown(enquiry: Enquiry, *, role: Role, now: datetime) -> None:
    """Open one of a participant's enquiries that is shown to somebody as it stands: its side has read it from then on.

    Each page that shows what the other side wrote opens it so, whatever else the page is for.
    """
    mark_opened([enquiry], role=role, now=now)
    if enquiry.unread_by == side_in(role):
        _mark_read(enquiry)


@transaction.atomic
def _mark_read(enquiry: Enquiry) -> None:
    """Let an enquiry be read as it was shown; what the other side saved since is not.

    Who reads waits for nobody: if a save is at the row just now, then it says itself who has not read it.
    """
    shown = Enquiry.objects.filter(pk=enquiry.pk, changed_at=enquiry.changed_at)
    if shown.select_for_update(skip_locked=True, no_key=True).values_list("pk").first() is not None:
        shown.update(unread_by="")


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
