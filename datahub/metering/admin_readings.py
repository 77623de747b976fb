"""Where staff look at readings: of one metering point, a day at a time. Nothing is written but who looked.

Source: `5-web.md`, "Admin".
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from datahub.market import Commodity, Resolution
from datahub.market_time import add_months, day_start
from datahub.metering.models import PointReadings, ReadingDay
from datahub.metering.readings import packing, storage
from datahub.metering.readings.reading import read_page
from datahub.periods import Period
from datahub.staff import acts
from datahub.staff.lists import BoundedList, ReadOnly, day_of_text
from datahub.staff.looks import Look, Of, ShowsCustomers
from portal.words.contents import PointReadings as ReadingsInWords
from portal.words.contents import readings_of

# The shortest intervals of a day of 25 hours.
_MOST_INTERVALS = 100


class StoredDay(NamedTuple):
    """A day of which there are readings: of how many intervals, how long these are."""

    day: date
    intervals: int
    resolution: Resolution


@admin.register(PointReadings)
class PointReadingsAdmin(ShowsCustomers, ReadOnly, BoundedList):
    list_display = ["eic", "commodity", "resolution", "owner"]
    list_select_related = ["owner"]
    search_fields = ["eic"]
    search_help_text = _("The whole code of a metering point")
    ordering = ["eic"]
    fields = ["eic", "commodity", "resolution", "owner"]
    notes_looks = True

    def looks_in_list(self, row: PointReadings) -> Iterable[Look]:
        """Name the point: no readings stand in the list."""
        return [Look(Of.POINTS, row.eic)]

    def looks_on_page(self, row: PointReadings, shown: Mapping[str, Any]) -> Iterable[Look]:
        """Name the day whose readings are shown: they are of whose the point was then."""
        day = shown.get("day")
        if day is None:
            return self.looks_in_list(row)
        return [Look(Of.READINGS, row.eic, period=_whole(day, Commodity(row.commodity)))]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """List nothing until a point is asked for: nobody looks through the readings of all."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        return (found if search_term.strip() else found.none()), may_repeat

    def find(self, request: HttpRequest, queryset: QuerySet[PointReadings], term: str) -> QuerySet[PointReadings]:
        """Find the one point that has a code."""
        return queryset.filter(eic=term)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the readings of the day chosen, or of the last one that has some, and note who read them."""
        point: PointReadings = kwargs["obj"]
        asked = request.GET.get("day", "")
        day = day_of_text(asked) if asked else _last_day(point)
        shown: dict[str, Any] = {"day": day, "is_wrong_day": bool(asked) and day is None}
        if day is not None:
            acts.log(request, acts.LOOKED, [(point, acts.READINGS_READ.format(day))])
            shown |= {"readings": _readings(point, day), "stored_days": _stored_days(point, day)}
        return super().render_change_form(request, {**context, **shown}, *args, **kwargs)


def _last_day(point: PointReadings) -> date | None:
    days = ReadingDay.objects.filter(point_id=point.pk).order_by("-day")
    return days.values_list("day", flat=True).first()


def _whole(day: date, commodity: Commodity) -> Period:
    return Period(day_start(day, commodity), day_start(day + timedelta(days=1), commodity))


def _readings(point: PointReadings, day: date) -> ReadingsInWords | None:
    """Give the readings of a day of the point's commodity, as a search would answer them; None where there are none."""
    commodity = Commodity(point.commodity)
    whole = _whole(day, commodity)
    page = read_page(
        point_id=point.pk, commodity=commodity, asked=whole, visible=[whole], offset=0, size=_MOST_INTERVALS
    )
    periods = json.loads(b"".join(page.periods), parse_float=Decimal)
    return next(readings_of([{"meterEic": point.eic, "periods": periods}]), None)


def _stored_days(point: PointReadings, day: date) -> list[StoredDay]:
    """Give the days with readings of the month in which a day lies."""
    first = day.replace(day=1)
    rows = storage.read_heads(point.pk, first, add_months(first, 1) - timedelta(days=1))
    heads = ((stored, packing.read_head(head)) for stored, head in rows)
    return [StoredDay(stored, head.intervals, head.resolution) for stored, head in heads]
