"""A table of many connection requests, filled past the services."""

from datetime import datetime

from django.db import connection

from datahub.parties.models import Party
from tests.agreements.market import NORTH, SOUTH, SUN, WIND

# Of ten requests four are SUN's and four NORTH's, spread over the last years. Every second one was done a minute after
# it was sent, the others were cancelled, but for one in 50 that waits: planned, refused or not answered.
_FILL = """
INSERT INTO connections (id, response_id, commodity, sender_id, receiver_id, meter_eic, customer_eic, request_comment,
    response_comment, created_at, request_changed_at, response_changed_at, changed_at, requested_state, reason,
    preferred_date, response_state, response_reason, estimated_date, ended_at)
SELECT md5(n::text)::uuid, CASE WHEN answer <> '' THEN md5('r' || n)::uuid END, 'ELECTRICITY',
    CASE WHEN n %% 10 < 4 THEN %(sun)s ELSE %(wind)s END, CASE WHEN n / 7 %% 10 < 4 THEN %(north)s ELSE %(south)s END,
    '38ZGO-' || n / 20, '38X-AVP-' || n %% 7000, 'Request ' || n || ' ' || md5(n::text),
    CASE WHEN answer <> '' THEN 'Answer ' || n || ' ' || md5('a' || n) ELSE '' END, at, at, answered_at,
    coalesce(answered_at, at),
    CASE WHEN is_cancelled THEN 'CANCELLED' WHEN n %% 8 < 4 THEN 'DISCONNECTED' ELSE 'CONNECTED' END,
    CASE WHEN n %% 8 < 4 THEN 'DEBT' WHEN n %% 8 < 7 THEN 'DEBT_PAID' ELSE 'NEW_AGREEMENT' END,
    (at + interval '7 days')::date, answer, CASE WHEN answer = 'REFUSED' THEN 'FAULT' ELSE '' END,
    CASE WHEN answer NOT IN ('', 'REFUSED') THEN (at + interval '8 days')::date END,
    CASE WHEN is_cancelled OR n %% 2 = 0 THEN coalesce(answered_at, at) END
FROM (SELECT *, CASE WHEN answer <> '' THEN at + interval '1 minute' END AS answered_at
      FROM (SELECT n, %(now)s::timestamptz - (%(rows)s - n + 6) * (interval '1500 days' / %(rows)s) AS at,
                   n %% 2 = 1 AND n %% 50 <> 1 AS is_cancelled,
                   CASE WHEN n %% 2 = 0 THEN CASE WHEN n %% 8 < 4 THEN 'DISCONNECTED' ELSE 'CONNECTED' END
                        WHEN n %% 200 = 51 THEN 'REFUSED' WHEN n %% 200 = 101 THEN 'PLANNED' ELSE '' END AS answer
            FROM generate_series(1, %(rows)s) n) numbered) answered
"""


def fill(rows: int, *, now: datetime) -> None:
    """Fill the table with so many requests of the last four years."""
    keys = dict(Party.objects.values_list("eic", "pk"))
    named = {"sun": keys[SUN], "wind": keys[WIND], "north": keys[NORTH], "south": keys[SOUTH]}
    with connection.cursor() as cursor:
        cursor.execute(_FILL, {"rows": rows, "now": now, **named})
        cursor.execute("VACUUM ANALYZE connections")
