"""Over random markets no content holds a reading or a bill that its recipient was not entitled to, and none is missing.

Who is told of what is worked out here from `3-distribution.md`, instant by instant, with nothing of the product.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from django.db import connection

from datahub import partitions
from datahub.agreements.facts import AgreementFact
from datahub.bills.models import NETWORK_BILLS
from datahub.errors import DomainError
from datahub.market import AgreementType, Commodity, ResourceType, Role
from datahub.metering.models.readings import READING_DAYS
from datahub.outbox.models import Unit
from distribution.selectors.content import contents
from distribution.selectors.scan import Window, scan
from distribution.services.tell import tell
from tests.access.built import Built, build
from tests.access.random_market import BOUNDS, POINTS, READERS
from tests.agreements.conftest import days_of_the_market
from tests.agreements.market import GAS, NOW
from tests.bills import messages as bills
from tests.metering import messages

__all__ = ["days_of_the_market"]
pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]
A = AgreementType
SUPPLIER = str(Role.OPEN_SUPPLIER)
# Of the time for which readings are taken; on both sides of each instant at which something changes.
TURNS = [t for t in BOUNDS if datetime(2025, 5, 10, tzinfo=UTC) < t < NOW]
assert len(TURNS) > 3
SELLING = {A.SUPPLY, A.BORDER_SUPPLY, A.GENERAL_SERVICE}
FEW, MANY = [3, 4], range(20, 60)
# A point, and the start of one of its intervals or bills.
Thing = tuple[str, datetime]
# A participant in a market role.
Recipient = tuple[str, str]


@dataclass(frozen=True)
class Oracle:
    """Who is told of what happens at a point at an instant."""

    agreements: list[AgreementFact]

    def standing(self, commodity: Commodity, t: datetime) -> list[AgreementFact]:
        """Give the agreements of a commodity that are valid at an instant."""
        return [a for a in self.agreements if a.commodity == commodity and a.valid_at(t)]

    def readings(self, point: str, t: datetime) -> set[Recipient]:
        """Give who is told of the interval of a point that starts at an instant."""
        commodity, owner, _, parent = POINTS[point]
        standing = self.standing(commodity, t)
        if parent is not None:
            direct = {_provider(a) for a in standing if a.type == A.SUPPLY and a.point_eic == parent}
        else:
            direct = {_provider(a) for a in standing if a.type in SELLING and a.point_eic == point}
            direct |= {_provider(a) for a in standing if a.type == A.AGGREGATION and a.parent_point_eic == point}
        return self._with_chains(direct, standing) - _of(owner)

    def bills(self, point: str, t: datetime) -> set[Recipient]:
        """Give who is told of a bill of a point of two hours from an instant, in which nothing changes."""
        commodity, owner, _, _ = POINTS[point]
        standing = self.standing(commodity, t)
        kinds = {A.SUPPLY, A.GENERAL_SERVICE}
        direct = {_provider(a) for a in standing if a.type in kinds and a.point_eic == point}
        return self._with_chains(direct, standing) - _of(owner)

    def _with_chains(self, direct: set[Recipient], standing: list[AgreementFact]) -> set[Recipient]:
        """Add the portfolio providers at every level, by the portfolio agreements valid at the time."""
        return direct | {(eic, SUPPLIER) for member, _ in direct for eic in self._above(member, standing)}

    def _above(self, member: str, standing: list[AgreementFact]) -> set[str]:
        """Walk up from a party; in a circle, which these markets have and a market has not, nobody is above itself."""
        above: set[str] = set()
        while True:
            found = {
                a.service_provider_eic
                for a in standing
                if a.type == A.PORTFOLIO_SUPPLIER and a.customer_eic in {member, *above}
            }
            if found == above:
                return above - {member}
            above = found


def _provider(a: AgreementFact) -> Recipient:
    return a.service_provider_eic, str(a.service_provider_role)


def _of(participant: str) -> set[Recipient]:
    """Give a participant in all its roles: nothing is told back to who sent it."""
    return {(participant, str(role)) for role in Role}


@pytest.fixture
def built(request: pytest.FixtureRequest, days_of_the_market: None) -> Iterator[Built]:
    for table in (READING_DAYS, NETWORK_BILLS):
        partitions.ensure(table, since=BOUNDS[0].date(), until=BOUNDS[-1].date())
    made = build(request.param)
    Unit.objects.all().delete()
    yield made


def _told(reader: Any, kind: ResourceType) -> list[Any]:
    """Give what a reader scans of a type, contents read."""
    eic, role, commodity = reader
    page = scan(
        participant_eic=eic,
        role=role,
        commodity=commodity,
        resource_type=kind,
        window=Window(),
        offset=0,
        limit=10_000,
        now=datetime.now(UTC),
    )
    return [
        entry
        for run in contents(page.messages)
        for content in run
        for entry in orjson.loads(orjson.loads(content))  # type: ignore[arg-type]
    ]


def _tell() -> None:
    assert not tell(now=datetime.now(UTC), batches=1_000)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM outbox_unit")
        assert cursor.fetchone() == (0,)


# --- readings ---------------------------------------------------------------------------------------------------------


def _starts(commodity: Commodity) -> list[datetime]:
    """Give the last interval before and the first behind each turn."""
    step = timedelta(hours=1) if commodity == GAS else timedelta(minutes=15)
    return [start for t in TURNS for start in (t - step, t)]


def _send_readings(built: Built) -> dict[Thing, float]:
    """Let each owner send, in one message, the intervals around each turn; give the quantity of each."""
    sent: dict[Thing, float] = {}
    for owner, role, commodity in sorted({(owner, role, commodity) for commodity, owner, role, _ in POINTS.values()}):
        elements = []
        for number, (eic, point) in enumerate(POINTS.items()):
            if point[:3] != (commodity, owner, role):
                continue
            intervals = []
            for place, start in enumerate(_starts(commodity)):
                sent[eic, start] = number + 1 + place / 1000
                intervals.append((start, None, messages.quantity(sent[eic, start], read_at=None)))
            resolution = "PT1H" if commodity == GAS else "PT15M"
            elements.append(messages.element(eic, messages.period(resolution, intervals)))
        document = messages.send(
            *elements, sender=built.parties[owner], role=Role(role), commodity=Commodity(commodity), now=NOW
        )
        assert document.faults == [], document.faults
    return sent


def check_readings(built: Built) -> int:
    sent, oracle = _send_readings(built), Oracle(built.agreements)
    _tell()
    told = 0
    for reader in READERS:
        found: dict[Thing, float] = {}
        for element in _told(reader, ResourceType.METERING_DATA):
            for period in element["periods"]:
                for one in period["aI"]:
                    thing = element["meterEic"], datetime.fromisoformat(one["pS"])
                    assert thing not in found, (reader, thing, "told twice")
                    found[thing] = one["outQty"]["kwh"]
        me = reader[0], str(reader[1])
        entitled = {
            thing: amount
            for thing, amount in sent.items()
            if POINTS[thing[0]][0] == reader[2] and me in oracle.readings(*thing)
        }
        assert found == entitled, (reader, json.dumps([str(one) for one in set(found) ^ set(entitled)][:10]))
        told += len(found)
    assert told > 20, "much was told"
    return told


# --- bills ------------------------------------------------------------------------------------------------------------


def check_bills(built: Built) -> None:
    """Of each turn the two hours behind it are billed, where a GRID agreement covers them: else no bill is taken."""
    oracle, sent = Oracle(built.agreements), set()
    for eic, (commodity, owner, role, _) in POINTS.items():
        for t in TURNS:
            one = bills.bill(t, t + timedelta(hours=2), point=eic, commodity=commodity, calculated_at=NOW)
            try:
                bills.save(one, sender=owner, role=Role(role), now=NOW)
            except DomainError:
                continue
            sent.add((eic, t))
    assert len(sent) > 3
    _tell()
    for reader in READERS:
        found = {
            (one["meterEic"], datetime.fromisoformat(one["networkBillPeriod"]["periodStart"]))
            for one in _told(reader, ResourceType.NETWORK_BILL)
        }
        me = reader[0], str(reader[1])
        entitled = {thing for thing in sent if POINTS[thing[0]][0] == reader[2] and me in oracle.bills(*thing)}
        assert found == entitled, (reader, found ^ entitled)


@pytest.mark.parametrize("built", FEW, indirect=True)
def test_each_is_told_its_own_readings_and_no_other(built: Built) -> None:
    check_readings(built)


@pytest.mark.parametrize("built", FEW[:1], indirect=True)
def test_each_is_told_the_bills_of_its_own_time_and_no_other(built: Built) -> None:
    check_bills(built)


@pytest.mark.long
@pytest.mark.parametrize("built", MANY, indirect=True)
def test_so_it_is_in_many_markets(built: Built) -> None:
    check_readings(built)
    check_bills(built)
