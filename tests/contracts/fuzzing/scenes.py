"""What there is in a hub, as its participants find it over the API: whose it is, and what its fields are called."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.product import Product

# Each search with a body that finds all that the sender may see, and where its answer has the objects.
SEARCHES: dict[str, tuple[dict[str, Any], str]] = {
    "/agreement/search": ({"agreementAttributes": {}}, "agreements"),
    "/meter/search": ({"meterAttributes": {}}, "meterMetadata"),
    "/direct-messages/search": ({"pagination": {}}, "directMessages"),
    "/connection-state/search": ({"pagination": {}}, "connectionStates"),
    "/customer-authorization/search": ({"pagination": {}}, "customerAuthorizations"),
}
_FEW = 10
# By what a scene is known as one of a service's own.
_KINDS = {
    "/direct-messages": "messageRequestId",
    "/connection-state": "connectionStateRequestId",
    "/customer-authorization": "authorizationId",
    "/agreement": "agreementType",
    "/meter-data": "meteringPointType",
    "/network-bill": "meteringPointType",
}


@dataclass(frozen=True)
class Sender:
    """Who sends, in which role and for which commodity."""

    participant: str
    role: str
    commodity: str

    @property
    def context(self) -> dict[str, str]:
        """Give the context that every body has."""
        return {
            "marketParticipantIdentification": self.participant,
            "marketParticipantRole": self.role,
            "commodityType": self.commodity,
        }


@dataclass(frozen=True)
class Scene:
    """An object that a sender may see: the values of its fields by their names on the wire."""

    sender: Sender
    values: dict[str, list[Any]]


SENDERS = [Sender(eic, role, commodity) for eic in cast.USERS for role, commodity in cast.roles_of(eic)]


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Give each single value of an object with the name of its field."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, name)
    elif value is not None:
        yield name, value


def _scene(sender: Sender, found: dict[str, Any]) -> Scene:
    values: dict[str, list[Any]] = {}
    for name, value in _leaves(found, ""):
        values.setdefault(name, []).append(value)
    return Scene(sender, values)


def _found(client: Client, path: str) -> list[dict[str, Any]]:
    fields, name = SEARCHES[path]
    if path == "/agreement/search":
        whose = "serviceProviderEic" if client.role != "ENERGY_SERVICE_PROVIDER" else "customerEic"
        fields = {"agreementAttributes": {whose: client.participant}}
    answer = client.post(path, **fields)
    assert answer.status_code == 200, answer.text
    return list(answer.json()[name])


def about(path: str, known: list[Scene]) -> list[Scene]:
    """Give the scenes of the kind that a service is about; all where it is about none alone."""
    name = next((name for prefix, name in _KINDS.items() if path.startswith(f"/api/v1{prefix}")), None)
    return [scene for scene in known if name is None or name in scene.values] or known


def learn(product: Product) -> list[Scene]:
    """Ask each service, in each role of the cast, for what it has; the first and the last of many."""
    scenes = []
    for sender in SENDERS:
        client = Client.of(product.url, sender.participant, sender.role, sender.commodity)
        with client.http:
            for path in SEARCHES:
                found = _found(client, path)
                scenes += [_scene(sender, one) for one in (*found[:_FEW], *found[_FEW:][-_FEW:])]
    # What stands side by side here is chosen alike: of one kind there may be many more than of the others.
    random.Random(0).shuffle(scenes)  # noqa: S311
    return scenes
