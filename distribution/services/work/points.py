"""Telling metering points."""

from collections.abc import Iterator

from datahub.market import ResourceType
from datahub.outbox.changes import Change
from distribution.packs import frame
from distribution.rules import contents
from distribution.rules.about import about_point
from distribution.rules.recipients import told_of_point
from distribution.selectors.facts import BatchFacts
from distribution.services.work.waiting import Told, Waiting, side


def point_eics(change: Change) -> list[str]:
    """Give the metering point that a change is about."""
    return [change.object_key]


def work(change: Change, unit: Waiting, batch: BatchFacts) -> Iterator[Told]:
    """Give the messages of a saved metering point."""
    facts = batch.of(change.object_key, known_at=unit.known_at, saved_at=unit.saved_at)
    recipients = sorted(told_of_point(facts, sender_eic=unit.sender_eic))
    if recipients:
        content = contents.point_content(side(change)["point"])
        about = about_point(facts, recipients)
        yield Told(ResourceType.METERING_POINT, change.reason, frame(content), recipients, about)
