"""Changing a customer, which answers with all that is known of it: so it is logged as a read too.

Source: `1-market.md`, "Who may see what".
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from datahub.access.services.access_log import Read, log_read
from datahub.agreements.services import customers
from datahub.agreements.services.customers import Named
from datahub.market import Commodity, CustomerType, Role, SourceType
from datahub.parties.models import Party
from datahub.parties.rules import GivenValue, IdentityFact
from datahub.parties.services.parties import USUAL_PATHS, Paths

SERVICE = "customer"


@transaction.atomic
def change_and_read(
    *,
    participant: Party,
    role: Role,
    commodity: Commodity,
    named: Named,
    customer_type: CustomerType | None = None,
    identities: Sequence[IdentityFact] = (),
    metadata: Sequence[GivenValue] = (),
    now: datetime,
    paths: Paths = USUAL_PATHS,
    technical_user: str = "",
) -> Party:
    """Change a customer for a participant that is answered with the whole of it, and log that read.

    Raises DomainError as `change_customer`; then nothing is read and nothing is logged.
    """
    party = customers.change_customer(
        participant=participant,
        role=role,
        commodity=commodity,
        named=named,
        customer_type=customer_type,
        identities=identities,
        metadata=metadata,
        now=now,
        paths=paths,
    )
    # A supplier changes the customers of its general service, all others those of their GRID agreements.
    ground = SourceType.AGREEMENT if role == Role.OPEN_SUPPLIER else SourceType.OWNERSHIP
    log_read(
        participant=participant,
        role=role,
        commodity=commodity,
        service=SERVICE,
        reads=[Read(party.eic, ground=ground)],
        now=now,
        technical_user=technical_user,
    )
    return party
