"""Giving and revoking authorizations. Source: `4-exchanges.md`, "Customer authorizations".

Customers do both in the client portal. Faults are named by the fields of `/customer-authorization`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from datahub.access import rules
from datahub.access.models import CustomerAuthorization
from datahub.access.rules import Asked, Subject, Terms
from datahub.agreements.models import Agreement
from datahub.errors import DomainError, Fault, any_of, codes, fault, phrase, refuse
from datahub.market import AgreementType, AuthorizationPurpose, Commodity, ResourceType, Role
from datahub.market_time import months_before
from datahub.metering.models import MeteringPoint
from datahub.outbox.changes import Change
from datahub.outbox.services import open_units
from datahub.parties import eic
from datahub.parties.models import MarketRole, Party, Representation, User
from datahub.periods import Period

# So many points at once: each is locked until all are saved.
MAX_POINTS = 1_000
KEPT_MONTHS = 7 * 12
_POINTS = "meterEic"
# The database gives no point this id.
_NO_POINT = 0


@transaction.atomic
def give_authorizations(
    *,
    customer: Party,
    by: User,
    meter_eics: Sequence[str],
    participant: Party,
    role: Role,
    purpose: AuthorizationPurpose,
    validity: Period | None = None,
    subject: Period | None = None,
    now: datetime,
    new_id: Callable[[], UUID] = uuid4,
) -> list[CustomerAuthorization]:
    """Let a participant see metering points of a customer in a role: one authorization for each point, all or none.

    In the order in which the points are named, each once; `new_id` gives their ids. `validity` and `subject` are chosen
    for an energy service provider and left out for others; everything counts in whole seconds. The subject period is
    cut to the customer's own GRID agreement at the point. Raises DomainError with every fault: who may not act for the
    customer (alone), the terms of the table, a receiver without the role for a point's commodity, and points that are
    not the customer's, of others and those that do not exist in the same words.
    """
    _require_giver(customer, by, now)
    asked = Asked(role, purpose, rules.whole_seconds(validity), rules.whole_seconds(subject), rules.whole_second(now))
    terms, faults = rules.settle_terms(asked)
    paths, shape_faults = _paths(meter_eics)
    faults += shape_faults
    if not paths:
        raise DomainError(faults)
    # The lanes are those of agreements too: no GRID agreement moves between the check and the save.
    with open_units(lanes=paths, sender_eic=customer.eic, saved_at=now) as units:
        own = _own_points(customer, paths)
        faults += _receiver_faults(participant, asked, {one.point.commodity for one in own.values()})
        subjects: dict[str, Subject] = {}
        for meter_eic, path in paths.items():
            cut, point_faults = _cut(
                own.get(meter_eic), terms, customer=customer, meter_eic=meter_eic, path=path, now=asked.now
            )
            faults += point_faults
            if cut is not None:
                subjects[meter_eic] = cut
        if faults or terms is None:
            raise DomainError(faults)
        given = [
            CustomerAuthorization(
                id=new_id(),
                customer=customer,
                point=own[meter_eic].point,
                participant=participant,
                role=role,
                commodity=own[meter_eic].point.commodity,
                purpose=purpose,
                valid_from=terms.validity.start,
                valid_to=terms.validity.end,
                subject_from=cut.start,
                subject_to=cut.end,
                given_at=asked.now,
                given_by=by,
            )
            for meter_eic, cut in subjects.items()
        ]
        CustomerAuthorization.objects.bulk_create(given)
        for authorization in given:
            snapshot = _snapshot(authorization)
            units[authorization.point.eic].record(
                Change(ResourceType.PERMISSION, "CREATE", str(authorization.pk), after=snapshot)
            )
    return given


def _require_giver(customer: Party, by: User, now: datetime) -> None:
    """Ask for the customer herself or one who represents it; nobody else learns what else would be wrong.

    A user whom staff have made inactive acts for nobody.
    """
    is_herself = by.party_id is not None and by.party_id == customer.pk
    represents = Representation.objects.filter(person=by, customer=customer).valid_at(now)
    if not by.is_active or not (is_herself or represents.exists()):
        raise refuse(codes.AUTHORIZATION_GIVER, "customerEic", by.get_username(), customer.eic)


def _paths(meter_eics: Sequence[str]) -> tuple[dict[str, str], list[Fault]]:
    """Give the path of each code, by the code, and what is wrong with the list or with the form of its codes."""
    if isinstance(meter_eics, str) or not isinstance(meter_eics, Sequence):
        return {}, [fault(codes.INVALID_PATTERN, _POINTS, meter_eics, phrase("a list of the codes of metering points"))]
    if not meter_eics:
        return {}, [fault(codes.LIST_CAN_NOT_BE_EMPTY, _POINTS)]
    if len(meter_eics) > MAX_POINTS:
        return {}, [fault(codes.TOO_MANY_ENTRIES, _POINTS, len(meter_eics), MAX_POINTS)]
    paths: dict[str, str] = {}
    faults = []
    for number, meter_eic in enumerate(meter_eics):
        path = f"{_POINTS}[{number}]"
        if not isinstance(meter_eic, str):
            wanted = phrase("the code of a metering point, as text")
            faults.append(fault(codes.INVALID_PATTERN, path, meter_eic, wanted))
            continue
        found = eic.check(meter_eic, kind=eic.METERING_POINT, path=path)
        if found is not None:
            faults.append(found)
        else:
            paths.setdefault(meter_eic, path)
    return paths, faults


@dataclass(frozen=True, slots=True)
class _Own:
    """A point with the times of the customer's GRID agreements there, former and later ones too."""

    point: MeteringPoint
    grids: list[Period]


