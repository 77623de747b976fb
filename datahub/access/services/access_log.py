"""Writes of the access log."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from datahub.access.models import AccessLog
from datahub.market import SourceType
from datahub.parties.models import Party, User


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of one customer: at which point, for which period, on which ground.

    No ground: as a party to it, or by asking before a new supply. `authorization` is the one on which it was read.
    """

    customer_eic: str
    meter_eic: str = ""
    period_from: datetime | None = None
    period_to: datetime | None = None
    ground: SourceType | None = None
    authorization: UUID | None = None


def log_read(
    *,
    participant: Party,
    role: str,
    commodity: str,
    service: str,
    reads: Iterable[Read],
    now: datetime,
    technical_user: str = "",
    user: User | None = None,
) -> None:
    """Log what a participant read of customers' data, in one statement whatever the number of reads.

    `service` is the path of the service below `/api/v1/` ("meter-data/search") or the name of the page ("page:points").
    Who read is a technical user (its client id) or a person, `user`: that stands in the log for the participant and the
    hub's staff; anybody else is told of the participant and its role. Source: `1-market.md`, "Who may see what".
    """
    AccessLog.objects.bulk_create(
        AccessLog(
            read_at=now,
            participant=participant,
            role=role,
            commodity=commodity,
            technical_user=technical_user,
            user=user,
            service=service,
            meter_eic=read.meter_eic,
            customer_eic=read.customer_eic,
            period_from=read.period_from,
            period_to=read.period_to,
            ground=read.ground or "",
            authorization_id=read.authorization,
        )
        for read in reads
    )
