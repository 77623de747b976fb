"""Every act on an enquiry in every state: into which status it brings it, or why it is refused."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from datahub.exchanges.rules import Side
from enquiries.api.serializers import NewStatus, RequestStatus, ResponseStatus
from enquiries.models import Enquiry, EnquiryStep
from enquiries.rules import TRANSITIONS, Status
from tests.enquiries import asking
from tests.enquiries.asking import answer, ask, change, change_answer, refused, request

OPEN, CLOSE, CANCEL = Status
ENDED, UNKNOWN_STATUS = "enquiry-has-ended", "invalid-enum"


def _nothing() -> None:
    return None


def _asked() -> Enquiry:
    return ask()


def _interim() -> Enquiry:
    return answer(ask().pk, OPEN, "Soon.")


def _closed() -> Enquiry:
    return answer(ask().pk, CLOSE, "Done.")


def _closed_later() -> Enquiry:
    return change_answer(_interim().pk, status=CLOSE)


def _cancelled() -> Enquiry:
    return change(ask().pk, status=CANCEL)


def _cancelled_after_interim() -> Enquiry:
    return change(_interim().pk, status=CANCEL)


ENDS = (_closed, _closed_later, _cancelled, _cancelled_after_interim)
ACTS: dict[str, Callable[[Any, Status], Enquiry]] = {
    "send": lambda _, status: ask(request(status=status)),
    "change": lambda enquiry, status: change(enquiry.pk, status=status, comment="More."),
    "answer": lambda enquiry, status: answer(enquiry.pk, status, "Here."),
    "change the answer": lambda enquiry, status: change_answer(enquiry.pk, status=status, comment="Here."),
}
# What each act makes of OPEN, CLOSE and CANCEL: the status that stands then, or the code that refuses it.
OUTCOMES: dict[tuple[Callable[[], Enquiry | None], str], tuple[str, str, str]] = {
    (_nothing, "send"): (OPEN, UNKNOWN_STATUS, UNKNOWN_STATUS),
    (_asked, "change"): (OPEN, UNKNOWN_STATUS, CANCEL),
    (_asked, "answer"): (OPEN, CLOSE, UNKNOWN_STATUS),
    (_asked, "change the answer"): ("enquiry-is-not-answered",) * 3,
    (_interim, "change"): (OPEN, UNKNOWN_STATUS, CANCEL),
    (_interim, "answer"): ("enquiry-is-answered",) * 3,
    (_interim, "change the answer"): (OPEN, CLOSE, UNKNOWN_STATUS),
    **{(end, act): (ENDED,) * 3 for end in ENDS for act in ("change", "answer", "change the answer")},
}


@pytest.mark.django_db
@pytest.mark.parametrize(("standing", "act"), OUTCOMES)
@pytest.mark.parametrize("status", Status)
def test_every_act_in_every_state(standing: Callable[[], Enquiry | None], act: str, status: Status) -> None:
    asking.market()
    before = standing()
    outcome = OUTCOMES[standing, act][list(Status).index(status)]
    steps = EnquiryStep.objects.count()
    found = refused(lambda: ACTS[act](before, status))
    if outcome in set(Status):
        assert found == []
        assert Enquiry.objects.get().request_status == outcome
        assert EnquiryStep.objects.count() == steps + 1
    else:
        assert found == [outcome]
        assert EnquiryStep.objects.count() == steps
        after = Enquiry.objects.first()
        assert (after and after.fact) == (before and before.fact)


def test_the_table_and_the_wire_know_the_same_statuses() -> None:
    assert list(TRANSITIONS[Side.SENDER, None]) == list(NewStatus)
    assert list(TRANSITIONS[Side.SENDER, OPEN]) == list(RequestStatus)
    assert list(TRANSITIONS[Side.RECEIVER, OPEN]) == list(ResponseStatus)


def test_nothing_leads_out_of_an_end() -> None:
    assert not [key for key in product(Side, (CLOSE, CANCEL)) if key in TRANSITIONS]
    assert (Side.RECEIVER, None) not in TRANSITIONS
