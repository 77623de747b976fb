"""What is asked over the API by who was given authorizations, in a house whose customer has changed."""

from datetime import datetime, timedelta
from typing import Any

import time_machine

from datahub.access.models import AccessLog
from datahub.market import Commodity, Role
from tests.access.giving import ADVICE, ADVISER
from tests.agreements import market
from tests.agreements.market import (
    MARI,
    NOW,
    day,
)
from tests.api import api

ELECTRICITY = market.ELECTRICITY
FIRST, MOVED_IN, LAST = day(2026, 4, 1), day(2026, 4, 20), day(2026, 5, 3)
INSTANT = timedelta(microseconds=1)
UNKNOWN = "38ZGO-10000018-5"


def post(
    path: str,
    fields: dict[str, Any],
    who: str = ADVICE,
    role: Role = ADVISER,
    commodity: Commodity = ELECTRICITY,
    at: datetime = NOW,
) -> Any:
    """Send a message."""
    with time_machine.travel(at, tick=False):
        return api(who).post(f"/api/v1/{path}", fields, role=role, commodity=commodity)


def points(*who: Any, source: str | None = "PERMISSION", customer: str | None = None, **how: Any) -> list[Any]:
    """Give the points found: code, grounds, customer."""
    common = {} if source is None else {"sourceType": [source]}
    if "eic" in how:
        common["meterEic"] = how.pop("eic")
    attributes: dict[str, Any] = {"meterCommon": common} if common else {}
    if customer is not None:
        attributes["customerEic"] = customer
    answer = post("meter/search", {"meterAttributes": attributes}, *who, **how)
    assert answer.status_code == 200, answer.content
    return [
        (one["meteringPoint"]["meterEic"], one["meteringPoint"]["sourceType"], one.get("customerEic"))
        for one in answer.json()["meterMetadata"]
    ]


def customer(who: str = ADVICE, role: Role = ADVISER, *, active_only: bool | None = None, **how: Any) -> dict[str, Any]:
    """Give Mari as she is found by her code."""
    criteria: dict[str, Any] = {"searchCriteria": {"identityType": "EIC", "identityValue": MARI}}
    if active_only is not None:
        criteria["activeOnly"] = active_only
    answer = post("customer/search", criteria, who, role, **how)
    assert answer.status_code == 200, answer.content
    (one,) = answer.json()["identities"]
    return dict(one)


def logged(service: str) -> list[tuple[Any, ...]]:
    """Give the rows of the access log of a service: customer, point, ground, authorization."""
    rows = AccessLog.objects.filter(service=service).order_by("id")
    return list(rows.values_list("customer_eic", "meter_eic", "ground", "authorization_id"))
