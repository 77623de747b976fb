"""The demo's market as far as agreements need it: parties in their roles, points, and agreements that already stand."""

from datetime import UTC, date, datetime

from datahub import market_time
from datahub.agreements.facts import AgreementFact
from datahub.agreements.services import take_over
from datahub.market import AgreementType, Commodity, MeteringPointType, MeteringType, PartyType, Role
from datahub.metering.models import MeteringPoint
from datahub.parties.models import MarketRole, Party

BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
# Monday, 13:00 in Tallinn.
NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)
ELECTRICITY, GAS = Commodity.ELECTRICITY, Commodity.NATURAL_GAS

NORTH, SOUTH, LINE = "38X-EIN-GO-----0", "38X-DEMO-GO2---G", "38X-EIN-ALL----B"
SUN, WIND, NAMED = "38X-EIN-OS-----J", "38X-DEMO-OS2---A", "38X-EIN-NS-----R"
BALANCE, STRANGER, AGGREGATOR = "38X-DEMO-BRP---T", "38X-DEMO-OUT---B", "38X-DEMO-AGR---I"
MARI, JAAN, BAKERY = "38X-AVP-ZW6700C6", "38X-AVP-ILS600CI", "38X-AVP-FIRM01-C"

HOUSE, FLAT, BAKERY_POINT = "38ZGO-10000001-U", "38ZGO-10000002-R", "38ZGO-1000000A-3"
BORDER, BAKERY_GAS, SOUTHERN_HOUSE = "38ZGO-1B000001-5", "38ZGO-1G000001-Y", "38ZGO-20000001-K"
AGGREGATION_POINT = "38ZAG-10000001-J"

_ROLES: dict[str, list[tuple[Role, Commodity]]] = {
    NORTH: [(Role.GRID_OPERATOR, ELECTRICITY), (Role.GRID_OPERATOR, GAS)],
    SOUTH: [(Role.GRID_OPERATOR, ELECTRICITY), (Role.CLOSED_DISTRIBUTION_NETWORK, ELECTRICITY)],
    LINE: [(Role.LINE_OPERATOR, ELECTRICITY), (Role.OPEN_SUPPLIER, ELECTRICITY), (Role.AGGREGATOR, ELECTRICITY)],
    SUN: [(Role.OPEN_SUPPLIER, ELECTRICITY), (Role.OPEN_SUPPLIER, GAS)],
    WIND: [(Role.OPEN_SUPPLIER, ELECTRICITY)],
    NAMED: [(Role.OPEN_SUPPLIER, ELECTRICITY)],
    BALANCE: [(Role.OPEN_SUPPLIER, ELECTRICITY), (Role.OPEN_SUPPLIER, GAS)],
    STRANGER: [(Role.OPEN_SUPPLIER, ELECTRICITY)],
    AGGREGATOR: [(Role.AGGREGATOR, ELECTRICITY)],
}
_CUSTOMERS = {MARI: "Mari Maasikas", JAAN: "Jaan Tamm", BAKERY: "Leivatööstus OÜ"}
_POINTS = {
    HOUSE: (NORTH, ELECTRICITY, MeteringPointType.REGULAR),
    FLAT: (NORTH, ELECTRICITY, MeteringPointType.REGULAR),
    BAKERY_POINT: (NORTH, ELECTRICITY, MeteringPointType.REGULAR),
    BORDER: (NORTH, ELECTRICITY, MeteringPointType.BORDER),
    BAKERY_GAS: (NORTH, GAS, MeteringPointType.REGULAR),
    SOUTHERN_HOUSE: (SOUTH, ELECTRICITY, MeteringPointType.REGULAR),
    AGGREGATION_POINT: (AGGREGATOR, ELECTRICITY, MeteringPointType.AGGREGATION),
}


def day(year: int, month: int, number: int, commodity: Commodity = ELECTRICITY) -> datetime:
    """Give the start of a local (gas) day."""
    return market_time.day_start(date(year, month, number), commodity)


