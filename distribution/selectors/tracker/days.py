"""The finer view behind an entry: by local day and place."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from distribution.selectors.tracker.asked import (
    DAYS_OF_TIMES,
    READER,
    READER_ID,
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

_READS = f"""
SELECT day, '{Way.READ}' AS way, {READER}, role, commodity, {WHAT_OF} AS what, ground, authorization_id,
       nullif(meter_eic, '') AS point_eic, times, first_at, last_at
FROM (
    SELECT (read_at AT TIME ZONE 'Europe/Tallinn')::date AS day, participant_id, role, commodity, service, ground,
           authorization_id, meter_eic, count(*) AS times, min(read_at) AS first_at, max(read_at) AS last_at
    FROM access_log WHERE {{of_reads}}{{of_participant}}
    GROUP BY day, participant_id, role, commodity, service, ground, authorization_id, meter_eic
) AS by_service
UNION ALL
SELECT day, '{Way.READ}', {READER_ID}, role, commodity, {WHAT_OF}, ground, %(authorization)s::uuid,
       nullif(meter_eic, ''), again, NULL, NULL
FROM ({repeated(by="day, meter_eic")}) AS repeated
"""  # noqa: S608 - our own text
_TOLD = f"""
SELECT t.day, '{Way.SENT}' AS way, p.id AS participant_id, a.role, a.commodity, {WHAT_OF_TYPE} AS what, e.ground,
       e.authorization_id, m.eic AS point_eic, t.messages AS times, t.first_at, t.last_at,
       t.covers_from, t.covers_to
FROM distribution_told t
JOIN distribution_entitlement e ON e.id = t.entitlement_id
JOIN distribution_address a ON a.id = e.address_id
JOIN parties_party p ON p.eic = a.participant_eic
LEFT JOIN metering_point m ON m.id = t.point_id
WHERE {{of_told}}
"""  # noqa: S608
# The times of a page's days alone are put together.
_TIMES_READ = f"""
SELECT (read_at AT TIME ZONE 'Europe/Tallinn')::date AS day, '{Way.READ}' AS way, {READER}, role, commodity,
       {WHAT_OF} AS what, ground, authorization_id, nullif(meter_eic, '') AS point_eic,
       period_from AS covers_from, period_to AS covers_to
FROM access_log WHERE {{of_reads}}{{of_participant}}
    AND read_at BETWEEN (SELECT min(first_at) FROM page) AND (SELECT max(last_at) FROM page)
"""  # noqa: S608
_TIMES_TOLD = f"{_TOLD} AND t.day BETWEEN (SELECT min(day) FROM page) AND (SELECT max(day) FROM page)"  # noqa: S608
# What several services read of one place on one day is one row.
_DAYS = f"""
WITH page AS MATERIALIZED (
    SELECT day, point_eic, what, sum(times)::bigint AS times, min(first_at) AS first_at, max(last_at) AS last_at,
           array_agg(DISTINCT authorization_id) FILTER (WHERE authorization_id IS NOT NULL) AS authorizations,
           count(*) OVER () AS total
    FROM ({{seen}}) AS seen WHERE {{filters}}
    GROUP BY day, point_eic, what ORDER BY day DESC, max(last_at) DESC, point_eic, what
    LIMIT %(size)s OFFSET %(offset)s
), covered AS (
    SELECT day, point_eic, what, {DAYS_OF_TIMES.format(times="covers")} AS days
    FROM (
        SELECT day, point_eic, what, {TIMES.format(start="covers_from", end="covers_to")} AS covers
        FROM ({{times}}) AS times WHERE {{filters}} GROUP BY day, point_eic, what
    ) AS of_days
)
SELECT page.day, page.point_eic, page.what, times, first_at, last_at,
       range_merge(days), ARRAY(SELECT unnest(days) LIMIT {TIMES_NAMED + 1}),
       coalesce(authorizations, '{{{{}}}}'), total
FROM page
LEFT JOIN covered ON covered.day = page.day AND covered.what = page.what
    AND coalesce(covered.point_eic, '') = coalesce(page.point_eic, '')
ORDER BY page.day DESC, last_at DESC, page.point_eic, page.what
"""  # noqa: S608


class Day(NamedTuple):
    """What was seen of one place (None: of none) on one local day."""

    day: date
    point_eic: str | None
    what: What
    times: int
    first_at: datetime
    last_at: datetime
    covers: Covered | None
    authorizations: Sequence[UUID]


class DayPage(NamedTuple):
    """Some of the days of an entry, newest first."""

    days: list[Day]
    total: int


def find_days(asked: Asked, *, offset: int, size: int) -> DayPage:
    """Give the days and places of what was seen in one way, which is asked for (`asked.way`)."""
    seen, times = (_TOLD, _TIMES_TOLD) if asked.way == Way.SENT else (_READS, _TIMES_READ)
    of_participant = "" if asked.participant_id is None else f" AND {READER_ID} = %(participant)s"
    of_log = {
        "of_reads": asked.of_reads,
        "of_rows": f"{asked.of_rows}{of_participant}",
        "of_told": asked.of_told,
        "of_participant": of_participant,
    }
    statement = _DAYS.format(seen=seen.format(**of_log), times=times.format(**of_log), filters=asked.filters)
    rows = fetched(statement, {**asked.parameters, "size": size, "offset": offset})
    days = [
        Day(day, point, What(what), times, first, last, covered_days(What(what), whole, parts), authorizations)
        for day, point, what, times, first, last, whole, parts, authorizations, _ in rows
    ]
    return DayPage(days, rows[0][-1] if rows else 0)
