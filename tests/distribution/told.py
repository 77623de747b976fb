"""What the log of tellings holds, in the words of the market; for the tests of it."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from datahub.parties.models import Party
from datahub.periods import Period
from distribution.models import ToldOfCustomer
from distribution.services.tell import tell
from tests.distribution import market
from tests.distribution.market import BRP, GO, HOUSE, MARI, OS, OS2

NOW = datetime.now(UTC)
JAAN = "38X-AVP-JAAN----"
OWNERSHIP, AGREEMENT, BALANCE = "OWNERSHIP", "AGREEMENT", "BALANCE_STATE"


class Row(NamedTuple):
    """A row of the log in the words of the market."""

    customer: str
    point: str | None
    participant: str
    kind: str
    ground: str
    messages: int = 1


def rows() -> list[Row]:
    found = ToldOfCustomer.objects.values_list(
        "customer__eic",
        "point__eic",
        "entitlement__address__participant_eic",
        "entitlement__resource_type",
        "entitlement__ground",
        "messages",
    )
    return sorted((Row(*row) for row in found), key=str)


def covered() -> dict[tuple[str, str], Period]:
    """Give what each participant was told of whose time, by customer and participant."""
    found = ToldOfCustomer.objects.values_list(
        "customer__eic", "entitlement__address__participant_eic", "covers_from", "covers_to"
    )
    return {(customer, participant): Period(start, end) for customer, participant, start, end in found}


def tell_all(now: datetime = NOW) -> None:
    assert not tell(now=now, batches=100)


def jaan() -> Party:
    return Party.objects.get_or_create(eic=JAAN, defaults={"type": "PHYSICAL_PERSON", "name": "Jaan"})[0]


def supplied(point: str = HOUSE, **more: Any) -> list[Any]:
    """Mari's house, sold power by OS2, in whose chain OS and BRP stand."""
    return [market.agreement("GRID", GO, point=point, **more), market.agreement("SUPPLY", OS2, point=point, **more)]


def as_told(kind: str, messages: int = 1, customer: str = MARI, point: str | None = HOUSE) -> list[Row]:
    """Give the rows of something that the supplier and its chain were told."""
    told = ((OS2, AGREEMENT), (OS, BALANCE), (BRP, BALANCE))
    return sorted((Row(customer, point, eic, kind, ground, messages) for eic, ground in told), key=str)