def _own_points(customer: Party, meter_eics: Iterable[str]) -> dict[str, _Own]:
    """Give, by their codes, the points at which the customer has or had a GRID agreement, or will have one."""
    points = {point.pk: point for point in MeteringPoint.objects.filter(eic__in=list(meter_eics))}
    grids: dict[int, list[Period]] = defaultdict(list)
    # Where there is no such point the same is asked, so that the time it takes tells nothing.
    rows = Agreement.objects.standing().filter(
        point__in=list(points) or [_NO_POINT], type=AgreementType.GRID, customer=customer
    )
    for point, start, end in rows.values_list("point_id", "valid_from", "valid_to"):
        grids[point].append(Period(start, end))
    return {points[key].eic: _Own(points[key], of_point) for key, of_point in grids.items()}


def _receiver_faults(participant: Party, asked: Asked, commodities: Iterable[str]) -> list[Fault]:
    """Ask for a receiver that holds the role now for the commodity of each point that is the customer's."""
    if asked.role not in rules.PURPOSES:
        return []
    roles = MarketRole.objects.filter(participant=participant, role=asked.role).valid_at(asked.now)
    held = set(roles.values_list("commodity", flat=True))
    # Where no point is the customer's: whoever holds the role for none is wrong all the same.
    missing = sorted(set(commodities) - held) or ([] if held else list(Commodity))
    if not missing:
        return []
    return [fault(codes.AUTHORIZATION_RECEIVER, "participantEic", participant.eic, asked.role, any_of(missing))]


def _cut(
    own: _Own | None, terms: Terms | None, *, customer: Party, meter_eic: str, path: str, now: datetime
) -> tuple[Subject | None, list[Fault]]:
    """Give what an authorization opens at a point, or what is wrong there; neither while the terms are not settled."""
    if own is None:
        return None, [fault(codes.AUTHORIZATION_POINT, path, meter_eic, customer.eic)]
    time = rules.own_time(own.grids, now)
    if time is None:
        return None, [fault(codes.AUTHORIZATION_WITHOUT_GRID, path, customer.eic, meter_eic)]
    if terms is None:
        return None, []
    cut = rules.cut_subject(terms.subject, time)
    if cut is None:
        which = (
            phrase("from {0} on", time.start)
            if time.end is None
            else phrase("from {0} up to {1}", time.start, time.end)
        )
        return None, [
            fault(codes.AUTHORIZATION_NOTHING_LEFT, path, terms.subject.start, terms.subject.end, meter_eic, which)
        ]
    return cut, []


