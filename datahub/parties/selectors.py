"""Finding parties and what they hold."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Case, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, When
from django.db.models import Value as Literal
from django.db.models.functions import Coalesce

from datahub.database.prepared import prepared_cursor
from datahub.market import Commodity, IdentityType, MetadataType, Permission, Role
from datahub.parties.models import (
    EicRange,
    Identity,
    MarketRole,
    Metadata,
    Party,
    Representation,
    TechnicalUser,
    TypedName,
    User,
    UserGrant,
)
from datahub.parties.rules import IdentityFact, Value


def party_by_eic(eic: str) -> Party | None:
    """Find the party of an X code, or None."""
    return Party.objects.filter(eic=eic).first()


def code_ranges(participant: Party) -> list[str]:
    """Give the beginnings of the metering point codes that a participant may give out."""
    return list(EicRange.objects.filter(participant=participant).order_by("prefix").values_list("prefix", flat=True))


def range_holder(point_eic: str) -> Party | None:
    """Find who gives out codes like that of a metering point: whose code range holds it, or None."""
    beginnings = [point_eic[:length] for length in range(1, len(point_eic))]
    held = EicRange.objects.filter(prefix__in=beginnings).select_related("participant")
    longest = max(held, key=lambda held: len(held.prefix), default=None)
    return None if longest is None else longest.participant


def participants_in(roles: Iterable[Role], commodity: Commodity, *, at: datetime | None = None) -> list[Party]:
    """Give the participants that hold one of some roles for a commodity at an instant, or ever did, by name."""
    held = MarketRole.objects.filter(participant=OuterRef("pk"), role__in=list(roles), commodity=commodity)
    return list(Party.objects.filter(Exists(held if at is None else held.valid_at(at))).order_by("name", "eic"))


def metadata_at(party: Party, at: datetime) -> dict[MetadataType, str]:
    """Give what is known of a party at an instant."""
    known = Metadata.objects.filter(party=party).valid_at(at).order_by("type")
    return {MetadataType(kind): value for kind, value in known.values_list("type", "value")}


def values_of(party: Party) -> list[Value]:
    """Give everything that is and was known of a party, by type, then start."""
    return values_of_parties([party.pk]).get(party.pk, [])


def values_of_parties(party_ids: Iterable[int]) -> dict[int, list[Value]]:
    """Give everything that is and was known of parties, by their ids; each by type, then start."""
    rows = Metadata.objects.filter(party__in=list(party_ids)).order_by("party", "type", "valid_from")
    found: dict[int, list[Value]] = defaultdict(list)
    for party_id, kind, value, start, end in rows.values_list("party_id", "type", "value", "valid_from", "valid_to"):
        found[party_id].append(Value(MetadataType(kind), value, start, end))
    return found


def identities_of_parties(party_ids: Iterable[int]) -> dict[int, list[IdentityFact]]:
    """Give the identities of parties, by their ids; each by type, then value."""
    rows = Identity.objects.filter(party__in=list(party_ids)).order_by("party", "type", "value", "country")
    found: dict[int, list[IdentityFact]] = defaultdict(list)
    for row in rows:
        found[row.party_id].append(IdentityFact(IdentityType(row.type), row.value, row.country, row.issuer))
    return found


@dataclass(frozen=True, slots=True)
class ApiClient:
    """A technical user with its participant and the market roles that this one holds at an instant.

    `until` is the instant at which the next of the roles begins or ends, None if none does.
    """

    technical_user: TechnicalUser
    roles: frozenset[tuple[str, str]]
    until: datetime | None

    def holds_at(self, at: datetime) -> bool:
        """Tell whether the roles are still the same at a later instant."""
        return self.until is None or at < self.until

    def holds(self, role: str, commodity: str) -> bool:
        """Tell whether the participant holds a role for a commodity."""
        return (role, commodity) in self.roles


_USER_FIELDS = ("id", "participant_id", "client_id", "permissions", "allowed_networks", "is_active", "created_at")
_PARTY_FIELDS = ("id", "eic", "type", "name", "created_at")
_API_CLIENT = """
SELECT u.id, u.participant_id, u.client_id, u.permissions, u.allowed_networks, u.is_active, u.created_at,
       p.id, p.eic, p.type, p.name, p.created_at,
       ARRAY(SELECT r.role || ' ' || r.commodity FROM parties_market_role r
             WHERE r.participant_id = p.id AND r.valid_from <= %s AND (r.valid_to IS NULL OR r.valid_to > %s)),
       (SELECT min(moment) FROM parties_market_role r, unnest(ARRAY[r.valid_from, r.valid_to]) AS moment
        WHERE r.participant_id = p.id AND moment > %s)
