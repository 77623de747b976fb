"""Searching agreements: which ones a participant may see, and what of each. Source: `1-market.md`, "Who may see what".

Seen whole: by the two parties, by the owner of the point (or of the parent), and by the portfolio providers of a
supplier, named supplier or aggregator. Seen in part: the GRID agreements, and the aggregations under a supplied point,
that stand beside an agreement of one's own (or of one's portfolio) at the same time; and the general service that an
operator of one's portfolio provides. What one does not see of an agreement cannot be searched by either.

Of an agreement that was deleted those are told who saw it whole. Pages show it to them for as long as an agreement that
has ended is a ground; the wire never gives it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from datahub.access import rules, selectors
from datahub.access.pages import Found
from datahub.access.services.access_log import Read, log_read
from datahub.agreements.filters import filter_agreements
from datahub.agreements.models import Agreement
from datahub.market import AgreementType, SourceType
from datahub.parties.models import Party, User

_HOLDERS = sorted(rules.HOLDER_TYPES)
_SUPPLIERS = sorted(rules.SUPPLIER_TYPES)
_GRIDS = sorted(rules.GRID_TYPES)


@dataclass(frozen=True, slots=True)
class FoundAgreement:
    """An agreement with what may be seen of its parties."""

    agreement: Agreement
    with_provider: bool
    with_customer: bool


def _is_party(participant: Party, role: str, now: datetime) -> Q:
    """Pick the agreements that a participant stands in; what it sold, only while that is a ground."""
    return _provided(participant, role, now) | selectors.as_customer_in(participant, role)


def _provided(participant: Party, role: str, now: datetime) -> Q:
    return selectors.own_agreements(participant, role) & (
        ~Q(type__in=_HOLDERS) | Q(valid_to=None) | Q(valid_to__gte=rules.ground_since(now))
    )


def _beside(held: "QuerySet[Agreement]") -> Q:
    """Pick the GRID agreements and aggregations that stand beside some of the held agreements at the same time."""
    held = held.filter(
        Q(valid_to=None) | Q(valid_to__gt=OuterRef("valid_from")),
        valid_from__lt=Coalesce(OuterRef("valid_to"), Value(selectors.NEVER)),
    )
    return (Q(type__in=_GRIDS) & Q(Exists(held.filter(point=OuterRef("point"))))) | (
        Q(type__in=_GRIDS) & Q(Exists(held.filter(parent_point=OuterRef("point"))))
        | (
            Q(type=AgreementType.AGGREGATION)
            & Q(Exists(held.filter(point=OuterRef("parent_point"), type__in=_SUPPLIERS)))
        )
    )


def _same_customer(participant: Party, role: str, commodity: str, now: datetime) -> Q:
    """Pick the agreements with whose customer the participant itself has one: at the point, above it or under it."""
    held = selectors.holdings(selectors.own_agreements(participant, role), commodity, now)
    return selectors.serves_customer(held.filter(Q(valid_to=None) | Q(valid_to__gt=now)))


@dataclass(frozen=True, slots=True)
class _View:
    """What a reader sees, as conditions on agreements."""

    seen: Q
    seen_whole: Q
    sees_provider: Q
    sees_customer: Q
    at_own_point: Q


def _view(participant: Party, role: str, commodity: str, now: datetime, *, deleted: bool) -> _View:
    owner = selectors.at_own_point(participant, role)
    whole = _is_party(participant, role, now) | owner
    held = selectors.own_agreements(participant, role)
    provided = Q(pk__in=[])
    if members := selectors.portfolio_members(participant, role, commodity):
        through = selectors.deleted_through_portfolio(members) if deleted else selectors.through_portfolio(members, now)
        provided = through & Q(type__in=[*_HOLDERS, AgreementType.PORTFOLIO_SUPPLIER])
        provided &= Q(valid_to=None) | Q(valid_to__gte=rules.ground_since(now))
        whole |= provided & Q(service_provider_role__in=sorted(rules.NAMING_ROLES))
        held |= selectors.through_portfolio(members, now, beside=True)
    customer = whole | _same_customer(participant, role, commodity, now)
    return _View(
        seen=whole | provided | _beside(selectors.holdings(held, commodity, now)),
        seen_whole=whole,
        sees_provider=whole | (customer & Q(type__in=_GRIDS)),
        sees_customer=customer,
        at_own_point=owner,
    )


def _standing(now: datetime) -> "QuerySet[Agreement]":
    return Agreement.objects.standing().exclude(selectors.is_quiet(now))


def was_told(now: datetime) -> Q:
    """Pick the deleted agreements that somebody may still look at."""
    return Q(deleted_at__gte=rules.ground_since(now), quiet=False)


def search_agreements(
    *,
    participant: Party,
    role: str,
    commodity: str,
    attributes: Mapping[str, Any],
    now: datetime,
    deleted: bool = False,
) -> Found[Agreement]:
    """Find the agreements, by start, then id, that a participant may see and that match `agreementAttributes`.

    Each has `seen_whole` and `at_own_point`; `read_agreements` tells the rest. A GENERAL_SERVICE that has not started
    is kept quiet. With `deleted` those that were deleted instead of those that stand.
    """
    view = _view(participant, role, commodity, now, deleted=deleted)
    told = Agreement.objects.filter(was_told(now)) if deleted else _standing(now)
    kept = told.filter(commodity=commodity)
    found = filter_agreements(kept, attributes, now=now)
    if (provider := attributes.get("serviceProviderEic")) is not None:
        found = found.filter(Q(service_provider=_party(provider, participant)), view.sees_provider)
    if (customer := attributes.get("customerEic")) is not None:
        found = found.filter(Q(customer=_party(customer, participant)), view.sees_customer)
    found = found.filter(view.seen_whole if deleted else view.seen)
    rows = Agreement.objects.select_related("point", "parent_point", "service_provider", "customer").annotate(
        seen_whole=_told(view.seen_whole), at_own_point=_told(view.at_own_point)
    )
    sure = None
    if customer is None and provider in (None, participant.eic):
        # What it provides in the role it sees, whatever else there is.
        provided = _provided(participant, role, now)
        sure = filter_agreements(kept, attributes, now=now).filter(provided)
    return Found(found.order_by("valid_from", "id"), rows, sure=sure)


def _told(condition: Q) -> "ExpressionWrapper[Q]":
    return ExpressionWrapper(condition, output_field=BooleanField())


def _party(eic: str, participant: Party) -> Party | Subquery:
    """Give the party of a code to compare with; the sender itself is known, and often has most of what is found."""
    return participant if eic == participant.eic else Subquery(Party.objects.filter(eic=eic).values("pk"))


def read_agreements(
    *,
    participant: Party,
    role: str,
    commodity: str,
    agreements: Iterable[Agreement],
    now: datetime,
    technical_user: str = "",
    user: User | None = None,
    service: str = "agreement/search",
) -> list[FoundAgreement]:
    """Give found agreements with what may be seen of them; log the read of each customer's agreement at a point.

    Read by a technical user (its client id) or a person, in a service or on a page that is named.
    """
    agreements = list(agreements)
    beside = _read_beside(agreements, participant, role, commodity, now)
    log_read(
        participant=participant,
        role=role,
        commodity=commodity,
        service=service,
        reads=[
            Read(
                agreement.customer.eic,
                agreement.point.eic,
                agreement.valid_from,
                agreement.valid_to,
                _own_ground(agreement, participant, role) or beside[agreement.pk].ground,
            )
            for agreement in agreements
            if agreement.point is not None and agreement.customer_id != participant.pk
        ],
        now=now,
        technical_user=technical_user,
        user=user,
    )
    found = []
    for agreement in agreements:
        whole: bool = agreement.seen_whole  # type: ignore[attr-defined]  # annotated by the search
        with_customer = whole or beside[agreement.pk].same_customer
        found.append(FoundAgreement(agreement, whole or (with_customer and agreement.type in _GRIDS), with_customer))
    return found


@dataclass(frozen=True, slots=True)
class _Beside:
    """What stands beside an agreement: one of the reader's with the same customer, and on what ground it is seen."""

    same_customer: bool
    ground: SourceType


