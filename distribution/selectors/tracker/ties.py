"""By which agreement a participant serves the customer where it saw her data: her own agreements, and no one else's."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from datahub.market import AgreementType
from datahub.parties.models import Party
from datahub.periods import Period

# A general service that has not started is kept quiet. What follows at once on another of its kind goes on with it.
_TIES = """
SELECT provider, role, commodity, type, lower(time), upper(time), array_agg(DISTINCT place)
FROM (
    SELECT p.eic AS provider, a.service_provider_role AS role, a.commodity, a.type, m.eic AS place,
           unnest(range_agg(tstzrange(a.valid_from, a.valid_to))) AS time
    FROM (
        SELECT service_provider_id, service_provider_role, commodity, valid_from, valid_to, point_id, parent_point_id,
               CASE type WHEN 'BORDER_SUPPLY' THEN 'SUPPLY' ELSE type END AS type
        FROM agreements_agreement
        WHERE customer_id = %(customer)s AND deleted_at IS NULL
          AND type IN ('SUPPLY', 'BORDER_SUPPLY', 'GENERAL_SERVICE', 'AGGREGATION')
          AND NOT (type = 'GENERAL_SERVICE' AND valid_from > %(now)s)
    ) AS a
    JOIN parties_party p ON p.id = a.service_provider_id
    JOIN metering_point m ON m.id IN (a.point_id, a.parent_point_id)
    {of_participants}
    GROUP BY p.eic, a.service_provider_role, a.commodity, a.type, m.eic
) AS of_places
GROUP BY provider, role, commodity, type, time
"""


class Tie(NamedTuple):
    """An agreement with the customer, or several that follow at once on each other: of what type and when.

    `type` is SUPPLY also for a border supply, GENERAL_SERVICE or AGGREGATION.
    """

    type: AgreementType
    period: Period


@dataclass(frozen=True, slots=True)
class Ties:
    """What ties participants to a customer: by EIC, role and commodity, then by place."""

    known: dict[tuple[str, str, str], dict[str, list[Tie]]]

    def of(self, participant: tuple[str, str, str], places: Collection[str], *, at: datetime) -> Sequence[Tie]:
        """Give what let a participant (EIC, role, commodity) see places at a moment, none where a place has none known.

        Without places: what tied it to the customer wherever that was.
        """
        by_place = self.known.get(participant, {})
        found = [_of_then(by_place.get(place, ()), at) for place in places or by_place]
        if places:
            return [] if None in found else _different(found)
        # It knew her by any of them.
        return _different(found)


def find_ties(customer: Party, *, now: datetime, participants: Collection[str] | None = None) -> Ties:
    """Give what ties participants (EICs; None: all) to a customer, in one statement."""
    known: dict[tuple[str, str, str], dict[str, list[Tie]]] = {}
    statement = _TIES.format(of_participants="" if participants is None else "WHERE p.eic = ANY(%(participants)s)")
    with connection.cursor() as cursor:
        cursor.execute(statement, {"customer": customer.pk, "now": now, "participants": list(participants or ())})
        for eic, role, commodity, kind, start, end, places in cursor.fetchall():
            by_place = known.setdefault((eic, role, commodity), {})
            for place in places:
                by_place.setdefault(place, []).append(Tie(AgreementType(kind), Period(start, end)))
    return Ties(known)


def _of_then(ties: Sequence[Tie], at: datetime) -> Tie | None:
    """Give the tie that was valid at a moment; else the only one that began later or had ended before."""
    valid = [tie for tie in ties if at in tie.period]
    if valid:
        return valid[0] if len(valid) == 1 else None
    later = [tie for tie in ties if tie.period.start > at]
    former = [tie for tie in ties if tie.period.start <= at]
    if later and former:
        # Either may have been the reason.
        return None
    if later:
        return min(later, key=lambda tie: tie.period.start)
    return max(former, key=lambda tie: tie.period.start, default=None)


def _different(found: Sequence[Tie | None]) -> Sequence[Tie]:
    return sorted({tie for tie in found if tie is not None}, key=lambda tie: (tie.period.start, tie.type))
