"""What an act on an agreement would do, decided from what stands now, or why it is refused. Nothing is saved here.

`acts` decides under the lock of the point's lane and saves; `previews` decides without, for who wants to know before.
Source: `1-market.md`, "Agreements".
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from datahub.agreements import selectors
from datahub.agreements.facts import AgreementFact
from datahub.agreements.models import Agreement
from datahub.agreements.rules import consequences, dates, one_point, parties, portfolio
from datahub.agreements.rules.consequences import Effect
from datahub.agreements.rules.dates import Surroundings
from datahub.agreements.rules.parties import Named, Sender
from datahub.errors import DomainError, Fault, all_of, codes, fault, phrase, refuse
from datahub.market import AgreementType, Commodity, PartyType
from datahub.metering.models import MeteringPoint
from datahub.parties.models import MarketRole, Party

# A customer without a GRID agreement there, and a change that changes nothing, say nothing of what stands at a point.
_TELL_NOTHING = frozenset({codes.AGREEMENT_WITHOUT_GRID, codes.NO_CHANGE_RECEIVED})


class RefusedByWhatStands(DomainError):
    """A refusal that tells what stands at the customer's point: until when, or that something does."""


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


def decide_registration(
    *, participant: Party, sender: Sender, terms: Terms, now: datetime, path: str
) -> tuple[Effect, ...]:
    """Decide what registering an agreement does: itself first, then what it causes. Raises DomainError."""
    named = named_in_terms(terms)
    point = _own_point(named, sender, participant, path)
    customer_held = _roles_held(terms.customer_eic, sender.commodity, now)
    provider_role, customer_role = parties.roles_in(named, sender, customer_held)
    asked = AgreementFact(
        id=0,
        type=terms.type,
        agreement_id=terms.agreement_id,
        point_eic=terms.point_eic,
        parent_point_eic=point.parent.eic if point and point.parent else None,
        service_provider_eic=terms.service_provider_eic,
        service_provider_role=provider_role,
        customer_eic=terms.customer_eic,
        customer_role=customer_role,
        commodity=terms.commodity,
        preliminary_termination_fee=terms.preliminary_termination_fee,
        valid_from=terms.valid_from,
        valid_to=terms.valid_to,
        original_valid_to=terms.valid_to,
    )
    faults = parties.field_faults(named, path=path)
    faults += parties.provider_faults(named, _provider_held(named, now), path=path)
    if not Party.objects.filter(eic=terms.customer_eic).exists():
        faults.append(fault(codes.CUSTOMER_NOT_RESOLVED, f"{path}.customerEic", terms.customer_eic))
    else:
        faults += parties.customer_faults(named, customer_held, path=path)
    portfolios = _portfolios(asked.commodity)
    faults += dates.form_faults(asked, now=now, path=path)
    faults += portfolio.provider_faults(asked, portfolios, now=now, path=path)
    faults += portfolio.cycle_faults(asked, portfolios, path=path)
    # What stands there is looked at only for what could be saved: who asks for what never could learns nothing.
    raise_all(faults)
    before = _standing_around(asked)
    around = one_point.surroundings(asked, before, now=now)
    faults += one_point.inside_grid_faults(asked, around.grid, path=path)
    if asked.point_eic is not None:
        faults += dates.start_faults(asked, around, now=now, path=path)
        faults += dates.end_faults(asked, around, now=now, path=path)
    return _decide(consequences.created(asked), before, faults, sender=sender, now=now, path=path)


def decide_change(
    *,
    participant: Party,
    sender: Sender,
    reference: Reference,
    valid_to: datetime | None,
    agreement_id: str | None,
    preliminary_termination_fee: bool | None,
    now: datetime,
    path: str,
) -> tuple[Effect, ...]:
    """Decide what changing an agreement does: itself first, then what it causes. Raises DomainError."""
    standing = _find(reference, participant, sender.role, path)
    asked = replace(
        standing,
        valid_to=valid_to,
        original_valid_to=valid_to,
        agreement_id=standing.agreement_id if agreement_id is None else agreement_id,
    )
    raise_all(dates.change_faults(standing, now=now))
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
                fault(
                    codes.NO_CHANGE_RECEIVED,
                    phrase("{0} have not changed", all_of([f"{path}.validTo", f"{path}.agreementId"])),
                )
            )
    else:
        around = one_point.surroundings(asked, before, now=now)
        faults += one_point.inside_grid_faults(asked, around.grid, path=path)
        faults += dates.end_faults(asked, around, now=now, path=path)
        faults += portfolio.cycle_faults(asked, _portfolios(asked.commodity), path=path)
    effect = consequences.updated(standing, asked)
    return _decide(effect, before, faults, sender=sender, now=now, path=path)


