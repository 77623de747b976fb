"""All that pages show of what a customer has given: who, for what, which places, which time, until when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datahub.access.models import CustomerAuthorization
from datahub.access.own_data import OwnPoint, own_points
from datahub.access.selectors.given import GivenTogether
from datahub.market import Role
from datahub.market_time import day_of
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party
from datahub.periods import ALL_TIME, Period
from portal.client.places import names_of_places
from portal.words.authorizations import RECEIVERS, purpose_in_words
from portal.words.times import last_day, said_day, said_instant

# So many places are named in a list; the others are counted.
_NAMED = 3

Given = GivenTogether | CustomerAuthorization
# What places are called, by the keys of their points.
Names = Mapping[int, str]


class State(StrEnum):
    """How an authorization stands."""

    OPEN = "OPEN"
    COMING = "COMING"
    REVOKED = "REVOKED"
    OVER = "OVER"


def state_of(given: Given, now: datetime) -> State:
    """Give how an authorization stands at a moment."""
    if given.revoked_at is not None:
        return State.REVOKED
    if given.valid_to is not None and given.valid_to <= now:
        return State.OVER
    return State.COMING if given.valid_from > now else State.OPEN


def may_end(given: Given, now: datetime) -> bool:
    """Tell whether there is something to end at a moment: it is open, or will be."""
    return state_of(given, now) in (State.OPEN, State.COMING)


def never_began(given: Given) -> bool:
    """Tell whether it ended before it began, so that nothing was ever seen by it."""
    return given.valid_to is not None and given.valid_to <= given.valid_from


def readings_of(given: Given, now: datetime) -> Period | None:
    """Give the time of which readings may be seen by it, only until it ends; None of what has ended with none of it.

    What was measured after the end is seen by nobody through it.
    """
    end = given.subject_to if given.valid_to is None else min(given.subject_to, given.valid_to)
    if may_end(given, now) and end <= given.subject_from:
        return Period(given.subject_from, given.subject_to)
    return None if never_began(given) or end <= given.subject_from else Period(given.subject_from, end)


def kind_of(role: str) -> str:
    """Say what kind of company has a role."""
    return str(RECEIVERS[Role(role)])


def names_of(customer: Party, points: Iterable[int], now: datetime) -> Names:
    """Name every place of a customer's, and those that were hers when she gave access; two statements at most.

    As where access is given: each can be told from all others of hers, whether or not it is in what is shown.
    """
    known = {own.point.pk: own.point for own in own_points(customer)}
    former = set(points) - known.keys()
    if former:
        known |= MeteringPoint.objects.in_bulk(former)
    # Since when or until when a place is hers would be read as since when or until when there is access to it.
    names = names_of_places([OwnPoint(point, [ALL_TIME]) for point in known.values()], now)
    return {key: names[point.eic] for key, point in known.items()}


@dataclass(frozen=True, slots=True)
class ShownAuthorization:
    """What was given in one act and stands alike; `number` names it in addresses."""

    given: GivenTogether
    participant: Party
    state: State
    places: Sequence[str]
    more: int
    readings: Period | None

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

    @property
    def never_began(self) -> bool:
        """Whether it ended before it began."""
        return never_began(self.given)

    @property
    def where(self) -> str:
        """The places, one after another; of many the first, and how many more there are."""
        named = "; ".join(self.places)
        if not self.more:
            return named
        more = ngettext("and one more", "and %(number)s more", self.more) % {"number": self.more}
        return f"{named} {more}"

    @property
    def what_for(self) -> str:
        """For what it has access, and when: "so that it can do research, until 31 Dec 2026"."""
        words = {
            "purpose": self.purpose,
            "start": said_day(day_of(self.given.valid_from)),
            "end": "" if self.given.valid_to is None else said_end(self.given.valid_to),
        }
        if self.state is State.COMING:
            if words["end"]:
                return _("so that it can %(purpose)s, from %(start)s until %(end)s") % words
            return _("so that it can %(purpose)s, from %(start)s until you end it") % words
        if words["end"]:
            return _("so that it can %(purpose)s, until %(end)s") % words
        return _("so that it can %(purpose)s, until you end it") % words


def said_end(end: datetime) -> str:
    """Say when access ends: its last day, or the moment to the minute."""
    day = last_day(end)
    return said_instant(end, exact=False) if day is None else said_day(day)


def shown_authorizations(given: Iterable[GivenTogether], names: Names, now: datetime) -> list[ShownAuthorization]:
    """Give authorizations as lists show them; one statement for all."""
    given = list(given)
    participants = Party.objects.in_bulk({one.participant_id for one in given})
    return [_shown(one, participants[one.participant_id], names, now) for one in given]


def _shown(given: GivenTogether, participant: Party, names: Names, now: datetime) -> ShownAuthorization:
    places = sorted({names[point] for point in given.point_ids})
    return ShownAuthorization(
        given=given,
        participant=participant,
        state=state_of(given, now),
        places=places[:_NAMED],
        more=max(len(places) - _NAMED, 0),
        readings=readings_of(given, now),
    )


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """One of the places of what was given in one act, which stands by itself."""

    given: CustomerAuthorization
    name: str
    state: State
    readings: Period | None

    @property
    def never_began(self) -> bool:
        """Whether access to it ended before it began."""
        return never_began(self.given)


def shown_places(given: Iterable[CustomerAuthorization], names: Names, now: datetime) -> list[ShownPlace]:
    """Give the places of one act as they are shown, by name."""
    places = [ShownPlace(one, names[one.point_id], state_of(one, now), readings_of(one, now)) for one in given]
    return sorted(places, key=lambda place: (place.name, place.given.point.eic))


def state_of_all(places: Iterable[ShownPlace]) -> State | None:
    """Give how what was given in one act stands as a whole: as the place that is still open; None: all has ended."""
    states = {place.state for place in places}
    return next((state for state in (State.OPEN, State.COMING) if state in states), None)
