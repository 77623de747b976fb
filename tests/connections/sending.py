"""Connection requests over the wire, as the two sides' systems send them."""

from typing import Any

from datahub.market import Commodity, Role
from tests.agreements.market import HOUSE, MARI, NORTH, SUN
from tests.api import api, technical_user

PATH = "/api/v1/connection-state"


def request(**changes: Any) -> dict[str, Any]:
    """Describe a request; what is changed to None is left out."""
    body = {
        "serviceProviderEic": NORTH,
        "meterEic": HOUSE,
        "customerEic": MARI,
        "requestedConnectionState": "DISCONNECTED",
        "requestReason": "DEBT",
        "preferredDate": "2026-05-05",
        "requestComment": "Three invoices",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def send(
    method: str,
    path: str,
    fields: dict[str, Any],
    *,
    sender: str = SUN,
    role: str = Role.OPEN_SUPPLIER,
    commodity: str = Commodity.ELECTRICITY,
    **options: Any,
) -> Any:
    """Send a message as a participant in a role."""
    system = api(technical_user(sender))
    return system.send(method, PATH + path, fields, role=role, commodity=commodity, **options)


def ask(fields: dict[str, Any] | None = None, **options: Any) -> Any:
    """Send a request."""
    return send("POST", "", {"connectionStateRequest": request() if fields is None else fields}, **options)


def change(request_id: str, fields: dict[str, Any], **options: Any) -> Any:
    """Send a change of a request."""
    body = {"connectionStateRequestId": request_id, "connectionStateRequestChange": fields}
    return send("PUT", "", body, **options)


def as_operator(method: str, path: str, fields: dict[str, Any], **options: Any) -> Any:
    """Send a message as the operator that was asked."""
    return send(method, path, fields, **{"sender": NORTH, "role": Role.GRID_OPERATOR, **options})


def answer(request_id: str, fields: dict[str, Any] | None = None, **options: Any) -> Any:
    """Send an answer, or a plan for the 12th of May."""
    given = {"responseConnectionState": "PLANNED", "estimatedDate": "2026-05-12"} if fields is None else fields
    body = {"connectionStateRequestId": request_id, "connectionStateResponse": given}
    return as_operator("POST", "/response", body, **options)


def reanswer(ids: dict[str, str], fields: dict[str, Any], **options: Any) -> Any:
    """Send a change of an answer."""
    return as_operator("PUT", "/response", {**ids, "connectionStateResponseChange": fields}, **options)


def search(attributes: dict[str, Any] | None = None, **options: Any) -> Any:
    """Search as the supplier, or as who is named."""
    pagination = options.pop("pagination", None)
    body = {"connectionStateAttributes": attributes, "pagination": pagination}
    return send("POST", "/search", {name: value for name, value in body.items() if value is not None}, **options)


def scan(since: str, **options: Any) -> Any:
    """Scan as the supplier, or as who is named."""
    return send("POST", "/change", {"updatePeriodStart": since}, **options)


def codes(response: Any) -> list[str]:
    """Give the last words of the codes of a refusal."""
    cause = response.json()["cause"]
    return [fault["code"].rpartition(".")[2] for fault in (cause, *cause.get("others", ()))]
