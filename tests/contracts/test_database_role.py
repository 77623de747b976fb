"""The running hub, which does all its work in these tests as a role that owns nothing: what else it may not do."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg import errors

from datahub.access.models.access_log import ACCESS_LOG
from distribution.models import MESSAGES
from tests.contracts.product import APPLICATION_ROLE, Product, wait_until

_RETAIN = "from datahub.celery import app; app.send_task('distribution.tasks.retain')"


def _partitions(product: Product) -> set[str]:
    found = product.rows("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")
    return {row["relname"] for row in found}


def test_every_process_of_the_hub_connects_as_the_applications_role(product: Product) -> None:
    # The one that asks is the owner of the tables.
    found = product.rows(
        "SELECT DISTINCT usename FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    assert found == [{"usename": APPLICATION_ROLE}]
    owners = product.rows("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
    assert APPLICATION_ROLE not in {row["tableowner"] for row in owners}


def test_what_the_hub_has_logged_of_reads_cannot_be_changed_by_who_logged_it(product: Product) -> None:
    assert product.rows("SELECT count(*) AS rows FROM access_log")[0]["rows"] > 0
    with psycopg.connect(product.application_url, autocommit=True) as application:
        for statement in ("UPDATE access_log SET role = ''", "DELETE FROM access_log", "TRUNCATE access_log"):
            with pytest.raises(errors.InsufficientPrivilege):
                application.execute(statement.encode())
        with pytest.raises(errors.InsufficientPrivilege):
            application.execute("DELETE FROM django_admin_log")


def test_a_worker_makes_what_is_missing_and_drops_what_was_kept_long_enough(product: Product) -> None:
    today = datetime.now(UTC).date()
    assert MESSAGES.keep_days is not None and ACCESS_LOG.keep_days is not None
    last = MESSAGES.name(MESSAGES.move(today, MESSAGES.ahead))
    old = MESSAGES.name(today - timedelta(days=MESSAGES.keep_days + 3))
    old_log = ACCESS_LOG.name(ACCESS_LOG.first_day(today - timedelta(days=ACCESS_LOG.keep_days + 40)))
    with product.database() as owner:
        owner.execute(f"DROP TABLE {last}".encode())
        for whole, name, first in (
            ("distribution_message", old, today - timedelta(days=MESSAGES.keep_days + 3)),
            ("access_log", old_log, ACCESS_LOG.first_day(today - timedelta(days=ACCESS_LOG.keep_days + 40))),
        ):
            owner.execute("SELECT datahub_make_partition(%s, %s)", [whole, first])
            assert name in _partitions(product)
    product.run("-c", _RETAIN)
    wait_until(
        lambda: last in _partitions(product) and not {old, old_log} & _partitions(product),
        seconds=30,
        what="partitions made and dropped by a worker",
    )
    # And nothing that is to be kept.
    assert MESSAGES.name(today) in _partitions(product) and ACCESS_LOG.name(today.replace(day=1)) in _partitions(
        product
    )
