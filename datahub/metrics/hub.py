"""What is read of the hub's state whenever somebody asks for /metrics: from the database and from Redis."""

import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from prometheus_client import Metric
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from redis.exceptions import RedisError

from datahub import partitions
from datahub.health import heartbeat
from datahub.health.bounded import Bounded
from datahub.health.checks import QUEUES

logger = logging.getLogger(__name__)

# Of what waits no more is counted: the one who is called knows enough by then, and it must not cost more than that.
MOST_COUNTED = 100_000
# So many units are looked through for the first that could be told: those before it wait behind one that is set aside.
_LOOKED_THROUGH = 10_000
# For the database to answer all that is asked, and to be waited for.
_STATEMENT_SECONDS = 2
_ANSWER_SECONDS = 4.0

# One statement: every figure is of the same moment. Each part reads an index that holds little but what it asks for, or
# stops at a bound. What a unit depends on is looked up by its key: of a condition with EXISTS the planner may make a
# look through all. Documents wait seven days at most, so that only those days' partitions are looked at.
_STATE = """
SELECT * FROM (
    SELECT count(*) AS documents, coalesce(sum(body_bytes), 0) AS documents_bytes FROM (
        SELECT body_bytes FROM metering_document
        WHERE status = 'PROCESSING' AND received_at > %(oldest)s AND received_at <= %(youngest)s
        LIMIT %(most_documents)s
    ) waiting
) documents, (
    SELECT count(*) AS units FROM (SELECT FROM outbox_unit LIMIT %(most)s) waiting
) units, (
    SELECT count(*) AS units_set_aside FROM outbox_unit WHERE set_aside_at IS NOT NULL
) units_set_aside, (
    SELECT count(*) AS staged FROM (SELECT FROM distribution_staged_message LIMIT %(most)s) staged
) staged, (
    SELECT max(last_id) AS last_id, max(complete_until) AS complete_until FROM distribution_log_state
) log, (
    SELECT count(*) AS follow_ups, min(saved_at) AS oldest_follow_up FROM agreements_follow_up
    WHERE finished_at IS NULL
) follow_ups, (
    SELECT count(*) AS follow_ups_failed FROM agreements_follow_up WHERE NOT failed = '{}'::jsonb
) follow_ups_failed, (
    SELECT count(*) AS jobs, min(created_at) AS oldest_job FROM portal_job WHERE state IN ('WAITING', 'RUNNING')
) jobs, (
    SELECT sum(numbackends) AS connections, current_setting('max_connections')::integer AS connections_max
    FROM pg_stat_database
) connections, (
    SELECT
        (SELECT received_at FROM metering_document
            WHERE status = 'PROCESSING' AND received_at > %(oldest)s AND received_at <= %(youngest)s
            ORDER BY id LIMIT 1
        ) AS oldest_document,
        (SELECT saved_at FROM outbox_unit WHERE set_aside_at IS NULL ORDER BY id LIMIT 1) AS oldest_unit,
        (SELECT saved_at FROM (
            SELECT id, saved_at, depends_on, not_before FROM outbox_unit WHERE set_aside_at IS NULL ORDER BY id
            LIMIT %(looked_through)s
        ) u WHERE (not_before IS NULL OR not_before <= %(now)s)
            AND (SELECT w.id FROM outbox_unit w WHERE w.id = ANY(u.depends_on) LIMIT 1) IS NULL ORDER BY id LIMIT 1
        ) AS oldest_ready_unit,
        pg_database_size(current_database()) AS size,
        clock_timestamp() AS now
) rest
"""
_PARTITIONS = """
SELECT t.relname, min(p.relname), max(p.relname)
FROM pg_inherits i JOIN pg_class t ON t.oid = i.inhparent JOIN pg_class p ON p.oid = i.inhrelid
WHERE t.oid = ANY (ARRAY(SELECT to_regclass(name) FROM unnest(%s::text[]) AS name)) GROUP BY t.relname
"""


@dataclass(frozen=True, slots=True)
class State:
    """What the database tells: the columns of `_STATE`, and the first and last days of each table's partitions."""

    row: dict[str, Any]
    partitions: dict[str, tuple[date, date]]


def read_database() -> State:
    """Read the state of the hub; raises DatabaseError."""
    now = datetime.now(UTC)
    given: dict[str, datetime | int] = {
        "now": now,
        "oldest": now - timedelta(days=7),
        "youngest": now + timedelta(hours=1),
        "most": MOST_COUNTED,
        # To be held against the bound at which no more are taken.
        "most_documents": max(MOST_COUNTED, settings.DOCUMENT_QUEUE_MAX_COUNT),
        "looked_through": _LOOKED_THROUGH,
    }
    tables = {table.table: table for table in partitions.registered()}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{_STATEMENT_SECONDS}s'")
        cursor.execute(_STATE, given)
        row = dict(zip((column.name for column in cursor.description), cursor.fetchone(), strict=True))
        cursor.execute(_PARTITIONS, [list(tables)])
        days = {
            name: (tables[name].first_day_of(first), tables[name].first_day_of(last))
            for name, first, last in cursor.fetchall()
        }
    return State(row, days)


def read_redis() -> dict[str, float | None]:
    """Give the age in seconds of the last sign of life of each queue's workers and of beat; raises RedisError."""
    names = [*QUEUES, "beat"]
    keys = [*(heartbeat.queue_key(queue) for queue in QUEUES), heartbeat.BEAT]
    return dict(zip(names, heartbeat.ages(keys), strict=True))


