"""The log of whose data was told to whom: kept with the messages, in their transaction, exactly once as they are.

Source: `1-market.md`, "Who may see what".
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q

from datahub.database.arrays import array
from datahub.market_time import day_of
from datahub.periods import Period
from distribution.models import Entitlement
from distribution.rules.facts import Recipient
from distribution.services.work.waiting import Told

# Rows are locked in one order, so that two workers wait for one another and not both. Parties are never deleted.
_KEEP = """
INSERT INTO distribution_told AS t
    (customer_id, day, entitlement_id, point_id, messages, first_at, last_at, covers_from, covers_to)
SELECT c.id, %(day)s, n.entitlement, p.id, n.messages, %(now)s, %(now)s, n.covers_from, n.covers_to
FROM unnest(%(customers)s::text[], %(points)s::text[], %(entitlements)s::integer[], %(messages)s::integer[],
            %(starts)s::timestamptz[], %(ends)s::timestamptz[])
    AS n (customer, point, entitlement, messages, covers_from, covers_to)
JOIN parties_party c ON c.eic = n.customer LEFT JOIN metering_point p ON p.eic = n.point
ORDER BY c.id, n.entitlement, p.id
ON CONFLICT (customer_id, day, entitlement_id, point_id) DO UPDATE SET
    messages = t.messages + excluded.messages,
    first_at = least(t.first_at, excluded.first_at),
    last_at = greatest(t.last_at, excluded.last_at),
    covers_from = least(t.covers_from, excluded.covers_from),
    covers_to = greatest(t.covers_to, excluded.covers_to)
"""

# An entitlement as it stands in its table: to whom (an address), the authorization told, the kind, the ground.
_Entitlement = tuple[int, UUID | None, str, str]
# What a row is told of: the entitlement, the customer's EIC, the point's.
_Key = tuple[_Entitlement, str, str | None]


class _Sum:
    """What one row of the log counts up in a batch."""

    __slots__ = ("end", "last", "messages", "start")

    def __init__(self) -> None:
        self.messages = 0
        self.last = -1
        self.start: datetime | None = None
        self.end: datetime | None = None

    def add(self, message: int, covers: Period | None) -> None:
        """Count a message, once though it tells several things; widen the time."""
        if self.last != message:
            self.messages += 1
            self.last = message
        if covers is not None:
            start, end = covers
            self.start = start if self.start is None or start < self.start else self.start
            self.end = end if self.end is None or (end is not None and end > self.end) else self.end


def keep(messages: Iterable[Told], *, address_ids: Mapping[Recipient, int], now: datetime) -> None:
    """Log of whose data messages tell that are being staged, as rows of the local day of `now`."""
    sums = _summed(messages, address_ids)
    if not sums:
        return
    ids = _entitlement_ids({entitlement for entitlement, _, _ in sums})
    columns = {
        "customers": array(customer for _, customer, _ in sums),
        "points": array(point for _, _, point in sums),
        "entitlements": array(ids[entitlement] for entitlement, _, _ in sums),
        "messages": array(one.messages for one in sums.values()),
        "starts": array(one.start for one in sums.values()),
        "ends": array(one.end for one in sums.values()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, {"day": day_of(now), "now": now, **columns})


def _summed(messages: Iterable[Told], address_ids: Mapping[Recipient, int]) -> dict[_Key, _Sum]:
    sums: dict[_Key, _Sum] = {}
    for number, told in enumerate(messages):
        for customer, point, grounds, covers, authorization in told.about:
            given = None if authorization is None else UUID(authorization)
            for recipient, ground in grounds.items():
                key = ((address_ids[recipient], given, told.resource_type, ground), customer, point)
                one = sums.get(key)
                if one is None:
                    one = sums[key] = _Sum()
                one.add(number, covers)
    return sums


def _known_entitlements(wanted: Iterable[_Entitlement]) -> dict[_Entitlement, int]:
    wanted = list(wanted)
    authorizations = {authorization for _, authorization, _, _ in wanted if authorization is not None}
    named = Q(authorization_id=None) | Q(authorization_id__in=authorizations)
    rows = Entitlement.objects.filter(named, address__in={address for address, *_ in wanted})
    columns = ("address_id", "authorization_id", "resource_type", "ground")
    return {(a, b, c, d): number for number, a, b, c, d in rows.values_list("id", *columns)}


def _entitlement_ids(wanted: set[_Entitlement]) -> dict[_Entitlement, int]:
    """Give the ids of entitlements; those that are new are added."""
    known = _known_entitlements(wanted)
    unknown = sorted(wanted - known.keys(), key=str)
    if not unknown:
        return known
    Entitlement.objects.bulk_create(
        (
            Entitlement(address_id=address, authorization_id=authorization, resource_type=kind, ground=ground)
            for address, authorization, kind, ground in unknown
        ),
        ignore_conflicts=True,
    )
    return _known_entitlements(wanted)
