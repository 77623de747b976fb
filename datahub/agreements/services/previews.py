"""What an act on an agreement would do to others, for who wants to know before it does it. Nothing is saved or locked.

The rules are those of the acts themselves (`deciding`): what is refused here would be refused there, unless something
changes meanwhile. Source: `5-web.md`: "every destructive act says what it will do".
"""

from dataclasses import dataclass
from datetime import datetime

from datahub import market_time
from datahub.agreements.models import Agreement
from datahub.agreements.rules import consequences, dates
from datahub.agreements.rules.consequences import Effect
from datahub.agreements.rules.parties import Sender
from datahub.agreements.services import deciding, follow_ups
from datahub.agreements.services.deciding import Reference, Terms
from datahub.market import Commodity, Role
from datahub.parties.models import Party


@dataclass(frozen=True, slots=True)
class Preview:
    """An act and what it would cause at its point; `points` is at how many others the hub looks whether it matters.

    None: it matters at no other point.
    """

    direct: Effect
    caused: tuple[Effect, ...]
    points: int | None = None


def preview_registration(
    *, participant: Party, role: str, commodity: str, terms: Terms, now: datetime, path: str = "agreement"
) -> Preview:
    """Say what registering an agreement would do. Raises DomainError as `acts.register_agreement` does."""
    sender = Sender(participant.eic, Role(role), Commodity(commodity))
    deciding.check_request(deciding.named_in_terms(terms), sender, "created", path)
    effects = deciding.decide_registration(participant=participant, sender=sender, terms=terms, now=now, path=path)
    return _preview(effects)


def preview_change(
    *,
    participant: Party,
    role: str,
    commodity: str,
    reference: Reference,
    valid_to: datetime | None,
    agreement_id: str | None,
    now: datetime,
    path: str = "agreementChange",
) -> Preview:
    """Say what changing an agreement would do. Raises DomainError as `acts.change_agreement` does."""
    sender = Sender(participant.eic, Role(role), Commodity(commodity))
    deciding.check_request(deciding.named_in_reference(reference), sender, "changed", path)
    effects = deciding.decide_change(
        participant=participant,
        sender=sender,
        reference=reference,
        valid_to=valid_to,
        agreement_id=agreement_id,
        preliminary_termination_fee=None,
        now=now,
        path=path,
    )
    return _preview(effects)


def preview_deletion(
    *, participant: Party, role: str, commodity: str, reference: Reference, now: datetime, path: str = "agreement"
) -> Preview:
    """Say what deleting an agreement would do. Raises DomainError as `acts.delete_agreement` does."""
    sender = Sender(participant.eic, Role(role), Commodity(commodity))
    deciding.check_request(deciding.named_in_reference(reference), sender, "deleted", path)
    effects = deciding.decide_deletion(participant=participant, sender=sender, reference=reference, now=now, path=path)
    return _preview(effects)


def earliest_end(*, participant: Party, role: str, reference: Reference, now: datetime) -> datetime:
    """Give the earliest instant at which an agreement of the participant's own may end, from what stands on it now.

    Raises DomainError where it has none such.
    """
    standing, around = deciding.standing_and_around(reference, participant, role, now=now)
    days = dates.days_to_end(standing.type, standing.commodity, stands_on_it=around.stands_on_it)
    month = dates.keeps_to_months(standing.type, standing.commodity)
    earliest = dates.earliest_boundary(days, now, standing.commodity, month=month)
    if standing.valid_from < earliest:
        return earliest
    # One that has not started ends after its first day, or month.
    after = (market_time.day_of(standing.valid_from, standing.commodity) - market_time.day_of(now)).days + 1
    return dates.earliest_boundary(after, now, standing.commodity, month=month)


def _preview(effects: tuple[Effect, ...]) -> Preview:
    direct, *caused = effects
    points = None
    if direct.subject.type in consequences.FOLLOWED:
        customer = Party.objects.get(eic=direct.subject.customer_eic)
        reaching = Agreement(type=direct.subject.type, commodity=direct.subject.commodity, customer=customer)
        points = follow_ups.reach_of(reaching).count()
    return Preview(direct, tuple(caused), points)
