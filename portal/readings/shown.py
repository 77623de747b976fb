"""The picture of readings that were asked for, as a page shows it."""

from django.http import HttpRequest
from django.urls import reverse

from portal.pictures.reading_chart import ReadingChart, reading_chart
from portal.pictures.series import Series
from portal.readings.asked import Asked
from portal.words.times import said_day

# In which forms readings are downloaded.
FORMS = ("xlsx", "csv")
# More points than these the browser fetches by themselves.
_MOST_IN_PAGE = 3_000


def days_of(asked: Asked) -> str:
    """Say which days are asked for."""
    return said_day(asked.first) if asked.first == asked.last else f"{said_day(asked.first)} – {said_day(asked.last)}"


def shown_chart(request: HttpRequest, shown: Series, former: Series | None, *, caption: str, data: str) -> ReadingChart:
    """Make the chart of a series; `data` names the page that gives the points of the same address if they are many."""
    many = len(shown) > _MOST_IN_PAGE
    url = f"{reverse(data)}?{request.GET.urlencode()}" if many else ""
    return reading_chart(shown, id="readings", caption=caption, former=former, data_url=url)
