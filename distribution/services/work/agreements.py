"""Telling agreements."""

from collections.abc import Iterator

from datahub.agreements.facts import AgreementFact
from datahub.market import ResourceType
from datahub.outbox.changes import Change
from distribution.packs import frame
from distribution.rules import contents
from distribution.rules.about import about_agreement
from distribution.rules.recipients import AgreementChange, told_of_agreement
from distribution.selectors.facts import BatchFacts
from distribution.services.work.waiting import Told, Waiting, side, what


def point_eics(change: Change) -> list[str]:
    """Give the metering point of the agreement, if it has one."""
    eic = side(change)["point_eic"]
    return [eic] if eic else []


def work(change: Change, unit: Waiting, batch: BatchFacts) -> Iterator[Told]:
    """Give the messages of an agreement that was made, moved or deleted."""
    agreement = AgreementChange(
        what=what(change),
        because_of_another="_BC_" in change.reason,
        before=AgreementFact.from_json(change.before) if change.before else None,
        after=AgreementFact.from_json(change.after) if change.after else None,
    )
    facts = batch.of(agreement.fact.point_eic, known_at=unit.known_at, saved_at=unit.saved_at)
    told = told_of_agreement(agreement, facts, sender_eic=unit.sender_eic)
    for view, recipients in contents.by_view(told):
        content = contents.agreement_content(agreement.fact, view)
        about = about_agreement(agreement, facts, recipients)
        yield Told(ResourceType.AGREEMENT, change.reason, frame(content), recipients, about)
