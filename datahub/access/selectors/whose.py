"""Whose metering points are or were, for the hub: who may know it is asked elsewhere (`selectors.customers`)."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from django.db import connection

from datahub.market import AgreementType
from datahub.periods import Period

# Of an aggregation point the agreements above it are read too. As many points as a page has are found each by its code,
# and their few agreements by the point.
_AGREEMENTS = """
SELECT asked.eic, customer.eic, a.type, a.valid_from, a.valid_to
FROM metering_point asked
JOIN agreements_agreement a ON a.point_id = ANY(ARRAY[asked.id, asked.parent_id])
JOIN parties_party customer ON customer.id = a.customer_id
WHERE asked.eic = ANY(%(points)s) AND a.type IN ('GRID', 'BORDER_GRID', 'AGGREGATION') AND a.deleted_at IS NULL
  AND a.valid_from < %(end)s::timestamptz AND (a.valid_to IS NULL OR a.valid_to > %(start)s)
ORDER BY a.valid_from, a.id
"""


class Whose(NamedTuple):
    """Whose a point is in a time; `is_own` says that the agreement is of an aggregation point itself."""

    customer_eic: str
    period: Period
    is_own: bool


def whose(points: Collection[str], within: Period) -> Mapping[str, list[Whose]]:
    """Give by the codes of points whose they are in a period, in one statement.

    By GRID and BORDER_GRID agreements, of an aggregation point by AGGREGATION and those of the point above it. A code
    that no point has is left out.
    """
    found: dict[str, list[Whose]] = defaultdict(list)
    asked: dict[str, Any] = {"points": list(points), "start": within.start, "end": within.end or "infinity"}
    with connection.cursor() as cursor:
        cursor.execute(_AGREEMENTS, asked)
        for point, customer, kind, start, end in cursor.fetchall():
            found[point].append(Whose(customer, Period(start, end), kind == AgreementType.AGGREGATION))
    return found
