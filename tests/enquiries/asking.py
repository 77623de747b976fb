"""Enquiries as suppliers and operators of the cast send them: by the services, and over the wire."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from datahub.errors import DomainError
from datahub.exchanges.rules import By
from datahub.market import Commodity, Role
from datahub.parties import eic
from enquiries import services
from enquiries.models import Enquiry
from enquiries.rules import Request, RequestChange, Response, ResponseChange, Status, Topic
from tests import cast
from tests.api import api

# The night of the clock change, when 03:00 to 04:00 is passed twice.
NOW = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
SUN, WIND, NORTH, SOUTH = cast.OPEN_SUPPLIER, cast.SECOND_SUPPLIER, cast.GRID_OPERATOR, cast.SOUTHERN_GRID_OPERATOR
HOUSE, SOUTHERN_HOUSE, BAKERY_GAS = "38ZGO-10000003-O", "38ZGO-20000001-K", "38ZGO-1G000001-Y"
# In no operator's range.
NOWHERE = eic.complete("38ZXX-10000001-")
JAAN, MARI = "38X-AVP-ILS600CI", cast.MARI
SUPPLIER, OPERATOR = Role.OPEN_SUPPLIER, Role.GRID_OPERATOR
PATH = "/api/v1/direct-messages"


def market() -> None:
    """Register the participants."""
    for code in (SUN, WIND, NORTH, SOUTH, cast.AGGREGATOR):
        cast.participant(code)


def request(**more: Any) -> Request:
    """Give an enquiry about Jaan's house."""
    return Request(**{"meter_eic": HOUSE, "customer_eic": JAAN, "topic": Topic.DATA, **more})


def ask(
    given: Request | None = None,
    *,
    sender: str = SUN,
    role: Role = SUPPLIER,
    commodity: Commodity = Commodity.ELECTRICITY,
    now: datetime = NOW,
) -> Enquiry:
    """Send an enquiry."""
    return services.submit_enquiry(
        sender=cast.participant(sender),
        role=role,
        commodity=commodity,
        request=given or request(),
        by=By(technical_user=f"{sender}-test"),
        now=now,
    )


def change(
    enquiry_id: UUID, *, sender: str = SUN, role: Role = SUPPLIER, now: datetime = NOW, **changes: Any
) -> Enquiry:
    """Change an enquiry."""
    return services.change_enquiry(
        sender=cast.participant(sender),
        role=role,
        commodity=Commodity.ELECTRICITY,
        enquiry_id=enquiry_id,
        change=RequestChange(**changes),
        by=By(technical_user=f"{sender}-test"),
        now=now,
    )


def answer(
    enquiry_id: UUID,
    status: Status = Status.OPEN,
    comment: str = "",
    *,
    receiver: str = NORTH,
    role: Role = OPERATOR,
    now: datetime = NOW,
) -> Enquiry:
    """Answer an enquiry."""
    return services.answer_enquiry(
        receiver=cast.participant(receiver),
        role=role,
        commodity=Commodity.ELECTRICITY,
        enquiry_id=enquiry_id,
        response=Response(status, comment),
        by=By(technical_user=f"{receiver}-test"),
        now=now,
    )


def change_answer(
    enquiry_id: UUID | None = None,
    response_id: UUID | None = None,
    *,
    receiver: str = NORTH,
    role: Role = OPERATOR,
    now: datetime = NOW,
    **changes: Any,
) -> Enquiry:
    """Change an answer."""
    return services.change_answer(
        receiver=cast.participant(receiver),
        role=role,
        commodity=Commodity.ELECTRICITY,
        enquiry_id=enquiry_id,
        response_id=response_id,
        change=ResponseChange(**changes),
        by=By(technical_user=f"{receiver}-test"),
        now=now,
    )


def refused(act: Callable[[], object]) -> list[str]:
    """Give the last words of the codes with which an act is refused; none if it is not."""
    try:
        act()
    except DomainError as error:
        return [fault.code.name.rpartition(".")[2] for fault in error.faults]
    return []


# --- over the wire ------------------------------------------------------------------------------------------------


def form(**more: Any) -> dict[str, Any]:
    """Give a `directMessageRequest` about Jaan's house; a field that is None is left out."""
    whole = {"meterEic": HOUSE, "customerEic": JAAN, "topic": "DATA", "requestStatus": "OPEN", **more}
    return {name: value for name, value in whole.items() if value is not None}


def send(method: str, path: str, body: dict[str, Any], *, who: str, role: str | None = None, **more: Any) -> Any:
    """Send a body to a path behind `/direct-messages` as a supplier or an operator."""
    usual = SUPPLIER if who in (SUN, WIND) else OPERATOR
    return api(who).send(method, PATH + path, body, role=role or usual, **more)


def asked(*, who: str = SUN, **fields: Any) -> str:
    """Send an enquiry; give its id."""
    response = send("POST", "", {"directMessageRequest": form(**fields)}, who=who)
    assert response.status_code == 201, response.content
    return str(response.json())


def answered(enquiry: str, status: str = "OPEN", comment: str = "Soon.", *, who: str = NORTH) -> str:
    """Answer an enquiry; give the response's id."""
    sent = {"requestStatus": status, "responseComment": comment}
    response = send("POST", "/response", {"messageRequestId": enquiry, "directMessageResponse": sent}, who=who)
    assert response.status_code == 201, response.content
    return str(response.json())


def search(attributes: dict[str, Any] | None = None, *, who: str, role: str | None = None, **more: Any) -> Any:
    """Search; give the answer."""
    response = send("POST", "/search", {"directMessageAttributes": attributes or {}, **more}, who=who, role=role)
    assert response.status_code == 200, response.content
    return response.json()


def scan(since: str, *, who: str, role: str | None = None) -> list[dict[str, Any]]:
    """Scan behind an instant; give what there is."""
    response = send("POST", "/change", {"updatePeriodStart": since}, who=who, role=role)
    assert response.status_code == 200, response.content
    return list(response.json())


def faults(response: Any) -> list[tuple[str, str]]:
    """Give the code's last word and the first argument of each fault."""
    cause = response.json()["cause"]
    return [(one["code"].rpartition(".")[2], one["args"][0]) for one in [cause, *cause.get("others", [])]]
