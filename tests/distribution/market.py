"""The cast's market in the database and as facts: points, agreements, and what a scan gives."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import orjson
from django.db import transaction

from datahub.agreements.facts import AgreementFact
from datahub.agreements.services.take_over import take_over_agreements
from datahub.market import AgreementType, Commodity, MeteringPointType, ResourceType, Role
from datahub.market_time import day_start
from datahub.metering.models import MeteringPoint
from datahub.outbox.changes import Change
from datahub.outbox.services import open_unit
from distribution.rules.facts import Facts, PointFact, Recipient
from distribution.rules.portfolios import Portfolios
from distribution.selectors.content import Missing, contents
from distribution.selectors.log import Window
from distribution.selectors.scan import scan
from tests import cast

NOW = datetime(2026, 5, 15, 9, 30, tzinfo=UTC)
GO, GO2 = cast.GRID_OPERATOR, cast.SOUTHERN_GRID_OPERATOR
OS, OS2, BRP, AGR = cast.OPEN_SUPPLIER, cast.SECOND_SUPPLIER, cast.BALANCE_PROVIDER, cast.AGGREGATOR
NS, STRANGER = "38X-EIN-NS-----R", "38X-DEMO-OUT---B"
MARI = cast.MARI
HOUSE, BAKERY, BORDER, FLEXIBLE = "38ZGO-10000003-O", "38ZGO-1000000A-3", "38ZGO-1B000001-5", "38ZAG-10000001-J"
ELECTRICITY = Commodity.ELECTRICITY

_ids = count(1)


def day(text: str) -> datetime:
    """Give the instant at which a local day (YYYY-MM-DD) begins."""
    return day_start(datetime.fromisoformat(text).date())


def agreement(
    kind: str,
    provider: str,
    customer: str = MARI,
    point: str | None = None,
    since: str = "2024-06-01",
    until: str | None = None,
    **more: Any,
) -> AgreementFact:
    """Make an agreement; roles follow from its type unless they are given."""
    provider_role = {
        AgreementType.GRID: Role.GRID_OPERATOR,
        AgreementType.BORDER_GRID: Role.GRID_OPERATOR,
        AgreementType.AGGREGATION: Role.AGGREGATOR,
    }.get(AgreementType(kind), Role.OPEN_SUPPLIER)
    customer_role = {GO: Role.GRID_OPERATOR, GO2: Role.GRID_OPERATOR, AGR: Role.AGGREGATOR, MARI: ""}.get(
        customer, Role.OPEN_SUPPLIER
    )
    fact = AgreementFact(
        id=next(_ids),
        type=AgreementType(kind),
        agreement_id="",
        point_eic=point,
        parent_point_eic=BAKERY if point == FLEXIBLE else None,
        service_provider_eic=provider,
        service_provider_role=provider_role,
        customer_eic=customer,
        customer_role=customer_role,
        commodity=ELECTRICITY,
        preliminary_termination_fee=False,
        valid_from=day(since),
        valid_to=None if until is None else day(until),
    )
    return replace(fact, **more)


# The chains of the cast: OS2 → OS → BRP, GO → BRP, GO2 → OS, AGR → OS.
CHAINS = [
    agreement("PORTFOLIO_SUPPLIER", BRP, OS),
    agreement("PORTFOLIO_SUPPLIER", OS, OS2),
    agreement("PORTFOLIO_SUPPLIER", BRP, GO),
    agreement("PORTFOLIO_SUPPLIER", OS, GO2),
    agreement("PORTFOLIO_SUPPLIER", OS, AGR),
]

HOUSE_POINT = PointFact(HOUSE, MeteringPointType.REGULAR, ELECTRICITY, GO, Role.GRID_OPERATOR)
BAKERY_POINT = replace(HOUSE_POINT, eic=BAKERY)
BORDER_POINT = replace(HOUSE_POINT, eic=BORDER, type=MeteringPointType.BORDER)
FLEXIBLE_POINT = PointFact(
    FLEXIBLE, MeteringPointType.AGGREGATION, ELECTRICITY, AGR, Role.AGGREGATOR, parent=BAKERY_POINT
)


def facts(point: PointFact | None, *agreements: AgreementFact, chains: list[AgreementFact] = CHAINS) -> Facts:
    """Give what a save at NOW knew."""
    return Facts(NOW, point, tuple(agreements), Portfolios(chains))


def supplier(eic: str) -> Recipient:
    """Give a participant as an open supplier of electricity."""
    return Recipient(eic, Role.OPEN_SUPPLIER, ELECTRICITY)


def operator(eic: str) -> Recipient:
    """Give a participant as a grid operator of electricity."""
    return Recipient(eic, Role.GRID_OPERATOR, ELECTRICITY)


AGGREGATOR = Recipient(AGR, Role.AGGREGATOR, ELECTRICITY)


# --- in the database ----------------------------------------------------------------------------------------------


def make_point(eic: str = HOUSE, owner: str = GO) -> MeteringPoint:
    """Give a regular point of the northern operator, in the database."""
    return MeteringPoint.objects.get_or_create(
        eic=eic,
        defaults={
            "commodity": ELECTRICITY,
            "owner": cast.participant(owner),
            "owner_role": Role.GRID_OPERATOR,
            "metering_type": "REMOTE_READING",
            "type": MeteringPointType.REGULAR,
            "resolution": "PT15M",
            "created_at": NOW,
            "changed_at": NOW,
        },
    )[0]


def make_market(*agreements: AgreementFact) -> None:
    """Put the cast's suppliers, their chains, the points and the agreements of the arguments into the database."""
    for eic in (GO, GO2, OS, OS2, BRP, AGR):
        cast.participant(eic)
    cast.mari()
    for fact in agreements:
        if fact.point_eic is not None:
            make_point(fact.point_eic)
    take_over_agreements(agreements=[*CHAINS, *agreements], now=NOW)


