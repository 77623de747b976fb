"""A customer's life on the running hub: registered, found, changed, told, each content in the published form."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from tests.contracts import forms
from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.product import Product

Clients = Callable[..., Client]
MARI = "38X-AVP-ZW6700C6"


def _told(one: Client, phone: str) -> list[dict[str, Any]]:
    contents = [json.loads(message["content"]) for message in one.scan("CUSTOMER_DATA", after=0)]
    return [content for content in contents if phone in json.dumps(content)]


def test_a_phone_reaches_the_named_supplier_alone(product: Product, client: Clients) -> None:
    phone = f"+372{uuid4().int % 10**8:08d}"
    grid = client(cast.NORTH_GRID, "GRID_OPERATOR")
    answer = grid.put("/customer", customer=forms.customer_change(MARI, phone))
    assert answer.status_code == 200, answer.text
    product.settle()
    (content,) = _told(client(cast.NAMED, "OPEN_SUPPLIER"), phone)
    assert content["customerEic"] == MARI
    assert {"FIRST_NAME", "PHONE"} <= {value["metadataType"] for value in content["customerMetadata"]}
    for other in (grid, client(cast.SUN, "OPEN_SUPPLIER"), client(cast.BALANCE, "OPEN_SUPPLIER")):
        assert _told(other, phone) == []


def test_a_name_reaches_who_provides_to_the_customer_now_and_only_the_name(product: Product, client: Clients) -> None:
    name = f"Maasikas-{uuid4().hex[:8]}"
    change = forms.customer_change(MARI)
    change["customerMetadata"] = [{"metadataType": "LAST_NAME", "metadataValue": name}]
    named = client(cast.NAMED, "OPEN_SUPPLIER")
    assert named.put("/customer", customer=change).status_code == 200
    product.settle()
    for told in (client(cast.NORTH_GRID, "GRID_OPERATOR"), client(cast.SUN, "OPEN_SUPPLIER")):
        (content,) = _told(told, name)
        assert {value["metadataType"] for value in content["customerMetadata"]} == {"FIRST_NAME", "LAST_NAME"}
    for other in (named, client(cast.WIND, "OPEN_SUPPLIER"), client(cast.BALANCE, "OPEN_SUPPLIER")):
        assert _told(other, name) == []
