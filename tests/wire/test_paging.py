"""Pages hold every row once, whatever is asked for."""

import pytest

from datahub.market import PartyType
from datahub.parties import eic
from datahub.parties.models import Party
from datahub.wire.paging import MAX_PAGE, Pagination, paginate

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("rows", "size", "total"),
    [(0, 5, 1), (1, 5, 1), (4, 5, 1), (5, 5, 1), (6, 5, 2), (10, 5, 2), (11, 5, 3), (3, 1, 3)],
)
def test_pages_hold_every_row_once(rows: int, size: int, total: int) -> None:
    Party.objects.bulk_create(
        Party(eic=eic.complete(f"38X-PAGE-{number:06d}"), type=PartyType.LEGAL_PERSON, name=str(number))
        for number in range(rows)
    )
    everything = Party.objects.order_by("pk")
    seen = []
    for page in range(total):
        found, answer = paginate(everything, Pagination(page, size))
        assert answer == {"page": page, "totalPages": total}
        assert len(found) == min(size, rows - page * size)
        seen += found
    assert seen == list(everything)


@pytest.mark.parametrize("page", [1, 1000, MAX_PAGE])
def test_a_page_behind_the_last_is_empty(page: int) -> None:
    assert paginate(Party.objects.order_by("pk"), Pagination(page, 35_136)) == ([], {"page": page, "totalPages": 1})