def build() -> None:
    """Make the parties with their roles, and the points."""
    made = Party.objects.bulk_create(
        [
            *(Party(eic=eic, type=PartyType.MARKET_PARTICIPANT, name=eic) for eic in _ROLES),
            *(Party(eic=eic, type=PartyType.PHYSICAL_PERSON, name=name) for eic, name in _CUSTOMERS.items()),
        ]
    )
    parties = {party.eic: party for party in made}
    MarketRole.objects.bulk_create(
        MarketRole(participant=parties[eic], role=role, commodity=commodity, valid_from=BEGINNING)
        for eic, held in _ROLES.items()
        for role, commodity in held
    )
    points: dict[str, MeteringPoint] = {}
    for of_aggregation in (False, True):
        made_now = MeteringPoint.objects.bulk_create(
            _point(eic, parties[owner], commodity, kind, parent=points.get(BAKERY_POINT))
            for eic, (owner, commodity, kind) in _POINTS.items()
            if (kind == MeteringPointType.AGGREGATION) == of_aggregation
        )
        points |= {point.eic: point for point in made_now}


def point(
    eic: str, *, owner: str, commodity: Commodity = ELECTRICITY, kind: str = "REGULAR", owner_role: str = ""
) -> MeteringPoint:
    """Make a metering point; an aggregation point stands under the bakery's."""
    parent = MeteringPoint.objects.get(eic=BAKERY_POINT) if kind == MeteringPointType.AGGREGATION else None
    made = _point(eic, party(owner), commodity, kind, parent=parent, owner_role=owner_role)
    made.save(force_insert=True)
    return made


def _point(
    eic: str, owner: Party, commodity: Commodity, kind: str, *, parent: MeteringPoint | None, owner_role: str = ""
) -> MeteringPoint:
    aggregation = kind == MeteringPointType.AGGREGATION
    return MeteringPoint(
        eic=eic,
        commodity=commodity,
        owner=owner,
        owner_role=owner_role or (Role.AGGREGATOR if aggregation else Role.GRID_OPERATOR),
        metering_type=MeteringType.REMOTE_READING,
        type=kind,
        parent=parent if aggregation else None,
        created_at=BEGINNING,
        changed_at=BEGINNING,
    )


def party(eic: str) -> Party:
    """Give a party of the market."""
    return Party.objects.get(eic=eic)


def fact(
    kind: AgreementType,
    provider: str,
    customer: str,
    point_eic: str | None,
    valid_from: datetime,
    valid_to: datetime | None = None,
    *,
    provider_role: str = "",
    customer_role: str = "",
    commodity: Commodity = ELECTRICITY,
    agreement_id: str = "",
    fee: bool = False,
    id: int = 0,
    parent: str | None = None,
    original_valid_to: datetime | str | None = "as it ends",
) -> AgreementFact:
    """Make an agreement as a fact."""
    roles = {AgreementType.GRID: Role.GRID_OPERATOR, AgreementType.BORDER_GRID: Role.GRID_OPERATOR}
    roles[AgreementType.AGGREGATION] = Role.AGGREGATOR
    return AgreementFact(
        id=id,
        type=kind,
        agreement_id=agreement_id,
        point_eic=point_eic,
        parent_point_eic=parent,
        service_provider_eic=provider,
        service_provider_role=provider_role or roles.get(kind, Role.OPEN_SUPPLIER),
        customer_eic=customer,
        customer_role=customer_role,
        commodity=commodity,
        preliminary_termination_fee=fee,
        valid_from=valid_from,
        valid_to=valid_to,
        original_valid_to=valid_to if isinstance(original_valid_to, str) else original_valid_to,
    )


def standing(*facts: AgreementFact) -> list[AgreementFact]:
    """Let agreements stand already."""
    return take_over.take_over_agreements(agreements=facts, now=BEGINNING)


def portfolio(
    provider: str,
    customer: str,
    valid_from: datetime = BEGINNING,
    valid_to: datetime | None = None,
    *,
    commodity: Commodity = ELECTRICITY,
    customer_role: str = Role.OPEN_SUPPLIER,
) -> AgreementFact:
    """Make a PORTFOLIO_SUPPLIER agreement as a fact."""
    return fact(
        AgreementType.PORTFOLIO_SUPPLIER,
        provider,
        customer,
        None,
        valid_from,
        valid_to,
        commodity=commodity,
        customer_role=customer_role,
    )


def portfolios() -> None:
    """Let the demo's portfolio agreements stand: BALANCE above SUN and NORTH, SUN above WIND."""
    standing(
        portfolio(BALANCE, SUN),
        portfolio(SUN, WIND),
        portfolio(BALANCE, NORTH, customer_role=Role.GRID_OPERATOR),
        portfolio(SUN, AGGREGATOR, customer_role=Role.AGGREGATOR),
        portfolio(BALANCE, SUN, commodity=GAS),
        portfolio(BALANCE, NORTH, commodity=GAS, customer_role=Role.GRID_OPERATOR),
    )
