"""Searching metering points: what a participant may see, on which grounds. Source: `2-wire.md`, `/meter/search`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from datahub.access import selectors
from datahub.access.pages import Found
from datahub.access.selectors.authorizations import Permission
from datahub.access.services.access_log import Read, log_read
from datahub.database.keys import KeyIn
from datahub.market import Commodity, Role, SourceType
from datahub.metering.filters import filter_points
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party, User


@dataclass(frozen=True, slots=True)
class FoundPoint:
    """A metering point with the grounds on which it is seen, and its customer now where that may be known."""

    point: MeteringPoint
    grounds: list[SourceType]
    customer_eic: str | None


def search_points(
    *, participant: Party, role: Role, commodity: Commodity, attributes: Mapping[str, Any], now: datetime
) -> Found[MeteringPoint]:
    """Find the points, by EIC, that a participant may see and that match validated `meterAttributes`."""
    common = attributes.get("meterCommon") or {}
    sources = common.get("sourceType") or tuple(SourceType)
    points = selectors.visible_points(participant, role, commodity, now, sources, eic=common.get("meterEic"))
    points = filter_points(points, attributes)
    customer = attributes.get("customerEic")
    if customer is not None:
        # By what the reader may know, not by what is: else the answer would tell whose a point is.
        of_customer = selectors.points_of_customer(customer, participant, role, commodity, now)
        points = points.filter(KeyIn(of_customer))
    return Found(points.order_by("eic"), MeteringPoint.objects.select_related("parent"))


def read_points(
    *,
    participant: Party,
    role: Role,
    commodity: Commodity,
    points: Iterable[MeteringPoint],
    now: datetime,
    technical_user: str = "",
    user: User | None = None,
    service: str = "meter/search",
) -> list[FoundPoint]:
    """Give points with what the participant may know of them, and log the read of each customer's point.

    Read by a technical user (its client id) or a person, in a service or on a page that is named. Those that it may not
    see any more are left out: an authorization may end between the search and this.
    """
    points = list(points)
    grounds = selectors.grounds_for(points, participant, role, commodity, now)
    points = [point for point in points if grounds[point.pk]]
    naming = selectors.naming_now(points, now)
    known = selectors.grid_customers_visible(points, participant, role, commodity, now, naming=naming)
    customers = {one.point_id: one.customer.eic for one in naming}
    permitted = [point for point in points if SourceType.PERMISSION in grounds[point.pk]]
    permissions = selectors.permissions_at(permitted, participant, role, commodity, now) if permitted else {}
    log_read(
        participant=participant,
        role=role,
        commodity=commodity,
        service=service,
        reads=[
            read
            for point in points
            for read in _reads(point, customers.get(point.pk), grounds[point.pk][0], permissions.get(point.pk, []))
            if read.customer_eic != participant.eic
        ],
        now=now,
        technical_user=technical_user,
        user=user,
    )
    return [FoundPoint(point, grounds[point.pk], known.get(point.pk)) for point in points]


def _reads(
    point: MeteringPoint, customer: str | None, widest: SourceType, permissions: Iterable[Permission]
) -> list[Read]:
    """Name the point's customer now on the widest ground, and beside it whoever gave it on each authorization."""
    by_permission = [
        Read(given.customer_eic, point.eic, ground=SourceType.PERMISSION, authorization=given.id)
        for given in permissions
    ]
    if widest == SourceType.PERMISSION or customer is None:
        return by_permission
    return [Read(customer, point.eic, ground=widest), *by_permission]
