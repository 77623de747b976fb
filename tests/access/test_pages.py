"""Pages of searches: keys first, counted and sorted at once; then the rows of the page alone."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datahub.access import agreement_search, point_search
from datahub.access.pages import Found
from datahub.database.keys import KeyIn
from datahub.market import Commodity, Role
from datahub.parties.models import Party
from tests import cast
from tests.metering.points import ELECTRICITY, changed, codes, register
from tests.metering.test_api_meter_search import grid

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
ELECTRIC = {"role": Role.GRID_OPERATOR, "commodity": Commodity.ELECTRICITY, "now": NOW}


@pytest.fixture
def everyone() -> Found[Party]:
    for eic in (cast.GRID_OPERATOR, cast.OPEN_SUPPLIER, cast.SECOND_SUPPLIER, cast.AGGREGATOR, cast.BALANCE_PROVIDER):
        cast.participant(eic)
    return Found(Party.objects.order_by("-type", "eic"), Party.objects.all())


@pytest.mark.parametrize("size", [1, 2, 5, 6])
def test_pages_have_every_row_once_in_order_with_the_number_of_all(everyone: Found[Party], size: int) -> None:
    pages = [everyone.page(offset=offset, size=size) for offset in range(0, 5, size)]
    assert [row.eic for rows, _ in pages for row in rows] == sorted(Party.objects.values_list("eic", flat=True))
    assert {total for _, total in pages} == {5}


@pytest.mark.parametrize("offset", [5, 2_147_483_647 * 35_136])
def test_a_page_behind_the_last_is_empty_and_knows_how_many_there_are(everyone: Found[Party], offset: int) -> None:
    assert everyone.page(offset=offset, size=5) == ([], 5)


@pytest.mark.parametrize("offset", [0, 3, 4, 5, 100])
def test_rows_counted_in_parts_make_the_same_pages(everyone: Found[Party], offset: int) -> None:
    known = everyone.keys.filter(eic__in=[cast.GRID_OPERATOR, cast.AGGREGATOR])
    rest = everyone.keys.exclude(eic__in=[cast.GRID_OPERATOR, cast.AGGREGATOR])
    in_parts = Found(everyone.keys, everyone.rows, (known, rest, rest.none()))
    assert in_parts.page(offset=offset, size=2) == everyone.page(offset=offset, size=2)


def test_what_finds_nothing_has_an_empty_first_page(everyone: Found[Party]) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert Found(everyone.keys.filter(eic=""), everyone.rows).page(offset=0, size=5) == ([], 0)
    assert len(queries) == 1


def test_keys_come_from_several_queries_and_count_once(everyone: Found[Party]) -> None:
    wanted = Party.objects.filter(eic=cast.AGGREGATOR).values("pk")
    others = Party.objects.filter(eic__in=[cast.AGGREGATOR, cast.OPEN_SUPPLIER]).values("pk")
    found = Party.objects.filter(KeyIn(wanted.union(others, all=True)))
    assert sorted(found.values_list("eic", flat=True)) == sorted([cast.AGGREGATOR, cast.OPEN_SUPPLIER])
    assert not Party.objects.filter(KeyIn(wanted.none())).exists()


def test_searches_read_whole_rows_of_their_page_alone() -> None:
    customer = cast.mari()
    for code in codes("38ZGO-1", 3):
        grid(register(changed(ELECTRICITY, "meteringPoint.meterEic", code)), customer)
    owner = cast.participant(cast.GRID_OPERATOR)
    points = point_search.search_points(participant=owner, attributes={}, **ELECTRIC)
    agreements = agreement_search.search_agreements(
        participant=owner, attributes={"serviceProviderEic": owner.eic}, **ELECTRIC
    )
    for found, column in ((points, "street_address"), (agreements, "customer_role")):
        with CaptureQueriesContext(connection) as queries:
            rows, total = found.page(offset=1, size=1)
        assert (len(rows), total, len(queries)) == (1, 3, 2)
        keys, of_the_page = (query["sql"] for query in queries)
        assert column not in keys.partition(" FROM ")[0]
        assert "OVER ()" in keys
        assert column in of_the_page.partition(" FROM ")[0]
