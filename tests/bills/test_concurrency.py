"""Bills that are sent at the same instant: one stands for a period, and no two messages wait for each other."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from datahub.bills.models import NetworkBill
from datahub.errors import DomainError
from datahub.market import AgreementType
from datahub.outbox.models import Unit
from tests.agreements import market
from tests.agreements.market import FLAT, HOUSE, MARI, NORTH, day, fact, standing
from tests.bills.messages import CALCULATED, bill, later, save


@pytest.fixture
def open_market(transactional_db: None) -> None:
    market.build()
    standing(
        fact(AgreementType.GRID, NORTH, MARI, HOUSE, day(2026, 1, 1)),
        fact(AgreementType.GRID, NORTH, MARI, FLAT, day(2026, 1, 1)),
    )


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Do everything at the same time, each on a connection of its own; give what was refused."""
    start = threading.Barrier(len(acts))
    refusals: list[str] = []

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait(timeout=10)
            act()
        except DomainError as error:
            refusals.extend(fault.code.name.rpartition(".")[2] for fault in error.faults)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not any(thread.is_alive() for thread in threads)
    return refusals


@pytest.mark.usefixtures("open_market")
def test_of_the_same_bill_at_once_one_stands() -> None:
    assert at_once(*[lambda: save(bill())] * 6) == ["no-change-received"] * 5
    assert NetworkBill.objects.count() == Unit.objects.count() == 1


@pytest.mark.usefixtures("open_market")
def test_of_corrections_at_once_the_latest_stands() -> None:
    stamps = [CALCULATED + timedelta(seconds=number) for number in range(6)]
    refusals = at_once(*(lambda at=at: save(bill(calculated_at=at)) for at in stamps))
    assert set(refusals) <= {"no-change-received"}
    (stands,) = NetworkBill.objects.standing()
    assert stands.calculated_at == stamps[-1]
    rows = list(NetworkBill.objects.order_by("version").values_list("version", "calculated_at"))
    assert [version for version, _ in rows] == list(range(1, len(rows) + 1))
    assert [at for _, at in rows] == sorted(at for _, at in rows)
    assert len(rows) + len(refusals) == 6


@pytest.mark.usefixtures("open_market")
def test_messages_of_the_same_points_in_any_order_do_not_wait_for_each_other() -> None:
    both = [bill(), bill(point=FLAT)], [later(point=FLAT), later()]
    for _ in range(5):
        at_once(*[lambda bills=bills: save(*bills) for bills in both] * 3)
        assert NetworkBill.objects.standing().filter(calculated_at=later().calculated_at).count() == 2
        NetworkBill.objects.all().delete()
