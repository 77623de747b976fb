"""Searching the authorizations that a participant was given. Source: `4-exchanges.md`, "Customer authorizations".

Whoever was given one finds it, in the role and commodity in which it was given; nobody else learns that there is one.
The customer's name is seen while it is valid; before and after, its EIC and its type, which the message told too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from datahub.access import selectors
from datahub.access.filters import filter_authorizations
from datahub.access.models import CustomerAuthorization
from datahub.access.pages import Found
from datahub.access.services.access_log import Read, log_read
from datahub.market import Commodity, PartyType, Role, SourceType
from datahub.parties import selectors as parties
from datahub.parties.models import Party
from datahub.parties.rules import EVERY_NAME, Value

SERVICE = "customer-authorization"


@dataclass(frozen=True, slots=True)
class FoundAuthorization:
    """An authorization with what its holder may see of the customer: its type, and its names while that is valid."""

    authorization: CustomerAuthorization
    type: PartyType
    names: Sequence[Value]


def search_authorizations(
    *, participant: Party, role: Role, commodity: Commodity, attributes: Mapping[str, Any], now: datetime
) -> Found[CustomerAuthorization]:
    """Find the authorizations, by start, then id, that a participant was given and that match validated `attributes`.

    Those valid now; where `periodStart` or `periodEnd` is among them, those valid at some time from the one up to the
    other instead.
    """
    given = selectors.given_authorizations(participant, role, commodity)
    found = filter_authorizations(given, attributes)
    start, end = attributes.get("periodStart"), attributes.get("periodEnd")
    if start is None and end is None:
        wanted, begun = found.valid_at(now), found.filter(valid_from__lte=now)
        start = now
    else:
        wanted, begun = found.overlapping(start, end), found.overlapping(None, end)
    # Counted by when they end, so that those that have ended are passed over without being read.
    parts = (
        begun.filter(valid_to__isnull=True),
        begun.filter(valid_to__isnull=False) if start is None else begun.filter(valid_to__gt=start),
    )
    rows = CustomerAuthorization.objects.select_related("customer", "point")
    return Found(wanted.order_by("valid_from", "id"), rows, parts)


def read_authorizations(
    *,
    participant: Party,
    role: Role,
    commodity: Commodity,
    authorizations: Iterable[CustomerAuthorization],
    now: datetime,
    technical_user: str,
) -> list[FoundAuthorization]:
    """Give found authorizations with what may be seen of their customers, and log the read of each."""
    authorizations = list(authorizations)
    valid = {given.pk for given in authorizations if given.is_valid_at(now)}
    log_read(
        participant=participant,
        role=role,
        commodity=commodity,
        service=SERVICE,
        reads=[
            Read(
                given.customer.eic,
                given.point.eic,
                ground=SourceType.PERMISSION if given.pk in valid else None,
                authorization=given.pk,
            )
            for given in authorizations
            if given.customer_id != participant.pk
        ],
        now=now,
        technical_user=technical_user,
    )
    # Asked whether or not one is valid, so that there are always as many queries.
    names = _names_now({given.customer_id for given in authorizations if given.pk in valid}, now)
    return [
        FoundAuthorization(
            given, PartyType(given.customer.type), names.get(given.customer_id, []) if given.pk in valid else ()
        )
        for given in authorizations
    ]


def _names_now(customers: Iterable[int], now: datetime) -> dict[int, list[Value]]:
    values = parties.values_of_parties(customers)
    return {
        customer: [value for value in known if value.type in EVERY_NAME and value.valid_at(now)]
        for customer, known in values.items()
    }
