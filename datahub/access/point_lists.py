"""Lists of metering points for people: those that a search finds, in bounded time, whoever owns a million of them.

A search of the API reads the keys of all points that its sender may see. A page is asked for more often than that, and
by people who wait: here no part of what is seen is read any further than to `most` points that match.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from django.db.models import QuerySet

from datahub.access import selectors
from datahub.database.keys import KeyAmong, KeyIn, first_keys
from datahub.market import METERING_POINT_OPERATOR_ROLES, Commodity, Role, SourceType
from datahub.metering.addresses import at_address
from datahub.metering.filters import filter_points
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party

Points = QuerySet[MeteringPoint]
BY_EIC = ("eic",)
# What leads a reader to no more points than these is read before they are filtered; where more do, each point that
# matches is asked for whether it does.
_MOST_READ = 20_000
# Of a reader of more, so many points with the words of an address, or the beginning of a code, are asked for that.
_MOST_ASKED = 1_000


@dataclass(frozen=True, slots=True)
class PointList:
    """The points that a search finds, in parts that have no point in common.

    `found` are the ids of all of them, of too many those of the first that came, one more than `most`. `is_whole` tells
    whether all that might have matched were looked at; if not, there may be others. `is_of_first`: where they are too
    many, the pages have the first that came, in their order.
    """

    parts: Sequence[Points]
    most: int
    found: Sequence[int]
    is_whole: bool = True
    is_of_first: bool = False

    @property
    def is_counted(self) -> bool:
        """Whether no more than `most` points are found; then they can be put in any order."""
        return len(self.found) <= self.most

    def page(self, *, order: Sequence[str] = BY_EIC, offset: int, size: int) -> list[MeteringPoint]:
        """Give the points of a page in an order, with EIC as its last word, each with its parent.

        Only `eic` and `-eic` are possible where more than `most` are found.
        """
        if self.is_counted or self.is_of_first:
            return read_in_order(self.keys(order)[offset : offset + size])
        if tuple(order) not in (BY_EIC, ("-eic",)):
            raise ValueError("more points than can be put in an order")
        first = _union(part.order_by(*order)[: offset + size] for part in self.parts)
        if len(self.parts) > 1:
            first = first.order_by(*order)
        return read_in_order([key for key, _eic in first[offset : offset + size]])

    def keys(self, order: Sequence[str] = BY_EIC) -> list[int]:
        """Give the ids of all that is found in an order, of too many those of the first that came.

        A page is taken out of them: asked for a page alone, PostgreSQL might go through an index that has the order,
        and read every point of the hub to find these.
        """
        found = MeteringPoint.objects.filter(KeyAmong(self.found[: self.most])).order_by(*order, "eic")
        return list(found.values_list("pk", flat=True))


def read_in_order(keys: Sequence[int]) -> list[MeteringPoint]:
    """Give points by their ids, in the order of these, each with its parent."""
    rows = MeteringPoint.objects.select_related("parent").in_bulk(keys)
    return [rows[key] for key in keys if key in rows]


def list_points(
    *,
    participant: Party,
    role: Role,
    commodity: Commodity,
    attributes: Mapping[str, Any],
    now: datetime,
    most: int,
    most_asked: int | None = None,
    address: Sequence[str] = (),
    eic_start: str = "",
) -> PointList:
    """Find the points that a participant may see and that match validated `meterAttributes`, up to `most` and one.

    Up to `most_asked` and one, where it sees so many by others' leave that each has to be asked for whether it is seen.
    `address` are words of theirs (`datahub.metering.addresses`), `eic_start` is the beginning of their codes.
    """
    common = attributes.get("meterCommon") or {}
    sources = common.get("sourceType") or tuple(SourceType)
    own = MeteringPoint.objects.filter(owner=participant, owner_role=role, commodity=commodity)
    is_owner = role in METERING_POINT_OPERATOR_ROLES and SourceType.OWNERSHIP in sources
    reader = (participant, role, commodity, now, sources)

    def matching(points: Points) -> Points:
        points = filter_points(points, attributes)
        if eic_start:
            points = points.filter(eic__startswith=eic_start)
        return (at_address(points, address) if address else points).order_by()

    first: list[int] | None = None
    if (eic := common.get("meterEic")) is not None:
        others = selectors.visible_points(*reader, eic=eic, but_own=is_owner)
    else:
        many = selectors.visible_points_of_many(*reader, but_own=is_owner, most_read=_MOST_READ)
        others = many.points
        if not many.are_read:
            most = most if most_asked is None else most_asked
            if address or eic_start:
                first = _first_of_all(
                    matching(MeteringPoint.objects.filter(commodity=commodity)), by_words=bool(address)
                )
                others = others.filter(KeyAmong(first[:_MOST_ASKED]))
            elif not attributes and len(many.first) > most:
                # That they are too many is known already.
                return PointList([others, own] if is_owner else [others], most, list(many.first)[: most + 1])
    parts = [others if first is not None else matching(others), *([matching(own)] if is_owner else [])]
    if (customer := attributes.get("customerEic")) is not None:
        # By what the reader may know, not by what is: else the answer would tell whose a point is.
        of_customer = selectors.points_of_customer(customer, participant, role, commodity, now)
        parts = [part.filter(KeyIn(of_customer)) for part in parts]
    if address:
        found = list(chain.from_iterable(first_keys(part.values("pk"), most + 1) for part in parts))[: most + 1]
    else:
        keys = [part.values_list("pk", flat=True)[: most + 1] for part in parts]
        found = list((keys[0].union(*keys[1:], all=True) if len(keys) > 1 else keys[0])[: most + 1])
    is_whole = first is None or len(first) <= _MOST_ASKED
    return PointList(parts, most, found, is_whole, is_of_first=bool(address) or first is not None)


def _first_of_all(points: Points, *, by_words: bool) -> list[int]:
    """Give the ids of the first of all points that match, whoever may see them, up to those that are asked and one."""
    if by_words:
        return first_keys(points.values("pk"), _MOST_ASKED + 1)
    return list(points.order_by("eic").values_list("pk", flat=True)[: _MOST_ASKED + 1])


def _union(parts: Iterable[Points]) -> "QuerySet[Any, Any]":
    first, *rest = (part.values_list("pk", "eic") for part in parts)
    return first.union(*rest, all=True) if rest else first
