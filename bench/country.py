"""A whole country's metering points: copies of those that stand, with their agreements, each in all its versions."""

import itertools
from typing import Any

import numpy as np

from bench import messages
from bench.market import Market
from bench.run import Run
from datahub.parties import eic

# As the country's people live: a third of them in the capital, the others in some eighty places.
_OWN = {
    "street_address": "'Mõõtja tn ' || c.n",
    "municipality": "CASE WHEN c.n % 100 < 35 THEN 'Tallinn' ELSE 'Paik ' || c.n % 79 END",
    "county": "CASE WHEN c.n % 100 < 45 THEN 'Harju maakond' ELSE 'Tartu maakond' END",
    "connection_state": "CASE WHEN c.n % 50 = 0 THEN 'DISCONNECTED' ELSE 'CONNECTED' END",
    "resolution": "CASE WHEN c.n % 3 = 0 THEN 'PT1H' ELSE 'PT15M' END",
}


def fill(run: Run, points: int) -> None:
    """Copy the operator's points until the market has that many; what stands already stays."""
    from django.db import connection, transaction

    from datahub.agreements.models import Agreement, AgreementVersion
    from datahub.metering.models import MeteringPoint, MeteringPointVersion

    more = points - MeteringPoint.objects.count()
    if more <= 0:
        return
    originals = _whole_messages(run.market)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE bench_code (n int, eic text, original text) ON COMMIT DROP")
        with cursor.copy("COPY bench_code FROM STDIN") as copy:
            for number, code in enumerate(_codes(more)):
                copy.write_row((number, code, originals[number % len(originals)]))
        _copy(cursor, MeteringPoint, "bench_code c JOIN metering_point o ON o.eic = c.original", eic="c.eic", **_OWN)
        cursor.execute(
            "CREATE TEMP TABLE bench_point ON COMMIT DROP AS SELECT p.id, o.id AS original, p.eic FROM bench_code c"
            " JOIN metering_point p ON p.eic = c.eic JOIN metering_point o ON o.eic = c.original"
        )
        cursor.execute(
            "CREATE TEMP TABLE bench_agreement ON COMMIT DROP AS"
            " SELECT nextval(pg_get_serial_sequence('agreements_agreement', 'id')) AS id, a.id AS original,"
            " c.id AS point FROM bench_point c JOIN agreements_agreement a ON a.point_id = c.original"
        )
        cursor.execute("ANALYZE bench_point")
        cursor.execute("ANALYZE bench_agreement")
        _copy(
            cursor,
            MeteringPointVersion,
            "bench_point c JOIN metering_point_version o ON o.point_id = c.original",
            point_id="c.id",
            data="jsonb_set(o.data, '{meteringPoint,meterEic}', to_jsonb(c.eic))",
        )
        joined = "bench_agreement c JOIN agreements_agreement o ON o.id = c.original"
        _copy(cursor, Agreement, joined, id="c.id", point_id="c.point")
        joined = "bench_agreement c JOIN agreements_version o ON o.current_id = c.original"
        _copy(cursor, AgreementVersion, joined, current_id="c.id", point_id="c.point")
    with connection.cursor() as cursor:
        for model in (MeteringPoint, MeteringPointVersion, Agreement, AgreementVersion):
            cursor.execute(f"VACUUM ANALYZE {model._meta.db_table}")


def of_messages(run: Run, count: int) -> list[str]:
    """Give the codes of the points of that many messages, each point from another corner of the country.

    Point for point they have the suppliers that those of the market's own messages have.
    """
    from datahub.metering.models import MeteringPoint

    more = MeteringPoint.objects.filter(eic__startswith="38ZLAND").order_by("eic").count()
    blocks = np.random.default_rng(7)
    codes = list(itertools.islice(_codes(more), more))
    whole = len(codes) // messages.POINTS
    chosen = [blocks.choice(whole, count, replace=whole < count) for _ in range(messages.POINTS)]
    return [
        codes[int(chosen[place][number]) * messages.POINTS + place]
        for number in range(count)
        for place in range(messages.POINTS)
    ]


def _whole_messages(market: Market) -> list[str]:
    """Give the points of the market's messages, without those that are left over."""
    return market.points[: len(market.points) // messages.POINTS * messages.POINTS]


def _codes(count: int) -> list[str]:
    """Give the codes of the copies, in their order."""
    codes = (eic.complete(f"38ZLAND{number:08d}") for number in itertools.count())
    return list(itertools.islice((code for code in codes if not code.endswith("-")), count))


def _copy(cursor: Any, model: Any, joined: str, **values: str) -> None:
    """Copy rows `o` of a model with other values in some columns; its own id is given anew unless it is one of them."""
    columns = [f.column for f in model._meta.concrete_fields if not f.primary_key or f.column in values]
    names = ", ".join(f'"{column}"' for column in columns)
    taken = ", ".join(values.get(column, f'o."{column}"') for column in columns)
    cursor.execute(f"INSERT INTO {model._meta.db_table} ({names}) SELECT {taken} FROM {joined}")
