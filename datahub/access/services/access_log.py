"""Writes of the access log."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from datahub.market import SourceType
from datahub.parties.models import Party, User

# Written here, since a search may read a thousand customers: a model's instance of each costs more than their search.
_ADD = """
INSERT INTO access_log
    (read_at, participant_id, role, commodity, technical_user, user_id,
     service, meter_eic, customer_eic, period_from, period_to, ground, authorization_id)
SELECT %s, %s::bigint, %s, %s, %s, %s::bigint, *
FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::uuid[])
"""


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
    of_all = (now, participant.pk, role, commodity, technical_user, None if user is None else user.pk)
    _add(of_all, [(service, read) for read in reads])


def log_looks_of_staff(*, user: User, looks: Iterable[tuple[str, Read]], now: datetime) -> None:
    """Log what one of the hub's staff looked at of customers' data, in one statement: each with its page's service.

    Staff look for no participant, in no role and on no ground. Customers are told that it was staff; who of them it was
    stands in the log for the hub alone.
    """
    _add((now, None, "", "", "", user.pk), list(looks))


def _add(of_all: tuple[Any, ...], reads: Sequence[tuple[str, Read]]) -> None:
    if not reads:
        return
    of_each = zip(
        *(
            (
                service,
                read.meter_eic,
                read.customer_eic,
                read.period_from,
                read.period_to,
                read.ground or "",
                read.authorization,
            )
            for service, read in reads
        ),
        strict=True,
    )
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [*of_all, *(list(values) for values in of_each)])