def decide_deletion(
    *, participant: Party, sender: Sender, reference: Reference, now: datetime, path: str
) -> tuple[Effect, ...]:
    """Decide what deleting an agreement does: itself first, then what it causes. Raises DomainError."""
    standing = _find(reference, participant, sender.role, path)
    raise_all(dates.delete_faults(standing, now=now))
    return _decide(consequences.deleted(standing), _standing_around(standing), [], sender=sender, now=now, path=path)


def _decide(
    direct: Effect,
    before: Sequence[AgreementFact],
    faults: list[Fault],
    *,
    sender: Sender,
    now: datetime,
    path: str,
) -> tuple[Effect, ...]:
    """Give an act with all that it does to others, unless something is wrong with it.

    What a new one does and overlaps is looked for last, only where everything else is right: a stranger is not to learn
    what stands at a point, by what it is told or by how long it takes.
    """
    if direct.before is None:
        _refuse(faults)
    between = _between(direct.subject, before)
    outcome = consequences.act(before, direct, between=between, now=now)
    if direct.after is not None:
        faults += one_point.overlap_faults(direct.after, outcome.after, sender_eic=sender.eic, path=path)
    _refuse(faults)
    return outcome.effects


def _refuse(faults: Sequence[Fault]) -> None:
    if faults and not {found.code for found in faults} <= _TELL_NOTHING:
        raise RefusedByWhatStands(faults)
    raise_all(faults)


def standing_and_around(
    reference: Reference, participant: Party, role: str, *, now: datetime, path: str = "agreement"
) -> tuple[AgreementFact, Surroundings]:
    """Give a participant's own agreement with what its dates depend on. Raises DomainError where it has none such."""
    standing = _find(reference, participant, role, path)
    return standing, one_point.surroundings(standing, _standing_around(standing), now=now)


def named_in_reference(reference: Reference) -> Named:
    """Give what names a standing agreement."""
    return Named(
        reference.type,
        reference.commodity,
        reference.point_eic,
        reference.service_provider_eic,
        reference.customer_eic,
    )


def named_in_terms(terms: Terms) -> Named:
    """Give what names a new agreement."""
    return Named(
        terms.type,
        terms.commodity,
        terms.point_eic,
        terms.service_provider_eic,
        terms.customer_eic,
        terms.preliminary_termination_fee,
    )


def raise_all(faults: Sequence[Fault]) -> None:
    """Raise what is wrong, if anything is."""
    if faults:
        raise DomainError(faults)


def check_request(named: Named, sender: Sender, doing: str, path: str) -> None:
    """Refuse what the request alone shows to be wrong with its sender, before anything is locked or looked up.

    A type that no request may touch, a role that may not do it, another's agreement; and what names no agreement.
    """
    type_fault = parties.type_fault(named, doing, path=path)
    raise_all([type_fault] if type_fault else [])
    raise_all(parties.role_faults(named, sender, path=path))
    faults = parties.registrar_faults(named, sender, path=path)
    if faults or (doing != "created" and (named.type in parties.POINT_TYPES) != (named.point_eic is not None)):
        raise_all(faults + parties.field_faults(named, path=path))


def _standing_around(agreement: AgreementFact) -> list[AgreementFact]:
    """Give what stands where an agreement does.

    At its point (for an aggregation, at the point above) and at the aggregation points under it; without a point, what
    its customer has of its type.
    """
    standing = Agreement.objects.standing().filter(commodity=agreement.commodity)
    place = one_point.stands_at(agreement)
    if place is None:
        return selectors.standing_facts(standing.filter(type=agreement.type, customer__eic=agreement.customer_eic))
    return selectors.standing_facts(standing.filter(selectors.at_points([place])))


