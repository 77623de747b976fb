"""Which readings a customer asks for: of one of her places, a time and a unit."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from datahub.access.own_data import OwnPoint
from datahub.market import Commodity
from portal.client.places import day_to_begin_with, in_order, names_of_places
from portal.pictures.series import Unit
from portal.readings.asked import ReadingFilters, Span


class PlaceReadingFilters(ReadingFilters):
    """One of her places, a time and a unit; who has one place is not asked for it."""

    point = forms.ChoiceField(label=_("Place"))
    field_order = ["point"]

    def __init__(self, data: QueryDict, *, places: Sequence[OwnPoint], own: OwnPoint, now: datetime) -> None:
        self._is_asked = "span" in data
        super().__init__(_completed(data, own, now), commodity=Commodity(own.point.commodity), now=now)
        ordered = in_order(places, now)
        self.names = names_of_places(ordered, now)
        place: forms.ChoiceField = self.fields["point"]  # type: ignore[assignment]
        if len(places) == 1:
            place.widget = forms.HiddenInput()
        place.choices = list(self.names.items())
        self.only_place = self.names[own.point.eic] if len(places) == 1 else ""
        self.fields["unit"].label = _("Show per")

    @property
    def is_asked(self) -> bool:
        """Whether she has chosen anything but the place."""
        return self._is_asked

    @property
    def cleared(self) -> str:
        """Give the parameters of the address at which all but the place is taken back."""
        return f"?{urlencode({'point': self.data['point']})}"


def _completed(given: QueryDict, own: OwnPoint, now: datetime) -> QueryDict:
    """Say what goes without saying: the running month beside that of the year before, unless she has chosen."""
    query = given.copy()
    query["point"] = own.point.eic
    if "span" not in query:
        query["span"], query["former"] = Span.MONTH, "on"
    if not query.get("day") and query["span"] != Span.OWN:
        query["day"] = day_to_begin_with(own, now).isoformat()
    # Who goes from electricity to gas, of which there are no quarter-hours, goes on with hours.
    if own.point.commodity == Commodity.NATURAL_GAS and query.get("unit") == Unit.QUARTER_HOUR:
        query["unit"] = Unit.HOUR
    return query
