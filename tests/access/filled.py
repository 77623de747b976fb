"""A random market full of everything that services give: readings, bills, names, exchanges, documents, messages.

Each thing says in itself whose it is, so that whatever comes back can be held against who may see it.
"""

import json
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from connections.models import ConnectionRequest
from datahub import partitions
from datahub.bills.models import NETWORK_BILLS, NetworkBill
from datahub.market import Commodity, IdentityType, MetadataType, Role
from datahub.metering.models import MeterDataDocument
from datahub.metering.models.readings import READING_DAYS
from datahub.parties.models import Identity, Metadata
from distribution.models import Address, LogState, Message
from enquiries.models import Enquiry
from tests.access.built import Built
from tests.access.random_market import BOUNDS, CUSTOMERS, POINTS, READERS, SUPPLIERS, YEAR_AGO
from tests.agreements.market import BAKERY, BEGINNING, GAS, JAAN, MARI, NORTH, NOW, SOUTH
from tests.metering import messages

SPACE = UUID("6b1f3d4e-3c9c-4a44-9a53-1c0b9b1e7d10")
# Starts of intervals and of bills: what holds at one of these instants holds to the end of both.
INSTANTS = [t for t in BOUNDS if t == YEAR_AGO or (t.minute == t.second == 0 and t != NOW)]
BILLED = timedelta(hours=2)
PEOPLE = {MARI: "47101010033", JAAN: "38502030021", BAKERY: "49005052718"}
_EXCHANGES = 40
_MESSAGES = 3

# Who takes part in an exchange: the participant, the role, the commodity.
Side = tuple[str, str, Commodity]


@dataclass
class Filled:
    """What there is beside what was built, each with whom it belongs to."""

    built: Built
    amounts: dict[tuple[str, datetime], float] = field(default_factory=dict)
    enquiries: dict[str, tuple[Side, list[Side]]] = field(default_factory=dict)
    requests: dict[str, tuple[Side, list[Side]]] = field(default_factory=dict)
    documents: dict[str, Side] = field(default_factory=dict)
    messages: dict[int, Side] = field(default_factory=dict)


def fill(built: Built, seed: int) -> Filled:
    """Put everything into a market."""
    filled = Filled(built)
    dice = random.Random(seed)  # noqa: S311
    for table in (READING_DAYS, NETWORK_BILLS):
        partitions.ensure(table, since=BOUNDS[0].date() - timedelta(days=1), until=BOUNDS[-1].date())
    _readings(filled)
    _bills(filled)
    _people(built)
    _exchanges(filled, dice)
    _messages(filled)
    return filled


def _owned_by(side: Side) -> list[str]:
    return [eic for eic, (commodity, owner, role, _) in POINTS.items() if (owner, role, commodity) == side]


def _readings(filled: Filled) -> None:
    """Let each owner send one interval of each of its points at each instant, as it comes."""
    owners = sorted({(owner, role, commodity) for commodity, owner, role, _ in POINTS.values()})
    for number, t in enumerate(INSTANTS):
        for side in owners:
            owner, role, commodity = side
            elements = []
            for eic in _owned_by(side):
                amount = list(POINTS).index(eic) + 1 + number / 1000
                filled.amounts[eic, t] = amount
                resolution = "PT1H" if commodity == GAS else "PT15M"
                elements.append(messages.element(eic, messages.period(resolution, [(t, None, _quantity(amount))])))
            document = messages.send(
                *elements,
                sender=filled.built.parties[owner],
                role=Role(role),
                commodity=commodity,
                now=t + timedelta(hours=3),
                identification=uuid5(SPACE, f"{side} {t}"),
            )
            assert document.faults == [], document.faults
    for side in owners:
        document = messages.accept(
            messages.element(_owned_by(side)[0], messages.period("PT1H", [(NOW, None, _quantity(1))])),
            sender=filled.built.parties[side[0]],
            role=Role(side[1]),
            commodity=side[2],
            now=NOW - timedelta(minutes=1),
            identification=uuid5(SPACE, f"{side} waits"),
        )
        filled.documents[str(document.identification)] = side
    assert MeterDataDocument.objects.count() == len(owners) * (len(INSTANTS) + 1)


