"""Which readings, and which documents of readings, an operator asks for."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from datahub.market import DocumentStatus
from datahub.parties import eic
from portal.forms import CodeField, DayField, EicField, FilterForm
from portal.readings.asked import ReadingFilters


class PointReadingFilters(ReadingFilters):
    """A point by its code, a time and a unit."""

    point = EicField(kind=eic.METERING_POINT, label=_("Metering point (EIC)"))
    field_order = ["point"]


class DocumentFilters(FilterForm):
    """What a list of documents is filtered by."""

    status = CodeField(DocumentStatus, label=_("Status"), empty=_("All"))
    received_from = DayField(label=_("Received from"))
    received_to = DayField(label=_("Received up to"))
    identification = forms.UUIDField(
        label=_("Document ID"),
        widget=forms.TextInput(attrs={"class": "form-control code-input", "autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse what ends before it begins."""
        given: dict[str, Any] = super().clean() or {}
        first, last = given.get("received_from"), given.get("received_to")
        if first and last and first > last:
            self.add_error("received_to", ValidationError(_("This day is before the first one.")))
        return given
