"""A worker that tells stays within its memory whatever documents come: large ones, and many that lost much."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from datahub.market import ResourceType, Role
from datahub.metering.services import documents
from datahub.outbox.changes import Change
from datahub.outbox.models import Unit
from datahub.outbox.services import open_unit
from tests import cast
from tests.distribution import market
from tests.distribution.market import BAKERY, HOUSE, OS, OS2
from tests.metering import messages

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

BODY_BYTES = 32 * 1024 * 1024
MOST_MEGABYTES = 400
_TELL = """
from datetime import UTC, datetime
from pathlib import Path
import django
django.setup()
from distribution.services.tell import tell
tell(now=datetime.now(UTC), batches=100)
# Not getrusage, which knows of the process before it became this one.
(peak,) = [line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(int(peak) // 1024)
"""


def peak_of_telling() -> int:
    """Tell what waits in a process of its own; give the most memory that it held, in megabytes."""
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    environment = {**os.environ, "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}"}
    environment["DJANGO_SETTINGS_MODULE"] = "datahub.settings.test"
    done = subprocess.run([sys.executable, "-c", _TELL], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not Unit.objects.exists(), done.stderr
    return int(done.stdout)


def padded(*elements: dict[str, Any], with_what: str) -> bytes:
    """Make a body of the largest size; what fills it up stands within its first element."""
    body = messages.body(*elements)
    return body.replace(b'"periods":', b'"periods":' + with_what.encode() * (BODY_BYTES - len(body)), 1)


def send(body: bytes) -> None:
    messages.make_room(messages.NOW)
    with transaction.atomic():
        documents.accept_document(
            sender=cast.participant(cast.GRID_OPERATOR),
            role=Role.GRID_OPERATOR,
            commodity=messages.ELECTRICITY,
            identification=uuid4(),
            body=body,
            now=messages.NOW,
        )
    while documents.work_next_document(now=messages.NOW):
        pass


def record_much_lost(documents_of_one_point: int) -> None:
    """Record so many changes as their workers do, each of a document of a year that lost what lies in no runs."""
    at = datetime.now(UTC)
    after = {
        "document": 1_000_000,
        "commodity": "ELECTRICITY",
        "received_at": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "points": [[HOUSE, 0, 900, 1]],
        "lost": {"0": [[way, place * 1800, 0, 1] for way in ("IN", "OUT") for place in range(18_000)]},
    }
    with transaction.atomic(), open_unit(lanes=[HOUSE], sender_eic=market.GO, saved_at=at) as unit:
        unit.record(Change(ResourceType.METERING_DATA, "CREATE", "1", after=after))
    kept = "known_at, sender_eic, saved_at, lanes, depends_on, attempts, changes, last_error"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO outbox_unit (id, {kept}) SELECT nextval('outbox_unit_id_seq'), {kept} FROM outbox_unit,"  # noqa: S608
            " generate_series(2, %s)",
            [documents_of_one_point],
        )


def year(eic: str, *, read_at: datetime | None) -> dict[str, Any]:
    """Make a year of quarter-hours of one point."""
    days = [messages.DAY - timedelta(days=number) for number in range(360)]
    return messages.element(
        eic, *(messages.whole_day(eic, day, read_at=read_at)["periods"][0] for day in reversed(days))
    )


@pytest.mark.parametrize("padding", [" ", "\n"])
def test_the_largest_documents(padding: str) -> None:
    market.make_market(
        market.agreement("SUPPLY", OS2, point=HOUSE, until="2026-02-01"),
        market.agreement("SUPPLY", OS, point=HOUSE, since="2026-02-01"),
        market.agreement("SUPPLY", OS, point=BAKERY),
    )
    send(padded(messages.whole_day(HOUSE), messages.whole_day(BAKERY), with_what=padding))
    send(padded(year(HOUSE, read_at=None), with_what=padding))
    send(padded(year(BAKERY, read_at=messages.READ_AT), with_what=padding))
    send(padded(year(HOUSE, read_at=messages.READ_AT), with_what=padding))
    assert peak_of_telling() < MOST_MEGABYTES


def test_many_documents_that_lost_much() -> None:
    market.make_market(market.agreement("SUPPLY", OS2, point=HOUSE))
    record_much_lost(60)
    assert peak_of_telling() < MOST_MEGABYTES
