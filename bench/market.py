"""A market to measure with: one operator's points, their agreements, suppliers and the portfolio chain above them.

Written in bulk past the services, as a hub holds it that has run for years: every version known from the first save on.
"""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from datahub import market_time
from datahub.market import AgreementType, Commodity, MeteringPointType, MeteringType, Permission, Resolution, Role
from datahub.parties import eic

SUPPLIERS = 12
# Of each message's points this many have the last supplier, whose scans are therefore small.
_FEW = 2
_CHAIN = 3
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Participant:
    """A market participant and its system at the API."""

    eic: str
    role: str
    client_id: str
    secret: str


@dataclass(frozen=True, slots=True)
class Market:
    """The participants and points of a run. `chain` are the portfolio providers, the highest last.

    `fanout_points` have two recipients each: their supplier stands in the highest provider's portfolio itself.
    `service_points` are another operator's, whose customers have the general service.
    """

    operator: Participant
    suppliers: list[Participant]
    chain: list[Participant]
    points: list[str]
    fanout_points: list[str]
    service_operator: Participant
    service_points: list[str]

    @property
    def recipients(self) -> list[Participant]:
        """All who are told of the operator's readings."""
        return [*self.suppliers, *self.chain]


def point_eics(count: int) -> list[str]:
    """Give the codes of the operator's points; a body whose check character would be a hyphen makes no code."""
    codes = (eic.complete(f"38ZBENCH{number:07d}") for number in itertools.count())
    return list(itertools.islice((code for code in codes if not code.endswith("-")), count))


def supplier_of(number: int, message_points: int = 365) -> int:
    """Give the number of the supplier of a point: the first have most, the last has a few of each message."""
    place = number % message_points
    if place < _FEW:
        return SUPPLIERS - 1
    return int((SUPPLIERS - 1) * ((place * 7919 % message_points) / message_points) ** 2)


def portfolio_provider_of(supplier: int) -> int:
    """Give the number in the chain of the provider in whose portfolio a supplier stands; the highest is above these."""
    return supplier % 2


