"""Every row of both logs, for a file: each read by itself, and each day of what was sent."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet

from datahub.access.models import AccessLog
from datahub.market import ResourceType
from datahub.parties.models import Party, User
from datahub.periods import Period, union
from distribution.models import ToldOfCustomer
from distribution.selectors.tracker.asked import (
    OF_SERVICES,
    OF_TYPES,
    SERVICES_WITH_NAME,
    STAFF,
    WITH_TIME,
    Asked,
    Way,
    What,
    what_of,
)

_AT_ONCE = 2_000


class Row(NamedTuple):
    """A read of a place, or what was sent on a local day (`times` may be more, `last_at` later than `first_at`).

    A read of times that do not touch has a row for each; `authorizations` are all on which the row's time was seen.
    `person_id` is the user who read on the customer's own behalf; who read for a participant is the participant's.
    `participant_eic` is empty for the hub's staff.
    """

    day: date | None
    first_at: datetime
    last_at: datetime
    way: Way
    participant_eic: str
    role: str
    commodity: str
    what: What
    point_eic: str | None
    covers: Period | None
    ground: str
    authorizations: Sequence[UUID]
    times: int
    person_id: int | None = None

    @property
    def is_of_staff(self) -> bool:
        """Whether the hub's staff saw it."""
        return not self.participant_eic


def all_rows(asked: Asked) -> Iterator[Row]:
    """Give every row that is asked for, newest first, without keeping them: there may be a million."""
    reads = _reads(asked) if asked.way != Way.SENT else iter(())
    told = _told(asked) if asked.way != Way.READ else iter(())
    return merge(reads, told, key=lambda row: row.last_at, reverse=True)


def people_who_looked(asked: Asked) -> list[str]:
    """Give the names of those who read on the customer's own behalf what is asked for, by name."""
    own = replace(asked, participant_id=asked.customer.pk, role="", way=Way.READ)
    looked = _reads_asked(own).order_by().values("user")
    return list(names_of_people(looked).values())


def names_of_people(users: "Iterable[int] | QuerySet[AccessLog, Any]") -> dict[int, str]:
    """Give users' names by their keys, in the order of the names; of whom none is known the user name."""
    people = User.objects.filter(pk__in=users).order_by("last_name", "first_name", "pk")
    return {user.pk: user.get_full_name() or user.username for user in people}


def count_rows(asked: Asked, *, most: int) -> int:
    """Count the logs' rows that are asked for, to one more than `most`: those of a file are no more."""
    reads = 0 if asked.way == Way.SENT else _reads_asked(asked)[: most + 1].count()
    told = 0 if asked.way == Way.READ else _told_asked(asked)[: most + 1].count()
    return min(reads + told, most + 1)


def _of(query: "QuerySet[AccessLog]", asked: Asked) -> "QuerySet[AccessLog]":
    filters = {
        "participant": None if asked.participant_id == STAFF else asked.participant_id,
        "participant__isnull": True if asked.participant_id == STAFF else None,
        "meter_eic": asked.point_eic,
        "ground": asked.ground,
        "authorization_id": asked.authorization,
        "role": asked.role,
        "commodity": asked.commodity,
    }
    query = query.filter(**{name: value for name, value in filters.items() if value is not None})
    if asked.leaves_out_own:
        query = query.exclude(participant=asked.customer, role="")
    if asked.what is None:
        return query
    if asked.what == What.OTHER:
        return query.exclude(service__in=list(OF_SERVICES))
    of_what = Q(service__in=[service for service, what in OF_SERVICES.items() if what == asked.what])
    beside = Q(service__in=SERVICES_WITH_NAME, meter_eic="")
    return query.filter(of_what | beside if asked.what == What.CUSTOMER else of_what & ~beside)


def _reads_asked(asked: Asked) -> "QuerySet[AccessLog]":
    found = AccessLog.objects.filter(customer_eic=asked.customer.eic, read_at__gte=asked.start, read_at__lt=asked.end)
    return _of(found, asked)


