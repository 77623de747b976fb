"""All that pages show of what a customer has given: who, for what, which places, which time, until when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from datahub.access.models import CustomerAuthorization
from datahub.access.selectors.given import GivenTogether
from datahub.market import Role
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party
from portal.words.addresses import address
from portal.words.authorizations import RECEIVERS, purpose_in_words

# So many places are named in a list; the others are counted.
_NAMED = 3


class State(StrEnum):
    """How an authorization stands."""

    OPEN = "OPEN"
    COMING = "COMING"
    REVOKED = "REVOKED"
    OVER = "OVER"


def state_of(given: GivenTogether | CustomerAuthorization, now: datetime) -> State:
    """Give how an authorization stands at a moment."""
    if given.revoked_at is not None:
        return State.REVOKED
    if given.valid_to is not None and given.valid_to <= now:
        return State.OVER
    return State.COMING if given.valid_from > now else State.OPEN


def kind_of(role: str) -> str:
    """Say what kind of company has a role."""
    return str(RECEIVERS[Role(role)])


@dataclass(frozen=True, slots=True)
class ShownAuthorization:
    """What was given in one act and stands alike; `number` names it in addresses."""

    given: GivenTogether
    participant: Party
    state: State
    places: Sequence[str]
    more: int

    @property
    def number(self) -> str:
        """The id of the first of its authorizations."""
        return str(self.given.ids[0])

    @property
    def kind(self) -> str:
        """What kind of company it is."""
        return kind_of(self.given.role)

    @property
    def purpose(self) -> str:
        """For what it has access."""
        return purpose_in_words(self.given.purpose)

    @property
    def is_open(self) -> bool:
        """Whether it can be ended."""
        return self.state in (State.OPEN, State.COMING)


def name_of(point: MeteringPoint) -> str:
    """Give where a point is, in one line; its code if nobody has said where."""
    return address(point, with_county=False) or point.eic


def shown_authorizations(given: Iterable[GivenTogether], now: datetime) -> list[ShownAuthorization]:
    """Give authorizations as lists show them; two statements for all."""
    given = list(given)
    participants = Party.objects.in_bulk({one.participant_id for one in given})
    points = MeteringPoint.objects.in_bulk({point for one in given for point in one.point_ids[:_NAMED]})
    return [
        ShownAuthorization(
            given=one,
            participant=participants[one.participant_id],
            state=state_of(one, now),
            places=list(dict.fromkeys(name_of(points[point]) for point in one.point_ids[:_NAMED])),
            more=max(len(one.point_ids) - _NAMED, 0),
        )
        for one in given
    ]