def _snapshot(authorization: CustomerAuthorization) -> dict[str, Any]:
    """Give what the message of a new authorization needs: it is told as it was given, whatever happens to it later."""
    valid_to = authorization.valid_to
    return {
        "participant": authorization.participant.eic,
        "participant_type": authorization.participant.type,
        "role": authorization.role,
        "commodity": authorization.commodity,
        "point": authorization.point.eic,
        "customer": authorization.customer.eic,
        "customer_type": authorization.customer.type,
        "purpose": authorization.purpose,
        "valid_from": authorization.valid_from.isoformat(),
        "valid_to": None if valid_to is None else valid_to.isoformat(),
        "subject_from": authorization.subject_from.isoformat(),
        "subject_to": authorization.subject_to.isoformat(),
    }


@transaction.atomic
def revoke_authorization(*, authorization_id: UUID, customer: Party, by: User, now: datetime) -> CustomerAuthorization:
    """End an authorization of a customer at this very instant, as `revoke_authorizations` does."""
    (revoked,) = revoke_authorizations(authorization_ids=[authorization_id], customer=customer, by=by, now=now)
    return revoked


@transaction.atomic
def revoke_authorizations(
    *, authorization_ids: Iterable[UUID], customer: Party, by: User, now: datetime
) -> list[CustomerAuthorization]:
    """End authorizations of a customer at this very instant, all or none; those that have not begun never begin.

    Nobody is told. Raises DomainError for who may not act for the customer; for each authorization
    authorization-cannot-be-found, in the same words, where there is none and where somebody else gave it;
    authorization-is-revoked, authorization-has-ended.
    """
    _require_giver(customer, by, now)
    wanted = list(dict.fromkeys(authorization_ids))
    rows = CustomerAuthorization.objects.select_for_update().filter(pk__in=wanted, customer=customer)
    # In one order, so that two who revoke the same do not wait for each other.
    found = {given.pk: given for given in rows.order_by("pk")}
    faults = [fault for number in wanted for fault in _revoking_faults(number, found.get(number), customer, now)]
    if faults:
        raise DomainError(faults)
    revoked = [found[number] for number in wanted]
    for given in revoked:
        given.revoked_at, given.revoked_by = now, by
        given.valid_to = rules.end_when_revoked(Period(given.valid_from, given.valid_to), now)
    CustomerAuthorization.objects.bulk_update(revoked, ["revoked_at", "revoked_by", "valid_to"])
    return revoked


def _revoking_faults(
    authorization_id: UUID, given: CustomerAuthorization | None, customer: Party, now: datetime
) -> list[Fault]:
    if given is None:
        return [fault(codes.AUTHORIZATION_CANNOT_BE_FOUND, "authorizationId", authorization_id, customer.eic)]
    if given.revoked_at is not None:
        return [fault(codes.AUTHORIZATION_REVOKED, authorization_id, given.revoked_at)]
    if given.valid_to is not None and given.valid_to <= now:
        return [fault(codes.AUTHORIZATION_ENDED, authorization_id, given.valid_to)]
    return []


def drop_old_authorizations(*, now: datetime, most: int) -> int:
    """Delete authorizations that ended more than 7 years ago, at most so many, the oldest first; give how many.

    Source: `1-market.md`, "Kept for".
    """
    since = months_before(now, KEPT_MONTHS)
    old = (
        CustomerAuthorization.objects.filter(valid_to__lt=since)
        .order_by("valid_to")
        .values_list("pk", flat=True)[:most]
    )
    deleted, _ = CustomerAuthorization.objects.filter(pk__in=list(old)).delete()
    return deleted
