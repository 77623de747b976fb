"""Writes of agreements: each is one use case in one transaction and records what it did to every agreement.

The lock of the point's lane comes first, then what stands there is read and checked, so that of two that contradict
each other the second sees the first; the database's constraints stand behind that. Source: `1-market.md`, "Agreements".
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import IntegrityError, transaction
from psycopg.errors import ExclusionViolation

from datahub.agreements import selectors
from datahub.agreements.facts import AgreementFact
from datahub.agreements.models import Agreement
from datahub.agreements.recording import create, keep
from datahub.agreements.rules import consequences, dates, one_point, parties, portfolio
from datahub.agreements.rules.parties import Named, Sender
from datahub.errors import DomainError, Fault, codes, fault, refuse
from datahub.market import AgreementType, Commodity, Role
from datahub.metering.models import MeteringPoint
from datahub.outbox.services import OpenUnit, open_unit
from datahub.parties.models import MarketRole, Party


@dataclass(frozen=True, slots=True)
class Terms:
    """What a new agreement is to say, as its registrar sends it; parties and point by their EICs."""

    type: AgreementType
    service_provider_eic: str
    customer_eic: str
    commodity: Commodity
    valid_from: datetime
    valid_to: datetime | None = None
    point_eic: str | None = None
    agreement_id: str = ""
    preliminary_termination_fee: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """What names a standing agreement: its point, type, parties, commodity and start."""

    type: AgreementType
    service_provider_eic: str
    customer_eic: str
    commodity: Commodity
    valid_from: datetime
    point_eic: str | None = None


def register_agreement(
    *, participant: Party, role: str, commodity: str, terms: Terms, now: datetime, path: str = "agreement"
) -> AgreementFact:
    """Register an agreement and do what it does to others; give it as saved.

    `participant`, `role` and `commodity` are the sender's, `path` is that of the terms in its request. Raises
    DomainError with all faults of its fields, parties, dates and place.
    """
    sender = Sender(participant.eic, Role(role), Commodity(commodity))
    named = Named(
        terms.type,
        terms.commodity,
        terms.point_eic,
        terms.service_provider_eic,
        terms.customer_eic,
        terms.preliminary_termination_fee,
    )
    _check_request(named, sender, "created", path)
    with _unit(named, participant, now) as unit:
        held = MarketRole.objects.filter(participant__eic=terms.customer_eic, commodity=commodity).valid_at(now)
        customer_roles = set(held.values_list("role", flat=True))
        asked = AgreementFact(
            id=0,
            type=terms.type,
            agreement_id=terms.agreement_id,
            point_eic=terms.point_eic,
            parent_point_eic=None,
            service_provider_eic=participant.eic,
            service_provider_role=role,
            customer_eic=terms.customer_eic,
            customer_role=parties.customer_role(terms.type, customer_roles),
            commodity=terms.commodity,
            preliminary_termination_fee=terms.preliminary_termination_fee,
            valid_from=terms.valid_from,
            valid_to=terms.valid_to,
            original_valid_to=terms.valid_to,
        )
        _raise(_point_faults(asked, participant, path))
        faults = parties.field_faults(named, path=path)
        if not Party.objects.filter(eic=terms.customer_eic).exists():
            faults.append(fault(codes.CUSTOMER_NOT_RESOLVED, f"{path}.customerEic", terms.customer_eic))
        else:
            faults += parties.customer_faults(named, customer_roles, path=path)
        before = _standing_around(asked)
        portfolios = _portfolios(asked.commodity)
        around = one_point.surroundings(asked, before, now=now)
        if asked.type == AgreementType.SUPPLY:
            faults += one_point.inside_grid_faults(asked, around.grid, path=path)
        faults += dates.start_faults(asked, around, now=now, path=path)
        faults += dates.end_faults(asked, around, now=now, path=path)
        faults += portfolio.provider_faults(asked, portfolios, now=now, path=path)
        faults += portfolio.cycle_faults(asked, portfolios, path=path)
        outcome = consequences.act(before, consequences.created(asked))
        if asked.type != AgreementType.SUPPLY or not faults:
            faults += one_point.overlap_faults(asked, outcome.after, path=path)
        _raise(faults)
        with _refusing_overlaps(asked, path):
            saved = keep(outcome, unit=unit, now=now)
    assert saved is not None  # noqa: S101  (a created agreement stands)
    return saved


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
    named = _named(reference)
    _check_request(named, sender, "changed", path)
    with _unit(named, participant, now) as unit:
        standing = _find(reference, participant, role, path)
        asked = replace(
            standing,
            valid_to=valid_to,
            original_valid_to=valid_to,
            agreement_id=standing.agreement_id if agreement_id is None else agreement_id,
        )
        _raise(dates.change_faults(standing, now=now))
        faults = []
        if preliminary_termination_fee not in (None, standing.preliminary_termination_fee):
            fee = standing.preliminary_termination_fee, preliminary_termination_fee
            args = (str(value).lower() for value in fee)
            field = f"{path}.preliminaryTerminationFee"
            faults.append(fault(codes.AGREEMENT_ATTRIBUTE_CANNOT_BE_CHANGED, field, *args))
        before = _standing_around(standing)
        if valid_to == standing.valid_to:
            asked = replace(asked, original_valid_to=standing.original_valid_to)
            if asked == standing:
                faults.append(
                    fault(codes.NO_CHANGE_RECEIVED, f"{path}.validTo and {path}.agreementId are as they were")
                )
        else:
            around = one_point.surroundings(asked, before, now=now)
            if asked.type == AgreementType.SUPPLY:
                faults += one_point.inside_grid_faults(asked, around.grid, path=path)
            faults += dates.end_faults(asked, around, now=now, path=path)
            faults += portfolio.cycle_faults(asked, _portfolios(asked.commodity), path=path)
        outcome = consequences.act(before, consequences.updated(standing, asked))
        faults += one_point.overlap_faults(asked, outcome.after, path=path)
        _raise(faults)
        with _refusing_overlaps(asked, path):
            saved = keep(outcome, unit=unit, now=now)
    assert saved is not None  # noqa: S101  (a changed agreement stands)
    return saved


def delete_agreement(
    *, participant: Party, role: str, commodity: str, reference: Reference, now: datetime, path: str = "agreement"
) -> None:
    """Delete an agreement that has not started, with what stands on it. Raises DomainError."""
    sender = Sender(participant.eic, Role(role), Commodity(commodity))
    named = _named(reference)
    _check_request(named, sender, "deleted", path)
    with _unit(named, participant, now) as unit:
        standing = _find(reference, participant, role, path)
        _raise(dates.delete_faults(standing, now=now))
        outcome = consequences.act(_standing_around(standing), consequences.deleted(standing))
        keep(outcome, unit=unit, now=now)


def take_over_agreements(*, agreements: Iterable[AgreementFact], now: datetime) -> list[AgreementFact]:
    """Take over agreements that already stand elsewhere, of any type, and tell nobody; give them as saved.

    No rule of dates, parties or place is asked: they were made under another hub's eyes. The database still refuses
    what overlaps (IntegrityError), and points and parties must exist (KeyError). `id` and `parent_point_eic` of the
    facts are not looked at, and the end is taken for the one its registrar gave.
    """
    facts = [replace(fact, original_valid_to=fact.valid_to) for fact in agreements]
    lanes = {_lane(fact) for fact in facts}
    with (
        transaction.atomic(),
        open_unit(lanes=lanes, sender_eic="", saved_at=now, moves_portfolios=True) as unit,
    ):
        return create(facts, unit_id=unit.id, now=now)


def _named(reference: Reference) -> Named:
    return Named(
        reference.type,
        reference.commodity,
        reference.point_eic,
        reference.service_provider_eic,
        reference.customer_eic,
    )


def _raise(faults: Sequence[Fault]) -> None:
    if faults:
        raise DomainError(faults)


def _check_request(named: Named, sender: Sender, doing: str, path: str) -> None:
    """Refuse what the request alone shows to be wrong, before anything is locked or looked up."""
    type_fault = parties.type_fault(named.type, doing, path=path)
    _raise([type_fault] if type_fault else [])
    _raise(parties.sender_faults(named, sender, path=path))
    if (named.type in parties.POINT_TYPES) != (named.point_eic is not None):
        _raise(parties.field_faults(named, path=path))


def _lane(agreement: Named | AgreementFact) -> str:
    """Name the lane of an agreement: its point, or its type with the pair of parties."""
    pair = agreement.service_provider_eic, agreement.customer_eic, agreement.commodity
    return agreement.point_eic or ":".join((agreement.type, *pair))


@contextmanager
def _unit(named: Named, participant: Party, now: datetime) -> Iterator[OpenUnit]:
    """Open the transaction and the unit: the lane of the point, or of the pair of parties for a portfolio."""
    with (
        transaction.atomic(),
        open_unit(
            lanes=[_lane(named)], sender_eic=participant.eic, saved_at=now, moves_portfolios=named.point_eic is None
        ) as unit,
    ):
        yield unit


def _standing_around(agreement: AgreementFact) -> list[AgreementFact]:
    """Give what stands at an agreement's point and under it; without a point, what its customer has of its type."""
    standing = Agreement.objects.standing().filter(commodity=agreement.commodity)
    if agreement.point_eic is None:
        return selectors.standing_facts(standing.filter(type=agreement.type, customer__eic=agreement.customer_eic))
    return selectors.standing_facts(standing.filter(selectors.at_points([agreement.point_eic])))


