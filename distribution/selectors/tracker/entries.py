"""The customer's list: who saw what, in which role and on which ground, a year of hourly reads as one line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from distribution.selectors.tracker.asked import (
    DAYS_OF_TIMES,
    READER,
    READER_ID,
    STAFF,
    TIMES,
    TIMES_NAMED,
    WHAT_OF,
    WHAT_OF_TYPE,
    Asked,
    Covered,
    Way,
    What,
    covered_days,
    fetched,
    repeated,
)

# So many of an entry's places are named; the rest are counted.
PLACES_NAMED = 3
# So many places are offered to choose from.
PLACES_OFFERED = 200
# Of so many authorizations it is said when they were given.
AUTHORIZATIONS_NAMED = 200

# Each log is first brought to one row a point, in one pass; what follows is of few rows.
READS = f"""
SELECT '{Way.READ}' AS way, {READER}, role, commodity, {WHAT_OF} AS what, ground, authorization_id,
       nullif(meter_eic, '') AS point_eic, times, first_at, last_at, covers
FROM (
    SELECT participant_id, role, commodity, service, ground, authorization_id, meter_eic, count(*) AS times,
           min(read_at) AS first_at, max(read_at) AS last_at,
           {TIMES.format(start="period_from", end="period_to")} AS covers
    FROM access_log WHERE {{of_reads}}
    GROUP BY participant_id, role, commodity, service, ground, authorization_id, meter_eic
) AS by_service
"""  # noqa: S608 - our own text
# They are what is asked for, whichever place and authorization that is.
_AGAIN = f"""
SELECT '{Way.READ}', {READER_ID}, role, commodity, {WHAT_OF}, ground, %(authorization)s::uuid, %(point)s::text,
       again, NULL, NULL, NULL
FROM (
    SELECT *, CASE WHEN of_customer THEN '' ELSE '-' END AS meter_eic
    FROM ({repeated(by="of_customer")}) AS by_service
) AS repeated
"""  # noqa: S608
TOLD = f"""
SELECT '{Way.SENT}' AS way, p.id AS participant_id, a.role, a.commodity, {WHAT_OF_TYPE} AS what, e.ground,
       e.authorization_id, m.eic AS point_eic, times, first_at, last_at, covers
FROM (
    SELECT entitlement_id, point_id, sum(messages)::bigint AS times, min(first_at) AS first_at, max(last_at) AS last_at,
           {TIMES.format(start="covers_from", end="covers_to")} AS covers
    FROM distribution_told WHERE {{of_told}}
    GROUP BY entitlement_id, point_id
) AS by_entitlement
JOIN distribution_entitlement e ON e.id = entitlement_id
JOIN distribution_address a ON a.id = e.address_id
JOIN parties_party p ON p.eic = a.participant_eic
LEFT JOIN metering_point m ON m.id = point_id
"""  # noqa: S608
_ENTRIES = f"""
WITH seen AS MATERIALIZED ({READS} UNION ALL {_AGAIN} UNION ALL {TOLD}),
placed AS (
    SELECT *, range_agg(covers) OVER (
        PARTITION BY way, participant_id, role, commodity, what, ground, point_eic
    ) AS of_place
    FROM seen WHERE {{filters}}
), entries AS (
    SELECT way, participant_id, role, commodity, what, ground, sum(times)::bigint AS times,
           min(first_at) AS first_at, max(last_at) AS last_at,
           array_agg(DISTINCT {DAYS_OF_TIMES.format(times="of_place")}) FILTER (WHERE of_place IS NOT NULL) AS covers,
           array_agg(DISTINCT point_eic) FILTER (WHERE point_eic IS NOT NULL) AS places,
           array_agg(DISTINCT authorization_id) FILTER (WHERE authorization_id IS NOT NULL) AS authorizations
    FROM placed
    GROUP BY way, participant_id, role, commodity, what, ground
), page AS (
    SELECT entries.*, coalesce(p.eic, '') AS eic, coalesce(p.name, '') AS name
    FROM entries LEFT JOIN parties_party p ON p.id = participant_id
    ORDER BY last_at DESC, name, what, way, role, commodity, ground LIMIT %(size)s OFFSET %(offset)s
)
SELECT (SELECT coalesce(array_agg(participant_id), '{{{{}}}}') FROM (SELECT DISTINCT participant_id FROM seen) x),
       (SELECT coalesce(array_agg(point_eic), '{{{{}}}}') FROM (
           SELECT DISTINCT point_eic FROM seen WHERE point_eic IS NOT NULL ORDER BY point_eic
           LIMIT {PLACES_OFFERED + 1}
       ) y),
       (SELECT count(*) FROM entries),
       page.way, page.participant_id, page.eic, page.name, page.role, page.commodity, page.what, page.ground,
       page.times, page.first_at, page.last_at,
       (SELECT range_merge(range_agg(one)) FROM unnest(page.covers) AS one),
       CASE WHEN cardinality(page.covers) = 1
            THEN ARRAY(SELECT unnest(page.covers[1]) LIMIT {TIMES_NAMED + 1}) END,
       cardinality(page.places), page.places[1:{PLACES_OFFERED}],
       cardinality(page.authorizations), page.authorizations[1:{AUTHORIZATIONS_NAMED}]
