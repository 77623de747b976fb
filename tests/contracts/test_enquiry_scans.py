"""Who scans enquiries behind the last timestamp misses nothing beside many writers, and gets nothing twice."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.contracts import market as cast
from tests.contracts.product import Product
from tests.contracts.saving import Crew
from tests.contracts.scanners import ExchangeScanner
from tests.contracts.writers.enquiries import PATH, Asker, check_all


def _run(product: Product, *, askers: int, enquiries: int, changes: int) -> None:
    since = datetime.now(UTC) - timedelta(milliseconds=1)
    writers = [
        Asker(product, (cast.SUN, cast.WIND)[number % 2], number, enquiries=enquiries, changes=changes)
        for number in range(askers)
    ]
    operator = ExchangeScanner(product, PATH, cast.NORTH_GRID, "GRID_OPERATOR", since)
    suppliers = {
        name: ExchangeScanner(product, PATH, name, "OPEN_SUPPLIER", since)
        for name in (cast.SUN, cast.WIND, cast.STRANGER)
    }
    scanners = [operator, *suppliers.values()]
    scanning, writing = Crew(), Crew()
    scanning.start(*(scanner.run for scanner in scanners))
    writing.start(*(writer.run for writer in writers))
    writing.wait(seconds=600)
    for scanner in scanners:
        scanner.is_last.set()
    scanning.wait(seconds=60)
    assert suppliers.pop(cast.STRANGER).found == []
    check_all(writers, operator, suppliers)
    for scanner in (operator, *suppliers.values()):
        enquiries_found = {one["messageRequestId"] for one in scanner.found}
        assert len(scanner.found) > len(enquiries_found), "changes were seen on their way"


def test_scanners_of_enquiries_beside_eight_writers_miss_nothing(product: Product) -> None:
    _run(product, askers=8, enquiries=4, changes=4)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_scanners_of_enquiries_beside_eight_writers_miss_nothing_for_long(product: Product) -> None:
    _run(product, askers=8, enquiries=25, changes=20)