def _portfolios(commodity: Commodity) -> list[AgreementFact]:
    return selectors.standing_facts(
        Agreement.objects.standing().filter(type=AgreementType.PORTFOLIO_SUPPLIER, commodity=commodity)
    )


def _find(reference: Reference, participant: Party, role: str, path: str) -> AgreementFact:
    """Find the sender's agreement that a request names; any other is as if it did not exist."""
    found = selectors.standing_facts(
        Agreement.objects.standing().filter(
            type=reference.type,
            point__eic=reference.point_eic,
            service_provider=participant,
            service_provider_role=role,
            customer__eic=reference.customer_eic,
            commodity=reference.commodity,
            valid_from=reference.valid_from,
        )
    )
    if not found:
        raise refuse(
            codes.AGREEMENT_CANNOT_BE_FOUND,
            f"{path}: {reference.type} {reference.point_eic or ''} of {reference.service_provider_eic} with "
            f"{reference.customer_eic} from {dates.on_the_wire(reference.valid_from)}",
        )
    return found[0]


def _point_faults(asked: AgreementFact, participant: Party, path: str) -> list[Fault]:
    """Give what is wrong with the point of a GRID or BORDER_GRID: it must be the sender's, and of the right type.

    Another's point is as if it did not exist. A supply's point is judged by its GRID agreement alone.
    """
    if asked.type not in {AgreementType.GRID, AgreementType.BORDER_GRID}:
        return []
    point = MeteringPoint.objects.filter(eic=asked.point_eic, owner=participant, commodity=asked.commodity).first()
    field = f"{path}.meterEic"
    if point is None:
        return [fault(codes.METERING_POINT_NOT_EXISTS, field, asked.point_eic)]
    if point.owner_role != asked.service_provider_role:
        return [fault(codes.SENDER_TYPE, asked.service_provider_role, point.owner_role)]
    wanted = parties.POINT_TYPES[asked.type]
    if point.type != wanted:
        return [fault(codes.AGREEMENT_POINT_TYPE, field, point.eic, point.type, asked.type, f"a {wanted} point")]
    return []


@contextmanager
def _refusing_overlaps(asked: AgreementFact, path: str) -> Iterator[None]:
    """Turn the database's refusal of overlapping agreements into the market's."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if isinstance(error.__cause__, ExclusionViolation):
            raise DomainError([one_point.overlap_fault(asked, path=path)]) from error
        raise
