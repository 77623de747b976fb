"""Telling network bills: to each recipient those that overlap its agreement, one content for all who get the same."""

from collections.abc import Iterator
from datetime import datetime

from datahub.market import ResourceType
from datahub.outbox.changes import Change
from datahub.periods import Period
from distribution.packs import frame
from distribution.rules.about import about_times, customer_parts
from distribution.rules.bills import share_out
from distribution.selectors.facts import BatchFacts
from distribution.services.work.waiting import Told, Waiting, side


def point_eics(change: Change) -> list[str]:
    """Give the metering point of the bills."""
    return [change.object_key]


def work(change: Change, unit: Waiting, batch: BatchFacts) -> Iterator[Told]:
    """Give the messages of what one message said of a point's bills."""
    bills = side(change)["bills"]
    periods = [Period(datetime.fromisoformat(bill["from"]), datetime.fromisoformat(bill["to"])) for bill in bills]
    facts = batch.of(change.object_key, known_at=unit.known_at, saved_at=unit.saved_at)
    for places, recipients in share_out(facts, periods, sender_eic=unit.sender_eic):
        # Each bill is kept as JSON text: quantities are told with the very digits that were sent.
        content = "[" + ",".join(bills[place]["bill"] for place in places) + "]"
        parts = customer_parts(facts, [periods[place] for place in places])
        about = about_times(facts, parts, recipients)
        yield Told(ResourceType.NETWORK_BILL, change.reason, frame(content.encode()), recipients, about)
