"""The history of an exchange as people read it: who did what, when, from what to what.

A side sees the people and systems of its own; of the other one the participant alone. Source: `5-web.md`;
`4-exchanges.md`: "never who".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from datahub.exchanges.models import Exchange, Step
from datahub.exchanges.rules import Side
from datahub.parties.models import Party, User
from portal.words.exchanges import Changed, changed_fields


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One save. `done` is a few words for it; `person` is empty where the other side did it."""

    at: datetime
    done: str
    participant: Party
    person: str
    is_own: bool
    changes: list[Changed]


def name_of(user: User) -> str:
    """Give what a person is called."""
    return user.get_full_name() or user.get_username()


def shown(
    steps: Iterable[Step],
    exchange: Exchange,
    *,
    side: Side,
    done: Mapping[int, str],
    labels: Mapping[str, str] | None = None,
) -> list[ShownStep]:
    """Give the steps of an exchange as a side sees them; `done` has the words for each by its key.

    `labels` are what its own forms call fields that have other words elsewhere.
    """
    operators = {exchange.receiver.eic: exchange.receiver.name}
    parties = {Side.SENDER: exchange.sender, Side.RECEIVER: exchange.receiver}
    return [
        ShownStep(
            at=step.at,
            done=done[step.pk],
            participant=parties[Side(step.side)],
            person=_person(step) if step.side == side else "",
            is_own=step.side == side,
            changes=changed_fields(step.changes, labels=labels, operators=operators),
        )
        for step in steps
    ]


def _person(step: Step) -> str:
    if step.user is not None:
        return name_of(step.user)
    return _("system %(name)s") % {"name": step.technical_user} if step.technical_user else ""
