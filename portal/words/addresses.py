"""Where a metering point is, in words."""

from django.utils.translation import gettext as _

from datahub.metering.models import MeteringPoint
from datahub.metering.point_form import Point


def street(point: MeteringPoint | Point) -> str:
    """Give the street and house without the empty parts that registers leave between commas."""
    return ", ".join(part.strip() for part in (point.street_address or "").split(",") if part.strip())


def address(point: MeteringPoint | Point, *, with_county: bool = True) -> str:
    """Give where a point is in one line: its address, else the address's id."""
    parts = [street(point), point.locality, point.municipality]
    if with_county or not any(parts):
        parts.append(point.county)
    # A town that is a municipality of its own is named once.
    written = ", ".join(dict.fromkeys(part for part in parts if part))
    return written or (_("Address ID %(number)s") % {"number": point.adr_id} if point.adr_id else "")
