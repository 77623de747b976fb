"""What every save and every telling asks of agreements is found by indexes, however many there are in the country."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.agreements import selectors
from datahub.agreements.models import Agreement
from tests.agreements.market import AGGREGATION_POINT, HOUSE

pytestmark = pytest.mark.usefixtures("built")


@pytest.mark.parametrize(
    "ask",
    [
        lambda: selectors.versions_at_points([HOUSE, AGGREGATION_POINT]),
        lambda: selectors.standing_facts(Agreement.objects.filter(selectors.at_points([HOUSE]))),
        selectors.portfolio_versions,
    ],
    ids=["versions at points", "standing at a point", "portfolios"],
)
def test_nothing_is_read_through(ask: Callable[[], object]) -> None:
    with CaptureQueriesContext(connection) as queries:
        ask()
    assert queries.captured_queries
    with connection.cursor() as cursor:
        # The few rows of a test are read through unless that is forbidden; what is left then has no other way.
        cursor.execute("SET LOCAL enable_seqscan = off")
        for query in queries.captured_queries:
            cursor.execute(f"EXPLAIN {query['sql']}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "Seq Scan" not in plan, plan
            # A filter by a subquery is asked of every row of an index.
            assert "SubPlan" not in plan, plan
