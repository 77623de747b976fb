"""Telling customers' authorizations. Source: seed 004, "Customer authorization rules"."""

from collections.abc import Iterator

from datahub.market import ResourceType
from datahub.outbox.changes import Change
from distribution.packs import frame
from distribution.rules import contents
from distribution.rules.about import about_permission
from distribution.rules.permissions import told_of_permission
from distribution.selectors.facts import BatchFacts
from distribution.services.work.waiting import Told, Waiting, side


def point_eics(change: Change) -> list[str]:
    """Give no metering points: the change carries all that is told."""
    return []


def work(change: Change, unit: Waiting, batch: BatchFacts) -> Iterator[Told]:
    """Give the message of an authorization that was given."""
    saved = side(change)
    recipients = told_of_permission(saved, sender_eic=unit.sender_eic)
    if recipients:
        about = about_permission(saved["customer"], saved["point"], change.object_key, recipients)
        content = frame(contents.permission_content(saved))
        yield Told(ResourceType.PERMISSION, change.reason, content, recipients, about)
