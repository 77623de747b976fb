"""A customer's consumption and production. Source: `5-web.md`, "My consumption, my production".

Only what is her own is read, through `own_data`, which logs the looks of those who represent her.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from datahub.access.own_data import OwnPoint, nearest_day, own_points
from datahub.errors import DomainError
from datahub.market_time import day_of
from datahub.metering.models.readings import READING_DAYS
from portal.client.places import chosen_place
from portal.client.points.shown import name_of_place
from portal.client.readings.files import file_rows, file_table
from portal.client.readings.forms import PlaceReadingFilters
from portal.client.readings.looks import Look, look
from portal.pages import CustomerRequest, customer_page, to
from portal.pictures.reading_chart import chart_data
from portal.pictures.series import TooManyPoints, period_of
from portal.readings.asked import SPAN_UNITS, Asked, Span
from portal.readings.shown import FORMS, days_of, shown_chart
from portal.sheets.responses import export_response
from portal.words.times import said_day, said_month


@customer_page(safe=True)
def readings(request: CustomerRequest) -> HttpResponse:
    """Show what was used and fed in at one of her places: in figures, as a picture, as a table."""
    places = own_points(request.acting.party)
    if not places:
        return render(request, "client/readings/readings.html")
    own, form = _asked(request, places)
    context: dict[str, Any] = {"form": form, "own": own, "is_current": own.is_hers_at(request.now)}
    if not form.is_wrong:
        try:
            context |= _shown(request, own, form)
        except TooManyPoints:
            form.add_error("unit", _("There are too many points to draw: choose a longer unit or a shorter period."))
        except DomainError:
            context["is_closed"] = True
    return render(request, "client/readings/readings.html", context)


@customer_page(safe=True)
def chart_points(request: CustomerRequest) -> HttpResponseBase:
    """Give what the browser draws of the same address."""
    _own, form = _asked(request, own_points(request.acting.party))
    if form.is_wrong:
        return JsonResponse({}, status=HTTPStatus.BAD_REQUEST)
    try:
        found = _look(request, form.asked)
    except TooManyPoints:
        return JsonResponse({}, status=HTTPStatus.BAD_REQUEST)
    except DomainError:
        return JsonResponse({}, status=HTTPStatus.NOT_FOUND)
    return JsonResponse(chart_data(found.shown, found.former))


@customer_page(safe=True)
def file(request: CustomerRequest) -> HttpResponseBase:
    """Give the rows of the same address as a file; where there are none, the page at its own address says why."""
    own, form = _asked(request, own_points(request.acting.party))
    made = request.GET.get("form")
    if form.is_wrong or made not in FORMS:
        return _to_page(request)
    try:
        found = _look(request, form.asked)
    except (TooManyPoints, DomainError):
        return _to_page(request)
    return export_response(
        file_table(found),
        file_rows(found, name_of_place(own)),
        form=made,
        language=get_language(),
        name=f"{found.asked.point} {found.asked.first} {found.asked.last}",
        now=request.now,
    )


def _asked(request: CustomerRequest, places: Sequence[OwnPoint]) -> tuple[OwnPoint, PlaceReadingFilters]:
    """Give the place and the form of an address, of which all links then say what it left unsaid. Raises Http404."""
    own = chosen_place(places, request.GET.get("point", ""), request.now)
    form = PlaceReadingFilters(request.GET, places=places, own=own, now=request.now)
    request.GET = form.data  # type: ignore[assignment]
    return own, form


def _look(request: CustomerRequest, asked: Asked) -> Look:
    return look(customer=request.acting.party, by=request.acting.user, asked=asked, now=request.now)


def _to_page(request: CustomerRequest) -> HttpResponse:
    query = request.GET.copy()
    query.pop("form", None)
    return redirect(f"{reverse('client:readings')}?{query.urlencode()}") if query else to("client:readings")


def _shown(request: CustomerRequest, own: OwnPoint, form: PlaceReadingFilters) -> dict[str, Any]:
    asked = form.asked
    found = _look(request, asked)
    period, end = asked.period, own.last_end
    place, time = form.names[asked.point], _time(found.asked, is_whole=found.asked == asked)
    chart = shown_chart(
        request,
        found.shown,
        found.former,
        caption=f"{place}: {time}",
        data="client:reading-data",
    )
    is_running, is_cut = _is_running(found.asked, request), found.asked != asked or len(found.seen) > 1
    ends_later = period.end is not None and period.end <= request.now and (end is None or period.end < end)
    return {
        "look": found,
        "chart": chart,
        "before": asked.moved(-1) if own.periods[0].start < period.start else None,
        "behind": asked.moved(1) if ends_later else None,
        "place": place,
        "time": time,
        "is_running": is_running,
        "is_kept": _is_kept(found.asked, request),
        "is_cut": is_cut,
        "whole": None if is_running or is_cut else asked.span,
        "lacks_former": asked.with_former and not chart.has_former and not any(one.comparison for one in found.totals),
        "nearest": None if found.totals else _nearest(own, found.asked),
        "table_open": chart.is_short,
        "has_production": _has_production(own, found, request),
    }


def _is_running(asked: Asked, request: CustomerRequest) -> bool:
    """Tell whether her time of what she asks for is not over."""
    end = asked.period.end
    return end is not None and request.now < end


def _nearest(own: OwnPoint, asked: Asked) -> tuple[str, dict[str, str]] | None:
    """Give the time nearest to the one asked for of which there are readings: in words, and what the link changes."""
    day = nearest_day(own, asked.first, asked.last)
    if day is None:
        return None
    span = Span.MONTH if asked.span is Span.OWN else asked.span
    first = day_of(period_of(SPAN_UNITS[span], day, asked.commodity).start, asked.commodity)
    said = _time(replace(asked, span=span, first=first, last=first), is_whole=True)
    return said, {"span": span, "day": day.isoformat(), "first": "", "last": ""}


def _time(asked: Asked, *, is_whole: bool) -> str:
    """Say in one phrase which time it is."""
    if is_whole and asked.span is Span.MONTH:
        return said_month(asked.first)
    if is_whole and asked.span is Span.YEAR:
        return str(asked.first.year)
    return said_day(asked.first) if asked.first == asked.last else days_of(asked)


def _is_kept(asked: Asked, request: CustomerRequest) -> bool:
    """Tell whether readings of that time are still kept, if there were any."""
    days = READING_DAYS.keep_days
    return days is None or asked.last >= request.now.date() - timedelta(days=days)


def _has_production(own: OwnPoint, found: Look, request: CustomerRequest) -> bool:
    """Tell whether anything is fed in there: by the readings, and while it is hers by what is known of the point."""
    if own.is_hers_at(request.now) and own.point.production:
        return True
    return any(one is not None and one.into.amounts.any() for one in (found.shown, found.former))
