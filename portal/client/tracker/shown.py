"""Entries of the tracker as the page shows them: companies, places and authorizations by their names."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from datahub.access.models import CustomerAuthorization
from datahub.market import Commodity, SourceType
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party
from distribution.selectors.tracker import Asked, Day, Entry, Tie, Ties, find_ties, people_who_looked
from portal.client.places import with_commodity
from portal.client.tracker import words
from portal.client.tracker.forms import STAFF_CODE
from portal.words.addresses import address
from portal.words.times import said_clock


@dataclass(frozen=True, slots=True)
class Place:
    """A metering point by its address, if need be with what it is for; `address` is empty where none is known."""

    eic: str
    address: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry in words. `given` are the customer's own acts by which it was allowed, each as one of its access."""

    entry: Entry
    name: str
    role: str
    what: str
    how: str
    why: str
    is_own: bool
    places: Sequence[Place]
    more_places: int
    when: str
    commodity: str
    given: Sequence[CustomerAuthorization]
    url: str


def shown_entries(
    entries: Sequence[Entry], *, asked: Asked, places: Mapping[str, str], query: Any, now: datetime
) -> list[Shown]:
    """Give entries in words; `places` has the names of those named, `query` are the list's own filters."""
    customer = asked.customer
    given = authorizations_of(customer, (number for one in entries for number in one.authorizations))
    ties = _ties(entries, customer, now)
    shown = []
    for entry in entries:
        is_own = entry.participant_id == customer.pk and not entry.role
        shown.append(
            Shown(
                entry=entry,
                name=words.company_words(entry.participant_eic, entry.participant_name),
                role=words.role_words(entry.role, entry.commodity),
                what=words.what_words(
                    entry.what, way=entry.way, ground=entry.ground, is_own=is_own or entry.is_of_staff
                ),
                how=words.how_words(entry.way, entry.participant_eic),
                why=words.why_words(
                    entry,
                    now=now,
                    people=_people(asked, entry) if is_own else None,
                    ties=_ties_of(entry, ties),
                ),
                is_own=is_own,
                places=[Place(eic, places.get(eic, "")) for eic in entry.places_named],
                more_places=entry.places - len(entry.places_named),
                when=words.when_words(entry.last_at, now),
                commodity=entry.commodity or Commodity.ELECTRICITY,
                given=acts_of(given, entry.authorizations),
                url=entry_url(entry, query),
            )
        )
    return shown


def _ties(entries: Sequence[Entry], customer: Party, now: datetime) -> Ties:
    """Look up what ties those to the customer who saw something by an agreement."""
    asked = {one.participant_eic for one in entries if one.ground == SourceType.AGREEMENT}
    return find_ties(customer, now=now, participants=asked) if asked else Ties({})


def _ties_of(entry: Entry, ties: Ties) -> Sequence[Tie]:
    if entry.ground != SourceType.AGREEMENT or entry.places > len(entry.places_listed):
        return ()
    return ties.of((entry.participant_eic, entry.role, entry.commodity), entry.places_listed, at=entry.last_at)


def _people(asked: Asked, entry: Entry) -> list[str]:
    return people_who_looked(replace(asked, what=entry.what, ground=entry.ground, commodity=entry.commodity))


def entry_url(entry: Entry, query: Any) -> str:
    """Give the address of an entry's own page, which keeps the list's filters."""
    named = {
        "way": entry.way,
        "by": entry.participant_eic or STAFF_CODE,
        "role": entry.role,
        "commodity": entry.commodity,
        "kind": entry.what,
        "ground": entry.ground,
    }
    kept = [(name, value) for name in query for value in query.getlist(name) if name not in {*named, "page"} and value]
    return f"{reverse('client:tracker-entry')}?{urlencode([*named.items(), *kept])}"


def names_of(eics: Iterable[str], *, among: Collection[str]) -> dict[str, str]:
    """Name metering points by their codes: where they are and, if need be, what for; empty where nobody has said where.

    An aggregation point stands where its parent does. `among` is what is delivered at the customer's own places
    (`own_commodities`): as elsewhere in the portal, what for is said where that is not the same at all of them.
    """
    points = list(MeteringPoint.objects.select_related("parent").filter(eic__in=set(eics)))
    says_commodity = len({*among, *(point.commodity for point in points)}) > 1
    names = {}
    for point in points:
        name = address(point.parent or point, with_county=False)
        names[point.eic] = with_commodity(name, point.commodity) if name and says_commodity else name
    return names


def authorizations_of(customer: Party, numbers: Iterable[UUID]) -> dict[UUID, CustomerAuthorization]:
    """Give the customer's own authorizations of some numbers."""
    if not (wanted := set(numbers)):
        return {}
    return CustomerAuthorization.objects.filter(customer=customer).in_bulk(list(wanted))


def acts_of(given: Mapping[UUID, CustomerAuthorization], numbers: Iterable[UUID]) -> Sequence[CustomerAuthorization]:
    """Give one authorization for each act in which some of them were given, the first act first."""
    found = sorted((given[number] for number in numbers if number in given), key=lambda one: (one.given_at, one.pk))
    return list({(one.given_at, one.purpose): one for one in reversed(found)}.values())[::-1]


@dataclass(frozen=True, slots=True)
class ShownDay:
    """A day and place of an entry in words."""

    day: Day
    place: Place | None
    first: str
    last: str
    given: Sequence[CustomerAuthorization]


def shown_days(days: Sequence[Day], *, customer: Party, among: Collection[str]) -> list[ShownDay]:
    """Give days of an entry in words; `among` is what is delivered at the customer's own places."""
    places = names_of((one.point_eic for one in days if one.point_eic is not None), among=among)
    given = authorizations_of(customer, (number for one in days for number in one.authorizations))
    return [
        ShownDay(
            one,
            None if one.point_eic is None else Place(one.point_eic, places.get(one.point_eic, "")),
            said_clock(one.first_at, exact=False),
            said_clock(one.last_at, exact=False),
            acts_of(given, one.authorizations),
        )
        for one in days
    ]
