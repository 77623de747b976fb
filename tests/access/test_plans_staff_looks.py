"""Whose the points are that staff are shown is found by indexes, however many points and agreements there are."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access.selectors.whose import Whose, whose
from datahub.metering.models import MeteringPoint
from datahub.periods import Period
from tests.access.test_plans_points import FILL, read
from tests.agreements import market
from tests.agreements.market import MARI, NOW, day

ROWS, PAGE = 60_000, 100
# Each has its grid agreement, a former one, and a supply.
_OF_EACH = """
INSERT INTO agreements_agreement (type, agreement_id, point_id, service_provider_id, service_provider_role,
    customer_id, customer_role, commodity, preliminary_termination_fee, valid_from, valid_to, quiet, version,
    created_at, changed_at)
SELECT of.type, '', p.id, %(owner)s, 'GRID_OPERATOR', %(customer)s, '', 'ELECTRICITY', false, of.start, of.stop, false,
    1, now(), now()
FROM metering_point p, (VALUES ('GRID', timestamptz '2020-01-01', timestamptz '2024-01-01 00:00+02'),
    ('GRID', '2024-01-01 00:00+02', NULL), ('SUPPLY', '2024-01-01', NULL)) AS of (type, start, stop)
WHERE p.adr_id IS NOT NULL;
ANALYZE agreements_agreement;
ANALYZE parties_party;
"""


@pytest.fixture
def filled(built: None) -> None:
    owner, customer = market.party(market.NORTH).pk, market.party(market.MARI).pk
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"owner": owner, "rows": ROWS})
        cursor.execute(_OF_EACH, {"owner": owner, "customer": customer})


@pytest.mark.long
def test_a_page_of_points_is_found_by_indexes(filled: None) -> None:
    points = list(MeteringPoint.objects.filter(adr_id__isnull=False).values_list("eic", flat=True)[:PAGE])
    with CaptureQueriesContext(connection) as captured:
        found = whose(points, Period(NOW, NOW.replace(year=2027)))
    assert found.keys() == set(points)
    assert {tuple(of) for of in found.values()} == {(Whose(MARI, Period(day(2024, 1, 1), None), is_own=False),)}
    statements = [one["sql"] for one in captured]
    assert len(statements) == 1
    # Of each point its three agreements.
    assert read(statements, "agreements_agreement") == 3 * PAGE
    assert read(statements) == PAGE
