"""Many values in one parameter find what the same values find one by one, whatever stands in them."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from datahub.database.arrays import AnyOf, array
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party
from tests.metering import points

ODD = ["", "NULL", "null", "a,b", "{}", '"', "\\", '\\"', " ", "'", "%s", "ü", "a\nb", "x" * 40]


@pytest.mark.django_db
def test_an_array_is_read_as_what_was_written() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::text[], %s::bigint[]", [array([*ODD, None]), array([3, -1, None])])
        assert cursor.fetchone() == ([*ODD, None], [3, -1, None])
        moment = datetime(2026, 3, 29, 1, 30, 0, 5, tzinfo=UTC)
        cursor.execute("SELECT %s::timestamptz[], %s::text[]", [array([moment, None]), array([])])
        assert cursor.fetchone() == ([moment, None], [])


@pytest.mark.django_db
def test_any_of_finds_what_one_by_one_is_found() -> None:
    for number, name in enumerate(ODD):
        Party.objects.create(eic=f"38X-{number:011d}X", type="LEGAL_PERSON", name=name)
    assert set(Party.objects.filter(AnyOf("name", ODD)).values_list("name", flat=True)) == set(ODD)
    for name in ODD:
        assert [party.name for party in Party.objects.filter(AnyOf("name", [name]))] == [name]
    assert not Party.objects.filter(AnyOf("name", [])).exists()


@pytest.mark.django_db
def test_a_longer_code_is_not_cut_to_one_that_exists() -> None:
    party = Party.objects.create(eic="38X-0000000000AX", type="LEGAL_PERSON", name="A")
    assert Party.objects.filter(AnyOf("eic", [party.eic])).get() == party
    assert not Party.objects.filter(AnyOf("eic", [party.eic + "Y", party.eic[:-1]])).exists()


@pytest.mark.django_db
def test_it_goes_with_other_filters_and_over_relations() -> None:
    owner = Party.objects.create(eic="38X-0000000000AX", type="MARKET_PARTICIPANT", name="A")
    found = MeteringPoint.objects.filter(AnyOf("owner", [owner.pk]) | AnyOf("eic", points.codes("38ZGO-1", 2)))
    assert not found.filter(AnyOf("owner__eic", [owner.eic])).exclude(AnyOf("parent", [0])).exists()
    assert str(found.query).count("ANY(") == 2