FROM (SELECT) AS always LEFT JOIN page ON true
ORDER BY page.last_at DESC, page.name, page.what, page.way, page.role, page.commodity, page.ground
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Entry:
    """What one participant saw in one role, of one kind, on one ground, in the days asked for.

    `times` counts reads, or messages. `covers` is the time of the readings or bills that was seen. `places_listed` are
    some of the places; `authorizations` the customer's own on which it was seen, at most AUTHORIZATIONS_NAMED. The
    hub's staff are no participant: without code, name, role and ground.
    """

    way: Way
    participant_id: int
    participant_eic: str
    participant_name: str
    role: str
    commodity: str
    what: What
    ground: str
    times: int
    first_at: datetime
    last_at: datetime
    covers: Covered | None
    places: int
    places_listed: Sequence[str]
    authorizations: Sequence[UUID]
    has_more_authorizations: bool = False

    @property
    def places_named(self) -> Sequence[str]:
        """The places that are named; the others are counted."""
        return self.places_listed[:PLACES_NAMED]

    @property
    def is_of_staff(self) -> bool:
        """Whether the hub's staff saw it."""
        return self.participant_id == STAFF


class EntryPage(NamedTuple):
    """Some of the entries, newest last time first; of all in the days: `participants` (ids), places (EICs).

    STAFF may be among the participants. `places` are at most one more than are offered to choose from.
    """

    entries: list[Entry]
    total: int
    participants: list[int]
    places: list[str]


def find_entries(asked: Asked, *, offset: int, size: int) -> EntryPage:
    """Give a page of who saw what of a customer's data, and what the filters may be set to in the days asked for."""
    statement = _ENTRIES.format(
        of_reads=asked.of_reads, of_rows=asked.of_rows, of_told=asked.of_told, filters=asked.filters
    )
    rows = fetched(statement, {**asked.parameters, "size": size, "offset": offset})
    participants, places, total = rows[0][:3]
    return EntryPage([_entry(row[3:]) for row in rows if row[3] is not None], total, participants, places)


def _entry(row: Sequence[Any]) -> Entry:
    way, participant_id, eic, name, role, commodity, what, ground, times, first_at, last_at, *seen = row
    whole, parts, places, listed, authorizations, named = seen
    return Entry(
        Way(way),
        participant_id,
        eic,
        name,
        role,
        commodity,
        What(what),
        ground,
        times,
        first_at,
        last_at,
        covered_days(What(what), whole, parts),
        places or 0,
        listed or [],
        named or [],
        has_more_authorizations=(authorizations or 0) > AUTHORIZATIONS_NAMED,
    )
