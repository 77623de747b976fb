"""What can be chosen while access is given: companies, and places that are hers and that they may serve."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from datahub.access.own_data import OwnPoint, own_points
from datahub.access.rules import Subject, cut_subject, own_time, whole_second
from datahub.access.selectors.given import authorizations_of
from datahub.market import Commodity, MeteringPointType, Role
from datahub.parties.models import MarketRole, Party


@dataclass(frozen=True, slots=True)
class Receiver:
    """A company that may get access, and for what it holds its role."""

    party: Party
    commodities: frozenset[Commodity]


def receivers_in(role: str, now: datetime, eics: Collection[str] | None = None) -> list[Receiver]:
    """Give the companies that hold a role now, by name; of codes only those."""
    held = MarketRole.objects.filter(role=role).valid_at(now).select_related("participant")
    if eics is not None:
        held = held.filter(participant__eic__in=eics)
    commodities: dict[Party, set[Commodity]] = defaultdict(set)
    for one in held.order_by("participant__name", "participant__eic"):
        commodities[one.participant].add(Commodity(one.commodity))
    return [Receiver(party, frozenset(of)) for party, of in commodities.items()]


def places_of(customer: Party, now: datetime) -> list[OwnPoint]:
    """Give the places to which a customer can give access now: those at which she has a grid agreement of her own."""
    return [own for own in own_points(customer) if own.is_hers_at(now) and own.point.type != MeteringPointType.BORDER]


def served_by(receivers: Sequence[Receiver], places: Sequence[OwnPoint]) -> list[OwnPoint]:
    """Keep the places for whose commodity every one of the companies holds its role."""
    return [own for own in places if all(own.point.commodity in one.commodities for one in receivers)]


def opened_there(own: OwnPoint, subject: Subject, now: datetime) -> Subject | None:
    """Give what of the time of which readings are to be seen is hers at a place; None: nothing is."""
    time = own_time(own.periods, whole_second(now))
    return None if time is None else cut_subject(subject, time)


def open_until(
    customer: Party, receivers: Sequence[Receiver], role: Role, now: datetime
) -> Mapping[str, datetime | None]:
    """Give, by the codes of points, until when one of the companies has access there already; None: without an end."""
    held = authorizations_of(customer).open_at(now).filter(participant__in=[one.party for one in receivers], role=role)
    found: dict[str, datetime | None] = {}
    for eic, end in held.order_by("valid_from").values_list("point__eic", "valid_to"):
        before = found.get(eic, end)
        found[eic] = None if before is None or end is None else max(before, end)
    return found
