"""An enquiry as its pages show it: its steps in words, and what the one who looks may do with it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from datahub.exchanges.rules import Side
from datahub.market import Permission
from enquiries.models import Enquiry, EnquiryStep
from enquiries.rules import Status, possible_statuses
from portal.acting import OperatorChoice
from portal.operator.enquiries.forms import TEXT
from portal.operator.exchanges import steps as histories
from portal.operator.exchanges.steps import ShownStep


@dataclass(frozen=True, slots=True)
class Possible:
    """What somebody may do with an enquiry now: the buttons that her page has."""

    change: bool = False
    cancel: bool = False
    answer: bool = False
    change_answer: bool = False
    close: bool = False

    @property
    def any(self) -> bool:
        """Whether there is a button at all."""
        return self.change or self.cancel or self.answer or self.change_answer or self.close


def possible(enquiry: Enquiry, acting: OperatorChoice) -> Possible:
    """Give what somebody may do with an enquiry, by the table of transitions and by her permissions."""
    if acting.side is None or not acting.may(Permission.EDITOR_DIRECT_MESSAGE):
        return Possible()
    statuses = possible_statuses(acting.side, Status(enquiry.request_status))
    if acting.side is Side.SENDER:
        return Possible(change=Status.OPEN in statuses, cancel=Status.CANCEL in statuses)
    return Possible(
        answer=bool(statuses) and not enquiry.is_answered,
        change_answer=bool(statuses) and enquiry.is_answered,
        close=Status.CLOSE in statuses and enquiry.is_answered,
    )


def shown_steps(steps: Iterable[EnquiryStep], enquiry: Enquiry, side: Side) -> list[ShownStep]:
    """Give the steps of an enquiry as a side sees them."""
    known = list(steps)
    done = {step.pk: _done(step) for step in known}
    return histories.shown(known, enquiry, side=side, done=done, labels={"requestComment": str(TEXT)})


def _done(step: EnquiryStep) -> str:
    before, after = step.changes.get("requestStatus", [None, None])
    if after == Status.CANCEL:
        return _("Enquiry cancelled")
    if after == Status.CLOSE:
        return _("Enquiry answered and closed")
    if step.side == Side.SENDER:
        return _("Enquiry sent") if before is None and after == Status.OPEN else _("Enquiry changed")
    first = step.changes.get("responseComment", [None, None])[0] is None
    return _("Interim answer given") if first else _("Answer changed")
