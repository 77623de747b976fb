"""Registering, changing and deleting agreements in tests as participants do, and what has come of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from datahub.agreements import selectors
from datahub.agreements.facts import AgreementFact
from datahub.agreements.models import Agreement
from datahub.agreements.services import acts
from datahub.agreements.services.acts import Reference, Terms
from datahub.errors import DomainError
from datahub.market import AgreementType, Role
from datahub.outbox.changes import Change
from datahub.outbox.models import Unit
from tests.agreements import market
from tests.agreements.market import ELECTRICITY, NOW

BY_HUB = frozenset({AgreementType.GENERAL_SERVICE, AgreementType.BORDER_SUPPLY})
BY_CUSTOMER = frozenset({AgreementType.NAMED_SUPPLIER, AgreementType.JOINT_INVOICE})
_ROLES = {
    AgreementType.SUPPLY: Role.OPEN_SUPPLIER,
    AgreementType.PORTFOLIO_SUPPLIER: Role.OPEN_SUPPLIER,
    AgreementType.AGGREGATION: Role.AGGREGATOR,
}


def registrar(agreement: AgreementFact) -> tuple[str, str]:
    """Give who registers an agreement, with its role in it."""
    if agreement.type in BY_CUSTOMER:
        return agreement.customer_eic, agreement.customer_role
    return agreement.service_provider_eic, agreement.service_provider_role


def register(
    kind: AgreementType,
    provider: str,
    customer: str,
    point: str | None,
    valid_from: datetime,
    valid_to: datetime | None = None,
    *,
    role: str = "",
    commodity: Any = ELECTRICITY,
    sender: str = "",
    now: datetime = NOW,
    **more: Any,
) -> AgreementFact:
    """Register an agreement, as the party that registers its type unless another sender is named."""
    terms = Terms(kind, provider, customer, commodity, valid_from, valid_to, point, **more)
    return acts.register_agreement(
        participant=market.party(sender or (customer if kind in BY_CUSTOMER else provider)),
        role=role or _ROLES.get(kind, Role.GRID_OPERATOR),
        commodity=commodity,
        terms=terms,
        now=now,
    )


def reference(agreement: AgreementFact) -> Reference:
    """Name an agreement as its registrar does."""
    return Reference(
        agreement.type,
        agreement.service_provider_eic,
        agreement.customer_eic,
        agreement.commodity,
        agreement.valid_from,
        agreement.point_eic,
    )


def change(agreement: AgreementFact, valid_to: datetime | None, *, now: datetime = NOW, **more: Any) -> AgreementFact:
    """Change an agreement's end, as its registrar."""
    sender, role = registrar(agreement)
    return acts.change_agreement(
        participant=market.party(sender),
        role=role,
        commodity=agreement.commodity,
        reference=reference(agreement),
        valid_to=valid_to,
        agreement_id=more.pop("agreement_id", None),
        now=now,
        **more,
    )


def delete(agreement: AgreementFact, *, now: datetime = NOW) -> None:
    """Delete an agreement, as its registrar."""
    sender, role = registrar(agreement)
    acts.delete_agreement(
        participant=market.party(sender),
        role=role,
        commodity=agreement.commodity,
        reference=reference(agreement),
        now=now,
    )


def refused(error: pytest.ExceptionInfo[DomainError]) -> list[str]:
    """Give the last parts of the codes with which something was refused."""
    return [fault.code.name.rpartition(".")[2] for fault in error.value.faults]


def recorded(unit: Unit | None = None) -> list[Change]:
    """Give what a save (without one, the last) recorded."""
    return [Change.from_json(change) for change in (unit or Unit.objects.latest("id")).changes]


def subject(change: Change) -> AgreementFact:
    """Give the agreement of a change as it is told."""
    return AgreementFact.from_json(change.after or change.before or {})


def changes() -> list[Change]:
    """Give what the last save recorded of agreements that are made by hand."""
    return [change for change in recorded() if subject(change).type not in BY_HUB]


def standing_at(point: str, *types: AgreementType) -> list[AgreementFact]:
    """Give what stands at a point, with its aggregation points', of some types (without any: of all)."""
    found = selectors.standing_facts(Agreement.objects.filter(selectors.at_points([point])))
    return [one for one in found if not types or one.type in types]


def at(point: str) -> list[tuple[str, datetime, datetime | None]]:
    """Give provider, start and end of what stands at a point and is made by hand."""
    return periods(one for one in standing_at(point) if one.type not in BY_HUB)


def periods(agreements: Any) -> list[tuple[str, datetime, datetime | None]]:
    """Give provider, start and end of agreements."""
    return [(one.service_provider_eic, one.valid_from, one.valid_to) for one in agreements]


def services_at(point: str) -> list[tuple[str, datetime, datetime | None, bool]]:
    """Give provider, start, end and quietness of the general service at a point."""
    services = standing_at(point, AgreementType.GENERAL_SERVICE)
    return [(one.service_provider_eic, one.valid_from, one.valid_to, one.quiet) for one in services]


def reasons(told: Sequence[Change] | None = None) -> list[tuple[str, str]]:
    """Give reason and type of changes (without any: of the last save's)."""
    return [(change.reason, str(subject(change).type)) for change in (recorded() if told is None else told)]
