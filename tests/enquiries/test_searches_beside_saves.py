"""What a search gives was so at one moment, whoever saves between its statements."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from datahub.exchanges import selectors
from datahub.market import Commodity
from enquiries.models import Enquiry
from enquiries.rules import Status
from tests import cast
from tests.enquiries import asking
from tests.enquiries.asking import OPERATOR


def _after_the_first(act: Callable[[], object]) -> Callable[..., Any]:
    """Give a wrapper of statements that acts once, after the first that reads enquiries."""
    done: list[bool] = []

    def execute(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if 'FROM "enquiries"' in sql and not done:
            done.append(True)
            act()
        return result

    return execute


@pytest.mark.django_db
@pytest.mark.parametrize("part", ["list", "page"])
def test_what_was_saved_meanwhile_does_not_mix_in(part: str) -> None:
    asking.market()
    first, second = asking.ask(), asking.ask()
    open_ones = Enquiry.objects.of(cast.participant(asking.NORTH), OPERATOR, Commodity.ELECTRICITY).filter(
        request_status=Status.OPEN
    )

    def cancel_first() -> None:
        asking.change(first.pk, status=Status.CANCEL)

    def search() -> list[Enquiry]:
        if part == "list":
            return selectors.newest(open_ones)
        return selectors.page(open_ones, offset=0, size=10)[0]

    with connection.execute_wrapper(_after_the_first(cancel_first)):
        found = search()
    assert {one.request_status for one in found} == {Status.OPEN}
    assert found == sorted(found, key=lambda one: one.changed_at, reverse=True)
    # A page counts first, so that what was saved after that is not on it any more; a list had been read.
    assert [one.pk for one in found] == ([second.pk, first.pk] if part == "list" else [second.pk])
