"""Answering a draft: what it says is given, or declined, once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from uuid import UUID

from datahub.access.models import CustomerAuthorization
from datahub.access.services.authorizations import give_authorizations
from portal.client.granting.choices import Receiver
from portal.client.granting.drafts import Draft, answering, keep
from portal.client.granting.forms import AnswerForm
from portal.client.granting.links import Result
from portal.client.granting.summaries import choice_of
from portal.pages import CustomerRequest


@dataclass(frozen=True, slots=True)
class Answered:
    """A draft as it stands after an answer; `draft` is still open where the market's rules refused it."""

    draft: Draft
    is_first: bool


def give(request: CustomerRequest, draft: Draft, receivers: list[Receiver], form: AnswerForm) -> Answered:
    """Give what a draft says, all of it or nothing; what is wrong stands in the form."""
    now = request.now
    answered = Answered(draft, is_first=False)

    def save() -> Answered:
        with answering(request, draft) as standing:
            _note_given(standing)
            if not standing.is_open:
                return Answered(standing, is_first=False)
            if standing.chosen != draft.chosen:
                # Changed in another window since this request came: nobody agrees to what she has not read.
                return answered
            numbers = (draft.number(place) for place in count())
            given = [pk for one in receivers for pk in _given(request, draft, one, numbers, now)]
            standing.given = [str(pk) for pk in given]
            standing.answer = str(Result.GRANTED)
            return Answered(standing, is_first=True)

    return form.saved(save) or answered


def find_answered(request: CustomerRequest, draft: Draft) -> Draft:
    """Give a draft as it was answered, though its session was put back to before it was."""
    if draft.is_open and _note_given(draft):
        keep(request, draft)
    return draft


def _note_given(draft: Draft) -> bool:
    """Note in a draft what has been given by it.

    Another request of the session, begun before the answer, may have put back the session in which that was kept.
    """
    first = CustomerAuthorization.objects.filter(pk=draft.number(0)).first()
    if first is None or not draft.is_open:
        return False
    together = CustomerAuthorization.objects.filter(customer=first.customer, given_at=first.given_at)
    found = list(together.order_by("participant", "point").values_list("pk", flat=True))
    # Another draft may have been answered within the same second.
    own = {draft.number(place) for place in range(len(found))}
    draft.given = [str(pk) for pk in found if pk in own]
    draft.answer = str(Result.GRANTED)
    return True


def _given(
    request: CustomerRequest, draft: Draft, receiver: Receiver, numbers: Iterator[UUID], now: datetime
) -> list[UUID]:
    choice = choice_of(draft, now)
    given = give_authorizations(
        customer=request.acting.party,
        by=request.acting.user,
        meter_eics=draft.points,
        participant=receiver.party,
        role=choice.role,
        purpose=choice.purpose,
        validity=choice.validity,
        subject=choice.subject,
        now=now,
        new_id=lambda: next(numbers),
    )
    return [one.pk for one in given]


def decline(request: CustomerRequest, draft: Draft) -> Answered:
    """Close a draft without giving anything; one that was answered stays as it is."""
    with answering(request, draft) as standing:
        _note_given(standing)
        is_first = standing.is_open
        if is_first:
            standing.answer = str(Result.DECLINED)
    return Answered(standing, is_first)
