"""Enquiries, connection requests and customers' authorizations, a million each: their searches and scans."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.client import Client, Connection
from bench.hub import Hub
from bench.market import Participant
from bench.run import Run, scan_of
from bench.table import Bound, Row, percentile

ANSWER = Bound("at most", must=100, now=100, unit=" ms")
_REPORTED_DAYS = 700
_WORDS = ("arve", "lugem", "voolukatkestus", "tasaarveldus", "leping", "võlgnevus", "arvesti", "liitumine")

_COMMON = """
    id, response_id, commodity, sender_id, receiver_id, meter_eic, customer_eic, request_comment, response_comment,
    created_at, request_changed_at, response_changed_at, changed_at
"""
# Times are spread evenly up to now, each of its own; every second one is answered, a minute after it was asked.
_COMMON_VALUES = """
    gen_random_uuid(), CASE WHEN n %% 2 = 0 THEN gen_random_uuid() END, 'ELECTRICITY',
    (%(senders)s::bigint[])[CASE WHEN n %% 10 < 4 THEN 1 ELSE 2 + n %% (cardinality(%(senders)s::bigint[]) - 1) END],
    (%(receivers)s::bigint[])[CASE WHEN n %% 10 < 4 THEN 1 ELSE 2 END],
    point, customer,
    'Küsimus ' || n || ': ' || (%(words)s::text[])[1 + n %% 8] || ' ' || (%(words)s::text[])[1 + n / 8 %% 8],
    CASE WHEN n %% 2 = 0 THEN 'Vastus ' || n || ': ' || (%(words)s::text[])[1 + n / 64 %% 8] ELSE '' END,
    asked_at, asked_at,
    CASE WHEN n %% 2 = 0 THEN asked_at + interval '1 minute' END,
    asked_at + CASE WHEN n %% 2 = 0 THEN interval '1 minute' ELSE interval '0' END
"""
# Long lists are joined: to find a text in an array takes a walk through it.
_NUMBERS = """
    FROM unnest(%(points)s::text[]) WITH ORDINALITY AS p (point, point_place),
         unnest(%(customers)s::text[]) WITH ORDINALITY AS c (customer, customer_place),
         (SELECT n, %(now)s::timestamptz - (%(rows)s - n) * (%(days)s * interval '1 day' / %(rows)s)
                    - interval '1 hour' + n * interval '1 microsecond' AS asked_at
          FROM generate_series(1, %(rows)s) n) numbered
    WHERE point_place = 1 + n %% cardinality(%(points)s::text[])
      AND customer_place = 1 + n %% cardinality(%(customers)s::text[])
"""
_ENQUIRIES = f"""
    INSERT INTO enquiries ({_COMMON}, topic, reference_type, reference_value, request_status)
    SELECT {_COMMON_VALUES}, CASE WHEN n %% 3 = 0 THEN 'INVOICE' ELSE 'DATA' END,
           CASE WHEN n %% 3 = 0 THEN 'INVOICE' ELSE '' END, CASE WHEN n %% 3 = 0 THEN '2026-' || n ELSE '' END,
           CASE WHEN n %% 2 = 0 THEN 'CLOSE' ELSE 'OPEN' END {_NUMBERS}
"""
# One that is not answered was cancelled: of a point, customer and operator one request alone may be open.
_CONNECTIONS = f"""
    INSERT INTO connections ({_COMMON}, requested_state, reason, preferred_date, response_state, response_reason,
                             ended_at)
    SELECT {_COMMON_VALUES}, CASE WHEN n %% 2 = 0 THEN 'DISCONNECTED' ELSE 'CANCELLED' END, 'DEBT',
           (asked_at + interval '7 days')::date, CASE WHEN n %% 2 = 0 THEN 'DISCONNECTED' ELSE '' END, '',
           asked_at + CASE WHEN n %% 2 = 0 THEN interval '1 minute' ELSE interval '0' END {_NUMBERS}