def _reads(asked: Asked) -> Iterator[Row]:
    found = (
        _reads_asked(asked)
        .order_by("-read_at")
        .values_list(
            "read_at",
            "participant__eic",
            "role",
            "commodity",
            "service",
            "meter_eic",
            "period_from",
            "period_to",
            "ground",
            "authorization_id",
            "user",
        )
    )
    own = asked.customer.eic, ""
    # Rows of one read have one moment: they are put together as they come.
    for at, of_moment in groupby(found.iterator(_AT_ONCE), key=itemgetter(0)):
        reads: dict[_Alike, list[tuple[Period | None, UUID | None]]] = defaultdict(list)
        for _, eic, role, commodity, service, point, start, end, ground, number, user in of_moment:
            what = what_of(service, point)
            person = user if (eic, role) == own else None
            alike = _Alike(eic or "", role, commodity, service, what, point or None, ground, person)
            reads[alike].append((_covered(what, start, end), number))
        for alike, seen in reads.items():
            eic, role, commodity, _, what, place, ground, person = alike
            for covers, numbers in _together(seen):
                yield Row(None, at, at, Way.READ, eic, role, commodity, what, place, covers, ground, numbers, 1, person)


class _Alike(NamedTuple):
    """What rows of the log that are of one read of one place have in common, besides their moment."""

    eic: str
    role: str
    commodity: str
    service: str
    what: What
    point_eic: str | None
    ground: str
    person_id: int | None


def _together(
    seen: Sequence[tuple[Period | None, UUID | None]],
) -> Iterator[tuple[Period | None, Sequence[UUID]]]:
    """Give the separate times of a read, each with the authorizations on which it was seen."""
    times: Sequence[Period | None] = union(period for period, _ in seen if period is not None) or [None]
    for whole in times:
        inside = (number for period, number in seen if whole is None or (period is not None and whole.covers(period)))
        yield whole, sorted({number for number in inside if number is not None})


def _covered(what: What, start: datetime | None, end: datetime | None) -> Period | None:
    """Give the time that was seen of what has one."""
    return Period(start, end) if what in WITH_TIME and start is not None else None


def _told_asked(asked: Asked) -> "QuerySet[ToldOfCustomer]":
    filters = {
        "entitlement__ground": asked.ground,
        "entitlement__authorization_id": asked.authorization,
        "entitlement__address__role": asked.role,
        "entitlement__address__commodity": asked.commodity,
        "point__eic": asked.point_eic,
    }
    found = ToldOfCustomer.objects.filter(
        customer=asked.customer,
        day__range=(asked.first, asked.last),
        **{name: value for name, value in filters.items() if value is not None},
    )
    if asked.participant_id is not None:
        participant = Party.objects.filter(pk=asked.participant_id).values("eic")
        found = found.filter(entitlement__address__participant_eic__in=participant)
    if asked.what is not None:
        kinds = [kind.value for kind, what in OF_TYPES.items() if what == asked.what]
        found = found.filter(entitlement__resource_type__in=kinds)
    return found


def _told(asked: Asked) -> Iterator[Row]:
    rows = (
        _told_asked(asked)
        .order_by("-last_at")
        .values_list(
            "day",
            "first_at",
            "last_at",
            "entitlement__address__participant_eic",
            "entitlement__address__role",
            "entitlement__address__commodity",
            "entitlement__resource_type",
            "point__eic",
            "covers_from",
            "covers_to",
            "entitlement__ground",
            "entitlement__authorization_id",
            "messages",
        )
    )
    for day, first, last, eic, role, commodity, kind, point, start, end, ground, authorization, times in rows.iterator(
        _AT_ONCE
    ):
        what = OF_TYPES.get(ResourceType(kind), What.OTHER)
        covers = _covered(what, start, end)
        numbers = [] if authorization is None else [authorization]
        yield Row(day, first, last, Way.SENT, eic, role, commodity, what, point, covers, ground, numbers, times)
