"""A random market that stands in the database: agreements, points, parties, authorizations."""

from dataclasses import dataclass

from datahub.access.models import CustomerAuthorization
from datahub.access.rules import PURPOSES
from datahub.agreements.facts import AgreementFact
from datahub.market import MeteringPointType, Role
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party, User
from tests.access.giving import adviser
from tests.access.oracle import Reader
from tests.access.random_market import READERS, SECOND_AGGREGATION_POINT, Given, random_authorizations, random_market
from tests.agreements import market
from tests.agreements.market import LINE


@dataclass
class Built:
    """What stands, and who may ask for it."""

    agreements: list[AgreementFact]
    given: list[Given]
    points: dict[str, MeteringPoint]
    parties: dict[str, Party]

    def readers(self) -> list[tuple[Reader, tuple[Party, str, str]]]:
        """Give each reader as the oracle knows it, with its party, role and commodity."""
        return [
            (Reader(eic, role, commodity, self.agreements, self.given), (self.parties[eic], role, commodity))
            for eic, role, commodity in READERS
        ]


def build(seed: int) -> Built:
    """Let the market of a seed stand."""
    market.build()
    market.point(SECOND_AGGREGATION_POINT, owner=LINE, kind=MeteringPointType.AGGREGATION)
    agreements = market.standing(*random_market(seed))
    adviser()
    built = Built(
        agreements,
        random_authorizations(seed, agreements),
        {point.eic: point for point in MeteringPoint.objects.all()},
        {party.eic: party for party in Party.objects.all()},
    )
    _authorize(built)
    return built


def _authorize(built: Built) -> None:
    """Let the authorizations stand, also those that no customer could give any more."""
    giver = User.objects.create(username="giver")
    CustomerAuthorization.objects.bulk_create(
        CustomerAuthorization(
            customer=built.parties[one.customer],
            point=built.points[one.point],
            participant=built.parties[one.participant],
            role=one.role,
            commodity=one.commodity,
            purpose=PURPOSES[Role(one.role)][0],
            valid_from=one.valid[0],
            valid_to=one.valid[1],
            subject_from=one.subject[0],
            subject_to=one.subject[1],
            given_at=one.given_at,
            given_by=giver,
        )
        for one in built.given
    )
