"""The demo's connection requests, sent and answered as participants do. Two have ids that published examples use."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from connections.rules.answers import Answer, AnswerChange
from connections.rules.requests import Change, Terms
from connections.rules.states import AnsweredState, RefusalReason, RequestedState, RequestReason
from connections.services import answers, requests
from datahub.exchanges.rules import By
from datahub.market import Commodity, Role
from datahub.market_time import TALLINN
from datahub.parties.models import Party

_SUPPLIER, _OPERATOR = "38X-EIN-OS-----J", "38X-EIN-GO-----0"
_MARI = ("38ZGO-10000001-U", "38X-AVP-ZW6700C6")
_JAAN = ("38ZGO-10000003-O", "38X-AVP-ILS600CI")
_EMBASSY = ("38ZGO-1000000D-V", "38X-AVP-EMB001-D")
_DAYS_AHEAD = 7


@dataclass(frozen=True, slots=True)
class _Story:
    """A request so many days ago, preferred for a week later, with its answer a day later and what came of it."""

    number: int
    days: int
    place: tuple[str, str]
    reason: RequestReason
    comment: str
    answer: AnsweredState | None = None
    refusal: RefusalReason | None = None
    ends_as: AnsweredState | None = None
    is_cancelled: bool = False


# One after the other: saves bear the times at which they are made, and these only grow.
_STORIES = [
    _Story(
        3,
        30,
        _EMBASSY,
        RequestReason.DEBT,
        "Four joint invoices are unpaid.",
        AnsweredState.PLANNED,
        ends_as=AnsweredState.DISCONNECTED,
    ),
    _Story(
        4,
        22,
        _JAAN,
        RequestReason.DEBT,
        "Two joint invoices are unpaid.",
        AnsweredState.REFUSED,
        RefusalReason.NO_SPR_MP,
        is_cancelled=True,
    ),
    _Story(
        5,
        16,
        _EMBASSY,
        RequestReason.DEBT_PAID,
        "All invoices are paid.",
        AnsweredState.PLANNED,
        ends_as=AnsweredState.CONNECTED,
    ),
    # The examples change this one and its answer.
    _Story(1, 4, _MARI, RequestReason.DEBT, "Three joint invoices are unpaid.", AnsweredState.PLANNED),
    # The example answers this one.
    _Story(2, 2, _JAAN, RequestReason.DEBT, "The last three joint invoices are unpaid."),
]


def send_requests(*, now: datetime) -> int:
    """Send the connection requests of the last weeks and their answers; give how many requests."""
    for story in _STORIES:
        _tell(story, asked_at=now - timedelta(days=story.days))
    return len(_STORIES)


def _tell(story: _Story, *, asked_at: datetime) -> None:
    supplier: dict[str, Any] = {
        "participant": Party.objects.get(eic=_SUPPLIER),
        "role": Role.OPEN_SUPPLIER,
        "commodity": Commodity.ELECTRICITY,
        "by": By(technical_user=f"{_SUPPLIER}-demo"),
    }
    operator: dict[str, Any] = {
        "participant": Party.objects.get(eic=_OPERATOR),
        "role": Role.GRID_OPERATOR,
        "commodity": Commodity.ELECTRICITY,
        "by": By(technical_user=f"{_OPERATOR}-demo"),
    }
    preferred = asked_at.astimezone(TALLINN).date() + timedelta(days=_DAYS_AHEAD)
    meter_eic, customer_eic = story.place
    is_debt = story.reason == RequestReason.DEBT
    request = requests.submit_request(
        **supplier,
        terms=Terms(
            service_provider_eic=_OPERATOR,
            meter_eic=meter_eic,
            customer_eic=customer_eic,
            requested_state=RequestedState.DISCONNECTED if is_debt else RequestedState.CONNECTED,
            reason=story.reason,
            preferred_date=preferred,
            comment=story.comment,
        ),
        now=asked_at,
        request_id=_id(4000 + story.number),
    )
    if story.answer is not None:
        planned = preferred if story.answer == AnsweredState.PLANNED else None
        answers.submit_answer(
            **operator,
            request_id=request.pk,
            answer=Answer(story.answer, reason=story.refusal, estimated_date=planned),
            now=asked_at + timedelta(days=1),
            response_id=_id(5000 + story.number),
        )
    if story.ends_as is not None:
        done = AnswerChange(state=story.ends_as, comment="Done.")
        at = asked_at + timedelta(days=_DAYS_AHEAD)
        answers.change_answer(**operator, request_id=request.pk, change=done, now=at)
    if story.is_cancelled:
        given_up = Change(requested_state=RequestedState.CANCELLED, comment="The customer was told by letter first.")
        at = asked_at + timedelta(days=2)
        requests.change_request(**supplier, request_id=request.pk, change=given_up, now=at)


def _id(number: int) -> UUID:
    return UUID(f"c1a5e0d0-3c0f-4f3a-9a51-6f1d2b7e{number}")
