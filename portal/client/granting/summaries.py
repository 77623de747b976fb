"""What a customer is about to agree to, in one sentence and place by place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from datahub.access.own_data import OwnPoint
from datahub.access.rules import PURPOSES, Asked, Subject, Terms, settle_terms, whole_second
from datahub.market import AuthorizationPurpose, Role
from datahub.market_time import day_of
from datahub.periods import Period
from portal.client.granting.choices import Receiver, opened_there
from portal.client.granting.drafts import Draft
from portal.client.granting.forms import terms_of
from portal.client.places import names_of_places
from portal.client.points.shown import name_of_place
from portal.words.authorizations import purpose_in_words, summary
from portal.words.times import said_day, said_end


@dataclass(frozen=True, slots=True)
class Choice:
    """What a draft says: for what, and where she chose it, when and of which time; None where the market fixes that."""

    role: Role
    purpose: AuthorizationPurpose
    validity: Period | None
    subject: Period | None

    def terms(self, now: datetime) -> Terms | None:
        """Give what follows from it at a moment; None where it may not be."""
        terms, _faults = settle_terms(Asked(self.role, self.purpose, self.validity, self.subject, whole_second(now)))
        return terms


def choice_of(draft: Draft, now: datetime) -> Choice:
    """Give what a whole draft says at a moment."""
    role = Role(draft.role)
    if not draft.chooses_terms:
        return Choice(role, PURPOSES[role][0], None, None)
    chosen = terms_of(draft.terms)
    return Choice(role, AuthorizationPurpose(draft.terms["purpose"]), chosen.validity(now), chosen.subject(now))


@dataclass(frozen=True, slots=True)
class SummedPlace:
    """A place with the days between which readings are seen there; None where nothing of the time is hers."""

    name: str
    eic: str
    days: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Summed:
    """What will be given: `sentence` says it all; `differ`: not all places open the same days."""

    sentence: str
    purpose: str
    places: Sequence[SummedPlace]
    differ: bool


def summed(draft: Draft, receivers: Sequence[Receiver], places: Sequence[OwnPoint], now: datetime) -> Summed | None:
    """Say what a draft gives; None where the market's rules do not allow it any more."""
    terms = choice_of(draft, now).terms(now)
    if terms is None:
        return None
    # What lies behind the end of access is never seen.
    end = terms.validity.end or terms.subject.end
    seen = Subject(terms.subject.start, min(terms.subject.end, end))
    cuts = {own.point.eic: opened_there(own, seen, now) for own in places}
    names = names_of_places(places, now)
    opened = [cut for cut in cuts.values() if cut is not None] or [seen]
    whole = Subject(min(cut.start for cut in opened), max(cut.end for cut in opened))
    first, last = _days(whole)
    begins_later = terms.validity.start > whole_second(now)
    sentence = summary(
        companies=[one.party.name for one in receivers],
        places=_said_places(places, names),
        purpose=choice_of(draft, now).purpose,
        first=first,
        last=last,
        until="" if terms.validity.end is None else said_end(terms.validity.end),
        since=said_day(day_of(terms.validity.start)) if begins_later else "",
    )
    shown = [
        SummedPlace(names[own.point.eic], own.point.eic, None if (cut := cuts[own.point.eic]) is None else _days(cut))
        for own in places
    ]
    return Summed(
        sentence, purpose_in_words(choice_of(draft, now).purpose), shown, len({place.days for place in shown}) > 1
    )


def _said_places(places: Sequence[OwnPoint], names: Mapping[str, str]) -> list[str]:
    """Give the names as the sentence says them: without codes, where these alone tell two places apart."""
    if any(name.endswith(f", {eic}") for eic, name in names.items()):
        return [name_of_place(own) for own in places]
    return list(names.values())


def _days(subject: Subject) -> tuple[str, str]:
    return said_day(day_of(subject.start)), said_day(day_of(subject.end - timedelta(seconds=1)))