"""
_AUTHORIZATIONS = """
    INSERT INTO access_authorization (id, customer_id, point_id, participant_id, role, commodity, purpose, valid_from,
                                      valid_to, subject_from, subject_to, given_at, given_by_id)
    SELECT gen_random_uuid(), grid.customer_id, grid.point_id,
           CASE WHEN n %% 10 < 4 THEN %(provider)s ELSE %(supplier)s END,
           CASE WHEN n %% 10 < 4 THEN 'ENERGY_SERVICE_PROVIDER' ELSE 'OPEN_SUPPLIER' END, 'ELECTRICITY',
           CASE WHEN n %% 10 < 4 THEN 'ENERGY_MANAGEMENT' ELSE 'ENERGY_SUPPLY_OFFER' END, given,
           given + CASE WHEN n %% 10 < 4 THEN interval '1 year' ELSE interval '48 hours' END,
           given - interval '1 year', given + interval '1 day', given, %(giver)s
    FROM (SELECT n, date_trunc('second', %(now)s::timestamptz
                    - (%(rows)s - n) * (%(days)s * interval '1 day' / %(rows)s)) AS given
          FROM generate_series(1, %(rows)s) n) numbered
    JOIN (SELECT point_id, customer_id, row_number() OVER () AS place
          FROM agreements_agreement WHERE type = 'GRID') grid ON grid.place = 1 + n %% %(grids)s