_database = Bounded("metrics-database", read_database)
_redis = Bounded("metrics-redis", read_redis)


class Hub:
    """Gives the state of the hub as metrics; what cannot be read is left out, and `…_up` says so."""

    def collect(self) -> Iterator[Metric]:
        """Ask the database and Redis at once, and wait for neither longer than some seconds."""
        database, redis = _database.ask(), _redis.ask()
        try:
            state = database.result(timeout=_ANSWER_SECONDS)
        except (DatabaseError, InterfaceError, NotInTime) as error:
            logger.warning("the state of the hub cannot be read: %s", error or "the database does not answer")
            yield _gauge("database_up", "Whether the database answers and tells the state of the hub", 0)
        else:
            yield _gauge("database_up", "Whether the database answers and tells the state of the hub", 1)
            yield from _of_database(state)
        try:
            ages = redis.result(timeout=_ANSWER_SECONDS)
        except (RedisError, OSError, NotInTime) as error:
            logger.warning("signs of life cannot be read: %s", error or "Redis does not answer")
            yield _gauge("redis_up", "Whether Redis answers", 0)
        else:
            yield _gauge("redis_up", "Whether Redis answers", 1)
            yield from _of_heartbeats(ages)


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"datahub_{name}", help_text, value=value)


def _labelled(name: str, help_text: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(f"datahub_{name}", help_text, labels=[label])
    for of, value in values:
        family.add_metric([of], value)
    return family


def _of_heartbeats(ages: dict[str, float | None]) -> Iterator[Metric]:
    alive = [(name, float(age is not None and age < heartbeat.ALIVE_SECONDS)) for name, age in ages.items()]
    yield _labelled("alive", "Whether a worker of the queue, or beat, gave a sign of life lately", "process", alive)
    known = [(name, age) for name, age in ages.items() if age is not None]
    help_text = "Seconds since the last sign of life of a worker of the queue, or of beat"
    yield _labelled("heartbeat_age_seconds", help_text, "process", known)


def _of_database(state: State) -> Iterator[Metric]:
    row = state.row
    now: datetime = row["now"]

    def age(moment: datetime | None) -> float:
        return 0.0 if moment is None else max(0.0, (now - moment).total_seconds())

    yield _gauge("documents_waiting", "Documents of readings that wait to be worked on", row["documents"])
    yield _gauge("documents_waiting_bytes", "Their bytes, as kept", row["documents_bytes"])
    yield _gauge("documents_waiting_max", "At so many, no more are taken (503)", settings.DOCUMENT_QUEUE_MAX_COUNT)
    yield _gauge("documents_waiting_bytes_max", "At so many bytes, too", settings.DOCUMENT_QUEUE_MAX_BYTES)
    yield _gauge("documents_oldest_seconds", "Age of the oldest waiting document", age(row["oldest_document"]))
    yield _gauge("outbox_waiting", f"Saves that wait to be told, counted up to {MOST_COUNTED}", row["units"])
    yield _gauge("outbox_oldest_seconds", "Age of the oldest of them that is not set aside", age(row["oldest_unit"]))
    help_text = "Age of the oldest of them that could be told now and waits behind none that cannot"
    yield _gauge("outbox_ready_oldest_seconds", help_text, age(row["oldest_ready_unit"]))
    yield _gauge("outbox_set_aside", "Saves that failed too often and wait for staff", row["units_set_aside"])
    help_text = f"Messages that are ready and not yet in the log, counted up to {MOST_COUNTED}"
    yield _gauge("messages_staged", help_text, row["staged"])
    # Where nothing was ever told there is no log yet.
    last_id = row["last_id"] or 0
    yield CounterMetricFamily(
        "datahub_messages", "The last id in the log of messages: so many were told", value=last_id
    )
    yield _gauge(
        "log_complete_age_seconds", "How far the end of the log is behind the time", age(row["complete_until"])
    )
    help_text = "Acts between parties still to be worked out at metering points"
    yield _gauge("follow_ups_waiting", help_text, row["follow_ups"])
    yield _gauge("follow_ups_oldest_seconds", "Age of the oldest of them", age(row["oldest_follow_up"]))
    yield _gauge("follow_ups_failed", "Acts that failed at some points and wait for staff", row["follow_ups_failed"])
    yield _gauge("jobs_waiting", "Imports of the pages that wait or run", row["jobs"])
    yield _gauge("jobs_oldest_seconds", "Age of the oldest of them", age(row["oldest_job"]))
    yield _gauge("database_connections", "Connections to the databases of the server", row["connections"])
    yield _gauge("database_connections_max", "At so many it takes no more", row["connections_max"])
    yield _gauge("database_size_bytes", "Size of the database", row["size"])
    yield from _of_partitions(state.partitions, now)


def _of_partitions(days: dict[str, tuple[date, date]], now: datetime) -> Iterator[Metric]:
    ahead, overdue = [], []
    for table in partitions.registered():
        # A table without any has none for today.
        first, last = days.get(table.table, (now.date(), date.min))
        end = datetime.combine(table.move(last, 1), time(), UTC) if table.table in days else now
        ahead.append((table.table, (end - now).total_seconds()))
        overdue.append((table.table, float(max(0, table.kept_beyond(first, today=now.date())))))
    yield _labelled("partitions_ahead_seconds", "For how long partitions are made ahead", "table", ahead)
    help_text = "Days that the oldest partition stands longer than it is to be kept"
    yield _labelled("partitions_overdue_days", help_text, "table", overdue)
