"""The finer view behind an entry: by local day and place."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from datahub.periods import Period
from distribution.selectors.tracker.asked import READER, READER_ID, WHAT_OF, WHAT_OF_TYPE, Asked, Way, What, fetched
from distribution.selectors.tracker.entries import covered

_READS = f"""
SELECT day, '{Way.READ}' AS way, {READER}, role, commodity, {WHAT_OF} AS what, ground, authorization_id,
       nullif(meter_eic, '') AS point_eic, times, first_at, last_at, covers_from, covers_to
FROM (
    SELECT (read_at AT TIME ZONE 'Europe/Tallinn')::date AS day, participant_id, role, commodity, service, ground,
           authorization_id, meter_eic, count(*) AS times, min(read_at) AS first_at, max(read_at) AS last_at,
           min(period_from) AS covers_from, max(period_to) AS covers_to
    FROM access_log WHERE {{of_reads}}{{of_participant}}
    GROUP BY day, participant_id, role, commodity, service, ground, authorization_id, meter_eic
) AS by_service
"""  # noqa: S608 - our own text
_TOLD = f"""
SELECT t.day, '{Way.SENT}' AS way, p.id AS participant_id, a.role, a.commodity, {WHAT_OF_TYPE} AS what, e.ground,
       e.authorization_id, m.eic AS point_eic, t.messages AS times, t.first_at, t.last_at, t.covers_from, t.covers_to
FROM distribution_told t
JOIN distribution_entitlement e ON e.id = t.entitlement_id
JOIN distribution_address a ON a.id = e.address_id
JOIN parties_party p ON p.eic = a.participant_eic
LEFT JOIN metering_point m ON m.id = t.point_id
WHERE {{of_told}}
"""  # noqa: S608
# What several services read of one place on one day is one row.
_DAYS = """
SELECT day, point_eic, what, sum(times)::bigint, min(first_at), max(last_at), min(covers_from), max(covers_to),
       count(DISTINCT authorization_id), (array_agg(authorization_id))[1], count(*) OVER ()
FROM ({seen}) AS seen WHERE {filters}
GROUP BY day, point_eic, what ORDER BY day DESC, max(last_at) DESC, point_eic, what LIMIT %(size)s OFFSET %(offset)s
"""


class Day(NamedTuple):
    """What was seen of one place (None: of none) on one local day."""

    day: date
    point_eic: str | None
    what: What
    times: int
    first_at: datetime
    last_at: datetime
    covers: Period | None
    authorization: UUID | None


class DayPage(NamedTuple):
    """Some of the days of an entry, newest first."""

    days: list[Day]
    total: int


def find_days(asked: Asked, *, offset: int, size: int) -> DayPage:
    """Give the days and places of what was seen in one way, which is asked for (`asked.way`)."""
    seen = _TOLD if asked.way == Way.SENT else _READS
    of_participant = "" if asked.participant_id is None else f" AND {READER_ID} = %(participant)s"
    statement = _DAYS.format(
        seen=seen.format(of_reads=asked.of_reads, of_told=asked.of_told, of_participant=of_participant),
        filters=asked.filters,
    )
    rows = fetched(statement, {**asked.parameters, "size": size, "offset": offset})
    days = [
        Day(day, point, What(what), times, first, last, covered(What(what), start, end), only if many == 1 else None)
        for day, point, what, times, first, last, start, end, many, only, _ in rows
    ]
    return DayPage(days, rows[0][-1] if rows else 0)