"""


_standing: dict[Hub, Participant] = {}


def measure(run: Run) -> list[Row]:
    """Fill the three tables and measure the answers of their searches and scans, one after the other."""
    run.wait_until_idle()
    provider = standing(run)
    reference = _seconds(run.client(run.market.suppliers[0]), "data-distribution/search", lambda _: scan_of(0), run)
    beside = f"p95 {percentile(reference, 0.95) * 1e3:.1f} ms an empty scan of messages"
    rows = []
    for name, participant, service, bodies in _asked(run, provider):
        taken = _seconds(run.client(participant), service, bodies, run)
        rows.append(
            Row(
                name,
                f"{run.size.exchanges:,} rows, p50 {percentile(taken, 0.5) * 1e3:.1f} ms",
                beside,
                percentile(taken, 0.95) * 1e3,
                ANSWER,
                f"{min(taken) * 1e3:.0f}–{max(taken) * 1e3:.0f} ms",
                unit=" ms",
            )
        )
    return rows


def _asked(run: Run, provider: Participant) -> Iterator[tuple[str, Participant, str, Callable[[int], dict[str, Any]]]]:
    """Give what is asked: its name in the table, who asks, the service, and the fields of each request."""
    operator, supplier, points = run.market.operator, run.market.suppliers[0], run.market.points

    def point(number: int) -> str:
        return points[number * 37 % len(points)]

    def since(number: int) -> dict[str, Any]:
        # From far back, as after a month's pause, to the last hours, as every minute.
        return {"updatePeriodStart": (datetime.now(UTC) - timedelta(hours=2 + number * 7 % 700)).isoformat()}

    for title, service, attributes in (
        ("enquiries", "direct-messages", "directMessageAttributes"),
        ("connections", "connection-state", "connectionStateAttributes"),
    ):
        yield f"{title}, change", operator, f"{service}/change", since
        yield f"{title}, change of answers", supplier, f"{service}/change", since
        yield f"{title}, newest thousand", operator, f"{service}/search", lambda _: {}
        yield f"{title}, page", operator, f"{service}/search", lambda n: {"pagination": {"page": n, "pageSize": 100}}
        yield (
            f"{title}, a supplier's page",
            supplier,
            f"{service}/search",
            lambda n: {"pagination": {"page": n, "pageSize": 100}},
        )
        state = {"requestStatus": "OPEN"} if title == "enquiries" else {"responseConnectionState": "DISCONNECTED"}
        by_state: Callable[[int], dict[str, Any]] = lambda n, a=attributes, of=state: {  # noqa: E731
            a: of,
            "pagination": {"page": n, "pageSize": 100},
        }
        yield f"{title}, by state", operator, f"{service}/search", by_state
        by_point: Callable[[int], dict[str, Any]] = lambda n, a=attributes: {a: {"meterEic": point(n)}}  # noqa: E731
        yield f"{title}, at a point", operator, f"{service}/search", by_point
        by_text: Callable[[int], dict[str, Any]] = lambda n, a=attributes: {  # noqa: E731
            a: {"requestComment": f"mus {10 * (n + 1) * 97}: "}
        }
        yield f"{title}, by a part of the text", operator, f"{service}/search", by_text
    service = "customer-authorization"
    yield "authorizations, page", provider, service, lambda n: {"pagination": {"page": n, "pageSize": 100}}
    yield "authorizations, at a point", provider, service, lambda n: {"meterEic": [point(n)]}
    yield (
        "authorized points",
        provider,
        "meter/search",
        lambda n: {"meterAttributes": {"meterCommon": {"meterEic": point(n)}}},
    )


def _seconds(client: Client, service: str, fields: Callable[[int], dict[str, Any]], run: Run) -> list[float]:
    """Give how long each of some requests took, after a few that count for nothing."""
    connection = Connection(client.port)
    taken = []
    for number in range(run.size.exchange_requests + 5):
        request = client.request("POST", service, fields(number))
        sent = time.perf_counter()
        connection.send(request)
        connection.receive()
        if number >= 5:
            taken.append(time.perf_counter() - sent)
    connection.close()
    return taken


def standing(run: Run) -> Participant:
    """Fill the tables when this is first asked for; give the energy service provider with most authorizations."""
    if run.hub not in _standing:
        _standing[run.hub] = _fill(run)
    return _standing[run.hub]


def _fill(run: Run) -> Participant:
    """Fill the tables past the services; give the energy service provider that most authorizations are given to."""
    from django.contrib.auth.hashers import make_password
    from django.db import connection

    from datahub.agreements.models import Agreement
    from datahub.market import Commodity, Permission, Role
    from datahub.parties import eic
    from datahub.parties.models import MarketRole, Party, TechnicalUser, TechnicalUserSecret, User

    now = datetime.now(UTC)
    since = now - timedelta(days=800)
    code, role = eic.complete("38X-BENCH-0400-"), Role.ENERGY_SERVICE_PROVIDER
    party = Party.objects.create(eic=code, type="MARKET_PARTICIPANT", name="Energy service provider")
    MarketRole.objects.create(participant=party, role=role, commodity=Commodity.ELECTRICITY, valid_from=since)
    client = TechnicalUser.objects.create(
        participant=party, client_id=f"{code}-bench", permissions=[Permission.ADMIN.value]
    )
    secret = run.market.operator.secret
    TechnicalUserSecret.objects.create(technical_user=client, secret_hash=make_password(secret), created_at=since)
    giver = User.objects.create(username="bench-customer")
    keys = dict(Party.objects.filter(type="MARKET_PARTICIPANT").values_list("eic", "pk"))
    values = {
        "rows": run.size.exchanges,
        "days": _REPORTED_DAYS,
        "now": now,
        "senders": [keys[one.eic] for one in run.market.suppliers],
        "receivers": [keys[run.market.operator.eic], keys[run.market.service_operator.eic]],
        "points": run.market.points,
        "customers": list(Party.objects.filter(type="LEGAL_PERSON").values_list("eic", flat=True)),
        "words": list(_WORDS),
        "provider": party.pk,
        "supplier": keys[run.market.suppliers[0].eic],
        "giver": giver.pk,
        "grids": Agreement.objects.filter(type="GRID").count(),
    }
    statements = {"enquiries": _ENQUIRIES, "connections": _CONNECTIONS, "access_authorization": _AUTHORIZATIONS}
    with connection.cursor() as cursor:
        # PostgreSQL takes a list in a statement for a short one.
        cursor.execute("SET enable_nestloop = off")
        for table, statement in statements.items():
            # Made again at the end, which takes a fraction of adding to each for every row.
            cursor.execute(
                "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexname NOT IN"
                " (SELECT conname FROM pg_constraint WHERE conrelid = to_regclass(%s))",
                [table, table],
            )
            indexes = cursor.fetchall()
            for name, _ in indexes:
                cursor.execute(f'DROP INDEX "{name}"')
            cursor.execute(statement, values)
            for _, definition in indexes:
                cursor.execute(definition)
            cursor.execute(f"VACUUM ANALYZE {table}")
        cursor.execute("RESET enable_nestloop")
    return Participant(code, role.value, client.client_id, secret)
