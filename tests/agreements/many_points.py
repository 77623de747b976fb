"""An operator with many metering points, each with its GRID agreement and general service, or its border agreement."""

from dataclasses import replace

from datahub.agreements import selectors
from datahub.agreements.facts import AgreementFact
from datahub.agreements.models import Agreement
from datahub.agreements.rules.consequences import made_by_hub
from datahub.agreements.services import follow_ups, take_over
from datahub.market import AgreementType, Commodity, MeteringPointType, MeteringType, Role
from datahub.metering.models import MeteringPoint
from tests.agreements import market
from tests.agreements.market import BEGINNING, MARI, NAMED, NORTH, NOW, SOUTH, day, fact

# Who provides a general service before and after a named supplier's agreement starts, and whether it is quiet.
WHOLE, SPLIT = [(NORTH, False)], [(NORTH, False), (NAMED, True)]
SINCE, JUNE = day(2024, 1, 1), day(2026, 6, 1)
A = AgreementType


def codes(count: int) -> list[str]:
    """Give codes of metering points in their order."""
    return [f"38ZGO-1P{number:07}X" for number in range(count)]


def points(count: int, kind: MeteringPointType = MeteringPointType.REGULAR) -> list[str]:
    """Make points of the northern operator with the agreement that their kind begins with, and what it makes."""
    owner = market.party(NORTH)
    MeteringPoint.objects.bulk_create(
        MeteringPoint(
            eic=eic,
            commodity=Commodity.ELECTRICITY,
            owner=owner,
            owner_role=Role.GRID_OPERATOR,
            metering_type=MeteringType.REMOTE_READING,
            type=kind,
            created_at=BEGINNING,
            changed_at=BEGINNING,
        )
        for eic in codes(count)
    )
    if kind == MeteringPointType.BORDER:
        made = [fact(A.BORDER_GRID, NORTH, SOUTH, eic, SINCE, customer_role=Role.GRID_OPERATOR) for eic in codes(count)]
    else:
        made = [fact(A.GRID, NORTH, MARI, eic, SINCE) for eic in codes(count)]
        made += [replace(due, quiet=False) for due in made_by_hub.due_general_services(made, [], now=NOW)]
    take_over.take_over_agreements(agreements=made, now=NOW)
    return codes(count)


def work(*, size: int = 50) -> int:
    """Work all follow-ups out; give how many batches that took."""
    batches = 0
    while follow_ups.work_batch(now=NOW, points=size):
        batches += 1
    return batches


def standing(kind: AgreementType) -> dict[str, list[AgreementFact]]:
    """Give what stands of a type by its point, in the order of the points."""
    found: dict[str, list[AgreementFact]] = {}
    for one in selectors.standing_facts(Agreement.objects.filter(type=kind).order_by("point__eic")):
        found.setdefault(one.point_eic or "", []).append(one)
    return found


def providers() -> dict[str, list[tuple[str, bool]]]:
    """Give of each point who provides its general service in turn, and whether it is quiet."""
    services = standing(A.GENERAL_SERVICE)
    return {eic: [(one.service_provider_eic, one.quiet) for one in made] for eic, made in services.items()}
