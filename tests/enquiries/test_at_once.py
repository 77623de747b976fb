"""Saves of one enquiry at the same instant: one stands, the other is told why; readers wait for nobody."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction

from datahub.exchanges.models import Clock
from enquiries.models import Enquiry, EnquiryOpening, EnquiryStep
from enquiries.reading import mark_opened
from enquiries.rules import Status
from tests.agreements.at_once import Beside, run, wait_for, waits_for_a_lock
from tests.enquiries import asking
from tests.enquiries.asking import NOW, OPERATOR, answer, ask, change, change_answer

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 8


@pytest.fixture(autouse=True)
def _market(transactional_db: None) -> None:
    asking.market()


def first_then(first: Callable[[], object], second: Callable[[], object]) -> Beside:
    """Do the first act and let the second begin before it is committed; give the second, which has waited."""
    with transaction.atomic():
        first()
        other = Beside(second)
        wait_for(waits_for_a_lock)
    other.end()
    return other


def refusals_of(second: Callable[[], object], found: list[list[str]]) -> Callable[[], object]:
    return lambda: found.append(asking.refused(second))


@pytest.mark.parametrize("answer_is_first", [True, False])
def test_an_answer_that_closes_and_a_cancel(answer_is_first: bool) -> None:
    enquiry, found = ask(), list[list[str]]()

    def close() -> Enquiry:
        return answer(enquiry.pk, Status.CLOSE, "Done.")

    def cancel() -> Enquiry:
        return change(enquiry.pk, status=Status.CANCEL)

    first, second = (close, cancel) if answer_is_first else (cancel, close)
    first_then(first, refusals_of(second, found))
    assert found == [["enquiry-has-ended"]]
    after = Enquiry.objects.get()
    assert after.request_status == ("CLOSE" if answer_is_first else "CANCEL")
    assert after.is_answered == answer_is_first
    assert EnquiryStep.objects.count() == 2


def test_of_two_answers_one_stands() -> None:
    enquiry, found = ask(), list[list[str]]()
    first_then(lambda: answer(enquiry.pk, comment="1"), refusals_of(lambda: answer(enquiry.pk, comment="2"), found))
    assert found == [["enquiry-is-answered"]]
    assert Enquiry.objects.get().response_comment == "1"


def test_of_two_same_changes_the_second_changes_nothing() -> None:
    enquiry, found = ask(), list[list[str]]()
    first_then(lambda: change(enquiry.pk, comment="?"), refusals_of(lambda: change(enquiry.pk, comment="?"), found))
    assert found == [["no-change-received"]]
    assert EnquiryStep.objects.count() == 2


def test_a_change_is_merged_into_what_the_other_side_saved_meanwhile() -> None:
    enquiry = ask()
    first_then(lambda: answer(enquiry.pk, comment="Soon."), lambda: change(enquiry.pk, comment="When?"))
    after = Enquiry.objects.get()
    assert (after.request_comment, after.response_comment) == ("When?", "Soon.")
    assert after.request_changed_at == after.changed_at == NOW + timedelta(microseconds=2)


def test_of_everything_at_once_one_end_stands() -> None:
    for _ in range(ROUNDS):
        enquiry = answer(ask().pk, Status.OPEN, "Soon.")
        cancel = partial(change, enquiry.pk, status=Status.CANCEL)
        close = partial(change_answer, enquiry.pk, status=Status.CLOSE, comment="Done.")
        refusals = run(*[cancel, close] * 3)
        assert refusals == ["enquiry-has-ended"] * 5
        after = Enquiry.objects.get(pk=enquiry.pk)
        assert after.request_status in {"CLOSE", "CANCEL"}
        assert EnquiryStep.objects.filter(enquiry=enquiry).count() == 3


def test_many_senders_at_once_have_instants_of_their_own() -> None:
    assert run(*[ask] * 12) == []
    stamps = list(Enquiry.objects.order_by("changed_at").values_list("changed_at", flat=True))
    assert stamps == [NOW + timedelta(microseconds=number) for number in range(12)]
    assert Clock.objects.get(name="enquiries").last == stamps[-1]


def test_who_reads_waits_for_nobody_that_changes() -> None:
    enquiry = ask()
    with transaction.atomic():
        change(enquiry.pk, comment="?")
        reader = threading.Thread(target=_read, args=[enquiry])
        reader.start()
        reader.join(5)
        assert not reader.is_alive()
    assert EnquiryOpening.objects.filter(enquiry=enquiry, side="RECEIVER").count() == 1


def test_who_changes_waits_for_nobody_that_reads() -> None:
    enquiry = ask()
    with transaction.atomic():
        mark_opened([enquiry], role=OPERATOR, now=NOW)
        writer = Beside(lambda: change(enquiry.pk, comment="?"))
        writer.end()
    assert Enquiry.objects.get().request_comment == "?"


def test_many_readers_at_once_mark_each_once() -> None:
    enquiries = [ask() for _ in range(30)]
    orders = [enquiries, list(reversed(enquiries)), enquiries[10:] + enquiries[:10]] * 3
    assert run(*(lambda order=order: mark_opened(order, role=OPERATOR, now=NOW) for order in orders)) == []
    assert EnquiryOpening.objects.count() == 30


def _read(enquiry: Enquiry) -> None:
    try:
        mark_opened([enquiry], role=OPERATOR, now=NOW)
    finally:
        connection.close()