def _between(subject: AgreementFact, before: Sequence[AgreementFact]) -> list[AgreementFact]:
    """Give the agreements between parties that count where an act is done: see `consequences.act`."""
    around = [subject, *before]
    if subject.type == AgreementType.BORDER_GRID:
        # One customer may follow another at a border: what is made anew there is the supply of them all.
        customers = {border.customer_eic for border in around if border.type == AgreementType.BORDER_GRID}
        parties_there, kind = customers, AgreementType.PORTFOLIO_SUPPLIER
    elif subject.type in {AgreementType.GRID, AgreementType.SUPPLY}:
        operators = {grid.service_provider_eic for grid in around if grid.type == AgreementType.GRID}
        parties_there, kind = operators, AgreementType.NAMED_SUPPLIER
    else:
        return []
    return selectors.between_parties(parties_there, kind, subject.commodity)


def _portfolios(commodity: Commodity) -> list[AgreementFact]:
    return selectors.standing_facts(
        Agreement.objects.standing().filter(type=AgreementType.PORTFOLIO_SUPPLIER, commodity=commodity)
    )


def _roles_held(eic: str, commodity: str, now: datetime) -> set[str]:
    held = MarketRole.objects.filter(participant__eic=eic, commodity=commodity).valid_at(now)
    return set(held.values_list("role", flat=True))


def _provider_held(named: Named, now: datetime) -> set[str] | None:
    """Give the roles of a service provider that is not the sender; None if no market participant has its code."""
    provider = Party.objects.filter(eic=named.service_provider_eic, type=PartyType.MARKET_PARTICIPANT)
    return _roles_held(named.service_provider_eic, named.commodity, now) if provider.exists() else None


def _find(reference: Reference, participant: Party, role: str, path: str) -> AgreementFact:
    """Find the sender's agreement that a request names; any other is as if it did not exist."""
    standing = Agreement.objects.standing().filter(
        type=reference.type,
        point__eic=reference.point_eic,
        service_provider__eic=reference.service_provider_eic,
        customer__eic=reference.customer_eic,
        commodity=reference.commodity,
        valid_from=reference.valid_from,
    )
    if reference.type in parties.REGISTERED_BY_CUSTOMER:
        standing = standing.filter(customer=participant, customer_role=role)
    else:
        standing = standing.filter(service_provider=participant, service_provider_role=role)
    found = selectors.standing_facts(standing)
    if not found:
        what = reference.type, reference.service_provider_eic, reference.customer_eic, reference.commodity
        which = (
            phrase("{0} at {5} of {1} with {2} for {3} from {4}", *what, reference.valid_from, reference.point_eic)
            if reference.point_eic
            else phrase("{0} of {1} with {2} for {3} from {4}", *what, reference.valid_from)
        )
        raise refuse(codes.AGREEMENT_CANNOT_BE_FOUND, path, which)
    return found[0]


def _own_point(named: Named, sender: Sender, participant: Party, path: str) -> MeteringPoint | None:
    """Find the sender's own point that an agreement of its type is made at; None where the type asks for none.

    Another's point is as if it did not exist. A supply's point is judged by its GRID agreement alone.
    """
    if named.type not in parties.AT_OWN_POINT or named.point_eic is None:
        return None
    point = MeteringPoint.objects.select_related("parent").filter(eic=named.point_eic, owner=participant).first()
    field = f"{path}.meterEic"
    if point is None:
        raise refuse(codes.METERING_POINT_NOT_EXISTS, field, named.point_eic)
    if point.commodity != named.commodity:
        field = f"{path}.commodityType"
        raise refuse(codes.COMMODITY_TYPE_MISMATCH, field, named.commodity, point.commodity, phrase("metering point"))
    if point.owner_role != sender.role:
        raise refuse(codes.SENDER_TYPE, sender.role, point.owner_role)
    wanted = parties.POINT_TYPES[named.type]
    if point.type != wanted:
        fitting = phrase("a {0} point", wanted)
        raise refuse(codes.AGREEMENT_POINT_TYPE, field, point.eic, point.type, named.type, fitting)
    return point
