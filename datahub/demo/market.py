"""Making the demo market of the cast. Everyone and everything goes through the services that staff and systems use."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q

from datahub.access.rules import CHOSEN_FOR
from datahub.access.services.authorizations import give_authorizations, revoke_authorization
from datahub.agreements.facts import AgreementFact
from datahub.agreements.rules.consequences import made_by_hub
from datahub.agreements.services.take_over import take_over_agreements
from datahub.demo import bills, connections, enquiries, readings, reads
from datahub.demo import cast as casting
from datahub.market import (
    AgreementType,
    AuthorizationPurpose,
    Commodity,
    ElectricityCustomerType,
    GasCustomerType,
    IdentityType,
    MetadataType,
    MeteringPointType,
    PartyType,
    Permission,
    Role,
)
from datahub.market_time import TALLINN, add_months, day_start, months_before
from datahub.metering.models import MeteringPoint
from datahub.metering.point_form import given_point
from datahub.metering.services.points import register_point
from datahub.parties import eic as eic_codes
from datahub.parties.models import MarketRole, Party, User, UserGrant
from datahub.parties.rules import IdentityFact
from datahub.parties.services import second_factor
from datahub.parties.services.parties import register_party
from datahub.parties.services.redirect_hosts import register_redirect_host
from datahub.parties.services.representations import give_representation
from datahub.parties.services.roles import give_code_range, give_role
from datahub.parties.services.technical_users import register_technical_user
from datahub.periods import Period

KNOWN_FOR_MONTHS = 60
_PROVIDER_ROLES = {
    AgreementType.AGGREGATION: Role.AGGREGATOR,
    AgreementType.GRID: Role.GRID_OPERATOR,
    AgreementType.BORDER_GRID: Role.GRID_OPERATOR,
}
# In which of its roles a participant is the customer of an agreement, the first that it holds.
_CUSTOMER_ROLES = {
    AgreementType.BORDER_GRID: (Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK),
    AgreementType.NAMED_SUPPLIER: (Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK),
    AgreementType.JOINT_INVOICE: (Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK),
    AgreementType.PORTFOLIO_SUPPLIER: (Role.GRID_OPERATOR, Role.OPEN_SUPPLIER, Role.AGGREGATOR),
}


@dataclass(frozen=True, slots=True)
class Made:
    """How much was made."""

    parties: int
    points: int
    agreements: int
    authorizations: int
    enquiries: int
    connection_requests: int
    intervals: int
    bills: int
    reads: int


@transaction.atomic
def make_demo_market(*, now: datetime) -> Made | None:
    """Make the whole demo market as of a moment; None, and nothing done, if the database has any party."""
    if Party.objects.exists():
        return None
    cast = casting.load()
    since = months_before(now, KNOWN_FOR_MONTHS)
    for participant in cast["participants"]:
        _add_participant(participant, since=since)
    for customer in cast["customers"]:
        _add_customer(customer, since=since)
    for user in cast["users"]:
        _add_user(user, since=since, now=now)
    for technical_user in cast["technicalUsers"]:
        _add_technical_user(technical_user, now=now)
    # A point is known before what hangs under it.
    for point in sorted(cast["meteringPoints"], key=lambda point: "parent" in point):
        _add_point(point, now=now)
    agreements = [_agreement(one, now=now) for one in cast["agreements"]]
    agreements += _made_by_hub(agreements, now=now)
    take_over_agreements(agreements=agreements, now=now)
    for authorization in cast["authorizations"]:
        _give_authorization(authorization, now=now)
    return Made(
        parties=Party.objects.count(),
        points=len(cast["meteringPoints"]),
        agreements=len(agreements),
        authorizations=len(cast["authorizations"]),
        enquiries=enquiries.send_enquiries(now=now),
        connection_requests=connections.send_requests(now=now),
        intervals=readings.store_readings(installations=casting.INSTALLATIONS, now=now),
        bills=bills.take_over_months(now=now),
        reads=reads.read_of_last_days(now=now),
    )


def _add_participant(entry: dict[str, Any], *, since: datetime) -> None:
    party = register_party(
        eic=entry["eic"],
        party_type=PartyType.MARKET_PARTICIPANT,
        identities=[IdentityFact(IdentityType.COMPANY_ID, entry["companyId"], entry["country"])],
        metadata={MetadataType.COMPANY_NAME: entry["name"]},
        now=since,
    )
    for held in entry["roles"]:
        give_role(participant=party, role=Role(held["role"]), commodity=Commodity(held["commodity"]), valid_from=since)
    for prefix in entry["eicRanges"]:
        give_code_range(participant=party, prefix=prefix)
    if (host := casting.REDIRECT_HOSTS.get(party.eic)) is not None:
        register_redirect_host(participant=party, host=host)


def _add_customer(entry: dict[str, Any], *, since: datetime) -> None:
    names = {
        MetadataType.FIRST_NAME: entry.get("firstName"),
        MetadataType.LAST_NAME: entry.get("lastName"),
        MetadataType.COMPANY_NAME: entry.get("companyName"),
        MetadataType.ORGANIZATION_NAME: entry.get("organizationName"),
    }
    known = {MetadataType(kind): value for kind, value in entry["metadata"].items()}
    register_party(
        eic=entry["eic"],
        party_type=PartyType(entry["customerType"]),
        identities=[
            IdentityFact(IdentityType(identity["type"]), identity["value"], identity["country"])
            for identity in entry["identities"]
        ],
        metadata={kind: name for kind, name in names.items() if name} | known,
        now=since,
    )


def _add_user(entry: dict[str, Any], *, since: datetime, now: datetime) -> None:
    is_staff = bool(entry.get("staff"))
    party = Party.objects.get(eic=entry["customer"]) if "customer" in entry else None
    first, _, last = party.name.partition(" ") if party else (entry.get("firstName", ""), "", entry.get("lastName", ""))
    user = User.objects.create(
        username=entry["username"],
        party=party,
        first_name=first,
        last_name=last,
        is_staff=is_staff,
        is_superuser=is_staff,
        # Only staff sign in with a password; None makes one that fits nothing.
        password=make_password(casting.STAFF_PASSWORD if is_staff else None),
        date_joined=now,
    )
    if is_staff:
        second_factor.give_demo_device(user)
    if "represents" in entry:
        customer = Party.objects.get(eic=entry["represents"])
        give_representation(person=user, customer=customer, valid_from=since)
    if "participant" not in entry:
        return
    held = MarketRole.objects.filter(participant__eic=entry["participant"]).order_by("role", "commodity")
    for role in held:
        if entry["role"] in ("*", role.role) and entry["commodity"] in ("*", role.commodity):
            for permission in entry["permissions"]:
                UserGrant.objects.create(
                    user=user,
                    participant=role.participant,
                    role=role.role,
                    commodity=role.commodity,
                    permission=Permission(permission),
                )


def _add_technical_user(entry: dict[str, Any], *, now: datetime) -> None:
    register_technical_user(
        participant=Party.objects.get(eic=entry["participant"]),
        suffix=entry["clientId"].removeprefix(entry["participant"] + "-"),
        permissions=[Permission(permission) for permission in entry["permissions"]],
        by=None,
        now=now,
        secret=entry["clientSecret"],
    )


def _add_point(entry: dict[str, Any], *, now: datetime) -> MeteringPoint:
    commodity = Commodity(entry["commodity"])
    return register_point(
        owner=Party.objects.get(eic=entry["owner"]),
        role=Role(entry["ownerRole"]),
        commodity=commodity,
        given=given_point(_point_metadata(entry, commodity, casting.INSTALLATIONS[entry["eic"]])),
        now=now,
    )


def _point_metadata(entry: dict[str, Any], commodity: Commodity, made: casting.Installation) -> dict[str, Any]:
    """Give a point of the cast as a system would send it: `meterMetadata` of `POST /meter`."""
    place = made.place
    metadata: dict[str, Any] = {
        "meteringPoint": {
            "meterEic": entry["eic"],
            "meteringType": "VIRTUAL" if entry["type"] == MeteringPointType.AGGREGATION else "REMOTE_READING",
            "meteringPointType": MeteringPointType(entry["type"]),
        },
        "meterLocation": {
            "comment": entry.get("note", ""),
            "county": place.county,
            "municipality": place.municipality,
            "locality": place.locality,
            "streetAddress": place.street_address,
            "postcode": place.postcode,
            "coordinates": {
                "coordinateSystem": "WGS84",
                "latitude": place.latitude,
                "longitude": place.longitude,
            },
        },
    }
    if "parent" in entry:
        return metadata | {"aggregatorCharacteristics": {"parentMeterEic": entry["parent"]}}
    area = casting.NETWORK_AREAS[entry["owner"], commodity]
    production = entry.get("production", False)
    characteristics = {
        "consumptionScale": made.consumption_scale,
        "connectionState": "CONNECTED",
        "resolution": made.resolution,
        "customerType": entry.get("customerType", "GRID_OPERATOR"),
        "production": production,
        "productionSource": entry.get("productionSource"),
        "transmissionNetworkEic": eic_codes.complete(area),
        "apartmentAssociation": False,
    }
    if commodity == Commodity.NATURAL_GAS:
        GasCustomerType(characteristics["customerType"])
        return metadata | {"naturalGasCharacteristics": characteristics}
    ElectricityCustomerType(characteristics["customerType"])
    characteristics |= {
        "isolatedMeteringPoint": False,
        "electricalHeating": made.electrical_heating,
        "chargingPoint": False,
    }
    if made.production_capacity is not None:
        characteristics["productionCapacity"] = Decimal(made.production_capacity)
    return metadata | {"electricityCharacteristics": characteristics}


def _give_authorization(entry: dict[str, Any], *, now: datetime) -> None:
    """Let a customer of the cast give an authorization, as many days ago as it says, and revoke it if she did."""
    given_at = now - timedelta(days=entry["givenDaysAgo"])
    role = Role(entry["role"])
    customer = Party.objects.get(eic=entry["customer"])
    validity = subject = None
    if role == CHOSEN_FOR:
        days, subject_from = entry["validDays"], now - timedelta(days=entry["subjectFromDaysAgo"])
        validity = Period(given_at, None if days is None else given_at + timedelta(days=days))
        subject = Period(subject_from, subject_from + timedelta(days=entry["subjectDays"]))
    person = User.objects.filter(Q(party=customer) | Q(representations__customer=customer)).earliest("pk")
    (given,) = give_authorizations(
        customer=customer,
        by=person,
        meter_eics=[entry["meteringPoint"]],
        participant=Party.objects.get(eic=entry["to"]),
        role=role,
        purpose=AuthorizationPurpose(entry["purpose"]),
        validity=validity,
        subject=subject,
        now=given_at,
    )
    if "revokedDaysAgo" in entry:
        revoked_at = now - timedelta(days=entry["revokedDaysAgo"])
        revoke_authorization(authorization_id=given.pk, customer=customer, by=person, now=revoked_at)


def _made_by_hub(agreements: list[AgreementFact], *, now: datetime) -> list[AgreementFact]:
    """Give the general services and border supplies that are due at the points of a market that is taken over whole."""
    made = []
    for eic in dict.fromkeys(agreement.point_eic for agreement in agreements if agreement.point_eic is not None):
        standing = [agreement for agreement in agreements if agreement.point_eic == eic]
        made += made_by_hub.due_general_services(standing, agreements, now=now)
        made += made_by_hub.due_border_supplies(standing, agreements)
    return made


def _agreement(entry: dict[str, Any], *, now: datetime) -> AgreementFact:
    """Give an agreement of the cast, its months counted from the first of the month of `now`."""
    kind, commodity = AgreementType(entry["type"]), Commodity(entry["commodity"])
    month = now.astimezone(TALLINN).date().replace(day=1)
    start, end = (
        None if months is None else day_start(add_months(month, months), commodity)
        for months in (entry["fromMonth"], entry["toMonth"])
    )
    if start is None:
        raise ValueError(f"an agreement of the cast has no start: {entry}")
    held = MarketRole.objects.filter(participant__eic=entry["customer"], commodity=commodity)
    roles = set(held.values_list("role", flat=True))
    return AgreementFact(
        id=0,
        type=kind,
        agreement_id="",
        point_eic=entry["meteringPoint"],
        parent_point_eic=None,
        service_provider_eic=entry["serviceProvider"],
        service_provider_role=_PROVIDER_ROLES.get(kind, Role.OPEN_SUPPLIER),
        customer_eic=entry["customer"],
        customer_role=next((role for role in _CUSTOMER_ROLES.get(kind, ()) if role in roles), ""),
        commodity=commodity,
        preliminary_termination_fee=entry["preliminaryTerminationFee"],
        valid_from=start,
        valid_to=end,
    )
