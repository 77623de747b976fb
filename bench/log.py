"""A long log of messages as after days of telling: rows by SQL, contents in packs of the product's own form."""

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.market import Market

RECIPIENTS = 10
CONTENT_BYTES = 2_000
DAYS = 6
_PACK_MESSAGES = 1_000
# Contents that differ; those of further packs are the same under other names, which saves the disk.
CONTENTS = 25_000


def standing(market: Market, messages: int, *, now: datetime) -> int:
    """Give the first id of the log, which is filled when it is first asked for."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id) FROM distribution_message WHERE created_at < %s", [now - timedelta(days=1)])
        first = cursor.fetchone()[0]
    return fill(market, messages, now=now) if first is None else int(first)


def fill(market: Market, messages: int, *, now: datetime, contents: int = CONTENTS) -> int:
    """Add that many METERING_POINT messages, told over the last days to the suppliers in turn; give the first id.

    Their contents are that many different ones.

    Only while the product is at rest: the end of the log is moved behind them.
    """
    from django.db import connection, transaction

    from datahub import partitions
    from distribution.models import MESSAGES, Address
    from distribution.selectors.log import KEPT

    start = now - timedelta(days=DAYS)
    partitions.ensure(MESSAGES, since=start.date(), until=now.date())
    addresses = [
        Address.objects.get_or_create(participant_eic=one.eic, role=one.role, commodity="ELECTRICITY")[0].pk
        for one in market.suppliers[:RECIPIENTS]
    ]
    different = contents // _PACK_MESSAGES
    packs = _packs(messages, start, now, different)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT last_id, complete_until FROM distribution_log_state FOR UPDATE")
        last_id, complete_until = cursor.fetchone()
        end = max(complete_until, now)
        # What was told before lies behind the new messages' times, but their ids are higher: it goes.
        cursor.execute("TRUNCATE distribution_message")
        cursor.execute("CREATE TEMP TABLE bench_pack (number int PRIMARY KEY, path text) ON COMMIT DROP")
        with cursor.copy("COPY bench_pack FROM STDIN") as copy:
            for number, (path, _) in enumerate(packs):
                copy.write_row((number, path))
        cursor.execute("CREATE TEMP TABLE bench_frame (file int, place int, start int, length int) ON COMMIT DROP")
        with cursor.copy("COPY bench_frame FROM STDIN") as copy:
            for number, (_, frames) in enumerate(packs[:different]):
                for place, (offset, length) in enumerate(frames):
                    copy.write_row((number, place, offset, length))
        cursor.execute(
            """
            INSERT INTO distribution_message
                (id, created_at, unit_id, address_id, resource_type, reason, pack, pack_offset, pack_length)
            SELECT %(last)s + n + 1, %(start)s + (n + 1) * %(step)s::bigint * interval '1 microsecond', n,
                   (%(addresses)s::bigint[])[n %% %(recipients)s + 1], 'METERING_POINT', 'UPDATE',
                   p.path, f.start, f.length
            FROM generate_series(0, %(messages)s - 1) n
            JOIN bench_pack p ON p.number = n / %(size)s
            JOIN bench_frame f ON f.file = p.number %% %(different)s AND f.place = n %% %(size)s
            ORDER BY n
            """,
            {
                "last": last_id,
                "start": start,
                "step": int((now - start) / timedelta(microseconds=1)) // (messages + 1),
                "addresses": addresses,
                "recipients": RECIPIENTS,
                "messages": messages,
                "size": _PACK_MESSAGES,
                "different": min(different, len(packs)),
            },
        )
        assert cursor.rowcount == messages
        cursor.execute("TRUNCATE distribution_daily_count")
        cursor.execute(
            "INSERT INTO distribution_daily_count (address_id, day, resource_type, messages)"
            " SELECT address_id, (created_at AT TIME ZONE 'Europe/Tallinn')::date AS day, resource_type, count(*)"
            " FROM distribution_message GROUP BY address_id, day, resource_type"
        )
        cursor.execute(
            "UPDATE distribution_log_state"
            " SET last_id = %s, reserved_id = greatest(reserved_id, %s), complete_until = %s",
            [last_id + messages, last_id + messages, end],
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE distribution_message")
        cursor.execute("CHECKPOINT")
    if last_id:
        # The web server remembers for some seconds at which ids days began, and this log is another than that before.
        time.sleep(KEPT.total_seconds())
    return int(last_id) + 1


def _packs(messages: int, start: datetime, now: datetime, different: int) -> list[tuple[str, list[tuple[int, int]]]]:
    """Put the packs into the store; give each one's path and, of the different ones, the frames' places."""
    from django.core.files.storage import storages

    from distribution import store
    from distribution.packs import frame

    count = -(-messages // _PACK_MESSAGES)
    made: list[tuple[str, list[tuple[int, int]]]] = []
    for number in range(count):
        path = store.new_path(start + (now - start) * (number / count))
        if number < different:
            frames = [frame(_content(number * _PACK_MESSAGES + place)) for place in range(_PACK_MESSAGES)]
            places, offset = [], 0
            for packed in frames:
                places.append((offset, len(packed)))
                offset += len(packed)
            store.put(path, b"".join(frames))
            made.append((path, places))
        else:
            original, places = made[number % different]
            files = storages["content"]
            link = Path(files.path(path))
            link.parent.mkdir(parents=True, exist_ok=True)
            os.link(files.path(original), link)
            made.append((path, places))
    return made


def _content(number: int) -> bytes:
    """Make a metering point's content of about two thousand bytes, no two alike."""
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
    point = {
        "meteringPoint": {"meterEic": f"38ZBENCH{number:08d}", "meteringType": "REMOTE_READING"},
        "meterLocation": {"adrId": number, "county": "Harju maakond", "municipality": "Tallinn", "comment": ""},
        "electricityCharacteristics": {
            "consumptionScale": "SMALL",
            "connectionState": "CONNECTED",
            "resolution": "PT15M",
            "customerType": "CONSUMER",
            "production": False,
        },
    }
    words = [f"{at:%d.%m.%Y %H:%M} kaugloetav arvesti {number * 7919 + k * 104_729:x}" for k in range(40)]
    text = json.dumps(point, ensure_ascii=False, separators=(",", ":"))
    point["meterLocation"]["comment"] = "; ".join(words)[: CONTENT_BYTES - len(text)]  # type: ignore[index]
    return json.dumps(point, ensure_ascii=False, separators=(",", ":")).encode()
