"""Searching customers: who finds whom, and what is seen of each. Source: `1-market.md`, "Who may see what".

Everyone finds a party by a code that it knows, companies and organisations also by their name, people never by it. What
is seen follows from agreements of the reader, in its role and commodity, with that party: without one the EIC alone, or
the name too while an authorization of that party is valid.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from datahub.access import rules, selectors
from datahub.access.rules import CustomerView, Tie
from datahub.access.services.access_log import Read, log_read
from datahub.agreements.models import Agreement
from datahub.errors import codes, refuse
from datahub.market import AgreementType, CustomerCriterion, MetadataType, PartyType, Role, SourceType
from datahub.metering.models import MeteringPoint
from datahub.parties import selectors as parties
from datahub.parties.models import Identity, MarketRole, Metadata, Party, User
from datahub.parties.rules import EVERY_NAME, IdentityFact, Value

SERVICE = "customer/search"
# Who searches by a name's beginning that more have is asked for more of it.
MOST_FOUND = 100
_SEARCHED_NAMES = [MetadataType.COMPANY_NAME.value, MetadataType.ORGANIZATION_NAME.value]


@dataclass(frozen=True, slots=True)
class Criteria:
    """By what is searched: a code or the beginning of a name; the country and issuer narrow an identity."""

    type: CustomerCriterion
    value: str
    country: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class FoundCustomer:
    """A party with what a reader may see of it; `type` is None where it sees the EIC alone."""

    eic: str
    type: PartyType | None
    metadata: Sequence[Value]
    identities: Sequence[IdentityFact]


def search_customers(
    *,
    participant: Party,
    role: Role,
    commodity: str,
    criteria: Criteria,
    types: Collection[PartyType] = (),
    roles: Collection[Role] = (),
    active_only: bool = True,
    now: datetime,
    technical_user: str = "",
    user: User | None = None,
    service: str = SERVICE,
) -> list[FoundCustomer]:
    """Give the parties that are found, by EIC, with what the participant may see of each, and log the read of each.

    `types` and `roles` (market roles held now), where any are given, leave out parties of others; `types` those alone
    whose type the participant sees, since the answer would tell it of the rest. With `active_only` the values valid
    now, else also former and later ones, but of a name that an authorization alone opens. Raises too-many-found where
    more than MOST_FOUND are, of whatever type.
    """
    found = _found(criteria, now)
    if roles:
        held = MarketRole.objects.filter(role__in=[held.value for held in roles]).valid_at(now)
        found = found.filter(pk__in=held.values("participant"))
    customers = list(found.order_by("eic")[: MOST_FOUND + 1])
    if len(customers) > MOST_FOUND:
        raise refuse(codes.TOO_MANY_FOUND, "searchCriteria.identityValue", criteria.value, MOST_FOUND)
    ids = [customer.pk for customer in customers]
    views, permitted = _views(ids, participant, role, commodity, now)
    if participant.pk in views:
        views[participant.pk] = CustomerView.ALL, None
    wanted = {kind.value for kind in types}
    answered = [
        one for one in customers if not wanted or one.type in wanted or views[one.pk][0] == CustomerView.EIC_ALONE
    ]
    log_read(
        participant=participant,
        role=role,
        commodity=commodity,
        service=service,
        reads=[_read(one, views[one.pk][1], permitted) for one in answered if one.pk != participant.pk],
        now=now,
        technical_user=technical_user,
        user=user,
    )
    # Read for all that were found, so that the time tells nothing of who is seen.
    values, identities = parties.values_of_parties(ids), parties.identities_of_parties(ids)
    return [
        _seen(
            one,
            views[one.pk][0],
            values.get(one.pk, []),
            identities.get(one.pk, []),
            # An authorization opens the name that its customer has, and none that it had.
            now if active_only or views[one.pk][0] == CustomerView.NAME_ALONE else None,
        )
        for one in answered
    ]


def read_names(
    *,
    participant: Party,
    role: Role,
    commodity: str,
    agreements: Collection[Agreement],
    now: datetime,
    user: User,
    service: str,
) -> dict[str, list[Value]]:
    """Give the values of names valid now, by EIC, of those customers of agreements whose names a person may read.

    What ties the participant to a customer is looked for at the points of the agreements alone, so that a page of them
    is read in bounded time, however many points its customers have. The read of each name is logged.
    """
    customers = {one.customer_id: one.customer for one in agreements if one.customer_id != participant.pk}
    points = {number for one in agreements for number in (one.point_id, one.parent_point_id) if number is not None}
    at = Q(point__in=points) | Q(parent_point__in=points)
    views, permitted = _views(customers, participant, role, commodity, now, at=at)
    seen = [customer for key, customer in customers.items() if views[key][0] != CustomerView.EIC_ALONE]
    log_read(
        participant=participant,
        role=role,
        commodity=commodity,
        service=service,
        reads=[_read(one, views[one.pk][1], permitted) for one in seen],
        now=now,
        user=user,
    )
    values = parties.values_of_parties([one.pk for one in seen])
    return {
        one.eic: [value for value in values.get(one.pk, []) if value.type in EVERY_NAME and value.valid_at(now)]
        for one in seen
    }


def read_name_at(
    point: MeteringPoint,
    customer_eic: str,
    *,
    participant: Party,
    role: Role,
    commodity: str,
    now: datetime,
    user: User,
    service: str,
) -> list[Value]:
    """Give the values of the name valid now of the customer at a point, where a person may read it.

    The read is logged on what opens the name here: an agreement at the point, else an authorization for it. Only where
    neither does, on what opens it elsewhere.
    """
    if (customer := Party.objects.filter(eic=customer_eic).first()) is None:
        return []
    if customer.pk != participant.pk:
        places = [number for number in (point.pk, point.parent_id) if number is not None]
        at = Q(point__in=places) | Q(parent_point__in=places)
        view, ground = rules.customer_view(_ties([customer.pk], participant, role, commodity, now, at=at)[customer.pk])
        permitted: Mapping[int, UUID] = {}
        if view == CustomerView.EIC_ALONE:
            given = selectors.permissions_at([point], participant, role, commodity, now).get(point.pk, [])
            here = [one.id for one in given if one.customer_eic == customer.eic]
            permitted = {customer.pk: here[0]} if here else {}
            view, ground = rules.customer_view((), is_permitted=bool(here))
        if view == CustomerView.EIC_ALONE:
            views, permitted = _views([customer.pk], participant, role, commodity, now)
            view, ground = views[customer.pk]
        if view == CustomerView.EIC_ALONE:
            return []
        log_read(
            participant=participant,
            role=role,
            commodity=commodity,
            service=service,
            reads=[_read(customer, ground, permitted)],
            now=now,
            user=user,
        )
    values = parties.values_of_parties([customer.pk]).get(customer.pk, [])
    return [value for value in values if value.type in EVERY_NAME and value.valid_at(now)]


def _views(
    customers: Collection[int], participant: Party, role: Role, commodity: str, now: datetime, *, at: Q | None = None
) -> tuple[dict[int, tuple[CustomerView, SourceType | None]], Mapping[int, UUID]]:
    """Give, by the ids of customers, what a reader sees of each and on which ground, and what each permitted it."""
    ties = _ties(customers, participant, role, commodity, now, at=at or Q())
    permitted = selectors.permissions_of_customers(customers, participant, role, commodity, now)
    return {key: rules.customer_view(ties[key], is_permitted=key in permitted) for key in customers}, permitted


def _read(customer: Party, ground: SourceType | None, permitted: Mapping[int, UUID]) -> Read:
    authorization = permitted[customer.pk] if ground == SourceType.PERMISSION else None
    return Read(customer.eic, ground=ground, authorization=authorization)


def _found(criteria: Criteria, now: datetime) -> "QuerySet[Party]":
    if criteria.type == CustomerCriterion.EIC:
        return Party.objects.filter(eic=criteria.value)
    if criteria.type == CustomerCriterion.NAME:
        names = Metadata.objects.filter(type__in=_SEARCHED_NAMES, value__istartswith=criteria.value).valid_at(now)
        return Party.objects.filter(pk__in=names.values("party"))
    given = {
        "type": criteria.type.value,
        "value": criteria.value,
        "country": criteria.country,
        "issuer": criteria.issuer,
    }
    identities = Identity.objects.filter(**{name: value for name, value in given.items() if value})
    return Party.objects.filter(pk__in=identities.values("party"))


def _ties(
    customers: Collection[int], participant: Party, role: Role, commodity: str, now: datetime, *, at: Q
) -> dict[int, list[Tie]]:
    """Give, by the ids of customers, what ties a reader to each, of what stands `at` some points.

    A customer's many points make no more ties.
    """
    begun = Q(valid_from__lte=now) | Q(type__in=sorted(rules.GRID_TYPES))
    recent = Q(valid_to=None) | Q(valid_to__gte=rules.ground_since(now))
    standing = Agreement.objects.standing().filter(at, begun, recent, customer__in=customers, commodity=commodity)
    own = standing.filter(selectors.own_agreements(participant, role))
    ties: dict[int, list[Tie]] = defaultdict(list)

    def tie(agreements: "QuerySet[Agreement]", *, is_own: bool) -> None:
        rows = agreements.order_by().values_list("customer", "type", "service_provider_role").distinct()
        for customer, kind, provider_role in rows:
            ties[customer].append(Tie(AgreementType(kind), provider_role, is_own))

    tie(own, is_own=True)
    if members := selectors.portfolio_members(participant, role, commodity):
        # An operator's portfolio provider sees that it serves somebody, and not whom.
        named_by = Q(service_provider_role__in=sorted(rules.NAMING_ROLES))
        through = selectors.holdings(selectors.through_portfolio(members, now) & named_by, commodity, now)
        tie(through.filter(at, begun, customer__in=customers), is_own=False)
    return ties


def _seen(
    party: Party,
    view: CustomerView,
    values: Sequence[Value],
    identities: Sequence[IdentityFact],
    valid_at: datetime | None,
) -> FoundCustomer:
    if view == CustomerView.EIC_ALONE:
        return FoundCustomer(party.eic, None, (), ())
    shown = [
        value
        for value in values
        if (view == CustomerView.ALL or value.type in EVERY_NAME) and (valid_at is None or value.valid_at(valid_at))
    ]
    # An authorization opens the name and nothing by which the customer is known elsewhere.
    known_by = () if view == CustomerView.NAME_ALONE else identities
    return FoundCustomer(party.eic, PartyType(party.type), shown, known_by)
