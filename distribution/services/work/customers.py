"""Telling what is known of customers."""

from collections.abc import Iterator

from datahub.market import MetadataType, ResourceType
from datahub.outbox.changes import Change
from distribution.packs import frame
from distribution.rules import contents
from distribution.rules.about import about_customer
from distribution.rules.customers import Provider, told_of_customer
from distribution.selectors.facts import BatchFacts
from distribution.services.work.waiting import Told, Waiting, side


def point_eics(change: Change) -> list[str]:
    """Give no metering points: the change carries what decides its recipients."""
    return []


def work(change: Change, unit: Waiting, batch: BatchFacts) -> Iterator[Told]:
    """Give the messages of a customer whose values changed: at most one with all of them and one with the name."""
    saved = side(change)
    providers = [Provider.from_json(provider) for provider in saved["providers"]]
    told = told_of_customer(
        [MetadataType(kind) for kind in saved["changed"]],
        providers,
        saved_at=unit.saved_at,
        sender_eic=unit.sender_eic,
    )
    for sees_all in (True, False):
        recipients = sorted(recipient for recipient, whole in told.items() if whole == sees_all)
        if recipients:
            content = contents.customer_content(change.object_key, saved, names_alone=not sees_all)
            about = about_customer(change.object_key, providers, recipients)
            yield Told(ResourceType.CUSTOMER_DATA, change.reason, frame(content), recipients, about)