FROM parties_technical_user u JOIN parties_party p ON p.id = u.participant_id
WHERE u.client_id = %s AND u.is_active
"""


def api_client(client_id: str, at: datetime) -> ApiClient | None:
    """Find the active technical user of an id with what it stands for, or None.

    One statement, written by hand and prepared: every request of the API begins with it.
    """
    if "\x00" in client_id:
        return None
    with prepared_cursor() as cursor:
        cursor.execute(_API_CLIENT, [at, at, at, client_id])
        row = cursor.fetchone()
    if row is None:
        return None
    technical_user = TechnicalUser.from_db(connection.alias, _USER_FIELDS, row[: len(_USER_FIELDS)])
    technical_user.participant = Party.from_db(connection.alias, _PARTY_FIELDS, row[len(_USER_FIELDS) : -2])
    held = (pair.split(" ") for pair in row[-2])
    return ApiClient(technical_user, frozenset((role, commodity) for role, commodity in held), row[-1])


@dataclass(frozen=True, slots=True)
class PersonsRole:
    """A role that a participant holds now and in which a person may act for it, with what she may do there."""

    participant: Party
    role: Role
    commodity: Commodity
    permissions: frozenset[Permission]


def roles_of_person(user: User, at: datetime) -> list[PersonsRole]:
    """Give what a person may act as for participants at an instant, by the participant's name, role and commodity.

    Grants in a role that the participant does not hold then count for nothing. One statement.
    """
    held = MarketRole.objects.valid_at(at).filter(
        participant=OuterRef("participant"), role=OuterRef("role"), commodity=OuterRef("commodity")
    )
    grants = UserGrant.objects.filter(Exists(held), user=user).select_related("participant")
    found: dict[tuple[int, str, str], list[UserGrant]] = defaultdict(list)
    for grant in grants.order_by("participant__name", "role", "commodity"):
        found[grant.participant_id, grant.role, grant.commodity].append(grant)
    return [
        PersonsRole(
            same[0].participant, Role(role), Commodity(commodity), frozenset(Permission(one.permission) for one in same)
        )
        for (_, role, commodity), same in found.items()
    ]


def customers_of_person(user: User, at: datetime) -> list[Party]:
    """Give the customers for whom a person may act at an instant: herself first, then those that she represents."""
    represented = Representation.objects.valid_at(at).filter(person=user).select_related("customer")
    own = [] if user.party is None else [user.party]
    return own + [row.customer for row in represented.order_by("customer__name")]


def representatives_of(customer: Party, at: datetime) -> list[Representation]:
    """Give who may act for a company or organisation in the client portal at an instant, by name."""
    held = Representation.objects.valid_at(at).filter(customer=customer).select_related("person")
    return list(held.order_by("person__last_name", "person__first_name", "pk"))


def people_of(participant: Party, role: str, commodity: str) -> QuerySet[User]:
    """Give the people who may do something for a participant in a role, whether it holds that now or not.

    `known_first`, `known_last`, `known_username`: her names as far as the participant knows them; `is_met`: whether she
    is known by her own. Only these are to be shown, searched and sorted by.
    """
    grants = UserGrant.objects.filter(user=OuterRef("pk"), participant=participant, role=role, commodity=commodity)
    typed = FilteredRelation("typed_names", condition=Q(typed_names__participant=participant))
    return User.objects.filter(Exists(grants)).annotate(
        typed=typed,
        is_met=Q(typed__isnull=True),
        known_first=Coalesce("typed__first_name", "first_name"),
        known_last=Coalesce("typed__last_name", "last_name"),
        known_username=Case(When(typed__isnull=True, then=F("username")), default=Literal("")),
    )


def known_name(user: User, participant: Party) -> str:
    """Give the name by which a participant knows a person: as it typed it, until she has acted for it."""
    typed = TypedName.objects.filter(user=user, participant=participant).first()
    return user.get_full_name() or user.username if typed is None else str(typed)


def technical_users_of(participant: Party) -> QuerySet[TechnicalUser]:
    """Give the technical users that a participant has: those that were removed are nobody's any more."""
    return TechnicalUser.objects.filter(participant=participant, removed_at=None)


def roles_without_administration(user: User, participant: Party, at: datetime) -> list[tuple[Role, Commodity]]:
    """Give the roles that a participant holds at an instant and in which a person is no administrator."""
    own = UserGrant.objects.filter(
        user=user,
        participant=participant,
        role=OuterRef("role"),
        commodity=OuterRef("commodity"),
        permission=Permission.ADMIN,
    )
    held = MarketRole.objects.filter(participant=participant).valid_at(at)
    found = held.exclude(Exists(own)).order_by("role", "commodity").values_list("role", "commodity")
    return [(Role(role), Commodity(commodity)) for role, commodity in found]


def permissions_of_people(
    people: Iterable[User], participant: Party, role: str, commodity: str
) -> dict[int, frozenset[Permission]]:
    """Give what each of some people may do for a participant in a role, by the ids of their users. One statement."""
    grants = UserGrant.objects.filter(user__in=list(people), participant=participant, role=role, commodity=commodity)
    found: dict[int, set[Permission]] = defaultdict(set)
    for user_id, permission in grants.values_list("user_id", "permission"):
        found[user_id].add(Permission(permission))
    return {user_id: frozenset(permissions) for user_id, permissions in found.items()}
