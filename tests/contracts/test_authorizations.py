"""Authorizations of the demo market on the running hub: told, found, read, and closed to everyone else."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.product import Product

Clients = Callable[..., Client]
ADVISER, SUPPLIER = "ENERGY_SERVICE_PROVIDER", "OPEN_SUPPLIER"


def _told(one: Client) -> list[dict[str, Any]]:
    return [json.loads(message["content"]) for message in one.scan("PERMISSION", after=0)]


def test_what_was_given_is_told_to_its_receiver_and_found_by_it(product: Product, client: Clients) -> None:
    adviser, wind = client(cast.ADVICE, ADVISER), client(cast.WIND, SUPPLIER)
    told = {content["purpose"]: content for content in _told(adviser)}
    # Each was told when it was given, the revoked one too.
    assert set(told) == {"ENERGY_MANAGEMENT", "RESEARCH", "CARBON_ACCOUNTING"}
    assert told["CARBON_ACCOUNTING"]["ownerCustomerType"] == "LEGAL"
    assert "validTo" not in told["CARBON_ACCOUNTING"]
    assert [content["purpose"] for content in _told(wind)] == ["ENERGY_SUPPLY_OFFER"]
    for participant in (cast.SUN, cast.STRANGER, cast.BALANCE, cast.NAMED):
        assert _told(client(participant, SUPPLIER)) == []
    (live,) = adviser.post("/customer-authorization").json()["customerAuthorizations"]
    content = told["ENERGY_MANAGEMENT"]
    for field, name in (("periodStart", "validFrom"), ("periodEnd", "validTo"), ("meterEic", "meteringPointEic")):
        assert live[field] == content[name]
    ever = adviser.post("/customer-authorization/search", periodStart="2000-01-01T00:00Z").json()
    revoked = [one for one in ever["customerAuthorizations"] if "revokedAt" in one]
    assert [one["purpose"] for one in revoked] == ["CARBON_ACCOUNTING"]
    assert len(ever["customerAuthorizations"]) == 3


def test_its_point_is_read_by_the_receiver_and_no_other_point_is(product: Product, client: Clients) -> None:
    adviser = client(cast.ADVICE, ADVISER)
    permitted = {"meterCommon": {"sourceType": ["PERMISSION"]}}
    (point,) = adviser.post("/meter/search", meterAttributes=permitted).json()["meterMetadata"]
    assert point["meteringPoint"]["meterEic"] == cast.HOUSE_OF_MARI
    last = cast.local_midnight(product.made_on)
    period = {"periodStart": (last - timedelta(days=1)).isoformat(), "periodEnd": last.isoformat()}
    read = adviser.post("/meter-data/search", meterEic=cast.HOUSE_OF_MARI, **period)
    assert read.status_code == 200, read.text
    assert read.json()["periods"]
    # Of Jaan's house the time is over, of the bakery's it was revoked, of the flat's another one was told.
    for closed in (cast.HOUSE_OF_JAAN, cast.BAKERY, cast.FLAT_OF_MARI):
        assert adviser.post("/meter-data/search", meterEic=closed, **period).status_code == 404