def _quantity(amount: float) -> dict[str, Any]:
    return messages.quantity(amount, read_at=None)


def _bills(filled: Filled) -> None:
    NetworkBill.objects.bulk_create(
        NetworkBill(
            point=point,
            period_start=t,
            period_end=t + BILLED,
            calculated_at=t + BILLED,
            directions=["OUT"],
            body=json.dumps({"meterEic": eic, "networkBillPeriod": {"periodStart": messages.stamp(t)}}),
            sender=point.owner,
            saved_at=t + BILLED,
        )
        for eic, point in filled.built.points.items()
        for t in INSTANTS
    )


def _people(built: Built) -> None:
    """Give each customer a name, a code, and how it is billed and reached."""
    values = {
        "FIRST_NAME": "First",
        "LAST_NAME": "Last",
        "EMAIL": "mail",
        "PHONE": "phone",
        "BILLING_ADDRESS": "street",
    }
    for eic, code in PEOPLE.items():
        Metadata.objects.bulk_create(
            Metadata(party=built.parties[eic], type=MetadataType(kind), value=f"{value} of {eic}", valid_from=BEGINNING)
            for kind, value in values.items()
        )
        Identity.objects.create(party=built.parties[eic], type=IdentityType.PERSONAL_ID, value=code, country="EE")


def _exchanges(filled: Filled, dice: random.Random) -> None:
    parties = filled.built.parties
    for number in range(_EXCHANGES):
        commodity = dice.choice([*Commodity])
        sender, receiver = dice.choice(SUPPLIERS[commodity]), dice.choice([NORTH, SOUTH])
        key = uuid5(SPACE, f"exchange {number}")
        at = NOW - timedelta(minutes=number + 1)
        answered = number % 2 == 0
        common: dict[str, Any] = {
            "id": key,
            "commodity": commodity,
            "meter_eic": dice.choice([eic for eic, point in POINTS.items() if point[0] == commodity]),
            "customer_eic": dice.choice(CUSTOMERS[:3]),
            "sender": parties[sender],
            "receiver": parties[receiver],
            "created_at": at,
            "request_changed_at": at,
            "changed_at": at + timedelta(seconds=answered),
            "response_id": uuid5(SPACE, f"answer {number}") if answered else None,
            "response_changed_at": at + timedelta(seconds=1) if answered else None,
            "request_comment": f"secret {number}",
        }
        sides = (
            (sender, Role.OPEN_SUPPLIER.value, commodity),
            [(receiver, role.value, commodity) for role in (Role.GRID_OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK)],
        )
        Enquiry.objects.create(**common, topic="DATA", request_status="OPEN")
        filled.enquiries[str(key)] = sides
        ConnectionRequest.objects.create(
            **common,
            # Of one point, customer and operator one may be open: what is not answered was cancelled.
            requested_state="DISCONNECTED" if answered else "CANCELLED",
            reason="DEBT",
            preferred_date=NOW.date(),
            response_state="DISCONNECTED" if answered else "",
            ended_at=common["changed_at"],
        )
        filled.requests[str(key)] = sides


def _messages(filled: Filled) -> None:
    number = 0
    for eic, role, commodity in READERS:
        address = Address.objects.create(participant_eic=eic, role=role, commodity=commodity)
        for _ in range(_MESSAGES):
            number += 1
            Message.objects.create(
                id=number,
                created_at=NOW - timedelta(minutes=10) + timedelta(seconds=number),
                unit_id=number,
                address=address,
                resource_type="METERING_POINT",
                reason="UPDATE",
                pack_offset=0,
                pack_length=0,
            )
            filled.messages[number] = (eic, str(role), commodity)
    LogState.objects.update(last_id=number, complete_until=NOW, reserved_id=number)
