"""Taking over a market that already stands elsewhere."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from datahub.agreements.facts import AgreementFact
from datahub.agreements.recording import create
from datahub.market import AgreementType
from datahub.outbox.services import open_unit


def take_over_agreements(*, agreements: Iterable[AgreementFact], now: datetime) -> list[AgreementFact]:
    """Take over agreements that already stand elsewhere, of any type, and tell nobody; give them as saved.

    No rule of dates, parties or place is asked: they were made under another hub's eyes. The database still refuses
    what overlaps (IntegrityError), and points and parties must exist (KeyError). `id` and `parent_point_eic` of the
    facts are not looked at, the end is taken for the one its registrar gave, and a GENERAL_SERVICE that has not started
    is told of when it does.
    """
    facts = [
        replace(
            fact,
            original_valid_to=fact.valid_to,
            quiet=fact.type == AgreementType.GENERAL_SERVICE and fact.valid_from > now,
        )
        for fact in agreements
    ]
    lanes = {fact.point_eic or f"{fact.type}:{fact.service_provider_eic}:{fact.customer_eic}" for fact in facts}
    with (
        transaction.atomic(),
        open_unit(lanes=lanes, sender_eic="", saved_at=now, moves_portfolios=True) as unit,
    ):
        return create([(unit.id, fact) for fact in facts], now=now)