def build(points: int, *, fanout_points: int, service_points: int, now: datetime) -> Market:
    """Make the market with that many metering points of each kind.

    Django must be set up, the database empty but for its tables.
    """
    from django.contrib.auth.hashers import make_password
    from django.db import connection, transaction

    from datahub.agreements import recording
    from datahub.metering.models import MeteringPoint, MeteringPointVersion
    from datahub.metering.point_form import saved_form
    from datahub.metering.selectors import point_fact
    from datahub.parties.models import EicRange, MarketRole, Party, TechnicalUser, TechnicalUserSecret

    since = market_time.day_start(now.astimezone(UTC).date() - timedelta(days=800))
    secret = "bench-only-not-a-secret"  # noqa: S105 - of a market that ends with the run
    hashed = make_password(secret)

    def participant(number: int, name: str, role: Role) -> tuple[Party, Participant]:
        code = eic.complete(f"38X-BENCH-{number:04d}-")
        party = Party.objects.create(eic=code, type="MARKET_PARTICIPANT", name=name)
        MarketRole.objects.create(participant=party, role=role, commodity=Commodity.ELECTRICITY, valid_from=since)
        user = TechnicalUser.objects.create(
            participant=party, client_id=f"{code}-bench", permissions=[Permission.ADMIN.value]
        )
        TechnicalUserSecret.objects.create(technical_user=user, secret_hash=hashed, created_at=since)
        return party, Participant(code, role.value, user.client_id, secret)

    codes = point_eics(points + fanout_points + service_points)
    supplied = points + fanout_points
    with transaction.atomic():
        owner, operator = participant(1, "Operator", Role.GRID_OPERATOR)
        EicRange.objects.create(participant=owner, prefix="38ZBENCH")
        server, service_operator = participant(2, "Operator of the general service", Role.GRID_OPERATOR)
        suppliers = [participant(100 + i, f"Supplier {i}", Role.OPEN_SUPPLIER) for i in range(SUPPLIERS)]
        chain = [participant(200 + i, f"Portfolio provider {i}", Role.OPEN_SUPPLIER) for i in range(_CHAIN)]
        direct, _ = participant(300, "Supplier without a chain", Role.OPEN_SUPPLIER)
        customers = Party.objects.bulk_create(
            Party(eic=eic.complete(f"38X-BENCHC{i:05d}"), type="LEGAL_PERSON", name=f"Customer {i}") for i in range(200)
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('outbox_unit_id_seq')")
            first_save = cursor.fetchone()[0]
        made = MeteringPoint.objects.bulk_create(
            (
                _point(MeteringPoint, number, code, owner if number < supplied else server, since)
                for number, code in enumerate(codes)
            ),
            batch_size=_BATCH,
        )
        MeteringPointVersion.objects.bulk_create(
            (
                MeteringPointVersion(
                    point=point, version=1, known_from=first_save, saved_at=since, data=saved_form(point_fact(point))
                )
                for point in made
            ),
            batch_size=_BATCH,
        )

        facts = []
        for number, point in enumerate(made):
            customer = customers[number % len(customers)]
            if number >= supplied:
                for kind in (AgreementType.GRID, AgreementType.GENERAL_SERVICE):
                    facts.append(_agreement(kind, server, Role.GRID_OPERATOR, customer, since, at=point.eic))
                continue
            supplier = suppliers[supplier_of(number)][0] if number < points else direct
            facts.append(_agreement(AgreementType.GRID, owner, Role.GRID_OPERATOR, customer, since, at=point.eic))
            facts.append(_agreement(AgreementType.SUPPLY, supplier, Role.OPEN_SUPPLIER, customer, since, at=point.eic))
        links = [(chain[portfolio_provider_of(i)][0], suppliers[i][0], Role.OPEN_SUPPLIER) for i in range(SUPPLIERS)]
        links += [(chain[-1][0], below, Role.OPEN_SUPPLIER) for below, _ in chain[:-1]]
        links.append((chain[-1][0], direct, Role.OPEN_SUPPLIER))
        links += [(suppliers[0][0], operator_below, Role.GRID_OPERATOR) for operator_below in (owner, server)]
        for provider, below, below_role in links:
            kind = AgreementType.PORTFOLIO_SUPPLIER
            facts.append(_agreement(kind, provider, Role.OPEN_SUPPLIER, below, since, customer_role=below_role.value))
        for start in range(0, len(facts), _BATCH):
            recording.create([(first_save, fact) for fact in facts[start : start + _BATCH]], now=since)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return Market(
        operator,
        [p for _, p in suppliers],
        [p for _, p in chain],
        codes[:points],
        codes[points:supplied],
        service_operator,
        codes[supplied:],
    )


def _agreement(
    kind: AgreementType,
    provider: Any,
    role: Role,
    customer: Any,
    since: datetime,
    *,
    customer_role: str = "",
    at: str | None = None,
) -> Any:
    from datahub.agreements.facts import AgreementFact

    return AgreementFact(
        id=0,
        type=kind,
        agreement_id="",
        point_eic=at,
        parent_point_eic=None,
        service_provider_eic=provider.eic,
        service_provider_role=role.value,
        customer_eic=customer.eic,
        customer_role=customer_role,
        commodity=Commodity.ELECTRICITY,
        preliminary_termination_fee=False,
        valid_from=since,
        valid_to=None,
    )


def _point(model: Any, number: int, code: str, owner: Any, since: datetime) -> Any:
    return model(
        eic=code,
        commodity=Commodity.ELECTRICITY.value,
        owner=owner,
        owner_role=Role.GRID_OPERATOR.value,
        metering_type=MeteringType.REMOTE_READING.value,
        type=MeteringPointType.REGULAR.value,
        created_at=since,
        changed_at=since,
        adr_id=2_000_000 + number,
        county="Harju maakond",
        municipality="Tallinn",
        street_address=f"Mõõtja tn {number}",
        postcode="10111",
        consumption_scale="SMALL",
        connection_state="CONNECTED",
        resolution=Resolution.PT15M.value,
        customer_type="MICRO" if number % 10 == 0 else "CONSUMER",
        production=number % 10 == 0,
        production_source="SOLAR" if number % 10 == 0 else "",
        transmission_network_eic=eic.complete("38Y-BENCH-TSO--"),
        apartment_association=False,
        isolated_metering_point=False,
        electrical_heating=False,
        charging_point=False,
    )
