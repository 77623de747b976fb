"""Looking through the messages to one address, the newest first. Source: `5-web.md`, "Distribution".

What a scan gives in windows people look through page by page: pages go on behind an id, so that what is told meanwhile
moves none of them. Who may see what, and for how long, is as in scans.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from psycopg.types.numeric import Int8

from datahub.market import ResourceType
from distribution.models import MESSAGES
from distribution.selectors.log import LogEnd, Messages, Window, address_of

# Where a filter is not in an index, so many messages of each type are looked at, and the next page goes on from there.
MOST_LOOKED_AT = 5_000
# Reasons of these types differ; the others are always told as CREATE.
WITH_REASONS = (ResourceType.METERING_POINT, ResourceType.AGREEMENT)
EVERYTHING = Window()
_COLUMNS = "id, created_at, resource_type, reason, pack, pack_offset, pack_length"


class Told(NamedTuple):
    """A message; of its content the `pack` (None if none was ever named) and where it lies in it."""

    id: int
    created_at: datetime
    resource_type: ResourceType
    reason: str
    pack: str | None
    pack_offset: int
    pack_length: int


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for; `reason` is a whole reason, or its beginning where it ends with an underscore.

    Only messages behind the id `after`, or only those before `before`.
    """

    types: Sequence[ResourceType]
    window: Window = EVERYTHING
    reason: str = ""
    before: int | None = None
    after: int | None = None

    @property
    def asked_types(self) -> list[ResourceType]:
        """The types that may have such messages."""
        if self.reason in ("", "CREATE"):
            return list(self.types)
        return [kind for kind in self.types if kind in WITH_REASONS]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page of messages, the newest first.

    `has_older` and `has_newer` say whether there may be more on either side. `looked_to` is the id where looking ended
    before the page was full, None where it did not.
    """

    messages: Sequence[Told]
    has_older: bool
    has_newer: bool
    looked_to: int | None


def browse(*, participant_eic: str, role: str, commodity: str, sought: Sought, size: int, now: datetime) -> Leaf:
    """Give a page of the messages addressed to a participant in a role and commodity."""
    address = address_of((participant_eic, role, commodity), now)
    types = sought.asked_types
    if isinstance(address, LogEnd) or not types:
        return Leaf((), False, False, None)
    forwards = sought.after is not None
    condition, parameters = sought.window.conditions(now)
    if sought.before is not None:
        condition += " AND id < %(before)s"
    if sought.after is not None:
        condition += " AND id > %(after)s"
    order, last, tighter, within = ("ASC", "max", "min", "<=") if forwards else ("DESC", "min", "max", ">=")
    wants_reason = bool(sought.reason)
    limit = MOST_LOOKED_AT if wants_reason else size + 1
    matches = "true"
    if wants_reason:
        matches = "starts_with(reason, %(reason)s)" if sought.reason.endswith("_") else "reason = %(reason)s"
    # Each type is read from the index on its own, as far as a page of it alone would need. It is named in the
    # statement: of a type that it does not know PostgreSQL would sort all messages. Of a type that was cut nothing is
    # known behind its last row: so far all types are shown, and no further.
    looked = " UNION ALL ".join(
        f"(SELECT {_COLUMNS} FROM {MESSAGES.table}"  # noqa: S608
        f" WHERE address_id = %(address)s AND resource_type = '{kind}' AND {condition}"
        " AND id <= (SELECT last_id FROM distribution_log_state)"
        f" ORDER BY id {order} LIMIT %(limit)s)"
        for kind in types
    )
    sql = f"""
WITH looked AS MATERIALIZED (
    {looked}
), cut AS (
    SELECT {tighter}(reached) AS reached FROM (
        SELECT {last}(id) AS reached FROM looked GROUP BY resource_type HAVING count(*) = %(limit)s
    ) full_types
), found AS (
    SELECT {_COLUMNS} FROM looked, cut WHERE {matches} AND (reached IS NULL OR id {within} reached)
    ORDER BY id {order} LIMIT %(page)s
)
SELECT NULL, NULL, NULL, NULL, NULL, reached, NULL FROM cut
UNION ALL SELECT id, created_at, resource_type, reason, pack, pack_offset, pack_length FROM found
"""  # noqa: S608 - our own text
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            {
                **parameters,
                "address": Int8(address),
                "before": sought.before,
                "after": sought.after,
                "reason": sought.reason,
                "limit": limit,
                "page": size + 1,
            },
        )
        (*_, reached, _), *rows = cursor.fetchall()
    found = sorted(
        (Told(row[0], row[1], ResourceType(row[2]), row[3], row[4], row[5], row[6]) for row in rows),
        reverse=not forwards,
    )
    has_more = len(found) > size
    looked_to = None if has_more or not wants_reason else reached
    goes_on = has_more or looked_to is not None
    messages = sorted(found[:size], reverse=True)
    return Leaf(
        messages,
        has_older=goes_on if not forwards else True,
        has_newer=goes_on if forwards else sought.before is not None,
        looked_to=looked_to,
    )


def told_message(*, participant_eic: str, role: str, commodity: str, message_id: int, now: datetime) -> Told | None:
    """Give one of the messages addressed to a participant in a role and commodity, None if it has no such one."""
    leaf = browse(
        participant_eic=participant_eic,
        role=role,
        commodity=commodity,
        sought=Sought(tuple(ResourceType), Window(id_from=message_id, id_to=message_id)),
        size=1,
        now=now,
    )
    return next(iter(leaf.messages), None)


def places_of(messages: Sequence[Told]) -> Messages:
    """Give messages as their contents are fetched by (`content.contents`)."""
    return Messages(
        [message.id for message in messages],
        [message.created_at.isoformat() for message in messages],
        [message.reason for message in messages],
        [message.pack for message in messages],
        [message.pack_offset for message in messages],
        [message.pack_length for message in messages],
    )
