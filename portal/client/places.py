"""Of which of her places a customer sees the readings: the one that she names, or the first that is hers now."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from django.http import Http404
from django.utils.translation import gettext as _

from datahub.access.own_data import OwnPoint
from datahub.market import Commodity
from datahub.market_time import day_of
from portal.client.points.shown import name_of_place
from portal.words.labels import in_sentence, label
from portal.words.times import said_day


def chosen_place(places: Sequence[OwnPoint], eic: str, now: datetime) -> OwnPoint:
    """Give the place of a code; without one the first of those of now, else of those to come, else of the former.

    Raises Http404 for whatever is none of hers, and if she has none.
    """
    found = next((own for own in in_order(places, now) if eic in ("", own.point.eic)), None)
    if found is None:
        raise Http404
    return found


def in_order(places: Sequence[OwnPoint], now: datetime) -> list[OwnPoint]:
    """Put those of now first, then those to come, then the former ones; each in the order in which they came."""
    return sorted(places, key=lambda own: 0 if own.is_hers_at(now) else 1 if own.begins_after(now) else 2)


def names_of_places(places: Sequence[OwnPoint], now: datetime) -> dict[str, str]:
    """Name places so that each can be told from the others, by code: where it is, if need be what for and which."""
    has_both = len({own.point.commodity for own in places}) > 1
    return told_apart({own.point.eic: _name(own, now, says_commodity=has_both) for own in places})


def told_apart(names: Mapping[str, str]) -> dict[str, str]:
    """Name places, by code, so that each can be told from the others: by its code too where another has its name."""
    times = Counter(names.values())
    return {eic: name if times[name] == 1 or eic in name else f"{name}, {eic}" for eic, name in names.items()}


def _name(own: OwnPoint, now: datetime, *, says_commodity: bool) -> str:
    name = name_of_place(own)
    if says_commodity:
        name = with_commodity(name, own.point.commodity)
    if own.begins_after(now):
        return _("%(place)s, from %(day)s") % {"place": name, "day": said_day(first_day(own))}
    last = last_day(own)
    if last is not None and not own.is_hers_at(now):
        return _("%(place)s, until %(day)s") % {"place": name, "day": said_day(last)}
    return name


def with_commodity(name: str, commodity: str) -> str:
    """Say of a place what is delivered there, for who has places of both kinds."""
    return f"{name} ({in_sentence(label(commodity))})"


def first_day(own: OwnPoint) -> date:
    """Give the first day on which a place was hers."""
    return day_of(own.periods[0].start, own.point.commodity)


def last_day(own: OwnPoint) -> date | None:
    """Give the last day on which a place is hers, None for never."""
    end = own.last_end
    return None if end is None else day_of(end - timedelta(microseconds=1), own.point.commodity)


def day_to_begin_with(own: OwnPoint, now: datetime) -> date:
    """Give the day whose month is shown first: yesterday, or the day of her time that is nearest to it."""
    day = day_of(now, Commodity(own.point.commodity)) - timedelta(days=1)
    return max(min(day, last_day(own) or day), first_day(own))
