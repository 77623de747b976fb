"""What the two logs are given of reads and of what was sent; for the tests of the tracker."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from datahub import partitions
from datahub.access.models import ACCESS_LOG
from datahub.access.services.access_log import Read, log_read
from datahub.market import Commodity, ResourceType, Role, SourceType
from datahub.market_time import TALLINN
from datahub.parties.models import Party, User
from datahub.periods import Period
from distribution.models import TOLD_OF_CUSTOMERS, Address
from distribution.rules.about import About
from distribution.rules.facts import Recipient
from distribution.services import told_log
from distribution.services.work.waiting import Told
from tests import cast
from tests.distribution import market
from tests.distribution.market import BRP, GO, HOUSE, MARI, OS2
from tests.metering import points

FLAT = points.codes("38ZGO-1", 4)[3]
SUPPLIER, ELECTRICITY = Role.OPEN_SUPPLIER, Commodity.ELECTRICITY
AGREEMENT, PERMISSION = SourceType.AGREEMENT, SourceType.PERMISSION


def make_market() -> None:
    """Make the parties and points that the logs name, and the logs' partitions."""
    for table in (ACCESS_LOG, TOLD_OF_CUSTOMERS):
        partitions.ensure(table, since=date(2025, 10, 1), until=date(2026, 11, 30))
    for eic in (GO, OS2, BRP):
        cast.participant(eic)
    for eic in (HOUSE, FLAT):
        market.make_point(eic)
    cast.mari()


def at(text: str) -> datetime:
    """Give an instant by its local time."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=TALLINN).astimezone(UTC)


def read(
    when: str,
    *,
    by: str = OS2,
    service: str = "meter-data/search",
    point: str = HOUSE,
    customer: str = MARI,
    ground: SourceType | None = AGREEMENT,
    role: str = SUPPLIER,
    user: User | None = None,
    **more: Any,
) -> None:
    log_read(
        participant=Party.objects.get(eic=by),
        role=role,
        commodity=ELECTRICITY if role else "",
        service=service,
        reads=[Read(customer, point, ground=ground, **more)],
        now=at(when),
        user=user,
    )


def look(when: str, *rows: Read, by: str = OS2, role: Role = SUPPLIER, service: str = "meter-data/search") -> None:
    """Let one read be logged that has several rows."""
    log_read(
        participant=Party.objects.get(eic=by),
        role=role,
        commodity=ELECTRICITY,
        service=service,
        reads=rows,
        now=at(when),
    )


def send(
    when: str,
    *,
    to: str = OS2,
    kind: ResourceType = ResourceType.METERING_DATA,
    point: str | None = HOUSE,
    customer: str = MARI,
    ground: SourceType = AGREEMENT,
    covers: Period | None = None,
    authorization: str | None = None,
) -> None:
    recipient = Recipient(to, SUPPLIER, ELECTRICITY)
    address, _ = Address.objects.get_or_create(**recipient._asdict())
    about = About(customer, point, {recipient: ground}, covers, authorization)
    told_log.keep([Told(kind, "CREATE", b"", [recipient], [about])], address_ids={recipient: address.pk}, now=at(when))


@pytest.fixture
def seen_market(db: None) -> None:
    """The market of which the logs are filled."""
    make_market()