def _own_ground(agreement: Agreement, participant: Party, role: str) -> SourceType | None:
    if agreement.at_own_point:  # type: ignore[attr-defined]  # annotated by the search
        return SourceType.OWNERSHIP
    is_own = agreement.service_provider_id == participant.pk and agreement.service_provider_role == role
    return SourceType.AGREEMENT if is_own else None


def _read_beside(
    agreements: Iterable[Agreement], participant: Party, role: str, commodity: str, now: datetime
) -> dict[int, _Beside]:
    """Give what stands beside those agreements of which that must be known, by their ids.

    That is asked of few: it takes longer to plan than all else of a search.
    """
    asked = [
        agreement.pk
        for agreement in agreements
        if not agreement.seen_whole  # type: ignore[attr-defined]  # annotated by the search
        or (agreement.customer_id != participant.pk and _own_ground(agreement, participant, role) is None)
    ]
    if not asked:
        return {}
    rows = Agreement.objects.filter(pk__in=asked).values_list(
        "pk",
        _told(_same_customer(participant, role, commodity, now)),
        _told(_beside(selectors.holdings(selectors.own_agreements(participant, role), commodity, now))),
    )
    found = {
        pk: _Beside(bool(same), SourceType.AGREEMENT if beside else SourceType.BALANCE_STATE)
        for pk, same, beside in rows
    }
    # One that is gone since the search shows nothing of its parties.
    return {pk: found.get(pk, _Beside(False, SourceType.AGREEMENT)) for pk in asked}
