"""Asking, changing and answering in tests as the two sides do."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from connections.models import ConnectionRequest
from connections.rules.answers import Answer, AnswerChange
from connections.rules.requests import Change, Terms
from connections.rules.states import AnsweredState, RefusalReason, RequestedState, RequestReason
from connections.services import answers, requests
from datahub.agreements.facts import AgreementFact
from datahub.errors import DomainError
from datahub.exchanges.rules import By
from datahub.market import AgreementType, Role
from tests.agreements import market
from tests.agreements.market import ELECTRICITY, FLAT, HOUSE, JAAN, MARI, NORTH, SUN, WIND, day, fact, standing

# Monday, 13:00 in Tallinn.
NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)
TODAY, TOMORROW, YESTERDAY = date(2026, 5, 4), date(2026, 5, 5), date(2026, 5, 3)
MINUTE = timedelta(minutes=1)
SYSTEM = By(technical_user="38X-TEST")
UNKNOWN = UUID("00000000-0000-4000-8000-000000000000")

TERMS = Terms(
    service_provider_eic=NORTH,
    meter_eic=HOUSE,
    customer_eic=MARI,
    requested_state=RequestedState.DISCONNECTED,
    reason=RequestReason.DEBT,
    preferred_date=TOMORROW,
    comment="Three invoices",
)
CONNECTION: dict[str, Any] = {"requested_state": RequestedState.CONNECTED, "reason": RequestReason.DEBT_PAID}
PLANNED = Answer(AnsweredState.PLANNED, estimated_date=TOMORROW)
REFUSED = Answer(AnsweredState.REFUSED, reason=RefusalReason.FAULT)


def joint_invoice(supplier: str = SUN, operator: str = NORTH, **options: Any) -> AgreementFact:
    """Make a JOINT_INVOICE agreement as a fact."""
    start, end = options.pop("start", day(2024, 1, 1)), options.pop("end", None)
    options.setdefault("customer_role", Role.GRID_OPERATOR)
    return fact(AgreementType.JOINT_INVOICE, supplier, operator, None, start, end, **options)


def supply(supplier: str = SUN, customer: str = MARI, point: str = HOUSE, **options: Any) -> AgreementFact:
    """Make a SUPPLY agreement as a fact."""
    start, end = options.pop("start", day(2024, 1, 1)), options.pop("end", None)
    return fact(AgreementType.SUPPLY, supplier, customer, point, start, end, **options)


def grid(operator: str = NORTH, customer: str = MARI, point: str = HOUSE, **options: Any) -> AgreementFact:
    """Make a GRID agreement as a fact."""
    start, end = options.pop("start", day(2024, 1, 1)), options.pop("end", None)
    return fact(AgreementType.GRID, operator, customer, point, start, end, **options)


def stand() -> None:
    """Let the agreements stand that requests need: of SUN for Mari's house, of WIND for Jaan's flat."""
    standing(
        joint_invoice(),
        joint_invoice(WIND),
        grid(),
        supply(),
        grid(customer=JAAN, point=FLAT),
        supply(WIND, JAAN, FLAT),
    )


def _sender(eic: str, role: str, commodity: str, now: datetime) -> dict[str, Any]:
    return {"participant": market.party(eic), "role": role, "commodity": commodity, "by": SYSTEM, "now": now}


def ask(
    *,
    sender: str = SUN,
    role: str = Role.OPEN_SUPPLIER,
    commodity: str = ELECTRICITY,
    now: datetime = NOW,
    request_id: UUID | None = None,
    **changes: Any,
) -> ConnectionRequest:
    """Ask for the disconnection of Mari's house, or for what differs from it."""
    terms = replace(TERMS, **changes)
    return requests.submit_request(**_sender(sender, role, commodity, now), terms=terms, request_id=request_id)


def change(
    request: ConnectionRequest | UUID,
    *,
    sender: str = SUN,
    role: str = Role.OPEN_SUPPLIER,
    commodity: str = ELECTRICITY,
    now: datetime = NOW,
    **fields: Any,
) -> ConnectionRequest:
    """Change a request."""
    request_id = request if isinstance(request, UUID) else request.pk
    return requests.change_request(
        **_sender(sender, role, commodity, now), request_id=request_id, change=Change(**fields)
    )


def cancel(request: ConnectionRequest | UUID, **options: Any) -> ConnectionRequest:
    """Cancel a request."""
    return change(request, requested_state=RequestedState.CANCELLED, **options)


def answer(
    request: ConnectionRequest | UUID,
    given: Answer = PLANNED,
    *,
    sender: str = NORTH,
    role: str = Role.GRID_OPERATOR,
    commodity: str = ELECTRICITY,
    now: datetime = NOW,
    response_id: UUID | None = None,
) -> ConnectionRequest:
    """Answer a request."""
    request_id = request if isinstance(request, UUID) else request.pk
    return answers.submit_answer(
        **_sender(sender, role, commodity, now), request_id=request_id, answer=given, response_id=response_id
    )


def reanswer(
    request: ConnectionRequest | UUID | None,
    *,
    response_id: UUID | None = None,
    sender: str = NORTH,
    role: str = Role.GRID_OPERATOR,
    commodity: str = ELECTRICITY,
    now: datetime = NOW,
    **fields: Any,
) -> ConnectionRequest:
    """Change an answer."""
    request_id = request if isinstance(request, UUID) or request is None else request.pk
    return answers.change_answer(
        **_sender(sender, role, commodity, now),
        request_id=request_id,
        response_id=response_id,
        change=AnswerChange(**fields),
    )


def refusals(error: DomainError) -> list[str]:
    """Give the last words of the codes of a refusal."""
    return [found.code.name.rpartition(".")[2] for found in error.faults]
