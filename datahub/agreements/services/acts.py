"""Registering, changing and deleting agreements: each is one use case in one transaction.

The lock of the point's lane comes first, then it is decided from what stands there (`deciding`), so that of two that
contradict each other the second sees the first; the database's constraints stand behind that. Source: `1-market.md`,
"Agreements".
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import IntegrityError, transaction
from psycopg.errors import ExclusionViolation

from datahub.agreements import recording
from datahub.agreements.facts import AgreementFact
from datahub.agreements.rules import consequences, one_point, parties
from datahub.agreements.rules.consequences import Effect
from datahub.agreements.rules.parties import Named, Sender
from datahub.agreements.services import deciding, follow_ups
from datahub.agreements.services.deciding import Reference, RefusedByWhatStands, Terms
from datahub.errors import DomainError
from datahub.market import Commodity, Role
from datahub.metering.models import MeteringPoint
from datahub.outbox.services import OpenUnit, open_unit
from datahub.parties.models import Party

__all__ = [
    "Reference",
    "RefusedByWhatStands",
    "Terms",
    "change_agreement",
    "delete_agreement",
    "register_agreement",
]


def register_agreement(
    *, participant: Party, role: str, commodity: str, terms: Terms, now: datetime, path: str = "agreement"
) -> AgreementFact:
    """Register an agreement and do what it does to others; give it as saved.

    `participant`, `role` and `commodity` are the sender's, `path` is that of the terms in its request. Raises
    DomainError with all faults of its fields, parties, dates and place.
    """
    sender = Sender(participant.eic, Role(role), Commodity(commodity))
    named = deciding.named_in_terms(terms)
    deciding.check_request(named, sender, "created", path)
    with _unit(named, participant, now) as unit:
        effects = deciding.decide_registration(participant=participant, sender=sender, terms=terms, now=now, path=path)
        return _keep(effects, unit=unit, sender=sender, now=now, path=path)


def change_agreement(
    *,
    participant: Party,
    role: str,
    commodity: str,
    reference: Reference,
    valid_to: datetime | None,
    agreement_id: str | None,
    preliminary_termination_fee: bool | None = None,
    now: datetime,
    path: str = "agreementChange",
) -> AgreementFact:
    """Change an agreement's end and its operator's own id, and what stands on it; give it as saved.

    `valid_to` None makes it open-ended; `agreement_id` None leaves the id as it is; a termination fee, where given,
    must be what it is. Raises DomainError.
    """
    sender = Sender(participant.eic, Role(role), Commodity(commodity))
    named = deciding.named_in_reference(reference)
    deciding.check_request(named, sender, "changed", path)
    with _unit(named, participant, now) as unit:
        effects = deciding.decide_change(
            participant=participant,
            sender=sender,
            reference=reference,
            valid_to=valid_to,
            agreement_id=agreement_id,
            preliminary_termination_fee=preliminary_termination_fee,
            now=now,
            path=path,
        )
        return _keep(effects, unit=unit, sender=sender, now=now, path=path)


def delete_agreement(
    *, participant: Party, role: str, commodity: str, reference: Reference, now: datetime, path: str = "agreement"
) -> None:
    """Delete an agreement that has not started, with what stands on it. Raises DomainError."""
    sender = Sender(participant.eic, Role(role), Commodity(commodity))
    named = deciding.named_in_reference(reference)
    deciding.check_request(named, sender, "deleted", path)
    with _unit(named, participant, now) as unit:
        effects = deciding.decide_deletion(
            participant=participant, sender=sender, reference=reference, now=now, path=path
        )
        _keep(effects, unit=unit, sender=sender, now=now, path=path)


def _keep(effects: Sequence[Effect], *, unit: OpenUnit, sender: Sender, now: datetime, path: str) -> AgreementFact:
    """Keep an act with all that it does to others; give its subject as saved."""
    direct = effects[0]
    subject = direct.subject
    with _refusing_overlaps(subject, sender, path):
        saved = recording.keep([(unit, effects)], now=now)
    kept = saved[0] or subject
    if subject.type in consequences.FOLLOWED:
        follow_ups.begin(kept, consequences.cause_of(direct), unit_id=unit.id, sender_eic=sender.eic, now=now)
    return kept


@contextmanager
def _unit(named: Named, participant: Party, now: datetime) -> Iterator[OpenUnit]:
    """Open the transaction and the unit.

    Its lane is that of the point, with the one above it, or without a point that of the type with the pair of parties.
    """
    between_parties = named.type not in parties.POINT_TYPES
    if named.point_eic is None:
        pair = named.service_provider_eic, named.customer_eic, named.commodity
        lanes = [":".join((named.type, *pair))]
    else:
        above = MeteringPoint.objects.filter(eic=named.point_eic, parent__isnull=False).values_list("parent__eic")
        lanes = [named.point_eic, *(eic for (eic,) in above)]
    with (
        transaction.atomic(),
        open_unit(lanes=lanes, sender_eic=participant.eic, saved_at=now, moves_portfolios=between_parties) as unit,
    ):
        yield unit


@contextmanager
def _refusing_overlaps(asked: AgreementFact, sender: Sender, path: str) -> Iterator[None]:
    """Turn the database's refusal of overlapping agreements into the market's."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if isinstance(error.__cause__, ExclusionViolation):
            raise DomainError([one_point.overlap_fault(asked, None, sender_eic=sender.eic, path=path)]) from error
        raise