def point_form(eic: str = HOUSE, comment: str = "") -> dict[str, Any]:
    """Give a point as changes carry it."""
    return {
        "meteringPoint": {"meterEic": eic, "meteringType": "REMOTE_READING", "meteringPointType": "REGULAR"},
        "meterLocation": {"adrId": 1, "comment": comment},
        "electricityCharacteristics": {"resolution": "PT15M"},
    }


def save_point(eic: str = HOUSE, *, comment: str = "", sender: str = GO, now: datetime = NOW) -> int:
    """Record a change of a metering point; give its unit's id."""
    change = Change(ResourceType.METERING_POINT, "UPDATE", eic, after={"point": point_form(eic, comment)})
    with transaction.atomic(), open_unit(lanes=[eic], sender_eic=sender, saved_at=now) as unit:
        unit.record(change)
    return unit.id


def scanned(
    eic: str, resource_type: str = ResourceType.METERING_POINT, role: str = Role.OPEN_SUPPLIER, **window: Any
) -> list[dict[str, Any]]:
    """Give the messages that a participant scans, with their contents read."""
    page = scan(
        participant_eic=eic,
        role=role,
        commodity=ELECTRICITY,
        resource_type=resource_type,
        window=Window(**window),
        offset=0,
        limit=10_000,
        now=datetime.now(UTC),
    )
    ids, created_times, reasons, *_ = page.messages
    found = [content for run in contents(page.messages) for content in run]
    return [
        {
            "id": number,
            "created_at": datetime.fromisoformat(created_time),
            "reason": reason,
            "content": str(content) if isinstance(content, Missing) else orjson.loads(orjson.loads(content)),
        }
        for number, created_time, reason, content in zip(ids, created_times, reasons, found, strict=True)
    ]


def comments(eic: str, role: str = Role.OPEN_SUPPLIER) -> list[str]:
    """Give the comments of the metering points that a participant was told of, in order."""
    return [message["content"]["meterLocation"]["comment"] for message in scanned(eic, role=role)]
